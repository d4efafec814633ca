"""Limits on the data itself: finite and absurd enters and alarms; what was refused alarms too."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule


def _subject(what: str, scope: str, period: str) -> str:
    clock = period.rsplit(" ", maxsplit=1)[-1]
    return f"{what} of {scope} at {clock}" if period else f"{what} of {scope}"


PRICE = Rule(
    name="plausible_price",
    figure="price_plausibility",
    unit="$/MWh",
    edges=(Edge.BAND, Edge.CEILING),
    subject=lambda scope, period: _subject("Price", scope, period),
    how="the price farthest beyond its bounds until it is corrected, then as it came; it counts",
    short_word="IMPLAUSIBLE",
    long_word="IMPLAUSIBLE",
    by_event=True,
)

UNIT_PRICE = Rule(
    name="plausible_unit_price",
    figure="unit_price_plausibility",
    unit="$/unit",
    edges=(Edge.BAND, Edge.CEILING),
    subject=lambda scope, period: _subject("Price a unit", scope, period),
    how="the price a unit farthest beyond its bounds until it is corrected, then as it came",
    short_word="IMPLAUSIBLE",
    long_word="IMPLAUSIBLE",
    by_event=True,
)

CAPACITY_PRICE = Rule(
    name="plausible_capacity_price",
    figure="capacity_price_plausibility",
    unit="$/MW-month",
    edges=(Edge.BAND, Edge.CEILING),
    subject=lambda scope, period: _subject("Price of capacity", scope, period),
    how="the price of capacity farthest beyond its bounds until it is corrected, then as it came",
    short_word="IMPLAUSIBLE",
    long_word="IMPLAUSIBLE",
    by_event=True,
)

QUANTITY = Rule(
    name="plausible_quantity",
    figure="quantity_plausibility",
    unit="MW",
    edges=(Edge.BAND, Edge.CEILING),
    subject=lambda scope, period: _subject("Quantity", scope, period),
    how="the MW farthest beyond bounds until they are corrected, then as they came; they count",
    short_word="IMPLAUSIBLE",
    long_word="IMPLAUSIBLE",
    by_event=True,
)

COMPONENTS = Rule(
    name="component_sum",
    figure="component_sum",
    unit="$/MWh",
    edges=(Edge.BAND, Edge.CEILING),
    subject=lambda scope, period: _subject("LMP less its components", scope, period),
    how="LMP − (energy + congestion + loss + greenhouse gas), where all are published",
    short_word="NOT THE SUM",
    long_word="NOT THE SUM",
    by_event=True,
)

DEAD_LETTERS = Rule(
    name="dead_letters",
    figure="dead_letters",
    unit="count",
    edges=(Edge.CEILING,),
    subject=lambda scope, _: f"Dead letters of {scope}",
    how="payloads, rows and messages of the feed that were refused since midnight",
    is_timing=True,
    by_event=True,
)
