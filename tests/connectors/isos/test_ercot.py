"""ERCOT documents and dashboards into messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from connectors.isos import MARKETS, Parsed
from connectors.isos.ercot_documents import LIST_MEMBER, documents_in
from connectors.isos.items import json_object
from state.errors import NoDataYet, ParseError
from state.messages import Run, Series
from state.moments import HOUR_NS, to_ns
from tests.connectors.isos.written import lines, zipped

QUARTER_NS = HOUR_NS // 4


def parse(body: bytes, *, where: str = "body") -> Parsed:
    return MARKETS["ercot"].parse(body, received_at_ns=5, where=where)


def starts(parsed: Parsed) -> list[int]:
    return [message.interval_start_ns for message in parsed.messages]


def utc(*parts: int) -> int:
    return to_ns(datetime(*parts, tzinfo=UTC))


def test_fifteen_minute_prices_start_at_their_quarter_of_the_hour():
    body = lines(
        "RTM_SPP",
        "08/14/2026,14,2,HB_NORTH,HU,31.5,N",
        "08/14/2026,14,1,HB_NORTH,HU,30.25,N",
        "08/14/2026,14,1,AA_NODE,RN,-2,N",
    )
    parsed = parse(zipped(("cdr.00012301.SPPHLZNP6905.csv", body)))
    assert parsed.rejected == []
    first, second = parsed.messages
    assert (first.run, first.interval_seconds) == (Run.RTD, 900)
    assert first.locations == ("AA_NODE", "HB_NORTH")
    assert first.lmp.tolist() == [-2, 30.25]
    assert first.energy.size == 0
    assert first.interval_start_ns == utc(2026, 8, 14, 18)
    assert second.interval_start_ns == first.interval_start_ns + QUARTER_NS


def test_an_energy_weighted_zone_is_another_place_than_the_plain_one():
    body = lines("RTM_SPP", "08/14/2026,14,1,LZ_WEST,LZ,20,N", "08/14/2026,14,1,LZ_WEST,LZEW,22,N")
    (price,) = parse(body).messages
    assert dict(zip(price.locations, price.lmp, strict=True)) == {
        "LZ_WEST": 20,
        "LZ_WEST/LZEW": 22,
    }


def test_day_ahead_prices_are_told_by_the_hour_ending():
    body = lines("DAM_SPP", "08/14/2026,01:00,HB_NORTH,25,N", "08/14/2026,24:00,HB_NORTH,26,N")
    parsed = parse(body)
    assert {(m.run, m.interval_seconds) for m in parsed.messages} == {(Run.DA, 3600)}
    assert starts(parsed) == [utc(2026, 8, 14, 5), utc(2026, 8, 15, 4)]


def test_the_flag_tells_the_repeated_hour():
    rows = [
        f"11/01/2026,{hour:02}:00,HB_NORTH,{price},{flag}"
        for hour, price, flag in ((1, 1, "N"), (2, 2, "N"), (2, 3, "Y"), (3, 4, "N"))
    ]
    parsed = parse(lines("DAM_SPP", *rows))
    assert parsed.rejected == []
    assert [message.lmp.tolist() for message in parsed.messages] == [[1], [2], [3], [4]]
    assert starts(parsed) == [utc(2026, 11, 1, hour) for hour in (5, 6, 7, 8)]


@pytest.mark.parametrize("left_out", [2, 3])
def test_the_day_of_23_hours_has_23_whichever_hour_it_leaves_out(left_out: int):
    rows = [
        f"03/08/2026,{hour:02}:00,HB_NORTH,{hour},N" for hour in range(1, 25) if hour != left_out
    ]
    parsed = parse(lines("DAM_SPP", *rows))
    assert parsed.rejected == []
    first = utc(2026, 3, 8, 6)
    assert starts(parsed) == [first + hour * HOUR_NS for hour in range(23)]


def test_a_repeated_hour_on_a_day_without_one_is_refused():
    parsed = parse(lines("DAM_SPP", "08/14/2026,02:00,HB_NORTH,25,Y"))
    assert parsed.messages == []
    assert "the clock does not repeat it" in parsed.rejected[0].reason


@pytest.mark.parametrize("report", ["SCED", "SCED_2026", "SCED_BUS"])
def test_both_generations_of_columns_give_the_capped_price(report: str):
    uncapped = "" if report == "SCED" else ",9999"
    parsed = parse(lines(report, f"08/14/2026 13:55:13,N,HB_NORTH,40{uncapped}"))
    (price,) = parsed.messages
    assert (price.run, price.interval_seconds) == (Run.RTD, 300)
    assert price.lmp.tolist() == [40]
    assert price.interval_start_ns == utc(2026, 8, 14, 18, 55)


def test_a_second_dispatch_in_five_minutes_comes_after_the_first():
    parsed = parse(
        lines(
            "SCED",
            "08/14/2026 13:58:02,N,HB_NORTH,45",
            "08/14/2026 13:55:13,N,HB_NORTH,40",
        )
    )
    assert [message.lmp.tolist() for message in parsed.messages] == [[40], [45]]
    assert len(set(starts(parsed))) == 1


def test_a_price_correction_is_a_later_price_of_the_same_interval():
    row = "08/14/2026,14,1,HB_NORTH,HU,30.25,29.75,08/16/2026 09:30:00,N"
    (price,) = parse(lines("RTM_CORRECTION", row)).messages
    assert price.lmp.tolist() == [29.75]
    assert price.interval_start_ns == utc(2026, 8, 14, 18)
    assert price.published_at_ns == utc(2026, 8, 16, 14, 30)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("13/14/2026,14,1,HB_NORTH,HU,1,N", "DeliveryDate is '13/14/2026'"),
        ("08/14/2026,25,1,HB_NORTH,HU,1,N", "HourEnding is '25'"),
        ("08/14/2026,14,5,HB_NORTH,HU,1,N", "DeliveryInterval is '5'"),
        ("08/14/2026,14,1,,HU,1,N", "SettlementPointName is ''"),
        ("08/14/2026,14,1,HB_NORTH,HU,nan,N", "lmp is 'nan'"),
        ("08/14/2026,14,1,HB_NORTH,HU,1,", "DSTFlag is ''"),
    ],
)
def test_a_bad_cell_costs_its_row_only(row: str, named: str):
    parsed = parse(lines("RTM_SPP", "08/14/2026,14,1,GOOD,HU,1,N", row))
    assert named in parsed.rejected[0].reason
    assert parsed.messages[0].locations == ("GOOD",)


def test_the_seven_day_forecast_is_load_by_zone_under_a_header_with_blanks():
    parsed = parse(lines("SEVEN_DAY", "08/14/2026,1:00,10,20,30,N", "08/14/2026,24:00,11,21,32,N"))
    assert {(m.series, m.run, m.interval_seconds) for m in parsed.messages} == {
        (Series.LOAD, "7DA", 3600)
    }
    assert parsed.messages[0].areas == ("North", "South", "SystemTotal")
    assert parsed.messages[0].mw.tolist() == [10, 20, 30]
    assert starts(parsed) == [utc(2026, 8, 14, 5), utc(2026, 8, 15, 4)]


def test_actual_load_by_zone_has_the_same_total_by_name():
    (load,) = parse(lines("ZONE_LOAD", "08/14/2026,14:00,10,20,30,N")).messages
    assert (load.run, load.areas[-1]) == ("ACTUAL", "SystemTotal")


def test_system_wide_demand_ends_at_its_stamp():
    parsed = parse(lines("DEMAND", "08/14/2026,00:15,50,N", "08/14/2026,24:00,51,N"))
    assert starts(parsed) == [utc(2026, 8, 14, 5), utc(2026, 8, 15, 4, 45)]
    assert {message.interval_seconds for message in parsed.messages} == {900}


def test_system_wide_demand_jumps_with_the_clock():
    parsed = parse(lines("DEMAND", "03/08/2026,01:45,50,N", "03/08/2026,03:00,51,N"))
    assert starts(parsed) == [utc(2026, 3, 8, 7, 30), utc(2026, 3, 8, 7, 45)]


def test_wind_is_actual_and_two_forecasts_by_region_and_empty_cells_are_not_published():
    parsed = parse(lines("WIND", "08/14/2026,14,5,9,6,7,1,2,3,9,N", "08/14/2026,15,,9,6,7,,2,3,,N"))
    by_run = {(m.interval_start_ns, m.run): m for m in parsed.messages}
    first = utc(2026, 8, 14, 18)
    assert {m.series for m in parsed.messages} == {Series.WIND}
    assert by_run[first, "ACTUAL"].areas == ("LZ_WEST", "SYSTEM_WIDE")
    assert by_run[first, "ACTUAL"].mw.tolist() == [1, 5]
    assert by_run[first, "STWPF"].mw.tolist() == [2, 6]
    assert by_run[first, "WGRPP"].mw.tolist() == [3, 7]
    assert (first + HOUR_NS, "ACTUAL") not in by_run


def test_solar_is_told_from_wind_by_the_name_of_its_forecast():
    parsed = parse(lines("SOLAR", "08/14/2026,14,5,6,7,N"))
    assert {(m.series, m.run) for m in parsed.messages} == {
        (Series.SOLAR, "ACTUAL"),
        (Series.SOLAR, "STPPF"),
        (Series.SOLAR, "PVGRPP"),
    }


def demand_dashboard(*items: dict[str, object]) -> bytes:
    day = {"dayDate": "2026-08-14 00:00:00-0500", "data": list(items)}
    return json.dumps({"lastUpdated": "x", "currentDay": day}).encode()


def test_the_demand_dashboard_ends_its_hours_at_their_stamp():
    at = {"epoch": 1786734000000, "timestamp": "2026-08-14 14:00:00-0500"}
    parsed = parse(demand_dashboard(at | {"systemLoad": 70.5, "dayAheadForecast": 71}))
    assert {(m.run, m.mw.tolist()[0]) for m in parsed.messages} == {("ACTUAL", 70.5), ("DAM", 71)}
    assert set(starts(parsed)) == {utc(2026, 8, 14, 18)}


def test_a_dashboard_whose_two_times_differ_is_not_believed():
    parsed = parse(
        demand_dashboard({"epoch": 1786734000000, "timestamp": "2026-08-14 15:00:00-0500"})
    )
    assert "is another moment" in parsed.rejected[0].reason


def test_the_fuel_mix_takes_stamps_seconds_off_the_grid_and_one_interval_in_two():
    stamps = {
        "2026-08-14 14:00:03-0500": {"Wind": {"gen": 9}},
        "2026-08-14 13:59:58-0500": {"Solar": {"gen": 4}, "Coal": {"gen": 1}},
    }
    body = json.dumps({"lastUpdated": "x", "types": [], "data": {"2026-08-14": stamps}}).encode()
    parsed = parse(body)
    assert {(m.series, m.mw.tolist()[0]) for m in parsed.messages} == {
        (Series.WIND, 9),
        (Series.SOLAR, 4),
    }
    assert set(starts(parsed)) == {utc(2026, 8, 14, 19)}


def document(number: str, name: str, published: str) -> dict[str, object]:
    return {
        "Document": {"DocID": number, "ConstructedName": name, "PublishDate": published, "Ext": {}}
    }


def document_list(*documents: dict[str, object]) -> bytes:
    return json.dumps({"ListDocsByRptTypeRes": {"DocumentList": list(documents)}}).encode()


def test_a_list_of_documents_is_told_and_read_oldest_first():
    body = document_list(
        document("2", "cdr.2_retry_csv.zip", "2026-08-14T12:00:00-05:00"),
        document("1", "cdr.1xhr_csv.zip", "2026-08-14T11:00:00-05:00"),
        document("3", "cdr.3_xml.zip", "2026-08-14T13:00:00-05:00"),
    )
    parsed = parse(body)
    assert parsed.messages == []
    assert "a list of 3 documents, 2 of them CSV; newest cdr.3_xml.zip" in parsed.notes
    found = documents_in(json_object(body.decode(), LIST_MEMBER, where=""), where="")
    assert [(each.document, each.is_csv, each.is_again) for each in found] == [
        ("1", True, False),
        ("2", True, True),
        ("3", False, False),
    ]
    assert [each.in_repeated_hour for each in found] == [True, False, False]
    with pytest.raises(NoDataYet):
        parse(document_list())


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"DeliveryDate,HourEnding,AncillaryType,MCPC,DSTFlag\n1,2,3,4,5\n", "ancillary"),
        (b"SCEDTimeStamp,RepeatedHourFlag,SystemLambda\n1,N,2\n", "system lambda"),
        (b'{"generation": []}', "JSON that begins"),
        (b"a,b\n1,2\n", "columns 'a, b'"),
    ],
)
def test_another_report_is_refused_by_what_it_looks_like(body: bytes, name: str):
    with pytest.raises(ParseError, match="report not supported") as refused:
        parse(body)
    assert name in refused.value.what
