"""What is owed after a breach under the written policy: to whom, by when, told as late once."""

from __future__ import annotations

from datetime import date

import pytest

from state.duties.calls import triggers_of
from state.explain.arithmetic import explain
from state.limits import RULES
from state.limits.instances import Instances
from state.messages import Action, ActionKind, AnyMessage, Policy, Tick, TradeAction
from state.moments import HOUR_NS, SECOND_NS, from_ns
from state.policy.schema import Limit, Materiality
from state.screens.cases_seen import CaseRow, DutyRow
from tests.state.duties.house import (
    JULY,
    MONDAY,
    MONTH,
    PACIFIC,
    House,
    at,
    local,
    out_of_tolerance,
    over_credit,
    require_alike,
)
from tests.state.nop.company import POLICY, SVCE, Following, another, block_trade

FRIDAY = date(2026, 6, 12)
MINUTE_NS = 60 * SECOND_NS


def duty_of(row: CaseRow, name: str) -> DutyRow:
    return next(one for one in row.duties if one.duty == name)


# What is owed ------------------------------------------------------------------------------------


def test_a_net_open_position_out_of_tolerance_calls_for_reports_and_a_cure():
    row = out_of_tolerance().case(MONTH)

    owed = [(one.by, one.to, one.clause, local(one.due_ns)) for one in row.duties]
    assert owed[-3:] == [
        ("Front Office", "Middle Office", "SVCE §1 p. 3", "2026-06-15 08:15"),
        ("Middle Office", "Risk Oversight Committee", "SVCE §3.4 p. 5", "2026-06-15 08:15"),
        ("Front Office", "", "SVCE §4.6 p. 7", ""),
    ]


CREDIT_DUTIES = {
    "duty-report-breach": "2026-07-14 08:15",
    "duty-notify-material": "2026-07-14 08:15",
    "duty-suspend": "2026-07-14 08:15",
    "duty-tell-exceedance": "2026-07-14 08:15",
    "duty-root-cause": "",
    "duty-tell-committee": "",
    "duty-rectify": "",
    "duty-exceedance-report": "",
}


def test_a_credit_limit_exceeded_calls_for_all_of_the_policy_and_the_suspension_is_done():
    house = over_credit()
    row = house.case("credit-mwh")

    day = from_ns(house.company.tick_ns).astimezone(PACIFIC).date().isoformat()
    expected = {name: due.replace("2026-07-14", day) for name, due in CREDIT_DUTIES.items()}
    assert {one.duty: local(one.due_ns) for one in row.duties} == expected
    assert [one.duty for one in row.duties if one.done_ns] == ["duty-suspend"]
    assert duty_of(row, "duty-suspend").done_by == "Tieline"


def test_the_committee_hears_of_what_is_material_and_of_no_minor_breach():
    owed = [one.duty for one in over_credit("minor").case("credit-mwh").duties]

    assert "duty-report-breach" in owed
    assert "duty-notify-material" not in owed


TRIGGERS = [
    ("credit_volume_mwh", "material", {"breach", "material_breach", "credit_exceedance"}),
    ("credit_suspended_trades", "critical", {"breach", "material_breach"}),
    ("stop_loss", "minor", {"breach"}),
    ("reconciled_value", "material", {"discrepancy", "material_breach"}),
    ("reconciled_details", "material", {"discrepancy", "material_breach"}),
    ("nop_energy", "material", {"breach", "material_breach", "nop_notice"}),
    ("rtd_price", "critical", set()),
    ("dead_letters", "critical", set()),
    *(
        (rule, "material", set())
        for rule in (
            "plausible_price",
            "plausible_quantity",
            "plausible_unit_price",
            "plausible_capacity_price",
        )
    ),
]


@pytest.mark.parametrize(("rule", "materiality", "expected"), TRIGGERS)
def test_a_breach_is_what_the_policy_calls_it(rule: str, materiality: str, expected: set[str]):
    found = next(each for each in RULES.values() if rule in {each.name, each.figure})
    limit = Limit(
        id="l", rule=found.name, title="t", clause="c", unit=found.unit, warn_at=1.0, clear_at=1.0,
        materiality=Materiality(materiality), ceiling=1.0,
    )  # fmt: skip

    assert triggers_of(Instances(limit, "p 1")) == expected


def test_a_close_of_business_in_a_block_of_text_is_that_time():
    """Its line break passed the pattern of a time, and stopped the monitor at the first duty."""
    block = another(SVCE.replace('close: "17:00"', 'close: "16:30\\n"'), "1")
    house = over_credit(policies=(block,))
    working_days = house.company.desk.written_policies["svce"].working_days

    assert working_days.close == "16:30"
    assert duty_of(house.case("credit-mwh"), "duty-report-breach").due_ns


def test_nothing_is_owed_nor_frozen_without_a_written_policy():
    row = over_credit(policies=()).case("credit-mwh")

    assert (row.duties, row.frozen) == ([], None)


