"""The clauses on trading of a written policy in force, as effects and bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from state.limits.edges import Edge
from state.messages import Trade
from state.policy.risk_policy import RiskPolicy
from state.pretrade.bounds import Bound, Found
from state.pretrade.situation import Situation
from state.risk.historical import value_at_risk
from state.screens.checks_seen import LimitEffect, Outcome
from state.trading.answers import Answer, Verdict
from state.trading.facts import TradeFacts
from state.trading.judgement import Measured, judge, terms_of

_OUTCOMES = {
    Verdict.PASS: Outcome.KEPT,
    Verdict.REFER: Outcome.REFERRED,
    Verdict.UNKNOWN: Outcome.UNKNOWN,
    Verdict.REJECT: Outcome.PROHIBITED,
}
_BY_SIZE = ("$", "MW")
"""Units of what is in proportion to the size of a trade."""


def written_policies(situation: Situation) -> Found:
    """Return what section 5 of every written policy in force says of the trade."""
    found = Found()
    for policy in situation.desk.written_policies.values():
        terms = terms_of(situation.desk, policy, situation.trade, situation.check)
        measured = measured_in(situation, policy)
        facts, answers = judge(
            situation.desk, policy, situation.trade, terms, measured, at_ns=situation.at_ns
        )
        for answer in answers:
            if answer.unit in _BY_SIZE and answer.verdict is not Verdict.REFER:
                found.bounds.append(_bound(answer, policy, facts))
            else:
                found.effects.append(_effect(answer, policy, facts))
            if answer.unit == "MWh":
                found.sizing.append(_nearer_to_zero(answer, policy, facts))
    return found


def unlisted(desk_policies: Iterator[RiskPolicy], trade: Trade, reason: str) -> list[LimitEffect]:
    """Return the clauses under which a product nobody knows is rejected."""
    return [
        LimitEffect(
            limit="instruments",
            clause=str(policy.instruments[0].at),
            policy=policy.label,
            scope=trade.trader,
            outcome=Outcome.PROHIBITED,
            reason=reason,
        )
        for policy in desk_policies
    ]


def measured_in(situation: Situation, policy: RiskPolicy) -> Measured:
    """Return the figures of the trade that a policy counts."""
    return Measured(
        var_usd=_var_alone(situation, policy.measures.var_confidence),
        open_before_mwh=situation.start.open_mwh,
        open_after_mwh=situation.after.open_mwh,
    )


def _var_alone(situation: Situation, confidence: float) -> float:
    """Return the value at risk of the trade by itself; NaN where part of it is not covered."""
    _, gained = situation.gained(-1)
    if not len(gained) or situation.after.uncovered != situation.start.uncovered:
        return math.nan
    return float(value_at_risk(gained, confidence=confidence)[0])


def _effect(answer: Answer, policy: RiskPolicy, facts: TradeFacts) -> LimitEffect:
    return LimitEffect(
        limit=answer.id,
        clause=str(answer.at),
        policy=policy.label,
        scope=facts.trader,
        unit=answer.unit,
        before=facts.open_before_mwh if answer.unit == "MWh" else math.nan,
        after=facts.open_after_mwh if answer.unit == "MWh" else math.nan,
        outcome=_OUTCOMES[answer.verdict],
        reason=f"{answer.check}: {answer.reason}" + (f"; {answer.remedy}" if answer.remedy else ""),
    )


def _bound(answer: Answer, policy: RiskPolicy, facts: TradeFacts) -> Bound:
    unknown = answer.verdict is Verdict.UNKNOWN
    return Bound(
        limit=answer.id,
        clause=str(answer.at),
        policy=policy.label,
        scope=facts.trader,
        period=answer.check,
        unit=answer.unit,
        edge=Edge.CEILING,
        high=answer.limit,
        before=0.0,
        start=0.0,
        after=answer.value,
        unknown=answer.reason if unknown else "",
    )


def _nearer_to_zero(answer: Answer, policy: RiskPolicy, facts: TradeFacts) -> Bound:
    """Return what keeps a size from carrying the open position as far beyond zero, or further."""
    before, after = facts.open_before_mwh, facts.open_after_mwh
    towards = (before - after) * math.copysign(1.0, before)
    return Bound(
        limit=answer.id,
        clause=str(answer.at),
        policy=policy.label,
        scope=facts.trader,
        unit=answer.unit,
        edge=Edge.CEILING,
        high=float(np.nextafter(2.0 * abs(before), -1.0)),
        before=0.0,
        start=0.0,
        after=towards if towards > 0.0 else math.inf,
    )
