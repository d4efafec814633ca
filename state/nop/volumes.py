"""Physical MWh of a market by hub, block and delivery month: load, own supply, contracts.

What the net open position is made of beyond the grid (risk policy §4.4). Financial hedges do not
count, and an as-generated contract is its resource's output, which counts once. What is bought of
a supplier whose failure rate is known is told apart, so that the rate may change alone. Amounts are
whole millionths of a MWh: integer sums do not depend on their order, so that what is kept by
differences has the very bits of what is added up anew, after a restart too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from state.arrays import Flags, Floats, Numbers, with_room
from state.calendar import MarketCalendar
from state.contracts.columns import Form, TradeColumns
from state.contracts.holdings import BLOCK_NUMBER, is_flat, mw_by_month
from state.contracts.size import bought_part
from state.market.forward import ForwardBook
from state.market.horizon import BLOCKS, HORIZON_DAYS, HubBlock
from state.market.likeness import alike
from state.messages import (
    AnyMessage,
    Block,
    FloatColumn,
    Resource,
    ResourceKind,
    Trade,
    VolumeOutlook,
)
from state.nop.at_call import UnitsAtCall
from state.nop.spread_days import Days, SpreadDays
from state.nop.whole import MICRO, micro
from state.periods import Span, month_after
from state.products import PRODUCTS
from state.products.product import Product, own_leg

if TYPE_CHECKING:
    from state.market.book import MarketBook

Counts = Callable[[Product], bool]

LOAD, OWN, CONTRACTS, CARBON_FREE = range(4)
"""What an amount is; carbon-free is a part of own supply, told apart. What is bought of suppliers
whose failure rate is known follows, one each: parts of contracts, told apart."""

_KINDS = 4

_NONE_TOLD = np.zeros((len(BLOCKS), 1), dtype=np.bool_)
_CLEAN = frozenset((ResourceKind.SOLAR, ResourceKind.WIND, ResourceKind.HYDRO))


class PhysicalVolumes:
    """Follows the physical volumes of one market.

    Args:
        market: whose.
        forward: the market's.
        counts: says of a product whether its contracts do.

    Attributes:
        market: whose they are.
        moved: contracts that came in (1) or went out (−1) and are not counted yet.
        units: at call, of suppliers whose failure rate is known.
        rows: number of each hub and block.
        amounts: millionths of a MWh, shape (4 and one a supplier whose failure rate is known, rows,
            months of the forward book).
    """

    def __init__(
        self, market: MarketBook, forward: ForwardBook, counts: Counts = attrgetter("is_physical")
    ) -> None:
        self.market, self._forward = market, forward
        self._counts = counts
        self._spread = SpreadDays(forward)
        self._hubs = market.tables.locations.hub
        self._outlooks: dict[str, tuple[VolumeOutlook, Resource]] = {}
        self._told: dict[str, Flags] = {}
        self._whole: tuple[int, Flags] | None = None
        self._looked = (-1, -1)
        self.moved: list[tuple[Trade, float]] = []
        self.rows: dict[HubBlock, int] = {}
        self._suppliers = market.contracts.deliveries.suppliers
        self.units = UnitsAtCall(market)
        kinds = _KINDS + len(self._suppliers)
        self.amounts: Numbers = np.zeros((kinds, 0, len(forward.months)), dtype=np.int64)
        self._add_all()
        self.follow()

    # Followed ------------------------------------------------------------------------------------

    @property
    def is_behind(self) -> bool:
        """Whether anything has moved that :meth:`follow` has not taken in."""
        return bool(self.moved or self._renewed() or self.is_outdated)

    @property
    def is_outdated(self) -> bool:
        """Whether points lie at other hubs now, suppliers fail anew, or a year has turned."""
        market, forward = self.market, self.market.forward
        if forward is not None and forward.origin != self._forward.origin:
            return True
        moved = self._hubs is not market.tables.locations.hub
        return moved or self._suppliers != market.contracts.deliveries.suppliers

    def beside(self, market: MarketBook) -> PhysicalVolumes:
        """Return what is followed up to now as its own; this one stays as it is.

        Args:
            market: whose the other is, with the same points and months.
        """
        other = alike(
            self,
            market=market,
            moved=list(self.moved),
            rows=dict(self.rows),
            amounts=self.amounts.copy(),
            units=self.units.beside(market),
            _outlooks=dict(self._outlooks),
            _told=dict(self._told),
        )
        other.follow()
        return other

    def enter(self, trade: Trade, sign: float) -> None:
        """Count a contract; −1 takes it out."""
        self._trade(trade, int(sign))

    def follow(self, since_ns: int = 0) -> AnyMessage | None:
        """Take in what moved; return the last message of it, None if nothing did.

        Args:
            since_ns: a contract that is over by then has moved nothing anybody asks for.
        """
        last: AnyMessage | None = None
        for outlook in self._renewed():
            known = self._outlooks.get(outlook.resource)
            if known is not None:
                self._outlook(*known, -1)
            record = self._record(outlook.resource)
            self._outlook(outlook, record, 1)
            self._outlooks[outlook.resource] = outlook, record
            last = record if known is not None and known[0] is outlook else outlook
        self._looked = self._editions
        for trade, sign in self.moved:
            self.enter(trade, sign)
        last = self.last_moved(since_ns) or last
        self.moved.clear()
        return last

    def last_moved(self, since_ns: int) -> Trade | None:
        """Return the last contract that is not counted yet and delivers after a moment.

        What is held rather than delivered counts whenever it does.
        """
        for trade, _ in reversed(self.moved):
            if trade.delivery_end_ns > since_ns or PRODUCTS[trade.product].measure:
                return trade
        return None

    @property
    def _editions(self) -> tuple[int, int]:
        """What grows with every outlook and every record of a resource."""
        return self.market.contracts.outlooks_edition, self.market.tables.resources.edition

    def _renewed(self) -> list[VolumeOutlook]:
        found: list[VolumeOutlook] = []
        if self._looked == self._editions:
            return found
        for outlook in self.market.contracts.outlooks.values():
            known = self._outlooks.get(outlook.resource)
            record = self._record(outlook.resource)
            if known is None or known[0] is not outlook or known[1] is not record:
                found.append(outlook)
        return found

    def _record(self, resource: str) -> Resource:
        table = self.market.tables.resources
        return table.records[table.index[resource]]

    def untold(self, first: int, end: int, kind: ResourceKind | None = None) -> str:
        """Say which resource (of a kind) lacks an outlook of which month; empty if none does."""
        records = self.market.tables.resources.records
        if self._whole is None or self._whole[0] != len(records):
            every = np.ones((len(BLOCKS), len(self._forward.months)), dtype=np.bool_)
            for record in records:
                every &= self._told.get(record.resource, _NONE_TOLD)
            self._whole = len(records), every
        if self._whole[1][:, first:end].all():
            return ""
        for record in records:
            told, counts = self._told.get(record.resource), kind in {None, record.resource_kind}
            if counts and (told is None or not told[:, first:end].all()):
                gap = 0 if told is None else int(np.argmin(told[:, first:end].all(axis=0)))
                return f"no outlook of {record.resource} for {self._forward.months[first + gap]}"
        return ""

    def months_of(self, span: Span) -> tuple[int, int] | None:
        """Return the numbers of the first month and of the one after the last; None if beyond.

        The month in which the forward book ends is beyond: contracts count there for some days.
        """
        months, known = span.months, self._forward.horizon.whole_months
        first = known.index(months[0]) if months[0] in known else -1
        return (first, first + len(months)) if first >= 0 and months[-1] in known else None

    def mwh(self, what: int) -> Floats:
        """Return MWh of one kind, shape (rows, months)."""
        return np.asarray(self.amounts[what] / MICRO)

    def undelivered_mwh(self) -> Floats:
        """Return MWh bought that suppliers are expected not to deliver, shape (rows, months)."""
        deliveries = self.market.contracts.deliveries
        total = np.zeros(self.amounts.shape[1:])
        for number, supplier in enumerate(self._suppliers, _KINDS):
            total += deliveries.rate_of(supplier) * self.mwh(number)
        return total

    def _supplied_by(self, trade: Trade) -> int | None:
        """Return the number of a contract's supplier among the amounts, if its rate is known."""
        supplier = self.market.contracts.deliveries.supplier_of(trade) if self._suppliers else None
        return None if supplier is None else _KINDS + self._suppliers.index(supplier)

    # One by one ----------------------------------------------------------------------------------

    def _trade(self, trade: Trade, sign: int) -> None:
        if not self._counts(PRODUCTS[trade.product]):
            self.units.enter(trade, sign)
            return
        days = self._spread.days_of(trade)
        scale = MICRO if len(trade.profile_mw) else micro(trade.quantity_mw)
        supplier = self._supplied_by(trade)
        for leg in PRODUCTS[trade.product].legs(trade):
            share = round(leg.share)
            self._add(CONTRACTS, leg.location, days, sign * share * scale)
            if supplier is not None and (bought := bought_part(trade, share)) is not None:
                theirs = self._spread.days_of(bought)
                self._add(supplier, leg.location, theirs, sign * share * scale)

    def _add(self, kind: int, location: str, days: list[Days], scale: int) -> None:
        for block, month, mwh, count in days:
            each = round(mwh * scale)
            if each:
                row = self._row(location, block)  # which may make the amounts anew
                self.amounts[kind, row, month] += count * each

    def _outlook(self, outlook: VolumeOutlook, record: Resource, sign: int) -> None:
        load = record.resource_kind is ResourceKind.LOAD
        kinds = [LOAD] if load else [OWN]
        kinds += [CARBON_FREE] if record.resource_kind in _CLEAN else []
        months = tuple(self._forward.months)
        mw = mw_by_month(outlook, months)
        self._told[outlook.resource], self._whole = np.isfinite(mw), None
        mwh = _whole(np.nan_to_num(mw), MICRO) * _hours_by_month(self.market.calendar, months)
        for number in np.flatnonzero(np.isfinite(mw).any(axis=1)):
            row = self._row(record.location, BLOCKS[number])
            self.amounts[kinds, row] += sign * mwh[number]

    def _row(self, location: str, block: Block) -> int:
        table = self.market.tables.locations
        return self._row_of((table.beyond(table.index[location]), block))

    def _row_of(self, key: HubBlock) -> int:
        row = self.rows.get(key)
        if row is None:
            self.rows[key] = row = len(self.rows)
            self.amounts = with_room(self.amounts, row + 1, axis=1)
        return row

    # All at once ---------------------------------------------------------------------------------

    def _add_all(self) -> None:
        """Enter every contract that counts: blocks all at once, others one by one."""
        records = self.market.contracts.trades
        if not len(records):
            return
        columns, starts = records.columns, self._forward.horizon.day_starts_ns
        rows = columns.rows
        wanted = records.counting() & columns.of_form(
            lambda form: self._counts(PRODUCTS[form.product])
        )
        first = np.searchsorted(starts, rows["start_ns"])
        last = np.searchsorted(starts, rows["end_ns"])
        after = np.append(starts, -1)
        whole = (after[first] == rows["start_ns"]) | (rows["start_ns"] < starts[0])
        whole &= (after[last] == rows["end_ns"]) | (last == HORIZON_DAYS)
        block = columns.of_form(_is_block)
        plain = np.flatnonzero(wanted & block & whole & (first < last))
        others = wanted & (last > 0) & ~(block & whole)
        self._add_blocks(CONTRACTS, rows[plain], first[plain], last[plain])
        self._add_part_days(CONTRACTS, rows[others & block])
        for number, own in self._bought_of_suppliers(columns):
            plain = np.flatnonzero(own & wanted & block & whole & (first < last))
            self._add_blocks(number, rows[plain], first[plain], last[plain])
            self._add_part_days(number, rows[own & others & block])
        for trade in columns.trades(np.flatnonzero(others & ~block)):
            self._trade(trade, 1)

    def _bought_of_suppliers(self, columns: TradeColumns) -> Iterator[tuple[int, Flags]]:
        """Yield each supplier's number among the amounts, and which contracts are bought of it."""
        rows, trades = columns.rows, self.market.contracts.trades
        bought, free = rows["mw"] > 0.0, np.ones(len(rows), dtype=np.bool_)
        for number, (kind, name) in enumerate(self._suppliers, _KINDS):
            own = np.zeros(len(rows), dtype=np.bool_)
            if kind == "contract":  # these come first
                own[trades.number_of(name)] = True
                free &= ~own
            elif name in columns.counterparties:
                own = free & (rows["counterparty"] == columns.counterparties[name])
            yield number, own & bought

    def _add_blocks(self, kind: int, rows: NDArray[Any], first: Numbers, last: Numbers) -> None:
        forward, amounts = self._forward, _whole(rows["mw"], MICRO)
        block_of, place_of = self._block_of(rows), self._hub_of(rows)
        for place in np.unique(place_of).tolist():
            for number, block in enumerate(Block):
                own = np.flatnonzero((place_of == place) & (block_of == number))
                steps: Numbers = np.zeros(HORIZON_DAYS + 1, dtype=np.int64)
                np.add.at(steps, first[own], amounts[own])
                np.subtract.at(steps, last[own], amounts[own])
                per_hour = np.add.accumulate(steps)[:-1]
                for part in BLOCKS if len(own) else ():
                    if block in (Block.FLAT, part):
                        per_day = per_hour * forward.horizon.hours[part].astype(np.int64)
                        row = self._row_of((place, part))
                        np.add.at(self.amounts[kind, row], forward.month_of, per_day)

    def _add_part_days(self, kind: int, rows: NDArray[Any]) -> None:
        """Enter blocks that begin or end within a day, those of one block and period at once."""
        block_of, place_of = self._block_of(rows), self._hub_of(rows)
        amounts = _whole(rows["mw"], MICRO)
        columns = (rows["start_ns"], rows["end_ns"], block_of)
        order = np.lexsort(columns)
        turns = [column[order][1:] != column[order][:-1] for column in columns]
        for own in np.split(order, np.flatnonzero(np.logical_or.reduce(turns)) + 1):
            if not amounts[own].any():
                continue
            start_ns, end_ns, block = (column[own[0]].item() for column in columns)
            for part in BLOCKS:
                months, hours = self._spread.inside(
                    part, start_ns, end_ns, 1.0, of=list(Block)[block]
                )
                if hours.any():
                    self._add_hours(kind, part, (months, hours), place_of[own], amounts[own])

    def _add_hours(
        self,
        kind: int,
        part: Block,
        days: tuple[Numbers, FloatColumn],
        places: Numbers,
        amounts: Numbers,
    ) -> None:
        """Enter amounts an hour, each at its hub, over the hours of some days."""
        months, hours = days
        known, place_of = np.unique(places, return_inverse=True)
        at = np.array([self._row_of((place, part)) for place in known.tolist()])[place_of]
        lengths, of_day = np.unique(hours, return_inverse=True)
        for number, length in enumerate(lengths.tolist()):
            per_day = _whole(amounts * length, 1)
            own, count = np.unique(months[of_day == number], return_counts=True)
            where = (at[:, None], own[None])
            np.add.at(self.amounts[kind], where, per_day[:, None] * count)

    def _hub_of(self, rows: NDArray[Any]) -> Numbers:
        """Return where each contract counts: the location of its hub."""
        table = self.market.tables.locations
        told = self.market.contracts.trades.columns.locations.told
        # A place without energy may be unknown to the market; no contract in energy names it.
        hubs = [table.beyond(table.index[name]) if name in table.index else -1 for name in told]
        return np.asarray(np.array(hubs, dtype=np.int64)[rows["location"]])

    def _block_of(self, rows: NDArray[Any]) -> Numbers:
        """Return the number of each contract's block."""
        forms = self.market.contracts.trades.columns.forms
        numbers = np.array([BLOCK_NUMBER[form.block] for form in forms], dtype=np.int64)
        return np.asarray(numbers[rows["form"]])


def _is_block(form: Form) -> bool:
    return is_flat(form) and PRODUCTS[form.product].legs is own_leg


def _whole(amounts: FloatColumn, scale: int) -> Numbers:
    return np.rint(amounts * scale).astype(np.int64)


@lru_cache(maxsize=16)
def _hours_by_month(calendar: MarketCalendar, months: tuple[str, ...]) -> Numbers:
    """Return how many hours of some months are on-peak and off-peak, shape (2, months)."""
    first = [date.fromisoformat(f"{month}-01") for month in months]
    spans = [Span(day, month_after(day, 1)) for day in first]
    return np.array([[span.hours(calendar, block) for span in spans] for block in BLOCKS])
