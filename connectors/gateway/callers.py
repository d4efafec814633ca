"""Who may connect to the gateway, to what, for which books, and how often."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

ENDPOINTS = ("/trades", "/check", "/updates")
"""What the gateway serves."""


@dataclass(frozen=True)
class Caller:
    """Somebody with a token.

    Attributes:
        name: of a person or a system.
        role: in words, for refusals.
        endpoints: those of :data:`ENDPOINTS` the role may use.
        books: those it may trade in and see; empty for all.
    """

    name: str
    role: str
    endpoints: frozenset[str]
    books: frozenset[str] = frozenset()

    def foreign(self, books: Iterable[str]) -> str:
        """Return the first of some books that is not this caller's, empty when all are.

        >>> Caller("etrm", "desk", frozenset(), frozenset({"A"})).foreign(["A", "B"])
        'B'
        """
        if not self.books:
            return ""
        return next((book for book in books if book not in self.books), "")

    def refusal(self, book: str) -> str:
        """Say that a book is not this caller's."""
        own = ", ".join(sorted(self.books))
        return f"book {book!r} is not of {self.name!r}, whose books are {own}; use its own token"


class Callers:
    """Everybody with a token; tokens are known by their SHA-256 alone.

    A token is long and random, so that a plain hash keeps it: there is nothing to guess.

    Args:
        by_digest: callers by the hexadecimal SHA-256 of their tokens.
    """

    def __init__(self, by_digest: Mapping[str, Caller]) -> None:
        self._by_digest = dict(by_digest)

    def __len__(self) -> int:
        return len(self._by_digest)

    def by_token(self, token: str) -> Caller | None:
        """Return whose token it is, None when it is nobody's."""
        return self._by_digest.get(digest_of(token))


def digest_of(token: str) -> str:
    """Return the form in which a token is kept.

    >>> digest_of("made-up")[:8]
    'da53422a'
    """
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


@dataclass
class Allowance:
    """What one connection may send: so much a second, and as much at once.

    >>> seconds = iter([0.0, 0.0, 0.5])
    >>> frames = Allowance(2.0, "frames", clock=lambda: next(seconds))
    >>> frames.refusal(2), frames.refusal(1)[:33], frames.refusal(1)
    ('', 'more than 2 frames a second came ', '')
    """

    rate: float
    what: str
    clock: Callable[[], float]
    _left: float = field(init=False)
    _at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._left = self.rate

    def refusal(self, number: int) -> str:
        """Take a number of it; return why it cannot be had, empty when it can."""
        if number > self.rate:
            return (
                f"the frame has {number:,} {self.what}, and this connection may send "
                f"{self.rate:,.0f} a second; send fewer a frame"
            )
        now = self.clock()
        self._left = min(self.rate, self._left + (now - self._at) * self.rate)
        self._at = now
        if number <= self._left:
            self._left -= number
            return ""
        wait = (number - self._left) / self.rate
        return (
            f"more than {self.rate:,.0f} {self.what} a second came over this connection; "
            f"send it again in {wait:.2f} s"
        )
