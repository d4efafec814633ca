"""A saved state is taken over whole or not at all."""

from __future__ import annotations

import pytest

from state.company import Company
from state.errors import WireError
from state.saving import company_state, restore_company
from state.wire import encode_state
from tests.state.worked import company, reference, tick

SAVED = company_state(company(*reference(), tick(9)))


@pytest.mark.parametrize("part", SAVED["desk"])
def test_a_state_that_lacks_a_part_of_the_desk_is_refused(part: str):
    desk = {name: value for name, value in SAVED["desk"].items() if name != part}

    with pytest.raises(WireError, match="damaged"):
        restore_company(encode_state(SAVED | {"desk": desk}), Company)


def test_a_state_that_lacks_the_products_of_a_market_is_refused():
    with pytest.raises(WireError, match="damaged"):
        restore_company(encode_state(SAVED | {"products": []}), Company)
