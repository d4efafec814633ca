"""CAISO: the reports of OASIS, as SingleZip answers or as bare CSV files.

One price is four or five rows (one an ``LMP_TYPE``), unsorted; the value's column has another name
in each report. Only ``INTERVALSTARTTIME_GMT`` tells when: ``OPR_HR`` is 25 in the repeated hour,
which lies between hours 2 and 3. The stamp in a member's name is the moment of the download,
not of the publication, so it is not used: the same report polled twice is one fact.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from connectors.isos.bodies import text_of
from connectors.isos.caiso_corrections import is_correction_report, read_corrections
from connectors.isos.caiso_outlook import outlook_of
from connectors.isos.columns import (
    AreaPublication,
    PriceIssue,
    PriceSeries,
    Publications,
    area_volumes,
    issue_at,
    price_publications,
)
from connectors.isos.parsed import Feed, Parsed, header_of, unsupported
from connectors.isos.tables import (
    Row,
    RowReader,
    Table,
    check_interval,
    choice_in,
    name_in,
    number_in,
    utc_ns_in,
)
from connectors.sense import MOST_MW, MOST_USD_PER_MWH
from state.errors import ParseError
from state.messages import Run, Series
from state.moments import SECOND_NS

_START, _END = "INTERVALSTARTTIME_GMT", "INTERVALENDTIME_GMT"
_LMP_TYPES = {
    "LMP": "lmp",
    "MCE": "energy",
    "MCC": "congestion",
    "MCL": "loss",
    "MGHG": "ghg",
}
_AREA_SECONDS = (300, 900, 3600)
_HORIZONS = ("DAM", "2DA", "7DA", "HASP", "RTPD", "RTD", "RTM", "ACTUAL")
_OTHER_REPORTS = {
    "SLRS_TYPE": "ENE_SLRS",
    "PNODE_ID": "ATL_PNODE_MAP",
    "SUMMARY_CAT": "ENE_CB_MKT_SUM",
    "ANC_TYPE": "an ancillary service report",
    "FUEL_REGION_ID": "PRC_FUEL",
}


class _Report(Protocol):
    """A report this module reads."""

    def read(self, table: Table, received_at_ns: int) -> Parsed: ...


class PriceReport(NamedTuple):
    """An LMP report.

    Attributes:
        series: what its prices are.
        market_run: its MARKET_RUN_ID.
        value_column: the column that holds the $/MWh.
    """

    series: PriceSeries
    market_run: str
    value_column: str

    def read(self, table: Table, received_at_ns: int) -> Parsed:
        """Gather the rows of each interval into one publication."""
        publications = Publications[PriceIssue]()
        rejected = table.read(self._row_reader(table, publications))
        return price_publications(
            publications, self.series, rejected, received_at_ns=received_at_ns
        )

    def _row_reader(self, table: Table, publications: Publications[PriceIssue]) -> RowReader:
        start, end, node, run, lmp_type, value = map(
            table.position, (_START, _END, "NODE", "MARKET_RUN_ID", "LMP_TYPE", self.value_column)
        )

        def read_row(row: Row) -> None:
            start_ns = utc_ns_in(row[start], _START)
            check_interval(start_ns, utc_ns_in(row[end], _END), self.series.interval_seconds)
            choice_in(row[run], "MARKET_RUN_ID", (self.market_run,))
            choice_in(row[lmp_type], "LMP_TYPE", tuple(_LMP_TYPES))
            price = number_in(row[value], self.value_column, MOST_USD_PER_MWH)
            name, issue = name_in(row[node], "NODE"), issue_at(start_ns)
            publications.put(issue, _LMP_TYPES[row[lmp_type]], name, price)

        return read_row


class AreaReport(NamedTuple):
    """A report of load, wind or solar by area.

    Attributes:
        name: its OASIS query name.
        area_column: the column that names the area.
        kind_column: a column that only this report has; for renewables it holds the series.
    """

    name: str
    area_column: str
    kind_column: str

    def read(self, table: Table, received_at_ns: int) -> Parsed:
        """Gather the rows of each interval, series and run into one message."""
        publications = Publications[AreaPublication]()
        rejected = table.read(self._row_reader(table, publications))
        return area_volumes(
            publications,
            rejected,
            market=FEED.name,
            source=f"OASIS {self.name}",
            received_at_ns=received_at_ns,
        )

    def _row_reader(self, table: Table, publications: Publications[AreaPublication]) -> RowReader:
        start, end, area, run, kind, value = map(
            table.position,
            (_START, _END, self.area_column, "MARKET_RUN_ID", self.kind_column, "MW"),
        )

        def read_row(row: Row) -> None:
            start_ns = utc_ns_in(row[start], _START)
            seconds = _area_seconds(start_ns, utc_ns_in(row[end], _END))
            choice_in(row[run], "MARKET_RUN_ID", _HORIZONS)
            series, horizon = self._series(row[kind]), _horizon(row[run], seconds)
            mw = number_in(row[value], "MW", MOST_MW)
            area_name = name_in(row[area], self.area_column)
            of = AreaPublication(start_ns, series, horizon, seconds)
            publications.put(of, "mw", area_name, mw)

        return read_row

    def _series(self, kind: str) -> Series:
        if self.kind_column != "RENEWABLE_TYPE":
            return Series.LOAD
        return Series(choice_in(kind, self.kind_column, ("Solar", "Wind")).lower())


_DAY_AHEAD = PriceSeries("caiso", Run.DA, 3600, "OASIS PRC_LMP")
_FIFTEEN_MINUTE = PriceSeries("caiso", Run.FMM, 900, "OASIS PRC_RTPD_LMP")
_FIVE_MINUTE = PriceSeries("caiso", Run.RTD, 300, "OASIS PRC_INTVL_LMP")
_PRICES = (
    PriceReport(_DAY_AHEAD, market_run="DAM", value_column="MW"),
    PriceReport(_FIFTEEN_MINUTE, market_run="RTPD", value_column="PRC"),
    PriceReport(_FIVE_MINUTE, market_run="RTM", value_column="VALUE"),
)
_AREAS = (
    AreaReport("SLD_FCST", "TAC_AREA_NAME", "LOAD_TYPE"),
    AreaReport("SLD_REN_FCST", "TRADING_HUB", "RENEWABLE_TYPE"),
)


def parse(body: bytes, *, received_at_ns: int, where: str) -> Parsed:
    """Parse an OASIS answer; the report is recognised by its content.

    Raises:
        NoDataYet: OASIS says there is no data, or the report has no rows.
        ParseError: the body is damaged, an error, or another report.
    """
    table = Table(text_of(body, where=where), where=where)
    if is_correction_report(table.header):
        return read_corrections(table)
    outlook = outlook_of(table)
    if outlook is not None:
        return outlook(table, received_at_ns)
    return _report_of(table).read(table, received_at_ns)


def _report_of(table: Table) -> _Report:
    columns = set(table.header)
    if {_START, _END, "MARKET_RUN_ID"} <= columns:
        for area_report in _AREAS:
            if {area_report.area_column, area_report.kind_column, "MW"} <= columns:
                return area_report
        if {"NODE", "LMP_TYPE"} <= columns:
            return _price_report_of(table)
    raise _unsupported(table, _looks_like(table))


def _price_report_of(table: Table) -> _Report:
    """Tell the LMP reports apart by the value's column, and that by the run of the rows."""
    candidates = [report for report in _PRICES if report.value_column in table.header]
    position = table.position("MARKET_RUN_ID")
    runs = {row[position] for row in table.rows() if len(row) > position}
    for report in candidates:
        if not runs or report.market_run in runs:
            return report
    values = ", ".join(report.value_column for report in candidates) or "no value's column"
    raise _unsupported(table, f"LMP of run {', '.join(sorted(runs))[:60]} with {values}")


