"""Trade capture reports by FIX 4.4: an initiator that logs on, listens and never trades.

The session's numbers are on disk, and a report counts as received when the log has it, so that a
start is a recovery: what is missing is asked for again by its number.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from connectors.log.recording import RecordedItem
from connectors.trades import ConnectedFeedOptions, Deal, Settled, secret_of
from connectors.trades.fix_form import Fields, Framer, Garbled, moment_of
from connectors.trades.fix_reports import Mapping, Reports
from connectors.trades.fix_session import Answered, Ended, NumbersFile, Report, Session
from connectors.trades.standing import Standing
from state.errors import ParseError
from state.messages import FeedNotice, FeedOutcome

_OPEN_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_READ_BYTES = 65_536
_TEST_AFTER = 1.2
_GIVE_UP_AFTER = 2.4
_MOST_SHOWN_BYTES = 4_000

Word = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$")]


class FixOptions(ConnectedFeedOptions):
    """A FIX session.

    Attributes:
        host, port: of the counterparty.
        tls: whether it is encrypted.
        ca_file: certificates that are trusted instead of the system's.
        sender, target: SenderCompID, ours, and TargetCompID.
        user: Username (553), where one is asked for.
        password_file: holds Password (554).
        password_variable: of the environment that holds it, where there is no file.
        session_file: where the numbers of the session are kept.
        heartbeat_seconds: HeartBtInt.
        reset_on_logon: begin both numbers anew at every Logon.
        subscribe: ask for all reports (35=AD) after every Logon.
        source: the system of record in the trades; the feed's name where it is empty.
        mapping: what symbols, accounts and parties stand for.
    """

    kind: Literal["fix"] = "fix"
    host: Word
    port: Annotated[int, Field(ge=1, le=65_535)]
    tls: bool = True
    ca_file: Path | None = None
    sender: Word
    target: Word
    user: str = ""
    password_file: Path | None = None
    password_variable: str = ""
    session_file: Path
    heartbeat_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    reset_on_logon: bool = False
    subscribe: bool = False
    source: str = ""
    mapping: Mapping
    first_pause_seconds: Annotated[float, Field(gt=0, le=3600)] = 1.0
    longest_pause_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0

    @override
    def open(self, feed: str, recorded: Sequence[RecordedItem] = ()) -> FixFeed:
        return FixFeed(self, feed, recorded)


class FixFeed:
    """Follows one session.

    Args:
        options: with whom.
        name: of the feed.
        recorded: what is in the log already.

    Raises:
        ConfigError: the password or the session's file cannot be read.
    """

    def __init__(
        self, options: FixOptions, name: str, recorded: Sequence[RecordedItem] = ()
    ) -> None:
        self.name = name
        self._options = options
        self._password = secret_of(name, options.password_file, options.password_variable)
        self._reports = Reports(options.source or options.name, options.mapping, recorded)
        self._standing = Standing(name)
        self._faults = 0
        file = NumbersFile(options.session_file)
        for each in recorded:
            epoch, number, *_ = each.item.split("/")
            if int(epoch) == file.numbers.epoch:
                file.numbers.inbound = max(file.numbers.inbound, int(number) + 1)
        self._session = Session(
            file,
            sender=options.sender,
            target=options.target,
            beat_seconds=options.heartbeat_seconds,
        )

    def run(self, stop: threading.Event) -> Iterator[Sequence[Deal]]:
        """Yield deals until the event is set; then log out."""
        options = self._options
        while not stop.is_set():
            try:
                with self._connected() as line:
                    yield from self._followed(line, stop)
            except Ended as ended:
                outcome = FeedOutcome.ERROR if ended.is_fault else FeedOutcome.TRANSPORT
                self._standing.fails(outcome, ended.reason)
            except OSError as error:
                detail = f"{options.host} gave no answer ({type(error).__name__})"
                self._standing.fails(FeedOutcome.TRANSPORT, detail)
            self._faults += 1
            stop.wait(options.pause_seconds(self._faults))
        with contextlib.suppress(OSError):  # what is not written down is asked for again
            self._session.save()

    def settle(self, settled: Sequence[Settled]) -> None:
        """Note reports that are in the log on disk; the feed's thread writes it down."""
        self._standing.settle(settled)
        self._session.settle([each.deal.item for each in settled if each.deal.item])

    def notice(self, now_ns: int) -> FeedNotice | None:
        """Return what the log should know of the session, if it does not know it yet."""
        return self._standing.notice(now_ns)

    def ask(self) -> tuple[FeedOutcome, str]:
        """Connect once; no Logon is sent, because it would move the session's numbers."""
        try:
            with self._connected():
                pass
        except OSError as error:
            detail = f"{self._options.host} gave no answer ({type(error).__name__})"
            return FeedOutcome.TRANSPORT, detail
        return FeedOutcome.DATA, "a connection is taken; the Logon was not tried"

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        options = self._options
        with socket.create_connection((options.host, options.port), _OPEN_SECONDS) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not options.tls:
                yield plain
                return
            context = ssl.create_default_context(cafile=options.ca_file)
            with context.wrap_socket(plain, server_hostname=options.host) as secured:
                yield secured

    def _followed(self, line: socket.socket, stop: threading.Event) -> Iterator[Sequence[Deal]]:
        options, framer = self._options, Framer()
        line.sendall(
            self._session.logon(
                time.time_ns(),
                user=options.user,
                password=self._password,
                reset=options.reset_on_logon,
            )
        )
        beat = _Beat(options.heartbeat_seconds)
        try:
            while not stop.is_set():
                self._session.save()
                messages = framer.add(_read(line))
                if any(isinstance(message, Fields) for message in messages):
                    beat.heard()  # bytes alone may all be swallowed by a length that is damaged
                deals, fault = self._all_taken(messages, line, beat)
                if deals:
                    yield deals
                if fault is not None:
                    raise fault
                self._keep_alive(line, beat)
        except Ended as ended:
            with contextlib.suppress(OSError):
                line.sendall(ended.farewell)
            raise
        line.sendall(self._session.logout(time.time_ns()))

    def _all_taken(
        self, messages: Sequence[Fields | Garbled], line: socket.socket, beat: _Beat
    ) -> tuple[list[Deal], Ended | OSError | None]:
        """Deal with messages until one ends it: what came before that is counted, and goes on."""
        deals: list[Deal] = []
        for message in messages:
            try:
                deals += self._taken(message, line, beat)
            except (Ended, OSError) as fault:
                return deals, fault
        return deals, None

    def _taken(self, message: Fields | Garbled, line: socket.socket, beat: _Beat) -> list[Deal]:
        if isinstance(message, Garbled):  # not counted: it is missing, and will be asked for
            return [self._refused("", message.raw, message.why)]
        was_on = self._session.is_on
        answered = self._session.take(message, time.time_ns())
        if self._session.is_on and not was_on and self._options.subscribe:
            answered.out.append(self._session.report_request(time.time_ns()))
        for out in answered.out:
            line.sendall(out)
            beat.spoke()
        self._tell(message, answered)
        return self._deals(answered.report) if answered.report else []

    def _tell(self, message: Fields, answered: Answered) -> None:
        if answered.fault:
            self._standing.fails(FeedOutcome.ERROR, answered.fault)
        elif self._session.is_on:
            self._faults = 0
            self._standing.answers()
        if answered.report and (sent_ns := moment_of(message.get(52))):
            self._standing.sent(sent_ns)

    def _deals(self, report: Report) -> list[Deal]:
        where = f"report {report.fields.get(571) or report.fields.sequence}"
        raw = report.fields.raw
        if report.fields.fault:
            return [self._refused(report.item, raw, report.fields.fault)]
        try:
            body = self._reports.record_of(report.fields)
        except ParseError as error:
            return [self._refused(report.item, raw, f"{where}: {error}")]
        if body is None:
            self._session.settle([report.item])
            self._standing.repeats()
            return []
        return [Deal(self.name, body, where, report.item, raw)]

    def _refused(self, item: str, raw: bytes, why: str) -> Deal:
        return Deal(self.name, b"", "a message", item, raw[:_MOST_SHOWN_BYTES], why)

    def _keep_alive(self, line: socket.socket, beat: _Beat) -> None:
        if beat.is_dead():
            reason = f"nothing heard for {_GIVE_UP_AFTER * self._options.heartbeat_seconds:g} s"
            raise Ended(reason, is_fault=False)
        if beat.must_ask():
            self._session.ask_again()
            line.sendall(self._session.test_request(time.time_ns()))
            beat.spoke()
        elif beat.must_speak() and self._session.is_on:
            self._session.ask_again()
            line.sendall(self._session.heartbeat(time.time_ns()))
            beat.spoke()


