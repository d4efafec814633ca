"""Whether the running figures still equal a full recompute."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule

RULE = Rule(
    name="drift",
    figure="drift",
    unit="ppb",
    edges=(Edge.CEILING,),
    subject=lambda scope, _: f"Drift of {scope}",
    how="largest |kept - recomputed| / what the figure is the sum of, in parts per billion",
    least=0.0,
)
