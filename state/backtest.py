"""The daily backtest: the book frozen when a VaR was struck, against what it then gained.

A VaR is struck at the local midnight of the first market, by tick, of every book and the firm.
Its intraday part is held until what was exposed is priced, its forward part until the next
strike; docs/meanings.md, "Backtest", defines both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from state.arrays import Codes, Flags, Floats, Matrix, Numbers
from state.calendar import local_midnight_ns
from state.moments import HOUR_NS, SECOND_NS
from state.risk.frozen import FrozenForward, FrozenLegs, freeze_forward, freeze_legs
from state.risk.frozen_lines import FrozenLines, freeze_lines
from state.risk.outcomes import NO_MARKS, NOT_HELD, OBSERVED, UNKNOWN, Outcomes

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook


LATEST_HOURS = 72
"""So long after the end of the holding period a price may still come; then it is unknown."""

_LOOK_AGAIN_NS = 300 * SECOND_NS


@dataclass(eq=False)
class Part:
    """One horizon of a frozen book as observed, by node (the books, then the firm).

    Attributes:
        usd: what was gained.
        held: where anything was held.
        lacking: where a price or mark is missing.
        no_marks: where no marks of anything held came in the holding period.
    """

    usd: Floats
    held: Flags
    lacking: Flags
    no_marks: Flags

    @classmethod
    def empty(cls, books: int) -> Part:
        """Return a part in which nothing is held."""
        nothing = np.zeros((3, books + 1), dtype=np.bool_)
        return cls(np.zeros(books + 1), *nothing)

    def add(self, books: Numbers, usd: Floats) -> None:
        """Add what some exposures gained."""
        known = np.isfinite(usd)
        gained = np.bincount(books, np.where(known, usd, 0.0), len(self.usd) - 1)
        self.usd += np.append(gained, np.add.reduce(gained))
        for flags, chosen in ((self.held, books), (self.lacking, books[~known])):
            if len(chosen):
                flags[chosen] = flags[-1] = True


@dataclass(eq=False)
class Strike:
    """A VaR as struck, and the book frozen with it.

    Attributes:
        date: of the first market; the outcome's name.
        var_usd: shape (3 horizons, books + firm).
        complete: where every exposure had a covered factor, of the same shape.
        due_ns: end of the holding period.
        look_ns: when to look next whether every price has come.
        forward_part: what the forward part gained, once that is known.
    """

    date: str
    confidence: float
    var_usd: Matrix
    complete: Flags
    due_ns: int
    look_ns: int
    legs: list[FrozenLegs]
    lines: list[FrozenLines]
    forwards: list[FrozenForward]
    forward_part: Part | None = None

    @property
    def books(self) -> int:
        """How many books there were."""
        return int(self.var_usd.shape[1]) - 1

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restored` needs."""
        part = self.forward_part
        return {
            "date": self.date,
            "confidence": self.confidence,
            "var_usd": self.var_usd,
            "complete": self.complete,
            "due_ns": self.due_ns,
            "look_ns": self.look_ns,
            "legs": [legs.snapshot() for legs in self.legs],
            "lines": [lines.snapshot() for lines in self.lines],
            "forwards": [forward.snapshot() for forward in self.forwards],
            "forward_part": None if part is None else vars(part),
        }

    @classmethod
    def restored(cls, saved: dict[str, Any]) -> Strike:
        """Take over a snapshot."""
        part = saved["forward_part"]
        own = {
            "legs": [FrozenLegs.restored(legs) for legs in saved["legs"]],
            "lines": [FrozenLines.restored(lines) for lines in saved["lines"]],
            "forwards": [FrozenForward.restored(forward) for forward in saved["forwards"]],
            "forward_part": None if part is None else Part(**part),
        }
        return cls(**(saved | own))


