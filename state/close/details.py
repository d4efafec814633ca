"""Our contracts of a trade date against another system's record of them, one by one.

The details are the five of the risk policy's §3.5: price, location, product (with the hours it
delivers), tenor and counterparty. A contract that counts here and is not in a record of its trade
date is missing there; one that is in it and does not count here is surplus. A contract is looked
at when the record comes and again with each of its versions, so what differs is kept, and is
what comparing everything anew would find.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from state.calendar import local_date, local_midnight_ns
from state.close.reconciliation import contracts_of
from state.contracts.execution import traded_ns
from state.contracts.trades import Versions
from state.limits.reading import Reading
from state.limits.reconciliation import DETAILS
from state.market.book import CORRECTION_DAYS
from state.messages import ProductTrade, Trade, TradeDetails
from state.moments import from_ns
from state.products import PRODUCTS

if TYPE_CHECKING:
    from state.desk import Desk

CENT = 0.005
"""Prices nearer than half a cent are the same one, written to the cent."""

MISSING, SURPLUS = "missing", "surplus"

_ROUNDING = 1e-9


class Mismatch(NamedTuple):
    """One detail of one contract that two systems do not hold alike.

    Attributes:
        trade: its name in the trade system.
        book: ours; empty of a contract that does not count here.
        detail: ``price``, ``location``, ``product``, ``tenor`` or ``counterparty``, or
            ``missing`` or ``surplus`` of a contract that only one side holds.
        ours, theirs: as each has it, ready to read.
    """

    trade: str
    book: str
    detail: str
    ours: str
    theirs: str


Key = tuple[str, str, str, str]
"""Record system, trade system, date and counterparty."""


class Records:
    """Keeps what other systems hold of contracts, and what of it differs from ours.

    Attributes:
        held: the records, in order of arrival of the first of each.
        differing: which details differ, by record and contract; one that agrees is not in it.
    """

    def __init__(self) -> None:
        self.held: dict[Key, TradeDetails] = {}
        self.differing: dict[Key, dict[str, tuple[str, ...]]] = {}
        self._rows: dict[Key, dict[str, int]] = {}
        self._due: dict[Key, set[str]] = {}
        self._of_date: dict[tuple[str, str], set[Key]] = {}
        self._naming: dict[tuple[str, str], set[Key]] = {}

    def take(self, desk: Desk, record: TradeDetails) -> None:
        """Take in a record, in place of the one before it, and compare all of it."""
        key = key_of(record)
        self._forget_names(key)
        self.held[key] = record
        self._rows[key] = {name: row for row, name in enumerate(record.trades)}
        self._of_date.setdefault((record.source, record.date), set()).add(key)
        for name in record.trades:
            self._naming.setdefault((record.source, name), set()).add(key)
        self.differing[key], self._due[key] = {}, set()
        ours = {trade.trade: trade for _, trade in contracts_of(desk, record.source, record.date)}
        for name in dict.fromkeys((*record.trades, *ours)):
            held = ours.get(name) or _counting_of(desk, f"{record.source}/{name}")
            self._compare(desk, key, name, held)

    def note_trade(self, desk: Desk, versions: Versions) -> Iterator[str]:
        """Compare a contract anew of which another version counts; yield dates that it is of."""
        dates = {_date_of(desk, trade) for trade in versions if trade is not None}
        told = {(trade.source, trade.trade) for trade in versions if trade is not None}
        for source, name in sorted(told):
            ours = _counting_of(desk, f"{source}/{name}")
            of_dates = (self._of_date.get((source, day), ()) for day in dates)
            for key in sorted({*self._naming.get((source, name), ()), *chain(*of_dates)}):
                self._compare(desk, key, name, ours)
                yield key[2]

    def _compare(self, desk: Desk, key: Key, name: str, ours: Trade | None) -> None:
        """Hold one contract, as it counts here, against a record."""
        record, row = self.held[key], self._rows[key].get(name)
        due = ours is not None and _is_due(desk, record, ours)
        (self._due[key].add if due else self._due[key].discard)(name)
        if row is None:
            found: tuple[str, ...] = (MISSING,) if due else ()
        elif ours is None:
            found = (SURPLUS,)
        else:
            alike = _agreeing(record, row, ours)
            found = tuple(detail for detail, agrees in alike.items() if not agrees)
        if found:
            self.differing[key][name] = found
        else:
            self.differing[key].pop(name, None)

    def compared(self, key: Key) -> int:
        """Return how many contracts of a record's date either side holds."""
        return len(self._due[key].union(self._rows[key]))

    def mismatches(self, desk: Desk, key: Key) -> Iterator[Mismatch]:
        """Yield what differs from a record, by contract, as each side has it."""
        record, rows = self.held[key], self._rows[key]
        for name, details in sorted(self.differing[key].items()):
            ours, row = _counting_of(desk, f"{key[1]}/{name}"), rows.get(name)
            own = {} if ours is None else _ours(desk, ours)
            theirs = {} if row is None else _theirs(desk, record, row)
            own[SURPLUS], theirs[MISSING] = "not held, or cancelled", "not there"
            own[MISSING], theirs[SURPLUS] = "; ".join(own.values()), "; ".join(theirs.values())
            book = "" if ours is None else ours.book
            for detail in details:
                yield Mismatch(name, book, detail, own[detail], theirs[detail])

    def forget_before(self, day: str) -> None:
        """Let go of records of earlier dates."""
        for key in [key for key in self.held if key[2] < day]:
            self._forget_names(key)
            del self.held[key], self.differing[key], self._rows[key], self._due[key]
            _take_out(self._of_date, (key[1], key[2]), key)

    def _forget_names(self, key: Key) -> None:
        """Let go of which contracts a record names, where there was one."""
        for name in self._rows.get(key, ()):
            _take_out(self._naming, (key[1], name), key)

    def readings_of(self, desk: Desk, dates: Collection[str]) -> Iterator[tuple[str, Reading]]:
        """Yield each of some dates with the number of contracts that differ from a record of it."""
        for key, found in self.differing.items():
            if key[2] in dates:
                yield key[2], _reading(desk, key, len(found))


