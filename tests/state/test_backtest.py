"""The frozen book of ``docs/meanings.md``, "Backtest", by hand, and the alert when a model fails.

10 MW are held at the hub in hour 10 (HE11), unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from state.calendar import MarketDay
from state.company import Company
from state.messages import (
    AnyMessage,
    BacktestHistory,
    Books,
    Message,
    Policy,
    ProductTrade,
    Run,
    SettlesAt,
    TradeAction,
)
from state.risk.outcomes import KEPT_DAYS, NO_MARKS, NOT_HELD, OBSERVED, UNKNOWN
from state.risk.portfolio import FORWARD, INTRADAY, TOTAL
from state.screens.backtest_seen import BacktestRow, BacktestView
from state.screens.views import Transition
from state.wire import decode, encode
from tests.state.worked import (
    DAY,
    NAN,
    adjustment,
    company,
    contract,
    curve,
    forecast,
    history,
    marks,
    price,
    reference,
    schedule,
    tick,
    trade,
)

LEVELS = {f"HUB/{run}/HE11": [40.0, 45.0, 43.0, 50.0, 41.0] for run in Run}
"""Day-on-day DA: 5, -2, 7, -9; the rest are 0."""

POLICY = (Path(__file__).parents[2] / "policies" / "desk-limits.yaml").read_text("utf-8")
NEXT, AFTER = DAY + timedelta(days=1), DAY + timedelta(days=2)


def basis(name: str) -> dict[str, list[float]]:
    return {f"{name}/basis/{run}": [0.0] * 5 for run in Run}


def opening(*messages: Message | Iterable[Message]) -> list[Any]:
    return [*reference(), history(LEVELS | basis("ZONE") | basis("NODE")), *messages]


def outcome(folded: Company, day: date = DAY, node: int = -1, horizon: int = INTRADAY) -> Any:
    """Status, VaR and P&L of one strike."""
    outcomes = folded.desk.controls.backtest.outcomes
    at = (outcomes.dates.index(day.isoformat()), horizon, node)
    return int(outcomes.status[at]), float(outcomes.var_usd[at]), float(outcomes.pnl_usd[at])


def gained(folded: Company, day: date = DAY, node: int = -1, horizon: int = INTRADAY) -> float:
    status, _, usd = outcome(folded, day, node, horizon)
    assert status == OBSERVED
    return round(usd, 9)


DA_PRICE, FMM_PRICE = price(Run.DA, 10, HUB=44), price(Run.FMM, 10, HUB=46)
RTD_PRICE = price(Run.RTD, 10, HUB=30)
RTD_TRADE = trade(10, 40.0, 10, settles_at=SettlesAt.RTD)


def certificates(**changes: Any) -> ProductTrade:
    """1,000 certificates of 2026, in the other book."""
    terms = {"trade": "R1", "book": "other", "unit_kind": "PCC1", "vintage": "2026"} | changes
    return contract("rec", 0, 0, 0, 24, units=1000.0, price_usd_per_unit=12.0, **terms)


@pytest.fixture(params=["by hour", "by interval"])
def _kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep contracts of whole hours as lines, then as rows: they gain the same."""
    if request.param == "by interval":
        monkeypatch.setattr(MarketDay, "on_the_hour", lambda *_: False)


