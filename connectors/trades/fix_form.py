"""FIX 4.4 on the wire: messages framed by BodyLength, verified by CheckSum, made and read.

Fields are parsed and encoded by simplefix, which verifies neither; both are verified here, before
anything of a message is believed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from simplefix import FixMessage, FixParser
from simplefix.errors import ParsingError

from state.moments import SECOND_NS, to_ns

BEGIN = b"FIX.4.4"
MOST_BYTES = 1_000_000
"""Of one message; whatever claims to be longer is damaged."""

_START = b"8=FIX"
_HEAD = re.compile(rb"8=(FIX[^\x01=]{1,12})\x019=(\d{1,7})\x01")
_LONGEST_HEAD = 64
_TRAILER = re.compile(rb"10=(\d{3})\x01")
_TRAILER_BYTES = 7
_LONGEST_TAG = 10
_MOMENT = re.compile(r"(\d{8})-(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?", re.ASCII)


class Garbled(NamedTuple):
    """Bytes that are no whole message.

    Attributes:
        raw: the bytes.
        why: what is wrong with them.
    """

    raw: bytes
    why: str


class Fields:
    """A verified message.

    Args:
        raw: as it came.
        pairs: its fields in order.
        fault: why its fields are not to be believed; empty for a good one.
    """

    def __init__(self, raw: bytes, pairs: list[tuple[int, str]], fault: str = "") -> None:
        self.raw, self.pairs, self.fault = raw, pairs, fault
        self._first: dict[int, str] = {}
        for tag, value in pairs:
            self._first.setdefault(tag, value)

    def get(self, tag: int) -> str:
        """Return the first value of a field, empty where there is none."""
        return self._first.get(tag, "")

    def number(self, tag: int) -> int:
        """Return a whole number, -1 where there is none."""
        text = self.get(tag)
        return (
            int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**63)) else -1
        )

    @property
    def kind(self) -> str:
        """Return MsgType (35)."""
        return self.get(35)

    @property
    def sequence(self) -> int:
        """Return MsgSeqNum (34), -1 where there is none."""
        return self.number(34)

    @property
    def is_repeated(self) -> bool:
        """Say whether PossDupFlag (43) is set."""
        return self.get(43) == "Y"


class Framer:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = b""

    def add(self, data: bytes) -> list[Fields | Garbled]:
        """Return what is complete with some more bytes, in order."""
        self._buffer += data
        found: list[Fields | Garbled] = []
        while (one := self._next()) is not None:
            found.append(one)
        return found

    def _next(self) -> Fields | Garbled | None:
        start = self._buffer.find(_START)
        if start > 0:
            return self._drop(start, "bytes before BeginString (8)")
        head = _HEAD.match(self._buffer)
        if head is not None:
            return self._framed(head.end(), int(head[2]))
        if len(self._buffer) < _LONGEST_HEAD:
            return None
        return self._resume("no BeginString (8) and BodyLength (9) to begin with")

    def _framed(self, begin: int, length: int) -> Fields | Garbled | None:
        end = begin + length
        if end > MOST_BYTES:
            return self._resume(f"BodyLength (9) is {length:,}, more than {MOST_BYTES:,}")
        if len(self._buffer) < end + _TRAILER_BYTES:
            return None
        trailer = _TRAILER.fullmatch(self._buffer, end, end + _TRAILER_BYTES)
        if trailer is None:
            return self._resume("BodyLength (9) does not lead to CheckSum (10)")
        summed = sum(self._buffer[:end]) % 256
        raw = self._buffer[: end + _TRAILER_BYTES]
        if int(trailer[1]) != summed:
            return self._drop(len(raw), f"CheckSum (10) is {trailer[1].decode()}, not {summed:03d}")
        self._buffer = self._buffer[len(raw) :]
        return _fields_of(raw)

    def _resume(self, why: str) -> Garbled:
        """Leave out a message that cannot be framed: go on where the next one may begin."""
        after = self._buffer.find(_START, 1)
        return self._drop(after if after > 0 else len(self._buffer), why)

    def _drop(self, size: int, why: str) -> Garbled:
        raw, self._buffer = self._buffer[:size], self._buffer[size:]
        return Garbled(raw, why)


def _fields_of(raw: bytes) -> Fields:
    parser = FixParser(allow_empty_values=True)
    parser.append_buffer(raw)
    try:
        pairs = [(int(tag), _text(value)) for tag, value in parser.get_message() or ()]
        fault = "CheckSum (10) is not the last field" if parser.get_buffer() else ""
    except (ParsingError, ValueError) as error:
        pairs, fault = [], f"a field is none ({type(error).__name__})"
    if not pairs or fault:  # its number counts all the same: sent again it would be no better
        parts = (part.partition(b"=") for part in raw.split(b"\x01"))
        pairs = [
            (int(tag), _text(value))
            for tag, _, value in parts
            if tag.isdigit() and len(tag) < _LONGEST_TAG
        ]
        fault = fault or "the message cannot be parsed"
    return Fields(raw, pairs, fault)


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")


def message_of(pairs: list[tuple[int, str | int]]) -> bytes:
    """Return a message with its BeginString, BodyLength and CheckSum.

    >>> message_of([(35, "0"), (34, 2)]).replace(bytes([1]), b"|")
    b'8=FIX.4.4|9=10|35=0|34=2|10=166|'
    """
    message = FixMessage()
    message.append_pair(8, BEGIN)
    for tag, value in pairs:
        message.append_pair(tag, value)
    encoded: bytes = message.encode()
    return encoded


def fix_moment(at_ns: int) -> str:
    """Write a moment as UTCTimestamp, to the millisecond.

    >>> fix_moment(1_500_000_000)
    '19700101-00:00:01.500'
    """
    seconds, rest = divmod(at_ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    return f"{moment:%Y%m%d-%H:%M:%S}.{rest // 10**6:03d}"


def moment_of(text: str) -> int | None:
    """Return the moment of a UTCTimestamp, None where it is none.

    >>> moment_of("19700101-00:00:01.5"), moment_of("19700101"), moment_of("20230230-00:00:00")
    (1500000000, None, None)
    """
    parts = _MOMENT.fullmatch(text)
    if parts is None:
        return None
    try:
        moment = datetime.strptime(f"{parts[1]} {parts[2]} +0000", "%Y%m%d %H:%M:%S %z")
    except ValueError:
        return None
    return to_ns(moment) + int((parts[3] or "").ljust(9, "0"))
