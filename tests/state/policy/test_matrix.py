"""Every part of the written policy has its place in the matrix, and every place is real.

The sentences of the value stream, and those that are no part of the policy, have theirs too.
"""

import re
from pathlib import Path

import pytest

from state.policy.load_risk import load_risk
from state.policy.risk_policy import Deadline, Duty, parts
from state.policy.tolerances import Tolerance

ROOT = Path(__file__).parents[3]
POLICY = load_risk((ROOT / "policies" / "svce-2017-05-10.yaml").read_text(encoding="utf-8"))
LINES = (ROOT / "docs" / "policy-matrix.md").read_text(encoding="utf-8").splitlines()
CELLS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in LINES
    if line.startswith(("| §", "| SMV-01"))
]
ROWS = [row for row in CELLS if len(row) == 5]
"""Parts of the policy: clause, kind, parts, met, test."""

SENTENCES = [row for row in CELLS if len(row) == 4]
"""Other sentences of the two documents: place, what it demands, met, test."""

STAGES = [f"SMV-01.{number}" for number in range(1, 8)]


def test_every_part_stands_in_the_matrix_once_under_its_clause_and_page():
    expected = {
        part.id: str(part.at) for _, part in parts(POLICY) if not isinstance(part, Tolerance)
    }
    found = [(name, row[0]) for row in ROWS for name in re.findall(r"`([^`]+)`", row[2])]

    assert len(found) == len(dict(found)), "a part stands there twice"
    assert dict(found) == expected


@pytest.mark.parametrize("row", CELLS, ids=[f"{row[0]} {row[1]}" for row in CELLS])
def test_a_place_of_the_matrix_is_there(row: list[str]):
    *_, met, test = row
    named = re.findall(r"`([^`]+[.](?:py|md))`", f"{met} {test}")

    assert test.startswith("`tests/") or (test == "–" and met.startswith("not met"))
    assert all((ROOT / name).is_file() for name in named)


@pytest.mark.parametrize("row", CELLS, ids=[f"{row[0]} {row[1]}" for row in CELLS])
def test_a_file_named_as_a_test_holds_tests(row: list[str]):
    for name in re.findall(r"`(tests/[^`]+)`", row[-1]):
        assert "def test_" in (ROOT / name).read_text(encoding="utf-8"), name


DUTIES = {
    name: row[3] for row in ROWS if row[1] == "duties" for name in re.findall(r"`([^`]+)`", row[2])
}
BREACHES = {
    "breach", "material_breach", "discrepancy", "nop_notice", "cure_executed", "credit_exceedance",
}  # fmt: skip


def is_clocked(duty: Duty) -> bool:
    """Whether the product opens a duty: after a breach, periodically, or where one can be late."""
    if duty.after in BREACHES or Deadline.PERIODIC in duty.deadlines:
        return True
    ends = not {Deadline.ALWAYS, Deadline.ON_REQUEST}.issuperset(duty.deadlines)
    entered = "capture_system" in (duty.by, *duty.to) and duty.id != "duty-enter-counterparty"
    return duty.after is not None and ends and not entered


@pytest.mark.parametrize("duty", POLICY.duties, ids=[duty.id for duty in POLICY.duties])
def test_a_duty_is_clocked_answered_or_held_with_its_reason(duty: Duty):
    met = DUTIES[duty.id]

    assert re.match(r"clocked\b|answered\b|held as data: \w", met), met
    assert met.startswith("clocked") == is_clocked(duty)


def test_both_documents_are_there_with_every_stage_of_the_value_stream():
    places = {row[0] for row in SENTENCES}

    assert len(CELLS) == len(ROWS) + len(SENTENCES), "a row has another number of cells"
    assert places >= {*STAGES, "SMV-01 value", "SMV-01 entry", "SMV-01 exit"}
    assert {row[0].split(" p.")[0] for row in ROWS} >= {"§1", "§3.4", "§4.6", "§5.6", "§6.3", "§7"}
