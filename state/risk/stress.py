"""Stress: what the book as it stands gains or loses under a scenario.

A leg that is not fixed moves by its price's shock (docs/meanings.md, "Legs", "Risk"), a forward
MWh by its month's; a volume that moves changes the legs that settle last, valued at the shocked
marks. What is priced or delivered stays. P&L adds over rows, books and horizons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from state.delivery_day import DeliveryDay
from state.forward import ForwardBook
from state.hours import coverage_figures
from state.market_book import MarketBook
from state.messages import Block, FloatColumn
from state.prices import DA, FMM, LOAD, RTD
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, KINDS, RTD_LESS_DA, RTD_LESS_FMM
from state.risk.portfolio import FORWARD, INTRADAY
from state.risk.scenario import Matrix, Scenario, hub_rows
from state.tables import MarketTables

_KIND_NAMES = ("DA", "FMM", "RTD", "RTD")
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
        contributions: the largest of each day, and every hub and month that moves.
        open_before_mwh, open_after_mwh: of the firm over the undelivered intervals.
        coverage: of the hours whose volumes move.
        unreached: MWh, without sign, by what the scenario could not reach.
    """

    pnl_usd: Matrix
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


@dataclass(frozen=True, eq=False)
class HeldDay:
    """What a day holds that is not fixed: the same for every scenario struck together.

    Attributes:
        mwh: by kind of shock, row and hour, as VaR holds it.
        active: by kind and hour, whether any row holds anything.
        open_mwh: of the firm over the undelivered intervals.
    """

    market: MarketBook
    day: DeliveryDay
    mwh: Matrix
    active: NDArray[np.bool_]
    open_mwh: float


def hold(markets: Sequence[MarketBook]) -> list[HeldDay]:
    """Return what every day holds that is not fixed."""
    days = ((market, day) for market in markets for day in market.days.values())
    return [held for market, day in days if (held := _held(market, day)) is not None]


def _held(market: MarketBook, day: DeliveryDay) -> HeldDay | None:
    rows = len(market.tables.rows)
    mwh = day.exposure[:, :rows]
    active = (mwh != 0.0).any(axis=1)
    if day.delivered == day.day.intervals and not active.any():
        return None
    left = np.add.reduce(day.legs.open[:rows, day.delivered :], axis=0)
    open_mwh = float(np.add.reduce(left)) * day.hours_per_interval
    return HeldDay(market=market, day=day, mwh=mwh, active=active, open_mwh=open_mwh)


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
    figures = StressFigures(np.zeros((2, books)))
    for each in hold(markets) if held is None else held:
        _revalue_day(each, scenario, figures)
    for market in markets:
        if market.forward is not None and market.forward.keys:
            _revalue_forward(market, market.forward, scenario, figures)
    for name in scenario.unknown(markets):
        figures.miss(name, 0.0)
    return figures


# Intraday ------------------------------------------------------------------------------------


def _revalue_day(held: HeldDay, scenario: Scenario, figures: StressFigures) -> None:
    market, day = held.market, held.day
    shocks = _Shocks(market, day, scenario)
    usd = shocks.price_usd(held)
    shocks.name_missing(held, figures)
    moves = scenario.volume_moves(market, day)
    if moves.any():
        usd += _by_hour(_volume_usd(day, market.tables, moves, shocks, figures), day)
    _note_open(held, moves, figures)
    if not usd.any():
        return
    by_row = np.add.reduce(usd, axis=1)
    counts = len(figures.pnl_usd[INTRADAY])
    figures.pnl_usd[INTRADAY] += np.bincount(market.tables.rows.book, by_row, counts)
    figures.contributions.extend(_contributions(market, day, usd))


