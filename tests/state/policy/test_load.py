"""A policy is read whole, or refused with the line, the field, the value and the remedy."""

from pathlib import Path

import pytest

from state.errors import ConfigError
from state.policy.load import load
from state.policy.schema import Edges, Materiality, Provenance, edge_of

SHIPPED = Path(__file__).parents[3] / "policies" / "desk-limits.yaml"

GOOD = """\
name: test-limits
version: "7"
title: Limits of a test
feeds:
  - {feed: RTD, cadence_seconds: 300, stale_after_seconds: 900}
limits:
  - id: spread
    rule: spread_spike
    title: Spread
    clause: test limits §1
    unit: $/MWh
    ceiling: 100
    warn_at: 0.8
    clear_at: 0.95
    materiality: minor
  - id: coverage
    rule: coverage
    title: Coverage
    clause: test limits §2
    unit: ratio
    floor: 0.9
    ceiling: 1.1
    warn_at: 0.8
    clear_at: 0.95
    materiality: material
    provenance: likely
    scopes: [firm, retail]
    own:
      - {scope: retail, floor: 0.8}
  - id: age
    rule: feed_age
    title: Age
    clause: test limits §3
    unit: s
    warn_at: 0.7
    clear_at: 1.0
    materiality: material
"""


def test_the_shipped_policy_is_read_and_cites_a_clause_for_every_limit():
    policy = load(SHIPPED.read_text(encoding="utf-8"))

    assert policy.label == "desk-limits 1"
    assert {limit.rule for limit in policy.limits} == {
        "coverage", "stop_loss", "var", "price_spike", "spread_spike", "feed_age",
        "var_exceptions", "var_conditional_coverage", "drift",
    }  # fmt: skip
    assert all(limit.clause.startswith("desk limits §") for limit in policy.limits)


def test_a_scope_has_its_own_numbers_and_the_limits_for_the_rest():
    coverage = load(GOOD).limits[1]

    assert coverage.edges_of("firm") == Edges(floor=0.9, ceiling=1.1)
    assert coverage.edges_of("retail") == Edges(floor=0.8, ceiling=1.1)
    assert coverage.binds("retail")
    assert not coverage.binds("hedges")
    assert coverage.provenance is Provenance.LIKELY
    assert coverage.materiality is Materiality.MATERIAL


def test_a_feed_age_limit_takes_its_numbers_from_the_feeds_whatever_the_market():
    policy = load(GOOD)
    age = policy.limits[2]

    assert age.binds("caiso/RTD")
    assert not age.binds("caiso/DA")
    assert age.edges_of("spp/RTD") == Edges(ceiling=900.0)
    assert policy.feed("spp/RTD").cadence_seconds == 300
    assert policy.feed("curve") is None


def test_numbers_make_the_kind_of_edge_they_can():
    assert edge_of(Edges(floor=1.0, ceiling=2.0)) == "band"
    assert edge_of(Edges(loss=1.0)) == "loss"
    assert edge_of(Edges()) is None
    assert edge_of(Edges(floor=1.0, loss=2.0)) is None


