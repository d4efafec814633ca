"""Value at risk of a book or the firm."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule

RULE = Rule(
    name="var",
    figure="var",
    unit="$",
    edges=(Edge.CEILING,),
    subject=lambda scope, _: f"VaR of {scope}",
    how="order statistic of the summed scenario P&L, positive = loss",
)
