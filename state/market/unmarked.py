"""MWh without any mark: no price of a run and no curve of the hub tells what they are worth.

Of today and tomorrow, what such MWh cost counts in P&L and what they are worth does not: it is no
P&L until they are marked, and none on the day that began before, or of the one that ended before
(docs/meanings.md, "Marks").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from state.arrays import Flags, Matrix, Places, with_room
from state.compiled import compiled
from state.market.delivery_day import DeliveryDay
from state.market.forward import NOTHING
from state.market.hourly import HourlyPositions
from state.market.hours import kept
from state.market.lines import LineTable
from state.market.numbering_loops import PLACE
from state.market.positions import RowTable
from state.market.prices import LOAD, PriceGrid
from state.market.tables import MarketTables
from state.messages import FloatColumn

if TYPE_CHECKING:
    from state.market.book import MarketBook


_MAY, _NEVER = "may lack marks", (-1, 0, 0, 0)


Named = tuple[str, FloatColumn]
"""Where some MWh lie, in words, and how many by book."""


class Unmarked(NamedTuple):
    """MWh of a day without a mark.

    Attributes:
        places: the locations at which some are held, ascending.
        mwh: without sign, by book and number of the place.
    """

    places: Places
    mwh: Matrix


class Lacking(NamedTuple):
    """MWh without a mark in what a market's P&L counts.

    Attributes:
        here: those of its days that may yet be marked.
        before: at the midnight from which it counts, by book.
        after: at the midnight at which it ended, of the days to come.
    """

    here: list[Named]
    before: FloatColumn
    after: FloatColumn


def unmarked_of(day: DeliveryDay, tables: MarketTables) -> Unmarked | None:
    """Return what of a day is held without a mark, line by line and row by row; None if nothing."""
    if not day.prices.lacks_marks:
        return None
    if not _may_lack(day, tables):
        return None
    edition = day.edition, day.hourly.edition
    found: Unmarked | None = kept("unmarked", _found_on, day, tables, edition=edition)
    return found


def unmarked_by_book(market: MarketBook) -> FloatColumn:
    """Return the MWh of today and tomorrow without a mark, by book."""
    total = np.zeros(len(market.books))
    for _, day in market.open_days():
        found = unmarked_of(day, market.tables)
        if found is not None:
            total += np.add.reduce(found.mwh, axis=1)
    return total


def named_of(market: MarketBook, date_: date, day: DeliveryDay) -> Iterator[Named]:
    """Yield the locations of a market's day at which MWh have no mark."""
    found = unmarked_of(day, market.tables)
    if found is not None:
        for place, mwh in zip(found.places.tolist(), found.mwh.T, strict=True):
            yield f"{market.tables.locations.names[place]} on {date_}", mwh


def lacking_today(market: MarketBook) -> Lacking:
    """Return what the P&L of a market's running day lacks marks of."""
    here = [each for open_day in market.open_days() for each in named_of(market, *open_day)]
    return Lacking(here, market.base_unmarked_mwh, np.zeros(0))


def told_of(markets: Sequence[MarketBook], books: int) -> tuple[str, ...]:
    """Say of each book and of the firm why its P&L today is not known; empty where it is.

    Args:
        markets: of the company.
        books: how many there are.
    """
    return told([lacking_today(market) for market in markets], books)


def told(lacking: Sequence[Lacking], books: int) -> tuple[str, ...]:
    """Say of each book and of the firm why a P&L is not known; empty where it is.

    Args:
        lacking: in each market.
        books: how many there are by now; of one that came since, nothing lacks.
    """
    days = [
        (name, with_room(mwh, books, axis=0)) for market in lacking for name, mwh in market.here
    ]
    midnights = [(each.before, each.after) for each in lacking]
    if not days and not any(column.any() for pair in midnights for column in pair):
        return ("",) * (books + 1)
    before, after = (
        np.add.reduce([np.zeros(books), *(with_room(each, books, axis=0) for each in columns)])
        for columns in zip(*midnights, strict=True)
    )
    own = [
        _words([(name, mwh[book]) for name, mwh in days], before[book], after[book])
        for book in range(books)
    ]
    firm = [(name, np.add.reduce(mwh)) for name, mwh in days]
    return *own, _words(firm, np.add.reduce(before), np.add.reduce(after))


