"""A replay looks after its processes while it waits for them."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from flows import replay
from flows.settings import Settings
from state.errors import StateError


def test_a_store_that_dies_is_started_meanwhile_and_named_with_its_last_words(tmp_path: Path):
    supervisor = mock.Mock(finished=set(), stopping=False, last_words={"store": "no room"})
    type(supervisor).restarts = mock.PropertyMock(side_effect=[{"store": 0}, {"store": 3}])
    settings = Settings(data_dir=tmp_path, run="replay-of-a-day")

    with pytest.raises(StateError, match=r"store failed 3 times and said last: no room;.*TMPDIR"):
        replay._follow(mock.Mock(), settings, supervisor, mock.Mock())

    assert supervisor.tend.call_count == 2
