"""What tests of the core share: its loops are compiled before the first test."""

from __future__ import annotations

import pytest

from state import warm


@pytest.fixture(scope="session", autouse=True)
def compiled_loops() -> None:
    """A test that is the first to call a loop would wait for its compilation."""
    warm.load_loops()
