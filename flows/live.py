"""Live ingest: pollers and trade feeds → stamped in one order → recorded → the log.

The order of the log is that of the stamps: whoever comes is given the next microsecond of the
market's clock, after the ticks of all seconds that have passed. A recording plays back in the very
same order, so that a live run and its archive end with the same digests.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO

import bytewax.operators as op
import redis
import structlog
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from msgspec import structs
from typing_extensions import override

from connectors.log.days import Receipt, Record
from connectors.log.recording import Recording, recorded, stamp
from connectors.log.redis import DeadLetter, RedisLog
from connectors.polling.backfill import Backfill, Requests, requests_for
from connectors.polling.host import Host, host_of
from connectors.polling.poller import Polled, Poller
from connectors.polling.report import Report
from connectors.records import to_json_line, to_record
from connectors.source import Feed, FeedSource
from connectors.trades import Deal, Fate, Settled, TradeFeed
from flows.appended import LIVE
from flows.entries import LARGEST_APPEND, count, letter_of, letters_of, messages_of
from flows.live_file import LiveFile
from flows.live_opening import read_opening
from flows.memory import settle_memory
from flows.running import run_flow, stopped_by_signals
from flows.stamps import Stamps
from flows.supervise import write_lock
from state.errors import ConfigError, LogError
from state.messages import (
    AnyMessage,
    Message,
    Policy,
    RunPhase,
    RunStatus,
    StressScenarios,
)
from state.moments import HOUR_NS, MINUTE_NS

_LOOK_SECONDS = 0.05
_TURN = 10
"""Items of one feed that are appended before the next feed's: what a flood costs the others."""
_REST = timedelta(milliseconds=10)
"""Between two turns of a feed that has more: some 900 items a second come of a flood."""
_LOCK = "lock"
_TRIES = 20
_BACKFILL_NS = HOUR_NS

log = structlog.get_logger()

Came = Polled | Deal | None
"""An answer, a deal, or nothing but time."""
Entries = list[Message | DeadLetter]


