"""NYISO reports into messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from connectors.isos import MARKETS, Parsed
from state.errors import ParseError
from state.messages import Run, Series
from state.moments import HOUR_NS, MINUTE_NS, to_ns
from tests.connectors.isos.written import lines

NOON = datetime(2026, 8, 14, 12)  # noqa: DTZ001 - a wall clock
FIVE = timedelta(minutes=5)
FALL_BACK = datetime(2026, 11, 1)  # noqa: DTZ001 - a wall clock


def parse(body: bytes, *, where: str = "body", received_at_ns: int = 5) -> Parsed:
    return MARKETS["nyiso"].parse(body, received_at_ns=received_at_ns, where=where)


def utc(*parts: int) -> int:
    return to_ns(datetime(*parts, tzinfo=UTC))


def starts(parsed: Parsed) -> list[int]:
    return [message.interval_start_ns for message in parsed.messages]


def run(*walls: datetime, price: float = 30, name: str = "WEST") -> list[str]:
    return [f'"{wall:%m/%d/%Y %H:%M:%S}","{name}",61752,{price},1,-5' for wall in walls]


def hourly(*walls: datetime, price: float = 30) -> list[str]:
    return [
        f'"{wall:%m/%d/%Y %H:%M}","WEST",61752,{price + number},1,-5'
        for number, wall in enumerate(walls)
    ]


def minutes(start: datetime, *after: int) -> list[datetime]:
    return [start + timedelta(minutes=minute) for minute in after]


def test_a_real_time_stamp_is_the_end_of_its_five_minutes():
    (price,) = parse(lines("LBMP", *run(NOON)), where="20260814realtime_zone.csv").messages
    assert (price.run, price.interval_seconds) == (Run.RTD, 300)
    assert price.interval_start_ns == utc(2026, 8, 14, 15, 55)


def test_the_sign_of_congestion_is_turned_and_energy_is_not_published():
    rows = [
        '"08/14/2026 12:05:00","N.Y.C.",61761,46.5,1.5,-15',
        '"08/14/2026 12:05:00","WEST",61752,30,-1,0.00',
        '"08/14/2026 12:05:00","H Q",61844,30,,',
    ]
    (price,) = parse(lines("LBMP", *rows)).messages
    assert price.locations == ("H Q", "N.Y.C.", "WEST")
    np.testing.assert_equal(price.congestion, [np.nan, 15, 0])
    assert not np.signbit(price.congestion[2])
    np.testing.assert_equal(price.loss, [np.nan, 1.5, -1])
    assert price.energy.size == 0


@pytest.mark.parametrize("congestion", ["--5", "- 5x", "nan", "1_0"])
def test_a_congestion_that_is_no_number_is_not_turned_into_one(congestion: str):
    parsed = parse(lines("LBMP", f'"08/14/2026 12:05:00","WEST",1,30,1,{congestion}'))
    assert parsed.messages == []
    assert "Marginal Cost Congestion" in parsed.rejected[0].reason


def test_the_header_of_before_2016_is_read():
    body = lines("LBMP", *run(NOON + FIVE)).replace(b"Congestion ($/MWHr)", b"Congestion ($/MWH")
    assert parse(body).messages[0].congestion.tolist() == [5]


def test_blank_lines_before_the_header_are_no_rows():
    assert parse(b"\r\n\n" + lines("LBMP", *run(NOON + FIVE))).rejected == []


def test_an_extra_run_stands_until_the_regular_price_of_its_five_minutes():
    off_grid = NOON + timedelta(minutes=3, seconds=29)
    rows = (
        run(NOON, price=30) + run(off_grid, price=99) + run(NOON + timedelta(minutes=5), price=31)
    )
    parsed = parse(lines("LBMP", *rows))
    assert [
        (start, m.lmp.tolist()) for start, m in zip(starts(parsed), parsed.messages, strict=True)
    ] == [
        (utc(2026, 8, 14, 15, 55), [30]),
        (utc(2026, 8, 14, 16), [99]),
        (utc(2026, 8, 14, 16), [31]),
    ]


def test_rows_that_look_ahead_at_the_end_of_the_day_so_far_are_no_prices():
    regular = minutes(NOON, 0, 5, 10, 15, 20)
    ahead = minutes(NOON, 30, 45, 60)
    parsed = parse(lines("LBMP", *run(*regular), *run(*ahead)))
    assert len(parsed.messages) == 5
    assert parsed.notes == ("3 rows at the end look ahead 15 minutes a step and are left out",)
    later = minutes(NOON, *range(0, 65, 5))
    assert len(parse(lines("LBMP", *run(*later))).messages) == 13


def test_missing_runs_in_the_middle_are_a_gap_and_no_look_ahead():
    parsed = parse(lines("LBMP", *run(*minutes(NOON, 0, 5, 20, 35, 40))))
    assert len(parsed.messages) == 5
    assert parsed.notes == ()


def test_a_body_of_quarters_of_an_hour_is_the_look_ahead_itself():
    parsed = parse(lines("LBMP", *run(*minutes(NOON, 0, 15, 30))))
    assert {(m.run, m.interval_seconds) for m in parsed.messages} == {(Run.FMM, 900)}
    assert starts(parsed)[0] == utc(2026, 8, 14, 15, 45)


def test_one_stamp_on_a_quarter_of_an_hour_is_told_by_its_name_alone():
    body = lines("LBMP", *run(NOON))
    with pytest.raises(ParseError, match="do not tell which market"):
        parse(body)
    assert parse(body, where="https://host/RT_LBMP_ZONE/CSV/current.csv").messages
    assert parse(body, where="20260814hamlbmp_zone.csv").messages[0].run is Run.FMM


@pytest.mark.parametrize(
    ("where", "run"),
    [
        ("20260814damlbmp_zone.csv", Run.DA),
        ("https://host/DAM_LBMP_GEN/CSV/2026/08/14/damlbmp_gen-20260814.csv", Run.DA),
        ("20260814rtlbmp_zone.csv", Run.RTD),
        ("https://host/RT_TW_LBMP_ZONE/CSV/current.csv", Run.RTD),
    ],
)
def test_hourly_prices_begin_at_their_stamp_and_are_told_by_their_name(where: str, run: Run):
    parsed = parse(lines("LBMP", *hourly(NOON)), where=where, received_at_ns=utc(2027, 1, 1))
    (price,) = parsed.messages
    assert (price.run, price.interval_seconds) == (run, 3600)
    assert price.interval_start_ns == utc(2026, 8, 14, 16)


def test_hours_to_come_are_day_ahead_and_hours_gone_by_are_not_guessed():
    body = lines("LBMP", *hourly(NOON))
    assert parse(body, received_at_ns=utc(2026, 8, 13, 15)).messages[0].run is Run.DA
    with pytest.raises(ParseError, match="do not tell which market"):
        parse(body, received_at_ns=utc(2026, 8, 15))


@pytest.mark.parametrize("where", ["20260814damlbmp_zone.csv", "20260814rtlbmp_zone.csv"])
def test_five_minute_stamps_under_an_hourly_name_are_refused(where: str):
    with pytest.raises(ParseError, match="which the name promises"):
        parse(lines("LBMP", *run(*minutes(NOON, 0, 5, 10))), where=where)


def test_hourly_stamps_under_a_real_time_name_are_refused():
    with pytest.raises(ParseError, match="which the name promises"):
        parse(lines("LBMP", *hourly(NOON)), where="20260814realtime_zone.csv")


def test_in_the_repeated_hour_the_first_rows_are_edt():
    hours = [FALL_BACK + timedelta(hours=hour) for hour in (0, 1, 1, 2)]
    parsed = parse(lines("LBMP", *hourly(*hours)), where="20261101damlbmp_zone.csv")
    assert parsed.rejected == []
    first = utc(2026, 11, 1, 4)
    assert starts(parsed) == [first + hour * HOUR_NS for hour in range(4)]
    assert [message.lmp.tolist() for message in parsed.messages] == [[30], [31], [32], [33]]


def test_in_the_repeated_hour_five_minute_stamps_follow_their_order():
    before = minutes(FALL_BACK, 55)
    edt = minutes(FALL_BACK + timedelta(hours=1), *range(0, 60, 5))
    parsed = parse(lines("LBMP", *run(*before), *run(*edt), *run(*edt[:3], price=40)))
    assert parsed.rejected == []
    first = utc(2026, 11, 1, 4, 50)
    assert starts(parsed) == [first + 5 * step * MINUTE_NS for step in range(16)]


@pytest.mark.parametrize(("received", "hour"), [((5, 6), 5), ((6, 6), 6)])
def test_a_body_of_the_repeated_hour_alone_is_told_by_its_receipt(
    received: tuple[int, int], hour: int
):
    body = lines("LBMP", *run(FALL_BACK + timedelta(hours=1, minutes=5)))
    (price,) = parse(body, received_at_ns=utc(2026, 11, 1, *received)).messages
    assert price.interval_start_ns == utc(2026, 11, 1, hour)


def test_a_third_row_of_one_time_is_refused():
    hours = [FALL_BACK + timedelta(hours=hour) for hour in (0, 1, 1, 1)]
    parsed = parse(lines("LBMP", *hourly(*hours)), where="damlbmp")
    assert "for the third time" in parsed.rejected[0].reason


def test_a_time_that_the_clock_skips_is_refused():
    skipped = datetime(2026, 3, 8, 2, 30)  # noqa: DTZ001 - a wall clock
    parsed = parse(lines("LBMP", *run(skipped)), where="20260308realtime_zone.csv")
    assert "skipped by the clock" in parsed.rejected[0].reason


def test_actual_load_is_told_by_its_zone_of_time_and_extra_readings_come_later():
    rows = [
        '"11/01/2026 01:05:00","EST","WEST",61752,1600',
        '"11/01/2026 01:05:00","EDT","WEST",61752,1500',
        '"11/01/2026 01:07:34","EDT","WEST",61752,1505',
    ]
    parsed = parse(lines("PAL", *rows))
    assert [
        (start, m.mw.tolist()) for start, m in zip(starts(parsed), parsed.messages, strict=True)
    ] == [
        (utc(2026, 11, 1, 5, 5), [1500]),
        (utc(2026, 11, 1, 5, 5), [1505]),
        (utc(2026, 11, 1, 6, 5), [1600]),
    ]
    assert {(m.series, m.run) for m in parsed.messages} == {(Series.LOAD, "ACTUAL")}


def test_a_zone_of_time_that_is_none_of_the_two_is_refused():
    parsed = parse(lines("PAL", '"11/01/2026 01:05:00","CST","WEST",61752,1600'))
    assert "Time Zone is 'CST'" in parsed.rejected[0].reason


def test_the_load_forecast_names_zones_as_the_actual_load_does():
    rows = [
        '"11/01/2026 00:00",1,2,3',
        '"11/01/2026 01:00",4,5,9',
        '"11/01/2026 01:00",6,7,13',
    ]
    parsed = parse(lines("ISOLF", *rows))
    assert parsed.messages[0].areas == ("CAPITL", "HUD VL", "NYISO")
    assert [message.mw.tolist()[2] for message in parsed.messages] == [3, 9, 13]
    assert starts(parsed) == [utc(2026, 11, 1, hour) for hour in (4, 5, 6)]


def test_of_the_fuels_wind_is_taken():
    rows = [
        '"08/14/2026 12:05:00","EDT","Wind",900',
        '"08/14/2026 12:05:00","EDT","Nuclear",3000',
    ]
    (wind,) = parse(lines("FUELS", *rows)).messages
    assert (wind.series, wind.areas, wind.mw.tolist()) == (Series.WIND, ("NYISO",), [900])


def test_another_report_is_not_supported():
    with pytest.raises(ParseError, match="report not supported"):
        parse(b"Timestamp,Interface Name,Flow (MWH)\n1,2,3\n")
