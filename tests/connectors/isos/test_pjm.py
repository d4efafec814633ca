"""PJM feeds into messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from connectors.isos import MARKETS, Parsed
from state.errors import NoDataYet, ParseError
from state.messages import Run, Series
from state.moments import to_ns
from state.wire import encode
from tests.connectors.isos.written import lines


def parse(body: bytes, *, where: str = "body") -> Parsed:
    return MARKETS["pjm"].parse(body, received_at_ns=5, where=where)


def utc(*parts: int) -> int:
    return to_ns(datetime(*parts, tzinfo=UTC))


def starts(parsed: Parsed) -> list[int]:
    return [message.interval_start_ns for message in parsed.messages]


def answer(*items: dict[str, object], total: int | None = None) -> bytes:
    rows = len(items) if total is None else total
    return json.dumps({"links": [], "items": items, "totalRows": rows}).encode()


def unverified(begin: str, **changes: object) -> dict[str, object]:
    return {
        "datetime_beginning_utc": begin,
        "pnode_id": 1,
        "pnode_name": "WESTERN HUB",
        "total_lmp_rt": 30.5,
        "congestion_price_rt": 2,
        "marginal_loss_price_rt": 0.5,
    } | changes


def verified(begin: str, **changes: object) -> dict[str, object]:
    return unverified(begin, system_energy_price_rt=28) | changes


def test_the_unverified_feed_has_no_energy_and_utc_without_saying_so():
    (price,) = parse(answer(unverified("2026-06-10T19:10:00"))).messages
    assert (price.run, price.interval_seconds) == (Run.RTD, 300)
    assert price.interval_start_ns == utc(2026, 6, 10, 19, 10)
    assert (price.lmp.tolist(), price.congestion.tolist(), price.loss.tolist()) == (
        [30.5],
        [2],
        [0.5],
    )
    assert price.energy.size == 0


@pytest.mark.parametrize("begin", ["2026-06-10T19:10:00.000", "2026-06-10T19:10:00Z"])
def test_milliseconds_and_a_z_are_read(begin: str):
    assert starts(parse(answer(unverified(begin)))) == [utc(2026, 6, 10, 19, 10)]


def test_an_export_as_csv_is_the_same_price():
    row = "6/10/2026 7:10:00 PM,6/10/2026 3:10:00 PM,1,WESTERN HUB,HUB,30.5,2,0.5"
    exported = parse(lines("PJM_RT", row).replace(b"\n", b"\r\n"))
    assert [encode(m) for m in exported.messages] == [
        encode(m) for m in parse(answer(unverified("2026-06-10T19:10:00"))).messages
    ]


@pytest.mark.parametrize(
    ("where", "begins", "seconds"),
    [
        ("rt_hrl_lmps.json", ("19:00",), 3600),
        ("rt_fivemin_hrl_lmps.json", ("19:00",), 300),
        ("body", ("19:00", "20:00"), 3600),
        ("body", ("19:00", "19:05"), 300),
        ("body", ("19:05",), 300),
    ],
)
def test_hourly_prices_are_told_from_five_minute_ones(
    where: str, begins: tuple[str, ...], seconds: int
):
    body = answer(*(verified(f"2026-06-10T{begin}:00") for begin in begins))
    parsed = parse(body, where=where)
    assert {(m.run, m.interval_seconds) for m in parsed.messages} == {(Run.RTD, seconds)}
    assert parsed.messages[0].energy.tolist() == [28]


def test_one_price_on_the_hour_is_not_guessed():
    with pytest.raises(ParseError, match="does not tell five-minute from hourly"):
        parse(answer(verified("2026-06-10T19:00:00")))


def test_rows_superseded_by_a_later_version_are_left_out():
    begin = "2026-06-10T19:05:00"
    old = verified(begin, row_is_current=False, version_nbr=1, total_lmp_rt=1)
    new = verified(begin, row_is_current=True, version_nbr=2)
    parsed = parse(answer(old, new))
    assert [message.lmp.tolist() for message in parsed.messages] == [[30.5]]
    assert parsed.notes == ("1 rows superseded by a later version are left out",)


def test_of_two_versions_the_later_comes_later():
    begin = "2026-06-10T19:05:00"
    new, old = (
        verified(begin, version_nbr=2),
        verified(begin, version_nbr=1, total_lmp_rt=29, congestion_price_rt=0.5),
    )
    parsed = parse(answer(new, old))
    assert [message.lmp.tolist() for message in parsed.messages] == [[29], [30.5]]


@pytest.mark.parametrize("hour", [5, 6, 7])
def test_day_ahead_prices_of_a_day_of_25_hours_are_told_by_utc(hour: int):
    row = f"11/1/2026 {hour}:00:00 AM,11/1/2026 1:00:00 AM,HUB,28,30.5,2,0.5,True,1"
    (price,) = parse(lines("PJM_DA", row)).messages
    assert (price.run, price.interval_seconds) == (Run.DA, 3600)
    assert price.interval_start_ns == utc(2026, 11, 1, hour)


def test_eastern_time_alone_does_where_the_clock_shows_it_once():
    def eastern(begin: str) -> bytes:
        item = unverified("", datetime_beginning_ept=begin)
        del item["datetime_beginning_utc"]
        return answer(item)

    assert starts(parse(eastern("2026-06-10T15:10:00"))) == [utc(2026, 6, 10, 19, 10)]
    (rejected,) = parse(eastern("2026-11-01T01:10:00"), where="fivemin").rejected
    assert "which the clock shows twice" in rejected.reason
    assert "ask for datetime_beginning_utc" in rejected.reason


def test_the_monthly_feed_has_both_markets():
    item = verified("2026-06-10T19:00:00") | {
        "system_energy_price_da": 20,
        "total_lmp_da": 21,
        "congestion_price_da": 1,
        "marginal_loss_price_da": 0,
    }
    parsed = parse(answer(item), where="rt_da_monthly_lmps")
    assert [(m.run, m.interval_seconds, m.lmp.tolist()) for m in parsed.messages] == [
        (Run.DA, 3600, [21]),
        (Run.RTD, 3600, [30.5]),
    ]


def test_an_answer_that_is_one_page_of_several_says_so():
    parsed = parse(answer(unverified("2026-06-10T19:10:00"), total=40_000))
    assert parsed.notes == ("1 of 40000 rows: this answer is one page",)


def test_an_answer_without_items_is_no_data_yet():
    with pytest.raises(NoDataYet):
        parse(answer())


def test_a_price_without_a_place_is_refused_with_a_remedy():
    item = unverified("2026-06-10T19:10:00")
    del item["pnode_name"]
    with pytest.raises(ParseError, match="pnode_name is missing") as refused:
        parse(answer(item))
    assert "fields" in refused.value.remedy


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"total_lmp_rt": "NaN"}, "lmp is 'NaN'"),
        ({"datetime_beginning_utc": "yesterday"}, "is 'yesterday'"),
        ({"datetime_beginning_utc": "2026-06-10T19:11:00"}, "on no multiple of 300 s"),
        ({"row_is_current": "maybe"}, "row_is_current is 'maybe'"),
        ({"version_nbr": "1.5"}, "version_nbr is '1.5'"),
        ({"pnode_name": " "}, "pnode_name is ' '"),
    ],
)
def test_a_bad_member_costs_its_item_only(changes: dict[str, object], named: str):
    good = unverified("2026-06-10T19:10:00")
    parsed = parse(answer(good, good | changes), where="fivemin")
    assert named in parsed.rejected[0].reason
    assert len(parsed.messages) == 1


VOLUMES = [
    (
        {"area": "AEP", "instantaneous_load": 9.5, "datetime_beginning_utc": "2026-06-10T19:12:07"},
        (Series.LOAD, "ACTUAL", 300, "AEP", 9.5),
        (19, 10),
    ),
    (
        {
            "evaluated_at_datetime_utc": "2026-06-10T12:00:00",
            "forecast_datetime_beginning_utc": "2026-06-10T19:00:00",
            "forecast_area": "RTO",
            "forecast_load_mw": 9.5,
        },
        (Series.LOAD, "7DA", 3600, "RTO", 9.5),
        (19, 0),
    ),
    (
        {
            "evaluated_at_utc": "2026-06-10T19:02:00",
            "forecast_datetime_beginning_utc": "2026-06-10T19:05:00",
            "forecast_area": "RTO",
            "forecast_load_mw": 9.5,
        },
        (Series.LOAD, "VSTLF", 300, "RTO", 9.5),
        (19, 5),
    ),
    (
        {"datetime_beginning_utc": "2026-06-10T19:00:00", "fuel_type": "Wind", "mw": 9.5},
        (Series.WIND, "ACTUAL", 3600, "RTO", 9.5),
        (19, 0),
    ),
]


@pytest.mark.parametrize(("item", "expected", "at"), VOLUMES)
def test_load_forecasts_and_wind_are_told_by_their_columns(
    item: dict[str, object], expected: tuple[object, ...], at: tuple[int, int]
):
    (volume,) = parse(answer(item)).messages
    area, mw = volume.areas[0], volume.mw.tolist()[0]
    assert (volume.series, volume.run, volume.interval_seconds, area, mw) == expected
    assert volume.interval_start_ns == utc(2026, 6, 10, *at)
    made = item.get("evaluated_at_datetime_utc") or item.get("evaluated_at_utc")
    assert (volume.published_at_ns is not None) == (made is not None)


def test_later_forecasts_come_later():
    item = VOLUMES[1][0]
    later = item | {"evaluated_at_datetime_utc": "2026-06-10T13:00:00", "forecast_load_mw": 10}
    parsed = parse(answer(later, item))
    np.testing.assert_equal([m.mw.tolist()[0] for m in parsed.messages], [9.5, 10])


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"itsced_lmp": 1, "pnode_name": "A"}, "looks ahead and settles nothing"),
        ({"monitored_facility": "A"}, "shadow prices"),
        ({"other": 1}, "report not supported"),
    ],
)
def test_other_feeds_are_refused_with_the_right_reason(item: dict[str, object], reason: str):
    with pytest.raises(ParseError, match=reason):
        parse(answer(item))