class _Beat:
    """When something was heard and said last."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asked = False
        self._heard = self._spoke = time.monotonic()

    def heard(self) -> None:
        self._heard, self._asked = time.monotonic(), False

    def spoke(self) -> None:
        self._spoke = time.monotonic()

    def must_speak(self) -> bool:
        return time.monotonic() - self._spoke >= self._seconds

    def must_ask(self) -> bool:
        """Say, once a silence, whether to ask whether anybody is there."""
        due = not self._asked and time.monotonic() - self._heard > _TEST_AFTER * self._seconds
        self._asked = self._asked or due
        return due

    def is_dead(self) -> bool:
        return time.monotonic() - self._heard > _GIVE_UP_AFTER * self._seconds


def _read(line: socket.socket) -> bytes:
    """Return what has come, after a short wait; nothing when nothing has.

    Raises:
        ConnectionError: the other side has hung up.
    """
    pending = isinstance(line, ssl.SSLSocket) and line.pending()
    if not pending and not select.select([line], [], [], _LOOK_SECONDS)[0]:
        return b""
    try:
        data = line.recv(_READ_BYTES)
    except (ssl.SSLWantReadError, TimeoutError):
        return b""
    if not data:
        reason = "hung up"
        raise ConnectionResetError(reason)
    return data
