"""SPP reports into messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.isos import MARKETS, Parsed
from state.errors import ParseError
from state.messages import Run, Series
from state.moments import to_ns
from tests.connectors.isos.written import csv, lines, price_rows, row, spp_rows

END = datetime(2026, 8, 14, 13, 40, tzinfo=UTC)
ON_THE_HOUR = datetime(2026, 8, 14, 14, tzinfo=UTC)
PRICES = {"SPPSOUTH_HUB": (12, -1, 3, 10), "SPPNORTH_HUB": (11, 1, 0, 10)}


def parse(body: bytes, *, where: str = "body", received_at_ns: int = 0) -> Parsed:
    return MARKETS["spp"].parse(body, received_at_ns=received_at_ns, where=where)


def day_ahead(head: str, *, hours: int = 24) -> bytes:
    ends = [datetime(2026, 8, 14, 6, tzinfo=UTC) + timedelta(hours=hour) for hour in range(hours)]
    return csv(head, [line for end in ends for line in spp_rows(end, PRICES, head)])


@pytest.mark.parametrize("head", ["SPP", "SPP_2026"])
@pytest.mark.parametrize("end", [END, ON_THE_HOUR])
def test_one_interval_is_real_time_whatever_the_minute_and_header(head: str, end: datetime):
    messages, rejected, _ = parse(csv(head, spp_rows(end, PRICES, head)))
    assert rejected == []
    (price,) = messages
    assert (price.run, price.interval_seconds) == (Run.RTD, 300)
    assert price.interval_start_ns == to_ns(end - timedelta(minutes=5))
    assert price.locations == ("SPPNORTH_HUB", "SPPSOUTH_HUB")
    assert price.lmp.tolist() == [11, 12]
    assert price.loss.tolist() == [1, -1]
    assert price.congestion.tolist() == [0, 3]
    assert price.energy.tolist() == [10, 10]
    assert price.ghg.size == 0


@pytest.mark.parametrize("head", ["SPP", "SPP_2026"])
@pytest.mark.parametrize("hours", [23, 24, 25])
def test_the_hours_of_a_day_are_day_ahead(head: str, hours: int):
    messages, rejected, _ = parse(day_ahead(head, hours=hours))
    assert rejected == []
    assert len(messages) == hours
    assert {(m.run, m.interval_seconds) for m in messages} == {(Run.DA, 3600)}
    assert messages[0].interval_start_ns == to_ns(datetime(2026, 8, 14, 5, tzinfo=UTC))


def test_several_five_minute_intervals_are_real_time():
    ends = [ON_THE_HOUR + timedelta(minutes=5 * step) for step in range(13)]
    rows = [line for end in ends for line in spp_rows(end, PRICES)]
    assert {message.run for message in parse(csv("SPP", rows)).messages} == {Run.RTD}


def test_two_real_time_intervals_of_which_one_ends_on_the_hour_are_no_hours_of_a_day():
    rows = [
        line
        for end in (ON_THE_HOUR, ON_THE_HOUR + timedelta(minutes=5))
        for line in spp_rows(end, PRICES)
    ]
    parsed = parse(csv("SPP", rows))
    assert parsed.rejected == []
    assert [(message.run, message.interval_seconds) for message in parsed.messages] == [
        (Run.RTD, 300)
    ] * 2


def test_a_damaged_time_does_not_turn_one_market_into_the_other():
    odd = spp_rows(END, {"ODD": (1, 0, 0, 1)})
    parsed = parse(day_ahead("SPP") + f"{odd[0]}\n".encode())
    assert {message.run for message in parsed.messages} == {Run.DA}
    assert "on no multiple of 3600 s" in parsed.rejected[0].reason


def test_a_name_that_says_otherwise_is_refused():
    body = csv("SPP", spp_rows(ON_THE_HOUR, PRICES))
    with pytest.raises(ParseError, match="intervals are those of RTBM-LMP-SL"):
        parse(body, where="DA-LMP-SL-202608140100.csv")
    assert parse(body, where="RTBM-LMP-SL-202608140900.csv").messages


def test_a_day_ahead_body_cut_in_its_first_hour_is_no_real_time_price():
    body = csv("SPP", spp_rows(ON_THE_HOUR, PRICES))
    day_before_ns = to_ns(ON_THE_HOUR - timedelta(hours=12))
    with pytest.raises(ParseError, match="time of receipt"):
        parse(body, received_at_ns=day_before_ns)
    assert parse(body, received_at_ns=to_ns(ON_THE_HOUR - timedelta(minutes=8))).messages


@pytest.mark.parametrize("values", [("x", 0, 0, 0), (1, "nan", 0, 0), (1, 0, "1e9", 0)])
def test_a_bad_price_costs_the_whole_row(values: tuple[object, ...]):
    rows = spp_rows(END, PRICES) + spp_rows(END, {"BAD": values})
    parsed = parse(csv("SPP", rows))
    assert parsed.messages[0].locations == ("SPPNORTH_HUB", "SPPSOUTH_HUB")
    assert "no number from" in parsed.rejected[0].reason


@pytest.mark.parametrize(
    "gmt", ["", "13:40", "02/30/2026 13:40:00", "08/14/2026 1٣:40:00", "2026-08-14 13:40:00"]
)
def test_a_bad_time_costs_its_row(gmt: str):
    bad = row("SPP", GMTIntervalEnd=gmt, Settlement_Location="BAD")
    parsed = parse(csv("SPP", [*spp_rows(END, PRICES), bad]))
    assert len(parsed.messages) == 1
    assert f"GMTINTERVALEND is {gmt!r}" in parsed.rejected[0].reason


def test_another_report_is_not_supported():
    with pytest.raises(ParseError, match="report not supported"):
        parse(csv("PRC_LMP", price_rows("PRC_LMP", {"N-1": {"LMP": 1}})))


@pytest.mark.parametrize(
    ("report", "run", "seconds"), [("STLF", "STLF", 300), ("MTLF", "MTLF", 3600)]
)
def test_load_stands_beside_its_forecast_and_ends_at_its_stamp(report: str, run: str, seconds: int):
    parsed = parse(
        lines(report, "x,08/14/2026 14:00:00,30000,29500", "x,08/14/2026 15:00:00,31000,")
    )
    assert parsed.rejected == []
    assert [(m.series, m.run, m.interval_seconds, m.mw.tolist()) for m in parsed.messages] == [
        (Series.LOAD, "ACTUAL", seconds, [29500]),
        (Series.LOAD, run, seconds, [30000]),
        (Series.LOAD, run, seconds, [31000]),
    ]
    assert parsed.messages[0].interval_start_ns == to_ns(ON_THE_HOUR - timedelta(seconds=seconds))


def test_five_minutes_of_load_and_the_hour_that_begins_with_them_are_two_facts():
    ends = {"STLF": "08/14/2026 14:05:00", "MTLF": "08/14/2026 15:00:00"}
    five, hour = (
        parse(lines(report, f"x,{end},30000,29500")).messages[0] for report, end in ends.items()
    )
    assert (five.run, five.interval_start_ns) == (hour.run, hour.interval_start_ns)
    assert five.key != hour.key


def test_load_is_told_by_balancing_area_where_the_report_names_it():
    stamp = "08/14/2026 14:00:00"
    rows = f"x,{stamp},SPP,30000,29500\nx,{stamp},SWPW,3000,\nx,{stamp},,,\n"
    body = f"Interval,GMTIntervalEnd,BAA,MTLF,Averaged Actual\n{rows}".encode()
    parsed = parse(body)
    assert parsed.rejected == []
    assert [(m.run, m.areas, m.mw.tolist()) for m in parsed.messages] == [
        ("ACTUAL", ("SPP",), [29500]),
        ("MTLF", ("SPP", "SWPW"), [30000, 3000]),
    ]


def test_wind_and_solar_of_the_mix_are_market_and_self_scheduled_together():
    row = "2026-08-14T13:40:00Z,9,5000,50.5,300,,31000"
    parsed = parse(lines("GENMIX", row))
    assert {(m.series, m.areas, m.mw.tolist()[0]) for m in parsed.messages} == {
        (Series.WIND, ("SPP",), 5050.5),
        (Series.SOLAR, ("SPP",), 300),
        (Series.LOAD, ("SPP",), 31000),
    }
    assert {m.interval_start_ns for m in parsed.messages} == {to_ns(END)}


def test_a_fuel_whose_market_part_is_empty_is_not_published():
    parsed = parse(lines("GENMIX", "2026-08-14T13:40:00Z,9,,50.5,300,1,31000"))
    assert Series.WIND not in {message.series for message in parsed.messages}
