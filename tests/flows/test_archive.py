"""A live run into which others appended, archived: the day has all of it, and its digests."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from connectors.log.days import Day, Record
from connectors.log.recording import Recording
from connectors.log.redis import RedisLog
from connectors.records import from_record
from connectors.simulated.faults import FaultPlan
from flows.archive import _copy, archive
from flows.commands.record import record
from flows.fold import fold
from flows.live import Live
from flows.live_file import read_live_file
from flows.simulate import Simulation
from state.company import Company
from state.errors import ConfigError, LogError
from state.messages import Action, ActionKind, Message, Trade
from state.screens.views import Transition
from state.wire import decode
from tests.flows.gateways import deal

SHIPPED = Path(__file__).parents[2] / "replay_data" / "2026-09-08-caiso-scarcity"
SPEED = 60.0


class Run:
    """A live run whose time passes when the test says so; nothing is asked of a market."""

    def __init__(self, client: redis.Redis, run: str, place: Path) -> None:
        simulation = Simulation.of(SHIPPED, speed=SPEED, port=0, faults=FaultPlan(0))
        simulation.write_live_file(place / "live.yaml", SHIPPED / "opening.jsonl.gz")
        file = read_live_file(place / "live.yaml", ("caiso",))
        self.recording = place / "recording"
        self.log = RedisLog(client, run)
        self.live = Live(client, run, file, self.recording)
        self.live._begin()

    def messages(self) -> list[Message]:
        return [decode(entry.body) for entry in self.log.read(0, 100_000)]

    def folded(self) -> tuple[Company, list[Transition]]:
        company, transitions = Company("company"), []
        for position, message in enumerate(self.messages(), start=1):
            transitions += company.apply(message, position)
        return company, transitions

    def archived(self, target: Path) -> Path:
        return archive(self.recording, target, company="company", log=self.log)


def trade(number: int, at_ns: int, **changes: object) -> Trade:
    message = from_record(deal(number, **changes), received_at_ns=at_ns)
    assert isinstance(message, Trade)
    return message


def acknowledgement(run: Run, at_ns: int) -> Action:
    """Acknowledge the first case there was."""
    _, transitions = run.folded()
    return Action(
        action="test/1",
        action_kind=ActionKind.ACKNOWLEDGE,
        case=transitions[0].case,
        actor="risk",
        at_ns=at_ns,
        received_at_ns=at_ns,
    )


def test_a_run_with_trades_of_the_gateway_and_an_acknowledged_case_is_a_day_with_its_digests(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    run = Run(client, run_name, tmp_path)
    early = trade(1, at_ns=7)
    run.log.append_once([early])  # before the first tick
    run.live.take([None])
    last_ns = run.messages()[-1].received_at_ns
    run.log.append_once([trade(2, last_ns - 1_234), trade(3, last_ns + 10**15 + 1)])
    run.log.append([acknowledgement(run, last_ns + 5)])
    run.live.take([None])
    run.log.append_once([trade(2, last_ns, version=2, action="amend", quantity_mw=3.0)])
    run.live.take([None])
    run.log.append_once([trade(4, last_ns + 1)])  # after the last tick

    folder = run.archived(tmp_path / "day")

    found = run.messages()
    company, transitions = fold(Day.open(folder))
    own, _ = run.folded()
    assert "acknowledged" in {each.change for each in transitions}
    assert (company.digest, company.timing_digest) == (own.digest, own.timing_digest)
    records = [item for item in Day.open(folder).items() if isinstance(item, Record)]
    others = [one for one in found if isinstance(one, Trade | Action)][-6:]
    assert [item.stamp_ns for item in records] == [one.received_at_ns for one in others]


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_lies_where_a_day_is_made_is_left_as_it_is_and_named(
    client: redis.Redis, run_name: str, tmp_path: Path, *, is_folder: bool
) -> None:
    run = Run(client, run_name, tmp_path)
    run.live.take([None])
    part = tmp_path / "day.part"
    kept = part / "notes.txt" if is_folder else part
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("mine")

    with pytest.raises(ConfigError, match=r"day\.part is there already; remove it where"):
        run.archived(tmp_path / "day")
    with pytest.raises(ConfigError, match=r"day\.part is there already"):  # before it follows any
        record(tmp_path / "day", live="caiso", live_file=tmp_path / "live.yaml")

    assert kept.read_text() == "mine"
    assert not (tmp_path / "day").exists()


def test_an_archive_that_fails_leaves_nothing_behind(
    client: redis.Redis, run_name: str, tmp_path: Path
) -> None:
    run = Run(client, run_name, tmp_path)
    run.live.take([None])
    run.log.pass_reader("monitor", 3)
    run.log.trim(3)

    with pytest.raises(LogError, match=r"begins at position 3: it was trimmed.*restore a backup"):
        run.archived(tmp_path / "day")

    assert not list(tmp_path.glob("day*"))


def test_a_body_that_is_gone_is_named_with_what_to_do(tmp_path: Path) -> None:
    recording, part = tmp_path / "recording", tmp_path / "day.part"
    part.mkdir()
    kept = Recording(recording)
    kept.open_with(b"")
    kept.receipt(1, "caiso", "caiso/RTD/x", b"body", {"status": 200}, is_read=True)
    kept.close()
    (recording / "caiso" / "RTD" / "x").unlink()

    with pytest.raises(ConfigError, match=r"RTD/x is gone; .* take its lines out of receipts\.csv"):
        _copy(recording, part, 2)
