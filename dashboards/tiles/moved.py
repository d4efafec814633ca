"""What moved P&L, open position and VaR since a chosen moment, by driver, with its messages."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.explain.views import (
    ExplainPointsView,
    ExplainView,
    MoveRow,
    Window,
    order_of,
    window,
)
from state.moments import SECOND_NS

MIDNIGHT = "midnight"
LOG = "log "
CHOICES = (("300", "5 min"), ("900", "15 min"), ("3600", "1 h"), (MIDNIGHT, "today"))

Figures = tuple[float, float, float]
_NOTHING: Figures = (0.0, 0.0, 0.0)
_CENT = 0.005


@dataclass(frozen=True)
class MovedLine:
    """One driver.

    Attributes:
        left, width: of its bar, per cent of the track; losses lie left of the middle.
        hint: where prices moved it, by hub and block.
    """

    name: str
    usd: str
    left: float
    width: float
    open_mwh: str
    var: str
    hint: str = ""


@dataclass(frozen=True)
class MoveLine:
    """One message."""

    key: str
    position: str
    usd: str
    text: str
    hint: str


def values(scene: Scene) -> dict[str, object]:
    """Return what moved since the moment chosen."""
    view, points = scene.frame.explain, scene.frame.explain_points
    chosen = {"choices": CHOICES, "since": scene.choice.since, "lines": [], "moves": []}
    if view is None or points is None or not points.numbers:
        return {**chosen, "waiting": "no value yet: it needs positions, prices and a first tick"}
    if scene.choice.since.startswith(LOG):
        asked = _log_position(scene.choice.since)
        last = max(scene.frame.position, points.positions[-1])
        if asked > last:
            return {**chosen, "waiting": f"the log ends at {last:,}: {asked:,} is yet to come"}
    index, reservation = _point(scene, points)
    seen = window(view, points, index)
    if seen is None:
        return {**chosen, "waiting": "the next frame brings it"}
    moved = dict(seen.moved)
    if scene.choice.since == MIDNIGHT:
        moved = _of_today(view, moved)
        reservation = "; ".join(filter(None, (reservation, _unknown(scene))))
    return {
        **chosen,
        "waiting": "",
        "total": _total(moved),
        "lines": _lines(view, moved, scene.choice.since),
        "moves": [_move(move, scene.zone) for move in seen.largest],
        "unexplained": _unexplained(view),
        "begin": _begin(seen, scene.zone),
        "begin_utc": formats.clock_utc(seen.at_ns),
        "reservation": reservation,
    }


def _point(scene: Scene, points: ExplainPointsView) -> tuple[int, str]:
    """Return the index of the kept point at or before the moment chosen, and what to know."""
    since = scene.choice.since
    if since == MIDNIGHT:
        began = "" if points.midnight_complete else "explained from there on only"
        return points.midnight, began
    if since.startswith(LOG):
        asked = _log_position(since)
        index = points.after(asked)
        exact = points.positions[index] == asked
    else:
        moment_ns = scene.frame.now_ns - int(since) * SECOND_NS
        index = points.at(moment_ns)
        exact = points.at_ns[index] <= moment_ns
    if exact:
        return index, ""
    return index, "nearest kept point" if since.startswith(LOG) else "nothing earlier is kept"


def _log_position(since: str) -> int:
    return int(since.removeprefix(LOG))


def _unknown(scene: Scene) -> str:
    """Say why P&L today is not known, which the drivers add up to; empty where it is."""
    firm = scene.frame.firm_pnl
    return f"P&L is not known: {firm.unknown}" if firm and firm.unknown else ""


def _begin(seen: Window, zone: str) -> str:
    return f"since {formats.clock(seen.at_ns, zone)}, log {seen.position:,}"


def _of_today(view: ExplainView, moved: dict[str, Figures]) -> dict[str, Figures]:
    """Return P&L of the market day, each market from its own midnight."""
    today = dict(zip(view.drivers, view.today_usd[:, -1].tolist(), strict=True))
    names = sorted({*today, *moved}, key=order_of)
    return {name: (today.get(name, 0.0), *moved.get(name, _NOTHING)[1:]) for name in names}


def _total(moved: dict[str, Figures]) -> MovedLine:
    columns = zip(*moved.values(), strict=True) if moved else ((), (), ())
    usd, open_mwh, var_usd = (math.fsum(column) for column in columns)
    return _line("total", (usd, open_mwh, var_usd), scale=0.0)


def _lines(view: ExplainView, moved: dict[str, Figures], since: str) -> list[MovedLine]:
    scale = max((abs(usd) for usd, _, _ in moved.values()), default=0.0)
    hints = _hints(view) if since == MIDNIGHT else {}
    return [
        _line(name, figures, scale=scale, hint=hints.get(name, ""))
        for name, figures in moved.items()
    ]


def _line(name: str, figures: Figures, *, scale: float, hint: str = "") -> MovedLine:
    usd, open_mwh, var_usd = figures
    width = 50.0 * abs(usd) / scale if scale else 0.0
    return MovedLine(
        name=name,
        usd=formats.dollars(usd, sign=True),
        left=50.0 - width if usd < 0 else 50.0,
        width=width,
        open_mwh=formats.signed(open_mwh, 1),
        var=formats.dollars(var_usd, sign=True),
        hint=hint,
    )


def _hints(view: ExplainView) -> dict[str, str]:
    """Return where the prices of each run moved value today, by driver."""
    hints: dict[str, list[str]] = {}
    for split in view.splits:
        place = f"{split.hub or 'no hub'} {split.block.replace('_', '-')}"
        text = f"{place} {formats.dollars(split.usd, sign=True)}"
        hints.setdefault(f"price {split.run}", []).append(text)
    return {driver: " · ".join(texts) for driver, texts in hints.items()}


def _unexplained(view: ExplainView) -> str:
    usd = float(view.unexplained_usd[-1])
    return formats.dollars(usd, sign=True) if abs(usd) >= _CENT else ""


def _move(move: MoveRow, zone: str) -> MoveLine:
    at = formats.clock(move.at_ns, zone)
    return MoveLine(
        key=f"{move.position}/{move.key}",
        position=f"log {move.position:,}" if move.position else "before this log",
        usd=formats.dollars(move.usd, sign=True),
        text=formats.true_minus(move.text),
        hint=f"{move.key} · {move.driver} · {at} · open {formats.signed(move.open_mwh, 1)} MWh · "
        f"VaR {formats.dollars(move.var_usd, sign=True)}",
    )
