"""The newest checks before a trade: the decision, what stopped it, and the size that passes."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.screens.checks_seen import CheckAnswer, LimitEffect

_STOPS = ("prohibited", "breached", "worsened", "unknown", "referred")
_PILLS = {"accept": "ok", "reject": "breach", "refer": "warn", "no_decision": "unknown"}
_MOST_TOLD = 3


def values(scene: Scene) -> dict[str, object]:
    """Return one line a check, the newest first."""
    view = scene.frame.checks
    if view is None or not view.checks:
        return {"waiting": "nothing has been asked yet: tieline check TRADE.json", "lines": []}
    return {"waiting": "", "lines": [_line(scene, answer) for answer in view.checks]}


def _line(scene: Scene, answer: CheckAnswer) -> dict[str, object]:
    told = [_stop(scene, effect) for effect in answer.effects if effect.outcome in _STOPS]
    more = f"; {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    return {
        "check": answer.check,
        "time": formats.clock(answer.at_ns, scene.zone),
        "trade": answer.trade,
        "pill": _PILLS.get(answer.decision, ""),
        "decision": answer.decision.replace("_", " ").upper(),
        "size": _size(answer.size, answer) if answer.size else formats.UNKNOWN,
        "passes": _passes(answer),
        "limits": len(answer.effects),
        "stopped": answer.reason or "; ".join(told[:_MOST_TOLD]) + more or "nothing",
        "all": "\n".join(told),
    }


def _passes(answer: CheckAnswer) -> str:
    if not answer.lot:
        return "not asked"
    return _size(answer.largest, answer) if answer.sizes else "none"


def _size(size: float, answer: CheckAnswer) -> str:
    return f"{formats.number(size, 1)} {answer.unit}".rstrip()


def _change(before: float, after: float, unit: str) -> str:
    if math.isnan(after):
        return ""
    amounts = [
        formats.percent(each, 1) if unit == "ratio" else f"{formats.number(each)} {unit}".strip()
        for each in (before, after)
    ]
    return " → ".join(amounts)


def _stop(scene: Scene, effect: LimitEffect) -> str:
    change = _change(effect.before, effect.after, effect.unit)
    reason = f": {effect.reason}" if effect.reason else ""
    waived = ""
    if effect.waiver:
        until = formats.day_and_clock(effect.waiver.until_ns, scene.zone)
        waived = f", WAIVED until {until} by {effect.waiver.approver}: {effect.waiver.reason}"
    return f"{effect.limit} {change}{reason} ({effect.clause}{waived})"
