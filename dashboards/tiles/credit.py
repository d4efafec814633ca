"""What every counterparty would owe if it failed now, and what is held against it."""

from __future__ import annotations

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.messages import ActionKind
from state.screens.exposure_views import CreditView

AMOUNTS = ("exposure_usd", "collateral_usd", "uncovered_usd")


def values(scene: Scene) -> dict[str, object]:
    """Return one line a counterparty, the largest exposure beyond collateral first."""
    view = scene.frame.credit
    if view is None or not view.rows:
        return {"waiting": "no contract with a counterparty yet", "lines": []}
    return {
        "waiting": "",
        "lines": _lines(scene, view),
        "receivables_from": view.receivables_from,
        "age": scene.frame.age_of(view.oldest_input_ns),
    }


def _lines(scene: Scene, view: CreditView) -> list[dict[str, object]]:
    return [
        {
            "counterparty": row.counterparty,
            "made_of": (
                f"{row.contracts:,} contracts, {'netted' if row.netting else 'not netted'}: "
                f"delivered and unpaid {formats.dollars(row.receivables_usd)}, "
                f"mark-to-market {formats.dollars(row.mtm_usd)}"
            ),
            "suspended": row.suspended,
            "case": row.suspension_case,
            "may_lift": scene.person.may(ActionKind.LIFT),
            "limits": row.limits,
            "amounts": [formats.dollars(getattr(row, name)) for name in AMOUNTS],
        }
        for row in view.rows
    ]
