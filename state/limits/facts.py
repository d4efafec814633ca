"""What one row of a limit says about itself: to its case, to the screen, to who asks why."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from math import isnan, nan

from state.alerts.cases import Facts
from state.limits import RULES
from state.limits.edges import Edge
from state.limits.instances import Instance, Instances
from state.limits.reading import Identity
from state.limits.texts import NOT_KNOWN, amount, headline, limit_text, utilisation_text
from state.policy.schema import Limit
from state.screens.limits_seen import LimitRow

_FORMULAS = {
    Edge.CEILING: "value / limit",
    Edge.FLOOR: "limit / value, over when the value is 0 or less",
    Edge.LOSS: "max(0, loss) / limit",
    Edge.BAND: "|value - middle| / half-width",
}
_ONE_SIDED = " (one-sided: nothing warns near the other edge)"
_PINNED = "limit / value (minimum = maximum; a surplus warns)"


def identity_of(table: Instances, row: int) -> Identity:
    """Return what a row's case belongs to."""
    return table.limit.id, table.scopes[row], table.periods[row]


def identity_text(identity: Identity) -> str:
    """Write an identity as a member of a feed's case.

    >>> identity_text(("value-at-risk", "firm", ""))
    'value-at-risk firm'
    """
    return " ".join(part for part in identity if part)


def facts_of(table: Instances, row: int) -> Facts:
    """Return what a row's case needs to know."""
    instance, attribution = table.instance(row), table.attribution(row)
    value, edges = _value_text(table, instance), _limit_text(table, instance)
    return Facts(
        identity=identity_of(table, row),
        state=instance.state,
        standing=instance.standing,
        clause=table.limit.clause,
        policy=table.policy,
        materiality=table.limit.materiality,
        headline=_headline(table, instance),
        value_text=value,
        limit_text=edges,
        attribution=attribution,
        timing=table.rule.is_feed or table.rule.is_timing,
        arithmetic=partial(
            _arithmetic, table.limit, table.policy, instance, attribution, (value, edges)
        ),
    )


def arithmetic_of(table: Instances, row: int) -> list[str]:
    """Return how a row's value stands against its limit, line by line."""
    return facts_of(table, row).arithmetic()


def _arithmetic(
    limit: Limit,
    policy: str,
    instance: Instance,
    attribution: list[tuple[str, float]],
    texts: tuple[str, str],
) -> list[str]:
    # Of what no longer changes: it is written when somebody asks, and says what was.
    rule, (value, edges) = RULES[limit.rule], texts
    unknown = instance.state == "unknown"
    unknown_lines = [f"unknown because: {instance.reason or 'the value is no number'}"]
    return [
        f"value: {value} = {rule.how}",
        f"limit: {edges} ({limit.clause}, {policy})",
        f"utilisation: {utilisation_text(instance.utilisation)} = {_formula(limit, instance)}",
        f"headroom: {amount(instance.headroom, rule.unit)} to the nearest edge, negative in breach",
        *_turns(limit, instance),
        f"state: {instance.state}, standing {instance.standing}",
        *(unknown_lines if unknown else []),
        *(f"moved by {kind}: {amount(moved, rule.unit)}" for kind, moved in attribution),
    ]


def _turns(limit: Limit, instance: Instance) -> list[str]:
    """Say at which utilisation a row's standing changes."""
    if _is_pinned(limit, instance):
        full = utilisation_text(1.0)
        return [
            f"warns below {full} utilisation",
            f"a breach ends at {full}",
            f"a warning ends at {full}",
        ]
    return [
        f"warns from {utilisation_text(limit.warn_at)} utilisation",
        f"a breach ends below {utilisation_text(limit.clear_at)}",
        f"a warning ends below {utilisation_text(limit.clear_at * limit.warn_at)}",
    ]


def row_view(table: Instances, row: int, case: str) -> LimitRow:
    """Return a row as the screen shows it; ``case`` is the open case's id, or empty."""
    return table.show(row, case, lambda instance, own: _view(table, instance, own))


def unread_views(tables: Iterable[Instances]) -> tuple[list[LimitRow], list[LimitRow]]:
    """Return the rows of limits whose figure was never read, and of those nothing came for."""
    unread = [table for table in tables if not len(table)]
    waiting, idle = (
        [_unread(table) for table in unread if table.rule.by_event is by_event]
        for by_event in (False, True)
    )
    return waiting, idle


def _unread(table: Instances) -> LimitRow:
    """Return the row of a limit whose figure was never read: it must not look like none."""
    rule, edges = table.rule, table.limit.edges_of("")
    state = "not_applicable" if rule.by_event else "unknown"
    unread = f"no reading of {rule.figure.replace('_', ' ')} yet"
    reason = "nothing came that is wrong" if rule.by_event else unread
    low, high = (nan if edge is None else edge for edge in (edges.low, edges.ceiling))
    return _view(table, Instance("", "", 0, state, "ok", reason, nan, low, high, nan, nan, 0), "")


def _view(table: Instances, instance: Instance, case: str) -> LimitRow:
    limit, unit = table.limit, table.rule.unit
    return LimitRow(
        limit=limit.id,
        title=limit.title,
        clause=limit.clause,
        policy=table.policy,
        scope=instance.scope,
        period=instance.period,
        period_start_ns=instance.start_ns,
        unit=unit,
        state=instance.state,
        standing=instance.standing,
        reason=instance.reason,
        value=instance.value,
        limit_low=instance.low,
        limit_high=instance.high,
        utilisation=instance.utilisation,
        warn_at=limit.warn_at,
        headroom=instance.headroom,
        value_text=_value_text(table, instance),
        limit_text=_limit_text(table, instance),
        headroom_text=amount(instance.headroom, unit),
        since_ns=instance.since_ns,
        case=case,
        figure=table.rule.figure,
    )


def _value_text(table: Instances, instance: Instance) -> str:
    written = amount(instance.value, table.rule.unit)
    last_known = instance.state == "unknown" and not isnan(instance.value)
    return f"{written} (last known)" if last_known else written


def _limit_text(table: Instances, instance: Instance) -> str:
    if isnan(instance.low) and isnan(instance.high):
        return NOT_KNOWN
    return limit_text(table.edge, instance.low, instance.high, table.rule.unit)


def _formula(limit: Limit, instance: Instance) -> str:
    rule = RULES[limit.rule]
    if limit.edge is not Edge.BAND:
        return _FORMULAS[limit.edge]
    if _is_pinned(limit, instance):
        return _PINNED
    if instance.low <= rule.least:
        return _FORMULAS[Edge.CEILING] + _ONE_SIDED
    if instance.high >= rule.most:
        return _FORMULAS[Edge.FLOOR] + _ONE_SIDED
    return _FORMULAS[Edge.BAND]


def _is_pinned(limit: Limit, instance: Instance) -> bool:
    """Say whether minimum = maximum, so that only a surplus warns and nothing holds."""
    return limit.edge is Edge.BAND and instance.low == instance.high


def _headline(table: Instances, instance: Instance) -> str:
    rule = table.rule
    if instance.state == "unknown":
        subject = rule.subject(instance.scope, instance.period)
        below = "" if instance.standing == "ok" else f"; still in {instance.standing}"
        return f"{subject} unknown: {instance.reason or 'the value is no number'}{below}"
    return headline(
        rule,
        instance.scope,
        instance.period,
        instance.value,
        low=instance.low,
        high=instance.high,
        outside=instance.headroom < 0,
    )
