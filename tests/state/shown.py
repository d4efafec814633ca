"""Figures of a folded company, as its views show them."""

from __future__ import annotations

from datetime import date

from state.company import Company
from state.messages import Message
from state.screens.positions_seen import PositionView
from state.screens.risk_seen import RiskView
from tests.state.oracle import figures_of_views
from tests.state.worked import DAY, pnl, views


def risk(folded: Company) -> RiskView:
    view = folded.views()["risk"]
    assert isinstance(view, RiskView)
    return view


def vector(folded: Company) -> list[float]:
    return [round(float(usd), 6) for usd in risk(folded).firm_scenarios_usd]


def moved(folded: Company, without: Company) -> list[float]:
    pairs = zip(vector(folded), vector(without), strict=True)
    return [round(a - b, 6) for a, b in pairs]


def value(folded: Company) -> float:
    return pnl(figures_of_views(folded.views()), "value")


def open_at(folded: Company) -> tuple[float, float]:
    seen = figures_of_views(folded.views()).open_mw
    hour = ("west", "2026-07-15", 10)
    return seen.get((hour, "book", "HUB"), 0.0), seen.get((hour, "book", "NODE"), 0.0) - 60.0


def hour_view(*messages: Message | list[Message], day: date = DAY) -> PositionView:
    view = views(*messages)[f"position/west/{day.isoformat()}"]
    assert isinstance(view, PositionView)
    return view
