"""What a policy of limits may say. Units are those of the rule a limit names."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from state.errors import StateError
from state.limits.edges import Edge
from state.risk.changes import Changes, Volatility

Name = Annotated[str, msgspec.Meta(min_length=1)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=1e9)]
Identifier = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]


class Provenance(StrEnum):
    """How sure it is that the number is what the policy's authors wrote."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNKNOWN = "unknown"


class Materiality(StrEnum):
    """How much a breach matters; sinks may route by it."""

    MINOR = "minor"
    MATERIAL = "material"
    CRITICAL = "critical"


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Is a part of a policy that refuses fields it does not know."""


class Feed(Strict, frozen=True, kw_only=True):
    """How often a feed is expected.

    Attributes:
        feed: a market run (``RTD``) or a kind of input (``curve``), whatever the market.
        stale_after_seconds: age at which figures no longer stand on it; the feed age limit.
    """

    feed: Name
    cadence_seconds: Seconds
    stale_after_seconds: Seconds


class Edges(Strict, frozen=True, kw_only=True):
    """The numbers of a limit: those its rule asks for.

    Attributes:
        floor, ceiling: the value may not fall below, rise above; at the limit is inside.
        loss: the loss (a negative value) may not exceed it; positive.
    """

    floor: float | None = None
    ceiling: float | None = None
    loss: float | None = None

    @property
    def low(self) -> float | None:
        """The lower edge; of a loss the limit negated."""
        return self.floor if self.loss is None else -self.loss


class OwnEdges(Edges, frozen=True, kw_only=True):
    """The numbers of one scope where they differ from the limit's."""

    scope: Name


class Limit(Edges, frozen=True, kw_only=True, dict=True):
    """One limit: a rule, its numbers, and where it is written.

    Attributes:
        id: the limit's name for ever; cases keep it over versions of the policy.
        rule: a name in ``state.limits.RULES``.
        clause: what a person looks up ("desk limits §1").
        unit: unit of the numbers; the rule's.
        warn_at: utilisation from which it warns.
        clear_at: a state ends when utilisation falls below this share of the mark that began it
            (1 for a breach, ``warn_at`` for a warning).
        scopes: every scope the figure has, or those named.
        own: scopes with numbers of their own.
    """

    id: Identifier
    rule: Name
    title: Name
    clause: Name
    unit: Name
    warn_at: Share
    clear_at: Share
    materiality: Materiality
    provenance: Provenance = Provenance.CERTAIN
    scopes: Literal["all"] | tuple[Name, ...] = "all"
    own: tuple[OwnEdges, ...] = ()

    @property
    def edge(self) -> Edge:
        """The kind of edge its numbers make, the same for every scope it binds.

        Raises:
            StateError: they make none; ``state.policy.load`` refuses such a limit.
        """
        edge = edge_of(self.edges_of(self.own[0].scope) if self.own else self)
        if edge is None:
            reason = f"limit {self.id} has no edge"
            raise StateError(reason)
        return edge

    def binds(self, scope: str) -> bool:
        """Say whether the limit applies to a scope."""
        return self.scopes == "all" or any(is_named(scope, name) for name in self.scopes)

    @cached_property
    def _own_by_scope(self) -> dict[str, Edges]:
        # One counterparty of a thousand is found at once.
        return {own.scope: own for own in reversed(self.own)}

    def edges_of(self, scope: str) -> Edges:
        """Return the numbers for a scope: its own where it has any, the limit's for the rest."""
        if "/" in scope:
            own = next((own for own in self.own if is_named(scope, own.scope)), Edges())
        else:
            own = self._own_by_scope.get(scope, Edges())
        return Edges(
            floor=self.floor if own.floor is None else own.floor,
            ceiling=self.ceiling if own.ceiling is None else own.ceiling,
            loss=self.loss if own.loss is None else own.loss,
        )


def edge_of(edges: Edges) -> Edge | None:
    """Return the kind of edge that numbers make, or None where they make none.

    >>> edge_of(Edges(floor=0.9, ceiling=1.1))
    <Edge.BAND: 'band'>
    """
    given = {name for name in Edges.__struct_fields__ if getattr(edges, name) is not None}
    if given == {"floor", "ceiling"}:
        return Edge.BAND
    return Edge(given.pop()) if len(given) == 1 else None


class Risk(Strict, frozen=True, kw_only=True):
    """How the VaR that limits stand on is struck (docs/risk.md, "Changes").

    Attributes:
        confidence: c.
        window: scenarios, at most.
        hours: which changes of the hourly prices of hubs are taken to happen again.
        curves: the same of forward prices.
        volatility: where the time value of options and floors comes from that state none
            (docs/products.md, "Contingent contracts").
        volume_deviation: standard deviation of an as-generated volume, a share of what is
            expected; only a Monte Carlo takes it (docs/risk.md, "What is not linear").
        paths: of the Monte Carlo of what is not linear.
        seed: of it.
    """

    confidence: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.95
    window: Annotated[int, msgspec.Meta(ge=2, le=5000)] = 500
    hours: Changes = Changes.ABSOLUTE
    curves: Changes = Changes.ABSOLUTE
    volatility: Volatility = Volatility.STATED
    volume_deviation: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    paths: Annotated[int, msgspec.Meta(ge=100, le=20000)] = 2000
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] = 1


class Credit(Strict, frozen=True, kw_only=True):
    """What shares of a whole are measured against at least, so that a small book can begin.

    Attributes:
        least_owed_usd: the least whole of dollars owed.
        least_volume_mwh: the least whole of MWh traded.
    """

    least_owed_usd: Annotated[float, msgspec.Meta(ge=0, le=1e12)] = 0.0
    least_volume_mwh: Annotated[float, msgspec.Meta(ge=0, le=1e12)] = 0.0


class LimitPolicy(Strict, frozen=True, kw_only=True):
    """A policy in force: its limits, what it expects of the feeds, and how VaR is struck.

    Attributes:
        risk: None where another policy, or none, says it.
        credit: likewise; of several policies the largest least whole holds.
    """

    name: Identifier
    version: Name
    title: Name
    feeds: tuple[Feed, ...] = ()
    risk: Risk | None = None
    credit: Credit | None = None
    limits: tuple[Limit, ...]

    @property
    def label(self) -> str:
        """Name and version, as cases and screens cite it."""
        return f"{self.name} {self.version}"

    def feed(self, scope: str) -> Feed | None:
        """Return what is expected of a feed (``RTD`` or ``caiso/RTD``), if the policy says."""
        return next((feed for feed in self.feeds if is_named(scope, feed.feed)), None)


def is_named(scope: str, name: str) -> bool:
    """Say whether a policy's name means a scope: itself, or a market's part of that name.

    >>> is_named("caiso/RTD", "RTD"), is_named("caiso/RTD", "caiso/RTD"), is_named("RTD", "DA")
    (True, True, False)
    """
    return scope == name or scope.endswith(f"/{name}")
