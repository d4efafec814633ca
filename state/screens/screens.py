"""Views of the state: what each screen reads, built from the figures as they stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from state.arrays import Matrix
from state.close.view import close_view
from state.desk import Desk
from state.explain.screens import explain_view, points_view
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.hours import hour_figures
from state.market.prices import DA, FMM, RTD
from state.market.unmarked import told_of
from state.messages import FIRM, Block, FloatColumn, Run
from state.moments import HOUR_NS
from state.nop.watch import nop_view
from state.performance.view import performance_view
from state.risk.portfolio import HORIZONS
from state.screens.backtest import backtest_view
from state.screens.cases_seen import CaseView
from state.screens.clock_seen import ClockView
from state.screens.contributions import contribution_view
from state.screens.credit import credit_view
from state.screens.estimated import estimated_of
from state.screens.feeds_seen import FeedView
from state.screens.forward_seen import ForwardRow, ForwardView
from state.screens.holdings import holding_view
from state.screens.limits_seen import MARKED, LimitView
from state.screens.pnl_seen import BookPnl, PnlCurveView, PnlView
from state.screens.policy import policy_view
from state.screens.positions_seen import HourAxis, PositionView
from state.screens.prices_seen import PriceView
from state.screens.risk_seen import RiskRow, RiskView
from state.screens.view import View

if TYPE_CHECKING:
    from state.company import Company

SELDOM = frozenset({"close", "contributions", "credit", "holdings", "nop", "performance", "policy"})
"""Views made once an interval: in a large house each of them takes tens of milliseconds."""

FIGURES = frozenset({"checks", "feeds", "hedges", "pnl", "risk"})
"""What each message is answered with at once: value, risk, answers; tables of them may follow."""

_TOGETHER = ("explain", "explain_points")
"""What moved since a point is shown with the points, or it is not shown at all."""

_HISTORY_INTERVALS = 24
_UNCOVERED_SHOWN = 50


def names(desk: Desk) -> list[str]:
    """Return what :func:`build` can be asked for; ``position`` stands for every open day."""
    prices = [f"price/{market}" for market in desk.markets]
    return [*_BUILDERS, *_BY_CLOCK, "position", *prices]


def shown_with(name: str) -> tuple[str, ...]:
    """Return the views that are shown together with one, itself among them."""
    return _TOGETHER if name in _TOGETHER else (name,)


def of_company(company: Company, wanted: set[str]) -> dict[str, View]:
    """Build the views that are wanted, and the clock's, which always is."""
    built = build(company.desk, wanted, company.tick_ns)
    return {"clock": clock_view(company), **built}


def build(desk: Desk, wanted: set[str], tick_ns: int) -> dict[str, View]:
    """Build the views that are wanted, by the name they have in the store."""
    views: dict[str, View] = {
        name: builder(desk) for name, builder in _BUILDERS.items() if name in wanted
    }
    views |= {name: builder(desk, tick_ns) for name, builder in _BY_CLOCK.items() if name in wanted}
    for name, market in desk.markets.items():
        if f"price/{name}" in wanted:
            views[f"price/{name}"] = price_view(desk, market, tick_ns)
        if "position" in wanted:
            for day, _ in market.open_days():
                views[f"position/{name}/{day}"] = position_view(desk, market, day, tick_ns)
    return views


def clock_view(company: Company) -> ClockView:
    """Show where the fold stands."""
    return ClockView(
        company=company.company,
        position=company.position,
        tick_ns=company.tick_ns,
        run=company.run.run,
        phase=str(company.run.phase),
        day=company.run.day,
        speed=company.run.speed,
        digest=company.digest,
        timing_digest=company.timing_digest,
        policies=company.desk.policy_labels,
    )


def position_view(desk: Desk, market: MarketBook, day: date, tick_ns: int) -> PositionView:
    """Show the open position of one market day."""
    grid = market.days[day]
    figures = hour_figures(grid, market.tables)
    return PositionView(
        axis=_axis(market, grid, tick_ns),
        books=[desk.books[book] for book, _ in figures.holders],
        locations=[place for _, place in figures.holders],
        open_mw=figures.open_mw,
        total_open_mw=figures.total_mw,
        total_open_mwh=figures.total_mwh,
        load_mw=figures.load_mw,
        coverage=figures.coverage,
        unknown=figures.unknown,
        oldest_input_ns=_oldest(desk, [market], ("load_forecast", "schedule")),
    )


def _axis(market: MarketBook, grid: DeliveryDay, tick_ns: int) -> HourAxis:
    day = grid.day
    starts = [day.start_ns + hour * HOUR_NS for hour in range(day.hours)]
    running = (tick_ns - day.start_ns) // HOUR_NS
    return HourAxis(
        market=market.market.market,
        time_zone=market.market.time_zone,
        date=day.day.isoformat(),
        labels=day.hour_labels,
        starts_ns=starts,
        delivered=[start + HOUR_NS <= tick_ns for start in starts],
        current=int(running) if 0 <= running < day.hours else -1,
    )


