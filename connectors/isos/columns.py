"""From the values of rows to columns: the part of a report that all markets share.

A report is rows of one value each, in any order; a message is columns over names, in one
order. Whatever the order of the rows, the messages are the same.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from connectors.isos.parsed import Parsed, RejectedRow
from connectors.isos.tables import number_in
from connectors.sense import MOST_MW, MOST_USD_PER_MWH
from state.errors import ParseError
from state.messages import EMPTY, AnyMessage, AreaVolume, FloatColumn, PricePublication, Run, Series

MOST_VALUES = 500_000
"""More than any report in use has; what has more does not fit in memory."""


class PriceIssue(NamedTuple):
    """What tells the publications of one price report apart.

    Attributes:
        start_ns: start of the interval.
        issue_ns: orders several issues of one interval, the last of which stands.
        published_ns: when it was published, where the report says so; 0 where it does not.
    """

    start_ns: int
    issue_ns: int = 0
    published_ns: int = 0


@lru_cache(maxsize=10_000)
def issue_at(start_ns: int) -> PriceIssue:
    """Return the only issue of an interval, as one object for all its rows."""
    return PriceIssue(start_ns)


class AreaPublication(NamedTuple):
    """What tells area volumes apart.

    Attributes:
        start_ns: start of the interval.
        series, run: what it is, and its horizon as the market names it.
        seconds: length of the interval.
        issue_ns, published_ns: as of :class:`PriceIssue`.
    """

    start_ns: int
    series: Series
    run: str
    seconds: int
    issue_ns: int = 0
    published_ns: int = 0


Publication = TypeVar("Publication", PriceIssue, AreaPublication)
Cells = Mapping[str, Mapping[str, float]]
"""The values of one publication: column → name → value."""


class Publications(Generic[Publication]):
    """The values of one body, by publication, column and name, in whatever order they come."""

    def __init__(self) -> None:
        self._cells: defaultdict[Publication, defaultdict[str, dict[str, float]]]
        self._cells = defaultdict(lambda: defaultdict(dict))
        self._room = MOST_VALUES
        self._latest: tuple[Publication, defaultdict[str, dict[str, float]]] | None = None

    def put(self, publication: Publication, column: str, name: str, value: float) -> None:
        """Add a value; NaN, an empty cell, adds nothing.

        Raises:
            ParseError: the body has another value for the same place, and none of them is kept;
                or it has more values than any report.
        """
        if math.isnan(value):
            return
        self._room -= 1
        if self._room < 0:
            what = f"the report has more than {MOST_VALUES:,} values"
            raise ParseError(what, remedy="ask for fewer locations or a shorter time")
        # Rows of one publication mostly follow each other; its hash costs more than the rest.
        latest = self._latest
        if latest is None or latest[0] is not publication:
            latest = self._latest = publication, self._cells[publication]
        cells = latest[1][column]
        known = cells.setdefault(name, value)
        if known != value:
            cells[name] = math.nan  # differs from every value that may still come
            what = f"{column} of {name!r} is {value} here and other in the same report"
            raise ParseError(what, remedy="neither is used; ask for the report again")

    def in_order(self) -> Iterator[tuple[Publication, Cells]]:
        """Return the publications in ascending order."""
        for publication in sorted(self._cells):
            yield publication, self._cells[publication]


def put_prices(
    publications: Publications[PriceIssue], issue: PriceIssue, name: str, prices: Mapping[str, str]
) -> None:
    """Add the prices of a location, LMP and components by the message's fields, or none of them.

    Raises:
        ParseError: one of them is no price, or contradicts the same report.
    """
    for field, value in prices_in(prices).items():
        publications.put(issue, field, name, value)


def prices_in(prices: Mapping[str, str]) -> dict[str, float]:
    """Return the prices in cells, by the message's fields.

    Raises:
        ParseError: one of them is no price.
    """
    return {field: number_in(text, field, MOST_USD_PER_MWH) for field, text in prices.items()}


def put_mw(
    publications: Publications[AreaPublication],
    publication: AreaPublication,
    area: str,
    mw: str,
    column: str,
) -> None:
    """Add the MW of an area.

    Raises:
        ParseError: it is no number of MW, or contradicts the same report.
    """
    publications.put(publication, "mw", area, number_in(mw, column, MOST_MW))


class VolumeCell(NamedTuple):
    """A cell of MW: of which publication and area, and the column it stands in."""

    publication: AreaPublication
    area: str
    mw: str
    column: str


def put_row(publications: Publications[AreaPublication], cells: Iterable[VolumeCell]) -> None:
    """Add the MW of a row or, when one of its cells is no number, none of them.

    Raises:
        ParseError: one of them is no number of MW, or contradicts the same report.
    """
    values = [(cell, number_in(cell.mw, cell.column, MOST_MW)) for cell in cells]
    for cell, mw in values:
        publications.put(cell.publication, "mw", cell.area, mw)


def published_names(values: Mapping[str, float]) -> tuple[str, ...]:
    """Return, sorted, the names that have a value."""
    return tuple(sorted(name for name, value in values.items() if not math.isnan(value)))


def column_over(names: tuple[str, ...], values: Mapping[str, float]) -> FloatColumn:
    """Return the values of the names as a read-only column, empty where there is none.

    >>> column_over(("A", "B"), {"B": 2.5}).tolist()
    [nan, 2.5]
    """
    column = np.array([values.get(name, math.nan) for name in names])
    if np.isnan(column).all():
        return EMPTY
    column.flags.writeable = False
    return column


class PriceSeries(NamedTuple):
    """What all prices of a report share: market, run, interval length and the report's name."""

    market: str
    run: Run
    interval_seconds: int
    source: str


