"""PJM: the feeds of Data Miner 2 as JSON answers or CSV exports.

Every stamp is there in UTC (without saying so) and in Eastern prevailing time; UTC is used, and
Eastern only where it alone was asked for. Which feed a body is shows in its columns; five-minute
and hourly prices of the same columns are told by their stamps or the name. ``row_is_current`` and
``version_nbr`` tell revisions: rows that another has superseded are left out. The unverified feed
has no energy component.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from itertools import pairwise
from typing import NamedTuple

from connectors.isos.bodies import text_of
from connectors.isos.columns import (
    PriceIssue,
    PriceSeries,
    Publications,
    price_publications,
    prices_in,
)
from connectors.isos.items import Items, json_items, json_names, json_object, member_of
from connectors.isos.local_time import is_repeated, utc_ns_of, wall_in
from connectors.isos.parsed import Feed, Parsed, header_of, unsupported
from connectors.isos.pjm_volumes import read_volumes, volume_feed_of
from connectors.isos.tables import (
    COMPARE,
    Column,
    Table,
    check_interval,
    choice_in,
    name_in,
    optional,
    required,
)
from state.errors import ParseError
from state.messages import AnyMessage, Run
from state.moments import HOUR_NS, SECOND_NS, to_ns

ZONE = "America/New_York"
_UTC, _EPT = optional("datetime_beginning_utc"), optional("datetime_beginning_ept")
_NAME = required("pnode_name")
_CURRENT, _VERSION = optional("row_is_current"), optional("version_nbr")
_LISTED_BUT_NO_PRICE = {
    "itsced_lmp": "five_min_itsced_lmps looks ahead and settles nothing",
    "monitored_facility": "rt_marginal_value holds shadow prices of constraints, not of locations",
    "shadow_price": "rt_marginal_value holds shadow prices of constraints, not of locations",
}


class _Market(NamedTuple):
    """The columns of one market's prices, which a feed has beside or without the other's."""

    run: Run
    suffix: str

    def columns(self) -> tuple[Column, ...]:
        return (
            required(f"total_lmp_{self.suffix}"),
            optional(f"system_energy_price_{self.suffix}"),
            optional(f"congestion_price_{self.suffix}"),
            optional(f"marginal_loss_price_{self.suffix}"),
        )


_MARKETS = (_Market(Run.DA, "da"), _Market(Run.RTD, "rt"))

Opened = Callable[[], Table | Items]
"""Opens the rows of the body from the first one on."""


def parse(body: bytes, *, received_at_ns: int, where: str) -> Parsed:
    """Parse an answer or an export of Data Miner 2.

    Raises:
        NoDataYet: there is no row.
        ParseError: the body is damaged, another feed, or one that only its name could tell.
    """
    text = text_of(body, where=where)
    columns, opened, notes = _opened(text, where=where)
    found = [market for market in _MARKETS if f"total_lmp_{market.suffix}" in columns]
    if found:
        _check_named(columns, where)
        parsed = _parse_prices(found, opened, where=where, received_at_ns=received_at_ns)
    else:
        volumes = volume_feed_of(columns)
        if volumes is None:
            raise _refusal(columns, where)
        parsed = read_volumes(volumes, opened(), moment_of, received_at_ns=received_at_ns)
    return Parsed(parsed.messages, parsed.rejected, (*parsed.notes, *notes))


def _opened(text: str, *, where: str) -> tuple[tuple[str, ...], Opened, tuple[str, ...]]:
    """Return a body's columns, how to read its rows, and what is to be said of it."""
    if text.lstrip()[:1] != "{":
        table = Table(text, where=where)
        return table.header, lambda: table, ()
    members = json_object(text, "items", "totalRows", where=where)
    if "items" not in members:
        raise unsupported(FEED, f"JSON that begins {text[:60]!r}", where=where)
    items = member_of(members, "items", where=where)
    total = member_of(members, "totalRows", where=where)
    columns, count = json_names(items, where=where)
    more = total.isdigit() and total.isascii() and int(total[:12]) > count
    notes = (f"{count} of {total} rows: this answer is one page",) if more else ()
    return columns, lambda: json_items(items, where=where), notes


def page_of(body: bytes, *, where: str) -> tuple[int, int]:
    """Return how many rows an answer has, and how many there are in all.

    Raises:
        NoDataYet: it has none.
        ParseError: the body is no answer.
    """
    members = json_object(text_of(body, where=where), "items", "totalRows", where=where)
    _, count = json_names(member_of(members, "items", where=where), where=where)
    total = member_of(members, "totalRows", where=where)
    return count, int(total[:12]) if total.isdigit() and total.isascii() else count


def _check_named(columns: tuple[str, ...], where: str) -> None:
    if "pnode_name" not in columns:
        what = "column pnode_name is missing, without which no price has a place"
        raise ParseError(what, where=where, remedy="name it among the fields you ask for")


