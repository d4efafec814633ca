"""Which limits the screens have at hand."""

from __future__ import annotations

from state.messages import LocationKind, Locations, Policy, Run
from state.screens.limits_seen import LimitView
from tests.state.worked import company, price, reference, tick

_SOURCE = """
name: desk
version: "1"
title: Of very many hubs
limits:
  - {{id: stop, rule: stop_loss, unit: $, loss: 1000, {common}}}
  - {{id: spike, rule: price_spike, unit: $/MWh, ceiling: 100, {common}}}
"""
_COMMON = "title: One, clause: desk limits §1, warn_at: 0.9, clear_at: 0.9, materiality: material"
HUBS = tuple(f"H{number}" for number in range(250))


def test_limits_of_figures_that_are_shown_beside_them_are_there_however_many_are_more_urgent():
    hubs = Locations(
        market="west", locations=HUBS, kinds=(LocationKind.HUB,) * len(HUBS), hubs=HUBS
    )
    policy = Policy(policy="desk", version="1", source=_SOURCE.format(common=_COMMON))
    near = price(Run.RTD, 8, **dict.fromkeys(HUBS, 80.0))

    view = company(reference(), hubs, policy, tick(8), near).views()["limits"]

    assert isinstance(view, LimitView)
    found = [row.scope for row in view.rows if row.figure == "pnl_today"]
    assert sorted(found) == ["book", "firm", "other"]
    assert len(view.rows) == view.shown == 203 < view.total
