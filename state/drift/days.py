"""A market day against its recompute: rows and lines of some books, and the firm's sums of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from state.arrays import Cube, Flags, Matrix, Numbers
from state.compiled import compiled
from state.drift.contracts import Contracts
from state.drift.difference import LEAST_MW, LEAST_USD, Difference, Index, apart, largest
from state.drift.recomputed_days import DayAnew, day_anew
from state.drift.recomputed_lines import (
    LinesAnew,
    base_of_realised,
    exposed_hours,
    line_figures,
    lines_anew,
    look_at_prices_anew,
)
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.exposures import RUN_OF_STATE, RUNS
from state.market.prices import DA, FMM, RTD
from state.market.volume_loops import SCHEDULED_DA
from state.messages import FloatColumn

_LEGS = ("DA", "FMM", "RTD", "LOAD")


class BookDay:
    """One market day of some books.

    What is exposed of lines is theirs times what is exposed of their hours, which is the same for
    all books: :func:`of_hours` looks at it.
    """

    def __init__(
        self, market: MarketBook, grid: DeliveryDay, books: range, contracts: Contracts
    ) -> None:
        self._market, self._grid, self._books = market, grid, books
        self._contracts = contracts
        self._rows, self._lines = contracts.rows, contracts.lines
        self._name = f"{market.market.market} {grid.day.day}"
        self._value_usd, self._gross_usd = np.zeros((2, len(market.books)))
        self._realised_usd, self._realised_gross = np.zeros((2, len(market.books)))

    def differences(self) -> Iterator[Difference]:
        """Recompute and compare."""
        if len(self._rows):
            rows = day_anew(self._market, self._grid, self._contracts)
            yield from self._rows_differ(rows)
            self._sum_rows(rows)
        lines = lines_anew(self._market, self._grid, self._contracts)
        if lines.unplaced_mw:
            where = f"{self._name}, a line that is missing"
            yield Difference("position", 1.0, where, 0.0, lines.unplaced_mw)
        if len(self._lines):
            yield from self._lines_differ(lines)
        yield from self._books_differ()

    def _books_differ(self) -> Iterator[Difference]:
        part = slice(self._books.start, self._books.stop)

        def book_at(at: Index) -> str:
            return f"{self._name}, {self._market.books[self._books.start + at[0]]}"

        pair = (self._grid.value_usd[part], self._value_usd[part])
        yield largest("value", pair, self._gross_usd[part], LEAST_USD, book_at)
        if self._grid.hourly.base is not None:
            pair = (self._grid.realised_usd[part], self._realised_usd[part])
            gross = (self._gross_usd + self._realised_gross)[part]
            yield largest("realised", pair, gross, LEAST_USD, book_at)

    # Rows ----------------------------------------------------------------------------------------

    def _rows_differ(self, anew: DayAnew) -> Iterator[Difference]:
        rows, grid = self._rows, self._grid
        gross_mw = anew.gross_mw[:, None]

        def interval_at(at: Index) -> str:
            hour, number = divmod(at[-1], grid.day.per_hour)
            leg = f"{_LEGS[at[0]]} leg, " if len(at) > 2 else ""  # noqa: PLR2004 - legs, rows, …
            return f"{leg}{self._row_at(at)}, {self._hour(hour)} interval {number + 1}"

        def hour_at(at: Index) -> str:
            return f"{self._row_at(at)}, {self._hour(at[-1])}"

        if anew.unplaced_mw:
            where = f"{self._name}, a row that is missing"
            yield Difference("position", 1.0, where, 0.0, anew.unplaced_mw)
        legs = (grid.legs.legs[:, rows], anew.legs)
        yield largest("position", legs, gross_mw, LEAST_MW, interval_at)
        opened = (grid.legs.open[rows], anew.open)
        yield largest("position", opened, gross_mw, LEAST_MW, interval_at)
        value = (grid.value[rows], anew.value)
        yield largest("value", value, anew.gross_usd, LEAST_USD, interval_at)
        exposure = (grid.exposure[:, rows], anew.exposure)
        yield largest("exposure", exposure, gross_mw, LEAST_MW, hour_at)

    def _row_at(self, at: Index) -> str:
        tables, row = self._market.tables, self._rows[at[-2]]
        book = self._market.books[tables.rows.book[row]]
        return f"{self._name}, {book} at {tables.locations.names[tables.rows.location[row]]}"

    def _hour(self, hour: int) -> str:
        return f"HE{self._grid.day.hour_labels[hour]}"

    def _sum_rows(self, anew: DayAnew) -> None:
        books = self._market.tables.rows.book[self._rows]
        base = self._grid.base[self._rows]
        gained = np.where(anew.realised, anew.value - base, 0.0)
        parts = (anew.value, anew.gross_usd, gained)
        self._add(books, [np.add.reduce(part, axis=1) for part in parts])
        size = np.add.reduce(np.abs(base), axis=1)
        self._realised_gross += np.bincount(books, size, len(self._value_usd))

    # Lines ---------------------------------------------------------------------------------------

    def _lines_differ(self, anew: LinesAnew) -> Iterator[Difference]:
        lines, hourly = self._lines, self._grid.hourly
        table = self._market.tables.lines
        books = table.book[lines]

        def line_at(at: Index) -> str:
            line = lines[at[-1]]
            book = self._market.books[table.book[line]]
            place = self._market.tables.locations.names[table.place[line]]
            run = _LEGS[table.run[line]]
            return f"{run} leg, {self._name}, {book} at {place}, {self._hour(at[-2])}"

        mw = lines_apart(hourly.mw, anew.mw, lines, anew.gross[0], LEAST_MW)
        yield _told("position", mw, line_at)
        cost = lines_apart(hourly.cost, anew.cost, lines, anew.gross[1], LEAST_USD)
        yield _told("value", cost, line_at)
        figures = line_figures(self._market, self._grid, anew)
        self._add(books, (figures.value, figures.gross_usd, figures.realised))
        base = base_of_realised(self._market, self._grid, anew)
        if base is not None:
            self._add(books, (np.zeros(len(base)), np.zeros(len(base)), -base))
            self._realised_gross += np.bincount(books, np.abs(base), len(self._value_usd))

    def _add(self, books: Numbers, by_holder: Sequence[FloatColumn]) -> None:
        value, gross, realised = (
            np.bincount(books, amounts, len(self._value_usd)) for amounts in by_holder
        )
        self._value_usd += value
        self._gross_usd += gross
        self._realised_usd += realised


Apart = tuple[float, int, int, float, float]
"""The largest difference of a table: relative, where by two indices, what is kept, what is anew."""


def _told(figure: str, found: Apart, place: Callable[[Index], str]) -> Difference:
    relative, one, other, kept, anew = found
    where = place((one, other)) if relative else "nowhere"
    return Difference(figure, relative, where, kept, anew)


def of_day(market: MarketBook, grid: DeliveryDay) -> Iterator[Difference]:
    """Hold the firm's position of a day against the sum of the rows and lines that are kept."""
    return of_hours(market, grid, range(grid.day.hours))


