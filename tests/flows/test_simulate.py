"""``tieline simulate``: the map of another market's day, and the file of feeds it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.simulated.faults import FaultPlan
from flows.simulate import Simulation, read_map
from state.errors import ConfigError
from tests.flows.live_files import opening

SHIPPED = Path(__file__).parents[2] / "replay_data" / "2026-09-08-caiso-scarcity"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"- a\n", "own name: market's name"),
        (b"", "own name: market's name"),
        (b"{", "line 1: not YAML"),
        (b"\xff", "cannot be read .+ name a YAML file of locations"),
        (b"NP15: NORTH\nNP15: SOUTH\n", "key 'NP15' is written twice .line 2.; keep one"),
    ],
)
def test_a_file_that_is_no_map_is_refused(tmp_path: Path, text: bytes, says: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_bytes(text)
    with pytest.raises(ConfigError, match=says):
        read_map(path)


@pytest.mark.parametrize("content", [b"", b"opening: day.jsonl\n", b"\xff\xfe\x00"])
def test_a_file_that_follows_no_simulated_market_is_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    simulation = Simulation.of(SHIPPED, speed=60.0, port=0, faults=FaultPlan(0))
    file = tmp_path / "live.yaml"
    file.write_bytes(content)
    with (
        simulation.server,
        pytest.raises(ConfigError, match="follows no simulated market; name another file"),
    ):
        simulation.write_live_file(file, opening(tmp_path))
    assert file.read_bytes() == content