class Backtest:
    """Strikes, and what became of them.

    Attributes:
        strikes: those not yet observed, oldest first.
        outcomes: those observed, and those brought in.
    """

    def __init__(self) -> None:
        self.strikes: list[Strike] = []
        self.outcomes = Outcomes()
        self._struck = ""

    def next_due_ns(self, desk: Desk) -> int:
        """Return from when on :meth:`tick` may have something to do."""
        first = desk.first_market
        if first is None or first.today is None:
            return 0
        midnight = _next_midnight_ns(first)
        return min([midnight, *(strike.look_ns for strike in self.strikes)])

    def tick(self, desk: Desk, at_ns: int) -> bool:
        """Observe what is due and strike at the roll; say whether any outcome is new."""
        first = desk.first_market
        if first is None or first.today is None:
            return False
        rolled = first.today.isoformat() != self._struck
        if rolled:
            for strike in self.strikes:
                _end_forward(strike, desk)
        observed = [strike for strike in self.strikes if self._observe(strike, desk, at_ns)]
        self.strikes = [strike for strike in self.strikes if strike not in observed]
        if rolled:
            self._struck = first.today.isoformat()
            self.strikes.append(_strike(desk, self._struck))
        return bool(observed)

    def _observe(self, strike: Strike, desk: Desk, at_ns: int) -> bool:
        if at_ns < strike.look_ns or strike.forward_part is None:
            return False
        waits = at_ns < strike.due_ns + LATEST_HOURS * HOUR_NS
        intraday = _intraday_part(strike, desk, until_lacking=waits)
        if intraday.lacking[-1] and waits:
            strike.look_ns = at_ns + _LOOK_AGAIN_NS
            return False
        parts = (intraday, strike.forward_part, _sum_of(intraday, strike.forward_part))
        usd = np.array([part.usd for part in parts])
        status = np.array(
            [_status(part, strike.complete[row]) for row, part in enumerate(parts)], dtype=np.int8
        )
        self._record(strike, usd, status)
        return True

    def _record(self, strike: Strike, usd: Matrix, status: Codes) -> None:
        books = strike.books
        later = [books] * (self.outcomes.nodes - books - 1)  # books that came after the strike
        self.outcomes.record(
            strike.date,
            var_usd=np.insert(strike.var_usd, later, 0.0, axis=1),
            pnl_usd=np.insert(usd, later, 0.0, axis=1),
            status=np.insert(status, later, NOT_HELD, axis=1),
            confidence=strike.confidence,
        )

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        strikes = [strike.snapshot() for strike in self.strikes]
        return {"strikes": strikes, "outcomes": self.outcomes.snapshot(), "struck": self._struck}

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.strikes = [Strike.restored(strike) for strike in saved["strikes"]]
        self.outcomes.restore(saved["outcomes"])
        self._struck = saved["struck"]


def _next_midnight_ns(market: MarketBook) -> int:
    if market.today is None:
        return 0
    return local_midnight_ns(market.today + timedelta(days=1), market.calendar.time_zone)


def _strike(desk: Desk, date: str) -> Strike:
    markets = desk.markets
    legs = [legs for market in markets.values() for legs in freeze_legs(market)]
    lines = [lines for market in markets.values() for lines in freeze_lines(market)]
    published = partial(_publications, desk)
    forwards = [held for market in markets.values() for held in freeze_forward(market, published)]
    held: list[FrozenLegs | FrozenLines] = [*legs, *lines]
    waits = [
        markets[part.market].days[part.day].day.end_ns for part in held if part.waits_for_delivery
    ]
    due_ns = max([_next_midnight_ns(next(iter(markets.values()))), *waits])
    var, _ = desk.portfolio.figures()
    return Strike(
        date=date,
        confidence=desk.portfolio.parameters.confidence,
        var_usd=var.copy(),
        complete=desk.portfolio.complete().copy(),
        due_ns=due_ns,
        look_ns=due_ns,
        legs=legs,
        lines=lines,
        forwards=forwards,
    )


def _end_forward(strike: Strike, desk: Desk) -> None:
    """Observe the forward part: its one day is over."""
    if strike.forward_part is not None:
        return
    part = strike.forward_part = Part.empty(strike.books)
    marked = np.zeros_like(part.held)
    for forward in strike.forwards:
        part.add(forward.books, forward.observed_usd(desk.markets[forward.market]))
        if _publications(desk, forward.feed) != forward.publications:
            marked[forward.books] = marked[-1] = True
    part.no_marks = part.held & ~marked


def _publications(desk: Desk, feed: str) -> int:
    """Count how often a feed has come."""
    record = desk.feeds.records.get(feed)
    return record.publications if record else 0


def _intraday_part(strike: Strike, desk: Desk, *, until_lacking: bool) -> Part:
    """Observe the rows and lines of every day, or those up to the first that lack a price."""
    part = Part.empty(strike.books)
    parts: list[FrozenLegs | FrozenLines] = [*strike.legs, *strike.lines]
    for held in parts:
        books, usd = held.observed(desk.markets[held.market])
        part.add(books, usd)
        if until_lacking and part.lacking[-1]:
            break
    return part


def _sum_of(one: Part, other: Part) -> Part:
    return Part(
        one.usd + other.usd,
        one.held | other.held,
        one.lacking | other.lacking,
        one.no_marks | other.no_marks,
    )


def _status(part: Part, complete: Flags) -> Codes:
    tested = np.where(part.no_marks, NO_MARKS, OBSERVED)
    known = np.where(part.lacking | ~complete, UNKNOWN, tested)
    return np.where(part.held, known, NOT_HELD).astype(np.int8)
