"""Another market's day: what is rewritten, what stays, what is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.simulated.borrowed import Borrowed
from state.errors import ConfigError

BORROWED = Borrowed("caiso", "spp", {"NP15": "SPPNORTH_HUB", "NP15-APND": "NORTH"}, ("DA", "RTD"))


def rewritten(**body: Any) -> Any:
    line = json.dumps({"received_at": "2026-09-08T00:00:00Z", "source": "etrm", "body": body})
    found = BORROWED.record(line.encode())
    return None if found is None else json.loads(found)["body"]


def test_market_and_locations_are_renamed_wherever_they_stand_as_words() -> None:
    assert rewritten(kind="trade", market="caiso", location="NP15", price=31.5) == {
        "kind": "trade",
        "market": "spp",
        "location": "SPPNORTH_HUB",
        "price": 31.5,
    }
    assert rewritten(factors=["caiso/NP15/DA/HE01"])["factors"] == ["spp/SPPNORTH_HUB/DA/HE01"]
    assert rewritten(hubs=["NP15-APND", "SP15"])["hubs"] == ["NORTH", "SP15"]
    policy = "- id: market-caiso-crr\n  venues:\n  - caiso\n  hubs: [NP15, NP155]"
    assert rewritten(source=policy)["source"].splitlines() == [
        "- id: market-caiso-crr",
        "  venues:",
        "  - spp",
        "  hubs: [SPPNORTH_HUB, NP155]",
    ]


def test_what_is_of_a_run_that_the_market_has_not_is_left_out_and_contracts_settle() -> None:
    assert rewritten(kind="schedule", market="caiso", run="FMM") is None
    assert rewritten(kind="schedule", market="caiso", run="RTD") is not None
    assert rewritten(kind="trade", market="caiso", settles_at="FMM")["settles_at"] == "RTD"
    assert rewritten(kind="trade", market="caiso", settles_at="curve")["settles_at"] == "curve"
    market = rewritten(kind="market", market="caiso", time_zone="x", runs=["DA", "FMM", "RTD"])
    assert (market["time_zone"], market["runs"]) == ("America/Chicago", ["DA", "RTD"])


@pytest.mark.parametrize("line", [b'{"body": ', b"[1]", b'{"body": [1]}'])
def test_a_line_that_is_no_record_stays_as_it_is(line: bytes) -> None:
    assert BORROWED.record(line) == line


@pytest.mark.parametrize(
    ("locations", "says"),
    [
        ({"NP15"}, "'NP15-APND', no location of caiso"),
        ({"NP15", "NP15-APND", "NORTH"}, "would both be NORTH"),
    ],
)
def test_a_map_that_does_not_fit_the_day_is_refused(locations: set[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        BORROWED.check(locations)
