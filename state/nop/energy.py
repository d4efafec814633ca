"""Energy over a period: load, supply and what is open, at which value, with which risk.

Firm is what contracts and the company's own resources are expected to deliver, less what suppliers
fail to by their failure rates where these are known (docs/nop.md); expected adds the option delta
of units at call, less what of that fails. open = supply − load, + long.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias

import numpy as np

from state.arrays import with_room
from state.contracts.holdings import known_cells
from state.market.horizon import BLOCKS, HubBlock
from state.market.likeness import alike
from state.messages import Block, FloatColumn, ResourceKind, Trade
from state.nop.at_call import option_mwh
from state.nop.volumes import CARBON_FREE, CONTRACTS, LOAD, OWN, PhysicalVolumes
from state.nop.whole import ratio, whole
from state.periods import Span

Lines: TypeAlias = tuple[list[HubBlock], FloatColumn]
"""Hub and block of each line, and MWh, shape (lines, months of the forward book)."""

MeanLoads: TypeAlias = dict[tuple[str, Block], float]
"""Mean MW of a load by month, on- and off-peak."""


@dataclass(frozen=True)
class Energy:
    """Energy of one period, MWh unless told otherwise.

    Attributes:
        load: obligation.
        firm: supply without options.
        undelivered: what is left out of supply, since suppliers are known to fail.
        expected: supply with the delta of options.
        carbon_free: expected output of the company's own solar, wind and hydro.
        fixed: load whose cost is fixed (:func:`energy_and_cost_over`); else NaN.
        effectiveness: of hedges (:mod:`state.nop.price_risk`), a ratio; else NaN.
        fixed_revenue: load that is sold at a fixed price (:mod:`state.nop.customers`); else NaN.
        customers: served in the period's last month, and ``customers_change`` against the running
            month, a ratio; NaN where nobody states them.
        load_mw, expected_mw: the same as load and expected, in the mean of the period's hours.
        on_peak_mw, off_peak_mw: mean MW open in the hours of each block, + long.
        value_usd: of what is open, at the curve; NaN without a mark.
        reason: why nothing of it can be trusted; empty if it can.
        unmarked: why its value is not known.
        unshocked: why it is not known how effective hedges are.
        unstated: why it is not known what is sold at a fixed price.
    """

    load: float = math.nan
    firm: float = math.nan
    expected: float = math.nan
    carbon_free: float = math.nan
    fixed: float = math.nan
    effectiveness: float = math.nan
    fixed_revenue: float = math.nan
    customers: float = math.nan
    customers_change: float = math.nan
    load_mw: float = math.nan
    expected_mw: float = math.nan
    on_peak_mw: float = math.nan
    off_peak_mw: float = math.nan
    value_usd: float = math.nan
    reason: str = ""
    unmarked: str = ""
    unshocked: str = ""
    unstated: str = ""
    undelivered: float = 0.0

    @property
    def open(self) -> float:
        """MWh open, + long."""
        return self.expected - self.load

    @property
    def rate_usd_per_mwh(self) -> float:
        """What closing at the curve adds to the cost of each MWh of load (§4.5); + is dearer."""
        return -self.value_usd / self.load if self.load > 0.0 else math.nan


class Covered(NamedTuple):
    """Load and supply of one period, MWh; NaN, with the reason, where they are not known."""

    load: float = math.nan
    firm: float = math.nan
    expected: float = math.nan
    reason: str = ""
    part: slice = slice(0)

    @property
    def coverage(self) -> float:
        """Supply over load; NaN without load."""
        return ratio(self.expected, self.load)


class MarketEnergy:
    """Holds a market's physical MWh as they stand, by hub, block and month.

    Args:
        volumes: of the market.
        today: the company's date, by which months are to come; None before the first tick.
    """

    def __init__(self, volumes: PhysicalVolumes, today: date | None) -> None:
        self._volumes, self.market = volumes, volumes.market
        self.load = volumes.mwh(LOAD)
        self.undelivered = volumes.undelivered_mwh()
        self.firm = volumes.mwh(OWN) + volumes.mwh(CONTRACTS) - self.undelivered
        self.rows: list[HubBlock] = list(volumes.rows)
        options, failing = option_mwh(volumes.units, self.market, self.rows, today)
        self.load = with_room(self.load, len(self.rows), axis=0)
        self.firm = with_room(self.firm, len(self.rows), axis=0)
        self.undelivered = with_room(self.undelivered, len(self.rows), axis=0)
        self.options = options - failing
        self.undelivered = self.undelivered + failing
        self._found: dict[Span, Energy] = {}
        self._covered: dict[Span, Covered] = {}

    @cached_property
    def open(self) -> FloatColumn:
        """MWh open, shape (rows, months)."""
        return self.firm + self.options - self.load

    @cached_property
    def held_open(self) -> Lines:
        """MWh open, + long."""
        return list(self.rows), self.open

    @cached_property
    def unhedged(self) -> Lines:
        """MWh open if there were no contract: own supply less load, + long."""
        return list(self._volumes.rows), self._volumes.mwh(OWN) - self._volumes.mwh(LOAD)

    @cached_property
    def hedged(self) -> Lines:
        """MWh that contracts in money alone buy at a fixed price."""
        forward = self.market.forward
        if forward is None:
            return [], np.zeros((0, 0))
        volumes = PhysicalVolumes(self.market, forward, attrgetter("fixes_price"))
        return list(volumes.rows), volumes.mwh(CONTRACTS)

    def hedged_over(self, span: Span) -> float:
        """Return the MWh of a known period that contracts in money alone buy at a fixed price."""
        return _sum(self.hedged[1][:, self.covered(span).part])

    @cached_property
    def loads_told(self) -> dict[str, MeanLoads]:
        """Each load by name as outlooks tell it, of months gone by too; nothing if none does."""
        records, outlooks = self.market.tables.resources.records, self.market.contracts.outlooks
        names = [one.resource for one in records if one.resource_kind is ResourceKind.LOAD]
        told = {name: known_cells(outlooks[name]) for name in names if name in outlooks}
        return {
            name: {(month, block): mw for month, block, mw in told.get(name, [])} for name in names
        }

    @cached_property
    def mark(self) -> FloatColumn:
        """The curve, $/MWh, in the same shape; NaN without a mark."""
        forward, names = self.market.forward, self.market.tables.locations.names
        if forward is None:
            return np.zeros_like(self.open)
        known = [
            [forward.marks.get((names[place], block, month), np.nan) for month in forward.months]
            for place, block in self.rows
        ]
        return np.array(known).reshape(self.open.shape)

    def over(self, span: Span) -> Energy:
        """Return the energy of a period."""
        if span not in self._found:
            self._found[span] = self._over(span)
        return self._found[span]

    def covered(self, span: Span) -> Covered:
        """Return load and supply of a period, without what they are worth."""
        found = self._covered.get(span)
        if found is None:
            found = self._covered[span] = self._cover(span)
        return found

    def load_over(self, span: Span) -> tuple[float, str]:
        """Return the load of a period, MWh, whatever supplies it, and why it is not known."""
        covered, months = self.covered(span), self._volumes.months_of(span)
        if months is None or not covered.reason:
            return covered.load, covered.reason
        reason = self._volumes.untold(*months, ResourceKind.LOAD)
        return (math.nan, reason) if reason else (_sum(self.load[:, slice(*months)]), "")

    def _cover(self, span: Span) -> Covered:
        months, name = self._volumes.months_of(span), self.market.market.market
        if months is None:
            return Covered(reason=f"{span.label} is beyond the forward book of {name}")
        reason = self._volumes.untold(*months)
        if reason:
            return Covered(reason=reason)
        part = slice(*months)
        firm = _sum(self.firm[:, part])
        expected = firm + _sum(self.options[:, part])
        return Covered(_sum(self.load[:, part]), firm, expected, "", part)

    def _over(self, span: Span) -> Energy:
        covered = self.covered(span)
        if covered.reason:
            return Energy(reason=covered.reason)
        part, clean = covered.part, self._volumes.mwh(CARBON_FREE)
        on, off = (self._open_mw(span, part, block) for block in BLOCKS)
        worth = self.open[:, part] * self.mark[:, part]
        unmarked = self._unmarked(part)
        hours = sum(span.hours(self.market.calendar, block) for block in BLOCKS)
        return Energy(
            load=covered.load,
            firm=covered.firm,
            expected=covered.expected,
            carbon_free=_sum(clean[:, part]),
            load_mw=covered.load / hours,
            expected_mw=covered.expected / hours,
            on_peak_mw=on,
            off_peak_mw=off,
            value_usd=math.nan if unmarked else _sum(np.nan_to_num(worth)),
            unmarked=unmarked,
            undelivered=_sum(self.undelivered[:, part]),
        )

    def _open_mw(self, span: Span, part: slice, block: Block) -> float:
        mine = [number for number, (_, each) in enumerate(self.rows) if each is block]
        hours = span.hours(self.market.calendar, block)
        return _sum(self.open[mine, part]) / hours if hours else 0.0

    def _unmarked(self, part: slice) -> str:
        forward = self.market.forward
        lacking = (self.open[:, part] != 0.0) & np.isnan(self.mark[:, part])
        if forward is None or not lacking.any():
            return ""
        found = np.argwhere(lacking).tolist()
        (place, block), number = min((self.rows[row], part.start + at) for row, at in found)
        name = self.market.tables.locations.names[place]
        return f"no mark of {name} {block.value.replace('_', '-')} for {forward.months[number]}"

    def brought(self, trades: Iterable[Trade], spans: Sequence[Span]) -> list[float]:
        """Return by how many MWh some contracts moved the position of each period, + bought.

        What their suppliers fail to deliver and option deltas are left out; NaN beyond the book.
        """
        known = self._volumes
        none = alike(
            known,
            rows=dict(known.rows),
            amounts=np.zeros_like(known.amounts),
            units=known.units.beside(self.market),
        )
        for trade in trades:
            none.enter(trade, 1.0)
        mwh, found = none.mwh(CONTRACTS), (known.months_of(span) for span in spans)
        return [math.nan if own is None else _sum(mwh[:, slice(*own)]) for own in found]

    def load_at_curve(self, span: Span) -> tuple[float, float]:
        """Return MWh of load over a period, and $ of it at the curve; NaN without every mark."""
        months = self._volumes.months_of(span)
        if months is None:
            return math.nan, math.nan
        part = slice(*months)
        load = self.load[:, part]
        return _sum(load), _sum(np.where(load != 0.0, load * self.mark[:, part], 0.0))

    def exposed(self, span: Span, lines: Lines) -> Iterator[tuple[tuple[str, Block, str], float]]:
        """Yield hub, block and month, and the MWh of some lines there, of a period."""
        months, forward = self._volumes.months_of(span), self.market.forward
        if months is None or forward is None:
            return
        names, order = self.market.tables.locations.names, itemgetter(0)
        for (place, block), row in sorted(zip(*lines, strict=True), key=order):
            for number in range(*months):
                if row[number]:
                    yield (names[place], block, forward.months[number]), float(row[number])


def covered_over(markets: Sequence[MarketEnergy], span: Span) -> Covered:
    """Return load and supply of a period over all markets, to the bits of :func:`energy_over`."""
    found = [market.covered(span) for market in markets]
    reason = next((each.reason for each in found if each.reason), "")
    if reason or len(found) == 1:
        return Covered(reason=reason) if reason else found[0]
    return Covered(
        load=sum(each.load for each in found),
        firm=sum(each.firm for each in found),
        expected=sum(each.expected for each in found),
    )


def energy_over(markets: Sequence[MarketEnergy], span: Span) -> Energy:
    """Return the energy of a period over all markets; what one does not know, none does."""
    found = [market.over(span) for market in markets]
    reason = next((each.reason for each in found if each.reason), "")
    if reason or len(found) == 1:
        return Energy(reason=reason) if reason else found[0]
    return Energy(
        load=sum(each.load for each in found),
        firm=sum(each.firm for each in found),
        expected=sum(each.expected for each in found),
        carbon_free=sum(each.carbon_free for each in found),
        load_mw=sum(each.load_mw for each in found),
        expected_mw=sum(each.expected_mw for each in found),
        on_peak_mw=sum(each.on_peak_mw for each in found),
        off_peak_mw=sum(each.off_peak_mw for each in found),
        value_usd=sum(each.value_usd for each in found),
        unmarked=next((each.unmarked for each in found if each.unmarked), ""),
        undelivered=sum(each.undelivered for each in found),
    )


def energy_and_cost_over(markets: Sequence[MarketEnergy], span: Span) -> Energy:
    """Return the same, and the load whose cost is fixed (risk policy §4.4, fixed or floating).

    That is firm supply, and what swaps and contracts for differences settle in money at a fixed
    price; the cost of the rest floats with the market. Hedges are added up anew: for screens and
    reports.
    """
    found = energy_over(markets, span)
    if found.reason:
        return found
    return replace(found, fixed=found.firm + sum(market.hedged_over(span) for market in markets))


def _sum(amounts: FloatColumn) -> float:
    # Rounded once it is whole: rows stand as they came, and after a restart as added up anew.
    return whole(float(np.add.reduce(amounts, axis=None)))