BAD = {
    "empty": (GOOD, "", "line 1: the file is empty; write it as the documentation shows"),
    "not yaml": ("limits:\n", "limits: [\n", "line 7: not YAML"),
    "tab": ("    title: Spread", "\ttitle: Spread", "line 9: not YAML"),
    "two documents": ("feeds:\n", "---\nfeeds:\n", "line 4: not YAML: but found another document"),
    "duplicate key": (
        "    unit: $/MWh\n",
        "    unit: $/MWh\n    unit: $\n",
        "line 12: key unit appears twice in limits[0]; keep one of them",
    ),
    "anchor": ("ceiling: 100", "ceiling: &top 100", "line 12: anchor 'top' is not allowed"),
    "alias": ("ceiling: 100", "ceiling: *top", "line 12: alias 'top' is not allowed"),
    "tag": ("title: Spread", "title: !!str Spread", "line 9: tag '!!str' is not allowed"),
    "control character": (
        "title: Spread",
        "title: § \x07Spread",
        "line 9: not YAML: character U+0007 is not allowed; take it out",
    ),
    "clock time": (
        'version: "7"',
        "version: 12:30",
        "line 2: version is 12:30, which YAML reads as int; quote it",
    ),
    "date": (
        'version: "7"',
        "version: 2026-09-08",
        "line 2: version is 2026-09-08, which YAML reads as timestamp",
    ),
    "bare no": (
        "title: Age",
        "title: no",
        "line 32: title is no, which YAML reads as bool; quote it",
    ),
    "bare on": (
        "clause: test limits §3",
        "clause: on",
        "line 33: clause is on, which YAML reads as bool",
    ),
    "key yes": (
        "title: Age",
        "yes: Age",
        "line 32: key in limits[2] is yes, which YAML reads as bool",
    ),
    "octal": ("ceiling: 100", "ceiling: 0100", "line 12: ceiling is 0100, which YAML reads as int"),
    "underscore": (
        "ceiling: 100",
        "ceiling: 1_000",
        "line 12: ceiling is 1_000, which YAML reads as int",
    ),
    "null": ("ceiling: 100", "ceiling:", "line 12: ceiling is empty, which YAML reads as null"),
    "infinity": (
        "ceiling: 100",
        "ceiling: .inf",
        "line 12: ceiling is .inf, which YAML reads as float",
    ),
    "number key": ("title: Age", "7: Age", "line 32: key 7 in limits[2] is no name; quote it"),
    "mapping for a key": (
        "title: Age",
        "{title}: Age",
        "line 32: a key in limits[2] is a list or a mapping; write a name",
    ),
    "unknown field with a dot": (
        "ceiling: 100",
        "the.ceiling: 100",
        "line 12: limits[0].the.ceiling: unknown field",
    ),
    "unknown field": (
        "ceiling: 100",
        "celing: 100",
        "line 12: limits[0].celing: unknown field; docs/limits.md",
    ),
    "unknown field of the policy": (
        "feeds:\n",
        "fedes: 1\nfeeds:\n",
        "line 4: fedes: unknown field",
    ),
    "missing field": (
        "    clause: test limits §2\n",
        "",
        "line 16: limits[1]: Object missing required field `clause`",
    ),
    "number for text": (
        'version: "7"',
        "version: 7",
        "line 2: version is '7': Expected `str`, got `int`",
    ),
    "text for number": (
        "ceiling: 100",
        "ceiling: much",
        "line 12: limits[0].ceiling is 'much': Expected `float | null`",
    ),
    "warn above 1": (
        "warn_at: 0.7",
        "warn_at: 1.2",
        "line 35: limits[2].warn_at is '1.2': Expected `float` <= 1.0",
    ),
    "clear of 0": (
        "clear_at: 1.0",
        "clear_at: 0",
        "line 36: limits[2].clear_at is '0': Expected `float` > 0.0",
    ),
    "severity": (
        "materiality: minor",
        "materiality: mild",
        "line 15: limits[0].materiality: Invalid enum value 'mild'",
    ),
    "identifier": (
        "id: spread",
        "id: Spread 1",
        "line 7: limits[0].id is 'Spread 1': Expected `str` matching regex",
    ),
    "scopes": (
        "scopes: [firm, retail]",
        "scopes: any",
        "line 27: limits[1].scopes: Invalid enum value 'any'",
    ),
    "unknown rule": (
        "rule: coverage",
        "rule: cover",
        "line 17: rule of coverage is cover; use one of coverage, stop_loss",
    ),
    "wrong unit": (
        "unit: ratio",
        "unit: MW",
        "line 20: unit of coverage is MW; rule coverage counts in ratio",
    ),
    "wrong edge": (
        "ceiling: 100",
        "floor: 100",
        "line 7: spread has floor; rule spread_spike takes a ceiling",
    ),
    "no edge": (
        "    ceiling: 100\n",
        "",
        "line 7: spread has no number; rule spread_spike takes a ceiling",
    ),
    "negative": (
        "ceiling: 100",
        "ceiling: -5",
        "line 12: ceiling of spread is -5; write it as 0 or more",
    ),
    "floor above ceiling": (
        "floor: 0.9",
        "floor: 1.9",
        "line 21: floor of coverage is 1.9, above its ceiling 1.1",
    ),
    "own floor above ceiling": (
        "floor: 0.8",
        "floor: 1.8",
        "line 29: floor of coverage is 1.8, above its ceiling 1.1",
    ),
    "own scope not bound": (
        "scope: retail",
        "scope: hedges",
        "line 29: own scope hedges of coverage is not among its scopes",
    ),
    "repeated id": ("id: age", "id: spread", "line 30: id spread appears twice; rename one"),
    "stale before cadence": (
        "stale_after_seconds: 900",
        "stale_after_seconds: 200",
        "line 5: stale_after_seconds of RTD is 200; make it at least",
    ),
    "feed limit with a number": (
        "unit: s\n",
        "unit: s\n    ceiling: 5\n",
        "line 30: age has numbers of its own; take the numbers out",
    ),
    "feed limit of no feed": (
        "unit: s\n",
        "unit: s\n    scopes: [GAS]\n",
        "line 35: scope GAS of age is no feed of this policy; add it under feeds",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_policy_is_refused_with_its_line_and_the_remedy(name: str):
    good, bad, expected = BAD[name]
    assert GOOD.count(good) == 1

    with pytest.raises(ConfigError) as refused:
        load(GOOD.replace(good, bad))

    assert str(refused.value).startswith(expected)
    assert ";" in str(refused.value)


def test_scopes_with_different_kinds_of_edges_are_two_limits():
    own = "      - {scope: retail, floor: 0.8}\n"
    text = GOOD.replace("    floor: 0.9\n    ceiling: 1.1\n", "")
    text = text.replace(own, f"{own}      - {{scope: firm, ceiling: 1.2}}\n")

    with pytest.raises(ConfigError, match=r"scopes of coverage have different kinds of edges"):
        load(text)


def test_the_edge_of_a_limit_is_that_of_its_scopes():
    coverage, age = load(GOOD).limits[1:]

    assert (coverage.edge, age.edge) == ("band", "ceiling")


def test_numbers_may_all_be_the_scopes_own():
    text = GOOD.replace("    floor: 0.9\n    ceiling: 1.1\n", "")
    text = text.replace("[firm, retail]", "[retail]")

    assert load(text).limits[1].edges_of("retail") == Edges(floor=0.8)
