"""Marks: what a leg is worth before, and once, its price is published."""

from __future__ import annotations

from state.messages import Run
from state.moments import HOUR_NS
from tests.state.oracle.facts import Facts, expected_on


def mark(facts: Facts, market: str, run: str, location: str, at_ns: int) -> float | None:
    """$/MWh of a leg, or none where not even a curve is known."""
    if run == "LOAD":
        return load_mark(facts, market, location, at_ns)
    published = facts.price.get((market, run, location, at_ns))
    if published is not None:
        return published
    if run == "RTD" and Run.FMM in facts.markets[market].runs:
        return mark(facts, market, "FMM", location, at_ns)
    if run != "DA":
        return mark(facts, market, "DA", location, at_ns)
    hour = facts.local(market, at_ns)
    key = (market, facts.curve_name(market, location), hour.block, hour.month)
    marks = facts.curve.get(key, [])
    return expected_on(marks, hour.day)


def fmm_weight(facts: Facts, market: str) -> float:
    terms = facts.markets[market]
    return terms.load_price_fmm_weight if Run.FMM in terms.runs else 0.0


def load_mark(facts: Facts, market: str, location: str, at_ns: int) -> float | None:
    weight = fmm_weight(facts, market)
    hour_start = at_ns // HOUR_NS * HOUR_NS
    marks = []
    for interval in facts.intervals(market, hour_start, hour_start + HOUR_NS):
        rtd = mark(facts, market, "RTD", location, interval)
        # Where there is no FMM it weighs nothing, and is not missed.
        fmm = mark(facts, market, "FMM", location, interval) if weight else 0.0
        if fmm is None or rtd is None:
            return None
        marks.append(weight * fmm + (1 - weight) * rtd)
    return sum(marks) / len(marks)
