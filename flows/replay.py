"""Play a day through the log and the real flow, in a store of its own, and prove its digest."""

from __future__ import annotations

import gzip
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import redis

from connectors.log.day_folder import OPENING, unpack_opening
from connectors.log.days import Day
from connectors.log.redis import RedisLog
from connectors.records import to_record
from connectors.whole_file import write_whole
from flows.house import complain, process_spec
from flows.plain_json import plain
from flows.policy_file import read_policy
from flows.settings import Settings
from flows.store_reach import connect_once, open_store, store_missing
from flows.supervise import POLL_SECONDS, ProcessSpec, Supervisor
from state.errors import ConfigError, StateError
from state.explain.views import ShownView
from state.messages import Policy
from state.policy.documents import AnyPolicy, read
from state.policy.schema import LimitPolicy
from state.screens.clock_seen import ClockView
from state.store import StoredTransition, StoreReader

_PAGE = 1000


@dataclass(frozen=True)
class Progress:
    """How far a replay is.

    Attributes:
        tick_ns: market time of the fold.
        position: messages folded.
        written: messages in the log.
    """

    tick_ns: int
    position: int
    written: int


@dataclass(frozen=True)
class Outcome:
    """What a replay ended with.

    Attributes:
        seconds: wall time from the first message to the last view.
    """

    run: str
    day: str
    digest: str
    timing_digest: str
    messages: int
    dead_letters: int
    seconds: float
    transitions: list[StoredTransition]
    views: dict[str, ShownView]

    def summary(self) -> dict[str, object]:
        """Return what is worth telling, as plain values."""
        return {
            "day": self.day,
            "run": self.run,
            "digest": self.digest,
            "timing_digest": self.timing_digest,
            "messages": self.messages,
            "dead_letters": self.dead_letters,
            "alert_transitions": len(self.transitions),
            "seconds": round(self.seconds, 3),
        }


def replay(
    folder: Path,
    *,
    settings: Settings,
    report: Callable[[Progress], None],
) -> Outcome:
    """Play a whole day as fast as the settings say; nothing outside hears of it.

    Args:
        folder: of the day.
        settings: their speed, workers and snapshot interval count.
        report: told a few times a second how far it is.

    Raises:
        StartError: a process did not start.
        StateError: a process failed.
        KeyboardInterrupt: somebody stopped it.
    """
    day = Day.open(folder)
    with tempfile.TemporaryDirectory(prefix="tieline-replay-") as scratch:
        own = settings.with_changes(
            data_dir=Path(scratch),
            run=f"replay-{day.manifest.name}",
            day=str(folder),
            company=day.manifest.company,
            metrics_port=0,
            store_url=type(settings.store_url)(""),
        )
        with _running(own) as supervisor:
            return _follow(day, own, supervisor, report)


@contextmanager
def _running(settings: Settings) -> Iterator[Supervisor]:
    pid_file = settings.data_dir / "processes.json"
    supervisor = Supervisor(_specs(settings), pid_file=pid_file, pass_lines=complain)
    supervisor.stop_on_signals()
    try:
        supervisor.start()
        yield supervisor
    finally:
        supervisor.stop()


def _specs(settings: Settings) -> list[ProcessSpec]:
    store = process_spec("store", settings, missing=lambda: store_missing(settings))
    ends = ("ingest", "monitor")
    return [store, *(process_spec(name, settings, "--until-ended") for name in ends)]


def _follow(
    day: Day, settings: Settings, supervisor: Supervisor, report: Callable[[Progress], None]
) -> Outcome:
    client = connect_once(settings)  # a store that died is started between two looks
    run_log, reader = RedisLog(client, settings.run), StoreReader(client, settings.run)
    started = time.monotonic()
    while "monitor" not in supervisor.finished:
        supervisor.tend()
        if supervisor.stopping:
            raise KeyboardInterrupt
        _require_progress(supervisor)
        with suppress(redis.ConnectionError, redis.TimeoutError):
            report(_progress(run_log, reader))
        time.sleep(POLL_SECONDS)
    seconds = time.monotonic() - started
    with open_store(settings) as patient:
        report(_progress(RedisLog(patient, settings.run), StoreReader(patient, settings.run)))
        return _outcome(day, settings.run, patient, seconds)


