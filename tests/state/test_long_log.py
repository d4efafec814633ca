"""Incremental equals recomputed over one long log of every kind of message.

The suite folds a few thousand messages over several days; ``TIELINE_THOROUGH=1`` a million.
"""

from __future__ import annotations

import pytest

from state.messages import KINDS
from tests.state.long_log import Found, fold
from tests.state.strategies import THOROUGH

COUNT = 1_000_000 if THOROUGH else 4_000
COMPARED = 20


@pytest.fixture(scope="module")
def found() -> Found:
    return fold(COUNT, seed=5, every=COUNT // COMPARED)


def test_no_figure_is_further_than_a_billionth_from_its_recompute(found: Found):
    assert found.compared >= COMPARED - 1
    assert found.relative <= 1e-9, found.text()


def test_the_long_log_was_compared_with_mwh_that_nothing_marks(found: Found):
    assert found.lacked


def test_the_long_log_holds_every_kind_of_message_over_several_days(found: Found):
    assert set(KINDS) - set(found.messages) == set()
    assert found.days > 3
