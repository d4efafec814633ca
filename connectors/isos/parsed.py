"""What a parser is and what it gives back."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from state.messages import AnyMessage


class RejectedRow(NamedTuple):
    """A row that could not be used.

    Attributes:
        reason: names the field, the value, the place and the remedy.
        raw: the row as it came.
    """

    reason: str
    raw: bytes


class Parsed(NamedTuple):
    """The messages of a body in their canonical order, and the rows that are none."""

    messages: list[AnyMessage]
    rejected: list[RejectedRow]


class Parse(Protocol):
    """Turns a body as received into messages."""

    def __call__(self, body: bytes, *, received_at_ns: int, where: str) -> Parsed:
        """Parse one body.

        Args:
            body: the bytes as received.
            received_at_ns: when they were received.
            where: what to call the body in errors (an address, a file).

        Raises:
            NoDataYet: the source answered, correctly, that it has nothing yet.
            ParseError: the body as a whole cannot be used.
        """
        ...


class Feed(NamedTuple):
    """A source of bodies: its name, the reports it understands and its parser."""

    name: str
    reports: tuple[str, ...]
    parse: Parse