@pytest.mark.usefixtures("_kept")
class TestWhatTheFrozenBookGains:
    def test_a_leg_marked_at_da_gains_rtd_less_da(self):
        folded = company(opening(DA_PRICE, RTD_TRADE), tick(0), RTD_PRICE, tick(24))
        assert gained(folded) == 10 * (30 - 44)

    def test_a_leg_marked_at_fmm_gains_rtd_less_fmm(self):
        folded = company(opening(DA_PRICE, FMM_PRICE, RTD_TRADE), tick(0), RTD_PRICE, tick(24))
        assert gained(folded) == 10 * (30 - 46)

    def test_an_fmm_leg_gains_fmm_less_da(self):
        early = trade(10, 40.0, 10, settles_at=SettlesAt.FMM)
        folded = company(opening(DA_PRICE, early), tick(0), FMM_PRICE, tick(24))
        assert gained(folded) == 10 * (46 - 44)

    @pytest.mark.parametrize("run", list(SettlesAt))
    def test_before_the_day_ahead_price_a_leg_gains_day_on_day(self, run: SettlesAt):
        tomorrow = trade(10, 40.0, 10, day=NEXT, settles_at=run)
        later = price(Run.DA, 10, NEXT, HUB=51)
        folded = company(opening(DA_PRICE, tomorrow), tick(0), later, tick(24))
        assert gained(folded) == 10 * (51 - 44)

    def test_the_price_of_the_date_before_may_come_after_the_strike(self):
        tomorrow = trade(10, 40.0, 10, day=NEXT)
        later = price(Run.DA, 10, NEXT, HUB=51)
        folded = company(opening(tomorrow), tick(0), DA_PRICE, later, tick(24))
        assert gained(folded) == 10 * (51 - 44)

    def test_the_mark_is_the_one_of_the_strike_whatever_is_corrected_later(self):
        corrected = price(Run.DA, 10, HUB=99)
        folded = company(opening(DA_PRICE, RTD_TRADE), tick(0), corrected, RTD_PRICE, tick(24))
        assert gained(folded) == 10 * (30 - 44)

    def test_a_load_leg_gains_its_weights_of_fmm_and_rtd(self):
        short = [
            schedule(Run.DA, 10, town=[90]),
            forecast("town", 10, 100),
            price(Run.DA, 10, ZONE=44),
        ]
        came = [price(Run.FMM, 10, ZONE=50), price(Run.RTD, 10, ZONE=60)]
        folded = company(opening(*short), tick(0), came, tick(24))
        assert gained(folded) == -10 * (0.25 * (50 - 44) + 0.75 * (60 - 44))

    def test_only_the_intervals_exposed_at_the_strike_count(self):
        quarters = [*reference(settlement_seconds=900), history(LEVELS)]
        held = [price(Run.DA, 0, HUB=44), trade(10, 40.0, 0, settles_at=SettlesAt.RTD)]
        first = price(Run.FMM, 0, HUB=46, seconds=900)
        came = [
            price(Run.FMM, quarter / 4, HUB=46 + 20 * quarter, seconds=900) for quarter in range(4)
        ]
        came += [
            price(Run.RTD, quarter / 4, HUB=30 + 10 * quarter, seconds=900) for quarter in range(4)
        ]
        levels = {f"HUB/{run}/HE01": [40.0, 45.0, 43.0, 50.0, 41.0] for run in Run}
        folded = company(quarters, history(levels), held, first, tick(0), came, tick(24))
        # The first quarter was marked at its FMM price, the others at DA.
        assert gained(folded) == 2.5 * (30 - 46) + 2.5 * (40 + 50 + 60 - 3 * 44)

    @pytest.mark.parametrize(
        ("halves", "gain"),
        [((0, 10), 5 * (100 - 40)), ((10, 10), 10 * (50 - 40)), ((10, -10), 5 * (0 - 100))],
    )
    def test_contracts_of_part_of_an_hour_gain_by_the_prices_of_their_own_intervals(
        self, halves: tuple[float, float], gain: float
    ):
        levels = {f"HUB/{run}/HE01": [40.0, 45.0, 43.0] for run in Run}
        held = [
            trade(mw, 40.0, half / 2, 0.5, trade=f"T{half}", settles_at=SettlesAt.RTD)
            for half, mw in enumerate(halves)
            if mw
        ]
        came = [
            price(Run.RTD, quarter / 4, HUB=usd, seconds=900)
            for quarter, usd in enumerate((0, 0, 100, 100))
        ]
        opened = [*reference(settlement_seconds=900), history(levels), price(Run.DA, 0, HUB=40)]
        assert gained(company(opened, held, tick(0), came, tick(24))) == gain

    def test_the_forward_gains_by_the_marks_of_the_next_midnight(self):
        levels = LEVELS | {"HUB/curve/on_peak/2026-07": [40.0, 41.0, 39.0, 39.5, 39.0]}
        friday = trade(1, 40.0, 48 + 6, 16)
        folded = company(
            reference(), history(levels), curve(50, 40, "2026-07"), friday, tick(0),
            curve(47, 40, "2026-07"), tick(24), curve(10, 40, "2026-07"), tick(25),
        )  # fmt: skip
        assert gained(folded, horizon=FORWARD) == 16 * (47 - 50)
        assert gained(folded, horizon=TOTAL) == 16 * (47 - 50)

    def test_what_is_held_gains_by_its_own_marks_beside_the_forward(self):
        levels = {"HUB/curve/on_peak/2026-07": [40.0, 41.0], "rec:PCC1/curve/flat/2026": [9.0, 8.0]}
        friday = trade(1, 40.0, 48 + 6, 16)
        folded = company(
            reference(), history(levels), curve(50, 40, "2026-07"), marks(rec__PCC1__2026=15.0),
            friday, certificates(), tick(0), curve(47, 40, "2026-07"), marks(rec__PCC1__2026=5.0),
            tick(24), marks(rec__PCC1__2026=1.0), tick(25),
        )  # fmt: skip
        assert gained(folded, node=0, horizon=FORWARD) == 16 * (47 - 50)
        assert gained(folded, node=1, horizon=FORWARD) == 1000 * (5 - 15)
        assert gained(folded, horizon=TOTAL) == 16 * (47 - 50) + 1000 * (5 - 15)

    def test_the_total_is_the_sum_and_the_firm_is_the_sum_of_the_books(self):
        levels = LEVELS | {"HUB/curve/on_peak/2026-07": [40.0, 41.0, 39.0, 39.5, 39.0]}
        other = trade(-4, 40.0, 10, trade="T2", book="other", settles_at=SettlesAt.RTD)
        friday = trade(1, 40.0, 48 + 6, 16, trade="T3")
        folded = company(
            reference(), history(levels), DA_PRICE, curve(50, 40, "2026-07"), RTD_TRADE, other,
            friday, tick(0), curve(47, 40, "2026-07"), RTD_PRICE, tick(24),
        )  # fmt: skip
        assert gained(folded, node=0) == 10 * (30 - 44)
        assert gained(folded, node=1) == -4 * (30 - 44)
        assert gained(folded) == 6 * (30 - 44)
        assert gained(folded, horizon=TOTAL) == 6 * (30 - 44) + 16 * (47 - 50)

    def test_its_var_is_the_one_of_the_strike(self):
        tomorrow = trade(10, 40.0, 10, day=NEXT)
        folded = company(opening(DA_PRICE, tomorrow), tick(0))
        struck = folded.desk.portfolio.figures()[0][INTRADAY, -1]
        assert struck == 90.0
        later = [trade(500, 40.0, 11, trade="T2"), price(Run.DA, 10, NEXT, HUB=30), tick(24)]
        for position, message in enumerate(later, start=folded.position + 1):
            folded.apply(message, position)
        assert outcome(folded) == (OBSERVED, 90.0, 10 * (30.0 - 44.0))


