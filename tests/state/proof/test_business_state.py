"""What the digest takes in: what is remembered of parts at rest must be what they are."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, note

from state.company import Company
from state.messages import AnyMessage, Run, Tick
from state.proof.business_state import BusinessState
from state.proof.canonical import CanonicalFigures
from tests.state.strategies import examples, logs, told_in_words
from tests.state.worked import DAY, company, price, reference, tick, trade


def forget(folded: Company) -> None:
    for market in folded.desk.markets.values():
        for day in market.days.values():
            day.kept.clear()
            day.hourly.resting.stir()
            day.prices.resting.stir()
        if market.forward is not None:
            market.forward.resting.stir()


@examples(8)
@given(logs())
def test_a_part_at_rest_has_the_fingerprint_it_would_have_anew(messages: list[AnyMessage]):
    note(told_in_words(messages))
    folded, remembering = Company("company"), BusinessState()
    figures = CanonicalFigures()
    for position, message in enumerate(messages, start=1):
        folded.apply(message, position)
        if isinstance(message, Tick):
            kept = remembering.digest(folded.desk), figures.fingerprint(folded.desk)
            forget(folded)
            anew = BusinessState().digest(folded.desk), CanonicalFigures().fingerprint(folded.desk)
            assert kept == anew


def test_a_restored_company_has_the_state_it_was_saved_with():
    folded = company([*reference(), price(Run.DA, 10, HUB=44, NODE=45)], tick(8))
    folded.apply(trade(10, 40.0, 10, 24), folded.position + 1)
    restored = Company.restore(folded.snapshot())
    assert BusinessState().digest(restored.desk) == BusinessState().digest(folded.desk)
    figures = (CanonicalFigures().fingerprint(one.desk) for one in (restored, folded))
    assert len(set(figures)) == 1


def test_what_had_no_mark_at_midnight_is_part_of_the_state():
    """It says until the next midnight that P&L is not known, whatever is marked since."""
    ahead = trade(10, 40.0, 10, day=DAY + timedelta(days=1))
    folded = company(reference(), tick(8), ahead, tick(24))
    restored = Company.restore(folded.snapshot())
    whole = BusinessState().digest(folded.desk)

    assert BusinessState().digest(restored.desk) == whole
    restored.desk.markets["west"].base_unmarked_mwh[:] = 0.0
    assert BusinessState().digest(restored.desk) != whole


def test_a_tick_without_effects_leaves_the_digest_and_the_next_link_counts_it():
    messages = [*reference(), price(Run.DA, 10, HUB=44, NODE=45)]
    idle, busy = company(messages, tick(8), tick(8.001)), company(messages, tick(8))
    assert idle.digest == busy.digest
    for folded in (idle, busy):
        folded.apply(trade(10, 40.0, 10, 24), folded.position + 1)
        folded.apply(tick(8.002), folded.position + 1)
    assert idle.digest != busy.digest


def test_one_megawatt_changes_the_digest_at_the_next_tick():
    ends = set()
    for mw in (10, 11):
        folded = company([*reference(), trade(mw, 40.0, 10, 24)], tick(8))
        folded.apply(tick(8.5), folded.position + 1)
        ends.add(folded.digest)
    assert len(ends) == 2