class _Shocks:
    """How far the prices of one day move, by row."""

    def __init__(self, market: MarketBook, day: DeliveryDay, scenario: Scenario) -> None:
        self._tables = market.tables
        self._day = day
        self._hub = scenario.hub_shocks(market, day)
        self._basis = scenario.basis_shocks(market)
        self.hubs, self._hub_row = hub_rows(market)

    def of_kinds(self, rows: NDArray[np.int64]) -> Matrix:
        """Return $/MWh by kind, row and interval: what the scenario cannot say moves nothing."""
        places = self._tables.rows.location[rows]
        return np.asarray(
            _known(self._hub)[:, self._hub_row[places]] + _known(self._basis)[:, places, None]
        )

    def price_usd(self, held: HeldDay) -> Matrix:
        """Return $ by row and hour; looks only where both shock and holding are not zero."""
        tables, day = self._tables, self._day
        hub_row, basis = self._hub_row[tables.rows.location], _known(self._basis)
        hubs = _known(self._hub).reshape(KINDS, -1, day.day.hours, day.day.per_hour)
        even = (hubs == hubs[..., :1]).all(axis=(1, 3))
        usd = np.zeros((len(hub_row), day.day.hours))
        for kind in range(KINDS):
            own = basis[kind, tables.rows.location, None]
            moving = (hubs[kind] != 0.0).any(axis=(0, 2)) | bool(own.any())
            hours = np.flatnonzero(moving & held.active[kind] & even[kind])
            shock = hubs[kind, :, hours, 0].T[hub_row] + own
            usd[:, hours] += held.mwh[kind][:, hours] * shock
            for hour in np.flatnonzero(moving & held.active[kind] & ~even[kind]).tolist():
                usd[:, hour] += self._uneven_usd(kind, hour, hubs[kind, :, hour][hub_row] + own)
        return usd

    def _uneven_usd(self, kind: int, hour: int, shock: Matrix) -> FloatColumn:
        """Return $ by row of an hour whose shock differs between its intervals."""
        per_hour = self._day.day.per_hour
        part = slice(hour * per_hour, (hour + 1) * per_hour)
        exposed = exposed_mwh(self._day, self._tables, part)[kind]
        return np.asarray(np.add.reduce(exposed * shock, axis=1))

    def of_legs(self, rows: NDArray[np.int64]) -> Matrix:
        """Return $/MWh by leg (DA, FMM, RTD, LOAD), row and interval; 0 where it is priced."""
        kinds = self.of_kinds(rows)
        da, fmm, rtd = _published(self._day, self._tables, rows, slice(None))
        early = np.where(fmm, 0.0, np.where(da, kinds[FMM_LESS_DA], kinds[DAY_ON_DAY]))
        late = np.where(fmm, kinds[RTD_LESS_FMM], kinds[RTD_LESS_DA])
        late = np.where(rtd, 0.0, np.where(da, late, kinds[DAY_ON_DAY]))
        weight = self._tables.fmm_weight
        load = weight * early + (1.0 - weight) * late
        return np.array([np.where(da, 0.0, kinds[DAY_ON_DAY]), early, late, load])

    def name_missing(self, held: HeldDay, figures: StressFigures) -> None:
        """Name what holds MWh where the scenario cannot say how far its price moves."""
        if not (np.isnan(self._hub).any() or np.isnan(self._basis).any()):
            return
        places = self._tables.rows.location
        shape = (KINDS, -1, self._day.day.hours, self._day.day.per_hour)
        hubs = np.asarray(np.isnan(self._hub).reshape(shape).any(axis=3))
        own = np.asarray(np.isnan(self._basis)[:, :, None])
        for unknown, rows, at in (
            (hubs, self._hub_row[places], self._hub_name),
            (own, places, self._own),
        ):
            for kind in range(KINDS):
                missing = unknown[kind][rows] & (held.mwh[kind] != 0.0)
                for row, hour in zip(*np.nonzero(missing), strict=True):
                    name = at(kind, int(places[row]), int(self._day.day.clock_hours[hour]))
                    figures.miss(name, float(held.mwh[kind, row, hour]))

    def _hub_name(self, kind: int, place: int, hour: int) -> str:
        names, row = self._tables.locations.names, int(self._hub_row[place])
        if row == len(self.hubs):
            return f"{self._tables.market}/{names[place]} has no hub"
        hub = names[self.hubs[row]]
        return f"{self._tables.market}/{hub}/{_KIND_NAMES[kind]}/HE{hour + 1:02d}"

    def _own(self, kind: int, place: int, hour: int) -> str:
        del hour  # a basis is one a day
        name = self._tables.locations.names[place]
        return f"{self._tables.market}/{name}/basis/{_KIND_NAMES[kind]}"


def _known(shocks: Matrix) -> Matrix:
    return np.where(np.isnan(shocks), 0.0, shocks)


def _published(
    day: DeliveryDay, tables: MarketTables, rows: NDArray[np.int64], part: slice
) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(day.prices.published[:, tables.rows.location[rows], part]))


