"""Finds the smallest block that passes the pre-trade check and closes a position.

Candidates are every shape of the period in whole lots, with every counterparty and trader on
record. They are put to the check (``state.pretrade``) from the smallest total MWh on, those of
equal MWh by cost, then by name; nothing is valued here.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from state.hedging.shapes import Shape
from state.messages import Trade, TradeCheck
from state.pretrade.answer import CheckAnswer
from state.pretrade.bounds import stops
from state.pretrade.check import answer_to
from state.pretrade.lots import MOST_LOTS
from state.pretrade.verdict import LimitEffect
from state.trading.answers import Decision

if TYPE_CHECKING:
    from state.desk import Desk

MOST_LOOKED_AT = 120
"""The most candidates that are put to the check for one request: half a second or so."""

Pair = tuple[str, str]
"""Counterparty and trader."""


@dataclass(frozen=True)
class Terms:
    """What all candidates of a request share.

    Attributes:
        limit, period: the tolerance that is to be kept again.
        sign: 1 to buy, −1 to sell.
        lot: MW.
        agreements: the clauses that look at the counterparty's agreement.
    """

    name: str
    limit: str
    period: str
    sign: float
    lot: float
    book: str
    venue: str
    areas: tuple[str, ...]
    agreements: frozenset[str]


@dataclass(frozen=True)
class Trial:
    """A candidate and what the check said of it.

    Attributes:
        lots: how many; of the answer, or a size that it says passes.
    """

    shape: Shape
    lots: int
    pair: Pair
    check: TradeCheck
    answer: CheckAnswer

    @property
    def stopping(self) -> list[LimitEffect]:
        """What keeps it from being accepted."""
        return [effect for effect in self.answer.effects if stops(effect)]


@dataclass
class Search:
    """One search, with blocks recommended before it counted as done.

    Attributes:
        most: candidates that may be put to the check.
        looked_at: how many were.
        nearest: of those that do not pass, the one that the fewest limits stop.
        partial: of the sizes that pass and are not enough, the largest in MWh.
    """

    desk: Desk
    at_ns: int
    terms: Terms
    pairs: Sequence[Pair]
    done: list[Trade]
    most: int = MOST_LOOKED_AT
    looked_at: int = 0
    nearest: Trial | None = None
    partial: Trial | None = None
    _queue: list[tuple[float, float, int, int, list[Pair]]] = field(default_factory=list)

    def smallest(self, shapes: Sequence[Shape], mwh: float) -> Trial | None:
        """Return the smallest candidate that closes more than some MWh and passes."""
        for number, shape in enumerate(shapes):
            lots = min(shape.lots_for(mwh, self.terms.lot), MOST_LOTS)
            self._push(shapes, number, lots, list(self.pairs))
        while self._queue and self.looked_at < self.most:
            _, _, number, lots, pairs = heapq.heappop(self._queue)
            larger: dict[int, list[Pair]] = {}
            for trial in self._trials(shapes[number], lots, pairs):
                if trial.answer.decision == Decision.ACCEPT and self.closes(trial):
                    return trial
                following = self._following(trial)
                if following:
                    larger.setdefault(following, []).append(trial.pair)
            for more, those in larger.items():
                self._push(shapes, number, more, those)
        return None

    def _push(self, shapes: Sequence[Shape], number: int, lots: int, pairs: list[Pair]) -> None:
        shape = shapes[number]
        mwh = lots * self.terms.lot * shape.hours
        cost = self.terms.sign * mwh * shape.price
        heapq.heappush(self._queue, (mwh, cost, number, lots, pairs))

    def closes(self, trial: Trial) -> bool:
        """Say whether the position is inside its band, and not at its edge, with a candidate."""
        effect = self.effect_on_row(trial.answer)
        return effect is not None and effect.headroom_after > 0.0

    def effect_on_row(self, answer: CheckAnswer) -> LimitEffect | None:
        """Return what a candidate does to the tolerance that is to be kept again."""
        wanted = (self.terms.limit, self.terms.period)
        return next((one for one in answer.effects if (one.limit, one.period) == wanted), None)

    def _trials(self, shape: Shape, lots: int, pairs: list[Pair]) -> Iterator[Trial]:
        """Put one size to the check with each pair that nothing speaks against yet."""
        out: set[str] = set()
        for counterparty, trader in pairs:
            if self.looked_at >= self.most:
                return
            if f"with {counterparty}" in out or f"by {trader}" in out:
                continue
            trial = self._asked(shape, lots, (counterparty, trader))
            yield trial
            self._note(trial)
            out |= self._spoken_against(trial)
            if "anyone" in out or trial.answer.decision == Decision.ACCEPT:
                return

    def _asked(self, shape: Shape, lots: int, pair: Pair) -> Trial:
        self.looked_at += 1
        terms, (counterparty, trader) = self.terms, pair
        mw = terms.sign * lots * terms.lot
        name = f"{terms.name}-{len(self.done) + 1}"
        one = shape.trade(name, mw, book=terms.book, counterparty=counterparty, trader=trader)
        check = TradeCheck(
            check=terms.name, candidate=one, lot=terms.lot, venue=terms.venue, areas=terms.areas
        )
        answer = answer_to(self.desk, check, self.done, at_ns=self.at_ns)
        return Trial(shape, lots, pair, check, answer)

    def _spoken_against(self, trial: Trial) -> set[str]:
        """Name whom a rejection rules out: at this size another pair may still pass.

        Shares of credit differ from counterparty to counterparty, whoever's they are; what is
        the firm's, a book's or a period's is the same for everyone.
        """
        counterparty, trader = trial.pair
        found = set()
        for effect in trial.stopping:
            if effect.scope == counterparty or effect.limit in self.terms.agreements:
                found.add(f"with {counterparty}")
            elif effect.scope == trader:
                found.add(f"by {trader}")
            elif effect.scope not in self.desk.counterparties:
                found.add("anyone")
        return found

    @staticmethod
    def _following(trial: Trial) -> int:
        """Return the next larger size that passes; 0 if none was found to."""
        sizes = trial.answer.sizes
        larger = (max(first, trial.lots + 1) for first, last in sizes if last > trial.lots)
        return min(larger, default=0)

    def _note(self, trial: Trial) -> None:
        stopping = len(trial.stopping) or MOST_LOOKED_AT  # refused without a limit: the least near
        if self.nearest is None or stopping < (len(self.nearest.stopping) or MOST_LOOKED_AT):
            self.nearest = trial
        sizes = trial.answer.sizes
        passing = (min(last, trial.lots) for first, last in sizes if first <= trial.lots)
        less = max(passing, default=0)
        if less:
            one = Trial(trial.shape, less, trial.pair, trial.check, trial.answer)
            if self.partial is None or _mwh(one) > _mwh(self.partial):
                self.partial = one


def _mwh(trial: Trial) -> float:
    return trial.lots * trial.shape.hours
