"""The page of cases in a real browser: duties are recorded as done, breaches are waived."""

from __future__ import annotations

import pytest
import redis
from playwright.sync_api import expect

from state.messages import ActionKind
from state.moments import HOUR_NS
from tests.browser.actions import actions_in, wait_for_action
from tests.browser.conftest import SignIn
from tests.dashboards.handmade import (
    NOW_NS,
    WITHOUT_AUTHORITY,
    HandmadeStore,
    cases,
    owed_case,
    waiver,
)
from tests.dashboards.serving import ServedDashboard

pytestmark = pytest.mark.browser


def test_a_duty_says_what_it_is_about_and_is_recorded_as_done_once_a_person_is_sure(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    monitor.write({"cases": cases(owed_case())})
    page = sign_in(dashboard.url, address="cases")
    row = page.locator("#tile-duties tr", has_text="report breaches")
    expect(row).to_contain_text("11 min left")
    expect(row).to_contain_text("Load covered, Prompt month 75.0 % < 90 %")
    row.get_by_role("button", name="Done").click()
    question = page.locator("#tile-duties dialog")
    expect(question).to_contain_text("report breaches of limits (Load covered, Prompt month")
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    assert actions_in(client, run_name) == []
    row.get_by_role("button", name="Done").click()
    question.get_by_role("button", name="Yes").click()

    action = wait_for_action(client, run_name)
    assert (action.action_kind, action.case, action.duty) == (
        ActionKind.DONE,
        "case-nop",
        "duty-report-breach",
    )


@pytest.mark.alone
def test_a_breach_is_waived_with_reason_approver_and_hours_and_shows_as_waived(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    monitor.write({"cases": cases(owed_case())})
    page = sign_in(dashboard.url, "rita", address="cases?case=case-nop")
    form = page.locator("#tile-case_file form[data-do=waive]")
    form.get_by_placeholder("reason of a waiver").fill("bought tomorrow")
    form.get_by_placeholder("approved by").fill("committee")
    form.get_by_placeholder("hours").fill("2")
    form.get_by_role("button", name="Waive").click()

    action = wait_for_action(client, run_name)
    assert (action.text, action.approver) == ("bought tomorrow", "committee")
    assert action.until_ns == NOW_NS + 2 * HOUR_NS

    monitor.write({"cases": cases(owed_case(waiver=waiver()))})
    expect(page.locator("#tile-case_file")).to_contain_text("WAIVED", timeout=2000)
    expect(page.locator("#tile-case_list")).to_contain_text("1 waived")


def test_a_case_file_can_be_read_on_a_laptop(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    monitor.write({"cases": cases(owed_case(waiver=waiver()))})
    page = sign_in(dashboard.url, "rita", address="cases?case=case-nop")
    file = page.locator("#tile-case_file")
    expect(file.locator("table.duties .pill").first).to_be_in_viewport(ratio=1)
    for done in (file, page.locator("#tile-duties")):
        expect(done.get_by_role("button", name="Done").first).to_be_in_viewport(ratio=1)
    expect(file.get_by_role("button", name="Resolve")).to_be_in_viewport(ratio=1)


def test_who_owes_a_duty_is_read_whole_on_a_laptop_and_what_most_of_the_way(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    monitor.write({"cases": cases(owed_case())})
    page = sign_in(dashboard.url, "rita", address="cases?case=case-nop")
    rows = page.locator("#tile-duties tbody tr")
    expect(rows.filter(has_text="Risk Oversight Committee").first).to_be_in_viewport(ratio=1)
    cut = "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth).length"
    assert rows.locator(".cut").evaluate_all(cut) == 0
    wide = rows.locator(".rest").first.evaluate("cell => cell.clientWidth")
    assert wide > 170


def test_a_clause_leads_to_the_policy_and_a_clause_in_breach_to_its_cases(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    monitor.write({"cases": cases(owed_case())})
    page = sign_in(dashboard.url, "rita", address="cases?case=case-nop")
    page.locator("#tile-case_file dd").get_by_role("link", name="SVCE §4.6 p. 8").click()
    expect(page.locator("body")).to_have_attribute("data-page", "policy")
    expect(page.locator("#tile-policy input")).to_have_value("SVCE §4.6 p. 8")

    row = page.locator("#tile-policy tbody tr")
    expect(row).to_have_count(1)
    row.click()
    expect(page.locator("#tile-case_list input")).to_have_value("SVCE §4.6 p. 8")
    expect(page.locator("#tile-case_list li")).to_have_count(1)


def test_a_long_case_is_read_beside_the_limits_on_a_laptop(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    row = owed_case(headline=WITHOUT_AUTHORITY, cause="trade etrm/T260714-0310 v1: bought 110 MW")
    monitor.write({"cases": cases(row)})
    page = sign_in(dashboard.url, "rita", address="risk?case=case-nop")
    tile = page.locator("#tile-case")
    for what in ("these cells are unknown: tier not known", "nop-energy", "bought 110 MW"):
        expect(tile.get_by_text(what)).to_be_in_viewport(ratio=1)
