"""A simulated PJM writes as Data Miner 2 does: rows, stamps, pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np

from connectors.simulated.pjm import SimulatedPjm
from connectors.simulated.published import Published, PublishedDay
from state.messages import AreaVolume, PricePublication, Run, Series

SECOND_NS = 10**9
START = int(datetime(2026, 6, 10, 19, 10, tzinfo=UTC).timestamp()) * SECOND_NS
STRETCH = {"datetime_beginning_utc": "06/10/2026 19:00to06/10/2026 19:10"}


def price(seconds: int = 300, run: Run = Run.RTD, **columns: Any) -> Published:
    message = PricePublication(
        market="pjm", run=run, interval_start_ns=START, interval_seconds=seconds,
        locations=("NODE", "WESTERN HUB"), lmp=np.array([30.5, 31.0]),
        congestion=np.array([2.0, np.nan]), loss=np.array([0.5, 0.5]), **columns,
    )  # fmt: skip
    return Published(START, message)


def load(run: str, seconds: int) -> Published:
    start_ns = START // (seconds * SECOND_NS) * seconds * SECOND_NS
    message = AreaVolume(
        market="pjm", series=Series.LOAD, run=run, interval_start_ns=start_ns,
        interval_seconds=seconds, areas=("PJM RTO",), mw=np.array([100.5]),
    )  # fmt: skip
    return Published(START, message)


def answer(published: Published, feed: str, *, now_ns: int = START, **query: str) -> dict[str, Any]:
    market = SimulatedPjm(PublishedDay("pjm", [published]))
    body = market.answer(f"/api/v1/{feed}", STRETCH | query, now_ns, wrong=False)
    return dict(json.loads(body or b"{}"))


def test_an_unverified_price_has_utc_and_eastern_stamps_and_no_energy() -> None:
    found = answer(price(), "rt_unverified_fivemin_lmps")
    assert list(found) == ["links", "items", "searchSpecification", "totalRows"]
    assert found["items"][1] == {
        "datetime_beginning_utc": "2026-06-10T19:10:00",
        "datetime_beginning_ept": "2026-06-10T15:10:00",
        "pnode_id": 51288,
        "pnode_name": "WESTERN HUB",
        "voltage": None,
        "equipment": None,
        "type": "HUB",
        "zone": None,
        "total_lmp_rt": 31.0,
        "congestion_price_rt": 0.0,
        "marginal_loss_price_rt": 0.5,
    }


def test_a_verified_price_has_its_energy_and_version_and_comes_the_day_after_at_noon() -> None:
    noon_ns = int(datetime(2026, 6, 11, 16, tzinfo=UTC).timestamp()) * SECOND_NS
    assert answer(price(), "rt_fivemin_hrl_lmps", now_ns=noon_ns - SECOND_NS)["items"] == []
    row = answer(price(), "rt_fivemin_hrl_lmps", now_ns=noon_ns)["items"][0]
    assert (row["system_energy_price_rt"], row["row_is_current"], row["version_nbr"]) == (
        28.0, True, 1,
    )  # fmt: skip
    ahead = answer(price(3600, Run.DA), "da_hrl_lmps")["items"][0]
    assert (ahead["total_lmp_da"], ahead["system_energy_price_da"]) == (30.5, 28.0)


def test_pages_hold_the_rows_that_were_asked_for_and_say_how_many_there_are() -> None:
    pages = [
        answer(price(), "rt_unverified_fivemin_lmps", startRow=start, rowCount="1")
        for start in ("1", "2", "3")
    ]
    assert [[row["pnode_name"] for row in page["items"]] for page in pages] == [
        ["NODE"], ["WESTERN HUB"], [],
    ]  # fmt: skip
    assert {page["totalRows"] for page in pages} == {2}
    one = answer(price(), "rt_unverified_fivemin_lmps", pnode_id="51288;51287")
    assert [row["pnode_id"] for row in one["items"]] == [51288]


def test_an_hourly_load_is_read_every_five_minutes_and_a_forecast_says_when_it_was_made() -> None:
    found = answer(load("ACTUAL", 3600), "inst_load")["items"]
    assert [row["datetime_beginning_utc"][11:16] for row in found[:2]] == ["19:00", "19:05"]
    assert (len(found), found[0]["area"], found[0]["instantaneous_load"]) == (12, "PJM RTO", 100.5)
    stretch = {"forecast_datetime_beginning_utc": STRETCH["datetime_beginning_utc"]}
    (row,) = answer(load("DAM", 3600), "load_frcstd_7_day", **stretch)["items"]
    assert row["evaluated_at_datetime_utc"] == "2026-06-10T19:10:00"
    assert row["forecast_datetime_beginning_utc"] == "2026-06-10T19:00:00"
    assert (row["forecast_area"], row["forecast_load_mw"]) == ("PJM RTO", 100.5)


def test_what_data_miner_does_not_know_has_no_answer() -> None:
    market = SimulatedPjm(PublishedDay("pjm", [price()]))
    for path, query in (
        ("/api/v1/nothing", STRETCH),
        ("/api/v1/inst_load", {}),
        ("/api/v1/inst_load", {"datetime_beginning_utc": "today"}),
        ("/api/v1/inst_load", STRETCH | {"startRow": "x"}),
    ):
        assert market.answer(path, query, START, wrong=False) is None