def key_of(record: TradeDetails) -> Key:
    """Return under what a record is kept."""
    return record.system, record.source, record.date, record.counterparty


def scope_of(key: Key) -> str:
    """Return the scope under which a record's differences are held.

    >>> scope_of(("settlement", "etrm", "2026-09-08", ""))
    'settlement etrm'
    """
    system, source, _, counterparty = key
    return f"{system} {source} {counterparty}".rstrip()


def _take_out(index: dict[tuple[str, str], set[Key]], at: tuple[str, str], key: Key) -> None:
    """Take a record out of an index, and its place where it was the last one there."""
    index[at].discard(key)
    if not index[at]:
        del index[at]


def _counting_of(desk: Desk, identity: str) -> Trade | None:
    for market in desk.markets.values():
        found = market.contracts.trades.counting_of(identity)
        if found is not None:
            return found
    return None


def _date_of(desk: Desk, trade: Trade) -> str:
    return local_date(traded_ns(trade), desk.time_zone).isoformat()


def _is_due(desk: Desk, record: TradeDetails, ours: Trade) -> bool:
    """Say whether a contract is of those that a record should hold."""
    theirs = record.counterparty in ("", ours.counterparty)
    return theirs and _date_of(desk, ours) == record.date


def _agreeing(record: TradeDetails, row: int, ours: Trade) -> dict[str, bool]:
    """Say of each detail whether a row of a record has it as we do."""
    tenor = record.delivery_starts_ns[row], record.delivery_ends_ns[row]
    apart = abs(_price(ours) - float(record.price_usd_per_mwh[row]))
    return {
        "price": apart <= CENT + _ROUNDING,
        "location": ours.location == record.locations[row],
        "product": (ours.product, ours.block) == (record.products[row], record.blocks[row]),
        "tenor": (ours.delivery_start_ns, ours.delivery_end_ns) == tenor,
        "counterparty": ours.counterparty == record.counterparties[row],
    }


def _ours(desk: Desk, trade: Trade) -> dict[str, str]:
    return {
        "price": _dollars(_price(trade), trade.product),
        "location": trade.location,
        "product": f"{trade.product} {trade.block}",
        "tenor": _tenor(desk, trade.delivery_start_ns, trade.delivery_end_ns),
        "counterparty": trade.counterparty,
    }


def _theirs(desk: Desk, record: TradeDetails, row: int) -> dict[str, str]:
    product, edges = record.products[row], (record.delivery_starts_ns, record.delivery_ends_ns)
    return {
        "price": _dollars(float(record.price_usd_per_mwh[row]), product),
        "location": record.locations[row],
        "product": f"{product} {record.blocks[row]}",
        "tenor": _tenor(desk, *(edge[row] for edge in edges)),
        "counterparty": record.counterparties[row],
    }


def _price(trade: Trade) -> float:
    """Return what a contract costs, $/MWh; of a product that is held, $ a unit."""
    if isinstance(trade, ProductTrade) and _is_held(trade.product):
        return trade.price_usd_per_unit
    return trade.price_usd_per_mwh


def _is_held(product: str) -> bool:
    return product in PRODUCTS and bool(PRODUCTS[product].measure)


def _dollars(price: float, product: str) -> str:
    return f"{price:,.2f} {'$ a unit' if _is_held(product) else '$/MWh'}"


def _tenor(desk: Desk, *edges_ns: int) -> str:
    zone = ZoneInfo(desk.time_zone)
    return " to ".join(f"{from_ns(at_ns).astimezone(zone):%Y-%m-%d %H:%M %Z}" for at_ns in edges_ns)


def _reading(desk: Desk, key: Key, differing: int) -> Reading:
    day = date.fromisoformat(key[2])
    until = day + timedelta(days=CORRECTION_DAYS + 1)
    return Reading(
        figure=DETAILS.figure,
        unit=DETAILS.unit,
        scopes=(scope_of(key),),
        periods=(key[2],),
        period_starts_ns=(local_midnight_ns(day, desk.time_zone),),
        period_ends_ns=(local_midnight_ns(until, desk.time_zone),),
        values=np.array([float(differing)]),
        unknown=("",),
        applicable=np.ones(1, dtype=np.bool_),
        inputs=("",),
    )