def several_days() -> list[AnyMessage]:
    """Three days, each with a price at the hub and at the node for hour 10."""
    said: list[AnyMessage] = [DA_PRICE, price(Run.DA, 10, NODE=40), RTD_TRADE, tick(0)]
    for number, day in enumerate((DAY, NEXT, AFTER)):
        said += [
            price(Run.DA, 10, day + timedelta(days=1), HUB=44 + number, NODE=41 + number),
            tick(9, day),
            price(Run.RTD, 10, day, HUB=30 - number, NODE=35 - number),
            tick(11, day),
            tick(24, day),
        ]
        if number < 2:
            said.insert(
                -1,
                trade(10, 40.0, 10, day=day + timedelta(days=1), trade=f"D{number}",
                      settles_at=SettlesAt.RTD),
            )  # fmt: skip
    return said


AFTER_THE_STRIKE: dict[str, list[AnyMessage]] = {
    "a later deal": [trade(70, 40.0, 10, trade="T9", settles_at=SettlesAt.RTD)],
    "an amendment": [trade(70, 40.0, 10, version=2, settles_at=SettlesAt.RTD)],
    "a cancel": [trade(10, 40.0, 10, version=2, action=TradeAction.CANCEL)],
    "a volume": [forecast("plant", 10, 30.0)],
    "a schedule": [schedule(Run.DA, 10, plant=[30])],
    "an adjustment": [adjustment(30, 10, expires=12)],
    "a new book": [Books(company="company", books=("third",), desks=("desk",))],
}


