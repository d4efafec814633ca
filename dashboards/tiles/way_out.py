"""The way out of a tolerance that is broken: blocks asked for from here, and what was answered."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.access import Role
from dashboards.tiles.tile import Scene
from state.screens.views import HedgeAnswer, HedgeBlock


def values(scene: Scene) -> dict[str, object]:
    """Return the positions of energy that are out of tolerance, each with its newest answer."""
    view, hedges = scene.frame.nop, scene.frame.hedges
    newest: dict[tuple[str, str], HedgeAnswer] = {}
    for answer in hedges.answers if hedges else ():
        newest.setdefault((answer.limit, answer.period), answer)
    rows = [row for row in view.rows if row.state == "breach"] if view else []
    lines = [
        {
            "limit": row.limit,
            "title": row.title,
            "period": row.period,
            "covered": formats.percent(row.coverage, 1),
            "clause": row.clause,
            **_answered(scene, newest.get((row.limit, row.period))),
        }
        for row in rows
        if row.nop == "energy"
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
    return "every tolerance of energy is kept"


def _answered(scene: Scene, answer: HedgeAnswer | None) -> dict[str, object]:
    if answer is None:
        return {"blocks": [], "total": "not asked yet", "reason": "", "age": ""}
    total = ""
    if answer.blocks:
        paid = "paid" if answer.cost_usd >= 0.0 else "received"
        total = (
            f"{formats.number(answer.mwh)} MWh, {formats.dollars(abs(answer.cost_usd))} {paid} "
            f"at the curve; covered then {formats.percent(answer.after, 1)}"
        )
    return {
        "blocks": [_block(block) for block in answer.blocks],
        "total": total,
        "reason": answer.reason,
        "age": f"asked {scene.frame.age_of(answer.at_ns)} ago",
    }


def _block(block: HedgeBlock) -> str:
    side = "buy" if block.quantity_mw > 0.0 else "sell"
    risk = block.var_after_usd - block.var_before_usd
    var = "" if math.isnan(risk) else f", VaR {formats.dollars(risk, sign=True)}"
    return (
        f"{side} {formats.number(abs(block.quantity_mw))} MW {block.block.replace('_', '-')} "
        f"{block.period} at {block.location}, {formats.price(block.price_usd_per_mwh)} $/MWh, "
        f"{block.trader} with {block.counterparty}{var}"
    )