def _oldest(desk: Desk, markets: list[MarketBook], kinds: tuple[str, ...]) -> int:
    names = [f"{market.market.market}/{kind}" for market in markets for kind in kinds]
    records = [desk.feeds.records[name] for name in names if name in desk.feeds.records]
    return min((record.received_ns for record in records), default=0)


def forward_view(desk: Desk) -> ForwardView:
    """Show every forward position that is not zero."""
    rows: list[ForwardRow] = []
    for market in desk.markets.values():
        if market.forward is not None:
            rows.extend(_forward_rows(desk, market, market.forward))
    rows.sort(key=lambda row: (row.book, row.hub, row.month, row.block))
    markets = list(desk.markets.values())
    return ForwardView(rows=rows, marks_received_ns=_oldest(desk, markets, ("curve",)))


def _forward_rows(desk: Desk, market: MarketBook, forward: ForwardBook) -> list[ForwardRow]:
    rows: list[ForwardRow] = []
    hours = {block: forward.hours_left(block).tolist() for block in Block}
    for (book, hub, block), row in forward.keys.items():
        held = (forward.mwh[row] != 0.0) | (forward.cost_usd[row] != 0.0)
        for month in np.flatnonzero(held).tolist():
            mwh, mark = float(forward.mwh[row, month]), float(forward.mark[row, month])
            rows.append(
                ForwardRow(
                    book=desk.books[book],
                    hub=market.tables.locations.names[hub],
                    block=str(block),
                    month=forward.months[month],
                    open_mwh=mwh,
                    open_mw=mwh / max(hours[block][month], 1.0),
                    mark_usd_per_mwh=mark,
                    value_usd=mwh * mark - float(forward.cost_usd[row, month]),
                )
            )
    return rows


def price_view(desk: Desk, market: MarketBook, tick_ns: int) -> PriceView:
    """Show the price ladder of a market."""
    feeds = {run: f"{market.market.market}/{run}" for run in Run}
    hour_ns = tick_ns // HOUR_NS * HOUR_NS
    fmm_ns = desk.feeds.newest_ns(feeds[Run.FMM])
    rtd_ns = desk.feeds.newest_ns(feeds[Run.RTD])
    locations, rtd = market.tables.locations, _prices_at(market, RTD, rtd_ns)
    return PriceView(
        market=market.market.market,
        time_zone=market.market.time_zone,
        locations=list(locations.names),
        kinds=[str(kind) for kind in locations.kinds],
        da=_prices_at(market, DA, hour_ns),
        fmm=_prices_at(market, FMM, fmm_ns),
        rtd=rtd,
        spread=rtd - _prices_at(market, DA, rtd_ns),
        da_interval_ns=hour_ns,
        fmm_interval_ns=fmm_ns,
        rtd_interval_ns=rtd_ns,
        da_received_ns=desk.feeds.received_ns(feeds[Run.DA]),
        fmm_received_ns=desk.feeds.received_ns(feeds[Run.FMM]),
        rtd_received_ns=desk.feeds.received_ns(feeds[Run.RTD]),
        rtd_history=_rtd_history(market, rtd_ns),
        rtd_newest=_history_row(market, rtd_ns),
    )


def _prices_at(market: MarketBook, run: int, at_ns: int) -> FloatColumn:
    for grid in market.days.values():
        if grid.day.start_ns <= at_ns < grid.day.end_ns:
            interval = (at_ns - grid.day.start_ns) // grid.day.step_ns
            return grid.prices.published[run, :, interval].copy()
    return np.full(len(market.tables.locations), np.nan)


def _rtd_history(market: MarketBook, newest_ns: int) -> Matrix:
    history = np.empty((_HISTORY_INTERVALS, len(market.tables.locations)))
    for back in range(_HISTORY_INTERVALS):
        at_ns = newest_ns - back * market.step_ns
        history[_history_row(market, at_ns)] = _prices_at(market, RTD, at_ns)
    return history


def _history_row(market: MarketBook, at_ns: int) -> int:
    return at_ns // market.step_ns % _HISTORY_INTERVALS