def _looks_like(table: Table) -> str:
    for column, name in _OTHER_REPORTS.items():
        if column in table.header:
            return name
    return header_of(table.header)


def _unsupported(table: Table, looks_like: str) -> ParseError:
    return unsupported(FEED, looks_like, where=table.where)


def _area_seconds(start_ns: int, end_ns: int) -> int:
    """Return an interval's length, which differs by run, once it is known to be a good one."""
    seconds = (end_ns - start_ns) // SECOND_NS
    expected = seconds if seconds in _AREA_SECONDS else _AREA_SECONDS[-1]
    check_interval(start_ns, end_ns, expected)
    return seconds


def _horizon(market_run: str, seconds: int) -> str:
    """Name the run; one RTM answer holds forecasts of RTD and of RTPD for the same starts."""
    return (
        "RTPD"
        if market_run == "RTM" and seconds == _FIFTEEN_MINUTE.interval_seconds
        else market_run
    )


FEED = Feed(
    name="caiso",
    reports=(
        "PRC_LMP (DAM)",
        "PRC_RTPD_LMP",
        "PRC_INTVL_LMP",
        "SLD_FCST",
        "SLD_REN_FCST",
        "PRC_CORR_GRP",
        "demand and fuelsource of Today's Outlook",
    ),
    parse=parse,
    time_zone="America/Los_Angeles",
)
"""CAISO's place in the registry."""
