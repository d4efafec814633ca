"""A FIX 4.4 session as an initiator: what to answer to what comes, without a socket or a clock.

What is expected next is moved by the log: a report counts as received once it is there on disk, so
that after a crash the counterparty is asked again for what is not. Of ours there are only
administrative messages, and a request; where they are asked for again the gap is filled.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import NamedTuple

import msgspec

from connectors.trades.fix_form import Fields, fix_moment, message_of
from state.errors import ConfigError

LOGON, HEARTBEAT, TEST_REQUEST, RESEND_REQUEST, REJECT, SEQUENCE_RESET, LOGOUT = "A012345"
BUSINESS_REJECT, REPORT, REPORT_REQUEST, REPORT_ANSWER = "j", "AE", "AD", "AQ"

Pairs = list[tuple[int, str | int]]


class Numbers(msgspec.Struct):
    """What a session must not forget.

    Attributes:
        inbound: number of the next message that is not dealt with.
        outbound: number of our next message.
        epoch: how often both were begun anew; a number alone means nothing across that.
    """

    inbound: int = 1
    outbound: int = 1
    epoch: int = 0


class NumbersFile:
    """Keeps the numbers of one session on disk.

    Raises:
        ConfigError: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.numbers = msgspec.json.decode(path.read_bytes(), type=Numbers)
        except FileNotFoundError:
            self.numbers = Numbers()
        except (OSError, msgspec.DecodeError) as error:
            reason = f"the session file {path} cannot be read ({error}); restore it or remove it"
            raise ConfigError(reason) from error

    def save(self) -> None:
        """Write them; they are on disk when this returns.

        Raises:
            OSError: they cannot be.
        """
        part = self._path.with_name(f"{self._path.name}.part")
        with part.open("wb") as file:
            file.write(msgspec.json.encode(self.numbers))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)


class Report(NamedTuple):
    """A trade capture report, or a message whose fields are not to be believed, in its turn."""

    item: str
    fields: Fields


class Ended(Exception):
    """Says why a session is over.

    Args:
        reason: in words.
        farewell: what is to be sent first.
        is_fault: whether somebody must mend something before the next one.
    """

    def __init__(self, reason: str, farewell: bytes = b"", *, is_fault: bool = True) -> None:
        super().__init__(reason)
        self.reason, self.farewell, self.is_fault = reason, farewell, is_fault


class Answered(NamedTuple):
    """What a message leads to.

    Attributes:
        out: messages to be sent, in order.
        report: what is to be put into the log.
        fault: what the counterparty complains of.
    """

    out: list[bytes]
    report: Report | None = None
    fault: str = ""


