"""PJM: load, its forecasts, and generation by fuel."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from connectors.isos.columns import AreaPublication, Publications, area_volumes, put_mw
from connectors.isos.items import Items
from connectors.isos.parsed import Parsed
from connectors.isos.tables import Column, Table, check_interval, name_in, optional, required
from state.messages import Series
from state.moments import SECOND_NS

MomentOf = Callable[[str, str, str], int]
"""From a UTC and an Eastern cell, and their column, to ns since 1970."""

_FUELS = {"Wind": Series.WIND, "Solar": Series.SOLAR}
_ALL = "RTO"


class VolumeFeed(NamedTuple):
    """A feed of MW.

    Attributes:
        name: as Data Miner calls it.
        run: its horizon.
        seconds: length of its intervals.
        start: its interval's columns, without their ``_utc`` and ``_ept``.
        made: the columns that say when it was made, likewise; empty where there are none.
        place: the column that names the area, or the fuel.
        value: the column of the MW.
    """

    name: str
    run: str
    seconds: int
    start: str
    made: str
    place: str
    value: str


_AT = "datetime_beginning"
_FORECAST_AT = "forecast_datetime_beginning"
_FEEDS = (
    VolumeFeed("inst_load", "ACTUAL", 300, _AT, "", "area", "instantaneous_load"),
    VolumeFeed(
        "load_frcstd_7_day", "7DA", 3600, _FORECAST_AT, "evaluated_at_datetime",
        "forecast_area", "forecast_load_mw",
    ),
    VolumeFeed(
        "very_short_load_frcst", "VSTLF", 300, _FORECAST_AT, "evaluated_at",
        "forecast_area", "forecast_load_mw",
    ),
    VolumeFeed("gen_by_fuel", "ACTUAL", 3600, _AT, "", "fuel_type", "mw"),
)  # fmt: skip


def volume_feed_of(columns: tuple[str, ...]) -> VolumeFeed | None:
    """Return the feed that has these columns, None where it is none of these."""
    for feed in _FEEDS:
        times = [feed.start, *([feed.made] if feed.made else [])]
        timed = all(f"{name}_utc" in columns or f"{name}_ept" in columns for name in times)
        if timed and {feed.place, feed.value} <= set(columns):
            return feed
    return None


def read_volumes(
    feed: VolumeFeed, rows: Table | Items, moment_of: MomentOf, *, received_at_ns: int
) -> Parsed:
    """Gather the rows of each interval and issue into one message.

    Raises:
        NoDataYet: there is no row.
        ParseError: there are more rows than a feed gives.
    """
    publications = Publications[AreaPublication]()

    def take(utc: str, ept: str, made_utc: str, made_ept: str, place: str, mw: str) -> None:
        at_ns = moment_of(utc, ept, feed.start)
        made_ns = moment_of(made_utc, made_ept, feed.made) if feed.made else 0
        length_ns = feed.seconds * SECOND_NS
        # Readings of the load lie seconds off the grid.
        issue_ns = at_ns if feed.name == "inst_load" else made_ns
        start_ns = at_ns // length_ns * length_ns if feed.name == "inst_load" else at_ns
        check_interval(start_ns, start_ns + length_ns, feed.seconds)
        area, series = name_in(place, feed.place), Series.LOAD
        if feed.place == "fuel_type":
            if area not in _FUELS:
                return
            series, area = _FUELS[area], _ALL
        of = AreaPublication(start_ns, series, feed.run, feed.seconds, issue_ns, made_ns)
        put_mw(publications, of, area, mw, feed.value)

    rejected = rows.read_columns(_columns_of(feed), take)
    return area_volumes(
        publications, rejected, market="pjm", source=feed.name, received_at_ns=received_at_ns
    )


def _columns_of(feed: VolumeFeed) -> list[Column]:
    made = feed.made or "none"
    times = [f"{name}_{zone}" for name in (feed.start, made) for zone in ("utc", "ept")]
    return [*(optional(name) for name in times), required(feed.place), required(feed.value)]
