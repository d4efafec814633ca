"""The way out of a tolerance that is broken: blocks asked for from here, and what was answered."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.access import Role
from dashboards.tiles.tile import Scene
from state.screens.hedges_seen import HedgeAnswer, HedgeBlock

_UNITS = {"certificate": "certificates", "MW-month": "MW-months"}
_NAMES = {"energy": "energy", "capacity": "capacity", "rps": "RPS"}


def values(scene: Scene) -> dict[str, object]:
    """Return the positions that are out of tolerance, each with its newest answer."""
    view, hedges = scene.frame.nop, scene.frame.hedges
    newest: dict[tuple[str, str, str], HedgeAnswer] = {}
    for answer in hedges.answers if hedges else ():
        newest.setdefault((answer.limit, answer.kind, answer.period), answer)
    rows = [row for row in view.rows if row.state == "breach"] if view else []
    lines = [
        {
            "limit": row.limit,
            "kind": row.kind,
            "what": f"{_NAMES.get(row.nop, row.nop)} {row.kind}".rstrip(),
            "title": row.title,
            "period": row.period,
            "covered": formats.percent(row.coverage, 1),
            "clause": row.clause,
            **_answered(scene, newest.get((row.limit, row.kind, row.period))),
        }
        for row in rows
    ]
    return {
        "waiting": "" if lines else _why_none(scene),
        "lines": lines,
        "may_ask": scene.person.role is not Role.VIEWER,
    }


def _why_none(scene: Scene) -> str:
    view = scene.frame.nop
    if view is None or not view.rows:
        return "no position beyond tomorrow yet"
    if not view.policy:
        return "no written policy is in force: nothing binds"
    unknown = sum(row.state == "unknown" for row in view.rows if row.limit)
    if unknown:
        return f"no position that is known is out of tolerance; not known: {unknown}"
    return "every tolerance is kept"


def _answered(scene: Scene, answer: HedgeAnswer | None) -> dict[str, object]:
    if answer is None:
        return {"blocks": [], "total": "not asked yet", "reason": "", "age": "", "going_on": False}
    total = ""
    if answer.blocks:
        paid = "paid" if answer.cost_usd >= 0.0 else "received"
        unit = answer.blocks[0].unit
        total = (
            f"{formats.number(answer.amount)} {_UNITS.get(unit, unit)}, "
            f"{formats.dollars(abs(answer.cost_usd))} {paid} "
            f"at the curve; covered then {formats.percent(answer.after, 1)}"
        )
    if answer.complete and not answer.passes:
        total += "; the Middle Office decides"
    if answer.going_on:
        total = f"looking: {answer.looked_at} looked at, {answer.waiting} waiting. {total}".rstrip()
    return {
        "blocks": [_block(block) for block in answer.blocks],
        "total": total,
        "reason": answer.reason,
        "age": f"asked {scene.frame.age_of(answer.asked_ns)} ago",
        "going_on": answer.going_on,
    }


def _block(block: HedgeBlock) -> str:
    side = "buy" if block.size > 0.0 else "sell"
    risk = block.var_after_usd - block.var_before_usd
    var = "" if math.isnan(risk) else f", VaR {formats.dollars(risk, sign=True)}"
    kind, mw = block.kind.replace("_", "-"), " MW"
    if block.unit == "certificate":
        mw = ""
    elif block.product == "capacity":
        kind = f"{kind} capacity"
    return (
        f"{side} {formats.number(abs(block.size))}{mw} {kind} "
        f"{block.period} at {block.location}, {formats.price(block.price_usd)} $/{block.unit}, "
        f"{block.trader} with {block.counterparty}{var}"
    )
