"""A request for the way out while it is being answered: all that the next step needs."""

from __future__ import annotations

import msgspec

from state.hedging.need import Candidate
from state.hedging.shapes import Shape
from state.screens.hedges_seen import HedgeAnswer


class Going(msgspec.Struct, kw_only=True):
    """A request while it is being answered.

    Attributes:
        request: on the wire.
        answer: as far as it is.
        market, location, book: where contracts are dealt.
        venue, areas: as the pre-trade check is asked.
        agreements: the clauses that look at the counterparty's agreement.
        trades: the contracts of the answer, on the wire.
        begun: whether the candidates of the next contract are laid out.
        shapes: of the next contract.
        queue: the candidates not looked at, a heap.
        now: the one that is being put to the check with one pair after another.
        ruled_out: with whom, under which agreement and by whom it cannot pass.
        fewest: how many limits stop the nearest of those that do not pass.
        nearest: that one in words.
        less: of the sizes that pass and are not enough, the largest.
        referred: the first that closes and that the Middle Office decides on.
    """

    request: bytes
    answer: HedgeAnswer
    market: str
    location: str
    book: str
    venue: str
    areas: tuple[str, ...]
    agreements: tuple[str, ...]
    trades: list[bytes] = []
    begun: bool = False
    shapes: list[Shape] = []
    queue: list[Candidate] = []
    now: Candidate | None = None
    ruled_out: list[str] = []
    fewest: int = 0
    nearest: str = ""
    less: Candidate | None = None
    referred: Candidate | None = None