class TestNothingThatHappensToThePositionLaterCounts:
    def told(self, later: Sequence[AnyMessage]) -> Company:
        messages = several_days()
        first = next(i for i, one in enumerate(messages) if one == tick(0))
        return company(opening(), messages[: first + 1], later, messages[first + 1 :])

    @pytest.mark.parametrize("what", AFTER_THE_STRIKE)
    def test_the_first_days_outcome_is_the_same(self, what: str):
        undisturbed, disturbed = self.told([]), self.told(AFTER_THE_STRIKE[what])
        assert gained(undisturbed) == 10 * (30 - 44)
        assert outcome(disturbed) == outcome(undisturbed)

    def test_and_a_later_deal_does_count_in_the_position_itself(self):
        undisturbed, disturbed = self.told([]), self.told(AFTER_THE_STRIKE["a later deal"])
        assert undisturbed.desk.pnl()[0][-1] != disturbed.desk.value_usd()[-1]
        assert undisturbed.desk.value_usd()[-1] != disturbed.desk.value_usd()[-1]

    def test_every_day_has_its_own_outcome(self):
        folded = company(opening(), several_days())
        assert gained(folded, DAY) == 10 * (30 - 44)
        assert gained(folded, NEXT) == 10 * (29 - 44)
        assert gained(folded, AFTER) == 10 * (28 - 45)


class TestWhatCannotBeObserved:
    def test_a_price_that_has_not_come_is_waited_for(self):
        folded = company(opening(DA_PRICE, RTD_TRADE), tick(0), tick(24))
        assert folded.desk.controls.backtest.outcomes.dates == []
        for position, message in enumerate([RTD_PRICE, tick(25)], start=folded.position + 1):
            folded.apply(message, position)
        assert gained(folded) == 10 * (30 - 44)

    def test_after_72_hours_it_is_unknown_for_those_who_hold_it(self):
        other = trade(10, 40.0, 10, trade="T2", book="other", location="NODE")
        here = [price(Run.DA, 10, NODE=40), price(Run.RTD, 10, NODE=45)]
        mine = trade(10, 40.0, 10, trade="T2", book="other", location="NODE",
                     settles_at=SettlesAt.RTD)  # fmt: skip
        assert other.book == mine.book
        messages = [opening(DA_PRICE, here[0], RTD_TRADE, mine), tick(0), here[1], tick(24)]
        assert company(messages[0], *messages[1:], tick(95)).desk.controls.backtest.strikes
        folded = company(messages[0], *messages[1:], tick(96))
        assert outcome(folded, node=0)[0] == UNKNOWN
        assert gained(folded, node=1) == 10 * (45 - 40)
        assert outcome(folded)[0] == UNKNOWN

    def test_a_var_that_was_incomplete_tests_nothing(self):
        lonely = trade(10, 40.0, 10, location="LONELY", settles_at=SettlesAt.RTD)
        came = price(Run.DA, 10, LONELY=44), price(Run.RTD, 10, LONELY=30)
        folded = company(opening(came[0], lonely), tick(0), came[1], tick(24))
        assert outcome(folded)[0] == UNKNOWN

    def test_a_day_without_a_position_tests_nothing(self):
        folded = company(opening(DA_PRICE), tick(0), RTD_PRICE, tick(24))
        assert outcome(folded)[0] == NOT_HELD

    def test_units_held_without_a_mark_are_unknown(self):
        levels = {"rec:PCC1/curve/flat/2026": [9.0, 8.0]}
        later = marks(rec__PCC1__2026=5.0)
        folded = company(reference(), history(levels), certificates(), tick(0), later, tick(24))
        assert outcome(folded, node=1, horizon=FORWARD)[0] == UNKNOWN

    def test_a_day_without_new_marks_tests_no_forward(self):
        levels = LEVELS | {"HUB/curve/on_peak/2026-07": [40.0, 41.0, 39.0, 39.5, 39.0]}
        friday = trade(1, 40.0, 48 + 6, 16)
        marks = curve(50, 40, "2026-07")
        folded = company(reference(), history(levels), marks, friday, tick(0), tick(24))
        assert outcome(folded, horizon=FORWARD)[0] == NO_MARKS
        assert outcome(folded, horizon=TOTAL)[0] == NO_MARKS

    def test_marks_of_part_of_what_is_held_test_the_firm_and_who_holds_it(self):
        levels = {"HUB/curve/on_peak/2026-07": [40.0, 41.0], "rec:PCC1/curve/flat/2026": [9.0, 8.0]}
        friday = trade(1, 40.0, 48 + 6, 16)
        folded = company(
            reference(), history(levels), curve(50, 40, "2026-07"), marks(rec__PCC1__2026=15.0),
            friday, certificates(), tick(0), curve(47, 40, "2026-07"), tick(24),
        )  # fmt: skip
        for horizon in (FORWARD, TOTAL):
            assert gained(folded, node=0, horizon=horizon) == 16 * (47 - 50)
            assert outcome(folded, node=1, horizon=horizon)[0] == NO_MARKS
            assert gained(folded, horizon=horizon) == 16 * (47 - 50)


