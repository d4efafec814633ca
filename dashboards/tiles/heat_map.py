"""The heat map of the open position: hours across, locations or books down."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from bokeh.core.properties import value
from bokeh.events import Event, Tap
from bokeh.models import ColumnDataSource
from panel.viewable import Viewable

from dashboards import formats
from dashboards.markup import harmless, render
from dashboards.theme import FONT, Palette
from dashboards.tiles.heat_grid import COVER, TOTAL, HeatGrid, detail_of, grid_of
from dashboards.tiles.limit_marks import BREACHED, limit_of_hour
from dashboards.tiles.plots import Plot, bare_figure, colour, label, pane, update_source
from dashboards.tiles.tile import Fragment, Gesture, Scene
from state.screens.positions_seen import PositionView

_COLUMNS = ("x", "y", "color", "alpha", "hatch", "words", "ink", "ink_alpha")
_INK_OF_DELIVERED, _COVER_OF_DELIVERED = 0.75, 0.9
"""Numbers of hours that are over are fainter, and can be read: contrast 4.5 or more."""
_WAITING = "No position yet: it appears with the first forecast, trade or schedule of today."


class HeatMap:
    """Draws a grid of rectangles; what changed is patched, cell by cell."""

    def __init__(self, on_gesture: Callable[[Gesture], None]) -> None:
        self._on_gesture = on_gesture
        self._head = Fragment(on_gesture, fills=False)
        self._foot = Fragment(on_gesture, fills=False)
        self._cells = ColumnDataSource({name: [] for name in _COLUMNS})
        self._current = ColumnDataSource({"x": [], "y": [], "height": []})
        self._grid: HeatGrid | None = None
        self._palette: Palette | None = None
        self._figure = self._make_figure()

    def roots(self) -> dict[str, Viewable]:
        """Return head, figure and foot."""
        figure = pane(self._figure)
        return {"heat_head": self._head, "heat_figure": figure, "heat_foot": self._foot}

    def _make_figure(self) -> Plot:
        plot = bare_figure()
        plot.rect(
            "x",
            "y",
            0.96,
            0.92,
            source=self._cells,
            fill_color="color",
            fill_alpha="alpha",
            line_color=None,
            hatch_pattern="hatch",
            hatch_color="ink",
            hatch_alpha=0.22,
            hatch_scale=7,
        )
        plot.text(
            "x",
            "y",
            "words",
            source=self._cells,
            text_align="center",
            text_baseline="middle",
            text_font_size="10.5px",
            text_font=value(FONT),
            text_color="ink",
            text_alpha="ink_alpha",
        )
        self._now = plot.rect("x", "y", 1, "height", source=self._current, fill_color=None).glyph
        plot.grid.visible = False
        plot.on_event(Tap, self._tapped)
        return plot

    def _tapped(self, event: Event) -> None:
        x, y = getattr(event, "x", None), getattr(event, "y", None)
        grid = self._grid
        if grid is None or x is None or y is None:
            return
        if 0 <= x < grid.hours and 0 <= y < len(grid.rows):
            self._on_gesture({"do": "cell", "row": grid.rows[int(y)], "hour": str(int(x))})

    def show(self, scene: Scene) -> None:
        """Show the day a person has chosen."""
        self._grid = grid = grid_of(scene)
        self._head.html = render("heat_head.html", **_head_values(scene, grid))
        self._figure.visible = grid is not None
        if grid is None:
            self._foot.html = ""
            return
        self._show_axes(grid)
        if self._palette is not scene.palette:
            self._colour(scene.palette)
        update_source(self._cells, _cells(scene, grid))
        update_source(self._current, _current(grid))
        self._foot.html = render(
            "heat_foot.html",
            detail=detail_of(scene, grid),
            zone=grid.day.axis.time_zone,
            scale=formats.megawatts(grid.scale_mw),
            breached=BREACHED,
        )

    def fail(self, error: Exception) -> None:
        """Say that the heat map could not be shown."""
        self._figure.visible = False
        self._head.html = render("failed.html", tile="heat map", kind=type(error).__name__)

    def _show_axes(self, grid: HeatGrid) -> None:
        plot = self._figure
        plot.x_range.end = grid.hours
        plot.y_range.start, plot.y_range.end = len(grid.rows), 0
        label(plot.xaxis[0], _in_the_middle(grid.day.axis.labels))
        label(plot.yaxis[0], _in_the_middle([str(harmless(name)) for name in grid.rows]))

    def _colour(self, palette: Palette) -> None:
        colour(self._figure, palette)
        self._figure.axis.major_tick_line_color = None
        self._now.line_color = palette.ink
        self._palette = palette


def _in_the_middle(labels: list[str]) -> dict[float, str]:
    return {index + 0.5: text for index, text in enumerate(labels)}


def _head_values(scene: Scene, grid: HeatGrid | None) -> dict[str, object]:
    days = scene.frame.days(scene.market)
    chosen = min(scene.choice.day, max(0, len(days) - 1))
    return {
        "waiting": "" if grid else _WAITING,
        "days": [(_day_name(day, at), at, at == chosen) for at, day in enumerate(days)],
        "choice": scene.choice,
        "spoken": spoken(grid) if grid else "",
        "age": scene.frame.age_of(grid.day.oldest_input_ns) if grid else formats.UNKNOWN,
    }


def spoken(grid: HeatGrid) -> str:
    """Say the map's total and cover by hour, for who hears a page: a drawing says nothing."""
    total, day = grid.rows.index(TOTAL), grid.day
    told = [
        "not known"
        if grid.tone(total, hour) == "unknown"
        else f"{formats.signed(mw)}, cover {formats.percent(cover)}"
        for hour, (mw, cover) in enumerate(zip(grid.mw[total], day.coverage, strict=True))
    ]
    hours = [f"HE{label} {words}" for label, words in zip(day.axis.labels, told, strict=True)]
    return f"{TOTAL} by hour, MW: {'; '.join(hours)}"


