"""Views as the monitor would write them, made by hand: a scarcity evening and its variations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

import numpy as np
import redis

from state.calendar import MarketCalendar, MarketDay
from state.explain.views import ExplainPointsView, ExplainView, MoveRow, SplitRow
from state.keys import RunKeys
from state.moments import HOUR_NS, SECOND_NS
from state.screens.backtest_seen import BacktestRow, BacktestView
from state.screens.cases_seen import CaseRow, CaseView, DutyRow, Frozen, StandingDuty, Waiver
from state.screens.checks_seen import CheckAnswer, CheckView, LimitEffect, Outcome
from state.screens.clock_seen import ClockView
from state.screens.close_seen import (
    CloseRow,
    CloseStepRow,
    CloseView,
    DetailRow,
    ReconciledRow,
    RecordRow,
)
from state.screens.contributions_seen import (
    ContributionRow,
    ContributionView,
    MethodRow,
    NodeRisk,
    TailDay,
)
from state.screens.credit_seen import CreditRow, CreditUse, CreditView
from state.screens.feeds_seen import FeedRow, FeedView
from state.screens.hedges_seen import HedgeAnswer, HedgeBlock, HedgeView
from state.screens.limits_seen import LimitRow, LimitView
from state.screens.nop_seen import NopRow, NopView
from state.screens.performance_seen import (
    DeliveryRow,
    ForecastRow,
    PerformanceView,
    ResourceRow,
    SourceRow,
)
from state.screens.pnl_seen import BookPnl, PnlCurveView, PnlView
from state.screens.policy_seen import ClauseRow, PolicyView
from state.screens.positions_seen import HourAxis, PositionView
from state.screens.prices_seen import PriceView
from state.screens.risk_seen import RiskRow, RiskView
from state.screens.stress_seen import StressContribution, StressCoverage, StressRow, StressView
from state.screens.view import View
from state.screens.views import Transition
from state.store import StoreWriter, encode_frame

ZONE = "America/Los_Angeles"
DAY = date(2026, 7, 14)
BOOKS = ["LOAD", "RENEWABLES", "HEDGE", "LOAD", "RENEWABLES", "HEDGE", "STORAGE"]
LOCATIONS = ["DLAP_SCE", "TH_SP15", "TH_SP15", "DLAP_PGAE", "SOLAR_1", "TH_NP15", "BATT_2"]
NAN = float("nan")


def market_day(day: date = DAY, zone: str = ZONE) -> MarketDay:
    return MarketDay(MarketCalendar(zone), day, settlement_seconds=300)


def evening_ns(hour: int = 17, minute: int = 25, second: int = 8) -> int:
    seconds = hour * 3600 + minute * 60 + second
    return market_day().start_ns + seconds * SECOND_NS


NOW_NS = evening_ns()


def clock(tick_ns: int = NOW_NS, **changes: Any) -> ClockView:
    words: dict[str, Any] = {
        "company": "Acme Community Energy",
        "position": 1_284_311,
        "tick_ns": tick_ns,
        "run": "handmade",
        "phase": "started",
        "day": "scarcity-evening",
        "speed": 60.0,
        "policies": ["desk-limits 3"],
    }
    return ClockView(**{**words, **changes})


def axis(day: date = DAY, *, current: int = 17, market: str = "caiso") -> HourAxis:
    grid = market_day(day)
    return HourAxis(
        market=market,
        time_zone=ZONE,
        date=day.isoformat(),
        labels=grid.hour_labels,
        starts_ns=[grid.start_ns + hour * HOUR_NS for hour in range(grid.hours)],
        delivered=[hour < current for hour in range(grid.hours)],
        current=current,
    )


def position(
    day: date = DAY, *, current: int = 17, market: str = "caiso", **changes: Any
) -> PositionView:
    """An open position: long under the sun, short in the evening."""
    hours = axis(day, current=current, market=market)
    count = len(hours.labels)
    at = np.arange(count)
    sun, ramp = np.exp(-((at - 13) ** 2) / 8), np.exp(-((at - 18.6) ** 2) / 3)
    shares = np.array([0.3, 0.9, 0.4, 0.25, 0.8, 0.2, 0.15])
    evening = np.array([1.0, 0.6, -0.5, 0.9, 0.1, 0.8, 0.7])
    open_mw = 48 * np.outer(shares, sun) - 44 * np.outer(evening, ramp)
    total = open_mw.sum(axis=0)
    load = 900 + 500 * ramp
    words: dict[str, Any] = {
        "axis": hours,
        "books": BOOKS,
        "locations": LOCATIONS,
        "open_mw": open_mw,
        "total_open_mw": total,
        "total_open_mwh": total.copy(),
        "load_mw": load,
        "coverage": 1 + total / load,
        "unknown": [""] * count,
        "oldest_input_ns": NOW_NS - 38 * SECOND_NS,
    }
    return PositionView(**{**words, **changes})


def prices(market: str = "caiso", **changes: Any) -> PriceView:
    locations = ["TH_SP15", "TH_NP15", "TH_ZP26", "DLAP_SCE", "DLAP_PGAE", "SOLAR_1", "BATT_2"]
    count = len(locations)
    da = np.array([184.21, 176.02, 181.77, 190.40, 179.55, 183.90, 185.10])
    step = np.linspace(-1, 0, 24)
    history = da[:, None] + 860 * np.exp(4 * step)[None, :] * np.linspace(1, 0.6, count)[:, None]
    words: dict[str, Any] = {
        "market": market,
        "time_zone": ZONE,
        "locations": locations,
        "kinds": ["hub", "hub", "hub", "load_zone", "load_zone", "node", "node"],
        "da": da,
        "fmm": da + 220,
        "rtd": history[:, -1].copy(),
        "da_interval_ns": evening_ns(17, 0, 0),
        "fmm_interval_ns": evening_ns(17, 15, 0),
        "rtd_interval_ns": evening_ns(17, 20, 0),
        "da_received_ns": NOW_NS - 4 * HOUR_NS,
        "fmm_received_ns": NOW_NS - 400 * SECOND_NS,
        "rtd_received_ns": NOW_NS - 38 * SECOND_NS,
        "rtd_history": np.roll(history.T, 3, axis=0),
        "rtd_newest": 2,
        **changes,
    }
    return PriceView(**{"spread": words["rtd"] - words["da"], **words})


def _curve_usd() -> tuple[np.ndarray, np.ndarray]:
    points = 209
    at = np.arange(points)
    total = 12_000 * np.sin(at / 60) - 163_000 / (1 + np.exp(-(at - 199) / 2.5))
    total += 900 * np.sin(at * 1.7)
    realised = np.where(at < 190, total * 0.6, total[190] * 0.6 + (total - total[190]) * 0.55)
    return total, realised


def pnl_curve(**changes: Any) -> PnlCurveView:
    total, realised = _curve_usd()
    words: dict[str, Any] = {
        "books": ["firm"],
        "at_ns": [market_day().start_ns + 300 * SECOND_NS * (i + 1) for i in range(len(total))],
        "total": total[None, :],
        "realised": realised[None, :],
        "market": "caiso",
    }
    return PnlCurveView(**{**words, **changes})


def pnl(*, estimated: str = "load price estimated", **changes: Any) -> PnlView:
    total, realised = _curve_usd()
    firm = BookPnl(
        book="firm",
        today_usd=float(total[-1]),
        realised_usd=float(realised[-1]),
        unrealised_usd=float(total[-1] - realised[-1]),
        corrections_usd=0.0,
        value_usd=1.2e6,
        estimated=estimated,
    )
    words: dict[str, Any] = {
        "books": [firm],
        "oldest_input_ns": NOW_NS - 38 * SECOND_NS,
    }
    return PnlView(**{**words, **changes})


def risk(**changes: Any) -> RiskView:
    generator = np.random.default_rng(7)
    pnl_usd = generator.normal(20_000, 900_000, 500)
    pnl_usd[:9] -= 1_400_000
    var, es = 1.88e6, 2.36e6
    rows = [
        RiskRow(node=node, horizon=horizon, var_usd=var * a * b, es_usd=es * a * b, complete=full)
        for node, a, full in (
            ("LOAD", 0.72, True),
            ("RENEWABLES", 0.31, True),
            ("HEDGE", 0.18, False),
            ("firm", 1.0, False),
        )
        for horizon, b in (("intraday", 0.7), ("forward", 0.42), ("total", 1.0))
    ]
    words: dict[str, Any] = {
        "method": "historical simulation, absolute changes",
        "confidence": 0.95,
        "holding": "intraday held to delivery, forward 1 day",
        "window_days": 500,
        "scenarios": 500,
        "scenarios_left_out": 3,
        "history_from": "2025-02-26",
        "history_to": "2026-07-13",
        "rows": rows,
        "scenario_dates": [f"2025-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(500)],
        "firm_scenarios_usd": pnl_usd,
        "uncovered": ["caiso/TH_ZP26/curve/off_peak/2027-01: 1,240 MWh"],
        "oldest_input_ns": NOW_NS - 38 * SECOND_NS,
    }
    return RiskView(**{**words, **changes})


def stressed(scenario: str, title: str, usd: float, **changes: Any) -> StressRow:
    """A scenario that moves LOAD intraday and HEDGE forward, a third of it."""
    words: dict[str, Any] = {
        "scenario": scenario,
        "title": title,
        "text": f"what happens in {title}",
        "intraday_usd": [usd, 0.0, 0.0, 0.0, usd],
        "forward_usd": [0.0, 0.0, -usd / 3, 0.0, -usd / 3],
        "contributions": [
            StressContribution(place="caiso/DLAP_SCE", period="2026-07-14 HE19", usd=usd),
            StressContribution(place="caiso/TH_SP15", period="2026-08", usd=-usd / 3),
        ],
        "open_before_mwh": -459.0,
        "open_after_mwh": -459.0,
        "coverage": [],
        "unreached": [],
    }
    return StressRow(**{**words, **changes})


def stress(**changes: Any) -> StressView:
    load = stressed(
        "load-plus-10",
        "Load +10 %",
        -90e3,
        open_after_mwh=-3059.0,
        coverage=[StressCoverage(period="caiso 2026-07-14 HE19", before=0.952, after=0.865)],
        unreached=["caiso/BATT_2 has no mark: 12.0 MWh"],
    )
    words: dict[str, Any] = {
        "struck_ns": NOW_NS - 240 * SECOND_NS,
        "scenarios": ["stress-scenarios 1"],
        "nodes": ["LOAD", "RENEWABLES", "HEDGE", "STORAGE", "firm"],
        "rows": [stressed("scarcity-evening", "Scarcity evening", -300e3), load],
    }
    return StressView(**{**words, **changes})


def use(figure: str, utilisation: float, state: str = "ok") -> CreditUse:
    return CreditUse(
        figure=figure,
        title="Dollars owed",
        clause="SVCE §6.3 p. 12",
        utilisation=utilisation,
        state=state,
        value="$900,000",
        limit="$1,000,000",
        headroom="$100,000",
    )


def creditor(name: str = "CP-01", **changes: Any) -> CreditRow:
    words: dict[str, Any] = {
        "netting": True,
        "contracts": 3,
        "receivables_usd": 900_000.0,
        "mtm_usd": 300_000.0,
        "exposure_usd": 1_200_000.0,
        "collateral_usd": 500_000.0,
        "uncovered_usd": 700_000.0,
        "potential_usd": 1_450_000.0,
        "limits": [use("credit_owed", 0.9, "warn"), use("credit_value", 0.4)],
    }
    return CreditRow(counterparty=name, **{**words, **changes})


def credit(rows: list[CreditRow] | None = None) -> CreditView:
    return CreditView(
        rows=[creditor()] if rows is None else rows,
        receivables_from="2026-06-30",
        oldest_input_ns=NOW_NS,
    )


def clause(title: str, state: str, **changes: Any) -> ClauseRow:
    words: dict[str, Any] = {
        "policy": "svce 2017-05-10",
        "clause": "SVCE §4.6 p. 8",
        "part": "tolerance",
        "id": title.lower().replace(" ", "-"),
        "says": "90 % to 105 %",
        "sureness": "certain",
        "note": "",
    }
    return ClauseRow(title=title, state=state, **{**words, **changes})


def policy() -> PolicyView:
    """A duty, a tolerance in breach, a trading limit nobody has confirmed, and a plain list."""
    return PolicyView(
        policies=["desk-limits 1", "svce 2017-05-10"],
        rows=[
            clause("Fill the NOP", "duty", part="duty", clause="SVCE §1 p. 3", says="always"),
            clause(
                "Prompt month", "breach", where="Prompt month 2026-08", value="86.1 %",
                headroom="-3.9 %", instances=1, open=1,
            ),
            clause(
                "Prompt Month, One Month", "breached", part="trading limit",
                clause="SVCE §5.6 p. 11", says="buy $5,000,000 and 100 MW", sureness="unknown",
                note="tier not known", value="215.0 MW", headroom="-115.0 MW",
                where="check C-1, trader-1",
            ),
            clause("Credit template", "text", part="list", clause="SVCE §6.2 p. 12",
                   sureness="likely"),
        ],
    )  # fmt: skip


def checks() -> CheckView:
    """One check that is rejected on MW, with the size that passes, and one that is accepted."""
    stop = LimitEffect(
        limit="limit-prompt-month", clause="§5.6 p. 11", policy="svce 2017-05-10",
        scope="trader-1", unit="MW", before=0.0, after=215.0, headroom_before=100.0,
        headroom_after=-115.0, outcome=Outcome.BREACHED,
    )  # fmt: skip
    return CheckView(
        checks=[
            CheckAnswer(
                check="C-2", trade="desk/T-2", at_ns=NOW_NS, position=9, decision="reject",
                effects=[stop], lot=5.0, size=215.0, unit="MW", sizes=[(1, 20)], looked_up_to=86,
            ),
            CheckAnswer(check="C-1", trade="desk/T-1", at_ns=NOW_NS, position=8,
                        decision="accept", size=10.0, unit="MW"),
        ]
    )  # fmt: skip


def nop_row(title: str, coverage: float, state: str, **changes: Any) -> NopRow:
    words: dict[str, Any] = {
        "nop": "energy",
        "title": title,
        "kind": "",
        "period": "2026-08",
        "unit": "MWh",
        "obligation": 74_400.0,
        "firm": 60_000.0,
        "supply": coverage * 74_400.0,
        "firm_coverage": 60_000.0 / 74_400.0,
        "coverage": coverage,
        "open": (coverage - 1.0) * 74_400.0,
        "obligation_mw": 100.0,
        "supply_mw": coverage * 100.0,
        "fixed": 66_960.0,
        "effectiveness": 0.845,
        "fixed_revenue": 59_520.0,
        "customers": 271_500.0,
        "customers_change": -0.0125,
        "on_peak_mw": -12.4,
        "off_peak_mw": 3.0,
        "blocks": "buy 12 MW on-peak, sell 3 MW off-peak",
        "value_usd": -446_400.0,
        "rate_usd_per_mwh": 6.0,
        "note": "",
        "floor": 0.9,
        "ceiling": 1.05,
        "headroom": coverage - 0.9,
        "state": state,
        "reason": "",
        "limit": "nop-energy-prompt-month",
        "clause": "§4.6 p. 8",
        "begins": "2026-08-01",
        "ends": "2026-08-01",
    }
    return NopRow(**{**words, **changes})


def hedges() -> HedgeView:
    """A way out of the prompt month, asked for two minutes ago."""
    block = HedgeBlock(
        period="2026-08",
        begins="2026-08-01",
        ends="2026-09-01",
        kind="on_peak",
        size=7.0,
        amount=2912.0,
        unit="MWh",
        price_usd=61.5,
        cost_usd=179_088.0,
        counterparty="CP-01",
        trader="T-01",
        venue="bilateral",
        product="energy",
        market="caiso",
        location="TH_NP15_GEN-APND",
        book="load-serving",
        var_before_usd=312_000.0,
        var_after_usd=309_500.0,
    )
    answer = HedgeAnswer(
        request="H-1",
        limit="nop-energy-prompt-month",
        asked_ns=NOW_NS - 120 * SECOND_NS,
        at_ns=NOW_NS - 120 * SECOND_NS,
        nop="energy",
        period="2026-08",
        before=0.861,
        after=0.9001,
        blocks=[block],
        complete=True,
    )
    return HedgeView(answers=[answer])


def nop() -> NopView:
    """A prompt month that is short, a quarter unknown, and what bites in August."""
    quarter = nop_row(
        "Prompt quarter",
        NAN,
        "unknown",
        reason="no outlook of town for 2026-10",
        value_usd=NAN,
        rate_usd_per_mwh=NAN,
    )
    return NopView(
        today="2026-07-14",
        policy="svce 2017-05-10",
        rows=[nop_row("Prompt month", 0.861, "breach"), quarter],
        roll="2026-08-01",
        ahead=[nop_row("Prompt month", 0.8, "breach"), nop_row("Prompt quarter", 0.95, "ok")],
        var_usd=125_000.0,
        var_reason="",
        var_basis="historical simulation, absolute changes, VaR 95 %, one day, 500 scenarios",
        oldest_input_ns=NOW_NS,
    )


def contribution(partition: str, part: str, share: float, **changes: Any) -> ContributionRow:
    words: dict[str, Any] = {
        "partition": partition,
        "part": part,
        "gross_mwh": 1200.0,
        "component_var_usd": share * 1.88e6,
        "component_es_usd": share * 2.36e6,
        "incremental_var_usd": share * 1.6e6,
        "incremental_es_usd": share * 2.1e6,
        "marginal_var_usd_per_mwh": share * 1.88e6 / 1200,
    }
    return ContributionRow(**{**words, **changes})


def node(name: str, kind: str, depth: int, parent: str, share: float) -> NodeRisk:
    return NodeRisk(
        node=name,
        kind=kind,
        depth=depth,
        parent=parent,
        var_usd=share * np.array([1.2e6, 0.9e6, 1.88e6]),
        es_usd=share * np.array([1.5e6, 1.1e6, 2.36e6]),
    )


def contributions(**changes: Any) -> ContributionView:
    words: dict[str, Any] = {
        "at_ns": NOW_NS - 188 * SECOND_NS,
        "confidence": 0.95,
        "complete": False,
        "holding": "intraday: held to delivery; forward: 1 day",
        "window_days": 500,
        "scenarios": 493,
        "oldest": "2025-01-13",
        "newest": "2026-07-13",
        "nodes": [
            node("firm", "firm", 0, "", 1.0),
            node("supply", "desk", 1, "firm", 0.4),
            node("RENEWABLES", "book", 2, "supply", 0.4),
            node("retail", "desk", 1, "firm", 0.8),
            node("LOAD", "book", 2, "retail", 0.8),
        ],
        "rows": [
            contribution("book", "HEDGE", -0.2, marginal_var_usd_per_mwh=NAN),
            contribution("book", "LOAD", 0.8),
            contribution("book", "RENEWABLES", 0.4),
            contribution("location", "DLAP_SCE", 0.7),
            contribution("location", "12 others", 0.3),
            contribution("block", "intraday on_peak", 1.0),
        ],
        "tail": [
            TailDay(date="2025-08-22", pnl_usd=-4.1e6),
            TailDay(date="2025-09-05", pnl_usd=-3.2e6),
            TailDay(date="2026-01-17", pnl_usd=-1.88e6),
        ],
        "methods": [
            MethodRow(
                method="historical",
                title="historical simulation",
                var_usd=1.88e6,
                es_usd=2.36e6,
                settings="quantile lower, tail mean",
                note="",
            ),
            MethodRow(
                method="extreme-value",
                title="extreme-value tail",
                var_usd=NAN,
                es_usd=NAN,
                settings="threshold 1,000.00",
                note="3 losses beyond the threshold, at least 5; lower it",
            ),
        ],
    }
    return ContributionView(**{**words, **changes})


def backtest_row(**changes: Any) -> BacktestRow:
    words: dict[str, Any] = {
        "node": "firm",
        "horizon": "total",
        "state": "tested",
        "reason": "",
        "days": 250,
        "unknown": 0,
        "exceptions": 18,
        "expected": 12.5,
        "light": "yellow",
        "number": 0.1312,
        "number_ratio": 2.28,
        "clusters": 0.5,
        "clusters_ratio": 0.455,
        "both": 0.2547,
        "both_ratio": 2.735,
    }
    return BacktestRow(**{**words, **changes})


def backtest(**changes: Any) -> BacktestView:
    days = np.arange(250)
    pnl_usd = np.where(days % 14 == 0, -2.2e6, 1e6 * np.sin(days / 5.0))
    words: dict[str, Any] = {
        "confidence": 0.95,
        "tested_days": 250,
        "least_days": 100,
        "holding": "intraday: until what was exposed is priced; forward: until the next midnight",
        "rows": [
            backtest_row(node="HEDGE", state="too few", days=40, light="", exceptions=1),
            backtest_row(
                node="LOAD",
                state="unknown",
                days=200,
                unknown=50,
                light="",
                reason="50 of the last 250 outcomes could not be observed",
            ),
            backtest_row(),
            backtest_row(horizon="intraday", exceptions=14),
            backtest_row(horizon="forward", exceptions=9),
        ],
        "dates": [f"2025-{1 + day % 12:02d}-{1 + day % 28:02d}" for day in range(250)],
        "firm_var_usd": np.full(250, 1.9e6),
        "firm_pnl_usd": np.where(days == 100, NAN, pnl_usd),
    }
    return BacktestView(**{**words, **changes})


def limit(**changes: Any) -> LimitRow:
    words: dict[str, Any] = {
        "limit": "var-firm",
        "title": "VaR 95 %, firm",
        "clause": "desk limits §3",
        "policy": "desk-limits 3",
        "scope": "firm",
        "period": "today",
        "period_start_ns": market_day().start_ns,
        "unit": "$",
        "state": "warn",
        "standing": "warn",
        "reason": "",
        "value": 1.88e6,
        "limit_low": NAN,
        "limit_high": 2.0e6,
        "utilisation": 0.94,
        "warn_at": 0.8,
        "headroom": 0.12e6,
        "value_text": "1.88 M$",
        "limit_text": "≤ 2.00 M$",
        "headroom_text": "+0.12 M$",
        "since_ns": NOW_NS - 720 * SECOND_NS,
        "case": "case-var",
        "figure": "var",
    }
    return LimitRow(**{**words, **changes})


def limits(**changes: Any) -> LimitView:
    coverage = {
        "limit": "coverage-intraday",
        "figure": "coverage",
        "title": "Intraday coverage",
        "clause": "desk limits §1",
        "unit": "%",
        "scope": "firm",
        "limit_text": "≥ 90 %",
        "limit_high": NAN,
    }
    rows = [
        limit(
            **coverage,
            period="HE19",
            period_start_ns=evening_ns(18, 0, 0),
            state="breach",
            standing="breach",
            value=0.861,
            limit_low=0.9,
            utilisation=1.045,
            headroom=-0.039,
            value_text="86.1 %",
            headroom_text="-3.9 %",
            case="case-coverage",
            since_ns=NOW_NS - 540 * SECOND_NS,
        ),
        limit(
            limit="stop-loss",
            figure="pnl_today",
            title="Stop-loss, day",
            clause="desk limits §2",
            state="breach",
            standing="breach",
            value=-1.51e5,
            limit_low=-1.5e5,
            limit_high=NAN,
            utilisation=1.01,
            headroom=-1200.0,
            value_text="-$151,200",
            limit_text="loss of $150,000",
            period="14 Jul",
            headroom_text="-$1,200",
            case="case-stop",
            since_ns=NOW_NS - 240 * SECOND_NS,
        ),
        limit(
            limit="feed-age",
            figure="feed_age",
            title="Feed age, day-ahead",
            clause="desk limits §5",
            state="unknown",
            standing="breach",
            reason="no publication since 13:05",
            scope="spp DA",
            utilisation=NAN,
            value=NAN,
            value_text="",
            limit_text="≤ 2 h",
            headroom_text="",
            case="case-feed",
            since_ns=NOW_NS - 1900 * SECOND_NS,
        ),
        limit(),
        limit(
            **coverage,
            period="HE20",
            period_start_ns=evening_ns(19, 0, 0),
            state="ok",
            standing="ok",
            value=0.92,
            limit_low=0.9,
            utilisation=0.978,
            headroom=0.02,
            value_text="92.0 %",
            headroom_text="+2.0 pt · +28 MW",
            case="",
        ),
        limit(
            limit="var-load",
            title="VaR 95 %, book",
            scope="LOAD",
            state="ok",
            standing="ok",
            utilisation=0.68,
            value_text="1.35 M$",
            headroom_text="+0.65 M$",
            case="",
        ),
        limit(
            limit="spike",
            title="Price spike",
            clause="desk limits §4",
            scope="TH_SP15",
            state="ok",
            standing="ok",
            utilisation=0.52,
            unit="$/MWh",
            value_text="1,044 $/MWh",
            limit_text="≤ 2,000 $/MWh",
            headroom_text="+956 $/MWh",
            case="",
        ),
        limit(
            limit="minimum",
            title="Intraday coverage",
            state="not_applicable",
            standing="ok",
            period="HE24",
            utilisation=NAN,
            value_text="",
            limit_text="≥ 90 %",
            headroom_text="no load",
            case="",
        ),
    ]
    words: dict[str, Any] = {"rows": rows, "shown": len(rows), "total": 31}
    return LimitView(**{**words, **changes})


def case(**changes: Any) -> CaseRow:
    words: dict[str, Any] = {
        "case": "case-stop",
        "limit": "stop-loss",
        "clause": "desk limits §2",
        "policy": "desk-limits 3",
        "scope": "firm",
        "period": "14 Jul",
        "severity": "breach",
        "condition": "firing",
        "status": "open",
        "headline": "P&L today of firm -$151,200 < -$150,000",
        "passive": True,
        "cause": "RTD TH_SP15 +638 $/MWh in 10 min",
        "cause_key": "price/caiso/RTD/17:20",
        "attribution": [("price", -148_204.0), ("volume", -2_100.0), ("new deals", -900.0)],
        "value_text": "-$151,200",
        "limit_text": "loss of $150,000",
        "opened_ns": NOW_NS - 240 * SECOND_NS,
        "changed_ns": NOW_NS - 240 * SECOND_NS,
        "opened_position": 1_283_900,
    }
    return CaseRow(**{**words, **changes})


def duty(**changes: Any) -> DutyRow:
    """What the Front Office owes eleven minutes from now."""
    words: dict[str, Any] = {
        "duty": "duty-report-breach",
        "clause": "SVCE §1 p. 3",
        "policy": "svce 2017-05-10",
        "by": "Front Office",
        "to": "Middle Office",
        "does": "report breaches of limits",
        "deadline": "at once",
        "about": "trade/etrm/T-118/1",
        "called_ns": NOW_NS - 240 * SECOND_NS,
        "due_ns": NOW_NS + 660 * SECOND_NS,
    }
    return DutyRow(**{**words, **changes})


WITHOUT_AUTHORITY = (
    "Trades of trader-1 on 2026-07-14 without authority: etrm/T260714-0310/1 purchase $, "
    "Medium-Term (13 months to 3 years): $5,205,408 > $5,000,000 "
    "(the cell is unknown: tier not known); "
    "purchase MW, Medium-Term (13 months to 3 years): 110 MW > 100 MW "
    "(the cell is unknown: tier not known)"
)
"""The headline of a trade beyond two cells of a policy, as the state writes it."""


def owed_case(**changes: Any) -> CaseRow:
    """A breach under the written policy: a duty owed, one late, one done, one without an end."""
    committee = {"by": "Middle Office", "to": "Risk Oversight Committee"}
    words: dict[str, Any] = {
        "case": "case-nop",
        "limit": "nop-energy-prompt-month",
        "clause": "SVCE §4.6 p. 8",
        "policy": "svce 2017-05-10",
        "scope": "Prompt month",
        "period": "2026-08",
        "headline": "Load covered, Prompt month 75.0 % < 90 %, SHORT (2026-08)",
        "passive": False,
        "duties": [
            duty(),
            duty(duty="duty-notify-material", clause="SVCE §3.4 p. 5", late=True,
                 due_ns=NOW_NS - 7200 * SECOND_NS, does="notify of material breaches", **committee),
            duty(duty="duty-suspend", by="Capture System", to="", done_ns=NOW_NS - 239 * SECOND_NS,
                 done_by="Tieline"),
            duty(duty="duty-cure-nop", clause="SVCE §4.6 p. 7", due_ns=0, to="",
                 deadline="as soon as practical", does="trade the NOP back into tolerance"),
        ],
        "frozen": Frozen(
            at_ns=NOW_NS - 240 * SECOND_NS, position=1_283_900, value=0.75, unit="ratio",
            value_text="75.0 %", limit_text="90 % to 105 %", attribution=[("trade", -0.2)],
            arithmetic=["value: 75.0 %"], counterparty="CP-01", notional_usd=595_200.0,
            quantity_mw=-20.0, volume_mwh=-14_880.0,
        ),
    }  # fmt: skip
    return case(**{**words, **changes})


def standing(**changes: Any) -> StandingDuty:
    """A periodic duty that is due in a week."""
    words: dict[str, Any] = {
        "name": "standing-1",
        "what": "every 3 months",
        "periodic": True,
        "duty": duty(
            duty="duty-quarterly-report", by="Middle Office", to="Risk Oversight Committee",
            does="publish the risk report", clause="SVCE §3.4 p. 5", about="policy/svce",
            due_ns=NOW_NS + 7 * 86_400 * SECOND_NS,
        ),
    }  # fmt: skip
    return StandingDuty(**{**words, **changes})


def waiver(**changes: Any) -> Waiver:
    """A breach let be for two hours."""
    words: dict[str, Any] = {
        "approver": "committee",
        "reason": "bought tomorrow",
        "granted_by": "rita",
        "granted_ns": NOW_NS - 60 * SECOND_NS,
        "until_ns": NOW_NS + 7200 * SECOND_NS,
    }
    return Waiver(**{**words, **changes})


def transition(row: CaseRow, change: str, sequence: int, **changes: Any) -> Transition:
    words: dict[str, Any] = {
        "case": row.case,
        "sequence": sequence,
        "change": change,
        "at_ns": NOW_NS,
        "position": 1_283_900 + sequence,
        "timing": False,
        "row": row,
    }
    return Transition(**{**words, **changes})


def cases(*extra: CaseRow) -> CaseView:
    return CaseView(
        cases=[
            *extra,
            case(),
            case(
                case="case-coverage",
                limit="coverage-intraday",
                clause="desk limits §1",
                headline="Intraday coverage HE19 86.1 % < 90 %, SHORT 214 MW",
                period="HE19",
                cause="71 % load forecast, 29 % BATT_2 outage",
                status="acknowledged",
                acknowledged_by="desk",
                acknowledged_ns=NOW_NS - 300 * SECOND_NS,
                opened_ns=NOW_NS - 540 * SECOND_NS,
                comments=["desk: buying 60 MW from CP-03"],
            ),
            case(
                case="case-var",
                limit="var-firm",
                clause="desk limits §3",
                severity="warn",
                headline="VaR 95 %, firm 1.88 of 2.00 M$ (94 %)",
                passive=False,
                cause="trade T-118 version 1, +40 MW TH_SP15",
                opened_ns=NOW_NS - 720 * SECOND_NS,
            ),
            case(
                case="case-feed",
                limit="feed-age",
                clause="desk limits §5",
                severity="unknown",
                condition="unknown",
                headline="spp DA: nothing since 13:05",
                cause="no publication",
                opened_ns=NOW_NS - 1900 * SECOND_NS,
                members=["coverage-intraday HE22", "coverage-intraday HE23"],
            ),
        ]
    )


def feeds(**changes: Any) -> FeedView:
    def feed(name: str, age: float, state: str = "fresh", **more: Any) -> FeedRow:
        words: dict[str, Any] = {
            "feed": name,
            "market": name.partition("/")[0],
            "age_seconds": age,
            "cadence_seconds": 300.0,
            "state": state,
            "received_ns": NOW_NS - int(38 * SECOND_NS),
            "publications": 210,
            "revisions": 2,
            "rejected": 0,
        }
        return FeedRow(**{**words, **more})

    rows = [
        feed("caiso/RTD", 38.0),
        feed("caiso/FMM", 400.0, cadence_seconds=900.0, publications=70),
        feed("caiso/DA", 15_000.0, cadence_seconds=86_400.0, publications=24, revisions=0),
        feed("caiso/load forecast", 1900.0, "late", rejected=2, last_rejection="MW is empty"),
        feed("trades", 95.0, publications=214, revisions=11),
    ]
    words: dict[str, Any] = {"feeds": rows, "dead_letters": 3}
    return FeedView(**{**words, **changes})


def move(position: int, minutes_ago: int, usd: float, **changes: Any) -> MoveRow:
    words: dict[str, Any] = {
        "driver": "price RTD",
        "key": f"price/caiso/RTD/{position}",
        "text": f"caiso RTD prices of 17:{25 - minutes_ago:02d}",
        "open_mwh": 0.0,
        "var_usd": 0.0,
    }
    at_ns = NOW_NS - minutes_ago * 60 * SECOND_NS
    return MoveRow(**{**words, "position": position, "at_ns": at_ns, "usd": usd, **changes})


def explain(**changes: Any) -> ExplainView:
    """Since 17:25: a trade of 120 MWh sold; today: prices lost what deals and volume made."""
    words: dict[str, Any] = {
        "point": 4,
        "books": ["LOAD", "RENEWABLES", "HEDGE", "firm"],
        "drivers": ["new deals", "volume forecast", "price RTD"],
        "today_usd": np.array(
            [
                [0.0, 0, 9_000, 9_000],
                [-20_000, -600, 0, -20_600],
                [-140_000, 5_000, -15_000, -150_000],
            ]
        ),
        "unexplained_usd": np.zeros(4),
        "splits": [
            SplitRow(market="caiso", run="RTD", hub="TH_NP15", block="on_peak", usd=-30_000.0),
            SplitRow(market="caiso", run="RTD", hub="TH_SP15", block="on_peak", usd=-120_000.0),
        ],
        "running_drivers": ["new deals"],
        "running": np.array([[1_000.0, -120.0, 40_000.0]]),
        "largest": [
            move(
                1_284_300,
                0,
                1_000.0,
                driver="new deals",
                key="trade/etrm/T-118/1",
                text="trade etrm/T-118 v1: sold 120 MW",
                open_mwh=-120.0,
                var_usd=40_000.0,
            )
        ],
        "open_mwh": -1_730.0,
        "var_usd": 1.88e6,
    }
    return ExplainView(**{**words, **changes})


def explain_points(**changes: Any) -> ExplainPointsView:
    """Points at midnight, 17:10, 17:20 and 17:25; each ten minutes prices took 60 k$ or more."""
    drivers = ["roll", "price RTD"]
    totals = np.zeros((4, 6))
    totals[1:, 1] = -40.0, -45.0, -50.0
    totals[1:, 3] = -20_000.0, -80_000.0, -150_000.0
    totals[1:, 5] = 5_000.0, 5_000.0, 25_000.0
    words: dict[str, Any] = {
        "numbers": [1, 2, 3, 4],
        "positions": [12, 1_280_000, 1_283_000, 1_284_000],
        "at_ns": [
            evening_ns(hour, minute, 0) for hour, minute in ((0, 0), (17, 10), (17, 20), (17, 25))
        ],
        "midnight": 0,
        "midnight_complete": True,
        "drivers": drivers,
        "totals": totals,
        "largest": [move(1_281_000, 12, -60_000.0), move(1_283_500, 3, -70_000.0)],
    }
    return ExplainPointsView(**{**words, **changes})


def close_row(book: str, figure: str, unit: str, *numbers: float) -> CloseRow:
    flash, official, now = numbers
    return CloseRow(
        book=book,
        figure=figure,
        unit=unit,
        flash=flash,
        official=official,
        now=now,
        difference=now - official,
    )


def close(**changes: Any) -> CloseView:
    """The day before, locked and signed off; a price came later, a contract is missing."""
    words: dict[str, Any] = {
        "date": "2026-07-13",
        "state": "signed off",
        "flash_ns": NOW_NS - 20 * HOUR_NS,
        "locked_ns": NOW_NS - 10 * HOUR_NS,
        "locked_position": 1_200_000,
        "rows": [
            close_row("HEDGE", "pnl", "$", 12_000.0, 11_500.0, 11_500.0),
            close_row("firm", "pnl", "$", -40_000.0, -41_000.0, -43_500.0),
            close_row("firm", "open", "MWh", -320.0, -320.0, -320.0),
            close_row("firm", "var", "$", NAN, NAN, NAN),
        ],
        "steps": [
            CloseStepRow(step="lock", actor="risk-1", at_ns=NOW_NS - 10 * HOUR_NS, comment=""),
            CloseStepRow(step="sign_off", actor="risk-2", at_ns=NOW_NS - 9 * HOUR_NS, comment=""),
        ],
        "reconciled": [
            reconciled_row("contracts", "count", 11.0, 12.0, "differs"),
            reconciled_row("volume", "MWh", 240.0, 240.25, "within tolerance"),
            reconciled_row("value", "$", 9_600.0, 9_600.0, "agrees"),
        ],
        "records": [
            RecordRow(
                system="settlement", source="etrm", counterparty="", compared=12, differing=2
            ),
            RecordRow(system="CP-04", source="etrm", counterparty="CP-04", compared=3, differing=0),
        ],
        "details": [
            detail_row("T-7", "HEDGE", "price", "41.00 $/MWh", "40.75 $/MWh"),
            detail_row("T-9", "", "surplus", "not held, or cancelled", "38.00 $/MWh; SP15"),
        ],
    }
    return CloseView(**{**words, **changes})


def detail_row(trade: str, book: str, detail: str, ours: str, theirs: str) -> DetailRow:
    return DetailRow(
        system="settlement", trade=trade, book=book, detail=detail, ours=ours, theirs=theirs
    )


def resource_row(resource: str, kind: str, *figures: float) -> ResourceRow:
    scheduled, mwh, expected, value, contract, price, rate = figures
    return ResourceRow(
        market="caiso",
        resource=resource,
        resource_kind=kind,
        scheduled_mwh=scheduled,
        mwh=mwh,
        expected_usd=expected,
        value_usd=value,
        difference_usd=value - expected,
        contract_usd=contract,
        margin_usd=value - contract,
        weighted_price=price,
        capture_rate=rate,
    )


def forecast_row(resource: str, horizon: str, today: float, held: float) -> ForecastRow:
    return ForecastRow(
        market="caiso",
        resource=resource,
        horizon=horizon,
        today=today,
        today_hours=0 if today != today else 14,  # noqa: PLR0124 - NaN
        held=held,
        held_hours=62,
        bias=-0.013,
    )


def performance(**changes: Any) -> PerformanceView:
    """An evening on which a plant is out, and the contract on another delivers too little."""
    words: dict[str, Any] = {
        "dates": ["caiso 2026-07-14"],
        "from_date": "2026-07-11",
        "resources": [
            resource_row("LOAD_1", "load", -6_750.0, -6_855.0, -416e3, -485e3, 0.0, 62.31, 1.052),
            resource_row("WIND_PPA", "wind", 799.0, 768.0, 48.8e3, 42.1e3, 31.9e3, 60.83, 1.047),
            resource_row("STORAGE_1", "storage", -48.0, -48.0, 6.8e3, 6.8e3, 0.0, NAN, NAN),
            resource_row("THERMAL_1", "thermal", 2_331.0, NAN, NAN, NAN, 0.0, NAN, NAN),
        ],
        "forecasts": [
            forecast_row(resource, horizon, today, held)
            for resource, today, held in (("all loads", 0.0134, 0.011), ("WIND_PPA", NAN, 0.048))
            for horizon in ("day-ahead schedule", "day's start", "interval's start")
        ],
        "sources": [
            SourceRow(source="CP-06", product="contract", mwh=6_480.0, share=0.6),
            SourceRow(source="own wind", product="own", mwh=4_320.0, share=0.4),
        ],
        "deliveries": [
            DeliveryRow(
                contract="etrm/T-1", counterparty="CP-11", by="plant", through="WIND_PPA",
                contracted_mwh=616.6, delivered_mwh=590.7, ratio=0.958,
            ),
            DeliveryRow(
                contract="etrm/T-2", counterparty="CP-02", by="IST", through="2 ISTs",
                contracted_mwh=20.0, delivered_mwh=20.0, ratio=1.0,
            ),
        ],
        "load_mwh": 6_855.0,
        "sold_mwh": 3_945.0,
        "unknown": ["THERMAL_1"],
        "concentration": 0.52,
    }  # fmt: skip
    return PerformanceView(**{**words, **changes})


def reconciled_row(figure: str, unit: str, ours: float, theirs: float, state: str) -> ReconciledRow:
    return ReconciledRow(
        source="etrm",
        book="HEDGE",
        figure=figure,
        unit=unit,
        ours=ours,
        theirs=theirs,
        difference=ours - theirs,
        unsized=0,
        state=state,
    )


def evening(**changes: View) -> dict[str, View]:
    """Every view of the scarcity evening; ``changes`` by view name with / written as __."""
    tomorrow = date(2026, 7, 15)
    views: dict[str, View] = {
        "clock": clock(),
        "position/caiso/2026-07-14": position(),
        "position/caiso/2026-07-15": position(tomorrow, current=-1),
        "price/caiso": prices(),
        "pnl": pnl(),
        "pnl_curve": pnl_curve(),
        "risk": risk(),
        "stress": stress(),
        "credit": credit(),
        "nop": nop(),
        "hedges": hedges(),
        "policy": policy(),
        "checks": checks(),
        "contributions": contributions(),
        "backtest": backtest(),
        "close": close(),
        "performance": performance(),
        "limits": limits(),
        "cases": cases(),
        "feeds": feeds(),
        "explain": explain(),
        "explain_points": explain_points(),
    }
    return {**views, **{name.replace("__", "/"): view for name, view in changes.items()}}


class HandmadeStore:
    """Writes views as the monitor does: all at once, with a growing position."""

    def __init__(self, client: redis.Redis, run: str) -> None:
        self._client = client
        self._keys = RunKeys(run)
        self._writer = StoreWriter(client, run)
        self._position = 1000

    def write(self, views: Mapping[str, View], *transitions: Transition) -> None:
        self._position += 1
        numbered = [(self._position, at, change) for at, change in enumerate(transitions)]
        self._writer.write(encode_frame(self._position, views, numbered))

    def show(self) -> None:
        self._writer.show()

    def bury(self, reason: str, feed: str = "caiso") -> None:
        fields = {
            "letter": "1",
            "feed": feed,
            "reason": reason,
            "received_at_ns": NOW_NS,
            "raw": b"",
        }
        self._client.xadd(self._keys.dead, cast("Any", fields))
