"""The limits: what each is, how far used, and what is left; breach, unknown and warn first."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboards import formats
from dashboards.tiles.limit_marks import waived_words
from dashboards.tiles.tile import Scene
from state.moments import SECOND_NS
from state.screens.limits_seen import LimitRow

FULL_SCALE = 1.25
"""Utilisation at the right end of a bar."""

_SINCE = frozenset({"breach", "warn", "unknown"})


@dataclass(frozen=True)
class LimitLine:
    """One limit, ready to read; widths in per cent of the bar."""

    key: str
    clause: str
    policy: str
    title: str
    scope: str
    period: str
    value: str
    limit: str
    headroom: str
    due: str
    due_at: str
    used: str
    width: float
    warn_mark: float
    limit_mark: float
    state: str
    word: str
    standing: str
    since: str
    reason: str
    case: str
    waived: str


def values(scene: Scene) -> dict[str, object]:
    """Return the limits that match what is searched, in the view's order."""
    view, clock = scene.frame.limits, scene.frame.clock
    rows = view.rows if view else []
    found = [row for row in rows if scene.choice.finds(_searched(row))]
    return {
        "waiting": "" if view else "no limit has been checked yet",
        "lines": [_line(scene, row) for row in found],
        "shown": len(found),
        "total": view.total if view else 0,
        "policies": clock.policies if clock else [],
        "find": scene.choice.find,
    }


def _searched(row: LimitRow) -> str:
    return f"{row.clause} {row.title} {row.scope} {row.period} {row.state}"


def _line(scene: Scene, row: LimitRow) -> LimitLine:
    return LimitLine(
        key=f"{row.limit} {row.scope} {row.period}",
        clause=row.clause,
        policy=row.policy,
        title=row.title,
        scope=row.scope,
        period=row.period,
        value=formats.true_minus(row.value_text) or formats.UNKNOWN,
        limit=formats.true_minus(row.limit_text),
        headroom=row.reason if row.state == "unknown" else formats.true_minus(row.headroom_text),
        due=_due(scene, row),
        due_at=_due_at(scene, row),
        used=formats.percent(row.utilisation),
        width=bar_width(row.utilisation),
        warn_mark=bar_width(row.warn_at),
        limit_mark=bar_width(1.0),
        state=row.state,
        word=row.state.replace("not_applicable", "n/a").upper(),
        standing="" if row.standing in {"", row.state, "ok"} else row.standing.upper(),
        since=scene.frame.age_of(row.since_ns) if row.state in _SINCE else "",
        reason=row.reason,
        case=row.case,
        waived=waived_words(row.waived_until_ns, scene.zone),
    )


def _due(scene: Scene, row: LimitRow) -> str:
    """Say when a limit is reached at the drift it has now: a breach first, else a warning."""
    if row.state == "breach":
        return "in breach"
    due_ns, word = (row.breach_due_ns, "") if row.breach_due_ns else (row.warn_due_ns, "warn ")
    left = due_ns - scene.frame.now_ns
    if not due_ns:
        return formats.UNKNOWN if row.state in {"unknown", "not_applicable"} else "none"
    return f"{word}in {formats.age(left / SECOND_NS)}" if left > 0 else f"{word}any moment"


def _due_at(scene: Scene, row: LimitRow) -> str:
    market = next(iter(scene.frame.markets), "")
    zone = scene.frame.zone_of(market)
    times = (("warns", row.warn_due_ns), ("breaks", row.breach_due_ns))
    told = [f"{what} {formats.clock(at_ns, zone)}" for what, at_ns in times if at_ns]
    return ", ".join(told) or "not within four hours at the drift of the last minutes"


def bar_width(utilisation: float) -> float:
    """Return how far a bar reaches, in per cent of its length.

    >>> bar_width(0.5), bar_width(float("inf")), bar_width(float("nan"))
    (40.0, 100.0, 0.0)
    """
    if math.isnan(utilisation):
        return 0.0
    return 100 * min(max(utilisation, 0.0), FULL_SCALE) / FULL_SCALE
