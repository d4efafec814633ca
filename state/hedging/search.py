"""Looks for the smallest set of contracts that pass the pre-trade check and close a position.

One step is one question to the check (``state.pretrade``) or one look at the position; nothing is
valued here. Everything between two steps is kept in a :class:`Going`, so that a search may stop
after any step and go on at a later tick, from a saved state too.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from state.hedging.blocks import block_of, in_words
from state.hedging.credit_room import CreditRoom
from state.hedging.going import Going
from state.hedging.need import (
    ROUNDING,
    Candidate,
    candidates,
    ends_breach,
    missing_of,
    standing,
)
from state.hedging.ruled_out import ANYONE, ruled_out
from state.hedging.shapes import Shape
from state.messages import HedgeRequest, Trade, TradeCheck
from state.nop.tolerances import scope_of
from state.policy.bands import Band
from state.policy.tolerances import NopKind
from state.pretrade.bounds import stops
from state.pretrade.check import answer_to
from state.pretrade.lots import MOST_LOTS
from state.pretrade.situation import situation_of
from state.risk.historical import value_at_risk
from state.screens.checks_seen import CheckAnswer, LimitEffect
from state.trading.decision import Decision
from state.wire import decode, encode

if TYPE_CHECKING:
    from state.desk import Desk

MOST_LOOKED_AT = 120
"""The most candidates that are put to the check for one request."""

MOST_BLOCKS = 6
"""The most contracts that are recommended together, of capacity beside one a month."""


@dataclass
class Search:
    """Goes on with one request.

    Args:
        going: what it is about; changed by every step.
        desk: whose exposures have been followed; it stays as it is.
        band: the tolerance.
        at_ns: the last tick.
        today: the market-local date.
        reserved: trades that count as done.
    """

    going: Going
    desk: Desk
    at_ns: int
    today: date
    band: Band
    reserved: list[Trade]

    def __post_init__(self) -> None:
        request = decode(self.going.request)
        assert isinstance(request, HedgeRequest)  # noqa: S101 - nothing else is put there
        self._request = request
        self._done = [*self.reserved, *map(_trade_of, self.going.trades)]
        self._room: tuple[Candidate, CreditRoom] | None = None

    def step(self, shapes: list[Shape] | None) -> int:
        """Do the next step; return how many checks or looks at the position it was.

        Args:
            shapes: those of the next contract, where one begins; None otherwise.
        """
        going = self.going
        if not going.begun:
            return self._lay_out(shapes or [])
        if going.answer.looked_at >= MOST_LOOKED_AT:
            going.now = None
        elif going.now is None and going.queue:
            going.now, going.ruled_out = heapq.heappop(going.queue), []
            going.answer.waiting = len(going.queue)
        if going.now is None:
            return self._settle()
        pair = next(self._pairs(going.now), None)
        if pair is None:
            going.now = None
            return 0
        return self._ask(going.now, pair)

    # What to look at -----------------------------------------------------------------------------

    def _lay_out(self, shapes: list[Shape]) -> int:
        going, answer = self.going, self.going.answer
        rows = standing(self.desk, self.band, answer.kind, self._done, self.today)
        answer.after = rows[0].coverage
        is_back = ends_breach(rows[0].headroom, self.band)
        answer.complete = is_back or (not answer.blocks and rows[0].headroom >= 0.0)
        if answer.complete:
            self._end("" if answer.blocks else "inside its band")
            return 1
        if len(answer.blocks) >= self._most_blocks():
            self._end(
                f"{len(answer.blocks)} contracts are not enough; ask again when they are booked"
            )
            return 1
        going.shapes, going.begun = shapes, True
        going.queue = candidates(missing_of(rows), shapes, self._request.lot)
        answer.waiting = len(going.queue)
        going.fewest, going.nearest, answer.in_the_way = 0, "", []
        going.less = going.referred = going.now = None
        if not going.queue:
            self._end(self._why_no_shape())
        return 1

    def _most_blocks(self) -> int:
        capacity = self.band.nop is NopKind.CAPACITY
        return MOST_BLOCKS + (len(self.band.span.months) if capacity else 0)

    def _why_no_shape(self) -> str:
        kind, period = self.going.answer.kind, self.going.answer.period
        if self.band.nop is NopKind.ENERGY:
            where = self.going.location
            return f"no curve of {where} for any block still to come in {period}; send marks"
        if self.band.nop is NopKind.CAPACITY:
            return (
                f"no mark of {kind} capacity for a month still to come in {period} that is out of "
                "its band; send marks"
            )
        return (
            f"no certificates of a vintage of {period} in {self.going.market} that are marked, and "
            "held where they are to be sold; send marks"
        )

    def _pairs(self, candidate: Candidate) -> Iterator[tuple[str, str]]:
        """Yield counterparties and traders by name that nothing speaks against yet."""
        if candidate.counterparty and not self.going.ruled_out:
            yield candidate.counterparty, candidate.trader
        if candidate.counterparty or ANYONE in self.going.ruled_out:
            return
        out = set(self.going.ruled_out)
        traders = [name for name in sorted(self.desk.traders) or [""] if f"by {name}" not in out]
        for name in self._counterparties(candidate):
            record = self.desk.counterparties.get(name)
            under = f"under {record.agreement}" if record is not None else ""
            if f"with {name}" in out or under in out:
                continue
            for trader in traders:
                if f"with {name} by {trader}" not in out:
                    yield name, trader

    def _counterparties(self, candidate: Candidate) -> Iterator[str]:
        """Yield those that have room for a candidate, then those that have for a part of it.

        With whom nothing is owed before a trade come first: the others are referred at best.
        Of a part only what is more than passes already is worth a check, the largest first. Where
        nobody has room, who has the most is asked about, for what stands in the way. Nobody is a
        name that the check rejects.
        """
        owed = self.desk.duties.standing.owed_before_trades(self.desk)
        names = sorted(self.desk.counterparties) or ["nobody"]
        names.sort(key=owed.__contains__)
        room = self._room_for(candidate, names[0])
        yield from filter(room.holds, names)
        others = [name for name in names if not room.holds(name)]
        for name in sorted(others, key=room.share, reverse=True):
            part = math.floor(room.share(name) * candidate.lots + ROUNDING)
            is_more = self._amount(candidate, max(0, part)) > self._amount(self.going.less, None)
            if is_more or not self.going.ruled_out:
                yield name

    def _room_for(self, candidate: Candidate, name: str) -> CreditRoom:
        if self._room is None or self._room[0] != candidate:
            one = self._trade(candidate, (name, ""))
            self._room = candidate, CreditRoom(self.desk, one, self._done)
        return self._room[1]

    def _trade(self, candidate: Candidate, pair: tuple[str, str]) -> Trade:
        size = candidate.sign * candidate.lots * self._request.lot
        name = f"{self._request.request}-{len(self.going.answer.blocks) + 1}"
        shape, (counterparty, trader) = self.going.shapes[candidate.number], pair
        return shape.trade(
            name, size, book=self.going.book, counterparty=counterparty, trader=trader
        )

    # What the check says -------------------------------------------------------------------------

    def _ask(self, candidate: Candidate, pair: tuple[str, str]) -> int:
        going, answer = self.going, self.going.answer
        answer.looked_at += 1
        check, said = self._checked(candidate, pair)
        accepted, own = said.decision == Decision.ACCEPT, self._effect_on_row(said)
        good = self._is_enough(own)
        if accepted and good:
            return 1 + self._take(candidate, check, said)
        one = msgspec.structs.replace(candidate, counterparty=pair[0], trader=pair[1])
        if good and said.decision == Decision.REFER and going.referred is None:
            going.referred = one
        self._note(one, check, said)
        if not candidate.counterparty:
            self._push_larger(one, said)
        stopped = ruled_out(said, pair, self.desk.counterparties, going.agreements)
        going.ruled_out = [*going.ruled_out, f"with {pair[0]} by {pair[1]}", *sorted(stopped)]
        if accepted or ANYONE in stopped:
            going.now = None
        return 1

    def _checked(
        self, candidate: Candidate, pair: tuple[str, str]
    ) -> tuple[TradeCheck, CheckAnswer]:
        lots_a_step = math.ceil(candidate.lots / MOST_LOTS)
        check = TradeCheck(
            check=self._request.request,
            candidate=self._trade(candidate, pair),
            lot=self._request.lot * lots_a_step,
            venue=self.going.venue,
            areas=self.going.areas,
        )
        return check, answer_to(self.desk, check, self._done, at_ns=self.at_ns)

    def _effect_on_row(self, said: CheckAnswer) -> LimitEffect | None:
        """Return what a candidate does to the tolerance that is to be kept again."""
        answer = self.going.answer
        wanted = (answer.limit, scope_of(answer.title, answer.kind), answer.period)
        effects = ((one, (one.limit, one.scope, one.period)) for one in said.effects)
        return next((one for one, name in effects if name == wanted), None)

    def _is_enough(self, own: LimitEffect | None) -> bool:
        """Say whether a candidate ends the breach.

        Of capacity it does in its own months, by its size.
        """
        if self.band.nop is NopKind.CAPACITY:
            return True
        return own is not None and ends_breach(own.headroom_after, self.band)

    def _push_larger(self, one: Candidate, said: CheckAnswer) -> None:
        """Let the next larger size that passes take the place of one that does not, or not enough.

        Of capacity a larger one would waste some of it.
        """
        if self.band.nop is NopKind.CAPACITY:
            return
        step = round(said.lot / self._request.lot) if said.lot else 1
        spans = ((first * step, last * step) for first, last in said.sizes)
        larger = [max(first, one.lots + step) for first, last in spans if last > one.lots]
        if larger:
            lots = min(larger)
            cost = one.cost * lots / one.lots
            rank = one.rank * lots / one.lots
            heapq.heappush(
                self.going.queue,
                msgspec.structs.replace(one, lots=lots, rank=rank, cost=cost),
            )

    def _note(self, one: Candidate, check: TradeCheck, said: CheckAnswer) -> None:
        going = self.going
        stopping = [effect for effect in said.effects if stops(effect)]
        weight = len(stopping) or MOST_LOOKED_AT  # refused without a limit: the least near
        if not going.fewest or weight < going.fewest:
            going.fewest, going.answer.in_the_way = weight, stopping
            going.nearest = in_words(going.shapes[one.number], check, said, stopping)
        step = round(said.lot / self._request.lot) if said.lot else 1
        spans = [(first * step, last * step) for first, last in said.sizes]
        below = (one.lots - 1) // step * step
        passing = [min(last, below) for first, last in spans if first <= below]
        if said.decision == Decision.ACCEPT:
            passing = [one.lots]
        less = max(passing, default=0)
        if less and self._amount(one, less) > self._amount(going.less, None):
            going.less = msgspec.structs.replace(one, lots=less, step=step)

    def _amount(self, one: Candidate | None, lots: int | None) -> float:
        if one is None:
            return 0.0
        return (one.lots if lots is None else lots) * self.going.shapes[one.number].each

    # What is recommended -------------------------------------------------------------------------

    def _settle(self) -> int:
        """Take what is left when every candidate was looked at: one referred, else a part.

        What was referred may be accepted by now, or pass no more; then the part is the next step.
        """
        going = self.going
        one, wanted = going.referred, {Decision.REFER, Decision.ACCEPT}
        if one is None:
            one, going.less, wanted = going.less, None, {Decision.ACCEPT}
        going.referred = None
        if one is None:
            self._end(self._why())
            return 0
        check, said = self._checked(one, (one.counterparty, one.trader))
        larger = self._larger(one, said)
        if larger > one.lots:
            one = msgspec.structs.replace(one, lots=larger)
            check, said = self._checked(one, (one.counterparty, one.trader))
        own = self._effect_on_row(said)
        better = own is not None and own.headroom_after > own.headroom_before
        better = better or self.band.nop is NopKind.CAPACITY  # of one month, not of the nearest
        if said.decision in wanted and better:
            return 1 + self._take(one, check, said)
        if going.less is None:
            self._end(self._why())
        return 1

    def _larger(self, one: Candidate, said: CheckAnswer) -> int:
        """Return the most lots that pass before the next size that was looked at."""
        step, most = round(said.lot / self._request.lot) if said.lot else 1, one.lots
        for first, last in said.sizes if step == 1 else ():
            if first <= one.lots + one.step - 1:
                most = max(most, min(last, one.lots + one.step - 1))
        return most

    def _take(self, one: Candidate, check: TradeCheck, said: CheckAnswer) -> int:
        going, answer = self.going, self.going.answer
        shape, var_usd = going.shapes[one.number], self._var_usd(check)
        block = block_of(shape, check, said.decision, var_usd=var_usd)
        answer.blocks = [*answer.blocks, block]
        going.trades = [*going.trades, encode(check.candidate)]
        self._done = [*self._done, check.candidate]
        going.begun, going.now, self._room = False, None, None
        own = self._effect_on_row(said)
        if own is not None and ends_breach(own.headroom_after, self.band):
            answer.after, answer.complete = own.after, True
            self._end("")
        return 1

    def _var_usd(self, check: TradeCheck) -> tuple[float, float]:
        """Return VaR of the firm without a contract and with it."""
        without, gained = situation_of(self.desk, check, self._done, self.at_ns).gained(-1)
        confidence = self.desk.portfolio.parameters.confidence
        before, after = (
            float(value_at_risk(pnl, confidence=confidence)[0])
            for pnl in (without, without + gained)
        )
        return before, after

    def _why(self) -> str:
        """Say what stands in the way of the nearest candidate."""
        answer = self.going.answer
        if not self.going.nearest:
            what = f"{answer.looked_at} candidates were looked at"
            return f"{what}, and no more are; ask again when these contracts are booked"
        words = "nothing more passes" if answer.blocks else "nothing passes"
        return f"{words}; nearest is {self.going.nearest}"

    def _end(self, reason: str) -> None:
        answer = self.going.answer
        answer.reason, answer.going_on, answer.waiting = reason, False, 0
        if answer.complete:
            answer.in_the_way = []


def _trade_of(data: bytes) -> Trade:
    trade = decode(data)
    assert isinstance(trade, Trade)  # noqa: S101 - nothing else is put there
    return trade
