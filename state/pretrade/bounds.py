"""What a trade would do to one number that a limit holds: before, without it, with it.

Every kind of limit gives its bounds in one of these forms, and from them follow both the effect
that is shown and the sizes that pass. A further kind of limit is one more source of bounds in
``state.pretrade.check.SOURCES``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite, nan

import msgspec

from state.limits.edges import Edge, measured
from state.pretrade.verdict import outcome_of
from state.screens.checks_seen import LimitEffect, Outcome


class Bound(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A value within edges, that a trade moves in proportion to its size.

    Attributes:
        limit, clause, policy, scope, period, unit: as :class:`LimitEffect` has them.
        edge: which side is limited.
        low, high, least, most: as ``state.limits.edges.measured`` takes them.
        before: the value now.
        start: the value without the trade; another than now where a version is replaced.
        after: the value with the trade.
        unknown: why the value cannot be trusted; empty where it can.
        node: of a VaR, whose scenarios it stands on (the firm is the last): then it is in no
            proportion to size.
        by_size: whether the value moves in proportion to size; if not, others say which pass.
    """

    limit: str
    clause: str
    policy: str
    scope: str
    period: str = ""
    unit: str
    edge: Edge
    low: float = nan
    high: float = nan
    least: float = -inf
    most: float = inf
    before: float
    start: float
    after: float
    unknown: str = ""
    node: int | None = None
    by_size: bool = True

    def headroom(self, value: float) -> float:
        """Return the signed distance of a value to the nearest edge, negative in breach."""
        edges = (self.low, self.high, self.least, self.most)
        return measured(self.edge.number, value, *edges)[1]

    @property
    def effect(self) -> LimitEffect:
        """What the trade does to the limit."""
        known = not self.unknown and isfinite(self.before) and isfinite(self.after)
        rooms = (self.headroom(self.before), self.headroom(self.after)) if known else (nan, nan)
        return LimitEffect(
            limit=self.limit,
            clause=self.clause,
            policy=self.policy,
            scope=self.scope,
            period=self.period,
            unit=self.unit,
            before=self.before,
            after=self.after,
            headroom_before=rooms[0],
            headroom_after=rooms[1],
            outcome=outcome_of(*rooms),
            reason="" if known else self.unknown or "the value is not known",
        )


class ShareBound(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part of a whole within a ceiling; a trade moves them in proportion to its size.

    The value is ``|part| / max(rest + |own|, least_whole)``. Of an amount that is no share, the
    rest is −∞ and the least whole 1.

    Attributes:
        limit, clause, policy, scope, unit: as :class:`LimitEffect` has them.
        part, part_after: the part without the trade, and with it.
        own, own_after: what the trade moves of the whole, likewise: the part, or another's.
        rest: what it does not move of the whole.
        least_whole: the whole is never taken as less.
        ceiling: of the value.
        before, after: the value now, and with the trade.
    """

    limit: str
    clause: str
    policy: str
    scope: str
    unit: str
    part: float
    part_after: float
    own: float
    own_after: float
    rest: float
    least_whole: float
    ceiling: float
    before: float
    after: float

    @property
    def effect(self) -> LimitEffect:
        """What the trade does to the limit."""
        return Bound(
            limit=self.limit,
            clause=self.clause,
            policy=self.policy,
            scope=self.scope,
            unit=self.unit,
            edge=Edge.CEILING,
            high=self.ceiling,
            before=self.before,
            start=self.before,
            after=self.after,
        ).effect


@dataclass(frozen=True)
class Found:
    """What one source of limits says of a trade.

    Attributes:
        bounds: on what the trade moves.
        sizing: bounds that only say which sizes pass.
        effects: of clauses that hold whatever the size, passed or not.
    """

    bounds: list[Bound | ShareBound] = field(default_factory=list)
    sizing: list[Bound | ShareBound] = field(default_factory=list)
    effects: list[LimitEffect] = field(default_factory=list)


def stops(effect: LimitEffect) -> bool:
    """Say whether an effect keeps a trade from being accepted."""
    return effect.outcome not in {Outcome.KEPT, Outcome.IMPROVED}
