"""The firm's P&L in every scenario as a histogram, with VaR, ES and the worst dates."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from numpy.typing import NDArray
from panel.viewable import Viewable

from dashboards import formats
from dashboards.markup import render
from dashboards.theme import Palette
from dashboards.tiles.plots import Plot, bare_figure, colour, line_across, pane
from dashboards.tiles.tile import Fragment, Gesture, Scene
from state.messages import FIRM
from state.screens.risk_seen import RiskRow, RiskView

BINS = 48
WORST_SHOWN = 3


def firm_total(view: RiskView) -> RiskRow | None:
    """Return VaR and ES of the firm over both horizons."""
    return next((r for r in view.rows if r.node == FIRM and r.horizon == "total"), None)


def bins_of(pnl_usd: NDArray[np.float64], var_usd: float) -> dict[str, list[Any]]:
    """Count scenarios by P&L in k$; ``tail`` marks the bars beyond the VaR."""
    known = pnl_usd[np.isfinite(pnl_usd)]
    counts, edges = np.histogram(known / 1000, bins=BINS)
    tail = edges[1:] <= -var_usd / 1000
    return {
        "left": edges[:-1].tolist(),
        "right": edges[1:].tolist(),
        "count": counts.tolist(),
        "tail": tail.tolist(),
    }


def worst_dates(view: RiskView) -> list[tuple[str, str]]:
    """Return the dates of the largest losses, worst first."""
    pnl = np.where(np.isfinite(view.firm_scenarios_usd), view.firm_scenarios_usd, np.inf)
    order = np.argsort(pnl, kind="stable")[:WORST_SHOWN]
    return [(view.scenario_dates[i], formats.dollars(float(pnl[i]))) for i in order]


class Scenarios:
    """Draws the histogram."""

    def __init__(self, on_gesture: Callable[[Gesture], None]) -> None:
        self._head = Fragment(on_gesture, fills=False)
        self._source = ColumnDataSource({"left": [], "right": [], "count": [], "color": []})
        self._view: RiskView | None = None
        self._palette: Palette | None = None
        self._figure = self._make_figure()
        self._var = line_across(self._figure, "height", line_width=1.5)
        self._es = line_across(self._figure, "height", line_width=1.5, line_dash="dotted")

    def roots(self) -> dict[str, Viewable]:
        """Return head and figure."""
        return {"scenarios_head": self._head, "scenarios_figure": pane(self._figure)}

    def _make_figure(self) -> Plot:
        plot = bare_figure()
        plot.quad(
            left="left",
            right="right",
            top="count",
            bottom=0,
            source=self._source,
            fill_color="color",
            line_color=None,
        )
        plot.grid.visible = False
        return plot

    def show(self, scene: Scene) -> None:
        """Show the firm's scenarios."""
        view = scene.frame.risk
        row = firm_total(view) if view else None
        ready = view is not None and row is not None and len(view.firm_scenarios_usd) > 0
        self._figure.visible = ready
        if view is None or row is None or not ready:
            waiting = "no scenarios yet: VaR needs the factor history"
            self._head.html = render("scenarios_head.html", waiting=waiting, unit="k$", age="")
            return
        self._head.html = render(
            "scenarios_head.html",
            waiting="",
            unit=f"k$ · {view.scenarios} dates",
            var=formats.dollars(row.var_usd),
            es=formats.dollars(row.es_usd),
            complete=row.complete,
            worst=worst_dates(view),
            age=scene.frame.age_of(view.oldest_input_ns),
        )
        if self._view is not view or self._palette is not scene.palette:
            self._view, self._palette = view, scene.palette
            self._show_bars(view, row, scene.palette)

    def fail(self, error: Exception) -> None:
        """Say that the histogram could not be shown."""
        self._figure.visible = False
        self._head.html = render("failed.html", tile="scenarios", kind=type(error).__name__)

    def _show_bars(self, view: RiskView, row: RiskRow, palette: Palette) -> None:
        plot = self._figure
        bars = bins_of(view.firm_scenarios_usd, row.var_usd)
        tails = bars.pop("tail")
        self._source.data = {
            **bars,
            "color": [palette.ink if tail else palette.bar for tail in tails],
        }
        for line, usd in ((self._var, row.var_usd), (self._es, row.es_usd)):
            line.visible = math.isfinite(usd)
            line.location = -usd / 1000 if line.visible else 0.0
            line.line_color = palette.ink
        plot.x_range.start, plot.x_range.end = bars["left"][0], bars["right"][-1]
        plot.y_range.end = 1.05 * max(bars["count"])
        colour(plot, palette)