class Live:
    """A live run.

    Args:
        client: of the store.
        run: the run whose log is written.
        file: what is followed.
        folder: where it is recorded.
        defaults: scenarios and policies put in force where the opening brings none.
        only_backfill: follow nothing, work the requests for the past off, and end.
    """

    def __init__(
        self,
        client: redis.Redis,
        run: str,
        file: LiveFile,
        folder: Path,
        defaults: Sequence[StressScenarios | Policy] = (),
        *,
        only_backfill: bool = False,
    ) -> None:
        self.run_name = run
        self._file = file
        self._clock = file.clock.clock()
        self._log = RedisLog(client, run)
        self._recording = Recording(folder)
        self._defaults = defaults
        self._only_backfill = only_backfill
        self._requests = Requests(requests_of(folder))
        self._stamps: Stamps
        self._trades: dict[str, TradeFeed] = {}
        self._pollers: list[Poller] = []
        self._backfill: Backfill | None = None
        self._minute = 0
        self._position = 0

    def run(self, stop: threading.Event | None = None) -> None:
        """Follow the markets until a signal, or until the event is set.

        Raises:
            ConfigError: the opening is wrong.
            LogError: the store is unsafe to write a log to, or lost the tail of this one.
        """
        self._log.require_safe_store()
        stop = stop or threading.Event()
        writing = _alone(self._recording.folder)
        with stopped_by_signals(stop), writing, contextlib.closing(self._recording):
            since_ns, known = self._begin()
            self._trades = self._open_trades()
            self._log.record_start("ingest", offset=self._stamps.last_ns)
            log.info("ingest.live", run=self.run_name, since=stamp(since_ns))
            with self._hosts(since_ns, known):
                settle_memory()
                run_flow(self._flow(stop))

    def _begin(self) -> tuple[int, list[AnyMessage]]:
        """Append the opening, or go on after what the log has; nobody else writes any more.

        Returns:
            Since when prices are due, and what is known of them.
        """
        self._stamps = Stamps(self._clock, last_ns=self._log.offsets().get(LIVE, 0))
        self._position = self._log.last_position()
        self._require_tail()
        if self._stamps.last_ns:
            self._recording.cut(self._stamps.last_ns)
            return self._stamps.last_ns - _BACKFILL_NS, []
        at_ns = self._stamps.begin()
        status = RunStatus(
            run=self.run_name,
            phase=RunPhase.STARTED,
            at_ns=at_ns,
            received_at_ns=at_ns,
            speed=self._clock.speed,
        )
        opening = self._opening(at_ns)
        self._recording.open_with(_lines(opening, at_ns))
        self._append([status, *opening])
        return at_ns, opening

    def _require_tail(self) -> None:
        """Refuse a log that lacks what was recorded once it had it: to go on would cut it off.

        Raises:
            LogError: the store lost its tail, or an older one was put in its place.
        """
        found = None
        with contextlib.suppress(LogError):  # a damaged note is written anew by the next append
            found = recorded(self._recording.folder)
        if found is not None:
            self._log.require_tail(found.position)

    def _open_trades(self) -> dict[str, TradeFeed]:
        """Open the trade feeds; what they keep of the recording stays, all else is let go."""
        feeds = {} if self._only_backfill else self._file.trade_feeds()
        kept = self._recording.items() if feeds else {}
        return {name: options.open(name, kept.get(name, ())) for name, options in feeds.items()}

    def _catch_up(self) -> None:
        """Append the ticks of a pause a part at a time: a day has 86,400 of them."""
        ticks = self._stamps.ticks()
        while part := list(itertools.islice(ticks, LARGEST_APPEND)):
            self._append(part)

    def _append(self, entries: Sequence[Message | DeadLetter]) -> list[int | None]:
        positions = self._log.append(entries, source=LIVE, offset=self._stamps.last_ns)
        self._position = max(filter(None, positions), default=self._position)
        self._recording.reached(self._stamps.last_ns, self._position)
        count(entries, positions)
        return positions

    def _opening(self, at_ns: int) -> list[AnyMessage]:
        opening = read_opening(self._file.opening, received_at_ns=at_ns)
        missing = [one for one in self._defaults if not _brings(opening, one)]
        return [*opening, *(structs.replace(one, received_at_ns=at_ns) for one in missing)]

    # The flow ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _hosts(self, since_ns: int, known: Sequence[AnyMessage]) -> Iterator[None]:
        """Open a client of every host, and a poller of every report of it."""
        with contextlib.ExitStack() as open_hosts:
            hosts: list[tuple[Host, Sequence[Report]]] = []
            is_restart = not known  # a first start has an opening
            lacked = self._recording.lacked() if is_restart else {}
            for asked in self._file.asked():
                host = open_hosts.enter_context(host_of(asked, self._clock))
                hosts.append((host, asked.reports))
                for report in () if self._only_backfill else asked.reports:
                    poller = Poller(
                        report, host, self._clock,
                        since_ns=since_ns, is_restart=is_restart, known=known,
                        lacked_ns=lacked.get(report.feed, 0),
                    )  # fmt: skip
                    poller.heard(self._recording.bodies(report.feed))
                    self._pollers.append(poller)
            self._backfill = Backfill(
                self._requests, self._clock, hosts, until_ended=self._only_backfill
            )
            yield

    def _flow(self, stop: threading.Event) -> Dataflow:
        flow = Dataflow("live")
        came = op.input("feeds", flow, FeedSource(self._feeds(), stop, turn=_TURN, rest=_REST))
        op.output("log", came, _LogSink(self))
        return flow

    def _feeds(self) -> dict[str, Feed[Came]]:
        feeds: dict[str, Feed[Came]] = {}
        if self._backfill is not None:
            feeds["backfill"] = self._backfill.run
        if self._only_backfill:
            return feeds
        feeds["clock"] = _time
        feeds |= {poller.report.feed: poller.run for poller in self._pollers}
        feeds |= {name: feed.run for name, feed in self._trades.items()}
        return feeds

    def take(self, batch: Sequence[Came]) -> None:
        """Append what came, in one step, and let whoever brought it go on."""
        self._catch_up()
        entries: Entries = []
        ends: list[tuple[Deal, int]] = []
        for came in batch:
            match came:
                case Polled():
                    entries.extend(self._answer(came))
                case Deal():
                    entries.extend(self._deal(came))
                    ends.append((came, len(entries) - 1))
        minute, self._minute = self._minute, self._stamps.last_ns // MINUTE_NS
        if minute != self._minute or any(isinstance(came, Polled) for came in batch):
            entries.extend(self._notices(self._pollers))
        entries.extend(self._notices(self._trades.values()))
        if entries:
            self._recording.flush()
            positions = self._append(entries)
            self._settle([(deal, entries[end], positions[end]) for deal, end in ends])
        for came in batch:
            if isinstance(came, Polled):
                came.poller.appended()

    def _answer(self, polled: Polled) -> Entries:
        answer, report = polled.answer, polled.poller.report
        ticks, received_at_ns = self._stamps.next()
        taken = polled.poller.take(polled, received_at_ns=received_at_ns)
        if answer is None:
            return [*ticks]
        headers: dict[str, str | int] = {**answer.headers, "status": answer.status}
        headers["where"] = answer.where
        place = (received_at_ns, report.market, polled.payload)
        self._recording.receipt(*place, answer.body, headers, is_read=taken.is_read)
        item = Receipt(received_at_ns, report.market, answer.body, polled.payload)
        name = f"{report.feed}/{received_at_ns}"
        if taken.fault:
            return [*ticks, letter_of(item, name, taken.fault)]
        for request in requests_for(report.market, taken.again):
            self._requests.put(request)
        return [*ticks, *taken.messages, *letters_of(item, name, taken.rejected)]

    def _deal(self, deal: Deal) -> Entries:
        """Return what a deal becomes; a refusal is recorded as what the log says of it."""
        ticks, received_at_ns = self._stamps.next()
        place, letter = (received_at_ns, deal.feed), f"{deal.feed}/{received_at_ns}"
        found: Sequence[Message | DeadLetter]
        if deal.refusal:
            item = Record(*place, deal.raw, deal.where)
            refused = letter_of(item, letter, deal.refusal)
            body, found = to_json_line(refused.rejected).encode(), (refused,)
        else:
            body = deal.body
            found = messages_of(Record(*place, body, deal.where), letter)
        self._recording.record(*place, body, deal.item, deal.raw)
        return [*ticks, *found]

    def _settle(self, deals: Sequence[tuple[Deal, Message | DeadLetter, int | None]]) -> None:
        """Tell trade feeds what became of what they brought: the log has it on disk."""
        settled: dict[str, list[Settled]] = {}
        for deal, entry, position in deals:
            if isinstance(entry, DeadLetter):
                end = Settled(deal, Fate.REFUSED, entry.rejected.reason)
            else:
                end = Settled(deal, Fate.REPEATED if position is None else Fate.TAKEN)
            settled.setdefault(deal.feed, []).append(end)
        for name, ends in settled.items():
            self._trades[name].settle(ends)

    def _notices(self, feeds: Iterable[Poller | TradeFeed]) -> Entries:
        """Say what changed of feeds; each is a record of its own, with its own stamp."""
        found: Entries = []
        for feed in feeds:
            notice = feed.notice(self._stamps.last_ns)
            if notice is not None:
                ticks, at_ns = self._stamps.next()
                notice = structs.replace(notice, received_at_ns=at_ns)
                self._recording.record(at_ns, "feeds", to_json_line(notice).encode())
                found += [*ticks, notice]
        return found


