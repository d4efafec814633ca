"""Tolerances of the written policy on the net open positions (§4.6): coverage by period."""

from __future__ import annotations

from collections.abc import Callable

from state.limits.edges import Edge
from state.limits.rule import Rule


def _subject(kind: str) -> Callable[[str, str], str]:
    return lambda scope, _: f"{kind} covered, {scope}"


ENERGY = Rule(
    name="nop_energy",
    figure="nop_energy",
    unit="ratio",
    edges=(Edge.BAND,),
    subject=_subject("Load"),
    how="(physical contracts + own supply + option delta) / load outlook, MWh over the period",
    short_word="SHORT",
    long_word="LONG",
    least=0.0,
)
CAPACITY = Rule(
    name="nop_capacity",
    figure="nop_capacity",
    unit="ratio",
    edges=(Edge.BAND,),
    subject=_subject("Capacity"),
    how="capacity held / required, MW, in the month of the period that is nearest to its limit",
    short_word="SHORT",
    long_word="LONG",
    least=0.0,
)
RPS = Rule(
    name="nop_rps",
    figure="nop_rps",
    unit="ratio",
    edges=(Edge.BAND,),
    subject=_subject("RPS obligation"),
    how="certificates of all categories held / obligation, cumulative over its years",
    short_word="SHORT",
    long_word="LONG",
    least=0.0,
)
