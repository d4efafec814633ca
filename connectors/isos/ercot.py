"""ERCOT: settlement point prices and LMP of MIS documents; volumes are in ``ercot_volumes``.

Stamps are local Central time: the hour ending and, within it, the 15-minute interval 1 to 4; a flag
says ``Y`` in the second of the two hours that end at 2 on the day of 25 hours. Columns have had
two generations since 2026-08-27: LMP became CappedLMP beside UncappedLMP. A load zone's name stands
for two prices, plain and energy weighted, so the key of the latter holds its type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from connectors.isos.bodies import text_of
from connectors.isos.columns import (
    PriceIssue,
    PriceSeries,
    Publications,
    price_publications,
    put_prices,
)
from connectors.isos.ercot_documents import LIST_MEMBER, is_document_list, summary_of
from connectors.isos.ercot_volumes import (
    DASHBOARD_MEMBERS,
    ZONE,
    dashboard_volumes,
    is_dashboard,
    volume_report_of,
)
from connectors.isos.items import json_object
from connectors.isos.local_time import date_in, hour_ending_in, hour_start_ns, utc_ns_of, wall_in
from connectors.isos.parsed import Feed, Parsed, header_of, unsupported
from connectors.isos.tables import (
    Column,
    Table,
    TakeCells,
    choice_in,
    located,
    name_in,
    optional,
    required,
)
from state.messages import Run
from state.moments import SECOND_NS

_QUARTER_NS = 900 * SECOND_NS
_FIVE_MINUTES_NS = 300 * SECOND_NS
_QUARTERS = ("1", "2", "3", "4")
_WEIGHTED = "EW"

_FLAG = required("DSTFlag", "RepeatedHourFlag")
_POINT = required("SettlementPointName", "SettlementPoint", "ElectricalBus")
_TYPE = optional("SettlementPointType")
_CORRECTED_AT = optional("PriceCorrectionTime")


class PriceForm(NamedTuple):
    """A price report.

    Attributes:
        series: what its prices are.
        when: the columns that tell the interval.
        interval: from their cells to the interval's start, and when it was struck or 0.
        price: the columns that may hold the $/MWh; the last generation first.
    """

    series: PriceSeries
    when: tuple[Column, ...]
    interval: Callable[..., tuple[int, int]]
    price: Column

    def fits(self, header: tuple[str, ...]) -> bool:
        """Say whether a report of these columns is this one."""
        return all(
            any(name in header for name in column.names)
            for column in (*self.when, self.price, _POINT)
        )

    def read(self, table: Table, received_at_ns: int) -> Parsed:
        """Gather the rows of each interval into one publication."""
        publications = Publications[PriceIssue]()
        columns = (_POINT, _TYPE, self.price, _CORRECTED_AT, _FLAG, *self.when)
        rejected = table.read_columns(columns, self._taker(publications))
        return price_publications(
            publications, self.series, rejected, received_at_ns=received_at_ns
        )

    def _taker(self, publications: Publications[PriceIssue]) -> TakeCells:
        def take(point: str, kind: str, price: str, corrected: str, flag: str, *when: str) -> None:
            repeated = choice_in(flag.strip(), "DSTFlag", ("N", "Y")) == "Y"
            start_ns, issue_ns = self.interval(*when, repeated=repeated)
            published_ns = _published_ns(corrected)
            issue = PriceIssue(start_ns, issue_ns or published_ns, published_ns)
            put_prices(publications, issue, location_of(point, kind), {"lmp": price})

        return take


def location_of(point: str, kind: str) -> str:
    """Return a settlement point's name in the key: with its type where two share the name.

    >>> location_of("LZ_HOUSTON", "LZ"), location_of("LZ_HOUSTON", "LZEW")
    ('LZ_HOUSTON', 'LZ_HOUSTON/LZEW')
    """
    name = name_in(point, "SettlementPointName")
    return f"{name}/{name_in(kind, 'SettlementPointType')}" if kind.endswith(_WEIGHTED) else name


def _published_ns(text: str) -> int:
    return utc_ns_of(wall_in(text, "PriceCorrectionTime"), ZONE) if text else 0


def _hour(day: str, hour: str, *, repeated: bool) -> tuple[int, int]:
    of_day, ending = date_in(day, "DeliveryDate"), hour_ending_in(hour, "HourEnding")
    return hour_start_ns(of_day, ending, ZONE, repeated=repeated), 0


def _quarter(day: str, hour: str, quarter: str, *, repeated: bool) -> tuple[int, int]:
    start_ns, _ = _hour(day, hour, repeated=repeated)
    number = _QUARTERS.index(choice_in(quarter, "DeliveryInterval", _QUARTERS))
    return start_ns + number * _QUARTER_NS, 0


def _dispatch(stamp: str, *, repeated: bool) -> tuple[int, int]:
    """Return the 5 minutes in which a dispatch ran, and when; a second run comes later."""
    at_ns = utc_ns_of(wall_in(stamp, "SCEDTimestamp"), ZONE, repeated=repeated)
    return at_ns - at_ns % _FIVE_MINUTES_NS, at_ns


_DATE = required("DeliveryDate")
_STAMP = required("SCEDTimestamp", "SCEDTimeStamp")
_LMP = required("CappedLMPCorrected", "LMPCorrected", "CappedLMP", "LMP")
_SPP = required("SPPCorrected", "SettlementPointPrice")
_FIFTEEN_MINUTE = PriceForm(
    PriceSeries("ercot", Run.RTD, 900, "NP6-905-CD RTM SPP"),
    (_DATE, required("DeliveryHour"), required("DeliveryInterval")),
    _quarter,
    _SPP,
)
_DAY_AHEAD = PriceForm(
    PriceSeries("ercot", Run.DA, 3600, "NP4-190-CD DAM SPP"),
    (_DATE, required("HourEnding", "DeliveryHour")),
    _hour,
    _SPP,
)
_FIVE_MINUTE = PriceForm(
    PriceSeries("ercot", Run.RTD, 300, "NP6-788-CD SCED LMP"), (_STAMP,), _dispatch, _LMP
)
_FORMS = (_FIFTEEN_MINUTE, _DAY_AHEAD, _FIVE_MINUTE)


def parse(body: bytes, *, received_at_ns: int, where: str) -> Parsed:
    """Parse a MIS document, a list of them, or an answer of the dashboards.

    Raises:
        NoDataYet: the report has no rows.
        ParseError: the body is damaged, or another report.
    """
    text = text_of(body, where=where)
    if text.lstrip()[:1] == "{":
        with located(where):
            return _parse_json(text, received_at_ns=received_at_ns, where=where)
    table = Table(text, where=where)
    for form in _FORMS:
        if form.fits(table.header):
            return form.read(table, received_at_ns)
    volumes = volume_report_of(table.header)
    if volumes:
        return volumes.read(table, received_at_ns)
    raise unsupported(FEED, _looks_like(table.header), where=where)


def _parse_json(text: str, *, received_at_ns: int, where: str) -> Parsed:
    members = json_object(text, *DASHBOARD_MEMBERS, LIST_MEMBER, where=where)
    if is_document_list(members):
        return Parsed([], [], summary_of(members, where=where))
    if is_dashboard(members):
        return dashboard_volumes(members, received_at_ns=received_at_ns, where=where)
    raise unsupported(FEED, f"JSON that begins {text[:60]!r}", where=where)


def _looks_like(header: tuple[str, ...]) -> str:
    if "MCPC" in header or "CappedMCPC" in header:
        return "prices of ancillary services"
    if "SystemLambda" in header or "CappedSystemLambda" in header:
        return "the system lambda"
    return header_of(header)


FEED = Feed(
    name="ercot",
    reports=(
        "NP6-905-CD (RTM SPP)",
        "NP4-190-CD (DAM SPP)",
        "NP6-788-CD and NP6-787-CD (SCED LMP)",
        "price corrections",
        "load and its forecasts by zone",
        "NP6-235-CD (system-wide demand)",
        "wind and solar",
        "the dashboards system-wide-demand and fuel-mix",
        "a list of MIS documents",
    ),
    parse=parse,
    time_zone=ZONE,
)
"""ERCOT's place in the registry."""
