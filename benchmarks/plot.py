"""The figures as a picture: events a second by engine, and how they change with the size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from benchmarks.flow import BATCH, ONE
from benchmarks.growth import Growth
from benchmarks.peers.registry import PEERS
from benchmarks.rounds import Rounds
from state.errors import ConfigError, UsageError

_OURS, _OTHERS, _INK, _GRID = "#0b6e99", "#9aa5ad", "#22303a", "#dfe4e8"
_LINES = {
    "Tieline, W1": (_OURS, "-"),
    "Tieline, W2": (_OURS, "--"),
    "C loop": ("#b5651d", "-"),
    "NumPy": ("#6b7780", "-"),
    "Polars": ("#a8b1b8", "-"),
}
_FORMATS = {".svg", ".png", ".pdf"}


def draw(rounds: Any, growth: Any, path: Path) -> None:
    """Draw what was measured of both into a file.

    Args:
        rounds: :class:`~benchmarks.rounds.Rounds`, or None.
        growth: :class:`~benchmarks.growth.Growth`, or None.
        path: an .svg, .png or .pdf.

    Raises:
        ConfigError: there is nothing to draw, or the file is of another kind.
    """
    require_format(path)
    speeds = _speeds(rounds) if isinstance(rounds, Rounds) else {}
    grown = growth if isinstance(growth, Growth) else None
    if not speeds and grown is None:
        reason = "nothing to draw: measure core, flow, peers or growth"
        raise ConfigError(reason)
    mpl.rcParams.update(
        {"svg.hashsalt": "tieline", "font.size": 9, "text.color": _INK, "axes.edgecolor": _GRID}
    )
    heights = [0.32 * len(speeds) + 0.9] * bool(speeds) + [2.6] * bool(grown)
    figure = Figure(figsize=(9.0, sum(heights)), layout="constrained")
    parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    if speeds:
        _draw_speeds(parts[0], speeds)
    if grown is not None:
        _draw_growth(parts[-1], grown)
    metadata = {"Date": None} if path.suffix == ".svg" else None
    figure.savefig(path, dpi=150, metadata=metadata)


def require_format(path: Path) -> None:
    """Make sure that a file can be drawn.

    Raises:
        ConfigError: its name ends in nothing that can.
    """
    if path.suffix not in _FORMATS:
        reason = f"--plot {path} must end in one of {', '.join(sorted(_FORMATS))}"
        raise UsageError(reason)


def _speeds(measured: Rounds) -> dict[str, float]:
    """Return events a second under W1 by engine, slowest first."""
    found = {
        "Tieline, core": measured.median(lambda one: one.core["W1"].events_a_second),
        "Tieline, flow": measured.median(lambda one: one.flow[f"W1/{ONE}"].events_a_second),
        "Tieline, flow, a backlog": measured.median(
            lambda one: one.flow[f"W1/{BATCH}"].events_a_second
        ),
    }
    for name in PEERS:
        found[name] = _peer_speed(measured, name)
    return {name: value for name, value in sorted(found.items(), key=_by_value) if value > 0.0}


def _peer_speed(measured: Rounds, name: str) -> float:
    return measured.median(lambda one: one.peers[name].events_a_second)


def _by_value(item: tuple[str, float]) -> float:
    return item[1]


def _draw_speeds(part: Any, speeds: dict[str, float]) -> None:
    axes = part.subplots()
    ours = [_OURS if name.startswith("Tieline") else _OTHERS for name in speeds]
    bars = axes.barh(list(speeds), list(speeds.values()), color=ours, height=0.62)
    axes.bar_label(bars, labels=[f"{value:,.0f}" for value in speeds.values()], padding=4)
    axes.set_xscale("log")
    axes.set_xlim(left=min(1.0, *speeds.values()), right=5.0 * max(speeds.values()))
    axes.set_title("Events a second under W1 (logarithmic)", loc="left")
    _quieten(axes)
    axes.tick_params(axis="y", length=0)


def _draw_growth(part: Any, growth: Growth) -> None:
    dimensions = list(dict.fromkeys(point.dimension for point in growth.points))
    panels = part.subplots(1, len(dimensions), sharey=True, squeeze=False)[0]
    for axes, dimension in zip(panels, dimensions, strict=True):
        for name, line in _grown(growth, dimension).items():
            colour, style = _LINES[name]
            axes.plot(*line, color=colour, linestyle=style, marker="o", markersize=3, label=name)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title(dimension, loc="left")
        _quieten(axes)
        values = [point.value for point in growth.points if point.dimension == dimension]
        axes.set_xticks(values, [_brief(value) for value in values])
        axes.xaxis.set_minor_formatter(NullFormatter())
    panels[0].set_ylabel("events a second")
    part.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)


def _grown(growth: Growth, dimension: str) -> dict[str, tuple[list[int], list[float]]]:
    points = [point for point in growth.points if point.dimension == dimension]
    lines: dict[str, tuple[list[int], list[float]]] = {}
    for point in points:
        rates = {f"Tieline, {name}": run.events_a_second for name, run in point.core.items()}
        rates |= {name: run.events_a_second for name, run in point.peers.items()}
        for name, rate in rates.items():
            values, own = lines.setdefault(name, ([], []))
            values.append(point.value)
            own.append(rate)
    return lines


def _quieten(axes: Any) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="both" if axes.get_yscale() == "log" else "x", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(which="minor", length=0)
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            axis.set_major_formatter(FuncFormatter(lambda value, _: _brief(value)))


def _brief(value: float) -> str:
    """Write a number short.

    >>> [_brief(value) for value in (500, 20_000, 1_000_000)]
    ['500', '20k', '1M']
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
