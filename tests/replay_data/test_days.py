"""What every shipped day must be, and what makes each of them the day it is."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from replay_data.blotter import SOURCE
from replay_data.days import ROOT, DayMaker
from replay_data.locations import CAISO_HUBS, NP15, SP15, ZP26
from replay_data.prices import PER_HOUR
from replay_data.records import LocalDay
from replay_data.stories import STORIES, story_named
from state.messages import (
    Books,
    Counterparty,
    CurveMarks,
    FactorHistory,
    Forecast,
    LocationKind,
    Locations,
    MeterValues,
    Outage,
    PricePublication,
    Resource,
    ResourceKind,
    Run,
    Schedule,
    StateOfCharge,
    Trade,
    TradeAction,
)
from state.products import PRODUCTS
from tests.replay_data.shipped import ALL, CLEAN, SCARCITY, played

SPRING = "2026-04-19-caiso-spring"
SUMMER = "2026-07-14-caiso-summer"
LONG, SHORT = "2025-11-02-caiso-25-hours", "2026-03-08-caiso-23-hours"
TWO_MARKETS = "2026-06-10-caiso-spp"
PACIFIC = "America/Los_Angeles"


def lmp_at(prices: list[PricePublication], hub: str) -> dict[int, float]:
    """A hub's price by the start of the interval."""
    return {item.interval_start_ns: float(item.lmp[item.locations.index(hub)]) for item in prices}


def between(day: LocalDay, first: str, last: str) -> range:
    """Starts of the five-minute intervals from one local time to another."""
    return range(day.at(first), day.at(last), 300 * 10**9)


# Every day ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_of_a_clean_day_is_refused(name: str):
    assert played(name).refused == []