def exposed_mwh(day: DeliveryDay, tables: MarketTables, part: slice) -> Matrix:
    """Return MWh by kind of shock, row and interval: docs/meanings.md, "Risk", as VaR has it."""
    rows = np.arange(len(tables.rows))
    da, fmm, rtd = _published(day, tables, rows, part)
    legs = day.legs.legs[:, : len(rows), part]
    weight = tables.fmm_weight
    early = np.where(fmm, 0.0, legs[FMM] + weight * legs[LOAD])
    late = np.where(rtd, 0.0, legs[RTD] + (1.0 - weight) * legs[LOAD])
    exposed = np.zeros((KINDS, *da.shape))
    exposed[DAY_ON_DAY] = np.where(da, 0.0, legs[DA] + early + late)
    exposed[FMM_LESS_DA] = np.where(da, early, 0.0)
    exposed[RTD_LESS_DA] = np.where(da & ~fmm, late, 0.0)
    exposed[RTD_LESS_FMM] = np.where(da & fmm, late, 0.0)
    waiting = ~day.realised[tables.rows.location, part]
    return np.where(waiting, exposed, 0.0) * day.hours_per_interval


def _volume_usd(
    day: DeliveryDay, tables: MarketTables, moves: Matrix, shocks: _Shocks, figures: StressFigures
) -> Matrix:
    """Value moved volumes at the shocked marks of the legs that carry them."""
    rows = np.array(tables.resources.row, dtype=np.int64)
    load = np.array(tables.resources.is_load)[:, None]
    marks = day.prices.mark[:, tables.rows.location[rows]] + shocks.of_legs(rows)
    late = np.where(load, marks[LOAD], marks[RTD])
    mark = np.where(day.volumes.scheduled, late, marks[DA])
    mwh = np.where(load, -moves, moves) * day.hours_per_interval
    lost = np.isnan(mark) & (mwh != 0.0)
    for number in np.flatnonzero(lost.any(axis=1)).tolist():
        name = f"{tables.market}/{tables.resources.records[number].resource} has no mark"
        figures.miss(name, float(np.add.reduce(np.where(lost[number], np.abs(mwh[number]), 0.0))))
    usd = np.zeros((len(tables.rows), moves.shape[1]))
    np.add.at(usd, rows, np.where(np.isnan(mark), 0.0, mwh * mark))
    for (plant, holder), rate in day.rates.items():
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
    hours = [_by_hour(np.where(left, each, 0.0), day) for each in (expected, more_load)]
    more = _by_hour(more_supply, day)
    figures.coverage.extend(_coverage(market, day, hours[0], hours[1], more))


def _coverage(
    market: MarketBook, day: DeliveryDay, load: Matrix, more_load: Matrix, more_supply: Matrix
) -> Iterator[CoverageMove]:
    """Yield the hours that move: covering volumes move by the supply's change alone.

    The numerator of both formulas of docs/meanings.md, "Coverage", is coverage × load.
    """
    ratio, _ = coverage_figures(day, market.tables)
    for hour in np.flatnonzero((more_load != 0.0) | (more_supply != 0.0)).tolist():
        after = load[hour] + more_load[hour]
        covering = ratio[hour] * load[hour] + more_supply[hour]
        yield CoverageMove(
            market=market.market.market,
            period=f"{day.day.day} HE{day.day.hour_labels[hour]}",
            before=float(ratio[hour]),
            after=float(covering / after) if after > 0.0 else float("nan"),
        )


def _by_hour(amounts: Matrix, day: DeliveryDay) -> Matrix:
    shape = (*amounts.shape[:-1], day.day.hours, day.day.per_hour)
    return np.asarray(np.add.reduce(amounts.reshape(shape), axis=-1))


def _contributions(market: MarketBook, day: DeliveryDay, usd: Matrix) -> Iterator[Contribution]:
    """Yield the largest of what every place and hour adds, out of $ by row and hour."""
    table = market.tables.locations
    by_place = np.zeros((len(table), day.day.hours))
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
    moved: dict[tuple[int, Block], FloatColumn] = {}  # books at one hub have the same marks
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
        usd = mwh * _known(shocks)
        figures.pnl_usd[FORWARD, book] += np.add.reduce(usd)
        by_hub[hub] = by_hub.get(hub, np.zeros(len(usd))) + usd
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
