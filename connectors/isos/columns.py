"""From the values of rows to columns: the part of a report that all markets share.

A report is rows of one value each, in any order; a message is columns over names, in one
order. Whatever the order of the rows, the messages are the same.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from state.errors import ParseError
from state.messages import EMPTY, FloatColumn, PricePublication, Run

AreaPublication = tuple[int, str, str, int]
"""What tells area volumes apart: interval start in ns, series, run, interval length in s."""
Publication = TypeVar("Publication", int, AreaPublication)
Cells = Mapping[str, Mapping[str, float]]
"""The values of one publication: column → name → value."""


class Publications(Generic[Publication]):
    """The values of one body, by publication, column and name, in whatever order they come."""

    def __init__(self) -> None:
        self._cells: defaultdict[Publication, defaultdict[str, dict[str, float]]]
        self._cells = defaultdict(lambda: defaultdict(dict))

    def put(self, publication: Publication, column: str, name: str, value: float) -> None:
        """Add a value; NaN, an empty cell, adds nothing.

        Raises:
            ParseError: the body has another value for the same place; none of them is kept.
        """
        if math.isnan(value):
            return
        cells = self._cells[publication][column]
        known = cells.setdefault(name, value)
        if known != value:
            cells[name] = math.nan  # differs from every value that may still come
            what = f"{column} of {name!r} is {value} here and other in the same report"
            raise ParseError(what, remedy="neither is used; ask for the report again")

    def in_order(self) -> Iterator[tuple[Publication, Cells]]:
        """Return the publications in ascending order."""
        for publication in sorted(self._cells):
            yield publication, self._cells[publication]


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
    publications: Publications[int], series: PriceSeries, *, received_at_ns: int
) -> list[PricePublication]:
    """Make one message of each interval start; a location is in it when its LMP is.

    The columns of the publications are named as the fields of the message.
    """
    return [
        _price_publication(start_ns, locations, cells, series, received_at_ns=received_at_ns)
        for start_ns, cells in publications.in_order()
        if (locations := published_names(cells.get("lmp", {})))
    ]


def _price_publication(
    start_ns: int,
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
        interval_start_ns=start_ns,
        interval_seconds=series.interval_seconds,
        locations=locations,
        lmp=column("lmp"),
        energy=column("energy"),
        congestion=column("congestion"),
        loss=column("loss"),
        ghg=column("ghg"),
        source=series.source,
    )
