"""CAISO: PRC_CORR_GRP, which says of what hours prices were corrected, and not to what.

The report holds no price: the prices it names are read again, and come as revisions. A report
without corrections has one placeholder row that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from connectors.isos.bodies import text_of
from connectors.isos.local_time import date_in, hour_start_ns, is_repeated, utc_ns_of
from connectors.isos.parsed import Again, Parsed, RejectedRow
from connectors.isos.tables import COMPARE, Table, choice_in, name_in, optional, required
from state.errors import NoDataYet, ParseError
from state.messages import Run
from state.moments import HOUR_NS

_MARKETS = ("DAM", "HASP", "RTM", "RTPD", "RTD", "FMM", "RTUC", "RUC")
_NONE = "No records found"
_RUNS = dict.fromkeys(_MARKETS, Run.FMM) | {
    "DAM": Run.DA, "RUC": Run.DA, "RTM": Run.RTD, "RTD": Run.RTD,
}  # fmt: skip
"""Which prices a market's corrections are about; an hour-ahead price comes with the FMM's."""
_STEPS_NS = {Run.RTD: HOUR_NS // 12, Run.FMM: HOUR_NS // 4}
_ZONE = "America/Los_Angeles"
_REPEATED = 2
"""The hour ending that the clock shows twice."""
_COLUMNS = (
    required("CORRECTION_REASON"),
    required("TRADE_DATE"),
    required("HOUR_ENDING"),
    optional("INTERVAL"),
    required("MARKET"),
    optional("AFFECTED_AREA"),
)
_MOST_HOUR = 25
_MOST_INTERVAL = 12


class Correction(NamedTuple):
    """Prices that were corrected, to be read again.

    Attributes:
        trade_date: market-local.
        hour_ending: 1 to 25, 25 being the repeated hour; 0 for the whole day.
        interval: 1 to 12 within the hour; 0 for all of it.
        market: as CAISO names it.
        area: whose prices; empty where it is not said.
        reason: as published.
    """

    trade_date: date
    hour_ending: int
    interval: int
    market: str
    area: str
    reason: str


def is_correction_report(header: tuple[str, ...]) -> bool:
    """Say whether a report of these columns announces corrections."""
    return all(set(column.names) & set(header) for column in _COLUMNS if column.required)


def corrections_in(table: Table) -> tuple[list[Correction], list[RejectedRow]]:
    """Return what was corrected, in order, and the rows that could not be read.

    Raises:
        NoDataYet: nothing was corrected.
        ParseError: the report has more rows than any.
    """
    found: set[Correction] = set()
    nothing = 0

    def take(reason: str, day: str, hour: str, interval: str, market: str, area: str) -> None:
        nonlocal nothing
        if reason.startswith(_NONE):
            nothing += 1
            return
        found.add(
            Correction(
                trade_date=date_in(day[:10], "TRADE_DATE"),
                hour_ending=_whole(hour, "HOUR_ENDING", _MOST_HOUR),
                interval=_whole(interval, "INTERVAL", _MOST_INTERVAL),
                market=choice_in(market, "MARKET", _MARKETS),
                area=name_in(area, "AFFECTED_AREA") if area else "",
                reason=name_in(reason[:100].strip(), "CORRECTION_REASON") if reason else "",
            )
        )

    rejected = table.read_columns(_COLUMNS, take)
    if nothing and not found and not rejected:
        what = "no price was corrected"
        raise NoDataYet(what, where=table.where, remedy="nothing is to be read again")
    return sorted(found), rejected


def read_corrections(table: Table) -> Parsed:
    """Say what was corrected; no message comes of it before the prices are read again.

    Raises:
        NoDataYet: nothing was corrected.
        ParseError: the report has more rows than any.
    """
    corrections, rejected = corrections_in(table)
    notes = [
        f"corrected: {item.market} {item.trade_date} "
        f"{f'hour ending {item.hour_ending}' if item.hour_ending else 'all hours'}"
        f"{f' interval {item.interval}' if item.interval else ''}"
        f"{f' of {item.area}' if item.area else ''}; read it again"
        for item in corrections
    ]
    return Parsed([], rejected, tuple(notes))


def announced(body: bytes, where: str) -> Sequence[Again]:
    """Return what a body says is to be read again; nothing where it is no such report.

    Args:
        body: that can be parsed.
        where: what to call it in errors.
    """
    table = Table(text_of(body, where=where), where=where)
    if not is_correction_report(table.header):
        return ()
    corrections, _ = corrections_in(table)
    return tuple(dict.fromkeys(map(_again, corrections)))


def _again(correction: Correction) -> Again:
    """Return where a correction lies: an interval, an hour, or the day where no hour is told."""
    run = _RUNS[correction.market]
    day, hour = correction.trade_date, correction.hour_ending
    is_second = hour == _MOST_HOUR
    if not hour or (is_second and not is_repeated(datetime.combine(day, time(1)), _ZONE)):
        midnights = (datetime.combine(one, time()) for one in (day, day + timedelta(days=1)))
        first_ns, last_ns = (utc_ns_of(one, _ZONE) for one in midnights)
        return Again(run, first_ns, last_ns, correction.reason)
    first_ns = hour_start_ns(day, _REPEATED if is_second else hour, _ZONE, repeated=is_second)
    last_ns, step_ns = first_ns + HOUR_NS, _STEPS_NS.get(run, HOUR_NS)
    within_ns = (correction.interval - 1) * step_ns
    if correction.interval and within_ns < HOUR_NS:
        first_ns, last_ns = first_ns + within_ns, first_ns + within_ns + step_ns
    return Again(run, first_ns, last_ns, correction.reason)


def _whole(text: str, column: str, most: int) -> int:
    if not text:
        return 0
    if text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= most:  # noqa: PLR2004
        return int(text)
    what = f"{column} is {text[:40]!r}, no number up to {most}"
    raise ParseError(what, remedy=COMPARE)
