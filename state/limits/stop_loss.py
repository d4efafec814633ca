"""Stop-loss: the P&L since market-local midnight of a book or the firm."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule

RULE = Rule(
    name="stop_loss",
    figure="pnl_today",
    unit="$",
    edges=(Edge.LOSS,),
    subject=lambda scope, _: f"P&L today of {scope}",
    how="value and cash now, less the same at market-local midnight",
)