def _alone(recording: Path) -> IO[str]:
    """Take the lock of a recording; who only looks whether it is taken holds it for a moment."""
    for _ in range(_TRIES):
        with contextlib.suppress(ConfigError):
            return write_lock(recording / _LOCK)
        time.sleep(_LOOK_SECONDS)
    return write_lock(recording / _LOCK, "live run writes the recording")


def is_followed(recording: Path) -> bool:
    """Say whether a live run goes on that writes a recording."""
    try:
        recording.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_lock(recording / _LOCK).close()
    except ConfigError:
        return True
    return False


def requests_of(recording: Path) -> Path:
    """Return the folder of requests for the past, beside the recording of a run."""
    return recording.with_name("backfill")


class _LogSink(DynamicSink[Came]):
    def __init__(self, live: Live) -> None:
        self._live = live

    @override
    def build(
        self, step_id: str, worker_index: int, worker_count: int
    ) -> StatelessSinkPartition[Came]:
        return _LogSinkPartition(self._live)


class _LogSinkPartition(StatelessSinkPartition[Came]):
    def __init__(self, live: Live) -> None:
        self._live = live

    @override
    def write_batch(self, items: list[Came]) -> None:
        self._live.take(items)


def _time(stop: threading.Event) -> Iterator[Sequence[Came]]:
    """Yield now and then: whoever takes it sees that time has passed."""
    while not stop.wait(_LOOK_SECONDS):
        yield [None]


def _brings(opening: Sequence[AnyMessage], default: StressScenarios | Policy) -> bool:
    """Say whether an opening has scenarios of its own, or a policy of that name."""
    if isinstance(default, StressScenarios):
        return any(isinstance(message, StressScenarios) for message in opening)
    return any(message.key == default.key for message in opening)


def _lines(messages: Sequence[AnyMessage], at_ns: int) -> bytes:
    """Write messages as the records of a day's opening."""
    lines = (
        {"received_at": stamp(at_ns), "source": "opening", "body": to_record(message)}
        for message in messages
    )
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
