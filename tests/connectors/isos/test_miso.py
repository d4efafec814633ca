"""MISO answers and market reports into messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from connectors.isos import MARKETS, Parsed
from state.errors import NoDataYet, ParseError
from state.messages import Run, Series
from state.moments import HOUR_NS, to_ns
from tests.connectors.isos.written import miso_report

DAY = [float(hour) for hour in range(24)]
NODE = {"LMP": DAY, "MCC": [1.0] * 24, "MLC": [-1.0] * 24}


def parse(body: bytes) -> Parsed:
    return MARKETS["miso"].parse(body, received_at_ns=5, where="body")


def utc(*parts: int) -> int:
    return to_ns(datetime(*parts, tzinfo=UTC))


def starts(parsed: Parsed) -> list[int]:
    return [message.interval_start_ns for message in parsed.messages]


@pytest.mark.parametrize(
    ("title", "run"),
    [
        ("Day Ahead Market ExPost LMPs", Run.DA),
        ("Day Ahead Market ExAnte LMPs", Run.DA),
        ("Real Time Market LMPs", Run.RTD),
    ],
)
@pytest.mark.parametrize("day", ["08/14/2026", "03/08/2026", "11/01/2026"])
def test_a_report_has_24_hours_of_eastern_standard_time_on_every_day(
    day: str, title: str, run: Run
):
    parsed = parse(miso_report(day, {"B.HUB": NODE, "A.HUB": NODE}, title=title))
    assert parsed.rejected == []
    assert {(m.run, m.interval_seconds, m.locations) for m in parsed.messages} == {
        (run, 3600, ("A.HUB", "B.HUB"))
    }
    month, date, year = map(int, day.split("/"))
    assert starts(parsed) == [utc(year, month, date, 5) + hour * HOUR_NS for hour in range(24)]
    assert [message.lmp.tolist()[0] for message in parsed.messages] == DAY
    assert parsed.messages[0].congestion.tolist() == [1, 1]
    assert parsed.messages[0].energy.size == 0


def test_a_bad_hour_costs_the_component_of_its_node():
    bad = NODE | {"LMP": [*DAY[:5], "x", *DAY[6:]]}
    parsed = parse(miso_report("08/14/2026", {"A.HUB": NODE, "B.HUB": bad}))
    assert "HE 6 is 'x'" in parsed.rejected[0].reason
    assert {message.locations for message in parsed.messages} == {("A.HUB",)}


@pytest.mark.parametrize("old", [b"Day Ahead Market ExPost LMPs", b"08/14/2026", b"Node,Type"])
def test_a_report_without_title_day_or_header_is_refused(old: bytes):
    body = miso_report("08/14/2026", {"A.HUB": NODE}).replace(old, b"x")
    with pytest.raises(ParseError, match="report not supported"):
        parse(body)


def test_a_report_that_is_not_there_yet_is_no_data_yet():
    body = b"<?xml version='1.0'?><Error><Code>BlobNotFound</Code><Message>x</Message></Error>"
    with pytest.raises(NoDataYet):
        parse(body)


def five_minute(*rows: list[object], headers: tuple[str, ...] = ()) -> bytes:
    headers = headers or ("INTERVAL", "CPNODE", "LMP", "MLC", "MCC")
    return json.dumps({"headers": headers, "data": rows}).encode()


def test_a_five_minute_price_ends_at_its_interval_and_columns_are_found_by_name():
    parsed = parse(five_minute(["2026-08-14T12:05:00", "A.HUB", 30, -1, "2.5"]))
    (price,) = parsed.messages
    assert (price.run, price.interval_seconds) == (Run.RTD, 300)
    assert price.interval_start_ns == utc(2026, 8, 14, 17)
    assert (price.lmp.tolist(), price.loss.tolist(), price.congestion.tolist()) == (
        [30],
        [-1],
        [2.5],
    )
    turned = five_minute(
        [2.5, -1, 30, "A.HUB", "2026-08-14T12:05:00", "new"],
        headers=("MCC", "MLC", "LMP", "CPNODE", "INTERVAL", "ADDED"),
    )
    assert parse(turned).messages[0].lmp.tolist() == [30]


def test_an_item_shorter_than_the_header_is_rejected():
    parsed = parse(
        five_minute(["2026-08-14T12:05:00", "A", 1, 1, 1], ["2026-08-14T12:05:00", "B", 1])
    )
    assert "the item has 3 values, the header 5" in parsed.rejected[0].reason
    assert parsed.messages[0].locations == ("A",)


def test_a_header_that_lost_a_column_is_refused():
    with pytest.raises(ParseError, match="LMP is missing"):
        parse(
            five_minute(
                ["2026-08-14T12:05:00", "A", 1, 1], headers=("INTERVAL", "CPNODE", "MLC", "MCC")
            )
        )


def consolidated(reference: str, clock: str) -> bytes:
    nodes = [{"name": "A.HUB", "LMP": "30.5", "MLC": "1", "MCC": "-2"}]
    live = {"HourAndMin": clock, "PricingNode": nodes}
    return json.dumps({"LMPData": {"RefId": reference, "FiveMinLMP": live}}).encode()


@pytest.mark.parametrize(
    ("clock", "start"), [("02:25", (2026, 6, 25, 7, 20)), ("00:00", (2026, 6, 26, 4, 55))]
)
def test_the_table_of_hubs_is_dated_by_its_reference(clock: str, start: tuple[int, ...]):
    (price,) = parse(consolidated("25-Jun-2026 - Interval 02:25 EST", clock)).messages
    assert price.interval_start_ns == utc(*start)
    assert price.lmp.tolist() == [30.5]


@pytest.mark.parametrize(
    ("reference", "clock"),
    [("25-Jux-2026 - Interval 02:25 EST", "02:25"), ("25-Jun-2026 - Interval 02:25 EST", "2:99")],
)
def test_a_table_of_hubs_without_a_time_is_refused_and_says_where(reference: str, clock: str):
    with pytest.raises(ParseError, match="in body"):
        parse(consolidated(reference, clock))


def test_load_is_five_minute_actual_and_hourly_forecast():
    info = {
        "RefId": "25-Jun-2026 - Interval 02:25 EST",
        "FiveMinTotalLoad": [{"Load": {"Time": "00:05", "Value": "70000"}}],
        "MediumTermLoadForecast": [{"Forecast": {"HourEnding": "24", "LoadForecast": "71000"}}],
    }
    parsed = parse(json.dumps({"LoadInfo": info}).encode())
    assert [(m.run, m.interval_seconds, m.mw.tolist()) for m in parsed.messages] == [
        ("ACTUAL", 300, [70000]),
        ("MTLF", 3600, [71000]),
    ]
    assert starts(parsed) == [utc(2026, 6, 25, 5, 5), utc(2026, 6, 26, 4)]


def test_load_is_read_with_its_thousands_parted_and_its_hour_named_by_its_end():
    info = {
        "RefId": "25-Jun-2026 - Interval 02:25 EST",
        "FiveMinTotalLoad": [
            {"Load": {"Time": "00:05", "Value": "70,123"}},
            {"Load": {"Time": "00:10", "Value": "70,12"}},
        ],
        "MediumTermLoadForecast": [{"Forecast": {"HourEndEST": "1", "LoadForecast": "171,000"}}],
    }
    parsed = parse(json.dumps({"LoadInfo": info}).encode())
    assert [message.mw.tolist() for message in parsed.messages] == [[171000], [70123]]
    assert ["'70,12'" in row.reason for row in parsed.rejected] == [True]


def test_of_the_fuels_wind_and_solar_are_taken():
    types = [
        {"INTERVALEST": "2026-06-25 1:05:00 PM", "CATEGORY": name, "ACT": "5"}
        for name in ("Wind", "Solar", "Coal")
    ]
    parsed = parse(json.dumps({"RefId": "x", "Fuel": {"Type": types}}).encode())
    assert [message.series for message in parsed.messages] == [Series.SOLAR, Series.WIND]
    assert set(starts(parsed)) == {utc(2026, 6, 25, 18, 5)}


def test_what_is_no_price_of_a_location_is_refused_with_that_reason():
    with pytest.raises(ParseError, match="binding constraints"):
        parse(b'{"RefId": "x", "Constraint": []}')
    with pytest.raises(ParseError, match="report not supported"):
        parse(b'{"Snapshot": []}')
