"""The official close of a day: flash, official and present figures, and what does not reconcile."""

from __future__ import annotations

import math

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.messages import FIRM, ActionKind
from state.screens.close_seen import CloseRow, CloseView, DetailRow, ReconciledRow, RecordRow

_PILLS = {"signed off": "ok", "locked": "ok", "reopened": "warn", "open": "waiting"}
_NAMES = {"pnl": "P&L", "value": "value", "open": "open", "var": "VaR"}
_STEPS = {"lock": "locked", "sign_off": "signed off", "reopen": "reopened"}


def values(scene: Scene) -> dict[str, object]:
    """Return one line a figure of the firm and of each book, the firm first."""
    view = scene.frame.close
    if view is None or not view.date:
        waiting = "no tick yet: a day begins with the first"
        return {"waiting": waiting, "lines": [], "unknown": [], "differing": []}
    rows = sorted(view.rows, key=_firm_first)
    return {
        "waiting": "",
        "date": view.date,
        "state": view.state,
        "pill": _PILLS[view.state],
        "lines": [_line(row) for row in rows],
        "unknown": [f"{row.book}: P&L {row.unknown}" for row in rows if row.unknown],
        "differing": [
            *(_difference(row) for row in view.reconciled if row.state != "agrees"),
            *map(_detail, view.details),
        ],
        "reconciled": _reconciled(view),
        "steps": _steps(scene, view),
        "may": scene.person.may(ActionKind.CLOSE),
    }


def _firm_first(row: CloseRow) -> bool:
    return row.book != FIRM


def _line(row: CloseRow) -> dict[str, object]:
    numbers = row.flash, row.official, row.now
    signed = row.figure != "var"
    return {
        "key": f"{row.book} {row.figure}",
        "book": row.book,
        "figure": f"{_NAMES[row.figure]} {_side(row)}".rstrip(),
        "numbers": [_amount(number, row.unit, signed=signed) for number in numbers],
        "difference": _amount(row.difference, row.unit, signed=True),
        "differs": bool(row.difference) and not math.isnan(row.difference),
    }


def _side(row: CloseRow) -> str:
    """Write LONG or SHORT beside an open position, as the lock has it; as it is now without one."""
    mwh = row.now if math.isnan(row.official) else row.official
    return formats.side(mwh) if row.figure == "open" else ""


def _amount(number: float, unit: str, *, signed: bool) -> str:
    if unit == "MWh":
        text = formats.signed(number) if signed else formats.number(number)
        return text if text == formats.UNKNOWN else f"{text} MWh"
    return formats.dollars(number, sign=signed)


def _difference(row: ReconciledRow) -> dict[str, str]:
    units = {"contracts": "contracts", "volume": "MWh", "value": "$"}
    numbers = (row.ours, row.theirs, row.difference)
    ours, theirs, difference = (formats.number(abs(each), 2) for each in numbers)
    sign = "+" if row.difference > 0 else "−"
    unit = units[row.figure]
    return {
        "text": f"{row.book}: {ours} {unit}, {row.source} {theirs} ({sign}{difference})",
        "state": row.state,
        "tone": "warn" if row.state == "within tolerance" else "bad",
    }


def _detail(row: DetailRow) -> dict[str, str]:
    """Name the contract, the detail, and how each side has it."""
    texts = {
        "missing": f"{row.book}: {row.trade} ({row.ours}), not held by {row.system}",
        "surplus": f"{row.trade}, held by {row.system} alone ({row.theirs})",
    }
    alike = f"{row.book}: {row.trade} {row.detail} {row.ours}, {row.system} {row.theirs}"
    words = texts.get(row.detail, alike)
    state = row.detail if row.detail in texts else "differs"
    return {"text": words, "state": state, "tone": "bad"}


def _reconciled(view: CloseView) -> str:
    told = "the trade system sent no totals of this day"
    if view.reconciled:
        count = sum(row.state == "agrees" for row in view.reconciled)
        told = f"{count} of {len(view.reconciled)} totals of the trade system agree"
    return "; ".join((told, *map(_record, view.records)))


def _record(row: RecordRow) -> str:
    alone = f" ({row.counterparty})" if row.counterparty else ""
    return f"{row.compared - row.differing} of {row.compared} contracts as {row.system}{alone}"


def _steps(scene: Scene, view: CloseView) -> str:
    told = [
        f"{_STEPS[step.step]} by {step.actor} {formats.day_and_clock(step.at_ns, scene.zone)}"
        for step in view.steps
    ]
    return "; ".join(told) or "nobody has locked it"
