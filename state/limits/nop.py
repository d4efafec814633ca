"""Tolerances of the written policy on the net open positions (§4.6): coverage by period."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule


def _tolerance(nop: str, covered: str, how: str) -> Rule:
    return Rule(
        name=f"nop_{nop}",
        figure=f"nop_{nop}",
        unit="ratio",
        edges=(Edge.BAND,),
        subject=lambda scope, _: f"{covered} covered, {scope}",
        how=how,
        short_word="SHORT",
        long_word="LONG",
        least=0.0,
    )


ENERGY = _tolerance(
    "energy",
    "Load",
    "(physical contracts + own supply + option delta) / load outlook, MWh over the period",
)
CAPACITY = _tolerance(
    "capacity",
    "Capacity",
    "capacity held / required, MW, in the month of the period that is nearest to its limit",
)
RPS = _tolerance(
    "rps",
    "RPS obligation",
    "certificates of all categories held / obligation, cumulative over its years",
)