def _refusal(columns: tuple[str, ...], where: str) -> ParseError:
    for column, reason in _LISTED_BUT_NO_PRICE.items():
        if column in columns:
            return ParseError(reason, where=where, remedy=f"give one of {', '.join(FEED.reports)}")
    return unsupported(FEED, header_of(columns), where=where)


def moment_of(utc: str, ept: str, column: str) -> int:
    """Return the moment of two cells, of which the Eastern one counts where the other is empty.

    Raises:
        ParseError: neither is a time, or Eastern time alone does not tell which of two hours.
    """
    if utc:
        return to_ns(wall_in(utc.removesuffix("Z"), f"{column}_utc").replace(tzinfo=UTC))
    wall = wall_in(ept, f"{column}_ept")
    if is_repeated(wall, ZONE):
        what = f"{column}_ept is {ept[:40]!r}, which the clock shows twice that day"
        raise ParseError(what, remedy=f"ask for {column}_utc too")
    return utc_ns_of(wall, ZONE)


def _parse_prices(
    markets: list[_Market], opened: Opened, *, where: str, received_at_ns: int
) -> Parsed:
    seconds = _seconds_of(markets, opened(), where)
    found = [(market, Publications[PriceIssue]()) for market in markets]
    superseded = 0

    def take(utc: str, ept: str, name: str, current: str, version: str, *cells: str) -> None:
        nonlocal superseded
        if current and choice_in(current.lower(), "row_is_current", ("true", "false")) == "false":
            superseded += 1
            return
        start_ns = moment_of(utc, ept, "datetime_beginning")
        check_interval(start_ns, start_ns + seconds * SECOND_NS, seconds)
        location, issue = name_in(name, "pnode_name"), PriceIssue(start_ns, _version_in(version))
        fields = ("lmp", "energy", "congestion", "loss")
        prices = [  # of both markets, before the first of them is put
            prices_in(dict(zip(fields, cells[4 * at : 4 * at + 4], strict=True)))
            for at in range(len(found))
        ]
        for (_, publications), of_market in zip(found, prices, strict=True):
            for field, price in of_market.items():
                publications.put(issue, field, location, price)

    columns = [_UTC, _EPT, _NAME, _CURRENT, _VERSION]
    columns += [column for market in markets for column in market.columns()]
    rejected = opened().read_columns(columns, take)
    messages: list[AnyMessage] = []
    for market, publications in found:
        series = PriceSeries("pjm", market.run, seconds, _source_of(market, seconds))
        parsed = price_publications(publications, series, rejected, received_at_ns=received_at_ns)
        messages += parsed.messages
    notes = (f"{superseded} rows superseded by a later version are left out",)
    return Parsed(messages, rejected, notes if superseded else ())


def _version_in(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) <= 6):  # noqa: PLR2004
        what = f"version_nbr is {text[:40]!r}, no number of a version"
        raise ParseError(what, remedy=COMPARE)
    return int(text or 0)


def _source_of(market: _Market, seconds: int) -> str:
    return f"{market.suffix} {'hourly' if seconds == 3600 else 'five-minute'} LMP"  # noqa: PLR2004


def _seconds_of(markets: list[_Market], rows: Table | Items, where: str) -> int:
    """Tell five-minute from hourly real-time prices by the name, or by most of the stamps."""
    if any(market.run is Run.DA for market in markets):
        return 3600
    lowered = where.lower()
    if "fivemin" in lowered or "five_min" in lowered:
        return 300
    if "rt_hrl" in lowered:
        return 3600
    stamps: dict[int, int] = {}

    def count(utc: str, ept: str) -> None:
        at_ns = moment_of(utc, ept, "datetime_beginning")
        stamps[at_ns] = stamps.get(at_ns, 0) + 1

    rows.read_columns((_UTC, _EPT), count)
    off_hour = sum(rows for at_ns, rows in stamps.items() if at_ns % HOUR_NS)
    if off_hour * 2 > sum(stamps.values()):
        return 300
    gaps = [later - earlier for earlier, later in pairwise(sorted(stamps))]
    if gaps and min(gaps) < HOUR_NS:
        return 300
    if gaps:
        return 3600
    what = "one interval on the hour does not tell five-minute from hourly prices"
    raise ParseError(what, where=where, remedy="keep the feed's name, as in rt_hrl_lmps.json")


FEED = Feed(
    name="pjm",
    reports=(
        "rt_unverified_fivemin_lmps",
        "rt_fivemin_hrl_lmps",
        "rt_fivemin_mnt_lmps",
        "rt_hrl_lmps",
        "da_hrl_lmps",
        "rt_da_monthly_lmps",
        "inst_load",
        "very_short_load_frcst",
        "load_frcstd_7_day",
        "gen_by_fuel",
    ),
    parse=parse,
    time_zone=ZONE,
)
"""PJM's place in the registry."""
