"""ISO-NE reports and web services into messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.isos import MARKETS, Parsed
from connectors.isos.stretch import of_its_stretch, stretch_name
from state.errors import NoDataYet, ParseError
from state.messages import Run, Series
from state.moments import HOUR_NS, to_ns
from state.wire import encode
from tests.connectors.isos.written import HEADS, marked

PRICES = {"HUB": (30.5, 28.0, 2.0, 0.5)}
REAL_TIME = "Real-Time Energy Market Hourly LMP Report"


def parse(body: bytes, *, where: str = "body", received_at_ns: int = 5) -> Parsed:
    return MARKETS["isone"].parse(body, received_at_ns=received_at_ns, where=where)


def utc(*parts: int) -> int:
    return to_ns(datetime(*parts, tzinfo=UTC))


def starts(parsed: Parsed) -> list[int]:
    return [message.interval_start_ns for message in parsed.messages]


@pytest.mark.parametrize(("title", "run"), [("", Run.DA), (REAL_TIME, Run.RTD)])
def test_the_title_says_which_market_it_is(title: str, run: Run):
    parsed = parse(marked(("08/14/2026", "01", PRICES), title=title))
    assert parsed.rejected == []
    (price,) = parsed.messages
    assert (price.run, price.interval_seconds, price.locations) == (run, 3600, ("HUB",))
    assert price.interval_start_ns == utc(2026, 8, 14, 4)
    values = [price.lmp, price.energy, price.congestion, price.loss]
    assert [column.tolist()[0] for column in values] == [30.5, 28, 2, 0.5]


def test_a_report_that_does_not_say_its_market_is_refused():
    body = marked(("08/14/2026", "01", PRICES), title="Hourly LMP Report")
    with pytest.raises(ParseError, match="neither title nor name"):
        parse(body)
    assert parse(body, where="WW_DALMP_ISO_20260814.csv").messages[0].run is Run.DA


def test_the_repeated_hour_is_02x():
    hours = [("11/01/2026", hour, PRICES) for hour in ("01", "02", "02X", "03")]
    parsed = parse(marked(*hours))
    assert parsed.rejected == []
    assert starts(parsed) == [utc(2026, 11, 1, hour) for hour in (4, 5, 6, 7)]


def test_the_day_of_23_hours_leaves_out_an_hour_and_has_no_gap():
    hours = [("03/08/2026", f"{hour:02}", PRICES) for hour in range(1, 25) if hour != 2]
    parsed = parse(marked(*hours))
    assert parsed.rejected == []
    assert starts(parsed) == [utc(2026, 3, 8, 5) + hour * HOUR_NS for hour in range(23)]


def test_an_x_on_another_day_is_refused():
    parsed = parse(marked(("08/14/2026", "02X", PRICES)))
    assert "the clock does not repeat it" in parsed.rejected[0].reason


def test_a_report_without_its_total_was_cut_and_says_so():
    body = marked(("08/14/2026", "01", PRICES), ("08/14/2026", "02", PRICES))
    cut = body[: body.rindex(b'"T"')]
    parsed = parse(cut)
    assert len(parsed.messages) == 2
    assert "the row with the total is missing after 2 rows: truncated" in parsed.rejected[0].reason


def test_a_total_that_is_not_the_number_of_rows_is_named():
    body = marked(("08/14/2026", "01", PRICES)).replace(b'"T","1"', b'"T","3"')
    assert "the total says '3' rows, and there are 1" in parse(body).rejected[0].reason


def test_comments_and_header_alone_are_no_data_yet():
    with pytest.raises(NoDataYet):
        parse(marked())


def five_minute(*stamps: str) -> bytes:
    names = ",".join(f'"{name}"' for name in HEADS["ISONE_5"].split(","))
    rows = [f'"D","{stamp}","4000","HUB","HUB",30.5,28,2,0.5' for stamp in stamps]
    lines = ['"C","Five-Minute LMPs"', names, '"H","x"', *rows, f'"T","{len(rows)}"']
    return "".join(f"{line}\n" for line in lines).encode()


def test_five_minute_prices_begin_at_their_local_time():
    parsed = parse(five_minute("08/14/2026 12:05:00"))
    (price,) = parsed.messages
    assert (price.run, price.interval_seconds) == (Run.RTD, 300)
    assert price.interval_start_ns == utc(2026, 8, 14, 16, 5)


def test_five_minute_prices_of_the_repeated_hour_follow_their_order():
    stamps = [f"11/01/2026 {clock}:00" for clock in ("00:55", "01:00", "01:05", "01:00", "01:05")]
    parsed = parse(five_minute(*stamps))
    assert starts(parsed) == [
        utc(2026, 11, 1, *at) for at in ((4, 55), (5, 0), (5, 5), (6, 0), (6, 5))
    ]


def test_a_stamp_without_a_day_is_of_the_day_of_its_report():
    body = five_minute("23:55:00", "00:05")
    titled = b'"C","Report for: 08/14/2026 - 08/14/2026"\n' + body
    assert starts(parse(titled)) == [utc(2026, 8, 14, 4, 5), utc(2026, 8, 15, 3, 55)]
    refused = parse(body)
    assert not refused.messages
    assert "Local Time is '23:55:00'" in refused.rejected[0].reason


def test_a_sheet_without_its_marks_is_not_supported():
    with pytest.raises(ParseError, match="report not supported: it looks like columns 'Date"):
        parse(b"Date,Hr_End,DA_LMP\n2026-08-14,01,30\n")


# Web services -------------------------------------------------------------------------------


def price_item(begin: str, **changes: object) -> dict[str, object]:
    return {
        "BeginDate": begin,
        "Location": {"@LocId": "4000", "@LocType": "HUB", "$": ".H.HUB"},
        "LmpTotal": 30.5,
        "EnergyComponent": 28,
        "CongestionComponent": 2,
        "LossComponent": 0.5,
    } | changes


def service(listed: str, item: str, items: object) -> bytes:
    return json.dumps({listed: {item: items}}).encode()


def test_five_minute_service_carries_its_offset():
    begins = ("2026-11-01T01:05:00.000-04:00", "2026-11-01T01:05:00.000-05:00")
    parsed = parse(service("FiveMinLmps", "FiveMinLmp", [price_item(each) for each in begins]))
    assert parsed.rejected == []
    assert starts(parsed) == [utc(2026, 11, 1, 5, 5), utc(2026, 11, 1, 6, 5)]
    assert parsed.messages[0].locations == (".H.HUB",)
    assert parsed.messages[0].congestion.tolist() == [2]


def test_a_list_of_one_may_be_an_object_and_an_empty_one_a_text():
    item = price_item("2026-08-14T12:05:00.000-04:00")
    listed = parse(service("FiveMinLmps", "FiveMinLmp", [item]))
    alone = parse(service("FiveMinLmps", "FiveMinLmp", item))
    assert [encode(m) for m in alone.messages] == [encode(m) for m in listed.messages]
    for empty in (b'{"FiveMinLmps": ""}', b'{"FiveMinLmps": {}}'):
        with pytest.raises(NoDataYet):
            parse(empty)


def test_xml_is_read_as_json_is():
    xml = (
        b'<?xml version="1.0"?><FiveMinLmps xmlns="http://WEBSERV.iso-ne.com"><FiveMinLmp>'
        b"<BeginDate>2026-08-14T12:05:00.000-04:00</BeginDate>"
        b'<Location LocId="4000" LocType="HUB">.H.HUB</Location><LmpTotal>30.5</LmpTotal>'
        b"<EnergyComponent>28</EnergyComponent><CongestionComponent>2</CongestionComponent>"
        b"<LossComponent>0.5</LossComponent></FiveMinLmp></FiveMinLmps>"
    )
    json_body = service("FiveMinLmps", "FiveMinLmp", [price_item("2026-08-14T12:05:00.000-04:00")])
    assert [encode(m) for m in parse(xml).messages] == [
        encode(m) for m in parse(json_body).messages
    ]


@pytest.mark.parametrize(
    ("where", "run"),
    [("https://host/hourlylmp/da/final/day/20260814.json", Run.DA), ("hourlylmp/rt/x", Run.RTD)],
)
def test_hourly_service_is_told_by_its_address(where: str, run: Run):
    body = service("HourlyLmps", "HourlyLmp", [price_item("2026-08-14T12:00:00.000-04:00")])
    late_ns = utc(2026, 8, 15)
    assert parse(body, where=where, received_at_ns=late_ns).messages[0].run is run
    with pytest.raises(ParseError, match="day-ahead or real-time"):
        parse(body, received_at_ns=late_ns)
    early_ns = utc(2026, 8, 13)
    assert parse(body, received_at_ns=early_ns).messages[0].run is Run.DA


def test_a_day_of_25_hours_of_load_has_25():
    begin = datetime(2026, 11, 1, 4, tzinfo=UTC)
    hours = [begin + timedelta(hours=hour) for hour in range(25)]
    items = [
        {"BeginDate": each.isoformat(), "Location": {"@LocId": "32", "$": "AREA"}, "Load": 9000.5}
        for each in hours
    ]
    parsed = parse(service("HourlySystemLoads", "HourlySystemLoad", items))
    assert starts(parsed) == [to_ns(each) for each in hours]
    assert {(m.series, m.run, m.areas) for m in parsed.messages} == {
        (Series.LOAD, "ACTUAL", ("AREA",))
    }


def test_later_creations_of_a_forecast_come_later():
    items = [
        {"BeginDate": "2026-08-14T12:00:00-04:00", "CreationDate": made, "LoadMw": mw}
        for made, mw in (("2026-08-13T09:00:00-04:00", 2), ("2026-08-13T04:00:00-04:00", 1))
    ]
    parsed = parse(service("HourlyLoadForecasts", "HourlyLoadForecast", items))
    assert [m.mw.tolist() for m in parsed.messages] == [[1], [2]]
    assert [m.published_at_ns for m in parsed.messages] == [
        utc(2026, 8, 13, 8),
        utc(2026, 8, 13, 13),
    ]
    assert len({message.key for message in parsed.messages}) == 1
    hour = stretch_name(utc(2026, 8, 14, 16), utc(2026, 8, 14, 17))
    asked_for = of_its_stretch(parsed, f"isone/load_forecast/{hour}-digest")
    assert [message.mw.tolist() for message in asked_for.messages] == [[2]]


def test_the_fuel_mix_has_stamps_off_the_grid():
    items = [
        {"BeginDate": "2026-08-14T12:03:11-04:00", "FuelCategory": fuel, "GenMw": 5}
        for fuel in ("Wind", "Solar", "Nuclear")
    ]
    parsed = parse(service("GenFuelMixes", "GenFuelMix", items))
    assert [m.series for m in parsed.messages] == [Series.SOLAR, Series.WIND]
    assert set(starts(parsed)) == {utc(2026, 8, 14, 16)}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"LmpTotal": True}, "lmp is 'true'"),
        ({"LmpTotal": "x"}, "lmp is 'x'"),
        ({"BeginDate": "2026-08-14T12:05:00"}, "no ISO-8601 time with an offset"),
        ({"BeginDate": "2026-08-14T12:06:00-04:00"}, "on no multiple of 300 s"),
        ({"Location": {"@LocId": "1"}}, "Location is ''"),
    ],
)
def test_a_bad_item_costs_itself_only(changes: dict[str, object], named: str):
    good = price_item("2026-08-14T12:05:00-04:00")
    parsed = parse(service("FiveMinLmps", "FiveMinLmp", [good, good | changes]))
    assert named in parsed.rejected[0].reason
    assert "item 2 of body" in parsed.rejected[0].reason
    assert len(parsed.messages) == 1


def test_a_member_that_no_item_has_is_named():
    item = price_item("2026-08-14T12:05:00-04:00")
    del item["LossComponent"]
    with pytest.raises(ParseError, match="LossComponent is missing"):
        parse(service("FiveMinLmps", "FiveMinLmp", [item]))


def test_another_service_is_not_supported():
    with pytest.raises(ParseError, match="report not supported"):
        parse(b'{"Reserves": {"Reserve": []}}')
