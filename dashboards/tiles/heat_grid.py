"""The cells of the heat map as plain columns, from a position view; no browser in sight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dashboards import formats
from dashboards.tiles.tile import Scene
from state.screens.positions_seen import PositionView

TOTAL = "all open"
COVER = "cover %"
OTHERS = " others"

MOST_ROWS = 24
"""Of more books or locations the largest have a row, and the others one together."""
MOST_PARTS = 60
"""Of more parts of a cell the largest are named, and the others summed."""

_FAINT, _FULL = 0.06, 0.92
_DIMMED = 0.4
_GAMMA = 0.75
"""Lifts the middle of the scale, so that half the largest position does not look like none."""
_TEXT_FROM_SHARE = 0.12
"""Cells below this share of the scale carry no number: the eye shall rest on the large ones."""


@dataclass(frozen=True, eq=False)
class HeatGrid:
    """Rows by hours, ready to be drawn.

    Attributes:
        rows: names from top to bottom; the total and the coverage are the last two.
        row_of: the name of the row each row of the view counts in.
        mw: shape (rows without coverage, hours).
        scale_mw: position at full colour.
    """

    day: PositionView
    rows: list[str]
    row_of: list[str]
    mw: NDArray[np.float64]
    scale_mw: float

    @property
    def hours(self) -> int:
        """23, 24 or 25."""
        return len(self.day.axis.labels)

    def tone(self, row: int, hour: int) -> str:
        """Return ``long``, ``short`` or ``unknown``."""
        mw = self.mw[row, hour]
        if self.day.unknown[hour] or math.isnan(mw):
            return "unknown"
        return "long" if mw > 0 else "short"

    def strength(self, row: int, hour: int) -> float:
        """Return how opaque a cell is, 0 to 1."""
        mw = self.mw[row, hour]
        share = 0.0 if math.isnan(mw) else min(1.0, abs(mw) / self.scale_mw)
        alpha = (_FAINT + (_FULL - _FAINT) * share**_GAMMA) if share else 0.0
        return alpha * (_DIMMED if self.day.axis.delivered[hour] else 1.0)

    def words(self, row: int, hour: int) -> str:
        """Return the number written into a cell, empty for a small one."""
        mw = self.mw[row, hour]
        if math.isnan(mw):
            return ""
        total = self.rows[row] == TOTAL
        return formats.signed(mw) if total or abs(mw) >= _TEXT_FROM_SHARE * self.scale_mw else ""


@dataclass(frozen=True)
class CellDetail:
    """What makes a cell."""

    title: str
    parts: list[tuple[str, str]]
    note: str


@lru_cache(maxsize=32)
def grid_of(scene: Scene) -> HeatGrid | None:
    """Return the heat map of the day a person has chosen; None while there is none."""
    days = scene.frame.days(scene.market)
    if not days:
        return None
    day = days[min(scene.choice.day, len(days) - 1)]
    names = _grouped(day, _names(day, scene.choice.rows))
    rows = sorted(set(names), key=lambda name: (name.endswith(OTHERS), name))
    mw = np.array([_sum_where(day, names, row) for row in rows] + [day.total_open_mw])
    known = np.abs(mw[:-1][np.isfinite(mw[:-1])])
    scale = _round_up(float(known.max())) if known.size else 1.0
    return HeatGrid(day=day, rows=[*rows, TOTAL, COVER], row_of=names, mw=mw, scale_mw=scale)


def _names(day: PositionView, rows: str) -> list[str]:
    return day.books if rows == "book" else day.locations


def _grouped(day: PositionView, names: list[str]) -> list[str]:
    """Let the smaller of very many names count in one row."""
    every = sorted(set(names))
    if len(every) <= MOST_ROWS:
        return names
    number = {name: at for at, name in enumerate(every)}
    sums = np.zeros((len(every), day.open_mw.shape[1]))
    np.add.at(sums, np.array([number[name] for name in names]), np.nan_to_num(day.open_mw))
    size = dict(zip(every, np.abs(sums).max(axis=1).tolist(), strict=True))
    largest = set(sorted(every, key=lambda name: (-size[name], name))[: MOST_ROWS - 1])
    others = f"{len(every) - len(largest)}{OTHERS}"
    return [name if name in largest else others for name in names]


def _sum_where(day: PositionView, names: list[str], wanted: str) -> NDArray[np.float64]:
    return np.asarray(day.open_mw[[name == wanted for name in names]].sum(axis=0))


def _round_up(mw: float) -> float:
    """Return a round position not below this one, so that colours stay comparable."""
    if mw <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(mw))
    return next(
        step * power for step in (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0) if mw <= step * power
    )


def detail_of(scene: Scene, grid: HeatGrid) -> CellDetail | None:
    """Return what makes the clicked cell, by the other dimension; None when none is clicked."""
    if scene.choice.cell is None:
        return None
    name, hour = scene.choice.cell
    if name not in grid.rows or hour >= grid.hours:
        return None
    day = grid.day
    label = f"HE{day.axis.labels[hour]} · {name}"
    if name == COVER:
        load = f"{formats.number(float(day.load_mw[hour]))} MW"
        parts = [("cover", formats.percent(float(day.coverage[hour]), 1)), ("load", load)]
        return CellDetail(label, parts, day.unknown[hour])
    mw = float(grid.mw[grid.rows.index(name), hour])
    title = f"{label}: {formats.side(mw)} {formats.megawatts(mw)}"
    return CellDetail(title, _parts(scene, grid, name, hour), day.unknown[hour])


def _parts(scene: Scene, grid: HeatGrid, name: str, hour: int) -> list[tuple[str, str]]:
    day, own = grid.day, grid.row_of
    other = _names(day, "location" if scene.choice.rows == "book" else "book")
    if name == TOTAL or name.endswith(OTHERS):
        own = [TOTAL] * len(own) if name == TOTAL else own
        other = [f"{b} {x}" for b, x in zip(day.books, day.locations, strict=True)]
    parts = [
        (label, float(day.open_mw[row, hour]))
        for row, label in enumerate(other)
        if own[row] == name and day.open_mw[row, hour] != 0
    ]
    if len(parts) > MOST_PARTS:
        parts.sort(key=lambda part: -abs(part[1]))
        rest = math.fsum(mw for _, mw in parts[MOST_PARTS:])
        parts[MOST_PARTS:] = [(f"{len(parts) - MOST_PARTS}{OTHERS}", rest)]
    return [(label, f"{formats.signed(mw, 1)} MW") for label, mw in parts]
