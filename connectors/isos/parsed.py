"""What a parser is and what it gives back."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from state.errors import ParseError
from state.messages import AnyMessage


class RejectedRow(NamedTuple):
    """A row that could not be used.

    Attributes:
        reason: names the field, the value, the place and the remedy.
        raw: the row as it came.
    """

    reason: str
    raw: bytes


class Again(NamedTuple):
    """A stretch whose published values were corrected: it is to be read again.

    Attributes:
        run: of the market, as its messages have it.
        first_ns, last_ns: intervals that begin in [first, last).
        reason: as published; another one is another correction.
    """

    run: str
    first_ns: int
    last_ns: int
    reason: str


class Parsed(NamedTuple):
    """What became of a body.

    Attributes:
        messages: in their canonical order.
        rejected: the rows that are none.
        notes: what a reader of the report should know and no message says: rows left aside on
            purpose, an announcement of corrections.
    """

    messages: list[AnyMessage]
    rejected: list[RejectedRow]
    notes: tuple[str, ...] = ()


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
    """A source of bodies.

    Attributes:
        name: the market.
        reports: what it understands.
        parse: its parser.
        time_zone: IANA name of the market's prevailing time, by which its days are counted.
    """

    name: str
    reports: tuple[str, ...]
    parse: Parse
    time_zone: str = "UTC"


def unsupported(feed: Feed, looks_like: str, *, where: str) -> ParseError:
    """Return the refusal of a report that a market's parser does not know."""
    return ParseError(
        f"report not supported: it looks like {looks_like}",
        where=where,
        remedy=f"give one of {', '.join(feed.reports)}",
    )


def header_of(columns: tuple[str, ...]) -> str:
    """Return how an unknown report is called: by its columns."""
    return f"columns {', '.join(columns)[:120]!r}"


def parser_fault(error: Exception, where: str) -> str:
    """Say that a parser itself failed over a body, which is kept."""
    return f"the parser failed ({type(error).__name__}: {error}) in {where}; report it"
