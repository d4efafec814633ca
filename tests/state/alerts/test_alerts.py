"""Readings become states, states become cases: the rules of DESIGN.md section 3, "Limits"."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.alerts.alerts import Alerts
from state.errors import ConfigError, StateError
from state.limits import RULES
from state.limits.reading import Cause, Reading
from state.messages import Action, ActionKind
from state.policy.load import load
from state.screens.views import Transition
from state.wire import decode_state, encode_state

HOUR_NS = 3_600_000_000_000
PRICE = Cause(kind="price", key="price/caiso/RTD/1", text="RTD prices of 18:05")
TRADE = Cause(kind="trade", key="trade/etrm/T-7/1", text="trade T-7", active=True)
ADOPTED = Cause(kind="policy", key="policy/test-limits", text="policy test-limits 1")

POLICY = """\
name: test-limits
version: "1"
title: Limits of a test
feeds:
  - {feed: RTD, cadence_seconds: 300, stale_after_seconds: 900}
  - {feed: DA, cadence_seconds: 86400, stale_after_seconds: 108000}
limits:
  - {id: spike, rule: price_spike, title: Spike, clause: test limits §1, unit: $/MWh,
     ceiling: 100, warn_at: 0.8, clear_at: 0.9, materiality: minor}
  - {id: coverage, rule: coverage, title: Coverage, clause: test limits §2, unit: ratio,
     floor: 0.9, ceiling: 1.1, warn_at: 0.8, clear_at: 0.95, materiality: material, scopes: [firm]}
  - {id: feed-age, rule: feed_age, title: Age of a feed, clause: test limits §3, unit: s,
     warn_at: 0.7, clear_at: 1.0, materiality: material}
