"""What tests of trades and awards that come without authority share."""

from __future__ import annotations

import pytest

from state.trading import judgement


@pytest.fixture
def west_lies_where_the_policy_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(judgement.AREAS, "west", ("WECC", "California"))
