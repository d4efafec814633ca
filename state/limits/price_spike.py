"""Price spikes at a hub: the real-time price itself, and its distance from day-ahead."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule

PRICE = Rule(
    name="price_spike",
    figure="rtd_price",
    unit="$/MWh",
    edges=(Edge.CEILING,),
    subject=lambda scope, _: f"RTD price at {scope}",
    how="the latest published real-time price",
)

SPREAD = Rule(
    name="spread_spike",
    figure="rtd_da_spread",
    unit="$/MWh",
    edges=(Edge.CEILING,),
    subject=lambda scope, _: f"RTD less DA price at {scope}",
    how="the latest real-time price less the day-ahead price of the same hour",
)
