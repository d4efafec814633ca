"""The net open positions by type and period: value, band, coverage, headroom, state, clause."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.screens.nop_seen import NopRow

_TYPES = {"energy": "Energy", "capacity": "Capacity", "rps": "RPS", "carbon_free": "Carbon-free",
          "ghg": "GHG"}  # fmt: skip
_WORDS = {
    "ok": "OK",
    "warn": "WARN",
    "breach": "BREACH",
    "unknown": "UNKNOWN",
    "not_applicable": "not applicable",
    "no_limit": "no limit",
}


def values(scene: Scene) -> dict[str, object]:
    """Return one line a type and period, in the order of the policy."""
    view = scene.frame.nop
    if view is None or not view.rows:
        return {"waiting": "no position beyond tomorrow yet", "lines": []}
    known = not view.var_reason
    return {
        "waiting": "",
        "lines": [line(row) for row in view.rows],
        "policy": view.policy or "no written policy in force: nothing binds",
        "basis": view.var_basis,
        "risk": formats.dollars(view.var_usd) if known else f"not known, {view.var_reason}",
        "failures": view.failures,
        "age": scene.frame.age_of(view.oldest_input_ns),
    }


def line(row: NopRow) -> dict[str, object]:
    """Return one row in words."""
    return {
        "key": f"{row.nop}/{row.title}/{row.kind}/{row.period}",
        "type": f"{_TYPES[row.nop]} {row.kind}".strip(),
        "title": row.title,
        "period": row.period,
        "mean": _mean(row),
        "open": _open(row),
        "blocks": row.blocks or formats.UNKNOWN,
        "value": formats.dollars(row.value_usd),
        "rate": formats.price(row.rate_usd_per_mwh),
        "firm": formats.percent(row.firm_coverage, 1),
        "coverage": formats.percent(row.coverage, 1),
        "fixed": _fixed(row),
        "hedges": formats.percent(row.effectiveness) if row.nop == "energy" else formats.UNKNOWN,
        "band": _band(row),
        "headroom": _headroom(row),
        "pill": row.state if row.state in {"breach", "warn", "unknown", "ok"} else "",
        "word": _WORDS[row.state],
        "waived": row.waived_until_ns > 0,
        "clause": row.clause or formats.UNKNOWN,
        "note": row.reason or row.note,
    }


def _headroom(row: NopRow) -> str:
    if math.isnan(row.headroom):
        return formats.UNKNOWN
    return formats.signed(row.headroom * 100, 1) + " %"


def _fixed(row: NopRow) -> str:
    """Say what share of the load has a fixed cost, and what share a fixed revenue, where told."""
    if row.nop != "energy" or not row.obligation > 0.0:
        return formats.UNKNOWN
    cost, revenue = row.fixed / row.obligation, row.fixed_revenue / row.obligation
    if math.isnan(revenue):
        return formats.percent(cost, 1)
    return f"{formats.percent(cost).removesuffix(' %')} / {formats.percent(revenue)}"


def _mean(row: NopRow) -> str:
    """Say load and supply of energy in the mean of the period's hours, and who is served."""
    if row.nop != "energy" or math.isnan(row.obligation_mw):
        return ""
    load, supply = (formats.number(mw, 1) for mw in (row.obligation_mw, row.supply_mw))
    return f"load {load} MW, supply {supply} MW in the mean{_customers(row)}"


def _customers(row: NopRow) -> str:
    if math.isnan(row.customers):
        return ""
    moved = row.customers_change
    change = "" if math.isnan(moved) else f" ({formats.signed(100.0 * moved, 1)} %)"
    return f", {formats.number(row.customers)} customers{change}"


def _open(row: NopRow) -> str:
    if math.isnan(row.open):
        return formats.UNKNOWN
    return f"{formats.number(abs(row.open))} {row.unit} {formats.side(row.open)}".strip()


def _band(row: NopRow) -> str:
    if not row.limit:
        return formats.UNKNOWN
    low, high = formats.percent(row.floor), formats.percent(row.ceiling)
    return low if low == high else f"{low.removesuffix(' %')} to {high}"