@pytest.mark.parametrize("name", ALL)
def test_a_day_is_small_and_of_few_files(name: str):
    files = [path for path in (ROOT / name).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 5_000_000
    assert len(files) <= 8


def test_all_days_together_are_below_20_mb():
    files = [path for path in ROOT.glob("20*/*") if path.is_file()]
    assert files
    assert sum(path.stat().st_size for path in files) < 20_000_000


def contents(path: Path) -> dict[str, bytes]:
    """The files of a day unpacked, zips within zips too; packing differs between zlib builds."""
    if path.suffix == ".gz":
        return {path.name: gzip.decompress(path.read_bytes())}
    if path.suffix == ".zip":
        return unpacked(path.read_bytes())
    return {path.name: path.read_bytes()}


def unpacked(body: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            inner = archive.read(name)
            if zipfile.is_zipfile(io.BytesIO(inner)):
                found |= {f"{name}/{part}": text for part, text in unpacked(inner).items()}
            else:
                found[name] = inner
    return found


@pytest.mark.parametrize("name", [SCARCITY, LONG, TWO_MARKETS])
def test_writing_a_day_again_gives_what_is_committed(name: str, tmp_path: Path):
    written = DayMaker(story_named(name)).write(tmp_path)
    for path in sorted(written.iterdir()):
        if path.name != "manifest.json":  # openings and digests are recorded into it later
            assert contents(path) == contents(ROOT / name / path.name), path.name


def test_writing_a_day_twice_gives_the_same_bytes(tmp_path: Path):
    first, second = (DayMaker(story_named(SHORT)).write(tmp_path / turn) for turn in ("one", "two"))
    names = [path.name for path in sorted(first.iterdir())]
    assert len(names) >= 3
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


@pytest.mark.parametrize("name", CLEAN)
def test_lmp_is_the_sum_of_its_components_to_the_last_decimal(name: str):
    prices = [item for item in played(name).messages if isinstance(item, PricePublication)]
    assert prices
    for item in prices:
        sums = item.energy + item.congestion + item.loss
        assert np.rint(sums * 1e5).tolist() == np.rint(item.lmp * 1e5).tolist()


@pytest.mark.parametrize("name", CLEAN)
def test_every_interval_of_the_day_is_published_in_every_run(name: str):
    day = LocalDay(story_named(name).day, PACIFIC)
    for run, per_hour in PER_HOUR.items():
        starts = {item.interval_start_ns for item in played(name).prices(run)}
        step = 3_600_000_000_000 // per_hour
        assert starts >= set(range(day.grid.start_ns, day.grid.end_ns, step)), run


@pytest.mark.parametrize("name", CLEAN)
def test_real_time_prices_come_before_their_interval(name: str):
    prices = [item for item in played(name).messages if isinstance(item, PricePublication)]
    for item in prices:
        ahead = (item.interval_start_ns - item.received_at_ns) / 1e9
        if item.market == "caiso" and item.run is Run.RTD:
            assert 60 < ahead <= 150
        if item.run is Run.FMM:
            assert 1200 < ahead <= 1350


@pytest.mark.parametrize("name", CLEAN)
def test_every_reference_of_a_trade_exists(name: str):
    opening, messages = played(name).opening, played(name).messages
    books = {book for item in opening if isinstance(item, Books) for book in item.books}
    parties = {item.counterparty for item in opening if isinstance(item, Counterparty)}
    plants = {item.resource for item in opening if isinstance(item, Resource)}
    places = {
        (item.market, place)
        for item in opening
        if isinstance(item, Locations)
        for place in item.locations
    }
    trades = [item for item in (*opening, *messages) if isinstance(item, Trade)]
    for trade in trades:
        assert trade.book in books
        assert trade.counterparty in parties
        assert (trade.market, trade.location) in places
        assert trade.product in PRODUCTS
        assert trade.resource in {*plants, ""}
    versions = {(trade.trade, trade.version) for trade in trades}
    assert len(versions) == len(trades)
    assert all(
        (trade.trade, trade.version - 1) in versions for trade in trades if trade.version > 1
    )


@pytest.mark.parametrize("name", ALL)
def test_the_company_is_a_whole_one(name: str):
    opening, messages = played(name).opening, played(name).messages
    kinds = {item.resource_kind for item in opening if isinstance(item, Resource)}
    assert {ResourceKind.LOAD, ResourceKind.SOLAR, ResourceKind.STORAGE} <= kinds
    assert sum(isinstance(item, Counterparty) for item in opening) >= 10
    trades = [item for item in (*opening, *messages) if isinstance(item, Trade)]
    assert len(trades) >= 300
    assert any(trade.product == "ppa" for trade in trades)
    today = [item for item in messages if isinstance(item, Trade) and item.source == SOURCE]
    assert len(today) >= 120
    assert {TradeAction.AMEND, TradeAction.CANCEL} <= {trade.action for trade in today}
    for kind in (StateOfCharge, Forecast, Schedule, MeterValues, CurveMarks):
        assert any(isinstance(item, kind) for item in messages), kind


@pytest.mark.parametrize("name", ALL)
def test_the_market_has_three_hubs_four_load_zones_and_thirty_nodes(name: str):
    (places,) = (
        item
        for item in played(name).opening
        if isinstance(item, Locations) and item.market == "caiso"
    )
    assert places.kinds.count(LocationKind.HUB) == 3
    assert places.kinds.count(LocationKind.LOAD_ZONE) == 4
    assert places.kinds.count(LocationKind.NODE) >= 30
    assert set(places.hubs) == set(CAISO_HUBS)


# History ------------------------------------------------------------------------------------


def history_of(name: str, factor: str) -> dict[str, float]:
    """A factor's level by date, from a day's opening."""
    for item in played(name).opening:
        if isinstance(item, FactorHistory) and factor in item.factors:
            levels = item.levels.reshape(len(item.factors), len(item.dates))
            row = levels[item.factors.index(factor)]
            return dict(zip(item.dates, row.tolist(), strict=True))
    raise AssertionError(factor)


@pytest.mark.parametrize("name", ALL)
def test_the_history_ends_the_day_before_and_has_more_than_520_dates(name: str):
    dates = list(history_of(name, f"caiso/{SP15}/RTD/HE19"))
    assert len(dates) >= 520
    assert dates == sorted(set(dates))
    assert dates[-1] == (story_named(name).day - timedelta(days=1)).isoformat()


@pytest.mark.parametrize("name", CLEAN)
def test_every_location_and_forward_month_has_factors(name: str):
    opening = played(name).opening
    factors = {
        factor for item in opening if isinstance(item, FactorHistory) for factor in item.factors
    }
    for item in opening:
        if isinstance(item, Locations):
            runs = ("DA", "FMM", "RTD") if item.market == "caiso" else ("DA", "RTD")
            for place, hub in zip(item.locations, item.hubs, strict=True):
                middle = "basis/" if place != hub else ""
                ends = ("",) if place != hub else tuple(f"/HE{hour:02d}" for hour in range(1, 25))
                assert {
                    f"{item.market}/{place}/{middle}{run}{end}" for run in runs for end in ends
                } <= factors
        if isinstance(item, CurveMarks):
            cells = zip(item.hubs, item.blocks, item.months, strict=True)
            assert {f"{item.market}/{h}/curve/{b}/{m}" for h, b, m in cells} <= factors


def test_the_days_agree_on_their_common_past():
    factor = f"caiso/{SP15}/RTD/HE19"
    summer, scarcity = history_of(SUMMER, factor), history_of(SCARCITY, factor)
    common = set(summer) & set(scarcity)
    assert len(common) > 600
    assert all(summer[day] == scarcity[day] for day in common)


@pytest.mark.parametrize(("name", "hour"), [(SUMMER, 19), (SPRING, 13), (LONG, 19)])
def test_a_shipped_day_is_a_date_of_the_later_histories(name: str, hour: int):
    day = LocalDay(story_named(name).day, PACIFIC)
    prices = lmp_at(played(name).prices(Run.RTD), SP15)
    mean = np.mean([prices[at] for at in between(day, f"{hour - 1}:00", f"{hour}:00")])
    level = history_of(SCARCITY, f"caiso/{SP15}/RTD/HE{hour:02d}")[day.day.isoformat()]
    assert level == pytest.approx(mean, abs=0.006)


def test_the_hour_that_a_23_hour_date_lacks_is_not_published():
    levels = history_of(SCARCITY, f"caiso/{SP15}/DA/HE03")
    missing = [day for day, level in levels.items() if np.isnan(level)]
    assert missing == ["2025-03-09", "2026-03-08"]


# Each day -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "hours"), [(LONG, 25), (SHORT, 23), (SUMMER, 24)])
def test_a_day_has_as_many_hours_as_its_date(name: str, hours: int):
    day = LocalDay(story_named(name).day, PACIFIC)
    counts = {run: len(day_starts(name, run, day)) for run in PER_HOUR}
    assert counts == {run: hours * per_hour for run, per_hour in PER_HOUR.items()}


def day_starts(name: str, run: Run, day: LocalDay) -> set[int]:
    starts = {item.interval_start_ns for item in played(name).prices(run)}
    return {start for start in starts if day.grid.start_ns <= start < day.grid.end_ns}


def operating_hours(name: str, day: str) -> set[str]:
    """OPR_HR of the raw RTD rows of a trade date."""
    found: set[str] = set()
    with zipfile.ZipFile(ROOT / name / "payloads.zip") as archive:
        for payload in archive.namelist():
            if payload.startswith("RTD/"):
                with zipfile.ZipFile(io.BytesIO(archive.read(payload))) as body:
                    text = body.read(body.namelist()[0]).decode()
                rows = csv.DictReader(io.StringIO(text))
                found |= {row["OPR_HR"] for row in rows if row["OPR_DT"] == day}
    return found


def test_the_repeated_hour_is_operating_hour_25():
    assert operating_hours(LONG, "2025-11-02") == {f"{hour:02d}" for hour in range(1, 26)}


def test_the_short_day_has_no_operating_hour_3():
    hours = {f"{hour:02d}" for hour in range(1, 25)} - {"03"}
    assert operating_hours(SHORT, "2026-03-08") == hours


def test_the_scarcity_evening_is_above_1000_from_17_20_to_20_30_at_sp15():
    day = LocalDay(story_named(SCARCITY).day, PACIFIC)
    prices = lmp_at(played(SCARCITY).prices(Run.RTD), SP15)
    evening = [prices[at] for at in between(day, "17:20", "20:30")]
    assert min(evening) > 1000
    assert max(evening) < 2000
    assert max(prices[at] for at in between(day, "00:00", "17:00")) < 300


def test_the_hubs_part_in_the_scarcity_evening():
    day = LocalDay(story_named(SCARCITY).day, PACIFIC)
    every = played(SCARCITY).prices(Run.RTD)
    north, middle, south = (lmp_at(every, hub) for hub in (NP15, ZP26, SP15))
    at = day.at("19:00")
    assert north[at] + 100 < middle[at] + 50 < south[at]


def test_a_plant_trips_in_the_scarcity_evening():
    outages = [item for item in played(SCARCITY).messages if isinstance(item, Outage)]
    assert [outage.resource for outage in outages] == ["THERMAL_1"]


@pytest.mark.parametrize("run", [Run.DA, Run.FMM, Run.RTD])
def test_spring_noon_is_negative_in_every_run(run: Run):
    day = LocalDay(story_named(SPRING).day, PACIFIC)
    prices = lmp_at(played(SPRING).prices(run), SP15)
    noon = [price for at, price in prices.items() if day.at("11:00") <= at < day.at("15:00")]
    assert max(noon) < 0


def test_the_two_market_day_holds_spp_by_its_own_clock():
    real_time = played(TWO_MARKETS).prices(Run.RTD, "spp")
    central = LocalDay(story_named(TWO_MARKETS).day, "America/Chicago")
    assert {item.interval_start_ns for item in real_time} >= set(
        range(central.grid.start_ns, central.grid.end_ns, 300 * 10**9)
    )
    assert len(real_time[0].locations) >= 22
    assert not played(TWO_MARKETS).prices(Run.FMM, "spp")
    assert len(played(TWO_MARKETS).prices(Run.DA, "spp")) == 48


def test_no_story_shares_a_date():
    assert len({story.day for story in STORIES}) == len(STORIES) == 7
