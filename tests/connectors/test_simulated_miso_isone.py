"""The forms of the simulated MISO and ISO-NE: as published, read back to the very same prices."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from connectors.isos import MARKETS
from connectors.simulated import SIMULATED, PublishedDay, SimulatedMarket
from connectors.simulated.faults import Absent, answered
from connectors.simulated.published import Published
from state.messages import AreaVolume, PricePublication, Run, Series

EST, NEW_YORK = ZoneInfo("Etc/GMT+5"), ZoneInfo("America/New_York")
NAMES = ("A.HUB", "NODE.1")


def ns(*at: int, zone: ZoneInfo = EST, fold: int = 0) -> int:
    return int(dt.datetime(*at, tzinfo=zone, fold=fold).timestamp()) * 10**9


def prices(market: str, run: Run, start_ns: int, seconds: int, lmp: float) -> PricePublication:
    return PricePublication(
        market=market, run=run, interval_start_ns=start_ns, interval_seconds=seconds,
        locations=NAMES, lmp=np.array([lmp, lmp + 1.25]), energy=np.array([lmp - 1.0] * 2),
        congestion=np.array([0.75, 1.5]), loss=np.array([0.25, 0.75]),
    )  # fmt: skip


def market_of(name: str, *published: PricePublication, at_ns: int = 0) -> SimulatedMarket:
    return SIMULATED[name](PublishedDay(name, [Published(at_ns, one) for one in published]))


def read(name: str, body: bytes | None, where: str = "body") -> list[PricePublication]:
    assert body is not None
    parsed = MARKETS[name].parse(body, received_at_ns=5, where=where)
    assert not parsed.rejected
    return [one for one in parsed.messages if isinstance(one, PricePublication)]


def test_miso_s_newest_interval_is_named_by_its_end_and_has_prices_as_texts() -> None:
    older, newest = (
        prices("miso", Run.RTD, ns(2026, 7, 14, 17, at), 300, 40.0 + at) for at in (0, 5)
    )
    now_ns = ns(2026, 7, 14, 18)
    body = market_of("miso", older, newest).answer(
        "/api/MarketPricing/GetRealTimeFiveMinExPost/Current", {}, now_ns, wrong=False
    )
    assert body is not None
    assert json.loads(body) == {
        "headers": ["INTERVAL", "CPNODE", "LMP", "MLC", "MCC"],
        "data": [
            ["2026-07-14T17:10:00", "A.HUB", "45.0", "0.25", "0.75"],
            ["2026-07-14T17:10:00", "NODE.1", "46.25", "0.75", "1.5"],
        ],
    }
    (found,) = read("miso", body)
    assert (found.interval_start_ns, found.lmp.tolist()) == (
        newest.interval_start_ns,
        newest.lmp.tolist(),
    )


def test_a_miso_report_has_four_lines_before_its_header_and_a_column_for_every_hour() -> None:
    hours = [
        prices("miso", Run.DA, ns(2026, 7, 14, hour), 3600, 30.0 + hour) for hour in range(1, 24)
    ]
    path = "/marketreports/20260714_da_expost_lmp.csv"
    body = market_of("miso", *hours).answer(path, {}, ns(2026, 7, 14), wrong=False)
    assert body is not None
    lines = body.decode().split("\r\n")
    assert lines[:4] == [
        "Day Ahead Market ExPost LMPs",
        "07/14/2026",
        "",
        ",,,All Hours-Ending are Eastern Standard Time (EST)",
    ]
    assert lines[4] == "Node,Type,Value," + ",".join(f"HE {hour}" for hour in range(1, 25))
    assert lines[5].startswith("A.HUB,Hub,LMP,,31.0,32.0,")
    assert len(lines) == 5 + 2 * 3 + 1
    found = read("miso", body)
    assert [one.interval_start_ns for one in found] == [one.interval_start_ns for one in hours]
    assert found[0].loss.tolist() == hours[0].loss.tolist()


def test_miso_s_load_is_its_day_so_far_with_the_forecast_of_its_hours() -> None:
    def load(run: str, start_ns: int, seconds: int, mw: float) -> AreaVolume:
        return AreaVolume(
            market="miso", series=Series.LOAD, run=run, interval_start_ns=start_ns,
            interval_seconds=seconds, areas=("MISO",), mw=np.array([mw]),
        )  # fmt: skip

    midnight_ns = ns(2026, 7, 15)
    last = load("ACTUAL", midnight_ns - 300 * 10**9, 300, 70.5)
    first = load("ACTUAL", midnight_ns, 300, 71.5)
    hour = load("MTLF", midnight_ns, 3600, 72.0)
    published = [Published(1, hour), Published(2, last), Published(3, first)]
    market = SIMULATED["miso"](PublishedDay("miso", published))
    found = [
        MARKETS["miso"].parse(
            market.answer("/api/RealTimeTotalLoad", {}, now_ns, wrong=False) or b"",
            received_at_ns=5, where="body",
        ).messages
        for now_ns in (2, 3)
    ]  # fmt: skip
    read = [[(one.run, one.interval_start_ns, one.mw[0]) for one in each] for each in found]
    assert read[0] == [("ACTUAL", last.interval_start_ns, 70.5)]
    assert sorted(read[1]) == [("ACTUAL", midnight_ns, 71.5), ("MTLF", midnight_ns, 72.0)]


def test_a_miso_report_that_is_not_out_is_absent_and_another_address_is_none() -> None:
    market = market_of("miso", prices("miso", Run.DA, ns(2026, 7, 14), 3600, 30.0), at_ns=10)
    path = "/marketreports/20260714_da_expost_lmp.csv"
    absent = market.answer(path, {}, 9, wrong=False)
    assert isinstance(absent, Absent)
    assert answered(None, absent, b"")[0] == 404
    for other in ("/marketreports/20260714_da_lmp.csv", "/marketreports/x_da_expost_lmp.csv", "/"):
        assert market.answer(other, {}, 99, wrong=False) is None


def test_miso_s_hours_of_real_time_are_the_means_of_whole_hours_on_the_days_after() -> None:
    start_ns = ns(2026, 7, 14, 17)
    fives = [
        prices("miso", Run.RTD, start_ns + at * 300 * 10**9, 300, float(at)) for at in range(14)
    ]
    market = market_of("miso", *fives)
    path = "/marketreports/20260714_rt_lmp_{}.csv"
    for kind, day in (("prelim", 15), ("final", 20)):
        before = market.answer(path.format(kind), {}, ns(2026, 7, day) - 1, wrong=False)
        assert isinstance(before, Absent)
        (hour,) = read("miso", market.answer(path.format(kind), {}, ns(2026, 7, day), wrong=False))
        assert (hour.run, hour.interval_start_ns, hour.interval_seconds) == (
            Run.RTD,
            start_ns,
            3600,
        )
        assert hour.lmp.tolist() == [5.5, 6.75]


@pytest.mark.parametrize(
    ("day", "hour", "starts"),
    [
        ("20261101", "01", [ns(2026, 11, 1, 1, zone=NEW_YORK, fold=fold) for fold in (0, 1)]),
        ("20261101", "02", [ns(2026, 11, 1, 2, zone=NEW_YORK)]),
        ("20260308", "02", []),
        ("20260308", "03", [ns(2026, 3, 8, 3, zone=NEW_YORK)]),
    ],
)  # fmt: skip
def test_an_hour_of_iso_ne_is_one_of_the_local_clock(
    day: str, hour: str, starts: list[int]
) -> None:
    hours = [
        prices("isone", Run.RTD, ns(*first, zone=NEW_YORK) + at * 3600 * 10**9, 300, 30.0)
        for first in ((2026, 3, 8), (2026, 11, 1))
        for at in range(5)
    ]
    path = f"/api/v1.1/fiveminutelmp/prelim/day/{day}/starthour/{hour}.json"
    body = market_of("isone", *hours).answer(path, {}, ns(2026, 12, 1), wrong=False)
    assert body is not None
    if not starts:
        assert json.loads(body) == {"FiveMinLmps": ""}
        return
    found = read("isone", body)
    assert [one.interval_start_ns for one in found] == starts
    first = json.loads(body)["FiveMinLmps"]["FiveMinLmp"][0]
    assert list(first) == [
        "BeginDate", "Location", "LmpTotal", "EnergyComponent", "CongestionComponent",
        "LossComponent",
    ]  # fmt: skip
    assert first["BeginDate"].endswith(":00:00.000-04:00" if hour != "02" else ":00:00.000-05:00")


def test_iso_ne_s_day_ahead_is_told_as_such_by_its_address_and_final_prices_come_later() -> None:
    hour = prices("isone", Run.DA, ns(2026, 7, 14, 5, zone=NEW_YORK), 3600, 30.0)
    five = prices("isone", Run.RTD, ns(2026, 7, 14, 5, zone=NEW_YORK), 300, 31.0)
    market, now_ns = market_of("isone", hour, five), ns(2026, 7, 14, 12, zone=NEW_YORK)
    path = "/api/v1.1/hourlylmp/da/final/day/20260714.json"
    (found,) = read("isone", market.answer(path, {}, now_ns, wrong=False), where="isone/DA/0")
    assert (found.run, found.lmp.tolist()) == (Run.DA, [30.0, 31.25])
    path = "/api/v1.1/fiveminutelmp/final/day/20260714/starthour/05.json"
    days = [market.answer(path, {}, now_ns + days * 86_400 * 10**9, wrong=False) for days in (0, 2)]
    assert [b'"LmpTotal"' in (body or b"") for body in days] == [False, True]
    assert (
        market.answer("/api/v1.1/hourlylmp/rt/final/day/20260714.json", {}, 0, wrong=False) is None
    )
