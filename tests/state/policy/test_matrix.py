"""Every part of the written policy has its place in the matrix, and every place is real."""

import re
from pathlib import Path

import pytest

from state.policy.load_risk import load_risk
from state.policy.risk_policy import parts
from state.policy.tolerances import Tolerance

ROOT = Path(__file__).parents[3]
POLICY = load_risk((ROOT / "policies" / "svce-2017-05-10.yaml").read_text(encoding="utf-8"))
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs" / "policy-matrix.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| §")
]


def test_every_part_stands_in_the_matrix_once_under_its_clause_and_page():
    expected = {
        part.id: str(part.at) for _, part in parts(POLICY) if not isinstance(part, Tolerance)
    }
    found = [(name, row[0]) for row in ROWS for name in re.findall(r"`([^`]+)`", row[2])]

    assert len(found) == len(dict(found)), "a part stands there twice"
    assert dict(found) == expected


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} {row[1]}" for row in ROWS])
def test_a_place_of_the_matrix_is_there(row: list[str]):
    named = re.findall(r"`([^`]+[.](?:py|md))`", f"{row[3]} {row[4]}")

    assert row[4].startswith("`tests/")
    assert all((ROOT / name).is_file() for name in named)
