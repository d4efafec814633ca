"""With whom, and by whom, a contract need not be asked about after the answer to another pair."""

from __future__ import annotations

from collections.abc import Container

from state.messages import Counterparty
from state.pretrade.bounds import stops
from state.screens.checks_seen import CheckAnswer, LimitEffect, Outcome

ANYONE = "anyone"
"""Whoever it is with and by: what stops is the same for all."""


def ruled_out(
    said: CheckAnswer,
    pair: tuple[str, str],
    records: dict[str, Counterparty],
    agreements: Container[str],
) -> set[str]:
    """Name whom an answer rules out: those of whom nothing else is to be expected.

    That is whoever it prohibits or leaves open, whatever the size. What breaches at this size may
    pass at a smaller one, and what is referred may be recommended: of these an answer rules out
    others only where it says nothing else, or both.

    Args:
        said: of a counterparty and a trader.
        pair: the two.
        records: of counterparties, by name.
        agreements: the clauses that look at the counterparty's agreement.
    """
    found: dict[Outcome, set[str]] = {outcome: set() for outcome in Outcome}
    for effect in filter(stops, said.effects):
        found[effect.outcome] |= _whom(effect, pair, records, agreements)
    always = found[Outcome.PROHIBITED] | found[Outcome.UNKNOWN]
    by_size = found[Outcome.BREACHED] | found[Outcome.WORSENED]
    referred = found[Outcome.REFERRED]
    if not always and not (by_size and referred):
        return by_size | referred
    if ANYONE in by_size:
        return always | referred
    return always | (by_size if ANYONE in referred else by_size & referred)


def _whom(
    effect: LimitEffect,
    pair: tuple[str, str],
    records: dict[str, Counterparty],
    agreements: Container[str],
) -> set[str]:
    """Name whom an effect is about.

    Shares of credit differ from counterparty to counterparty, whoever's they are; what is the
    firm's, a book's or a period's is the same for everyone.
    """
    counterparty, trader = pair
    if effect.limit in agreements and counterparty in records:
        return {f"under {records[counterparty].agreement}"}
    if effect.scope == counterparty:
        return {f"with {counterparty}"}
    if effect.scope == trader:
        return {f"by {trader}"}
    return set() if effect.scope in records else {ANYONE}
