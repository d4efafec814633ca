"""The file of live feeds: what is wrong in it is one line before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.live_file import read_live_file
from state.errors import ConfigError, UsageError

GOOD = "opening: o.jsonl\ncaiso:\n  locations: [A]\n"


def test_paths_lie_beside_the_file_and_the_rest_has_defaults(tmp_path: Path) -> None:
    (tmp_path / "live.yaml").write_text(GOOD + "inbox: in\n")
    live = read_live_file(tmp_path / "live.yaml", ("caiso",))
    assert (live.opening, live.inbox) == (tmp_path / "o.jsonl", tmp_path / "in")
    (oasis,) = live.asked()
    assert (oasis.base_url, oasis.every_seconds) == ("https://oasis.caiso.com", 5.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("opening: [", "line 1: not YAML"),
        ("opening: a\nopening: b\n", "'opening' is written twice"),
        (GOOD + "  every_seconds: 010\n", "010, which YAML reads as int"),
        ("[" * 60 + "]" * 60, "line 1: it is nested too deep"),
        ("", r"live.yaml: is empty, expected an opening"),
        ("- 1", "holds a list, expected an opening"),
        (GOOD + "trades: 5\n", "trades: expected a list of trade feeds"),
        ("caiso:\n  locations: [A]\n", "opening: Field required"),
        ("opening: o\ncaiso:\n  locations: []\n", "caiso.locations"),
        (GOOD + "  every_seconds: 0\n", "caiso.every_seconds"),
        (GOOD + "  base: x\n", "caiso.base: Extra inputs are not permitted"),
        ("opening: o\n", "no section for market 'caiso'"),
    ],
)
def test_what_is_wrong_is_wrong_usage_and_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "live.yaml").write_text(text)
    with pytest.raises(UsageError, match=says):
        read_live_file(tmp_path / "live.yaml", ("caiso",))


def test_a_market_that_is_not_followed_live_is_named_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "live.yaml").write_text(GOOD)
    with pytest.raises(ConfigError, match=r"'spp'.*caiso"):
        read_live_file(tmp_path / "live.yaml", ("spp",))


def test_no_file_is_named() -> None:
    with pytest.raises(ConfigError, match="--live-file"):
        read_live_file(None, ("caiso",))