def _day_name(day: PositionView, at: int) -> str:
    short = day.axis.date[5:]
    if day.axis.current >= 0:
        return f"today {short}"
    return f"tomorrow {short}" if at == 1 else short


@lru_cache(maxsize=32)
def _cells(scene: Scene, grid: HeatGrid) -> dict[str, list[Any]]:
    """Return the columns of the map; screens that show the same scene share them."""
    cells = [
        _cell(scene, grid, row, hour) for row in range(len(grid.rows)) for hour in range(grid.hours)
    ]
    return dict(zip(_COLUMNS, map(list, zip(*cells, strict=True)), strict=True))


def _cell(scene: Scene, grid: HeatGrid, row: int, hour: int) -> tuple[Any, ...]:
    if grid.rows[row] == COVER:
        return _cover_cell(scene, grid, row, hour)
    palette = scene.palette
    ink_alpha = _INK_OF_DELIVERED if grid.day.axis.delivered[hour] else 1.0
    at = (hour + 0.5, row + 0.5)
    tone = grid.tone(row, hour)
    if tone == "unknown":
        return (*at, palette.muted, 0.12, "/", "?", palette.ink, ink_alpha)
    fill = palette.long if tone == "long" else palette.short
    words = grid.words(row, hour)
    return (*at, fill, grid.strength(row, hour), " ", words, palette.ink, ink_alpha)


def _cover_cell(scene: Scene, grid: HeatGrid, row: int, hour: int) -> tuple[Any, ...]:
    palette, share = scene.palette, float(grid.day.coverage[hour])
    limit = limit_of_hour(scene.frame.limits, grid.day.axis, hour)
    breached = limit is not None and limit.state == "breach"
    ink = palette.breach if breached else palette.muted
    words = "" if math.isnan(share) else formats.number(100 * share)
    words = "?" if grid.day.unknown[hour] else words
    words += BREACHED if breached else ""
    ink_alpha = _COVER_OF_DELIVERED if grid.day.axis.delivered[hour] else 1.0
    return (hour + 0.5, row + 0.5, palette.panel, 0.0, " ", words, ink, ink_alpha)


def _current(grid: HeatGrid) -> dict[str, list[Any]]:
    hour, rows = grid.day.axis.current, len(grid.rows)
    if hour < 0:
        return {"x": [], "y": [], "height": []}
    # Inside the plot by more than the line is wide: what is drawn beyond its edge is never cleared.
    return {"x": [hour + 0.5], "y": [rows / 2], "height": [rows - 0.15]}
