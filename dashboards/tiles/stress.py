"""P&L under every stress scenario by book, the worst first, and where the selected comes from."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards import formats
from dashboards.formats import percent
from dashboards.tiles.tile import Scene
from state.screens.stress_seen import StressRow, StressView

_NONE = "no stress scenarios in force: the run brought none (docs/stress.md)"
_UNSTRUCK = "scenarios are in force; the first tick strikes them"


@dataclass(frozen=True)
class StressLine:
    """One scenario, ready to read.

    Attributes:
        total: of the firm; ``tone`` is its colour.
        nodes: figure and colour of each book.
        open: what becomes of the open position, empty where no volume moves.
        hint: what happens, where the P&L comes from and what was not reached.
    """

    scenario: str
    title: str
    total: str
    tone: str
    intraday: str
    forward: str
    nodes: list[tuple[str, str]]
    open: str
    incomplete: bool
    selected: bool
    hint: str


def values(scene: Scene) -> dict[str, object]:
    """Return one line a scenario in the view's order, and the selected one's origins."""
    view = scene.frame.stress
    if view is None or not view.rows:
        waiting = _UNSTRUCK if view is not None and view.scenarios else _NONE
        return {"waiting": waiting, "lines": [], "books": [], "origins": [], "files": [], "age": ""}
    selected = selected_row(view, scene.choice.scenario)
    return {
        "waiting": "",
        "lines": [_line(row, selected=row is selected) for row in view.rows],
        "books": view.nodes[:-1],
        "title": selected.title,
        "origins": origins(selected),
        "files": view.scenarios,
        "age": scene.frame.age_of(view.struck_ns),
    }


def selected_row(view: StressView, scenario: str) -> StressRow:
    """Return the scenario a person selected, the worst one while there is none."""
    return next((row for row in view.rows if row.scenario == scenario), view.rows[0])


def origins(row: StressRow) -> list[tuple[str, str, str]]:
    """Return what, how much and its colour: the largest parts, coverage, and what is missing."""
    lines = [
        (f"{each.place} {each.period}", formats.dollars(each.usd, sign=True), tone_of(each.usd))
        for each in row.contributions
    ]
    lines += [
        (f"coverage {each.period}", f"{percent(each.before, 1)} → {percent(each.after, 1)}", "")
        for each in row.coverage
    ]
    return [*lines, *((f"not reached: {each}", "", "warn") for each in row.unreached)]


def tone_of(usd: float) -> str:
    """Return the colour class of a gain or a loss; red is kept for what is breached."""
    return "short" if usd < 0 else "long" if usd > 0 else "muted"


def _line(row: StressRow, *, selected: bool) -> StressLine:
    totals = row.total_usd
    moved = row.open_after_mwh != row.open_before_mwh
    return StressLine(
        scenario=row.scenario,
        title=row.title,
        total=formats.dollars(totals[-1], sign=True),
        tone=tone_of(totals[-1]),
        intraday=formats.dollars(row.intraday_usd[-1], sign=True),
        forward=formats.dollars(row.forward_usd[-1], sign=True),
        nodes=[(formats.dollars(usd, sign=True), tone_of(usd)) for usd in totals[:-1]],
        open=f"{formats.signed(row.open_before_mwh)} → {formats.signed(row.open_after_mwh)}"
        if moved
        else "",
        incomplete=bool(row.unreached),
        selected=selected,
        hint=" · ".join([row.text, *(f"{what} {much}".strip() for what, much, _ in origins(row))]),
    )
