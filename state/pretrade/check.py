"""The pre-trade check: one question against every limit at once, and an answer that moves nothing.

An answer decides by what the trade would do to each limit (``state.pretrade.verdict``), counting
what earlier checks keep reserved as done (``state.pretrade.kept``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from state.contracts.size import size_of, size_unit_of
from state.intake.references import refusal
from state.intake.wellformed import malformed
from state.messages import Trade, TradeCheck
from state.pretrade.bounds import Bound, Found, ShareBound, stops
from state.pretrade.clauses import unlisted, written_policies
from state.pretrade.credit_limits import credit_limits
from state.pretrade.desk_limits import desk_limits
from state.pretrade.lots import MOST_LOTS, looked_up_to, passing_lots
from state.pretrade.numberless import numberless
from state.pretrade.positions import tolerances
from state.pretrade.situation import Situation, situation_of, sized
from state.pretrade.sizes import intervals
from state.pretrade.verdict import decide
from state.products import PRODUCTS
from state.screens.checks_seen import CheckAnswer, LimitEffect, Outcome
from state.trading.decision import Decision

if TYPE_CHECKING:
    from state.company import Company
    from state.desk import Desk
    from state.screens.views import Transition

SOURCES: tuple[Callable[[Situation], Found], ...] = (
    desk_limits,
    credit_limits,
    numberless,
    tolerances,
    written_policies,
)
"""What a trade is held against: one function a kind of limits, one line here."""

_NEARER = "MWh"
"""Unit of the clause that looks whether a trade brings the open position nearer to zero."""

_SEVEREST = {outcome._value_: number for number, outcome in enumerate(reversed(Outcome))}


def take_check(company: Company, check: TradeCheck) -> list[Transition]:
    """Answer a check of the log, and note the answer in the audit trail."""
    desk, at_ns = company.desk, company.tick_ns
    desk.checks.let_go(at_ns)
    reserved = desk.checks.reserved(at_ns, but=check.candidate.identity)
    answer = answer_to(desk, check, reserved, at_ns=at_ns, position=company.position)
    desk.checks.keep(check, answer)
    company.chain.note_text(f"{check.key}: {answer.decision}")
    company.stale_views.update(("checks", "policy"))
    return []


def answer_to(
    desk: Desk, check: TradeCheck, reserved: list[Trade], *, at_ns: int, position: int = 0
) -> CheckAnswer:
    """Answer a check against a desk and trades that count as done; nothing changes.

    Args:
        desk: whose exposures have been followed.
        check: the question.
        reserved: trades that count as done.
        at_ns: the last tick; 0 before the first.
        position: of the check in the log.
    """
    answer = CheckAnswer(
        check=check.check,
        trade=check.candidate.identity,
        at_ns=at_ns,
        position=position,
        decision=Decision.REJECT,
        lot=check.lot,
    )
    wrong = malformed(check) or malformed(check.candidate) or refusal(desk, check.candidate)
    if wrong:
        answer.reason, answer.field = wrong, _field_in(wrong, check)
        if check.candidate.product not in PRODUCTS:
            policies = iter(desk.written_policies.values())
            answer.effects = unlisted(policies, check.candidate, wrong)
        return answer
    if not at_ns:
        answer.decision, answer.reason = Decision.NO_DECISION, "there was no tick yet"
        return answer
    situation = situation_of(desk, check, reserved, at_ns)
    found = [source(situation) for source in SOURCES]
    bounds = [bound for each in found for bound in each.bounds]
    fixed = [effect for each in found for effect in each.effects]
    effects = [bound.effect for bound in bounds] + fixed
    effects = [_with_waiver(desk, effect) for effect in effects]
    answer.effects = sorted(effects, key=lambda effect: _SEVEREST[effect.outcome._value_])
    answer.decision = decide(effects)
    answer.size, answer.unit = size_of(check.candidate), size_unit_of(check.candidate)
    answer.looked_up_to = looked_up_to(answer.size, answer.lot)
    unknown = any(effect.outcome is Outcome.UNKNOWN for effect in effects)
    if answer.lot and answer.size and not answer.looked_up_to:
        answer.reason, answer.field = _lot_too_small(answer), "lot"
    elif not (unknown or any(stops(effect) and effect.unit != _NEARER for effect in fixed)):
        sizing = [bound for bound in bounds if isinstance(bound, ShareBound) or bound.by_size]
        sizing += [bound for each in found for bound in each.sizing]
        answer.sizes = _sizes(answer, situation, sizing, reserved)
    return answer


def _with_waiver(desk: Desk, effect: LimitEffect) -> LimitEffect:
    """Show the waiver of a limit: a breach stays one, so it decides nothing."""
    case = desk.alerts.book.open_case((effect.limit, effect.scope, effect.period))
    waiver = None if case is None else case.row.waiver
    return effect if waiver is None else replace(effect, waiver=waiver)


def _sizes(
    answer: CheckAnswer,
    situation: Situation,
    bounds: list[Bound | ShareBound],
    reserved: list[Trade],
) -> list[tuple[int, int]]:
    """Return the lots that pass, where nothing stops the trade whatever its size."""
    if not answer.looked_up_to:
        return []
    share = answer.lot / answer.size
    passing, unsure = passing_lots(situation, bounds, lots=answer.looked_up_to, share=share)
    for lots in np.flatnonzero(unsure).tolist():
        one = sized(situation.trade, lots * answer.lot)
        check = replace(situation.check, candidate=one, lot=0.0)
        told = answer_to(situation.desk, check, reserved, at_ns=answer.at_ns)
        passing[lots] = told.decision == Decision.ACCEPT
    return intervals(passing)


def _lot_too_small(answer: CheckAnswer) -> str:
    return (
        f"lot {answer.lot:g} is more than {MOST_LOTS} times in {answer.size:g}; "
        "send a larger one for the sizes that pass"
    )


def _field_in(reason: str, check: TradeCheck) -> str:
    """Return the field that a reason begins with; empty where it names none."""
    first = reason.split(maxsplit=1)[0]
    name = first.partition("[")[0]
    known = {*check.__struct_fields__, *check.candidate.__struct_fields__}
    return name if name in known else ""
