"""Texts that no reader of policies may be hurt by."""

from __future__ import annotations

import pytest

from state.company import Company
from state.errors import ConfigError
from state.messages import Policy, StressScenarios
from state.policy.yaml_text import parse

DEEP = {
    "lists": "[" * 500,
    "closed lists": "[" * 500 + "]" * 500,
    "maps": "{a: " * 500 + "1" + "}" * 500,
    "blocks": "".join(f"{' ' * level}a:\n" for level in range(500)),
    "a key": "? " * 500 + "a",
    "as long as a record may be": "[" * 900_000,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_text_that_is_nested_too_deep_is_refused_by_its_line(text: str):
    with pytest.raises(ConfigError, match=r"line \d+: it is nested too deep"):
        parse(text)


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_policy_or_scenarios_nested_too_deep_are_refused_and_the_fold_goes_on(text: str):
    company = Company("company")
    company.apply(Policy(policy="x", version="1", source=text), 1)
    company.apply(StressScenarios(scenarios="x", version="1", source=text), 2)

    assert len(company.refusals()) == 2
    assert all("nested too deep" in reason for _, reason in company.refusals())


def test_the_line_break_that_ends_a_block_is_no_part_of_its_text():
    text = 'a: |\n  17:00\nb: >\n  two\n  words\n\nc: "x\\n"\n'
    assert parse(text).values == {"a": "17:00", "b": "two words", "c": "x"}


def test_what_is_nested_as_policies_are_is_read():
    assert parse("a: [{b: [[1]]}]").values == {"a": [{"b": [[1]]}]}
