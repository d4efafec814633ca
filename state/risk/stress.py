"""Stress: what the book as it stands gains or loses under a scenario.

A leg that is not fixed moves by its price's shock (docs/meanings.md, "Legs", "Risk"), a forward
MWh by its month's; a volume that moves changes the legs that settle last, valued at the shocked
marks; what bends in a price is valued anew (``state.risk.beyond_delta``). What is priced or
delivered stays. P&L adds over rows, lines, books and horizons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from state.arrays import Matrix
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.forward import ForwardBook
from state.market.horizon import HubBlock
from state.market.hour_loops import spread_over_lines
from state.market.hours import by_hour, row_coverage
from state.market.prices import DA, LOAD, RTD
from state.market.tables import MarketTables
from state.messages import FloatColumn
from state.risk import beyond_delta
from state.risk.held_day import HeldDay, hold
from state.risk.portfolio import FORWARD, INTRADAY
from state.risk.scenario import Scenario
from state.risk.shocks import DayShocks, known
from state.risk.unreached import unreached

_NOTHING = 1e-9
CONTRIBUTIONS_KEPT = 100
"""How many places and hours of a day are kept as contributions: the largest."""


@dataclass(frozen=True)
class Contribution:
    """What one place and time adds to a scenario's P&L, all books together.

    Attributes:
        place: location (intraday) or hub (forward).
        period: ``2026-09-08 HE19`` or ``2026-10``.
    """

    market: str
    place: str
    period: str
    usd: float


@dataclass(frozen=True)
class CoverageMove:
    """Coverage of an hour whose volumes the scenario moves; 1.0 is 100 %."""

    market: str
    period: str
    before: float
    after: float


@dataclass
class StressFigures:
    """One scenario applied to the book as it stands.

    Attributes:
        pnl_usd: shape (intraday and forward, books); the firm is the sum.
        beyond_delta_usd: what of it options, floors and storage gain beyond their delta.
        contributions: the largest of each day, and every hub and month that moves.
        open_before_mwh, open_after_mwh: of the firm over the undelivered intervals.
        coverage: of the hours whose volumes move.
        unreached: MWh, without sign, by what the scenario could not reach.
    """

    pnl_usd: Matrix
    beyond_delta_usd: Matrix
    contributions: list[Contribution] = field(default_factory=list)
    open_before_mwh: float = 0.0
    open_after_mwh: float = 0.0
    coverage: list[CoverageMove] = field(default_factory=list)
    unreached: dict[str, float] = field(default_factory=dict)

    def miss(self, name: str, mwh: float) -> None:
        """Note MWh that could not be reached."""
        self.unreached[name] = self.unreached.get(name, 0.0) + abs(mwh)

    @property
    def largest(self) -> list[Contribution]:
        """The contributions, largest first whatever their sign."""
        return sorted(self.contributions, key=lambda each: -abs(each.usd))


def revalue(
    markets: Sequence[MarketBook],
    books: int,
    scenario: Scenario,
    held: Sequence[HeldDay] | None = None,
) -> StressFigures:
    """Apply a scenario to everything that is not fixed.

    Args:
        markets: as they stand; nothing in them changes.
        books: how many the company has.
        scenario: how far prices and volumes move.
        held: what :func:`hold` returned, where several scenarios are applied at once.
    """
    figures = StressFigures(np.zeros((2, books)), np.zeros((2, books)))
    for each in hold(markets) if held is None else held:
        _revalue_day(each, scenario, figures)
    for market in markets:
        if market.forward is not None and (market.forward.keys or market.contingent.forward):
            _revalue_forward(market, market.forward, scenario, figures)
    for name in scenario.unknown(markets):
        figures.miss(name, 0.0)
    return figures


# Intraday ------------------------------------------------------------------------------------


def _revalue_day(held: HeldDay, scenario: Scenario, figures: StressFigures) -> None:
    market, day = held.market, held.day
    shocks = DayShocks(market, day, scenario)
    usd, per_mw = shocks.price_usd(held), shocks.usd_per_mw(held)
    for name, mwh in unreached(held, shocks):
        figures.miss(name, mwh)
    moves = scenario.volume_moves(market, day)
    if moves.any():
        usd += by_hour(_volume_usd(day, market.tables, moves, shocks, figures), day)
    for row, gained in beyond_delta.of_day(held, shocks, moves):
        usd[row] += by_hour(gained, day)
        book = market.tables.rows.book[row]
        figures.beyond_delta_usd[INTRADAY, book] += np.add.reduce(gained)
    _note_open(held, moves, figures)
    if not (usd.any() or per_mw.any()):
        return
    figures.pnl_usd[INTRADAY] += _by_book(held, usd, per_mw, len(figures.pnl_usd[INTRADAY]))
    figures.contributions.extend(_contributions(held, usd, per_mw))


def _by_book(held: HeldDay, usd: Matrix, per_mw: Matrix, books: int) -> FloatColumn:
    """Return $ by book, out of $ by row and hour, and $ per MW of a line."""
    tables, hourly = held.market.tables, held.day.hourly
    by_row = np.add.reduce(usd, axis=1)
    by_book = np.bincount(tables.rows.book, by_row, books).astype(np.float64)
    lines = tables.lines
    for hour in np.flatnonzero(per_mw.any(axis=(1, 2))).tolist():
        spread_over_lines(hourly.mw[hour], lines.columns, len(lines), per_mw[hour], by_book)
    return by_book


def _volume_usd(
    day: DeliveryDay, tables: MarketTables, moves: Matrix, shocks: DayShocks, figures: StressFigures
) -> Matrix:
    """Value moved volumes at the shocked marks of the legs that carry them."""
    rows = np.array(tables.resources.row, dtype=np.int64)
    load = np.array(tables.resources.is_load)[:, None]
    marks = day.prices.marks(tables.rows.location[rows], slice(None)) + shocks.of_legs(rows)
    late = np.where(load, marks[LOAD], marks[RTD])
    mark = np.where(day.volumes.scheduled, late, marks[DA])
    mwh = np.where(load, -moves, moves) * day.hours_per_interval
    lost = np.isnan(mark) & (mwh != 0.0)
    for number in np.flatnonzero(lost.any(axis=1)).tolist():
        name = f"{tables.market}/{tables.resources.records[number].resource} has no mark"
        figures.miss(name, float(np.add.reduce(np.where(lost[number], np.abs(mwh[number]), 0.0))))
    usd = np.zeros((len(tables.rows), moves.shape[1]))
    np.add.at(usd, rows, np.where(np.isnan(mark), 0.0, mwh * mark))
    for plant, holder, rate in day.rates:
        usd[holder] -= rate * moves[plant] * day.hours_per_interval
    return usd


def _note_open(held: HeldDay, moves: Matrix, figures: StressFigures) -> None:
    market, day = held.market, held.day
    figures.open_before_mwh += held.open_mwh
    figures.open_after_mwh += held.open_mwh
    if not moves.any():
        return
    left = np.arange(day.day.intervals) >= day.delivered
    load = day.volumes.is_load[:, None]
    more_load = np.add.reduce(np.where(load, moves, 0.0), axis=0)
    more_supply = np.add.reduce(np.where(load, 0.0, moves), axis=0)
    moved = float(np.add.reduce(more_supply - more_load)) * day.hours_per_interval
    figures.open_after_mwh += moved
    expected = np.add.reduce(np.where(load, day.volumes.expected, 0.0), axis=0)
    hours = [by_hour(np.where(left, each, 0.0), day) for each in (expected, more_load)]
    more = by_hour(more_supply, day)
    figures.coverage.extend(_coverage(market, day, hours[0], hours[1], more))


def _coverage(
    market: MarketBook, day: DeliveryDay, load: Matrix, more_load: Matrix, more_supply: Matrix
) -> Iterator[CoverageMove]:
    """Yield the hours that move: covering volumes move by the supply's change alone.

    The numerator of both formulas of docs/meanings.md, "Coverage", is coverage × load.
    """
    ratio = row_coverage(day, market.tables).ratio(day.hourly.physical_mw)
    for hour in np.flatnonzero((more_load != 0.0) | (more_supply != 0.0)).tolist():
        after = load[hour] + more_load[hour]
        covering = ratio[hour] * load[hour] + more_supply[hour]
        yield CoverageMove(
            market=market.market.market,
            period=f"{day.day.day} HE{day.day.hour_labels[hour]}",
            before=float(ratio[hour]),
            after=float(covering / after) if after > 0.0 else float("nan"),
        )


def _contributions(held: HeldDay, usd: Matrix, per_mw: Matrix) -> Iterator[Contribution]:
    """Yield the largest of what every place and hour adds, by rows and by lines."""
    market, day = held.market, held.day
    table = market.tables.locations
    by_place = np.add.reduce(day.hourly.place_mw * per_mw.transpose(1, 2, 0), axis=0)
    np.add.at(by_place, market.tables.rows.location, usd)
    order = np.argsort(-np.abs(by_place), axis=None, kind="stable")[:CONTRIBUTIONS_KEPT]
    for place, hour in zip(*np.unravel_index(order, by_place.shape), strict=True):
        if abs(by_place[place, hour]) > _NOTHING:
            yield Contribution(
                market=market.market.market,
                place=table.names[place],
                period=f"{day.day.day} HE{day.day.hour_labels[hour]}",
                usd=float(by_place[place, hour]),
            )


# Forward -------------------------------------------------------------------------------------


def _revalue_forward(
    market: MarketBook, forward: ForwardBook, scenario: Scenario, figures: StressFigures
) -> None:
    names = market.tables.locations.names
    by_hub: dict[int, FloatColumn] = {}
    moved: dict[HubBlock, FloatColumn] = {}  # books at one hub have the same marks
    for (book, hub, block), row in forward.keys.items():
        if (hub, block) not in moved:
            marks = forward.mark[row]
            moved[hub, block] = scenario.curve_shocks(market, names[hub], block, marks)
        shocks, mwh = moved[hub, block], forward.mwh[row]
        if not (shocks != 0.0).any():
            continue
        for month in np.flatnonzero(np.isnan(shocks) & (mwh != 0.0)).tolist():
            factor = f"{names[hub]}/curve/{block}/{forward.months[month]}"
            figures.miss(f"{market.market.market}/{factor}", float(mwh[month]))
        usd = mwh * known(shocks)
        figures.pnl_usd[FORWARD, book] += np.add.reduce(usd)
        by_hub[hub] = by_hub.get(hub, np.zeros(len(usd))) + usd
    for book, hub, gained in beyond_delta.of_months(market, scenario):
        figures.beyond_delta_usd[FORWARD, book] += np.add.reduce(gained)
        figures.pnl_usd[FORWARD, book] += np.add.reduce(gained)
        by_hub[hub] = by_hub.get(hub, np.zeros(len(gained))) + gained
    for hub, amounts in by_hub.items():
        figures.contributions.extend(
            Contribution(
                market=market.market.market,
                place=names[hub],
                period=forward.months[month],
                usd=float(amounts[month]),
            )
            for month in np.flatnonzero(np.abs(amounts) > _NOTHING).tolist()
        )
