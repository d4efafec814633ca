"""Bokeh figures as the tiles use them: bare, in the page's colours, patched rather than re-made.

Bokeh's types do not know what its models hold, so they are ``Any`` here and nowhere deeper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import panel as pn
from bokeh.models import FixedTicker, Range1d
from bokeh.models.annotations import Span
from bokeh.plotting import figure
from panel.viewable import Viewable

from dashboards.theme import FONT, Palette

Plot: TypeAlias = Any
"""A Bokeh figure."""
Axis: TypeAlias = Any
"""An axis of one."""
Source: TypeAlias = Any
"""A Bokeh column data source."""

_LABEL_SIZE = "10.5px"
_FILLS = ":host { flex: 1 1 0; min-height: 0; mix-blend-mode: var(--beneath, normal) }"
"""A figure blends with what its tile is hatched with, which its own ground would hide."""


def bare_figure() -> Plot:
    """Return a figure without tools, frame or margins, with ranges that are set by hand."""
    make: Any = figure
    fixed: Any = Range1d
    return make(
        x_range=fixed(start=0, end=24),
        y_range=fixed(start=0, end=1),
        sizing_mode="stretch_both",
        toolbar_location=None,
        tools="",
        min_border=0,
        outline_line_color=None,
    )


def pane(plot: Plot) -> Viewable:
    """Wrap a figure so that it takes the height its tile has left."""
    make: Any = pn.pane.Bokeh
    wrapped: Viewable = make(plot, sizing_mode="stretch_both", margin=0, stylesheets=[_FILLS])
    return wrapped


def line_across(plot: Plot, dimension: str, **style: object) -> Plot:
    """Add a line right across the figure, at a place that is set later."""
    make: Any = Span
    line = make(location=0, dimension=dimension, **style)
    plot.add_layout(line)
    return line


def colour(plot: Plot, palette: Palette) -> None:
    """Give a figure the page's font and colours."""
    plot.background_fill_color = plot.border_fill_color = palette.panel
    for axis in plot.axis:
        axis.major_label_text_color = palette.muted
        axis.major_label_text_font, axis.major_label_text_font_size = FONT, _LABEL_SIZE
        axis.axis_line_color = axis.minor_tick_line_color = None
        axis.major_tick_line_color = palette.line


def label(axis: Axis, labels: Mapping[float, str]) -> None:
    """Put labels on an axis; nothing is sent when they are there already."""
    if axis.major_label_overrides != labels:
        axis.ticker = FixedTicker(ticks=list(labels))
        axis.major_label_overrides = dict(labels)


def update_source(source: Source, columns: Mapping[str, Sequence[Any]]) -> None:
    """Patch the cells that differ; replace the columns only when their length changed."""
    shown = source.data
    if any(len(shown[name]) != len(values) for name, values in columns.items()):
        source.data = {name: list(values) for name, values in columns.items()}
        return
    patches = {name: _changes(shown[name], values) for name, values in columns.items()}
    changed = {name: changes for name, changes in patches.items() if changes}
    if changed:
        source.patch(changed)


def _changes(shown: Sequence[Any], values: Sequence[Any]) -> list[tuple[int, Any]]:
    pairs = zip(shown, values, strict=True)
    return [(index, new) for index, (old, new) in enumerate(pairs) if old != new]
