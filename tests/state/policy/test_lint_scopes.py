"""A scope that a limit names is one there is, by itself or as a market's; another is a gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from state.limits import RULES
from state.policy.lint_scopes import Known, unknown_scopes
from state.policy.load import load

POLICIES = Path(__file__).parents[3] / "policies"
NAMES: Known = {
    "firm": ["caiso/firm", "spp/firm"],
    "book": ["load", "desk/virtuals", "firm"],
    "hub": ["SP15", "NP15"],
    "counterparty": [f"CP-{number}" for number in range(20)],
    "figure": ["value"],
}


def told(rule: str, scope: str, names: Known = NAMES) -> list[str]:
    """Return what is said of a limit of a rule on a scope, or on none."""
    own = f"{{scope: {scope}, {RULES[rule].edges[0]}: 1}}" if scope else ""
    text = f"""
name: own
version: "1"
title: one limit
limits:
  - {{id: one, rule: {rule}, title: t, clause: §1, unit: {RULES[rule].unit}, warn_at: 0.8,
     clear_at: 0.95, materiality: material, scopes: [{scope}],
     own: [{own}]}}
"""
    return [remark.what for remark in unknown_scopes(load(text), names)]


@pytest.mark.parametrize(
    ("rule", "scope"),
    [
        ("stop_loss", "load"),
        ("var", "firm"),
        ("var", "virtuals"),  # reaches desk/virtuals
        ("price_spike", "SP15"),
        ("credit_owed", "CP-3"),
        ("drift", "value"),
        ("reconciled_contracts", "anything"),  # made of what comes
    ],
)
def test_a_scope_there_is_is_no_remark(rule: str, scope: str):
    assert told(rule, scope) == []


def test_a_limit_without_a_scope_binds_nothing_and_says_so():
    assert told("var", "") == ["it has no scope; name some, or leave scopes out for all"]


@pytest.mark.parametrize(
    ("rule", "scope", "what"),
    [
        ("stop_loss", "laod", "no book is called laod; did you mean load?"),
        ("var", "desk", "no book is called desk; "),  # there are limits of books and the firm alone
        ("spread_spike", "sp15", "no hub is called sp15; did you mean SP15?"),
        ("credit_owed", "CP-33", "no counterparty is called CP-33; did you mean CP-"),
        ("drift", "values", "no figure is called values; did you mean value?"),
    ],
)
def test_a_scope_that_nobody_knows_is_told_once_with_what_may_be_meant(
    rule: str, scope: str, what: str
):
    (found,) = told(rule, scope)
    assert found.startswith(what)
    assert told(rule, scope, {}) == [], "nothing is known of what there is"


def test_of_many_names_a_few_are_listed():
    (found,) = told("credit_owed", "nobody")
    assert found.endswith(
        "there are CP-0, CP-1, CP-10, CP-11, CP-12, CP-13, CP-14, CP-15 and 12 more"
    )


def test_the_shipped_limits_name_what_there_is():
    for name in ("desk-limits", "counterparty-limits", "data-limits", "close-limits"):
        policy = load((POLICIES / f"{name}.yaml").read_text(encoding="utf-8"))
        assert list(unknown_scopes(policy, NAMES)) == []
