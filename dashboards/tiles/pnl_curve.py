"""Today's P&L of the firm as a curve, total and realised, with the stop-loss where there is one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from bokeh.models import ColumnDataSource
from numpy.typing import NDArray
from panel.viewable import Viewable

from dashboards import formats
from dashboards.frame import Frame
from dashboards.markup import render
from dashboards.theme import Palette
from dashboards.tiles.limit_marks import STOP_LOSS, find_limit
from dashboards.tiles.plots import Plot, bare_figure, colour, label, line_across, pane
from dashboards.tiles.tile import Fragment, Gesture, Scene
from state.messages import FIRM
from state.moments import HOUR_NS, from_ns
from state.screens.pnl_seen import BookPnl
from state.screens.positions_seen import HourAxis

_TICK_EVERY_HOURS = 3
_NEAR = 0.4
"""From this share of the stop-loss on, its line is in the picture."""
_EMPTY: dict[str, list[float]] = {"hour": [], "total": [], "realised": []}


@dataclass(frozen=True)
class Curve:
    """The curve in k$, over hours since the day of the company's first market began.

    It has a gap, NaN, where P&L was not known.

    Attributes:
        stop: the stop-loss in k$, NaN where no such limit stands.
        labels: hour since the start → clock time of that market.
    """

    hour: NDArray[np.float64]
    total: NDArray[np.float64]
    realised: NDArray[np.float64]
    stop: float
    hours: int
    labels: dict[float, str]

    def y_range(self) -> tuple[float, float]:
        """Return a range that holds the curve and zero, with some air; the stop-loss once near."""
        values = np.concatenate([self.total, self.realised, [0.0]])
        known = values[np.isfinite(values)]
        if known.min() <= _NEAR * self.stop:
            known = np.append(known, self.stop)
        low, high = float(known.min()), float(known.max())
        air = 0.08 * max(high - low, 1.0)
        return low - air, high + air


def curve_of(scene: Scene) -> Curve | None:
    """Return the firm's curve of the running day, whole; None while there is none."""
    view, axis = scene.frame.pnl_curve, _axis(scene.frame)
    if view is None or not view.at_ns or FIRM not in view.books or axis is None:
        return None
    start_ns, firm = axis.starts_ns[0], view.books.index(FIRM)
    zone = ZoneInfo(axis.time_zone)
    return Curve(
        hour=(np.array(view.at_ns, dtype=np.float64) - start_ns) / HOUR_NS,
        total=view.total[firm] / 1000,
        realised=view.realised[firm] / 1000,
        stop=_stop_loss(scene) / 1000,
        hours=len(axis.labels),
        labels={
            float(hour): from_ns(at_ns).astimezone(zone).strftime("%H:%M")
            for hour, at_ns in enumerate(axis.starts_ns)
            if hour % _TICK_EVERY_HOURS == 0
        },
    )


def begin_of(scene: Scene) -> str:
    """Say when today's P&L began: with the day of the company's first market, whichever is shown.

    Each figure counts from its own market's midnight; the curve begins with the first one's.
    """
    axis = _axis(scene.frame)
    if axis is None:
        return "midnight"
    at = from_ns(axis.starts_ns[0]).astimezone(ZoneInfo(axis.time_zone))
    return f"{at:%H:%M %Z}"


def _axis(frame: Frame) -> HourAxis | None:
    """Return the hours of the day over which the curve runs; None while they are not known."""
    days = frame.days(frame.pnl_curve.market) if frame.pnl_curve else []
    return days[0].axis if days else None


def _stop_loss(scene: Scene) -> float:
    """Return the firm's stop-loss in $, as a P&L (negative); NaN where there is none."""
    row = find_limit(scene.frame.limits, STOP_LOSS, scope=FIRM)
    edges = [edge for edge in (row.limit_low, row.limit_high) if math.isfinite(edge)] if row else []
    return -abs(edges[0]) if edges else math.nan


class PnlCurve:
    """Draws the curve."""

    def __init__(self, on_gesture: Callable[[Gesture], None]) -> None:
        self._head = Fragment(on_gesture, fills=False)
        self._source = ColumnDataSource(dict(_EMPTY))
        self._palette: Palette | None = None
        self._figure = self._make_figure()
        self._zero = line_across(self._figure, "width", line_width=1)
        self._stop = line_across(self._figure, "width", line_dash="dashed", visible=False)

    def roots(self) -> dict[str, Viewable]:
        """Return head and figure."""
        return {"curve_head": self._head, "curve_figure": pane(self._figure)}

    def _make_figure(self) -> Plot:
        plot = bare_figure()
        self._realised = plot.line("hour", "realised", source=self._source, line_width=1.2).glyph
        self._total = plot.line("hour", "total", source=self._source, line_width=2).glyph
        plot.xgrid.visible = False
        return plot

    def show(self, scene: Scene) -> None:
        """Show the firm's P&L of today."""
        curve, view, firm = curve_of(scene), scene.frame.pnl, scene.frame.firm_pnl
        ready = curve is not None and firm is not None
        self._figure.visible = ready
        self._head.html = render(
            "curve_head.html",
            waiting="" if ready else "no value yet: it needs positions and prices",
            unit=f"k$ since {begin_of(scene)}, firm",
            total=_told(firm, firm.today_usd) if firm else "",
            realised=_told(firm, firm.realised_usd) if firm else "",
            estimated=firm.estimated if firm else "",
            stop=formats.dollars(curve.stop * 1000) if curve and curve.stop < 0 else "",
            age=scene.frame.age_of(view.oldest_input_ns) if view else formats.UNKNOWN,
        )
        if curve is not None:
            self._show_curve(curve)
        if self._palette is not scene.palette:
            self._colour(scene.palette)

    def fail(self, error: Exception) -> None:
        """Say that the curve could not be shown."""
        self._figure.visible = False
        self._head.html = render("failed.html", tile="P&L curve", kind=type(error).__name__)

    def _show_curve(self, curve: Curve) -> None:
        plot = self._figure
        columns = {"hour": curve.hour, "total": curve.total, "realised": curve.realised}
        if not _same(self._source.data, columns):
            self._source.data = columns
        plot.x_range.end = curve.hours
        plot.y_range.start, plot.y_range.end = curve.y_range()
        self._stop.visible = math.isfinite(curve.stop)
        self._stop.location = curve.stop if self._stop.visible else 0.0
        label(plot.xaxis[0], curve.labels)

    def _colour(self, palette: Palette) -> None:
        plot = self._figure
        colour(plot, palette)
        self._total.line_color, self._realised.line_color = palette.long, palette.muted
        plot.ygrid.grid_line_color = palette.line
        self._zero.line_color, self._stop.line_color = palette.muted, palette.breach
        self._palette = palette


def _told(firm: BookPnl, usd: float) -> str:
    return formats.UNKNOWN if firm.unknown else formats.dollars(usd, sign=True)


def _same(shown: Mapping[str, Any], columns: Mapping[str, NDArray[np.float64]]) -> bool:
    return all(
        np.array_equal(shown[name], values, equal_nan=True) for name, values in columns.items()
    )