@pytest.mark.parametrize(
    ("executed", "tell", "update"),
    [
        ("2026-06-12 07:30", "2026-06-12 17:00", "2026-06-16 00:00"),
        ("2026-06-11 16:59", "2026-06-11 17:00", "2026-06-13 00:00"),
        ("2026-06-11 17:30", "2026-06-12 17:00", "2026-06-13 00:00"),
    ],
)
def test_a_cure_is_told_by_close_of_its_day_and_in_the_nop_by_the_next_business_day(
    executed: str, tell: str, update: str
):
    house = out_of_tolerance(FRIDAY)
    cure = block_trade(10.0, *JULY, trade="cure", executed_at_ns=at(executed))
    found = house.apply(cure, Tick(at_ns=house.company.tick_ns + SECOND_NS))

    assert ("owed", MONTH) in [(one.change, one.row.limit) for one in found]
    row = house.case(MONTH)
    told, updated = duty_of(row, "duty-tell-executed"), duty_of(row, "duty-update-nop")
    assert (local(told.due_ns), local(updated.due_ns)) == (tell, update)
    assert (told.done_ns, told.about) == (0, cure.key)
    assert (updated.done_by, updated.done_ns) == ("Tieline", house.company.tick_ns)


def test_a_contract_that_takes_the_position_farther_out_is_no_cure():
    house = out_of_tolerance()
    house.apply(block_trade(-5.0, *JULY, trade="worse"))
    house.tick(house.company.tick_ns + SECOND_NS)

    assert "duty-tell-executed" not in [one.duty for one in house.case(MONTH).duties]


def test_a_position_back_in_its_tolerance_has_been_cured():
    house = out_of_tolerance()
    house.apply(block_trade(20.0, *JULY, trade="cure"))
    house.tick(house.company.tick_ns + SECOND_NS)

    row = house.case(MONTH)
    assert row.condition == "resolved"
    assert duty_of(row, "duty-cure-nop").done_by == "Tieline"


# What is late ------------------------------------------------------------------------------------


def test_a_duty_is_late_a_moment_after_it_is_due_and_told_once_with_its_clause():
    house = over_credit()
    due_ns = duty_of(house.case("credit-mwh"), "duty-report-breach").due_ns
    assert not house.tick(due_ns)

    found = {one.row.limit: one for one in house.tick(due_ns + SECOND_NS)}

    assert set(found) == {"duty-report-breach", "duty-notify-material", "duty-tell-exceedance"}
    late = found["duty-report-breach"]
    assert (late.change, late.row.clause, late.row.severity) == (
        "breached",
        "SVCE §1 p. 3",
        "breach",
    )
    assert found["duty-tell-exceedance"].row.members == [house.case("credit-mwh").case]
    assert not house.tick(due_ns + 9 * HOUR_NS)


def test_what_one_body_owes_by_one_moment_is_one_alert():
    house = House(Following(MONDAY).company)
    house.tick(house.company.tick_ns + 16 * MINUTE_NS)

    (late,) = [
        row for row in house.company.desk.alerts.cases() if row.limit == "duty-report-breach"
    ]
    assert len(late.members) > 1
    assert late.headline.endswith(f"({len(late.members)} cases)")


def test_a_duty_done_in_time_is_never_told_as_late():
    house = over_credit()
    case = house.case("credit-mwh").case
    assert (
        house.act(ActionKind.DONE, case, duty="duty-tell-exceedance", text="told by telephone")
        == ""
    )
    house.tick(house.company.tick_ns + HOUR_NS)

    assert "duty-tell-exceedance" not in house.limits()
    done = duty_of(house.case("credit-mwh"), "duty-tell-exceedance")
    assert (done.done_by, done.note, done.late) == ("rita", "told by telephone", False)


def test_a_case_is_not_closed_between_a_duty_done_late_and_the_tick_that_tells_so():
    house = out_of_tolerance()
    house.apply(block_trade(20.0, *JULY, trade="cure"))
    house.tick(house.company.tick_ns + SECOND_NS)
    due_ns = {one.duty: one.due_ns for one in house.case(MONTH).duties}  # those called for last
    house.tick(due_ns["duty-report-breach"])
    row, now_ns = house.case(MONTH), house.company.tick_ns + 1
    for name in ("duty-report-breach", "duty-notify-material", "duty-tell-executed"):
        done = {"action": name, "action_kind": ActionKind.DONE, "duty": name}
        house.apply(Action(**done, case=row.case, actor="rita", at_ns=now_ns))
    words = {"text": "load", "resolution": "bought"}

    assert "duty-report-breach done late" in house.act(ActionKind.CLOSE, row.case, **words)
    told = [(one.row.limit, one.change) for one in house.tick(now_ns + SECOND_NS)]
    assert told[:2] == [("duty-report-breach", "breached"), ("duty-report-breach", "resolved")]
    assert house.act(ActionKind.CLOSE, row.case, **words) == ""


def test_the_alert_of_a_late_duty_ends_when_it_is_done():
    house = over_credit()
    house.tick(house.company.tick_ns + HOUR_NS)
    assert house.case("duty-tell-exceedance").condition == "firing"

    house.act(ActionKind.DONE, house.case("credit-mwh").case, duty="duty-tell-exceedance")

    assert house.case("duty-tell-exceedance").condition == "resolved"


