"""A policy change is a message in the log, whatever form the policy has."""

from pathlib import Path

import pytest

from state.company import Company
from state.messages import Policy, Tick
from state.screens.screens import clock_view

POLICIES = Path(__file__).parents[3] / "policies"
SVCE = (POLICIES / "svce-2017-05-10.yaml").read_text(encoding="utf-8")
DESK = (POLICIES / "desk-limits.yaml").read_text(encoding="utf-8")
STRESS = (POLICIES / "stress-scenarios.yaml").read_text(encoding="utf-8")


def policy(source: str, name: str = "svce") -> Policy:
    return Policy(policy=name, version="1", source=source)


@pytest.fixture
def company() -> Company:
    company = Company("svce")
    company.apply(policy(DESK, "desk-limits"), 1)
    company.apply(policy(SVCE), 2)
    company.apply(Tick(at_ns=1_000_000_000), 3)
    return company


def in_force(company: Company) -> list[str]:
    return clock_view(company).policies


def test_a_written_policy_is_in_force_beside_the_desk_limits(company: Company):
    assert in_force(company) == ["desk-limits 1", "svce 2017-05-10"]


def test_a_later_version_takes_the_place_of_the_one_before(company: Company):
    company.apply(policy(SVCE.replace('version: "2017-05-10"', 'version: "2"', 1)), 4)

    assert in_force(company) == ["desk-limits 1", "svce 2"]
    assert company.desk.policy_messages["svce"].source.count('version: "2"') == 1


@pytest.mark.parametrize(
    "source",
    [
        SVCE.replace("period: prompt_month\n", "period: next_winter\n", 1),
        SVCE.replace("version: ", "version:\nversion: ", 1),
        SVCE.replace("name: svce", "name: desk-limits", 1),
        DESK.replace("name: desk-limits", "name: svce", 1).replace("id: ", "id: other-"),
        STRESS,
        "",
    ],
    ids=["unknown period", "duplicate key", "name of the limits", "limits by its name", "stress",
         "empty"],
)  # fmt: skip
def test_a_policy_with_an_error_leaves_those_in_force_untouched_and_is_a_dead_letter(
    company: Company, source: str
):
    company.apply(policy(source), 4)

    assert in_force(company) == ["desk-limits 1", "svce 2017-05-10"]
    assert company.desk.written_policies["svce"].version == "2017-05-10"
    assert company.desk.feeds.dead_letters == 1


@pytest.mark.parametrize(
    ("source", "name"), [(SVCE, "svce"), (DESK, "desk-limits")], ids=["written", "limits"]
)
def test_another_text_under_a_version_that_is_in_force_is_refused_and_the_same_again_is_not(
    company: Company, source: str, name: str
):
    before = in_force(company)
    company.apply(policy(source, name), 4)
    assert company.desk.feeds.dead_letters == 0

    company.apply(policy(f"{source}# a word\n", name), 5)
    [(_, reason)] = company.refusals()
    assert "came again with another text" in reason
    assert "raise `version` in the file" in reason
    assert in_force(company) == before
    assert company.desk.policy_messages[name].source == source


@pytest.mark.parametrize("restarted", [False, True])
def test_a_version_that_was_in_force_comes_back_with_its_own_text_alone(
    company: Company, *, restarted: bool
):
    later = DESK.replace('version: "1"', 'version: "2"', 1)
    company.apply(policy(later, "desk-limits"), 4)
    if restarted:
        company = Company.restore(company.snapshot())
    company.apply(policy(f"{DESK}# a word\n", "desk-limits"), 5)
    assert in_force(company) == ["desk-limits 2", "svce 2017-05-10"]

    company.apply(policy(DESK, "desk-limits"), 6)
    assert in_force(company) == ["desk-limits 1", "svce 2017-05-10"]
    assert company.desk.feeds.dead_letters == 1


def test_a_written_policy_survives_a_restart(company: Company):
    again = Company.restore(company.snapshot())

    assert in_force(again) == in_force(company)
    assert again.desk.written_policies == company.desk.written_policies
    assert again.snapshot() == company.snapshot()


def test_a_written_policy_changes_no_limit_of_the_desk(company: Company):
    plain = Company("svce")
    plain.apply(policy(DESK, "desk-limits"), 1)

    assert company.desk.policies == plain.desk.policies