def of_hours(market: MarketBook, grid: DeliveryDay, hours: range) -> Iterator[Difference]:
    """Do likewise with some hours of it."""
    if hours.start == 0:
        look_at_prices_anew(grid)
    tables, hourly, day = market.tables, grid.hourly, grid.day
    name = f"{market.market.market} {day.day}"
    part = slice(hours.start, hours.stop)
    first, last = hours.start * day.per_hour, hours.stop * day.per_hour
    places = np.zeros((2, RUNS, len(hours), len(tables.locations)))
    physical = np.zeros((RUNS, len(hours)))
    count = len(tables.lines)
    add_places(hourly.mw, tables.lines.columns, count, hours.start, places, physical)
    over = np.arange(first, last) < grid.delivered
    scheduled = np.isfinite(grid.volumes.stage[SCHEDULED_DA, :, first:last]).any(axis=0)
    opened, gross = np.zeros((2, last - first))
    prices = grid.prices.by_interval
    open_of_places(places, prices, first, over, scheduled, opened, gross)
    kept = grid.legs.open[: len(tables.rows), first:last]
    opened += np.add.reduce(kept, axis=0)
    gross += np.add.reduce(np.abs(kept), axis=0)

    def interval_at(at: Index) -> str:
        hour, number = divmod(first + at[-1], day.per_hour)
        return f"{name}, firm, HE{day.hour_labels[hour]} interval {number + 1}"

    def hour_at(at: Index) -> str:
        return f"{_LEGS[at[0]]} leg, {name}, firm, HE{day.hour_labels[hours[at[1]]]}"

    def exposed_at(at: Index) -> str:
        place = tables.locations.names[at[0]]
        return f"{name}, an hour at {place}, HE{day.hour_labels[hours[at[1]]]}"

    held = hourly.weight_by_hour, prices
    exposed = weights_apart(*held, hours.start, over, RUN_OF_STATE, places[1], LEAST_MW)
    yield _told("exposure", exposed, exposed_at)
    yield largest("position", (grid.open_mw[first:last], opened), gross, LEAST_MW, interval_at)
    by_hour = np.add.reduce(places[1], axis=2)
    pair = (hourly.physical_mw[:, part], physical)
    yield largest("position", pair, by_hour, LEAST_MW, hour_at)
    by_place = places_apart(hourly.place_mw, hours.start, places, LEAST_MW)
    yield _told("position", by_place, hour_at)


