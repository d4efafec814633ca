"""One case from its beginning to its closing: frozen state, duties, people's words and forms."""

from __future__ import annotations

from dashboards import formats
from dashboards.tiles import case
from dashboards.tiles.case_lines import is_late_duty, selected_case
from dashboards.tiles.duty_lines import duty_line
from dashboards.tiles.tile import Scene
from state.messages import ActionKind
from state.screens.cases_seen import CaseRow, Frozen, stands


def values(scene: Scene) -> dict[str, object]:
    """Return the selected case."""
    row = selected_case(scene)
    told = case.values(scene)
    if row is None:
        return told
    waivable = row.severity == "breach" and row.condition in {"firing", "unknown"}
    return {
        **told,
        "duties": [duty_line(scene, row, duty) for duty in row.duties],
        "frozen": row.frozen and _frozen(scene, row.frozen),
        "may_waive": waivable and scene.person.may(ActionKind.WAIVE) and row.status != "closed",
        "no_duty": _no_duty(row),
    }


def _frozen(scene: Scene, frozen: Frozen) -> dict[str, object]:
    contract = (
        f"{frozen.counterparty}: {formats.signed(frozen.quantity_mw, 1)} MW, "
        f"{formats.signed(frozen.volume_mwh)} MWh, {formats.dollars(frozen.notional_usd)}"
    )
    return {
        "at": formats.day_and_clock(frozen.at_ns, scene.zone),
        "entry": formats.number(frozen.position),
        "stood": formats.true_minus(stands(frozen)),
        "moved": case.attribution_of(frozen.attribution, frozen.unit),
        "contract": contract if frozen.counterparty else "",
        "arithmetic": [formats.true_minus(each) for each in frozen.arithmetic],
    }


def _no_duty(row: CaseRow) -> str:
    if is_late_duty(row):
        return "No duty of its own: what is late is owed in its members."
    return "No duty: the written policy asks for none here, or none is in force."