def pnl_view(desk: Desk) -> PnlView:
    """Show P&L by book."""
    today, realised, corrections = desk.pnl()
    value = desk.value_usd()
    estimated = estimated_of(desk)
    unknown = told_of(list(desk.markets.values()), len(desk.books))
    names = [*desk.books, FIRM]
    return PnlView(
        books=[
            BookPnl(
                book=name,
                today_usd=float(today[number]),
                realised_usd=float(realised[number]),
                unrealised_usd=float(today[number] - realised[number] - corrections[number]),
                corrections_usd=float(corrections[number]),
                value_usd=float(value[number]),
                estimated=estimated[number],
                unknown=unknown[number],
            )
            for number, name in enumerate(names)
        ],
        oldest_input_ns=_oldest(desk, list(desk.markets.values()), ("RTD", "DA")),
    )


def pnl_curve_view(desk: Desk) -> PnlCurveView:
    """Show today's P&L as a curve."""
    names = [*desk.books, FIRM]
    first = desk.first_market
    return PnlCurveView(
        books=names,
        at_ns=[at_ns for at_ns, _, _ in desk.pnl_curve],
        total=_curve([total for _, total, _ in desk.pnl_curve], len(names)),
        realised=_curve([realised for _, _, realised in desk.pnl_curve], len(names)),
        market=first.market.market if first is not None else "",
    )


def _curve(points: list[FloatColumn], names: int) -> Matrix:
    return np.concatenate([np.empty(0), *points]).reshape(len(points), names).T


def risk_view(desk: Desk) -> RiskView:
    """Show VaR and ES by book, firm and horizon, and what they stand on."""
    portfolio = desk.portfolio
    var, es = portfolio.figures()
    names = [*desk.books, FIRM]
    complete = portfolio.complete()
    dates = portfolio.scenarios.dates
    uncovered: dict[str, float] = {}
    for (_, _, factor), mwh in portfolio.uncovered.items():
        uncovered[factor] = uncovered.get(factor, 0.0) + mwh
    return RiskView(
        method=f"historical simulation, {portfolio.parameters.changes}",
        confidence=portfolio.parameters.confidence,
        holding="intraday: held to delivery; forward: 1 day",
        window_days=portfolio.parameters.window,
        scenarios=len(dates),
        scenarios_left_out=portfolio.scenarios.left_out,
        history_from=dates[0] if dates else "",
        history_to=dates[-1] if dates else "",
        rows=[
            RiskRow(
                node=name,
                horizon=horizon,
                var_usd=float(var[part, number]),
                es_usd=float(es[part, number]),
                complete=bool(complete[part, number]),
            )
            for number, name in enumerate(names)
            for part, horizon in enumerate(HORIZONS)
        ],
        scenario_dates=list(dates),
        firm_scenarios_usd=portfolio.firm_pnl(),
        uncovered=[f"{factor}: {mwh:+,.1f} MWh" for factor, mwh in sorted(uncovered.items())][
            :_UNCOVERED_SHOWN
        ],
        oldest_input_ns=_oldest(desk, list(desk.markets.values()), ("RTD", "curve")),
    )


def limit_view(desk: Desk) -> LimitView:
    """Show the limits, and when each is reached at the drift it has now.

    A row that turned since the minute began has ahead what is left in the state it is in.
    """
    rows = desk.alerts.rows(also=MARKED)
    for row in rows:
        ahead = desk.foresight.of(row.limit, row.scope, row.period)
        row.warn_due_ns = ahead.warn_ns if row.state == "ok" else 0
        row.breach_due_ns = ahead.breach_ns if row.state in {"ok", "warn"} else 0
    return LimitView(rows=rows, shown=len(rows), total=desk.alerts.total)


def case_view(desk: Desk) -> CaseView:
    """Show the cases, and the duties that no breach calls for."""
    return CaseView(cases=desk.alerts.cases(), standing=desk.duties.standing.rows())


def feed_view(desk: Desk, tick_ns: int) -> FeedView:
    """Show the freshness of every feed."""
    expected = desk.feed_watch.expected()
    names = sorted(desk.feeds.records)
    return FeedView(
        feeds=[desk.feeds.row(name, expected.get(name), tick_ns) for name in names],
        dead_letters=desk.feeds.dead_letters,
    )


_BUILDERS: dict[str, Callable[[Desk], View]] = {
    "checks": lambda desk: desk.checks.view(),
    "close": close_view,
    "forward": forward_view,
    "pnl": pnl_view,
    "pnl_curve": pnl_curve_view,
    "risk": risk_view,
    "stress": lambda desk: desk.stress.view,
    "backtest": backtest_view,
    "limits": limit_view,
    "cases": case_view,
    "credit": credit_view,
    "hedges": lambda desk: desk.hedges.view(),
    "holdings": holding_view,
    "nop": nop_view,
    "performance": performance_view,
    "explain": explain_view,
    "explain_points": points_view,
}

_BY_CLOCK: dict[str, Callable[[Desk, int], View]] = {
    "feeds": feed_view,
    "contributions": contribution_view,
    "policy": policy_view,
}
