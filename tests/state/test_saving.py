"""A saved state is taken over whole or not at all."""

from __future__ import annotations

import pytest

from state.company import Company
from state.errors import WireError
from state.saving import company_state, restore_company
from state.wire import encode_state
from tests.state.worked import company, contract, history, reference, tick, trade

SAVED = company_state(company(*reference(), tick(9)))


@pytest.mark.parametrize("part", SAVED["desk"])
def test_a_state_that_lacks_a_part_of_the_desk_is_refused(part: str):
    desk = {name: value for name, value in SAVED["desk"].items() if name != part}

    with pytest.raises(WireError, match="damaged"):
        restore_company(encode_state(SAVED | {"desk": desk}), Company)


def test_a_state_that_lacks_the_products_of_a_market_is_refused():
    with pytest.raises(WireError, match="damaged"):
        restore_company(encode_state(SAVED | {"products": []}), Company)


@pytest.mark.parametrize("hour", [12, 34], ids=["of a day under way", "of the day after"])
def test_a_state_saved_before_there_was_a_contract_goes_on_bit_for_bit_with_the_first(hour: int):
    undisturbed = company(reference(), tick(9))
    restored = Company.restore(undisturbed.snapshot())

    for position, message in enumerate(
        [trade(5.0, 40.0, hour), tick(13)], start=undisturbed.position + 1
    ):
        undisturbed.apply(message, position)
        restored.apply(message, position)
        assert restored.snapshot() == undisturbed.snapshot()


def test_what_is_held_before_the_first_tick_is_at_risk_after_a_restart_too():
    local = contract("capacity", 10.0, 3.0, 0, hours=31 * 24, unit_kind="local")
    levels = history({"curve/HUB/on_peak/2026-08": [40.0, 41.0, 39.0]})
    undisturbed = company(*reference(), levels, local)
    restored = Company.restore(undisturbed.snapshot())

    for folded in (undisturbed, restored):
        folded.apply(tick(9), folded.position + 1)
    assert restored.desk.portfolio.uncovered
    assert restored.snapshot() == undisturbed.snapshot()
