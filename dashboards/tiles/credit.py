"""Every counterparty: what it would owe now and could owe, its collateral, its six limits."""

from __future__ import annotations

import math
from collections.abc import Callable

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.messages import ActionKind
from state.screens.credit_seen import CreditRow, CreditUse

MOST_LINES = 150
"""Of more counterparties the first are shown; the search finds the others."""

LIMITS = (
    ("credit_owed", "owed", "dollars owed or are owed, §6.3"),
    ("credit_undelivered_mwh", "left MWh", "volume remaining to be delivered or received, §6.3"),
    ("credit_undelivered_mw", "left MW", "volume remaining to be delivered or received, §6.3"),
    ("credit_value", "value", "dollar value of transactions, §6.3"),
    ("credit_volume_mwh", "MWh", "transaction volume, §6.3"),
    ("credit_volume_mw", "MW", "transaction volume, §6.3"),
    ("credit_owed_share", "% owed", "share of all dollars owed, §6.3"),
    ("credit_volume_share", "% volume", "share of all volume, §6.3"),
)
"""Figure, heading and meaning of each column of limits."""

_LEAST = -math.inf


def _utilisation(use: CreditUse) -> float:
    return _LEAST if math.isnan(use.utilisation) else use.utilisation


def _used(row: CreditRow) -> float:
    return max(map(_utilisation, row.limits), default=_LEAST)


_SORTS: dict[str, Callable[[CreditRow], float]] = {
    "exposure": lambda row: row.exposure_usd,
    "potential": lambda row: _LEAST if math.isnan(row.potential_usd) else row.potential_usd,
    "collateral": lambda row: row.collateral_usd,
    "beyond": lambda row: row.uncovered_usd,
    "used": _used,
}
"""What counterparties can be sorted by, largest first; ``counterparty`` sorts by name."""


def values(scene: Scene) -> dict[str, object]:
    """Return one line a counterparty that is searched, the suspended first."""
    view, choice = scene.frame.credit, scene.choice
    if view is None or not view.rows:
        return {"waiting": "no contract with a counterparty yet", "lines": []}
    found = [row for row in view.rows if choice.finds(_searched(row))]
    by = _SORTS.get(choice.sort)
    if by is not None:
        found.sort(key=lambda row: (not row.suspended, -by(row), row.counterparty))
    else:
        found.sort(key=lambda row: row.counterparty)
    return {
        "waiting": "",
        "lines": [_line(scene, row) for row in found[:MOST_LINES]],
        "more": max(0, len(found) - MOST_LINES),
        "total": len(view.rows),
        "find": choice.find,
        "sort": choice.sort if by is not None else "counterparty",
        "limits": LIMITS,
        "suspended": sum(bool(row.suspended) for row in view.rows),
        "receivables_from": view.receivables_from,
        "age": scene.frame.age_of(view.oldest_input_ns),
    }


def _searched(row: CreditRow) -> str:
    states = {use.state for use in row.limits}
    words = (row.counterparty, *states, "suspended" if row.suspended else "")
    return " ".join(words)


def _line(scene: Scene, row: CreditRow) -> dict[str, object]:
    by_figure = {use.figure: use for use in row.limits}
    return {
        "counterparty": row.counterparty,
        "made_of": (
            f"{row.contracts:,} contracts, "
            f"{'netted' if row.netting else 'not netted: what is positive of each counts'}: "
            f"delivered and unpaid {formats.dollars(row.receivables_usd)}, "
            f"mark-to-market {formats.dollars(row.mtm_usd)}"
        ),
        "netting": "netted" if row.netting else "gross",
        "suspended": row.suspended,
        "case": row.suspension_case,
        "may_lift": scene.person.may(ActionKind.LIFT),
        "amounts": [
            formats.dollars(usd)
            for usd in (row.exposure_usd, row.potential_usd, row.collateral_usd, row.uncovered_usd)
        ],
        "left_out": "; ".join(row.left_out),
        "not_covered": "; ".join(row.not_covered),
        "most": _use(max(row.limits, key=_utilisation, default=None)),
        "uses": [_use(by_figure.get(figure)) for figure, _, _ in LIMITS],
    }


def _use(use: CreditUse | None) -> dict[str, str]:
    if use is None:
        return {"used": formats.UNKNOWN, "state": "", "text": "no limit is set", "waived": ""}
    waived = "; waived" if use.waived_until_ns else ""
    text = f"{use.title}: {use.value} of {use.limit}, {use.headroom} left; {use.clause}{waived}"
    return {
        "used": formats.percent(use.utilisation),
        "state": use.state,
        "waived": waived,
        "text": formats.true_minus(text),
    }