def _require_progress(supervisor: Supervisor) -> None:
    for name, crashes in supervisor.restarts.items():
        if crashes > 2:  # noqa: PLR2004 - once may be chance, more is a fault
            said = supervisor.last_words[name]
            reason = (
                f"{name} failed {crashes} times and said last: {said}; its own lines are above, "
                f"and the log of a replay needs room in {tempfile.gettempdir()} (TMPDIR)"
            )
            raise StateError(reason)


def _progress(run_log: RedisLog, reader: StoreReader) -> Progress:
    clock = reader.read_views(["clock"]).get("clock")
    tick_ns = clock.tick_ns if isinstance(clock, ClockView) else 0
    return Progress(tick_ns, reader.position(), run_log.last_position())


def _outcome(day: Day, run: str, client: redis.Redis, seconds: float) -> Outcome:
    reader = StoreReader(client, run)
    views = reader.read_views()
    clock = views.get("clock")
    if not isinstance(clock, ClockView):
        reason = f"the monitor wrote no clock for {day.manifest.name}; its lines are above"
        raise StateError(reason)
    return Outcome(
        run=run,
        day=day.manifest.name,
        digest=clock.digest,
        timing_digest=clock.timing_digest,
        messages=RedisLog(client, run).last_position(),
        dead_letters=len(reader.dead_letters(count=1_000_000)),
        seconds=seconds,
        transitions=list(_all_transitions(reader)),
        views=views,
    )


def _all_transitions(reader: StoreReader) -> Iterator[StoredTransition]:
    after = "0-0"
    while page := reader.transitions(after, _PAGE):
        yield from page
        after = page[-1].id


def write_outcome(outcome: Outcome, folder: Path) -> list[Path]:
    """Write alerts, final views and digest as JSON; returns the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    alerts = [{"id": each.id, **plain(each.transition)} for each in outcome.transitions]
    states = [{"view": name, **plain(view)} for name, view in sorted(outcome.views.items())]
    return [
        _write_lines(folder / "alerts.jsonl", alerts),
        _write_lines(folder / "states.jsonl", states),
        _write_lines(folder / "digest.json", [outcome.summary()]),
    ]


def _write_lines(path: Path, lines: list[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write_whole(path, text.encode())
    return path


def with_policy(folder: Path, policy_file: Path, scratch: Path) -> Path:
    """Make the same day under another policy: a folder in which only the opening differs.

    The policy takes the place of the day's of its name. Limits of another name take that of all
    limits of the day; a written policy stands beside what the day has.

    Raises:
        ConfigError: the policy or the day's opening cannot be read.
    """
    policy, source = read_policy(policy_file)
    day = scratch / folder.name
    day.mkdir()
    for path in folder.iterdir():
        if path.name != OPENING:
            (day / path.name).symlink_to(path)
    message = Policy(policy=policy.name, version=policy.version, source=source)
    lines = unpack_opening(folder / OPENING).splitlines()
    records = [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]
    held = [_policy_in(record) for record in records]
    out = _replaced(policy, held)
    kept = [line for line, own in zip(lines, held, strict=True) if own is None or own not in out]
    last = records[-1]["received_at"]
    own = {"received_at": last, "source": "command line", "body": to_record(message)}
    text = b"\n".join([*kept, msgspec.json.encode(own), b""])
    (day / OPENING).write_bytes(gzip.compress(text))
    return day


def _policy_in(record: dict[str, Any]) -> AnyPolicy | None:
    """Return the policy that a record of an opening is; None where it is none, or has an error."""
    body = record["body"]
    if not (isinstance(body, dict) and body.get("kind") == "policy"):
        return None
    with suppress(ConfigError):
        return read(body["source"])
    return None


def _replaced(policy: AnyPolicy, held: Iterable[AnyPolicy | None]) -> list[AnyPolicy]:
    """Return the policies of a day that another takes the place of."""
    alike = [one for one in held if type(one) is type(policy)]
    of_its_name = [one for one in alike if one.name == policy.name]
    return of_its_name or (alike if isinstance(policy, LimitPolicy) else [])