def test_a_late_duty_is_explained_with_its_deadline_and_the_cases_it_is_owed_in():
    house = over_credit()
    house.tick(house.company.tick_ns + HOUR_NS)
    credit = house.case("credit-mwh").case

    told = explain(house.company, house.case("duty-tell-exceedance").case)
    assert any(line.startswith("duty: Front Office to Middle Office: notify") for line in told)
    assert any(line.startswith("deadline: at once, that is ") for line in told)
    assert any(line.startswith(f"case {credit}: called for ") for line in told)


def test_a_late_duty_calls_for_no_further_duty():
    house = over_credit()
    house.tick(house.company.tick_ns + HOUR_NS)

    assert house.case("duty-report-breach").duties == []


def test_a_trade_captured_after_its_deadline_is_told_as_late_though_the_nop_has_it():
    house = out_of_tolerance(FRIDAY)
    executed_ns = at("2026-06-08 10:00")
    house.apply(block_trade(10.0, *JULY, trade="cure", executed_at_ns=executed_ns))
    house.tick(house.company.tick_ns + SECOND_NS)
    house.tick(house.company.tick_ns + SECOND_NS)

    assert house.case("duty-tell-executed").condition == "firing"
    assert house.case("duty-update-nop").condition == "resolved"


@pytest.mark.parametrize("told", ["", "2026-06-08 10:00"], ids=["says nothing", "says it again"])
def test_what_an_amendment_cures_was_executed_when_it_came_and_not_with_its_first_version(
    told: str,
):
    house = out_of_tolerance(FRIDAY)
    executed_ns = at("2026-06-08 10:00")
    sale = block_trade(-1.0, *JULY, trade="cure", executed_at_ns=executed_ns)
    terms = {"version": 2, "action": TradeAction.AMEND, "executed_at_ns": at(told) if told else 0}
    cure = block_trade(15.0, *JULY, trade="cure", **terms)
    house.apply(sale, Tick(at_ns=house.company.tick_ns + SECOND_NS))
    house.apply(cure, Tick(at_ns=house.company.tick_ns + SECOND_NS))
    row = house.case(MONTH)

    assert local(duty_of(row, "duty-tell-executed").due_ns) == "2026-06-12 17:00"
    assert local(duty_of(row, "duty-update-nop").due_ns) == "2026-06-16 00:00"
    assert "duty-tell-executed" not in house.limits(), "nothing is late"


# Waivers -----------------------------------------------------------------------------------------


def test_a_waiver_shows_wherever_the_limit_shows_until_the_tick_that_ends_it():
    house, hour_ns = out_of_tolerance(), HOUR_NS
    until_ns = house.company.tick_ns + hour_ns
    words: dict[str, str | int] = {"text": "buying", "approver": "roc", "until_ns": until_ns}
    assert house.act(ActionKind.WAIVE, house.case(MONTH).case, **words) == ""

    def waived() -> tuple[int, int, str]:
        views = house.company.views()
        shown = [row for row in views["limits"].rows if row.limit == MONTH]
        held = [row for row in views["nop"].rows if row.limit == MONTH]
        return shown[0].waived_until_ns, held[0].waived_until_ns, shown[0].state

    assert waived() == (until_ns, until_ns, "breach")
    house.tick(until_ns - SECOND_NS)
    assert waived() == (until_ns, until_ns, "breach")
    found = house.tick(until_ns)
    assert [one.row.limit for one in found if one.change == "waiver_over"] == [MONTH]
    assert waived() == (0, 0, "breach")


# Restoring ---------------------------------------------------------------------------------------


def test_duties_and_waivers_go_on_where_they_were():
    def steps(house: House) -> list[AnyMessage]:
        case, now = house.case(MONTH).case, house.company.tick_ns
        act = {"case": case, "actor": "rita", "at_ns": now}
        waive = {"text": "buying", "approver": "roc", "until_ns": now + HOUR_NS}
        done = {"duty": "duty-report-breach", "at_ns": now + 30 * MINUTE_NS}
        return [
            block_trade(10.0, *JULY, trade="cure"),
            Tick(at_ns=now + SECOND_NS),
            Action(action="w", action_kind=ActionKind.WAIVE, **act, **waive),
            Tick(at_ns=now + 20 * MINUTE_NS),
            Action(action="d", action_kind=ActionKind.DONE, **{**act, **done}),
            Tick(at_ns=now + 10 * HOUR_NS),
        ]

    whole = require_alike(out_of_tolerance, steps(out_of_tolerance()))
    changes = {one.change for one in whole.told}
    assert {"owed", "waived", "waiver_over", "duty_done", "breached", "resolved"} <= changes


def test_a_policy_says_what_is_at_once_when_business_closes_and_which_days_are_without():
    source = POLICY.source.replace("at_once_minutes: 15", "at_once_minutes: 60")
    assert source != POLICY.source
    changed = Policy(policy="svce", version="1", source=source)
    row = over_credit(policies=(changed,)).case("credit-mwh")

    assert local(duty_of(row, "duty-report-breach").due_ns).endswith("09:00")
