"""The heat map of the open position: hours across, locations or books down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn
from bokeh.events import Tap
from bokeh.models import ColumnDataSource, FixedTicker, Range1d
from bokeh.plotting import figure
from panel.viewable import Viewable

from dashboards import formats
from dashboards.markup import harmless, render
from dashboards.theme import FONT, Palette
from dashboards.tiles.heat_grid import COVER, HeatGrid, detail_of, grid_of
from dashboards.tiles.limit_marks import limit_of_hour
from dashboards.tiles.patching import update_source
from dashboards.tiles.tile import Fragment, Gesture, Scene

HEIGHT = 236
_COLUMNS = ("x", "y", "color", "alpha", "hatch", "words", "ink", "ink_alpha")


class HeatMap:
    """Draws a grid of rectangles; what changed is patched, cell by cell."""

    def __init__(self, on_gesture: Callable[[Gesture], None]) -> None:
        self._on_gesture = on_gesture
        self._head = Fragment(on_gesture)
        self._foot = Fragment(on_gesture)
        self._cells = ColumnDataSource({name: [] for name in _COLUMNS})
        self._current = ColumnDataSource({"x": [], "y": [], "height": []})
        self._grid: HeatGrid | None = None
        self._figure = self._make_figure()

    def roots(self) -> dict[str, Viewable]:
        """Return head, figure and foot."""
        plot = pn.pane.Bokeh(self._figure, sizing_mode="stretch_width", height=HEIGHT, margin=0)
        return {"heat_head": self._head, "heat_figure": plot, "heat_foot": self._foot}

    def _make_figure(self) -> Any:
        plot = figure(
            x_range=Range1d(0, 24),
            y_range=Range1d(1, 0),
            height=HEIGHT,
            sizing_mode="stretch_width",
            toolbar_location=None,
            tools="",
            min_border=0,
            outline_line_color=None,
        )
        plot.rect(
            "x", "y", 0.96, 0.92, source=self._cells, fill_color="color", fill_alpha="alpha",
            line_color=None, hatch_pattern="hatch", hatch_color="ink", hatch_alpha=0.35,
            hatch_scale=6, hatch_weight=1,
        )
        plot.text(
            "x", "y", "words", source=self._cells, text_align="center", text_baseline="middle",
            text_font_size="10.5px", text_font=FONT, text_color="ink", text_alpha="ink_alpha",
        )
        plot.rect("x", "y", 1, "height", source=self._current, fill_color=None, line_width=1.5,
                  name="current", line_color="#888888")
        plot.grid.visible = False
        plot.on_event(Tap, self._tapped)
        return plot

    def _tapped(self, event: Any) -> None:
        grid = self._grid
        if grid is None or not (0 <= event.x < grid.hours and 0 <= event.y < len(grid.rows)):
            return
        row = grid.rows[int(event.y)]
        self._on_gesture({"do": "cell", "row": row, "hour": str(int(event.x))})

    def show(self, scene: Scene) -> None:
        """Show the day a person has chosen."""
        grid = grid_of(scene)
        self._head.html = render("heat_head.html", **_head_values(scene, grid))
        self._figure.visible = grid is not None
        if grid is None:
            self._foot.html = ""
            return
        self._grid = grid
        self._show_axes(grid, scene.palette)
        update_source(self._cells, _cells(scene, grid))
        update_source(self._current, _current(grid))
        self._foot.html = render(
            "heat_foot.html",
            detail=detail_of(scene, grid),
            zone=grid.day.axis.time_zone,
            scale=formats.megawatts(grid.scale_mw),
        )

    def fail(self, error: Exception) -> None:
        """Say that the heat map could not be shown."""
        self._figure.visible = False
        self._head.html = render("failed.html", tile="heat map", kind=type(error).__name__)

    def _show_axes(self, grid: HeatGrid, palette: Palette) -> None:
        plot = self._figure
        plot.x_range.end, plot.y_range.start = grid.hours, len(grid.rows)
        _label(plot.xaxis[0], grid.day.axis.labels)
        _label(plot.yaxis[0], [str(harmless(name)) for name in grid.rows])
        plot.background_fill_color = plot.border_fill_color = palette.panel
        plot.select_one("current").glyph.line_color = palette.ink
        for axis in plot.axis:
            axis.major_label_text_color = palette.muted
            axis.major_label_text_font = FONT
            axis.major_label_text_font_size = "10.5px"
            axis.axis_line_color = axis.major_tick_line_color = None


def _label(axis: Any, labels: list[str]) -> None:
    """Put a label in the middle of each cell; set only when it is another, so nothing is sent."""
    overrides = {index + 0.5: label for index, label in enumerate(labels)}
    if axis.major_label_overrides != overrides:
        axis.ticker = FixedTicker(ticks=list(overrides))
        axis.major_label_overrides = overrides


def _head_values(scene: Scene, grid: HeatGrid | None) -> dict[str, object]:
    days = scene.frame.days(scene.market)
    chosen = min(scene.choice.day, max(0, len(days) - 1))
    return {
        "waiting": "" if grid else "No position yet: it appears with the first forecast, trade or "
        "schedule of today.",
        "days": [
            (_day_name(view.axis.current, index, view.axis.date), index, index == chosen)
            for index, view in enumerate(days)
        ],
        "choice": scene.choice,
        "age": scene.frame.age_of(grid.day.oldest_input_ns) if grid else formats.UNKNOWN,
    }


def _day_name(current: int, index: int, date: str) -> str:
    if current >= 0:
        return f"today {date[5:]}"
    return f"tomorrow {date[5:]}" if index == 1 else date


def _cells(scene: Scene, grid: HeatGrid) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for row in range(len(grid.rows)):
        for hour in range(grid.hours):
            for name, value in zip(_COLUMNS, _cell(scene, grid, row, hour), strict=True):
                columns[name].append(value)
    return columns


def _cell(scene: Scene, grid: HeatGrid, row: int, hour: int) -> tuple[Any, ...]:
    palette, delivered = scene.palette, grid.day.axis.delivered[hour]
    at = (hour + 0.5, row + 0.5)
    if grid.rows[row] == COVER:
        share = float(grid.day.coverage[hour])
        limit = limit_of_hour(scene.frame.limits, grid.day.axis, hour)
        ink = palette.breach if limit and limit.state == "breach" else palette.muted
        words = "" if share != share else formats.number(100 * share)  # noqa: PLR0124 - NaN
        return (*at, palette.panel, 0.0, " ", words, ink, 0.5 if delivered else 1.0)
    tone = grid.tone(row, hour)
    unknown = tone == "unknown"
    color = palette.muted if unknown else getattr(palette, tone)
    alpha = 0.12 if unknown else grid.strength(row, hour)
    ink_alpha = 0.45 if delivered else 1.0
    words = "?" if unknown and not grid.words(row, hour) else grid.words(row, hour)
    return (*at, color, alpha, "/" if unknown else " ", words, palette.ink, ink_alpha)


def _current(grid: HeatGrid) -> dict[str, list[Any]]:
    hour, rows = grid.day.axis.current, len(grid.rows)
    if hour < 0:
        return {"x": [], "y": [], "height": []}
    return {"x": [hour + 0.5], "y": [rows / 2], "height": [rows]}
