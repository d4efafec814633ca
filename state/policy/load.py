"""Read a policy of limits out of its YAML text, or say which line is wrong and why."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from state.limits import RULES
from state.limits.edges import Edge
from state.limits.rule import Rule
from state.policy.schema import Edges, Limit, LimitPolicy, OwnEdges, edge_of
from state.policy.strict import Finding, convert, refuse_first, repeated
from state.policy.yaml_text import Document, parse

_REMEDY = "docs/limits.md lists the fields and what they hold"


def load(text: str) -> LimitPolicy:
    """Read a policy.

    Raises:
        ConfigError: names the line, the field, its value and the remedy.
    """
    return limits_in(parse(text))


def limits_in(document: Document) -> LimitPolicy:
    """Read a policy of limits out of its parsed text, as :func:`load` does."""
    policy = convert(document, LimitPolicy, whole="policy", remedy=_REMEDY)
    refuse_first(document, _findings(policy))
    return _with_feed_edges(policy)


def _findings(policy: LimitPolicy) -> Iterator[Finding]:
    yield from repeated([limit.id for limit in policy.limits], "$.limits", "id")
    yield from repeated([feed.feed for feed in policy.feeds], "$.feeds", "feed")
    for index, feed in enumerate(policy.feeds):
        if feed.stale_after_seconds < feed.cadence_seconds:
            what = f"stale_after_seconds of {feed.feed} is {feed.stale_after_seconds:g}"
            remedy = f"make it at least the feed's cadence, {feed.cadence_seconds:g}"
            yield Finding(f"$.feeds[{index}].stale_after_seconds", what, remedy)
    for index, limit in enumerate(policy.limits):
        yield from _limit_findings(policy, limit, f"$.limits[{index}]")


def _limit_findings(policy: LimitPolicy, limit: Limit, path: str) -> Iterator[Finding]:
    rule = RULES.get(limit.rule)
    if rule is None:
        remedy = f"use one of {', '.join(RULES)}"
        yield Finding(f"{path}.rule", f"rule of {limit.id} is {limit.rule}", remedy)
        return
    if limit.unit != rule.unit:
        what = f"unit of {limit.id} is {limit.unit}"
        yield Finding(f"{path}.unit", what, f"rule {rule.name} counts in {rule.unit}")
    yield from _own_findings(limit, path)
    if rule.is_feed:
        yield from _feed_findings(policy, limit, path)
    else:
        yield from _edge_findings(limit, rule, path)


def _own_findings(limit: Limit, path: str) -> Iterator[Finding]:
    yield from repeated([own.scope for own in limit.own], f"{path}.own", "scope")
    for index, own in enumerate(limit.own):
        if not limit.binds(own.scope):
            what = f"own scope {own.scope} of {limit.id} is not among its scopes"
            yield Finding(f"{path}.own[{index}].scope", what, "add it to scopes or take it out")


def _feed_findings(policy: LimitPolicy, limit: Limit, path: str) -> Iterator[Finding]:
    if limit.own or limit.edges_of("") != Edges():
        remedy = "take the numbers out: a feed's limit is its stale_after_seconds under feeds"
        yield Finding(path, f"{limit.id} has numbers of its own", remedy)
    for index, scope in enumerate(() if limit.scopes == "all" else limit.scopes):
        if policy.feed(scope) is None:
            what = f"scope {scope} of {limit.id} is no feed of this policy"
            yield Finding(f"{path}.scopes[{index}]", what, "add it under feeds")


def _edge_findings(limit: Limit, rule: Rule, path: str) -> Iterator[Finding]:
    kinds: set[Edge] = set()
    for place, edges in _places_of_edges(limit, path):
        edge = edge_of(edges)
        if edge is None or edge not in rule.edges:
            what = f"{limit.id} has {_named_numbers(edges)}"
            remedy = f"rule {rule.name} takes {' or '.join(_NUMBERS[kind] for kind in rule.edges)}"
            yield Finding(place, what, remedy)
            return
        kinds.add(edge)
        yield from _number_findings(limit.id, edges, edge, place)
    if len(kinds) > 1:
        what = f"scopes of {limit.id} have different kinds of edges"
        yield Finding(f"{path}.own", what, "write two limits")


def _places_of_edges(limit: Limit, path: str) -> Iterator[tuple[str, Edges]]:
    """Yield where numbers stand, and what they come to: the limit's, and each scope's own."""
    owned = {own.scope for own in limit.own}
    if limit.scopes == "all" or any(scope not in owned for scope in limit.scopes):
        yield path, Edges(floor=limit.floor, ceiling=limit.ceiling, loss=limit.loss)
    for index, own in enumerate(limit.own):
        yield f"{path}.own[{index}]", limit.edges_of(own.scope)


_NUMBERS = {
    Edge.CEILING: "a ceiling",
    Edge.FLOOR: "a floor",
    Edge.LOSS: "a loss",
    Edge.BAND: "a floor and a ceiling",
}


def _named_numbers(edges: Edges) -> str:
    given = [name for name in Edges.__struct_fields__ if getattr(edges, name) is not None]
    return " and ".join(given) or "no number"


def _number_findings(name: str, edges: Edges, edge: Edge, path: str) -> Iterator[Finding]:
    if edge is Edge.BAND:
        if edges.floor > edges.ceiling:  # type: ignore[operator] # a band has both
            what = f"floor of {name} is {edges.floor:g}, above its ceiling {edges.ceiling:g}"
            yield Finding(f"{path}.floor", what, "exchange them")
        return
    number = getattr(edges, edge)
    if number < 0:
        what = f"{edge} of {name} is {number:g}"
        yield Finding(f"{path}.{edge}", what, "write it as 0 or more, or as a band")


def _with_feed_edges(policy: LimitPolicy) -> LimitPolicy:
    """Give each feed limit the numbers of the feeds it binds."""
    limits = (
        _feed_limit(policy, limit) if RULES[limit.rule].is_feed else limit
        for limit in policy.limits
    )
    return msgspec.structs.replace(policy, limits=tuple(limits))


def _feed_limit(policy: LimitPolicy, limit: Limit) -> Limit:
    every = tuple(feed.feed for feed in policy.feeds)
    scopes = every if limit.scopes == "all" else limit.scopes
    own = tuple(
        OwnEdges(scope=scope, ceiling=feed.stale_after_seconds)
        for scope in scopes
        if (feed := policy.feed(scope)) is not None
    )
    return msgspec.structs.replace(limit, scopes=scopes, own=own)
