"""The benchmarks: their arithmetic, and a small run of each over the real thing."""

from __future__ import annotations

import doctest
import itertools
import json
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import redis

from benchmarks import (
    day,
    figures,
    latency,
    marked_day_recompute,
    plot,
    replay,
    report,
    trading_day,
    workload,
)
from benchmarks.appending import Appender, Sample, SnapshotWatch
from benchmarks.figures import Bar, rate, spread
from benchmarks.latency import Latency, arrivals, slowest_after
from benchmarks.trades import trades
from connectors.log.days import Day
from connectors.records import parse_record
from flows.days import find_day
from flows.settings import DEFAULT_DAY
from state.blocks import StoredView
from state.company import Company
from state.errors import ConfigError, StateError
from state.keys import RunKeys
from state.messages import Trade
from state.moments import HOUR_NS
from state.screens import screens
from tests.small_days import price_body, record_line, trade, write_day
from tests.stores import EmbeddedStore

ROOT = Path(__file__).parents[1]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_day(
        tmp_path / "day",
        last_second=60,
        receipts={20: price_body(300, 25.0)},
        records=[record_line(30, trade(1))],
    )


@pytest.mark.parametrize(
    "module", [figures, latency, marked_day_recompute, plot, report, trading_day, workload]
)
def test_the_worked_numbers_of_the_benchmarks_come_out(module: ModuleType):
    tried = doctest.testmod(module)

    assert tried.attempted > 0
    assert not tried.failed


def test_a_quantile_is_a_sample_that_was_measured():
    measured = spread([float(number) for number in range(1, 101)])

    assert (measured.count, measured.p50, measured.p90) == (100, 50.0, 90.0)
    assert (measured.p99, measured.max) == (99.0, 100.0)


def test_one_slow_trade_in_a_hundred_and_one_does_not_reach_p99_but_two_do():
    assert spread([1.0] * 100 + [900.0]).p99 == 1.0
    assert spread([1.0] * 99 + [900.0] * 2).p99 == 900.0


def test_a_spread_of_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])


def test_a_bar_that_is_met_exactly_or_was_not_measured_is_missed():
    assert Bar("p50", 4.99, 5.0, "ms").held
    assert not Bar("p50", 5.0, 5.0, "ms").held
    assert not Bar("p50", float("nan"), 5.0, "ms").held
    assert Bar("rate", 5.0, 5.0, "/s", at_least=True).held
    assert not Bar("rate", 4.99, 5.0, "/s", at_least=True).held
    assert not Bar("rate", float("nan"), 5.0, "/s", at_least=True).held


def test_a_rate_is_that_of_the_median_run():
    assert rate(90_000, [6.0, 100.0, 5.0]) == 15_000.0


def test_trades_arrive_at_random_at_the_same_moments_in_every_run():
    moments = list(arrivals(600.0, seed=7))
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]

    assert moments == list(arrivals(600.0, seed=7))
    assert len(moments) >= 2000
    assert max(gaps) > 5 * sum(gaps) / len(gaps)


def test_the_slowest_trade_after_a_snapshot_is_that_of_the_trades_next_to_one():
    samples = [Sample(position, float(position), 0.0) for position in (3, 8, 12, 90)]

    assert slowest_after([2, 7], samples) == 8.0
    assert slowest_after([91], samples) != slowest_after([91], samples), "not a number"


def test_snapshots_are_counted_also_when_old_ones_are_dropped(tmp_path: Path):
    (tmp_path / "00000000000000000001.state").touch()
    watch = SnapshotWatch(tmp_path)
    for position in (5, 9):
        path = tmp_path / f"{position:020d}.state"
        path.touch()
        watch.look()
        path.unlink()

    assert list(watch.seen) == [5, 9]
    assert len(watch.gaps_seconds()) == 1


def test_the_day_accepts_every_trade_and_each_changes_position_or_value():
    day = Day.open(find_day(DEFAULT_DAY))
    company = Company.restore(day.saved_opening("16:30").state)
    made = trades(day, tick_ns=company.tick_ns, seed=1)
    feed = company.desk.feeds.record("caiso/trades")
    refused, identities = feed.rejected, set()

    def money() -> list[str]:
        views = screens.build(company.desk, {"position", "pnl"}, company.tick_ns)
        return [str(views[name]) for name in (f"position/caiso/{day.manifest.date}", "pnl")]

    for message in itertools.islice(made, 100):
        before = money()
        company.apply(message, company.position + 1)
        identities.add(message.identity)
        assert money() != before
        assert company.tick_ns < message.delivery_start_ns
        assert message.delivery_end_ns <= day.manifest.to_ns + HOUR_NS

    assert feed.rejected == refused
    assert len(identities) == 100