"""


def alerts_under(policy: str = POLICY):
    alerts = Alerts()
    alerts.adopt(load(policy), ADOPTED, 0, 1)
    return alerts


def prices(
    values: dict[str, float],
    *,
    unknown: dict[str, str] | None = None,
    applicable: dict[str, bool] | None = None,
    inputs: str = "caiso/RTD",
):
    """A reading of prices by hub: {scope: value}."""
    count = len(values)
    return Reading(
        figure="rtd_price",
        unit="$/MWh",
        scopes=tuple(values),
        periods=("",) * count,
        period_starts_ns=(0,) * count,
        period_ends_ns=(0,) * count,
        values=np.array(list(values.values()), dtype=np.float64),
        unknown=tuple((unknown or {}).get(scope, "") for scope in values),
        applicable=np.array([(applicable or {}).get(scope, True) for scope in values]),
        inputs=(inputs,) * count,
    )


def coverage(values: list[float], *, unknown: tuple[str, ...] = (), inputs: str = "caiso/RTD,load"):
    """A reading of coverage by hour of 2026-09-08: [HE01, HE02, …]; hour n ends at n hours."""
    count = len(values)
    return Reading(
        figure="coverage",
        unit="ratio",
        scopes=("firm",) * count,
        periods=tuple(f"2026-09-08 HE{hour + 1:02d}" for hour in range(count)),
        period_starts_ns=tuple(hour * HOUR_NS for hour in range(count)),
        period_ends_ns=tuple((hour + 1) * HOUR_NS for hour in range(count)),
        values=np.array(values, dtype=np.float64),
        unknown=tuple(unknown) or ("",) * count,
        applicable=np.ones(count, dtype=np.bool_),
        inputs=(inputs,) * count,
    )


def age(seconds: float, *, feed: str = "caiso/RTD", unknown: str = ""):
    return Reading(
        figure="feed_age",
        unit="s",
        scopes=(feed,),
        periods=("",),
        period_starts_ns=(0,),
        period_ends_ns=(0,),
        values=np.array([seconds], dtype=np.float64),
        unknown=(unknown,),
        applicable=np.array([True]),
        inputs=(feed,),
    )


def changes(transitions: list[Transition]):
    return [transition.change for transition in transitions]


def act(
    alerts: Alerts,
    kind: str,
    case: str,
    *,
    text: str = "",
    resolution: str = "",
    position: int = 99,
):
    action = Action(
        action=f"{kind}-{case}",
        action_kind=kind,
        case=case,
        actor="risk",
        at_ns=50,
        text=text,
        resolution=resolution,
    )
    return alerts.refusal(action), alerts.act(action, position)


def close(alerts: Alerts, case: str):
    refusal, transitions = act(
        alerts, ActionKind.CLOSE, case, text="unit trip", resolution="bought 50 MW"
    )
    assert not refusal
    return transitions


def state_of(alerts: Alerts, limit: str, scope: str = "SP15"):
    return next(row for row in alerts.rows() if row.limit == limit and row.scope == scope)


# States and hysteresis ----------------------------------------------------------------------

STEPS = [
    # value, state, change: warns at 80, clears below 72; breaks above 100, clears below 90
    (79.9, "ok", []),
    (80.0, "warn", ["warned"]),
    (72.1, "warn", []),
    (71.9, "ok", ["resolved"]),
    (79.9, "ok", []),
    (100.0, "warn", ["reopened"]),
    (100.1, "breach", ["breached"]),
    (100.0, "breach", []),
    (90.0, "breach", []),
    (89.9, "warn", ["eased"]),
    (101.0, "breach", ["breached"]),
    (75.0, "warn", ["eased"]),
    (10.0, "ok", ["resolved"]),
    (500.0, "breach", ["reopened"]),
    (-50.0, "ok", ["resolved"]),
]


def test_states_warn_break_and_clear_at_their_marks():
    alerts = alerts_under()
    seen = []
    for at, (value, _, _) in enumerate(STEPS):
        transitions = alerts.read(prices({"SP15": value}), PRICE, at, at)
        seen.append((value, state_of(alerts, "spike").state, changes(transitions)))

    assert seen == STEPS


def test_a_state_is_dated_from_its_entry_not_from_its_last_reading():
    alerts = alerts_under()
    for at, value in enumerate((50.0, 120.0, 130.0, 125.0), 1):
        alerts.read(prices({"SP15": value}), PRICE, at, at)

    assert state_of(alerts, "spike").since_ns == 2


def test_equal_readings_change_nothing():
    alerts = alerts_under()
    for value in (50.0, 85.0, 150.0, 92.0):
        alerts.read(prices({"SP15": value}), PRICE, 1, 1)
        before = everything(alerts)

        assert alerts.read(prices({"SP15": value}), TRADE, 2, 2) == []
        assert everything(alerts) == before


def test_a_reading_in_another_unit_is_refused():
    reading = prices({"SP15": 1.0})
    wrong = Reading(**{name: getattr(reading, name) for name in Reading.__slots__} | {"unit": "$"})

    with pytest.raises(StateError, match=r"rtd_price is read in \$, spike in \$/MWh"):
        alerts_under().read(wrong, PRICE, 1, 1)


def test_a_limit_never_read_shows_as_unknown_and_opens_no_case():
    alerts = alerts_under()

    assert {row.state for row in alerts.rows()} == {"unknown"}
    assert {row.reason for row in alerts.rows()} >= {"no reading of rtd price yet"}
    assert alerts.total == 3
    assert alerts.cases() == []


# Cases --------------------------------------------------------------------------------------


def test_a_case_tells_what_happened_and_why():
    alerts = alerts_under()
    alerts.read(prices({"SP15": 50.0}), PRICE, 1, 10)
    (transition,) = alerts.read(prices({"SP15": 130.0}), TRADE, 7, 11)
    row = transition.row

    assert (transition.sequence, transition.at_ns, transition.position) == (1, 7, 11)
    assert not transition.timing
    assert (row.limit, row.scope, row.period, row.clause) == ("spike", "SP15", "", "test limits §1")
    assert (row.severity, row.condition, row.status) == ("breach", "firing", "open")
    assert row.policy == "test-limits 1"
    assert row.materiality == "minor"
    assert row.headline == "RTD price at SP15 $130.00/MWh > $100/MWh"
    assert (row.value_text, row.limit_text) == ("$130.00/MWh", "$100/MWh")
    assert (row.passive, row.cause, row.cause_key) == (False, "trade T-7", "trade/etrm/T-7/1")
    assert row.attribution == [("trade", 80.0)]
    assert (row.opened_ns, row.opened_position) == (7, 11)
    assert state_of(alerts, "spike").case == row.case


def test_a_breach_that_a_price_caused_is_passive_even_after_a_trade():
    alerts = alerts_under()
    alerts.read(prices({"SP15": 50.0}), TRADE, 1, 1)
    (transition,) = alerts.read(prices({"SP15": 130.0}), PRICE, 2, 2)

    assert transition.row.passive


def test_attribution_decomposes_the_change_since_the_limit_was_last_ok():
    alerts = alerts_under()
    load_moved = Cause(kind="load", key="forecast/load", text="load forecast")
    for value, cause in (
        (40.0, PRICE),
        (60.0, TRADE),  # still ok: this is where the decomposition starts
        (85.0, PRICE),
        (95.0, load_moved),
        (90.0, PRICE),
        (170.0, TRADE),
    ):
        alerts.read(prices({"SP15": value}), cause, 1, 1)

    (row,) = alerts.cases()
    assert row.attribution == [("trade", 80.0), ("price", 20.0), ("load", 10.0)]
    assert sum(share for _, share in row.attribution) == 170.0 - 60.0


def test_a_new_breach_before_the_closing_reopens_the_same_case():
    alerts = alerts_under()
    opened = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    alerts.read(prices({"SP15": 10.0}), PRICE, 2, 2)
    reopened = alerts.read(prices({"SP15": 140.0}), PRICE, 3, 3)

    assert changes(reopened) == ["reopened"]
    assert reopened[0].case == opened[0].case
    assert reopened[0].sequence == 3
    assert len(alerts.cases()) == 1


def test_after_the_closing_the_next_breach_is_a_new_case():
    alerts = alerts_under()
    opened = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    alerts.read(prices({"SP15": 10.0}), PRICE, 2, 2)
    assert changes(close(alerts, opened[0].case)) == ["closed"]
    again = alerts.read(prices({"SP15": 130.0}), PRICE, 3, 3)

    assert changes(again) == ["breached"]
    assert again[0].case != opened[0].case
    assert [row.status for row in alerts.cases()] == ["open", "closed"]


def test_case_ids_are_the_same_in_every_run_and_differ_between_identities():
    runs = []
    for _ in range(2):
        alerts = alerts_under()
        alerts.read(prices({"SP15": 130.0, "NP15": 130.0}), PRICE, 1, 1)
        runs.append([row.case for row in alerts.cases()])

    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 2


def test_the_worst_severity_stays_and_a_worse_one_undoes_the_acknowledgement():
    alerts = alerts_under()
    (warned,) = alerts.read(prices({"SP15": 85.0}), PRICE, 1, 1)
    act(alerts, ActionKind.ACKNOWLEDGE, warned.case)
    assert alerts.cases()[0].status == "acknowledged"

    (breached,) = alerts.read(prices({"SP15": 130.0}), PRICE, 2, 2)
    assert breached.case == warned.case
    assert (breached.row.severity, breached.row.status) == ("breach", "open")
    assert breached.row.acknowledged_by == ""

    (eased,) = alerts.read(prices({"SP15": 85.0}), PRICE, 3, 3)
    assert eased.row.severity == "breach"


def test_an_open_case_shows_its_latest_value_and_a_resolved_one_what_it_was_about():
    alerts = alerts_under()
    alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    assert alerts.read(prices({"SP15": 180.0}), PRICE, 2, 2) == []
    assert alerts.cases()[0].headline == "RTD price at SP15 $180.00/MWh > $100/MWh"

    (resolved,) = alerts.read(prices({"SP15": 20.0}), PRICE, 3, 3)
    assert resolved.row.condition == "resolved"
    assert resolved.row.headline == "RTD price at SP15 $130.00/MWh > $100/MWh"
    assert resolved.row.value_text == "$20.00/MWh"
    assert alerts.cases()[0].status == "open"


def test_looking_at_the_cases_changes_nothing():
    watched, unwatched = alerts_under(), alerts_under()
    for at, value in enumerate((130.0, 180.0, 85.0, 88.0, 20.0), 1):
        left = watched.read(prices({"SP15": value}), PRICE, at, at)
        right = unwatched.read(prices({"SP15": value}), PRICE, at, at)
        watched.cases()
        watched.rows()

        assert left == right
        assert encode_state(watched.snapshot()) == encode_state(unwatched.snapshot())


def test_a_transition_keeps_its_row_when_the_case_goes_on():
    alerts = alerts_under()
    (warned,) = alerts.read(prices({"SP15": 85.0}), PRICE, 1, 1)
    act(alerts, ActionKind.COMMENT, warned.case, text="looking")
    alerts.read(prices({"SP15": 130.0}), PRICE, 2, 2)

    assert (warned.row.severity, warned.row.comments) == ("warn", [])


def test_readings_of_different_scopes_keep_their_own_reasons_and_feeds():
    alerts = alerts_under()
    for scope in ("SP15", "NP15"):
        alerts.read(prices({scope: 1.0}, unknown={scope: "no price"}), PRICE, 1, 1)

    assert state_of(alerts, "spike", "NP15").reason == "no price"
    assert changes(alerts.read(age(901.0), PRICE, 2, 2)) == ["breached"]
    assert alerts.cases()[0].members == ["spike NP15", "spike SP15"]


# What people do -----------------------------------------------------------------------------


def test_people_acknowledge_assign_comment_and_close():
    alerts = alerts_under()
    (opened,) = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    for kind, text in ((ActionKind.ACKNOWLEDGE, ""), (ActionKind.ASSIGN, "desk"),
                       (ActionKind.COMMENT, "calling the ISO")):  # fmt: skip
        refusal, transitions = act(alerts, kind, opened.case, text=text, position=40)
        assert refusal == ""
        assert [(done.at_ns, done.position) for done in transitions] == [(50, 40)]
    alerts.read(prices({"SP15": 10.0}), PRICE, 60, 60)
    (closed,) = close(alerts, opened.case)

    row = closed.row
    assert (row.status, row.acknowledged_by, row.acknowledged_ns) == ("closed", "risk", 50)
    assert (row.assigned_to, row.root_cause, row.resolution) == (
        "desk",
        "unit trip",
        "bought 50 MW",
    )
    assert row.comments == [
        "1970-01-01 00:00:00 UTC risk: calling the ISO",
        "1970-01-01 00:00:00 UTC risk: closed",
    ]
    assert closed.sequence == 6


@pytest.mark.parametrize(
    ("kind", "text", "resolution", "reason"),
    [
        (ActionKind.CLOSE, "trip", "bought", "is firing; close it once the limit is kept"),
        (ActionKind.ASSIGN, " ", "", "lacks the assignee (text); write it"),
        (ActionKind.COMMENT, "", "", "lacks the comment (text); write it"),
    ],
)
def test_an_action_that_cannot_be_is_refused_with_its_reason(
    kind: str, text: str, resolution: str, reason: str
):
    alerts = alerts_under()
    (opened,) = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    cases = alerts.cases()

    refusal, transitions = act(alerts, kind, opened.case, text=text, resolution=resolution)

    assert refusal.endswith(reason)
    assert transitions == []
    assert alerts.cases() == cases


@pytest.mark.parametrize(("text", "resolution"), [("", "bought"), ("trip", " ")])
def test_a_case_is_closed_only_with_root_cause_and_resolution(text: str, resolution: str):
    alerts = alerts_under()
    (opened,) = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    alerts.read(prices({"SP15": 10.0}), PRICE, 2, 2)

    refusal, transitions = act(
        alerts, ActionKind.CLOSE, opened.case, text=text, resolution=resolution
    )

    assert f"close of case {opened.case} lacks the" in refusal
    assert transitions == []


def test_a_second_acknowledgement_and_an_unknown_case_are_refused():
    alerts = alerts_under()
    (opened,) = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    act(alerts, ActionKind.ACKNOWLEDGE, opened.case)

    assert "already acknowledged by risk" in act(alerts, ActionKind.ACKNOWLEDGE, opened.case)[0]
    assert act(alerts, ActionKind.ACKNOWLEDGE, "nope")[0].startswith("case nope is not open")


# UNKNOWN ------------------------------------------------------------------------------------


def test_unknown_opens_a_case_of_its_own_and_keeps_the_last_value():
    alerts = alerts_under()
    alerts.read(prices({"SP15": 50.0}), PRICE, 1, 1)
    (unknown,) = alerts.read(prices({"SP15": 60.0}, unknown={"SP15": "no price"}), PRICE, 2, 2)
    row = state_of(alerts, "spike")

    assert unknown.change == "unknown"
    assert (unknown.row.severity, unknown.row.condition) == ("unknown", "unknown")
    assert unknown.row.headline == "RTD price at SP15 unknown: no price"
    assert (row.state, row.standing, row.reason) == ("unknown", "ok", "no price")
    assert row.value_text == "$50.00/MWh (last known)"
    assert np.isnan(row.utilisation)
    assert np.isnan(row.headroom)


def test_unknown_never_hides_or_closes_an_open_breach():
    alerts = alerts_under()
    (breached,) = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    (unknown,) = alerts.read(prices({"SP15": 20.0}, unknown={"SP15": "no price"}), PRICE, 2, 2)
    row = state_of(alerts, "spike")

    assert unknown.case == breached.case
    assert (unknown.row.severity, unknown.row.condition) == ("breach", "unknown")
    assert unknown.row.headline.endswith("unknown: no price; still in breach")
    assert (row.state, row.standing) == ("unknown", "breach")
    assert alerts.rows()[0].scope == "SP15"
    assert (
        "is unknown; close it once"
        in act(alerts, ActionKind.CLOSE, breached.case, text="x", resolution="y")[0]
    )

    (known,) = alerts.read(prices({"SP15": 95.0}), PRICE, 3, 3)
    assert (known.change, known.row.condition) == ("known", "firing")


def test_what_becomes_known_says_how_it_stands():
    for value, change in ((50.0, "resolved"), (85.0, "warned"), (130.0, "breached")):
        alerts = alerts_under()
        alerts.read(prices({"SP15": 1.0}, unknown={"SP15": "no price"}), PRICE, 1, 1)
        assert changes(alerts.read(prices({"SP15": value}), PRICE, 2, 2)) == [change]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_unknown(value: float):
    alerts = alerts_under()

    (unknown,) = alerts.read(prices({"SP15": value}), PRICE, 1, 1)

    assert unknown.row.headline == "RTD price at SP15 unknown: the value is no number"


def test_not_applicable_is_no_breach_and_ends_one():
    alerts = alerts_under()
    nothing = prices({"SP15": 500.0}, applicable={"SP15": False})
    assert alerts.read(nothing, PRICE, 1, 1) == []
    assert state_of(alerts, "spike").state == "not_applicable"
    assert np.isnan(state_of(alerts, "spike").value)

    alerts.read(prices({"SP15": 500.0}), PRICE, 2, 2)
    assert changes(alerts.read(nothing, PRICE, 3, 3)) == ["resolved"]


def test_what_is_unknown_is_not_believed_to_be_not_applicable():
    alerts = alerts_under()
    alerts.read(prices({"SP15": 500.0}), PRICE, 1, 1)
    doubtful = prices({"SP15": 1.0}, applicable={"SP15": False}, unknown={"SP15": "no load"})

    assert changes(alerts.read(doubtful, PRICE, 2, 2)) == ["unknown"]
    assert state_of(alerts, "spike").standing == "breach"


# Periods ------------------------------------------------------------------------------------


def test_the_condition_expires_with_the_period_and_the_case_stays_open():
    alerts = alerts_under()
    opened = alerts.read(coverage([0.5, 0.5]), PRICE, 1, 1)
    assert changes(opened) == ["breached", "breached"]

    assert alerts.expire(HOUR_NS - 1, 2) == []
    (expired,) = alerts.expire(HOUR_NS, 3)
    assert (expired.change, expired.row.condition, expired.row.status) == (
        "expired", "expired", "open",
    )  # fmt: skip
    assert expired.row.period == "2026-09-08 HE01"
    assert alerts.expire(HOUR_NS, 4) == []
    assert [row.period for row in alerts.rows() if row.limit == "coverage"] == ["2026-09-08 HE02"]
    assert changes(close(alerts, expired.case)) == ["closed"]


def test_an_hour_that_is_over_is_read_no_more():
    alerts = alerts_under()
    alerts.read(coverage([0.5, 1.0]), PRICE, 1, 1)

    assert changes(alerts.read(coverage([0.4, 1.0]), PRICE, HOUR_NS, 2)) == ["expired"]
    assert alerts.read(coverage([0.3, 1.0]), PRICE, HOUR_NS + 1, 3) == []
    assert changes(alerts.read(coverage([0.3, 0.3]), PRICE, HOUR_NS + 2, 4)) == ["breached"]


# Feeds --------------------------------------------------------------------------------------


def test_a_dead_feed_is_one_case_with_its_limits_as_members():
    alerts = alerts_under()
    alerts.read(coverage([1.0, 1.0]), PRICE, 1, 1)
    (dead,) = alerts.read(age(901.0), PRICE, 2, 2)
    assert (dead.change, dead.timing, dead.row.members) == ("breached", True, [])

    stale = "RTD is stale"
    silent = alerts.read(coverage([1.0, 1.0], unknown=(stale, stale)), PRICE, 3, 3)
    silent += alerts.read(prices({"SP15": 1.0}, unknown={"SP15": stale}), PRICE, 3, 3)

    assert silent == []
    (case,) = alerts.cases()
    assert case.members == [
        "coverage firm 2026-09-08 HE01", "coverage firm 2026-09-08 HE02", "spike SP15",
    ]  # fmt: skip
    assert {row.state for row in alerts.rows() if row.limit != "feed-age"} == {"unknown"}


def test_an_open_breach_stays_a_case_of_its_own_behind_a_dead_feed():
    alerts = alerts_under()
    (breached,) = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    (dead,) = alerts.read(age(901.0), PRICE, 2, 2)
    (unknown,) = alerts.read(prices({"SP15": 130.0}, unknown={"SP15": "stale"}), PRICE, 3, 3)

    assert unknown.case == breached.case
    by_id = {row.case: row for row in alerts.cases()}
    assert by_id[breached.case].severity == "breach"
    assert by_id[dead.case].members == ["spike SP15"]


def test_what_was_unknown_before_its_feed_died_is_named_when_it_dies():
    alerts = alerts_under()
    alerts.read(prices({"SP15": 1.0}, unknown={"SP15": "stale"}), PRICE, 1, 1)
    (dead,) = alerts.read(age(901.0), PRICE, 2, 2)

    assert dead.row.members == ["spike SP15"]


def test_what_stays_unknown_when_its_feed_returns_gets_a_case_of_its_own():
    alerts = alerts_under()
    unknown = prices({"SP15": 1.0}, unknown={"SP15": "stale"})
    alerts.read(age(901.0), PRICE, 1, 1)
    assert alerts.read(unknown, PRICE, 2, 2) == []
    assert changes(alerts.read(age(1.0), PRICE, 3, 3)) == ["resolved"]

    assert changes(alerts.read(unknown, PRICE, 4, 4)) == ["unknown"]


def test_a_feed_that_never_came_folds_as_a_dead_one_and_another_feed_does_not():
    alerts = alerts_under()
    alerts.read(age(0.0, feed="caiso/DA", unknown="nothing received yet"), PRICE, 1, 1)
    assert alerts.cases()[0].members == []
    assert alerts.read(age(0.0, feed="caiso/DA", unknown="nothing"), PRICE, 1, 1) == []
    by_da = prices({"SP15": 1.0}, unknown={"SP15": "x"}, inputs="load,caiso/DA")
    by_rtd = prices({"NP15": 1.0}, unknown={"NP15": "x"}, inputs="caiso/RTD")

    assert alerts.read(by_da, PRICE, 2, 2) == []
    assert changes(alerts.read(by_rtd, PRICE, 2, 2)) == ["unknown"]


def test_a_feed_that_dies_again_lists_only_who_stands_behind_it_now():
    alerts = alerts_under()
    for reading in (age(901.0), prices({"SP15": 1.0}, unknown={"SP15": "stale"}), age(1.0),
                    prices({"SP15": 1.0}), age(950.0)):  # fmt: skip
        transitions = alerts.read(reading, PRICE, 1, 1)

    assert (changes(transitions), transitions[0].row.members) == (["reopened"], [])


def test_an_age_changes_a_state_only_at_its_marks():
    alerts = alerts_under()
    assert alerts.marks("feed_age", "caiso/RTD") == [630.0, 900.0]
    assert alerts.marks("feed_age", "caiso/curve") == []

    states = [changes(alerts.read(age(float(at)), PRICE, at, at)) for at in range(1000)]
    assert [at for at, state in enumerate(states) if state] == [630, 901]


# Policies -----------------------------------------------------------------------------------


def test_a_new_version_is_applied_at_the_next_reading_and_the_case_stays_the_same():
    alerts = alerts_under()
    (opened,) = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    stricter = POLICY.replace('version: "1"', 'version: "2"').replace(
        "ceiling: 100", "ceiling: 150"
    )

    assert alerts.adopt(load(stricter), ADOPTED, 2, 2) == []
    (eased,) = alerts.read(prices({"SP15": 130.0}), ADOPTED, 3, 3)
    assert (eased.change, eased.case) == ("eased", opened.case)
    assert eased.row.policy == "test-limits 2"
    assert alerts.policies == ["test-limits 2"]


def test_a_limit_that_leaves_the_policy_expires_its_cases():
    alerts = alerts_under()
    (opened,) = alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    without = POLICY.replace("id: spike", "id: other")

    (expired,) = alerts.adopt(load(without), ADOPTED, 2, 2)
    assert (expired.case, expired.change) == (opened.case, "expired")
    assert alerts.arithmetic("spike", "SP15", "")[0].startswith("value: $130.00/MWh")


def test_a_scope_that_leaves_a_limit_expires_its_case():
    alerts = alerts_under()
    alerts.read(prices({"SP15": 130.0, "NP15": 130.0}), PRICE, 1, 1)
    narrower = POLICY.replace("ceiling: 100,", "ceiling: 100, scopes: [SP15],")

    (expired,) = alerts.adopt(load(narrower), ADOPTED, 2, 2)
    assert expired.row.scope == "NP15"
    assert alerts.read(prices({"SP15": 130.0, "NP15": 130.0}), PRICE, 3, 3) == []


def test_a_feed_that_leaves_the_policy_ends_its_case_and_frees_its_members():
    alerts = alerts_under()
    unknown = prices({"SP15": 1.0}, unknown={"SP15": "stale"})
    alerts.read(age(901.0), PRICE, 1, 1)
    assert alerts.read(unknown, PRICE, 2, 2) == []
    without = POLICY.replace("- {feed: RTD,", "- {feed: FMM,")

    assert changes(alerts.adopt(load(without), ADOPTED, 3, 3)) == ["expired"]
    assert changes(alerts.read(unknown, PRICE, 4, 4)) == ["unknown"]


def test_two_policies_are_in_force_together_unless_they_share_a_limit():
    alerts = alerts_under()
    other = POLICY.replace("name: test-limits", "name: others")

    with pytest.raises(ConfigError, match="limit coverage of others 1 is also in test-limits 1"):
        alerts.adopt(load(other), ADOPTED, 2, 2)
    for name in ("spike", "coverage", "feed-age"):
        other = other.replace(f"id: {name}", f"id: other-{name}")
    alerts.adopt(load(other), ADOPTED, 2, 2)

    opened = alerts.read(prices({"SP15": 130.0}), PRICE, 3, 3)
    assert [transition.row.limit for transition in opened] == ["spike", "other-spike"]


# Screens and explanation --------------------------------------------------------------------


def test_rows_come_by_urgency_then_by_utilisation_and_are_capped():
    alerts = alerts_under()
    alerts.read(
        prices(
            {"A": 10.0, "B": 70.0, "C": 85.0, "D": 130.0, "E": 1.0, "F": 140.0, "G": 3.0},
            unknown={"E": "no price"},
            applicable={"G": False},
        ),
        PRICE, 1, 1,
    )  # fmt: skip
    spikes = [row.scope for row in alerts.rows() if row.limit == "spike"]

    assert spikes == ["F", "D", "E", "C", "B", "A", "G"]
    assert [row.scope for row in alerts.rows(most=5)] == ["F", "D", "", "", "E"]
    assert [row.scope for row in alerts.rows(most=1)] == ["F"]
    wanted = alerts.rows(most=5, also={"rtd_price"})
    assert [row.scope for row in wanted] == ["F", "D", "", "", "E", "C", "B", "A", "G"]
    assert alerts.total == 9


def test_the_arithmetic_of_a_limit_is_spelled_out():
    alerts = alerts_under()
    alerts.read(coverage([0.95]), PRICE, 1, 1)
    alerts.read(coverage([0.861]), TRADE, 2, 2)

    assert alerts.arithmetic("coverage", "firm", "2026-09-08 HE01") == [
        f"value: 86.1 % = {RULES['coverage'].how}",
        "limit: 90 % to 110 % (test limits §2, test-limits 1)",
        "utilisation: 139.0 % = |value - middle| / half-width",
        "headroom: -3.9 % to the nearest edge, negative in breach",
        "warns from 80.0 % utilisation",
        "a breach ends below 95.0 %",
        "a warning ends below 76.0 %",
        "state: breach, standing breach",
        "moved by trade: -8.9 %",
    ]
    assert alerts.arithmetic("coverage", "firm", "2026-09-09 HE01") == []


def test_the_arithmetic_of_an_expired_case_is_kept():
    alerts = alerts_under()
    alerts.read(coverage([0.861]), PRICE, 1, 1)
    lines = alerts.arithmetic("coverage", "firm", "2026-09-08 HE01")
    alerts.expire(HOUR_NS, 2)

    assert alerts.arithmetic("coverage", "firm", "2026-09-08 HE01") == lines


# Properties ---------------------------------------------------------------------------------

SCOPES = ("NP15", "SP15", "ZP26")
values = st.sampled_from((-20.0, 0.0, 50.0, 71.9, 72.0, 75.0, 80.0, 89.9, 90.0, 99.0, 100.0, 101.0))
instances = st.tuples(
    values, st.sampled_from(("", "", "", "no price")), st.sampled_from((True, True, False))
)
price_steps = st.tuples(
    st.just("price"),
    st.dictionaries(st.sampled_from(SCOPES), instances, min_size=1),
    st.sampled_from((PRICE, TRADE)),
)
hour_steps = st.tuples(
    st.just("coverage"), st.lists(st.sampled_from((0.5, 0.915, 1.0, 1.3)), min_size=3, max_size=3),
    st.sampled_from((PRICE, TRADE)),
)  # fmt: skip
feed_steps = st.tuples(st.just("age"), st.sampled_from((0.0, 700.0, 901.0)), st.just(PRICE))
close_steps = st.tuples(st.just("close"), st.just(None), st.just(PRICE))
steps = st.lists(price_steps | hour_steps | feed_steps | close_steps, max_size=25)


def reading_of(kind: str, content: object):
    if kind == "age":
        return age(content)
    if kind == "coverage":
        return coverage(content)
    return prices(
        {scope: value for scope, (value, _, _) in content.items()},
        unknown={scope: reason for scope, (_, reason, _) in content.items()},
        applicable={scope: applies for scope, (_, _, applies) in content.items()},
    )


def run(alerts: Alerts, step: tuple[Any, ...], at: int):
    kind, content, cause = step
    if kind == "close":
        ended = [row for row in alerts.cases() if row.condition in {"resolved", "expired"}]
        open_cases = [row for row in ended if row.status != "closed"]
        return close(alerts, open_cases[0].case) if open_cases else []
    return alerts.read(reading_of(kind, content), cause, at * HOUR_NS // 7, at)


def everything(alerts: Alerts):
    return encode_state([alerts.rows(), alerts.cases(), alerts.snapshot()])


@settings(max_examples=120, deadline=None)
@given(steps, st.integers(min_value=0, max_value=25))
def test_a_restored_state_goes_on_bit_for_bit(sequence: list[tuple[Any, ...]], cut: int):
    straight, resumed = alerts_under(), alerts_under()
    for at, step in enumerate(sequence, 1):
        if at == cut:
            saved = encode_state(resumed.snapshot())
            resumed = Alerts()
            resumed.restore(decode_state(saved))
        left, right = run(straight, step, at), run(resumed, step, at)
        assert encode_state(left) == encode_state(right)
        assert everything(straight) == everything(resumed)


def test_a_restored_state_knows_which_feeds_are_dead():
    alerts, resumed = alerts_under(), Alerts()
    alerts.read(age(901.0), PRICE, 1, 1)
    resumed.restore(decode_state(encode_state(alerts.snapshot())))

    unknown = prices({"SP15": 1.0}, unknown={"SP15": "stale"})
    assert resumed.read(unknown, PRICE, 2, 2) == []
    assert resumed.cases()[0].members == ["spike SP15"]


def test_a_snapshot_does_not_move_with_the_state():
    alerts = alerts_under()
    alerts.read(prices({"SP15": 130.0}), PRICE, 1, 1)
    saved = alerts.snapshot()
    before = encode_state(saved)
    alerts.read(prices({"SP15": 10.0}), PRICE, 2, 2)
    close(alerts, alerts.cases()[0].case)

    assert encode_state(saved) == before


class OneInstance:
    """The rules of one price limit, written naively for one scope."""

    def __init__(self) -> None:
        self.standing = "ok"
        self.condition = None  # of the open case
        self.case_standing = "ok"
        self.last = None
        self.moved = {}

    def step(self, instance: tuple[float, str, bool], cause: Cause):
        state = self.state_after(instance, cause)
        change = self.change(state)
        if change:
            self.condition = {"unknown": "unknown", "resolved": "resolved"}.get(change, "firing")
            self.case_standing = self.standing
        return state, change

    def state_after(self, instance: tuple[float, str, bool], cause: Cause):
        value, reason, applies = instance
        if reason:
            return "unknown"
        if not applies:
            self.standing, self.last, self.moved = "ok", None, {}
            return "not_applicable"
        at = value * (1 + 1e-9)  # quotients round
        if value > 100 or (self.standing == "breach" and at >= 90):
            self.standing = "breach"
        elif at >= 80 or (self.standing != "ok" and at >= 72):
            self.standing = "warn"
        else:
            self.standing, self.moved = "ok", {}
        if self.standing != "ok" and self.last is not None:
            self.moved[cause.kind] = self.moved.get(cause.kind, 0.0) + value - self.last
        self.last = value
        return self.standing

    def change(self, state: str):
        ended = self.condition in {None, "resolved"}
        if state in {"ok", "not_applicable"}:
            return "" if ended else "resolved"
        if state == "unknown":
            return "" if self.condition == "unknown" else "unknown"
        if ended:
            return "reopened" if self.condition else {"warn": "warned", "breach": "breached"}[state]
        if state == self.case_standing:
            return "known" if self.condition == "unknown" else ""
        return {"ok>warn": "warned", "breach>warn": "eased"}.get(
            f"{self.case_standing}>{state}", "breached"
        )


@settings(max_examples=200, deadline=None)
@given(st.lists(price_steps, max_size=30))
def test_columns_do_what_a_naive_machine_does_for_each_instance(sequence: list[tuple[Any, ...]]):
    alerts, naive = alerts_under(), {scope: OneInstance() for scope in SCOPES}
    for at, (_, content, cause) in enumerate(sequence, 1):
        transitions = alerts.read(reading_of("price", content), cause, at, at)
        expected = {scope: naive[scope].step(step, cause) for scope, step in content.items()}

        assert {change.row.scope: change.change for change in transitions} == {
            scope: change for scope, (_, change) in expected.items() if change
        }
        rows = {row.scope: row for row in alerts.rows() if row.limit == "spike"}
        assert {scope: rows[scope].state for scope in expected} == {
            scope: state for scope, (state, _) in expected.items()
        }
        for case in alerts.cases():
            if case.condition == "firing":
                moved = {kind: share for kind, share in naive[case.scope].moved.items() if share}
                assert dict(case.attribution) == pytest.approx(moved)
