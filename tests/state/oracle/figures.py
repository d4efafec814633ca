"""The figures both sides must agree on, read from the views or computed by the oracle."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from state.messages import FloatColumn
from state.screens.forward_seen import ForwardView
from state.screens.pnl_seen import PnlView
from state.screens.positions_seen import PositionView
from state.screens.risk_seen import RiskView
from state.screens.view import View

RELATIVE = 1e-9
MISSING_SCHEDULE = "day-ahead schedule missing"
HourKey = tuple[str, str, int]
"""Market, date and index of the hour."""


@dataclass
class Figures:
    """Every figure by its name; what is absent is 0."""

    open_mw: dict[tuple[HourKey, str, str], float] = field(default_factory=dict)
    total_mw: dict[HourKey, float] = field(default_factory=dict)
    open_mwh: dict[HourKey, float] = field(default_factory=dict)
    load_mw: dict[HourKey, float] = field(default_factory=dict)
    coverage: dict[HourKey, float | None] = field(default_factory=dict)
    lacks_schedule: set[HourKey] = field(default_factory=set)
    forward_mwh: dict[tuple[str, ...], float] = field(default_factory=dict)
    forward_usd: dict[tuple[str, ...], float] = field(default_factory=dict)
    pnl: dict[tuple[str, str], float] = field(default_factory=dict)
    risk: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    complete: dict[tuple[str, str], bool] = field(default_factory=dict)
    scenario_dates: list[str] = field(default_factory=list)
    firm_scenarios: FloatColumn = field(default_factory=lambda: np.zeros(0))
    scale_usd: float = 0.0
    risk_scale_usd: float = 0.0

    def add_open_mw(self, hour: HourKey, row: tuple[str, str], mw: float) -> None:
        self.open_mw[(hour, *row)] = self.open_mw.get((hour, *row), 0.0) + mw
        self.total_mw[hour] = self.total_mw.get(hour, 0.0) + mw

    def add_pnl(self, book: str, figure: str, usd: float) -> None:
        for node in (book, "firm"):
            self.pnl[node, figure] = self.pnl.get((node, figure), 0.0) + usd

    def close_pnl(self, node: str) -> None:
        realised, corrections = (
            self.pnl.get((node, "realised"), 0.0),
            self.pnl.get((node, "corrections"), 0.0),
        )
        self.pnl[node, "unrealised"] = self.pnl.get((node, "today"), 0.0) - realised - corrections


def figures_of_views(views: Mapping[str, View]) -> Figures:
    """Read the same figures from the core's views."""
    figures = Figures()
    for view in views.values():
        match view:
            case PositionView():
                _read_position(view, figures)
            case ForwardView():
                _read_forward(view, figures)
            case PnlView():
                _read_pnl(view, figures)
            case RiskView():
                _read_risk(view, figures)
    return figures


def _read_position(view: PositionView, figures: Figures) -> None:
    for hour, delivered in enumerate(view.axis.delivered):
        key = (view.axis.market, view.axis.date, hour)
        for row, (book, location) in enumerate(zip(view.books, view.locations, strict=True)):
            figures.open_mw[key, book, location] = float(view.open_mw[row, hour])
        figures.total_mw[key] = float(view.total_open_mw[hour])
        if delivered:
            continue
        coverage = float(view.coverage[hour])
        figures.open_mwh[key] = float(view.total_open_mwh[hour])
        figures.load_mw[key] = float(view.load_mw[hour])
        figures.coverage[key] = None if math.isnan(coverage) else coverage
        if MISSING_SCHEDULE in view.unknown[hour].split("; "):
            figures.lacks_schedule.add(key)


def _read_forward(view: ForwardView, figures: Figures) -> None:
    for row in view.rows:
        key = (row.book, row.hub, row.block, row.month)
        figures.forward_mwh[key] = row.open_mwh
        figures.forward_usd[key] = 0.0 if math.isnan(row.value_usd) else row.value_usd


def _read_pnl(view: PnlView, figures: Figures) -> None:
    for row in view.books:
        for name in ("today", "realised", "unrealised", "corrections", "value"):
            figures.pnl[row.book, name] = getattr(row, f"{name}_usd")


def _read_risk(view: RiskView, figures: Figures) -> None:
    for row in view.rows:
        figures.risk[row.node, row.horizon] = (row.var_usd, row.es_usd)
        figures.complete[row.node, row.horizon] = row.complete
    figures.scenario_dates = list(view.scenario_dates)
    figures.firm_scenarios = view.firm_scenarios_usd


def differences(core: Figures, oracle: Figures) -> list[str]:
    """Name every figure in which the core is not what the oracle says it must be."""
    mw = 1.0 + max((abs(value) for value in oracle.open_mw.values()), default=0.0)
    usd, risk_usd = 1.0 + oracle.scale_usd, 1.0 + oracle.risk_scale_usd
    mwh = 1.0 + sum(abs(value) for value in oracle.forward_mwh.values())
    names = (
        ("open_mw", mw),
        ("total_mw", mw),
        ("open_mwh", mw),
        ("load_mw", mw),
        ("coverage", mw),
        ("forward_mwh", mwh),
        ("forward_usd", usd + mwh),
        ("pnl", usd),
    )
    found = []
    for name, scale in names:
        found += _differ(name, getattr(core, name), getattr(oracle, name), RELATIVE * scale)
    found += _differ_in_risk(core, oracle, RELATIVE * risk_usd)
    if core.lacks_schedule != oracle.lacks_schedule:
        hours = sorted(core.lacks_schedule ^ oracle.lacks_schedule)
        found.append(f"lacks_schedule: differs at {hours[:3]}")
    return found


def _differ(
    name: str,
    core: Mapping[Any, float | None],
    oracle: Mapping[Any, float | None],
    tolerance: float,
) -> list[str]:
    keys: list[Hashable] = sorted(core.keys() | oracle.keys(), key=str)
    pairs = [(key, core.get(key, 0.0), oracle.get(key, 0.0)) for key in keys]
    return [
        f"{name} {key}: core {a}, oracle {b}" for key, a, b in pairs if not _close(a, b, tolerance)
    ]


def _close(a: float | None, b: float | None, tolerance: float) -> bool:
    if a is None or b is None:
        return a is b
    return (math.isnan(a) and math.isnan(b)) or abs(a - b) <= tolerance


def _differ_in_risk(core: Figures, oracle: Figures, tolerance: float) -> list[str]:
    if core.scenario_dates != oracle.scenario_dates:
        return [f"scenario_dates: core {core.scenario_dates}, oracle {oracle.scenario_dates}"]
    found = []
    for index, name in enumerate(("var", "es")):
        ours = {key: pair[index] for key, pair in core.risk.items()}
        theirs = {key: pair[index] for key, pair in oracle.risk.items()}
        found += _differ(name, ours, theirs, tolerance)
    vectors = [dict(enumerate(side.firm_scenarios.tolist())) for side in (core, oracle)]
    found += _differ("firm_scenarios", vectors[0], vectors[1], tolerance)
    complete = [{k: float(v) for k, v in side.complete.items()} for side in (core, oracle)]
    return found + _differ("complete", complete[0], complete[1], 0.0)
