"""OASIS reports into messages."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.isos import MARKETS, Parsed
from connectors.isos.caiso_corrections import announced
from state.errors import NoDataYet, ParseError
from state.messages import AreaVolume, PricePublication, Run, Series
from state.moments import to_ns
from state.wire import encode
from tests.connectors.isos.written import csv, lines, price_rows, row, zipped

NOON = datetime(2026, 8, 14, 19, tzinfo=UTC)
LMP = {"LMP": 30.5, "MCE": 28, "MCC": 2, "MCL": 0.5}
OTHERS = {
    "SLRS_TYPE": "ENE_SLRS",
    "APNODE_ID,PNODE_ID": "ATL_PNODE_MAP",
    "SUMMARY_CAT": "ENE_CB_MKT_SUM",
    "NODE_ID,time,name": "NODE_ID, time, name",
}


def parse(body: bytes) -> Parsed:
    return MARKETS["caiso"].parse(body, received_at_ns=5, where="body")


def reason_of(body: bytes) -> str:
    rejected = parse(body).rejected
    assert len(rejected) == 1
    return rejected[0].reason


def load_row(area: str, mw: object, **cells: object) -> str:
    default = {
        "INTERVALSTARTTIME_GMT": "2026-08-14T19:00:00-00:00",
        "INTERVALENDTIME_GMT": "2026-08-14T20:00:00-00:00",
        "MARKET_RUN_ID": "DAM",
        "EXECUTION_TYPE": "DAM",
        "POS": "2.8",
    }
    return row("SLD_FCST", **default | {"TAC_AREA_NAME": area, "MW": mw} | cells)


@pytest.mark.parametrize(
    ("report", "run", "seconds"),
    [
        ("PRC_LMP", Run.DA, 3600),
        ("PRC_RTPD_LMP", Run.FMM, 900),
        ("PRC_INTVL_LMP", Run.RTD, 300),
    ],
)
def test_each_price_report_becomes_its_run(report: str, run: Run, seconds: int):
    rows = price_rows(report, {"N-2": LMP, "N-1": LMP | {"LMP": 31}})
    member = (f"20260814_{report}.csv", csv(report, rows))
    messages, rejected, _ = parse(zipped(member))
    assert rejected == []
    assert len(messages) == 1
    price = messages[0]
    assert isinstance(price, PricePublication)
    assert (price.run, price.interval_seconds, price.source) == (run, seconds, f"OASIS {report}")
    assert price.interval_start_ns == to_ns(NOON)
    assert price.locations == ("N-1", "N-2")
    assert price.lmp.tolist() == [31, 30.5]
    assert price.energy.tolist() == [28, 28]
    assert price.congestion.tolist() == [2, 2]
    assert price.loss.tolist() == [0.5, 0.5]
    assert price.ghg.size == 0


def test_the_stamp_of_the_download_is_no_part_of_the_fact():
    data = csv("PRC_LMP", price_rows("PRC_LMP", {"N-1": LMP}))
    first = parse(zipped(("20260814_PRC_LMP_DAM_20260813_13_00_00_v1.csv", data)))
    second = parse(zipped(("20260814_PRC_LMP_DAM_20260813_13_01_00_v1.csv", data)))
    assert encode(first.messages[0]) == encode(second.messages[0])


@given(seed=st.integers(0, 10_000))
def test_the_order_of_the_rows_changes_nothing(seed: int):
    hours = [NOON.replace(hour=hour) for hour in (20, 19, 22)]
    prices = {"N-3": LMP, "N-1": LMP | {"MGHG": 0}, "N-2": {"LMP": -5}}
    rows = [line for start in hours for line in price_rows("PRC_LMP", prices, start=start)]
    shuffled = random.Random(seed).sample(rows, len(rows))  # noqa: S311 - a shuffle
    ordered = [encode(message) for message in parse(csv("PRC_LMP", rows)).messages]
    assert [encode(m) for m in parse(csv("PRC_LMP", shuffled)).messages] == ordered
    assert len(ordered) == 3


def test_a_component_missing_at_one_location_is_not_published_there():
    prices = {"N-1": LMP | {"MGHG": 1.5}, "N-2": {"LMP": 20, "MCE": ""}}
    body = csv("PRC_RTPD_LMP", price_rows("PRC_RTPD_LMP", prices))
    price = parse(body).messages[0]
    np.testing.assert_equal(price.ghg, [1.5, np.nan])
    np.testing.assert_equal(price.energy, [28, np.nan])


def test_a_location_without_its_lmp_is_left_out():
    prices = {"N-1": LMP, "N-2": {"MCE": 28}, "N-3": {"LMP": "", "MCE": 28}}
    parsed = parse(csv("PRC_LMP", price_rows("PRC_LMP", prices)))
    assert parsed.messages[0].locations == ("N-1",)
    assert parsed.rejected == []


def test_the_hour_ending_is_never_trusted():
    rows = [
        *price_rows("PRC_LMP", {"N-1": LMP}, start=NOON, OPR_HR=2),
        *price_rows("PRC_LMP", {"N-1": LMP}, start=NOON.replace(hour=20), OPR_HR=25),
        *price_rows("PRC_LMP", {"N-1": LMP}, start=NOON.replace(hour=21), OPR_HR="03"),
    ]
    starts = [message.interval_start_ns for message in parse(csv("PRC_LMP", rows)).messages]
    assert starts == [to_ns(NOON.replace(hour=hour)) for hour in (19, 20, 21)]


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ({"MW": "abc"}, "MW is 'abc'"),
        ({"MW": "nan"}, "MW is 'nan'"),
        ({"MW": "1e999"}, "MW is '1e999'"),
        ({"MW": "1_0"}, "MW is '1_0'"),
        ({"MW": "٣"}, "MW is '٣'"),
        ({"MW": "2000000"}, "MW is '2000000'"),  # 200,000 enters, and alarms
        ({"NODE": ""}, "NODE is ''"),
        ({"NODE": "N\x00"}, "NODE is 'N\\x00'"),
        ({"LMP_TYPE": "LAP"}, "LMP_TYPE is 'LAP'"),
        ({"MARKET_RUN_ID": "HASP"}, "MARKET_RUN_ID is 'HASP'"),
        ({"INTERVALSTARTTIME_GMT": "2026-08-14T18:00:00-00:00"}, "the interval has 7200 s"),
        ({"INTERVALSTARTTIME_GMT": "2026-08-14T19:00:00"}, "no ISO-8601 time with an offset"),
        ({"INTERVALSTARTTIME_GMT": "0001-01-01T00:00:00-00:00"}, "is '0001-01-01T00:00:00-00:00'"),
        ({"INTERVALENDTIME_GMT": "tomorrow"}, "INTERVALENDTIME_GMT is 'tomorrow'"),
        (
            {
                "INTERVALSTARTTIME_GMT": "2026-08-14T19:07:00-00:00",
                "INTERVALENDTIME_GMT": "2026-08-14T20:07:00-00:00",
            },
            "on no multiple of 3600 s",
        ),
    ],
)
def test_a_bad_cell_costs_its_row_only(cells: dict[str, str], named: str):
    good = price_rows("PRC_LMP", {"N-1": LMP})
    bad = price_rows("PRC_LMP", {"N-2": {"LMP": 1}}, **cells)
    body = csv("PRC_LMP", [*good[:2], *bad, *good[2:]])
    assert named in reason_of(body)
    assert "row 4 of body" in reason_of(body)
    assert "the row is left out" in reason_of(body)
    assert parse(body).messages[0].locations == ("N-1",)
    assert parse(body).rejected[0].raw == bad[0].encode()


def test_a_stray_quote_costs_its_row_only():
    good = price_rows("PRC_LMP", {"N-1": LMP})
    parsed = parse(csv("PRC_LMP", [good[0], f'"{good[1]}', *good[2:]]))
    assert len(parsed.rejected) == 1
    assert parsed.messages[0].lmp.tolist() == [30.5]


def test_a_quote_closed_rows_later_does_not_swallow_the_rows_between():
    first, *between, last = price_rows(
        "PRC_LMP", {"N-2": {"LMP": 1}, "N-1": LMP, "N-3": {"MCE": 1}}
    )
    parsed = parse(csv("PRC_LMP", [f'"{first}', *between, f'{last}"']))
    assert [row.raw.decode() for row in parsed.rejected] == [f'"{first}']
    assert parsed.messages[0].locations == ("N-1",)
    assert parsed.messages[0].loss.tolist() == [0.5]


@pytest.mark.parametrize("values", [(30, 31), (30, 31, 30), (31, 30, 31)])
def test_two_values_for_one_place_are_both_left_out(values: tuple[int, ...]):
    rows = [line for value in values for line in price_rows("PRC_LMP", {"N-1": {"LMP": value}})]
    rows += price_rows("PRC_LMP", {"N-2": {"LMP": 20}})
    parsed = parse(csv("PRC_LMP", rows))
    assert parsed.messages[0].locations == ("N-2",)
    assert "lmp of 'N-1' is" in parsed.rejected[0].reason


def test_a_row_repeated_word_for_word_is_one_row():
    rows = price_rows("PRC_LMP", {"N-1": LMP}) * 2
    parsed = parse(csv("PRC_LMP", rows))
    assert parsed.rejected == []
    assert parsed.messages[0].lmp.tolist() == [30.5]


@pytest.mark.parametrize(("head", "name"), OTHERS.items())
def test_another_report_is_refused_by_its_name(head: str, name: str):
    with pytest.raises(ParseError, match="report not supported") as refused:
        parse(f"{head}\n1,2,3\n".encode())
    assert name in refused.value.what
    assert "PRC_INTVL_LMP" in refused.value.remedy


def test_an_lmp_report_of_another_run_is_refused():
    rows = price_rows("PRC_LMP", {"N-1": LMP}, MARKET_RUN_ID="HASP")
    with pytest.raises(ParseError, match=r"report not supported.*HASP"):
        parse(csv("PRC_LMP", rows))


def test_load_becomes_one_message_an_interval_over_areas():
    rows = [load_row("SCE-TAC", 9000.5), load_row("CA ISO-TAC", 30000)]
    messages, rejected, _ = parse(csv("SLD_FCST", rows))
    assert rejected == []
    (load,) = messages
    assert isinstance(load, AreaVolume)
    assert (load.series, load.run, load.interval_seconds) == (Series.LOAD, "DAM", 3600)
    assert load.areas == ("CA ISO-TAC", "SCE-TAC")
    assert load.mw.tolist() == [30000, 9000.5]


def test_forecasts_of_rtd_and_rtpd_in_one_answer_stay_apart():
    cells = {"MARKET_RUN_ID": "RTM"}
    rows = [
        load_row("CA ISO-TAC", 1, INTERVALENDTIME_GMT="2026-08-14T19:15:00-00:00", **cells),
        load_row("CA ISO-TAC", 2, INTERVALENDTIME_GMT="2026-08-14T19:05:00-00:00", **cells),
    ]
    messages = parse(csv("SLD_FCST", rows)).messages
    assert [(m.run, m.interval_seconds, m.mw.tolist()) for m in messages] == [
        ("RTM", 300, [2]),
        ("RTPD", 900, [1]),
    ]
    assert len({message.key for message in messages}) == 2


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ({"MARKET_RUN_ID": "XDA"}, "MARKET_RUN_ID is 'XDA'"),
        ({"MW": "1e9"}, "MW is '1e9'"),
        ({"MW": "1000001"}, "MW is '1000001'"),
        ({"INTERVALENDTIME_GMT": "2026-08-14T19:10:00-00:00"}, "the interval has 600 s"),
        ({"TAC_AREA_NAME": " "}, "TAC_AREA_NAME is ' '"),
    ],
)
def test_a_bad_load_row_is_rejected(cells: dict[str, str], named: str):
    good = load_row("CA ISO-TAC", 30000)
    body = csv("SLD_FCST", [good, load_row("AREA", 1, **cells)])
    assert named in reason_of(body)
    assert len(parse(body).messages) == 1


def test_renewables_become_a_message_a_series_over_hubs():
    times = {
        "INTERVALSTARTTIME_GMT": "2026-08-14T19:00:00-00:00",
        "INTERVALENDTIME_GMT": "2026-08-14T20:00:00-00:00",
        "MARKET_RUN_ID": "DAM",
    }
    rows = [
        row("SLD_REN_FCST", **times, TRADING_HUB=hub, RENEWABLE_TYPE=kind, MW=mw)
        for hub, kind, mw in (
            ("SP15", "Wind", 800),
            ("SP15", "Solar", 9000),
            ("NP15", "Solar", 2500),
            ("NP15", "Tidal", 1),
        )
    ]
    parsed = parse(csv("SLD_REN_FCST", rows))
    assert [(m.series, m.areas, m.mw.tolist()) for m in parsed.messages] == [
        (Series.SOLAR, ("NP15", "SP15"), [2500, 9000]),
        (Series.WIND, ("SP15",), [800]),
    ]
    assert "RENEWABLE_TYPE is 'Tidal'" in parsed.rejected[0].reason


def test_windows_line_ends_change_nothing():
    body = csv("PRC_LMP", price_rows("PRC_LMP", {"N-1": LMP}))
    windows = parse(body.replace(b"\n", b"\r\n"))
    assert [encode(m) for m in windows.messages] == [encode(m) for m in parse(body).messages]


def test_a_report_of_empty_cells_only_has_no_message():
    parsed = parse(csv("PRC_LMP", price_rows("PRC_LMP", {"N-1": {"LMP": ""}})))
    assert parsed == Parsed([], [])


def test_a_header_alone_is_no_data_yet():
    with pytest.raises(NoDataYet):
        parse(csv("SLD_REN_FCST", []))


def outlook_ends(parsed: Parsed, run: str = "ACTUAL") -> list[int]:
    return [m.interval_start_ns + 300 * 10**9 for m in parsed.messages if m.run == run]


def outlook(*rows: str, where: str = "outlook/history/20260814/demand.csv") -> Parsed:
    return MARKETS["caiso"].parse(lines("OUTLOOK", *rows), received_at_ns=5, where=where)


def test_the_outlook_ends_its_five_minutes_at_their_stamp_and_a_last_midnight_is_the_next_day():
    parsed = outlook("00:00,1,2,3", "00:05,4,5,6", "00:00,7,8,9")
    assert {(m.series, m.interval_seconds, m.areas) for m in parsed.messages} == {
        (Series.LOAD, 300, ("CA ISO-TAC",))
    }
    day = datetime(2026, 8, 14, 7, tzinfo=UTC)
    expected = [to_ns(day), to_ns(day + timedelta(minutes=5)), to_ns(day + timedelta(days=1))]
    assert outlook_ends(parsed) == expected
    assert outlook_ends(parsed, "DAM") == expected
    assert [m.mw.tolist()[0] for m in parsed.messages if m.run == "HASP"] == [2, 5, 8]


def test_the_outlook_has_no_figure_where_none_is_published_yet():
    parsed = outlook("00:00,1,2,3", "00:05,4,5,")
    assert len(outlook_ends(parsed)) == 1
    assert len(outlook_ends(parsed, "DAM")) == 2


def test_the_outlook_has_the_skipped_hour_empty_and_the_repeated_hour_twice():
    spring = "outlook/history/20260308/demand.csv"
    parsed = outlook("01:55,1,2,3", "02:00,,,", "02:05,,,", "03:00,4,5,6", where=spring)
    assert parsed.rejected == []
    assert outlook_ends(parsed) == [
        to_ns(datetime(2026, 3, 8, *at, tzinfo=UTC)) for at in ((9, 55), (10, 0))
    ]
    (refused,) = outlook("01:55,1,2,3", "02:00,1,2,3", where=spring).rejected
    assert "no stamp of that day" in refused.reason
    fall = "outlook/history/20261101/demand.csv"
    rows = [f"{clock},1,2,3" for clock in ("00:55", "01:00", "01:30", "01:00", "01:30", "02:00")]
    assert outlook_ends(outlook(*rows, where=fall)) == [
        to_ns(datetime(2026, 11, 1, *at, tzinfo=UTC))
        for at in ((7, 55), (8, 0), (8, 30), (9, 0), (9, 30), (10, 0))
    ]


@pytest.mark.parametrize(
    ("received", "last", "date"),
    [
        (datetime(2026, 8, 14, 19, tzinfo=UTC), "11:55", 14),
        (datetime(2026, 8, 15, 7, 2, tzinfo=UTC), "23:55", 14),
        (datetime(2026, 8, 15, 7, 7, tzinfo=UTC), "00:05", 15),
    ],
)
def test_an_outlook_without_a_date_is_of_the_receipt_or_still_of_yesterday(
    received: datetime, last: str, date: int
):
    body = lines("FUELSOURCE", f"{last},7,8,9", "23:59,,,")
    parsed = MARKETS["caiso"].parse(
        body, received_at_ns=to_ns(received), where="outlook/current/fuelsource.csv"
    )
    assert [m.series for m in parsed.messages] == [Series.SOLAR, Series.WIND]
    hour, minute = map(int, last.split(":"))
    expected = datetime(2026, 8, date, 7, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
    assert set(outlook_ends(parsed)) == {to_ns(expected)}


@pytest.mark.parametrize(
    ("received", "rows", "end"),
    [
        # The forecasts of the whole day are there in the morning.
        ((8, 14, 16, 2), ("08:55,5,6,7", "23:55,5,6,"), (8, 14, 15, 55)),
        ((8, 15, 7, 2), ("00:00,5,6,7", "23:55,5,6,7", "00:00,5,6,7"), (8, 15, 7, 0)),
        # The last stamp before the hour is repeated, a few minutes into it.
        ((11, 1, 9, 2), ("00:55,5,6,7", "01:55,5,6,7"), (11, 1, 8, 55)),
        ((11, 1, 9, 12), ("01:05,5,6,7", "01:55,5,6,7", "01:05,5,6,7"), (11, 1, 9, 5)),
    ],
)
def test_the_newest_figure_tells_the_day_of_an_outlook_whatever_is_forecast(
    received: tuple[int, ...], rows: tuple[str, ...], end: tuple[int, ...]
):
    where = "caiso/outlook_demand/7c8d20260101b3b0d5aa"  # a digest, which is no date
    body = lines("OUTLOOK", *rows)
    at_ns = to_ns(datetime(2026, *received, tzinfo=UTC))
    parsed = MARKETS["caiso"].parse(body, received_at_ns=at_ns, where=where)
    assert not parsed.rejected
    assert max(outlook_ends(parsed)) == to_ns(datetime(2026, *end, tzinfo=UTC))


def test_the_old_outlook_has_a_row_a_series_and_its_date_in_the_corner():
    body = b"Demand 08/14/2026,00:00,00:05\nDay ahead forecast,1,2\nDemand (5 min. avg.),3,4\n"
    parsed = parse(body)
    assert parsed.rejected == []
    day_ns = to_ns(datetime(2026, 8, 14, 7, tzinfo=UTC))
    assert outlook_ends(parsed) == [day_ns, day_ns + 300 * 10**9]
    assert outlook_ends(parsed, "DAM") == outlook_ends(parsed)


CORRECTED = "2026-08-14,8,2,RTPD,{area},Recalculated,1,LMP,{reason},2026-08-20 10:00:00"


def test_announced_corrections_are_told_and_are_no_prices():
    rows = [
        CORRECTED.format(area="CAISO", reason="Data input error"),
        CORRECTED.format(area="CAISO", reason="Data input error").replace(",8,2,", ",25,,"),
    ]
    parsed = parse(lines("CORRECTIONS", *rows))
    assert parsed.messages == []
    assert parsed.notes == (
        "corrected: RTPD 2026-08-14 hour ending 8 interval 2 of CAISO; read it again",
        "corrected: RTPD 2026-08-14 hour ending 25 of CAISO; read it again",
    )


@pytest.mark.parametrize(
    ("old", "new", "run", "starts_utc", "minutes"),
    [
        (",8,2,RTPD", ",8,2,RTPD", "FMM", "2026-08-14T14:15", 15),
        (",8,2,RTPD", ",8,12,RTM", "RTD", "2026-08-14T14:55", 5),
        (",8,2,RTPD", ",8,,RTM", "RTD", "2026-08-14T14:00", 60),
        (",8,2,RTPD", ",1,,DAM", "DA", "2026-08-14T07:00", 60),
        (",8,2,RTPD", ",,,DAM", "DA", "2026-08-14T07:00", 24 * 60),
        (",8,2,RTPD", ",25,,DAM", "DA", "2026-08-14T07:00", 24 * 60),
        ("2026-08-14,8,2,RTPD", "2026-11-01,25,,DAM", "DA", "2026-11-01T09:00", 60),
        ("2026-08-14,8,2,RTPD", "2026-11-01,3,,DAM", "DA", "2026-11-01T10:00", 60),
        ("2026-08-14,8,2,RTPD", "2026-03-08,3,,DAM", "DA", "2026-03-08T09:00", 60),
        ("2026-08-14,8,2,RTPD", "2026-03-08,,,DAM", "DA", "2026-03-08T08:00", 23 * 60),
    ],
)
def test_a_correction_says_what_is_to_be_read_again(
    old: str, new: str, run: str, starts_utc: str, minutes: int
):
    row = CORRECTED.format(area="CAISO", reason="Error").replace(old, new, 1)
    [again] = announced(lines("CORRECTIONS", row), "here")
    first_ns = int(datetime.fromisoformat(f"{starts_utc}+00:00").timestamp()) * 10**9
    assert (again.run, again.first_ns) == (run, first_ns)
    assert again.last_ns - again.first_ns == minutes * 60 * 10**9


def test_a_report_without_corrections_says_so():
    row = CORRECTED.format(area="", reason="No records found for report.")
    with pytest.raises(NoDataYet, match="no price was corrected"):
        parse(lines("CORRECTIONS", row))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("RTPD", "XX", "MARKET is 'XX'"),
        (",8,", ",26,", "HOUR_ENDING is '26'"),
        ("2026-08-14,", "2026-14-14,", "TRADE_DATE is '2026-14-14'"),
    ],
)
def test_a_correction_that_cannot_be_read_is_rejected(old: str, new: str, named: str):
    row = CORRECTED.format(area="CAISO", reason="Error").replace(old, new, 1)
    assert named in parse(lines("CORRECTIONS", row)).rejected[0].reason
