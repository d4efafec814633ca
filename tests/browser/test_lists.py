"""Lists that change under a person: their words, their focus and their reading place stay."""

from __future__ import annotations

import re

import pytest
import redis
from playwright.sync_api import Locator, Page, expect

from state.screens.cases_seen import CaseRow
from tests.browser.actions import wait_for_action
from tests.browser.conftest import SignIn
from tests.dashboards.handmade import HandmadeStore, case, cases, credit, creditor, prices
from tests.dashboards.serving import ServedDashboard

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  let node = document.activeElement
  while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
  return node.dataset.case ?? node.tagName
}"""


def many(count: int = 40) -> list[CaseRow]:
    return [case(case=f"k{at}", headline=f"Case number {at} of a long list") for at in range(count)]


def focused(page: Page) -> str:
    """Return the case whose button has the focus, else the name of what has it."""
    found: str = page.evaluate(FOCUSED)
    return found


def first_in_sight(scroll: Locator) -> str:
    found: str = scroll.evaluate("""box => [...box.querySelectorAll("li")].find(line =>
      line.getBoundingClientRect().bottom > box.getBoundingClientRect().top + 5).dataset.case""")
    return found


def test_half_typed_words_stay_with_their_line_when_lines_change_places(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    def suspended(name: str, uncovered_usd: float) -> object:
        return creditor(
            name, suspended="owed", suspension_case=f"c-{name}", uncovered_usd=uncovered_usd
        )

    monitor.write({"credit": credit([suspended("CP-07", 5.0), suspended("CP-08", 1.0)])})
    page = sign_in(dashboard.url, "rita", address="credit")
    rows = page.locator("#tile-credit tbody tr")
    rows.first.get_by_placeholder("who decided, and why").fill("the committee, for 07")

    monitor.write({"credit": credit([suspended("CP-07", 5.0), suspended("CP-08", 9.0)])})

    expect(rows.first).to_contain_text("CP-08")
    boxes = page.locator("#tile-credit tbody input")
    expect(boxes.first).to_have_value("")
    expect(boxes.last).to_have_value("the committee, for 07")
    expect(boxes.last).to_be_focused()


def test_a_button_keeps_the_focus_when_lines_come_before_it(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    page = sign_in(dashboard.url)
    page.locator("#tile-alerts button[data-case=case-var]").focus()
    assert focused(page) == "case-var"

    monitor.write({"cases": cases(case(case="case-new", headline="Coverage HE21 71.0 %"))})

    expect(page.locator("#tile-alerts")).to_contain_text("Coverage HE21 71.0 %")
    assert focused(page) == "case-var"


def test_a_list_that_is_scrolled_stays_where_it_is_read(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    monitor.write({"cases": cases(*many())})
    page = sign_in(dashboard.url)
    scroll = page.locator("#tile-alerts .scroll")
    expect(scroll).to_contain_text("Case number 39")
    scroll.evaluate("box => { box.scrollTop = 1000 }")
    read = first_in_sight(scroll)

    monitor.write({"cases": cases(*(case(case=f"n{at}") for at in range(3)), *many())})

    expect(scroll.locator("li")).to_have_count(47)
    assert first_in_sight(scroll) == read


def test_a_new_alert_does_not_take_the_place_of_the_case_a_person_writes_on(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    view = cases()
    view.cases[0].condition = "resolved"
    monitor.write({"cases": view})
    page = sign_in(dashboard.url, "rita", address="risk?case=case-stop")
    form = page.locator("#tile-case form[data-do=close]")
    form.get_by_placeholder("root cause").fill("T-118 entered twice")
    form.get_by_placeholder("resolution").fill("cancelled")

    new = case(case="case-new", headline="Coverage HE21 71.0 %", condition="resolved")
    view.cases.insert(0, new)
    monitor.write({"cases": view})
    expect(page.locator("#tile-cases")).to_contain_text("Coverage HE21 71.0 %")
    form.get_by_role("button", name="Close").click()

    action = wait_for_action(client, run_name)
    assert (action.case, action.text) == ("case-stop", "T-118 entered twice")

    form.get_by_placeholder("root cause").fill("of this case alone")
    page.locator("#tile-cases li[data-case=case-new]").click()
    expect(page.locator("#tile-case")).to_contain_text("Coverage HE21 71.0 %")
    expect(form.get_by_placeholder("root cause")).to_have_value("")


def test_a_click_hits_the_alert_it_was_aimed_at_and_new_ones_wait_until_the_pointer_leaves(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    page = sign_in(dashboard.url)
    tile = page.locator("#tile-alerts")
    tile.locator("button[data-case=case-stop]").hover()
    page.mouse.down()
    monitor.write({"cases": cases(case(case="case-new", headline="Nobody read this"))})
    expect(tile.locator(".fragment").last).to_have_attribute("data-waiting", "1 new ▲")
    page.mouse.up()

    assert wait_for_action(client, run_name).case == "case-stop"
    expect(tile).not_to_contain_text("Nobody read this")
    page.mouse.move(5, 5)
    expect(tile.locator("li").first).to_contain_text("Nobody read this")
    expect(tile.locator(".fragment").last).not_to_have_attribute("data-waiting", re.compile("."))


def test_the_key_a_takes_the_case_on_the_screen_which_is_scrolled_into_sight(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    monitor.write({"cases": cases(*many(12))})
    page = sign_in(dashboard.url)
    line = page.locator("#tile-alerts li.selected")
    for at in range(10):
        expect(line).to_have_attribute("data-case", f"k{at}")
        page.keyboard.press("j")
    expect(line).to_have_attribute("data-case", "k10")
    expect(line).to_be_in_viewport(ratio=1)
    page.keyboard.press("9")
    expect(page.locator("body")).to_have_attribute("data-page", "feeds")
    page.keyboard.press("a")
    expect(page.locator(".notice")).to_contain_text("no case is selected on this page")
    page.keyboard.press("1")
    expect(page.locator("body")).to_have_attribute("data-page", "desk")
    page.keyboard.press("a")
    assert wait_for_action(client, run_name).case == "k10"


def test_a_long_name_hides_no_price_and_the_title_names_the_page_as_its_link_does(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    names = [f"{'A_LONG_NODE_' * 8}{at}" for at in range(7)]
    monitor.write({"price/caiso": prices(locations=names)})
    page = sign_in(dashboard.url)
    cells = page.locator("#tile-prices tbody tr").first.locator("td")
    expect(cells.last).to_be_in_viewport(ratio=1)
    assert cells.evaluate_all("""cells => {
      const seen = cells[0].closest(".scroll").getBoundingClientRect()
      return cells.every(cell => cell.getBoundingClientRect().right <= seen.right + 1)
    }""")
    page.keyboard.press("3")
    expect(page).to_have_title("NOP · Tieline")