class Session:
    """One session.

    Args:
        file: its numbers.
        sender: SenderCompID, ours.
        target: TargetCompID, the counterparty's.
        beat_seconds: HeartBtInt.
    """

    def __init__(self, file: NumbersFile, *, sender: str, target: str, beat_seconds: int) -> None:
        self._file = file
        self._sender, self._target, self._beat = sender, target, beat_seconds
        self._expected = file.numbers.inbound
        self._open: list[int] = []
        self._lock = threading.Lock()
        self._asked_again = 0
        self.is_on = False

    # What is sent --------------------------------------------------------------------------------

    def logon(self, now_ns: int, *, password: str = "", user: str = "", reset: bool) -> bytes:
        """Return the Logon of a new connection."""
        self.is_on, self._asked_again = False, 0
        if reset:
            self._begin_anew()
        pairs: Pairs = [(98, 0), (108, self._beat)]
        pairs += [(141, "Y")] if reset else []
        pairs += [(553, user)] if user else []
        pairs += [(554, password)] if password else []
        return self._message(LOGON, now_ns, pairs)

    def heartbeat(self, now_ns: int, asked: str = "") -> bytes:
        """Return a Heartbeat, with the name of the TestRequest it answers."""
        return self._message(HEARTBEAT, now_ns, [(112, asked)] if asked else [])

    def test_request(self, now_ns: int) -> bytes:
        """Return a TestRequest."""
        return self._message(TEST_REQUEST, now_ns, [(112, f"alive-{now_ns}")])

    def report_request(self, now_ns: int) -> bytes:
        """Return the request for all reports, and for those to come."""
        return self._message(REPORT_REQUEST, now_ns, [(568, f"all-{now_ns}"), (569, 0), (263, 1)])

    def logout(self, now_ns: int, text: str = "") -> bytes:
        """Return a Logout."""
        return self._message(LOGOUT, now_ns, [(58, text)] if text else [])

    def _message(self, kind: str, now_ns: int, pairs: Pairs) -> bytes:
        with self._lock:
            number = self._file.numbers.outbound
            self._file.numbers.outbound += 1
            self._keep()
        return self._encoded(kind, number, now_ns, pairs)

    def _encoded(self, kind: str, number: int, now_ns: int, pairs: Pairs) -> bytes:
        head: Pairs = [
            (35, kind), (34, number), (49, self._sender), (56, self._target),
            (52, fix_moment(now_ns)),
        ]  # fmt: skip
        return message_of(head + pairs)

    # What came -----------------------------------------------------------------------------------

    def take(self, message: Fields, now_ns: int) -> Answered:
        """Deal with a verified message.

        Raises:
            Ended: the session is over.
        """
        self._require_ours(message, now_ns)
        if message.kind == LOGON and message.get(141) == "Y" and not self._is_begun():
            self._begin_anew(outbound=2)
        if message.kind == SEQUENCE_RESET and message.get(123) != "Y":
            return self._reset(message)
        if message.kind == LOGOUT:
            text = f": {message.get(58)}" if message.get(58) else ""
            farewell = self.logout(now_ns)
            reason = f"logged out by the counterparty{text}"
            raise Ended(reason, farewell, is_fault=bool(text))
        if message.sequence > self._expected:
            return self._gap(message, now_ns)
        if message.sequence < self._expected:
            return self._old(message, now_ns)
        return self._in_turn(message, now_ns)

    def settle(self, items: list[str]) -> None:
        """Note reports that are in the log on disk."""
        with self._lock:
            for item in items:
                epoch, number, *_ = item.split("/")
                with contextlib.suppress(ValueError):
                    if int(epoch) == self._file.numbers.epoch:
                        self._open.remove(int(number))

    def save(self) -> None:
        """Write down what is dealt with, if it has moved."""
        with self._lock:
            if self._file.numbers.inbound != self._dealt_with():
                self._keep()

    def _dealt_with(self) -> int:
        return self._open[0] if self._open else self._expected

    def _keep(self) -> None:
        self._file.numbers.inbound = self._dealt_with()
        self._file.save()

    def _is_begun(self) -> bool:
        """Say whether both numbers were just begun anew, by our own wish."""
        return self._expected == 1 and not self._open

    def _begin_anew(self, outbound: int = 1) -> None:
        with self._lock:
            numbers = self._file.numbers
            numbers.epoch, numbers.outbound = numbers.epoch + 1, outbound
            self._expected, self._open = 1, []
            self._keep()

    def _require_ours(self, message: Fields, now_ns: int) -> None:
        named = (message.get(8), message.get(49), message.get(56))
        expected = ("FIX.4.4", self._target, self._sender)
        if named != expected or message.sequence < 0:
            what = "/".join(named)
            reason = f"a message is of session {what}, number {message.get(34)!r}, not of this one"
            raise Ended(reason, self.logout(now_ns, "CompID or MsgSeqNum problem"))
        if not self.is_on and message.kind not in {LOGON, LOGOUT}:
            reason = f"the first message is of MsgType {message.kind!r}, no Logon"
            raise Ended(reason, self.logout(now_ns, "Logon expected"))

    def _reset(self, message: Fields) -> Answered:
        following = message.number(36)
        if following < self._expected:
            return Answered([], fault=f"SequenceReset to {following}, below {self._expected}")
        self._move_to(following)
        return Answered([])

    def _gap(self, message: Fields, now_ns: int) -> Answered:
        out = []
        if message.kind == LOGON:
            self.is_on = True
        if message.kind == RESEND_REQUEST:
            out.append(self._filled(message, now_ns))
        if message.kind == TEST_REQUEST:
            out.append(self.heartbeat(now_ns, message.get(112)))
        if self._asked_again != self._expected:
            self._asked_again = self._expected
            out.append(self._message(RESEND_REQUEST, now_ns, [(7, self._expected), (16, 0)]))
        return Answered(out)

    def ask_again(self) -> None:
        """Ask anew for what is missing, should it still be when the next message comes."""
        self._asked_again = 0

    def _old(self, message: Fields, now_ns: int) -> Answered:
        if message.is_repeated:
            return Answered([])
        text = f"MsgSeqNum too low, expecting {self._expected} but received {message.sequence}"
        reason = f"{text}; let both sides begin anew (reset_on_logon)"
        raise Ended(reason, self.logout(now_ns, text))

    def _in_turn(self, message: Fields, now_ns: int) -> Answered:
        number = message.sequence
        if message.kind == SEQUENCE_RESET:
            self._move_to(max(message.number(36), number + 1))
            return Answered([])
        if message.kind == REPORT or message.fault:
            with self._lock:
                self._open.append(number)
                self._expected += 1
            item = f"{self._file.numbers.epoch}/{number}/{message.get(571)}"
            return Answered([], Report(item, message))
        self._move_to(number + 1)
        if message.kind == LOGON:
            self.is_on = True
        if message.kind == TEST_REQUEST:
            return Answered([self.heartbeat(now_ns, message.get(112))])
        if message.kind == RESEND_REQUEST:
            return Answered([self._filled(message, now_ns)])
        return Answered([], fault=_complaint(message))

    def _move_to(self, number: int) -> None:
        with self._lock:
            self._expected = number

    def _filled(self, message: Fields, now_ns: int) -> bytes:
        """Answer a ResendRequest: what we sent is past its use, so the gap is filled."""
        begin = max(1, message.number(7))
        pairs: Pairs = [
            (43, "Y"), (122, fix_moment(now_ns)), (123, "Y"), (36, self._file.numbers.outbound)
        ]  # fmt: skip
        return self._encoded(SEQUENCE_RESET, begin, now_ns, pairs)


def _complaint(message: Fields) -> str:
    if message.kind in {REJECT, BUSINESS_REJECT}:
        return f"it rejects a message of ours: {message.get(58)}"
    if message.kind == REPORT_ANSWER and message.get(749) not in {"", "0"}:
        why = message.get(58) or f"TradeRequestResult {message.get(749)}"
        return f"it refuses the request for reports: {why}"
    return ""