def price_publications(
    publications: Publications[PriceIssue],
    series: PriceSeries,
    rejected: list[RejectedRow],
    *,
    received_at_ns: int,
) -> Parsed:
    """Make one message of each interval and issue; a location is in it when its LMP is.

    The columns of the publications are named as the fields of the message.
    """
    messages: list[AnyMessage] = [
        _price_publication(issue, locations, cells, series, received_at_ns=received_at_ns)
        for issue, cells in publications.in_order()
        if (locations := published_names(cells.get("lmp", {})))
    ]
    return Parsed(messages, rejected)


def _price_publication(
    issue: PriceIssue,
    locations: tuple[str, ...],
    cells: Cells,
    series: PriceSeries,
    *,
    received_at_ns: int,
) -> PricePublication:
    def column(name: str) -> FloatColumn:
        return column_over(locations, cells.get(name, {}))

    return PricePublication(
        received_at_ns=received_at_ns,
        market=series.market,
        run=series.run,
        interval_start_ns=issue.start_ns,
        interval_seconds=series.interval_seconds,
        locations=locations,
        lmp=column("lmp"),
        energy=column("energy"),
        congestion=column("congestion"),
        loss=column("loss"),
        ghg=column("ghg"),
        source=series.source,
        published_at_ns=issue.published_ns or None,
    )


def area_volumes(
    publications: Publications[AreaPublication],
    rejected: list[RejectedRow],
    *,
    market: str,
    source: str,
    received_at_ns: int,
) -> Parsed:
    """Make one message of each interval, series, run and issue over its areas."""
    messages: list[AnyMessage] = [
        AreaVolume(
            received_at_ns=received_at_ns,
            market=market,
            series=of.series,
            run=of.run,
            interval_start_ns=of.start_ns,
            interval_seconds=of.seconds,
            areas=areas,
            mw=column_over(areas, cells["mw"]),
            source=source,
            published_at_ns=of.published_ns or None,
        )
        for of, cells in publications.in_order()
        if (areas := published_names(cells["mw"]))
    ]
    return Parsed(messages, rejected)