def test_a_company_restored_at_any_tick_has_the_same_backtest():
    held = marks(rec__PCC1__2026=15.0), certificates()
    messages = [decode(encode(one)) for one in (*opening(*held), *several_days())]
    whole = company(messages).snapshot()
    ticks = [number for number, one in enumerate(messages, start=1) if one.key == "tick"]
    for cut in ticks:
        restored = Company.restore(company(messages[:cut]).snapshot())
        for position, message in enumerate(messages[cut:], start=cut + 1):
            restored.apply(message, position)
        assert restored.snapshot() == whole


def past(days: int, *exceptions: int, node: str = "firm", **changes: Any) -> BacktestHistory:
    """Outcomes before the log: the VaR is 100, P&L is 10 but on the days numbered."""
    first = DAY - timedelta(days=days)
    pnl = np.full(days, 10.0)
    pnl[list(exceptions)] = -101.0
    return BacktestHistory(
        node=node,
        dates=tuple((first + timedelta(days=day)).isoformat() for day in range(days)),
        var_usd=np.full(days, 100.0),
        pnl_usd=pnl,
        **changes,
    )


def row(folded: Company, node: str = "firm", horizon: str = "total") -> BacktestRow:
    view = folded.views()["backtest"]
    assert isinstance(view, BacktestView)
    return next(one for one in view.rows if (one.node, one.horizon) == (node, horizon))


class TestWhatIsBroughtIn:
    def test_a_day_may_start_with_250_days_behind_it(self):
        folded = company(opening(past(250, *range(0, 250, 10))), tick(0))
        found = row(folded)
        assert (found.state, found.days, found.exceptions) == ("tested", 250, 25)
        assert found.expected == pytest.approx(12.5)
        assert found.light == "yellow"
        assert found.number < 0.01
        assert row(folded, "book").state == "too few"
        assert row(folded, horizon="forward").state == "too few"

    def test_the_last_250_are_tested_and_the_last_750_kept(self):
        folded = company(opening(past(900, *range(0, 650, 2))), tick(0))
        assert (row(folded).days, row(folded).exceptions) == (250, 0)
        assert len(folded.desk.controls.backtest.outcomes.dates) == KEPT_DAYS

    def test_what_was_observed_here_stays_and_what_was_brought_in_can_be_corrected(self):
        messages = [past(3), tick(0), RTD_PRICE, tick(24)]
        folded = company(opening(DA_PRICE, RTD_TRADE), messages)
        observed = outcome(folded, horizon=TOTAL)
        days = ((DAY - timedelta(days=1)).isoformat(), DAY.isoformat())
        corrected = BacktestHistory(
            node="firm", dates=days, var_usd=np.array([7.0, 7.0]), pnl_usd=np.array([1.0, 1.0])
        )
        folded.apply(corrected, folded.position + 1)
        assert outcome(folded, horizon=TOTAL) == observed
        assert outcome(folded, DAY - timedelta(days=1), horizon=TOTAL)[1:] == (7.0, 1.0)

    def test_nan_is_not_published(self):
        unknown = BacktestHistory(
            node="firm",
            dates=((DAY - timedelta(days=1)).isoformat(),),
            var_usd=np.array([NAN]),
            pnl_usd=np.array([3.0]),
        )
        assert row(company(opening(past(120), unknown), tick(0))).days == 120

    def test_a_day_that_is_brought_without_a_number_is_not_known_and_parts_its_neighbours(self):
        told = past(120, 60, 62)
        pnl = np.array(told.pnl_usd)
        pnl[61] = NAN
        found = row(company(opening(msgspec.structs.replace(told, pnl_usd=pnl)), tick(0)))
        assert (found.days, found.unknown, found.exceptions) == (119, 1, 2)

        beside = row(company(opening(past(119, 60, 61)), tick(0)))
        assert beside.clusters < found.clusters

    def test_those_at_another_confidence_are_not_mixed_in(self):
        folded = company(opening(past(120, 3, confidence=0.99)), tick(0))
        assert row(folded).days == 0

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"node": "nobody"}, "node 'nobody' is unknown"),
            ({"confidence": 1.5}, "confidence 1.5 is not between 0 and 1"),
            ({"dates": ("2026-07-02", "2026-07-01")}, "dates are not ascending"),
            ({"dates": ("2026-07-02",)}, "columns have different lengths"),
            ({"dates": ("soon", "2026-07-01")}, "is no ISO date"),
            ({"pnl_usd": np.array([1e13, 0.0])}, "pnl_usd holds 1e"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, changes: dict[str, Any], reason: str):
        fields: dict[str, Any] = {
            "node": "firm",
            "dates": ("2026-07-01", "2026-07-02"),
            "var_usd": np.array([2e6, 2e6]),
            "pnl_usd": np.array([0.0, 0.0]),
        }
        folded = company(opening(BacktestHistory(**(fields | changes))), tick(0))
        assert reason in str(folded.refusals())


