from __future__ import annotations

from pathlib import Path

import pytest

from state.errors import ConfigError
from state.policy.stress import load_stress

SHIPPED = Path(__file__).parents[3] / "policies" / "stress-scenarios.yaml"
HEAD = 'name: mine\nversion: "1"\ntitle: Mine\nscenarios:\n'
SOUND = """\
  - id: spike
    title: Spike
    text: prices rise
    prices:
      - {run: RTD, hours: [18, 21], shift: 500}
"""


def test_the_shipped_file_holds_the_five_named_scenarios():
    file = load_stress(SHIPPED.read_text(encoding="utf-8"))

    assert [scenario.id for scenario in file.scenarios] == [
        "scarcity-evening",
        "negative-spring-noon",
        "hub-separation",
        "gas-spike",
        "load-plus-10",
    ]
    assert file.label == "stress-scenarios 1"


@pytest.mark.parametrize(
    ("shock", "said"),
    [
        ("{run: RTD, shift: 5, level: 9}", "line 9: a shock has shift and level; give exactly one"),
        ("{run: RTD}", "line 9: a shock has none of shift, level, percent"),
        ("{run: RTX, shift: 5}", "line 9: scenarios[0].prices[0].run: Invalid enum value 'RTX'"),
        ("{run: RTD, shift: 5, hour: 4}", "line 9: scenarios[0].prices[0].hour: unknown field"),
        ("{run: RTD, shift: 5, shift: 6}", "line 9: key shift appears twice"),
        ("{run: RTD, shift: .inf}", "line 9: shift is .inf"),
        ("{run: RTD, shift: 1000000}", "line 9: scenarios[0].prices[0].shift is '1000000'"),
        ("{run: RTD, shift: 5, hours: [21, 18]}", "line 9: hours go from 21 to 18"),
        ("{run: RTD, shift: 5, hours: [0, 25]}", "line 9: scenarios[0].prices[0].hours[0] is '0'"),
        ("{run: RTD, shift: 5, hubs: []}", "line 9: hubs is empty"),
        ("{run: RTD, shift: yes}", "line 9: shift is yes, which YAML reads as bool"),
    ],
)
def test_what_a_price_shock_may_not_say_is_named_with_its_line(shock: str, said: str):
    head = SOUND.replace("{run: RTD, hours: [18, 21], shift: 500}", shock)

    with pytest.raises(ConfigError) as refused:
        load_stress(HEAD + head)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("shocks", "said"),
    [
        ("forward:\n      - {shift: 5}", "line 9: a shock has none of months_ahead, months"),
        ("forward:\n      - {shift: 5, months: [2026-13]}", "line 9:"),
        ("forward:\n      - {shift: 5, months_ahead: [3, 1]}", "line 9: months_ahead go from 3"),
        ("forward:\n      - {shift: 5, months_ahead: [0, 1], blocks: [flat]}", "line 9:"),
        ("volumes:\n      - {percent: 5}", "line 9: a shock has none of kinds, resources"),
        ("volumes:\n      - {kinds: [load], percent: 5, limit_mw: 0}", "percent and limit_mw"),
        ("volumes:\n      - {kinds: [load], percent: -101}", "line 9:"),
        ("prices: []", "line 5: scenario spike moves nothing"),
    ],
)
def test_what_other_shocks_may_not_say_is_named_with_its_line(shocks: str, said: str):
    head = SOUND[: SOUND.index("prices:")] + shocks + "\n"

    with pytest.raises(ConfigError) as refused:
        load_stress(HEAD + head)

    assert said in str(refused.value)


def test_an_id_is_there_once():
    with pytest.raises(ConfigError, match="line 10: id spike appears twice; rename one"):
        load_stress(HEAD + SOUND + SOUND)


def test_a_file_without_scenarios_is_refused():
    with pytest.raises(ConfigError, match="there is no scenario"):
        load_stress(HEAD.replace("scenarios:", "scenarios: []"))