def _words(by_place: list[tuple[str, float]], before: float, after: float) -> str:
    """Say how many MWh have no mark and where most are, or that they had none at midnight.

    >>> _words([("HUB on 2026-07-01", 10.0), ("NODE on 2026-07-01", 1230.0)], 0.0, 0.0)
    '1,240 MWh have no mark, most of them at NODE on 2026-07-01'
    >>> _words([], 0.25, 0.0)
    '0.25 MWh had no mark at midnight, from when it counts'
    >>> _words([], 0.0, 30.0)
    '30 MWh of the days after had no mark at midnight, when it ended'
    """
    total = sum(mwh for _, mwh in by_place)
    if total > NOTHING:
        most, _ = max(by_place, key=lambda each: each[1])
        return f"{_amount(total)} MWh have no mark, most of them at {most}"
    if before > NOTHING:
        return f"{_amount(before)} MWh had no mark at midnight, from when it counts"
    if after > NOTHING:
        return f"{_amount(after)} MWh of the days after had no mark at midnight, when it ended"
    return ""


def _amount(mwh: float) -> str:
    return f"{mwh:,.0f}" if mwh >= 1.0 else f"{mwh:.2g}"


def _may_lack(day: DeliveryDay, tables: MarketTables) -> bool:
    """Say whether anything lies where some interval may have no mark; a look at new lines only."""
    lines, rows, prices = day.hourly.lines, tables.rows, day.prices
    beside_of = day.hourly.beside_of
    if beside_of is not None:
        parts = [(beside_of.lines, 0), (lines, 0)]
        return any(_is_held(*part, prices) for part in parts) or _has_row(rows, 0, prices)
    reach, line, row, found = seen = day.kept.get(_MAY, (_NEVER, None))[0]
    if seen[:3] == (prices.reach, len(lines), len(rows)):
        return bool(found)
    if reach != prices.reach:
        line = row = found = 0
    may = bool(found) or _is_held(lines, line, prices) or _has_row(rows, row, prices)
    day.kept[_MAY] = (prices.reach, len(lines), len(rows), int(may)), None
    return may


def _is_held(lines: LineTable, first: int, prices: PriceGrid) -> bool:
    return first < len(lines) and bool(is_held(lines.columns, first, len(lines), prices.unmarked))


def _has_row(rows: RowTable, first: int, prices: PriceGrid) -> bool:
    return first < len(rows) and bool(prices.unmarked[rows.location[first:]].any())


@compiled
def is_held(columns: Places, first: int, last: int, places: Flags) -> bool:
    """Say whether any of some lines is at one of some locations."""
    found = False
    for line in range(first, last):
        found = found or bool(places[columns[PLACE, line]])
    return found


def _found_on(day: DeliveryDay, tables: MarketTables) -> Unmarked | None:
    rows, held = tables.rows, day.open_lines.held.copy()
    held[rows.location] = True
    places = np.flatnonzero(held & day.prices.unmarked)
    number = np.full(len(tables.locations), -1)
    number[places] = np.arange(len(places))
    without = np.isnan(day.prices.marks(places, slice(None)))
    mwh = np.zeros((len(day.hourly.value_usd), len(places)))
    _add_lines(day.hourly, number, without, mwh)
    own = np.flatnonzero(number[rows.location] >= 0)
    at = number[rows.location[own]]
    amounts = np.add.reduce(np.abs(day.legs.legs[:, own]) * without[:, at], axis=(0, 2))
    np.add.at(mwh, (rows.book[own], at), amounts * day.hours_per_interval)
    some = (mwh > NOTHING).any(axis=0)
    return Unmarked(places[some], mwh[:, some]) if some.any() else None


def _add_lines(hourly: HourlyPositions, number: Places, without: Flags, mwh: Matrix) -> None:
    day, by_hour = hourly.day, without[:LOAD].reshape(LOAD, without.shape[1], hourly.day.hours, -1)
    hours = np.add.reduce(by_hour, axis=3) / day.per_hour
    columns, mw = _held_at(hourly.beside_of or hourly, number)
    if hourly.beside_of is not None:
        columns, mw = _with_moved(columns, mw, *_held_at(hourly, number))
    book, place, run, _ = columns
    at = number[place]
    np.add.at(mwh, (book, at), np.add.reduce(np.abs(mw) * hours[run, at], axis=1))


def _held_at(hourly: HourlyPositions, number: Places) -> tuple[Places, Matrix]:
    """Return book, place, run and kind of the lines at numbered places, and MW by hour of each."""
    lines = hourly.lines
    own = np.flatnonzero(number[lines.place] >= 0)
    columns = np.array([lines.book, lines.place, lines.run, lines.financial])[:, own]
    return columns, np.asarray(hourly.mw[:, own].T)


def _with_moved(columns: Places, mw: Matrix, moved: Places, more: Matrix) -> tuple[Places, Matrix]:
    """Return lines with what is asked about beside them, which may take out what they hold."""
    both, place = np.unique(np.hstack((columns, moved)), axis=1, return_inverse=True)
    summed = np.zeros((both.shape[1], mw.shape[1]))
    np.add.at(summed, place.reshape(-1), np.vstack((mw, more)))
    return both, summed
