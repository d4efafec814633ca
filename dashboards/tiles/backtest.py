"""Whether the VaR is honest: exceptions, the traffic light, the tests, and each day against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.messages import FIRM
from state.screens.backtest_seen import BacktestRow, BacktestView

WIDTH, HEIGHT = 500, 64
_PILLS = {"green": "ok", "yellow": "warn", "red": "breach"}
_EXCEPTION, _DAY = "bad", "day"
_NO_TEST = (formats.UNKNOWN, formats.UNKNOWN)


@dataclass(frozen=True)
class Strip:
    """The firm's days as bars, scaled to a picture of ``WIDTH`` by ``HEIGHT``.

    Attributes:
        bars: class and path of each day: an exception stands out.
        floor: path of minus VaR over each day.
        zero: height of 0 $.
    """

    bars: list[tuple[str, str]]
    floor: list[str]
    zero: float


def values(scene: Scene) -> dict[str, object]:
    """Return one line a node, the firm first, and the firm's strip."""
    view = scene.frame.backtest
    waiting = _waiting(view)
    if view is None or waiting:
        return {"waiting": waiting, "lines": []}
    total = [row for row in view.rows if row.horizon == "total"]
    return {
        "waiting": "",
        "lines": [_line(view, row) for row in sorted(total, key=_firm_first)],
        "parts": [_part(row) for row in view.rows if row.node == FIRM and row.horizon != "total"],
        "view": view,
        "confidence": formats.percent(view.confidence),
        "strip": strip_of(view),
        "width": WIDTH,
        "height": HEIGHT,
    }


def _waiting(view: BacktestView | None) -> str:
    if view is None:
        return "no outcome of a VaR yet: the first is struck at the next midnight"
    most = max((row.days + row.unknown for row in view.rows), default=0)
    if most >= view.least_days:
        return ""
    return f"fewer than {view.least_days} days observed: {most} so far, too few to test the VaR"


def _firm_first(row: BacktestRow) -> tuple[bool, str]:
    return row.node != FIRM, row.node


def _line(view: BacktestView, row: BacktestRow) -> dict[str, object]:
    tested = row.state == "tested"
    return {
        "node": row.node,
        "exceptions": f"{row.exceptions} of {row.days}",
        "expected": formats.number(row.expected, 1),
        "light": row.light or row.state,
        "pill": _PILLS.get(row.light, "unknown" if row.state == "unknown" else "waiting"),
        "title": row.reason or ("" if tested else f"fewer than {view.least_days} days observed"),
        "tests": [
            (formats.number(ratio, 2), formats.percent(p, 1)) if tested else _NO_TEST
            for p, ratio in (
                (row.number, row.number_ratio),
                (row.clusters, row.clusters_ratio),
                (row.both, row.both_ratio),
            )
        ],
    }


def _part(row: BacktestRow) -> str:
    return f"{row.horizon} {row.exceptions} of {row.days}"


def strip_of(view: BacktestView) -> Strip | None:
    """Draw the firm's daily P&L against minus its VaR; a gap where a day was not observed."""
    pnl, floor = view.firm_pnl_usd, -view.firm_var_usd
    known = np.isfinite(pnl) & np.isfinite(floor)
    if not known.any():
        return None
    low = min(0.0, float(np.min(pnl[known])), float(np.min(floor[known])))
    high = max(0.0, float(np.max(pnl[known])), float(np.max(floor[known])))
    scale = (HEIGHT - 4) / ((high - low) or 1.0)
    step = WIDTH / len(pnl)

    def y(usd: float) -> float:
        return round(2 + (high - usd) * scale, 1)

    bars: list[tuple[str, str]] = []
    under: list[str] = []
    for number in np.flatnonzero(known).tolist():
        usd, least = float(pnl[number]), float(floor[number])
        x = round((number + 0.5) * step, 1)
        bars.append((_EXCEPTION if usd < least else _DAY, f"M{x},{y(0.0)} V{y(usd)}"))
        under.append(f"M{round(number * step, 1)},{y(least)} h{round(step, 1)}")
    return Strip(bars, under, y(0.0))
