"""Limits on the data itself: finite and absurd enters and alarms; what was refused alarms too."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule


def _subject(what: str, scope: str, period: str) -> str:
    clock = period.rsplit(" ", maxsplit=1)[-1]
    return f"{what} of {scope} at {clock}" if period else f"{what} of {scope}"


def _plausible(name: str, unit: str, what: str, how: str) -> Rule:
    """Return the rule that holds numbers of a kind to the bounds of what anybody believes."""
    return Rule(
        name=f"plausible_{name}",
        figure=f"{name}_plausibility",
        unit=unit,
        edges=(Edge.BAND, Edge.CEILING),
        subject=lambda scope, period: _subject(what, scope, period),
        how=how,
        short_word="IMPLAUSIBLE",
        long_word="IMPLAUSIBLE",
        by_event=True,
    )


PRICE = _plausible(
    "price",
    "$/MWh",
    "Price",
    "the price farthest beyond its bounds until it is corrected, then as it came; it counts",
)

UNIT_PRICE = _plausible(
    "unit_price",
    "$/unit",
    "Price a unit",
    "the price a unit farthest beyond its bounds until it is corrected, then as it came",
)

CAPACITY_PRICE = _plausible(
    "capacity_price",
    "$/MW-month",
    "Price of capacity",
    "the price of capacity farthest beyond its bounds until it is corrected, then as it came",
)

QUANTITY = _plausible(
    "quantity",
    "MW",
    "Quantity",
    "the MW farthest beyond bounds until they are corrected, then as they came; they count",
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