def limits(text: str = POLICY) -> Policy:
    return Policy(policy="desk-limits", version="1", source=text)


def changes_of(*messages: Message | Iterable[Message]) -> list[Transition]:
    """The transitions of the backtest's own cases."""
    folded = Company("company")
    flat: list[Any] = []
    for one in messages:
        flat.extend([one] if isinstance(one, Message) else one)
    found = [
        change
        for position, message in enumerate(flat, start=1)
        for change in folded.apply(message, position)
    ]
    return [change for change in found if change.row.limit.startswith("var-")]


class TestTheAlertWhenTheModelFails:
    @pytest.mark.parametrize(
        ("exceptions", "change"), [(17, ""), (18, "warned"), (26, "warned"), (27, "breached")]
    )
    def test_yellow_warns_and_red_breaches(self, exceptions: int, change: str):
        spread = past(250, *range(0, exceptions * 9, 9))
        found = changes_of(opening(limits(), spread), tick(0))
        assert [one.change for one in found if one.row.limit == "var-exceptions"] == (
            [change] if change else []
        )

    def test_it_says_what_and_cites_its_clause(self):
        (found,) = [
            one
            for one in changes_of(opening(limits(), past(250, *range(0, 243, 9))), tick(0))
            if one.row.limit == "var-exceptions"
        ]
        assert found.row.headline == (
            "VaR exceptions of firm, cumulative probability 99.993 % > 99.99 %"
        )
        assert found.row.clause == "desk limits §7"

    def test_exceptions_in_a_cluster_are_rejected_though_their_number_is_right(self):
        cluster = past(250, *range(100, 112))
        found = changes_of(opening(limits(), cluster), tick(0))
        assert [(one.row.limit, one.change) for one in found] == [
            ("var-conditional-coverage", "breached")
        ]

    def test_too_few_days_are_not_applicable(self):
        assert changes_of(opening(limits(), past(99, *range(99))), tick(0)) == []
        assert changes_of(opening(limits(), past(100, *range(100))), tick(0)) != []

    def test_what_cannot_be_observed_is_unknown_and_hides_no_breach(self):
        failed = past(140, *range(0, 140, 4))
        lonely = trade(10, 40.0, 10, 24 * 8, location="LONELY", settles_at=SettlesAt.RTD)
        days = [tick(24 * number) for number in range(1, 13)]
        found = changes_of(opening(limits(), failed, lonely), tick(0), days)
        mine = [one for one in found if one.row.limit == "var-exceptions"]
        assert [one.change for one in mine][:1] == ["breached"]
        assert mine[-1].row.severity == "breach"
        assert mine[-1].change == "unknown"
        assert "could not be observed; still in breach" in mine[-1].row.headline

    def test_a_policy_that_comes_later_is_held_against_what_there_is(self):
        spread = past(250, *range(0, 250, 8))
        assert changes_of(opening(spread), tick(0), limits(), tick(0.1)) != []


def test_the_view_is_built_only_when_an_outcome_is_new():
    folded = company(opening(DA_PRICE, RTD_TRADE), tick(0))
    folded.changed_views()
    said: list[AnyMessage] = [RTD_PRICE, tick(11), tick(23), tick(24), tick(24.5)]
    shown = []
    for position, message in enumerate(said, start=folded.position + 1):
        folded.apply(message, position)
        shown.append("backtest" in folded.changed_views())
    assert shown == [False, False, False, True, False]
