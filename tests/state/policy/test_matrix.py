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


def test_every_row_of_the_matrix_names_its_test_or_says_that_it_is_not_met():
    without = [
        row
        for *row, met, test in CELLS
        if not test.startswith("`tests/") and not (test == "–" and met.startswith("not met"))
    ]
    assert without == []


def test_every_file_that_the_matrix_names_is_there_and_a_test_holds_tests():
    named = {name for row in CELLS for name in re.findall(r"`([^`]+[.](?:py|md))`", str(row[-2:]))}
    tests = {name for row in CELLS for name in re.findall(r"`(tests/[^`]+)`", row[-1])}

    assert {name for name in named if not (ROOT / name).is_file()} == set()
    assert {name for name in tests if "def test_" not in (ROOT / name).read_text("utf-8")} == set()


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
