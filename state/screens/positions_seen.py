"""What the screens read of a market day: what is open in each of its hours."""

from __future__ import annotations

import msgspec

from state.arrays import Matrix
from state.messages import FloatColumn
from state.screens.view import View


class HourAxis(msgspec.Struct, kw_only=True):
    """The hours of a market day: 23, 24 or 25.

    Attributes:
        labels: hour ending as people write it: ``01`` … ``24``, the repeated hour ``02*``.
        starts_ns: start of each hour.
        delivered: True where the hour is over.
        current: index of the running hour, −1 when the day is not today.
    """

    market: str
    time_zone: str
    date: str
    labels: list[str]
    starts_ns: list[int]
    delivered: list[bool]
    current: int


class PositionView(View, kw_only=True, tag="position"):
    """Open position of one market day.

    ``open_mw[row, hour]`` is the mean over the hour's undelivered intervals (over all of them
    once it is delivered); rows are the (book, location) pairs held. Of very many, those at the
    locations with the largest positions have rows of their own, and the others are one row a book
    and hub, at "n others at HUB". ``total_*`` are sums over rows, delivered hours included so that
    they can be shown dimmed.

    Attributes:
        coverage: firm coverage an hour, 1.0 = 100 %; NaN where not applicable or not known.
        unknown: why an hour's figure cannot be trusted, empty where it can.
        oldest_input_ns: receipt time of the oldest input of the day's open hours.
    """

    axis: HourAxis
    books: list[str]
    locations: list[str]
    open_mw: Matrix
    total_open_mw: FloatColumn
    total_open_mwh: FloatColumn
    load_mw: FloatColumn
    coverage: FloatColumn
    unknown: list[str]
    oldest_input_ns: int