def test_a_day_with_no_hour_left_cannot_be_traded():
    day = Day.open(find_day(DEFAULT_DAY))

    with pytest.raises(ConfigError, match="no hour left"):
        next(trades(day, tick_ns=day.manifest.to_ns, seed=1))


class TestAppender:
    @pytest.fixture
    def client(self, tmp_path: Path):
        with EmbeddedStore(tmp_path / "store") as store, redis.Redis.from_url(store.url) as client:
            yield client

    def test_a_trade_without_an_effect_in_the_views_fails_the_benchmark(self, client: redis.Redis):
        keys = RunKeys("r")
        client.hset(keys.view, mapping={"position": "99", "pnl": b"as before"})
        message = next(trades(Day.open(find_day(DEFAULT_DAY)), tick_ns=1, seed=1))
        appender = Appender(client, "r", moved=["pnl"], clock=lambda: 5)

        with pytest.raises(StateError, match="changed neither pnl"):
            appender.send(message, time.monotonic())

    def test_a_trade_held_up_by_the_one_before_is_timed_from_when_it_was_due(
        self, client: redis.Redis
    ):
        appender = Appender(client, "r", moved=["pnl"], clock=lambda: 5)
        appender._free_at = time.monotonic()
        message = next(trades(Day.open(find_day(DEFAULT_DAY)), tick_ns=1, seed=1))
        client.hset(RunKeys("r").view, "position", "99")

        with pytest.raises(StateError, match="changed neither"):
            appender.send(message, appender._free_at - 0.25)

        assert appender.samples[0].total > 250.0
        assert appender.samples[0].append > 250.0


def test_the_core_is_timed_by_kind_and_its_opening_is_left_out(small: Path):
    measured = day.measure(small, runs=2)

    kinds = {each.kind: each for each in measured.kinds}
    assert measured.messages == 66
    assert kinds["tick"].fold.count == 60
    assert kinds["price"].fold.count == kinds["trade"].fold.count == 1
    assert "books" not in kinds
    assert len(measured.seconds) == 2
    assert measured.messages_a_second > 0


@pytest.mark.processes
def test_a_replay_is_timed_as_a_whole_process(small: Path):
    measured = replay.measure(small, runs=1)

    assert measured.messages > 60
    assert 0 < measured.flow_seconds[0] < measured.seconds[0] < 30
    assert len(measured.digest) == 32


@pytest.mark.processes
def test_a_replay_that_fails_is_no_measurement(tmp_path: Path):
    with pytest.raises(StateError, match="manifest"):
        replay.measure(tmp_path, runs=1)


@pytest.mark.alone
@pytest.mark.processes
def test_a_few_seconds_of_latency_are_measured_over_the_real_processes(tmp_path: Path):
    out = tmp_path / "figures.json"
    command = [sys.executable, "benchmarks/run.py", "latency", "--minutes", "0.2", "--json"]

    ended = subprocess.run(
        [*command, "--out", str(out)], cwd=ROOT, capture_output=True, timeout=120, check=False
    )

    assert ended.returncode in {0, 2}, ended.stderr.decode()
    assert json.loads(ended.stdout) == json.loads(out.read_text())
    measured = json.loads(ended.stdout)["latency"]
    assert set(measured) == set(Latency.__struct_fields__)
    times = measured["milliseconds"]
    assert times["count"] >= 5
    assert 0 < times["p50"] <= times["p90"] <= times["p99"] <= times["max"]
    assert measured["snapshots"] >= 3
    assert measured["start_at"] == "16:30"


class SlowlyChecked(Appender):
    """An appender whose look at the views takes a while."""

    def __init__(self) -> None:
        self.looked = 0
        self._free_at = 0.0
        self._clock = lambda: 0
        self._moved = ["pnl"]
        self._log = SimpleNamespace(append=lambda _: [1])
        self._reader = SimpleNamespace(position=lambda: 1)
        self.samples, self.looks = [], []

    def _views(self) -> list[StoredView | None]:
        time.sleep(0.05)
        self.looked += 1
        return [StoredView(str(self.looked).encode(), {})]


@pytest.mark.alone
def test_a_trade_due_while_the_one_before_is_checked_is_timed_from_when_it_was_due():
    appending = SlowlyChecked()
    deal = parse_record(json.dumps(trade(1)).encode(), received_at_ns=0)
    assert isinstance(deal, Trade)
    appending.send(deal, time.monotonic())
    appending.send(deal, time.monotonic() - 0.02)

    first, second = (sample.total for sample in appending.samples)
    assert first < 50
    assert second >= 70