@compiled
def lines_apart(
    kept: Matrix, anew: Matrix, lines: Numbers, gross: FloatColumn, least: float
) -> Apart:
    """Find the largest difference of what some lines hold, by hour and line."""
    worst = (0.0, 0, 0, 0.0, 0.0)
    for hour in range(anew.shape[0]):
        for at in range(len(lines)):
            own, other = kept[hour, lines[at]], anew[hour, at]
            if own != other:
                found = apart(own, other, max(gross[at], least))
                if found > worst[0]:
                    worst = (found, hour, at, own, other)
    return worst


@compiled
def places_apart(kept: Cube, begin: int, places: Cube, least: float) -> Apart:
    """Find the largest difference of the firm's MW by run, place and hour; say run and hour.

    Args:
        kept: by run, place and hour of the day.
        begin: the first hour that is looked at.
        places: signed and without signs, by run, hour from then on, and place.
        least: MW to which a difference is relative at least.
    """
    worst = (0.0, 0, 0, 0.0, 0.0)
    for run in range(places.shape[1]):
        for place in range(places.shape[3]):
            for hour in range(places.shape[2]):
                own, other = kept[run, place, begin + hour], places[0, run, hour, place]
                if own != other:
                    found = apart(own, other, max(places[1, run, hour, place], least))
                    if found > worst[0]:
                        worst = (found, run, hour, own, other)
    return worst


@compiled
def weights_apart(
    weight: Cube,
    published: Cube,
    begin: int,
    over: Flags,
    run_of_state: Numbers,
    gross: Cube,
    least: float,
) -> Apart:
    """Find the largest difference of what of an hour is exposed, by place and hour, as MWh.

    Args:
        weight: h as they are kept, by state, hour and place.
        published: prices, by run, interval and place.
        begin: the first hour that is looked at.
        over: which intervals are, from then on.
        run_of_state: the run of each state.
        gross: MW held, by run, hour from then on, and place, without signs.
        least: MWh to which a difference is relative at least.
    """
    worst = (0.0, 0, 0, 0.0, 0.0)
    per_hour = published.shape[1] // weight.shape[1]
    exposed = np.zeros((weight.shape[2], weight.shape[0]))
    for hour in range(gross.shape[1]):
        exposed[:] = 0.0
        for at in range(hour * per_hour, (hour + 1) * per_hour):
            interval = begin * per_hour + at
            for place in range(weight.shape[2]):
                da, fmm = published[DA, interval, place], published[FMM, interval, place]
                prices = (da, fmm, published[RTD, interval, place])
                exposed_hours(prices, over[at], exposed[place])
        for place in range(weight.shape[2]):
            for state in range(weight.shape[0]):
                own, other = weight[state, begin + hour, place], exposed[place, state] / per_hour
                if own != other:
                    held = gross[run_of_state[state], hour, place]
                    found = held * apart(own, other, max(held, least))
                    if found > worst[0]:
                        worst = (min(found, 1.0), place, hour, own, other)
    return worst


@compiled
def add_places(
    mw: Matrix, columns: Numbers, count: int, begin: int, places: Cube, physical: Matrix
) -> None:
    """Sum so many lines by run, hour and place, signed and without signs, and what is physical."""
    for hour in range(places.shape[2]):
        for line in range(count):
            amount = mw[begin + hour, line]
            if amount == 0.0:
                continue
            run, place = columns[2, line], columns[1, line]
            places[0, run, hour, place] += amount
            places[1, run, hour, place] += abs(amount)
            if columns[4, line] == 0:
                physical[run, hour] += amount


@compiled
def open_of_places(
    places: Cube,
    by_interval: Cube,
    first: int,
    over: Flags,
    scheduled: Flags,
    opened: FloatColumn,
    gross: FloatColumn,
) -> None:
    """Sum what is open: a leg until its schedule is known, its price came, or it is realised.

    Args:
        places: MW signed and without signs, by run, hour and place.
        by_interval: prices, by run, interval of the day, and place.
        first: the interval at which the hours begin, as all that follow do.
        over: which intervals are.
        scheduled: where the day-ahead schedule is known.
        opened: written.
        gross: likewise, without signs.
    """
    per_hour = len(over) // places.shape[2]
    for at in range(len(over)):
        hour, interval = at // per_hour, first + at
        for place in range(places.shape[3]):
            late = not (over[at] and not np.isnan(by_interval[RTD, interval, place]))
            early = np.isnan(by_interval[FMM, interval, place])
            opened[at] += places[0, DA, hour, place] * (not scheduled[at])
            opened[at] += places[0, FMM, hour, place] * early
            opened[at] += places[0, RTD, hour, place] * late
            for run in range(places.shape[1]):
                gross[at] += places[1, run, hour, place]
