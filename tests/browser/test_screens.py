"""The stories of the desk, in a real browser."""

from __future__ import annotations

import re

import pytest
import redis
from playwright.sync_api import Page, expect

from connectors.log.redis import RedisLog
from dashboards.pages import PAGES
from state.messages import ActionKind, CloseStep, DayClose
from state.nop.rows import TO_CLOSE
from state.periods import PERIODS
from state.screens.contributions_seen import MethodRow, TailDay
from state.screens.stress_seen import StressContribution, StressCoverage
from state.wire import decode
from tests.browser.actions import actions_in, wait_for_action
from tests.browser.conftest import SignIn
from tests.dashboards.handmade import (
    NOW_NS,
    HandmadeStore,
    case,
    cases,
    clock,
    contribution,
    contributions,
    credit,
    creditor,
    evening,
    feeds,
    limit,
    limits,
    node,
    nop,
    nop_row,
    pnl,
    position,
    prices,
    risk,
    stress,
    stressed,
)
from tests.dashboards.serving import ServedDashboard

pytestmark = pytest.mark.browser

PAYLOAD = '<img src=x onerror="window.fired=(window.fired||0)+1"><script>window.fired=1</script>'


def figure_of(page: Page, title: str) -> str:
    card = page.locator("article.card").filter(has_text=title)
    return card.locator(".figure").inner_text()


@pytest.mark.alone
def test_a_number_changes_without_a_reload(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    page = sign_in(dashboard.url)
    page.evaluate("window.same_page = true")
    assert "▼ SHORT 48 MW" in figure_of(page, "Now HE18")

    changed = position()
    changed.total_open_mw = changed.total_open_mw + 300
    monitor.write({"position/caiso/2026-07-14": changed})

    expect(page.locator("article.card").first).to_contain_text("▲ LONG 252 MW", timeout=2000)
    assert page.evaluate("window.same_page") is True


@pytest.mark.alone
def test_an_alert_appears_within_a_second(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    page = sign_in(dashboard.url)
    alerts = page.locator("#tile-alerts")
    expect(alerts).not_to_contain_text("HE21 71.0 %")

    monitor.write({"cases": cases(case(case="case-new", headline="Coverage HE21 71.0 % < 90 %"))})

    expect(alerts.get_by_text("Coverage HE21 71.0 % < 90 %")).to_be_visible(timeout=1000)


@pytest.mark.alone
def test_an_acknowledgement_in_one_session_shows_in_a_second_one(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    first, second = sign_in(dashboard.url), sign_in(dashboard.url, "rita")
    second.keyboard.press("2")
    line = second.locator("#tile-cases li").filter(has_text="P&L today of firm")
    expect(line.get_by_role("button", name="Ack")).to_be_visible()

    first.locator("#tile-alerts li").filter(has_text="P&L today of firm").get_by_role(
        "button"
    ).click()
    action = wait_for_action(client, run_name)
    assert (action.action_kind, action.case, action.actor) == (
        ActionKind.ACKNOWLEDGE,
        "case-stop",
        "dora",
    )
    assert action.at_ns == NOW_NS

    done = case(status="acknowledged", acknowledged_by=action.actor, acknowledged_ns=action.at_ns)
    others = [row for row in cases().cases if row.case != "case-stop"]
    view = cases()
    view.cases = [done, *others]
    monitor.write({"cases": view})
    expect(line).to_contain_text("dora", timeout=1000)
    expect(line.get_by_role("button", name="Ack")).to_have_count(0)


def test_the_key_a_acknowledges_the_selected_case(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    page = sign_in(dashboard.url)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#tile-alerts li.selected")).to_contain_text("VaR 95 %, firm")
    page.keyboard.press("a")
    assert wait_for_action(client, run_name).case == "case-var"
    expect(page.locator(".notice")).to_contain_text("in the log")


def test_cases_and_limits_are_chosen_without_a_mouse(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url, address="risk")
    line = page.locator("#tile-cases li", has_text="VaR 95 %, firm")
    line.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tile-case")).to_contain_text("trade T-118 version 1")
    rows = page.locator("#tile-limits tr[data-do]")
    assert rows.evaluate_all("rows => rows.every(row => row.tabIndex === 0)")
    page.locator("#tile-limits tr[data-case=case-stop]").focus()
    page.keyboard.press(" ")
    expect(page.locator("#tile-cases li.selected")).to_contain_text("P&L today of firm")


def test_what_an_empty_box_waits_for_is_as_readable_as_other_words(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url)
    word = page.locator("#tile-prices h3 small").evaluate("word => getComputedStyle(word).color")
    box = page.locator("#tile-prices input")
    assert box.evaluate("box => getComputedStyle(box, '::placeholder').color") == word
    assert box.evaluate("box => getComputedStyle(box, '::placeholder').opacity") == "1"


def test_the_figures_of_a_counterparty_stand_under_each_other_complete_or_not(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    whole, part = creditor("CP-01"), creditor("CP-02", not_covered=["swaps"])
    monitor.write({"credit": credit([whole, part])})
    page = sign_in(dashboard.url, address="credit")
    cells = page.locator("#tile-credit tbody td:nth-child(4)")
    expect(cells).to_have_count(2)
    ends = """cell => {
        const figure = document.createRange()
        figure.selectNodeContents(cell.lastChild)
        return figure.getBoundingClientRect().right
    }"""
    assert cells.first.evaluate(ends) == cells.last.evaluate(ends)


def test_a_viewer_cannot_act_not_even_by_key(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    page = sign_in(dashboard.url, "vera")
    expect(page.get_by_role("button", name="Ack")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.locator(".notice")).to_contain_text("the role viewer may not acknowledge a case")
    assert actions_in(client, run_name) == []


def test_closing_a_case_takes_risk_a_root_cause_and_a_resolution(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    view = cases()
    over = next(row for row in view.cases if row.case == "case-var")
    over.condition = "resolved"
    monitor.write({"cases": view})
    page = sign_in(dashboard.url, "rita", address="risk?case=case-var")
    form = page.locator("#tile-case form[data-do=close]")
    form.get_by_placeholder("root cause").fill("T-118 was entered twice")
    form.get_by_role("button", name="Close").click()
    assert actions_in(client, run_name) == []  # the browser itself asks for the resolution
    form.get_by_placeholder("resolution").fill("cancelled the second entry")
    form.get_by_role("button", name="Close").click()
    action = wait_for_action(client, run_name)
    assert (action.action_kind, action.case) == (ActionKind.CLOSE, "case-var")
    assert (action.text, action.resolution) == (
        "T-118 was entered twice",
        "cancelled the second entry",
    )


def test_risk_reopens_a_day_that_was_signed_off_and_says_why(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    tile = sign_in(dashboard.url, "rita", address="analysis").locator("#tile-close")
    expect(tile).to_contain_text("signed off by risk-2")
    tile.get_by_placeholder("why it is reopened").fill("a price came late")
    tile.get_by_role("button", name="Reopen").click()
    expect(tile.page.locator(".notice")).to_contain_text("reopen: in the log")
    (close,) = (decode(entry.body) for entry in RedisLog(client, run_name).read(0))
    assert isinstance(close, DayClose)
    assert (close.date, close.step, close.actor, close.comment) == (
        "2026-07-13", CloseStep.REOPEN, "rita", "a price came late",
    )  # fmt: skip


def test_half_typed_words_survive_the_next_frames(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    page = sign_in(dashboard.url, "rita", address="?page=risk")
    box = page.locator("#tile-case").get_by_placeholder("comment")
    box.fill("buying 60 MW fr")
    for second in range(1, 4):
        monitor.write({"clock": clock(NOW_NS + second * 10**9)})
        page.wait_for_timeout(400)
    expect(page.locator(".state")).to_contain_text("17:25:11")
    expect(box).to_have_value("buying 60 MW fr")
    expect(box).to_be_focused()


def test_a_click_on_a_cell_says_what_makes_it(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url)
    canvas = page.locator("#tile-heat_map canvas").first
    canvas.wait_for(state="visible")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.79, box["y"] + box["height"] * 0.54)
    expect(page.locator("footer.heat")).to_contain_text(re.compile(r"HE\d\d · \w+: .*(HEDGE|LOAD)"))


@pytest.mark.usefixtures("monitor")
def test_what_moved_is_told_since_the_moment_a_person_chooses(
    dashboard: ServedDashboard, sign_in: SignIn
):
    page = sign_in(dashboard.url)
    tile = page.locator("#tile-moved")
    expect(tile).to_contain_text("since 17:20:00 PDT, log 1,283,000")
    expect(tile.locator("tr.firm")).to_contain_text("−69.0 k$")
    expect(tile.locator("ul.moves li").first).to_contain_text("caiso RTD prices of 17:22")

    tile.get_by_role("button", name="today").click()
    expect(tile.locator("tr.firm")).to_contain_text("−161.6 k$")

    tile.get_by_label("since log position").fill("1,282,000")
    tile.get_by_label("since log position").press("Enter")
    expect(tile).to_contain_text("since 17:10:00 PDT, log 1,280,000")
    expect(tile).to_contain_text("nearest kept point")


def test_foreign_text_runs_nothing_on_any_page(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    books, places = position().books, position().locations
    monitor.bury(PAYLOAD, feed=PAYLOAD)
    monitor.write(
        evening(
            clock=clock(company=PAYLOAD, day=PAYLOAD, policies=[PAYLOAD]),
            position__caiso__2026_07_14=position(),
            price__caiso=prices(locations=[PAYLOAD + str(i) for i in range(7)]),
            cases=cases(
                case(
                    case=PAYLOAD,
                    headline=PAYLOAD,
                    cause=PAYLOAD,
                    cause_key=PAYLOAD,
                    clause=PAYLOAD,
                    scope=PAYLOAD,
                    acknowledged_by=PAYLOAD,
                    comments=[PAYLOAD],
                    assigned_to=PAYLOAD,
                    members=[PAYLOAD],
                    attribution=[(PAYLOAD, 1.0)],
                    root_cause=PAYLOAD,
                    resolution=PAYLOAD,
                )
            ),
            pnl=pnl(books=[_with(pnl().books[0], estimated=PAYLOAD)]),
            risk=risk(
                method=PAYLOAD,
                uncovered=[PAYLOAD],
                scenario_dates=[PAYLOAD] * 500,
                rows=[_with(row, node=PAYLOAD) for row in risk().rows[:3]] + risk().rows,
            ),
            contributions=contributions(
                holding=PAYLOAD,
                nodes=[node(PAYLOAD, "desk", 0, PAYLOAD, 1.0)],
                rows=[contribution("book", PAYLOAD, 1.0)],
                tail=[TailDay(date=PAYLOAD, pnl_usd=-1.0)],
                methods=[
                    MethodRow(
                        method=PAYLOAD,
                        title=PAYLOAD,
                        var_usd=1.0,
                        es_usd=1.0,
                        settings=PAYLOAD,
                        note=PAYLOAD,
                    )
                ],
            ),
            limits=limits(
                rows=[
                    _with(
                        limits().rows[0],
                        title=PAYLOAD,
                        clause=PAYLOAD,
                        reason=PAYLOAD,
                        scope=PAYLOAD,
                        state="unknown",
                    )
                ]
            ),
            feeds=feeds(feeds=[_with(feeds().feeds[0], feed=PAYLOAD, last_rejection=PAYLOAD)]),
        )
        | {
            "position/caiso/2026-07-14": position(
                books=[PAYLOAD, *books[1:]],
                locations=[PAYLOAD, *places[1:]],
                unknown=[PAYLOAD] * 24,
            )
        }
    )
    page = sign_in(dashboard.url, "rita")
    expect(page.locator("#tile-alerts")).to_contain_text("<img src=x")
    expect(page.locator("#tile-feeds")).to_contain_text("<img src=x")
    for key in ("r", "]", "2", "?", "1"):
        page.keyboard.press(key)
        page.wait_for_timeout(300)
    expect(page.locator("#tile-case")).to_contain_text("<img src=x")
    assert page.evaluate("window.fired") is None


def _with(struct: object, **changes: object) -> object:
    for name, value in changes.items():
        setattr(struct, name, value)
    return struct


def test_nothing_is_asked_of_another_host_and_nothing_fails(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url)
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for address in ("?page=desk", "?page=risk&theme=light", "?kiosk=1"):
        page.goto(dashboard.url + address)
        page.locator(".shell").wait_for()
        page.wait_for_timeout(500)
    own = (dashboard.url, dashboard.url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert wrong == []


def test_a_wrong_password_is_refused(dashboard: ServedDashboard, sign_in: SignIn):
    page = sign_in(dashboard.url)
    page.get_by_role("link", name="sign out").click()
    page.get_by_label("Name").fill("dora")
    page.get_by_label("Password").fill("lighthouse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    page.goto(dashboard.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_reload_shows_what_was_chosen_and_back_is_the_page_before(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url, "rita")
    page.get_by_title("dark or light").click()
    page.keyboard.press("]")
    page.keyboard.press("r")
    page.wait_for_url(re.compile("rows=book"))
    page.keyboard.press("2")
    page.locator("#tile-cases li", has_text="VaR 95 %, firm").click()
    page.wait_for_url(re.compile("case=case-var"))

    page.reload()
    page.locator(".shell").wait_for()
    expect(page.locator("#tile-case")).to_contain_text("trade T-118 version 1")
    assert page.evaluate("document.body.dataset.theme") == "light"

    page.go_back()
    expect(page.locator("body")).to_have_attribute("data-page", "desk")
    expect(page.get_by_role("button", name="by book")).to_have_class("on")
    expect(page.get_by_role("button", name="tomorrow")).to_have_class("on")
    page.go_forward()
    expect(page.locator("body")).to_have_attribute("data-page", "risk")


def test_who_is_signed_in_is_asked_no_second_time(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url)
    page.goto(f"{dashboard.url}login?next=%2F%3Fpage%3Drisk")
    expect(page.locator("body")).to_have_attribute("data-page", "risk")


def test_signing_out_ends_the_other_windows_too(dashboard: ServedDashboard, sign_in: SignIn):
    page = sign_in(dashboard.url)
    other = page.context.new_page()
    other.goto(dashboard.url)
    other.locator(".shell").wait_for()
    page.get_by_role("link", name="sign out").click()
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_address_keeps_page_theme_and_case(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url, "rita", address="risk?case=case-var&theme=light")
    expect(page.locator("#tile-case")).to_contain_text("trade T-118 version 1")
    assert page.evaluate("document.body.dataset.theme") == "light"
    page.keyboard.press("1")
    page.wait_for_url(re.compile("page=desk"))
    expect(page.locator("#tile-prices")).to_be_visible()


def test_every_page_fits_a_laptop_screen(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url)
    for key, name in enumerate(PAGES, start=1):
        page.keyboard.press(str(key))
        expect(page.locator("body")).to_have_attribute("data-page", name)
        overflow = "document.documentElement.scrollHeight - window.innerHeight"
        assert page.evaluate(overflow) <= 0
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_head_keeps_clock_and_markets_whole_beside_long_names_and_a_notice(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    words = {"company": "a community energy company of some counties", "speed": 300.0}
    two = {"price/spp": prices("spp"), "clock": clock(day="2026-06-10-caiso-spp", **words)}
    monitor.write(two)
    page = sign_in(dashboard.url, "vera")
    page.keyboard.press("a")
    expect(page.locator(".notice")).to_contain_text("may not acknowledge a case")
    head = page.locator(".shell header")
    for text in ("17:25:08 PDT", "log 1,00", "vera", "sign out"):
        expect(head.get_by_text(text)).to_be_in_viewport(ratio=1)
    expect(head.get_by_role("button", name="SPP")).to_be_in_viewport(ratio=1)
    cut = "each => each.scrollWidth > each.clientWidth"
    assert not head.evaluate(cut)
    assert not head.locator(".switch").evaluate(cut)


@pytest.mark.usefixtures("monitor")
def test_a_notice_goes_by_itself_and_with_the_page_it_was_said_on(
    dashboard: ServedDashboard, sign_in: SignIn
):
    page = sign_in(dashboard.url, "vera")
    notice = page.locator(".notice")
    page.keyboard.press("a")
    expect(notice).to_be_visible()
    page.keyboard.press("2")
    expect(page.locator("body")).to_have_attribute("data-page", "risk")
    assert notice.inner_text() == ""
    page.keyboard.press("a")
    expect(notice).to_be_visible()
    expect(notice).to_be_hidden()


@pytest.mark.parametrize("magnified", [1.5, 2.0])
def test_a_magnified_page_moves_downwards_only_and_keeps_its_units(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn, magnified: float
):
    short = position()
    short.total_open_mw = short.total_open_mw - 1400
    monitor.write({"position/caiso/2026-07-14": short})
    page = sign_in(dashboard.url)
    page.set_viewport_size({"width": int(1366 / magnified), "height": int(768 / magnified)})
    for key, name in enumerate(PAGES, start=1):
        page.keyboard.press(str(key))
        expect(page.locator("body")).to_have_attribute("data-page", name)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.keyboard.press("1")
    figures = page.locator("article.card .figure")
    expect(figures.first).to_contain_text("SHORT 1,448 MW")
    cut = "all => all.filter(each => each.scrollWidth > each.clientWidth).length"
    assert figures.evaluate_all(cut) == 0


def test_a_page_fits_a_laptop_screen_under_a_line_across_it_too(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    monitor.write({"clock": clock(phase="ended")})
    page = sign_in(dashboard.url)
    expect(page.locator(".banner")).to_be_visible()
    overflow = "document.documentElement.scrollHeight - window.innerHeight"
    for key, name in enumerate(PAGES, start=1):
        page.keyboard.press(str(key))
        expect(page.locator("body")).to_have_attribute("data-page", name)
        assert page.evaluate(overflow) <= 0


def test_every_page_takes_the_height_of_a_larger_screen(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url)
    page.set_viewport_size({"width": 1920, "height": 1080})
    for key, name in enumerate(PAGES, start=1):
        page.keyboard.press(str(key))
        expect(page.locator("body")).to_have_attribute("data-page", name)
        lowest = f"document.querySelector('#page-{name} .place:last-child section:last-child')"
        left = f"window.innerHeight - {lowest}.getBoundingClientRect().bottom"
        page.wait_for_function(f"{left} >= 0 && {left} < 16", timeout=5000)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080)])
def test_a_wall_screen_shows_its_figures_whole(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
    width: int,
    height: int,
):
    page = sign_in(dashboard.url, "vera", address="?kiosk=1")
    page.set_viewport_size({"width": width, "height": height})
    for tile in ("heat_map", "pnl_curve"):
        figure = page.locator(f"#tile-{tile} canvas").last
        figure.wait_for(state="visible")
        frame = page.locator(f"#tile-{tile}").element_handle()
        within = """([figure, tile]) => {
            const [inner, outer] = [figure, tile].map(each => each.getBoundingClientRect())
            return inner.right <= outer.right && inner.bottom <= outer.bottom
        }"""
        page.wait_for_function(within, arg=[figure.element_handle(), frame], timeout=5000)
    larger = "getComputedStyle(document.body).getPropertyValue('--zoom')"
    assert float(page.evaluate(larger)) > 1


def test_long_words_push_no_state_out_of_sight(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    words = "MW of a trade, schedule, forecast, meter, award or adjustment is plausible"
    row = limit(title=words, scope=words, state="unknown", reason=words, clause="SVCE §6.3 p. 12")
    row.period, row.limit_text = "2027-10 to 2032-09", "75.25 % to 100.25 % of a peak"
    row.value_text, row.utilisation = "$1,599,296,737.25/MWh", 1234.0
    held = nop()
    held.rows = [nop_row(words[:30], 0.861, "breach", blocks="sell 1,217 MW on-peak, " * 4)]
    monitor.write({"limits": limits(rows=[row]), "nop": held, "pnl": pnl(estimated=words * 2)})

    page = sign_in(dashboard.url)
    figure = page.locator("#tile-pnl_curve .bk-axis-bottom, #tile-pnl_curve canvas")
    expect(figure.last).to_be_in_viewport(ratio=1)
    page.keyboard.press("2")
    expect(page.locator("#tile-limits .pill").last).to_be_in_viewport(ratio=1)
    page.keyboard.press("3")
    expect(page.locator("#tile-nop .pill").first).to_be_in_viewport(ratio=1)
    expect(page.locator("#tile-nop td", has_text="§4.6")).to_be_in_viewport(ratio=1)


def test_every_figure_of_the_performance_page_is_in_sight(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url, address="?page=performance")
    for tile in ("plants", "supply", "accuracy", "deliveries"):
        last = page.locator(f"#tile-{tile} tbody tr:last-child td:last-child")
        expect(last).to_be_in_viewport(ratio=1)


def test_a_clause_is_found_by_a_click_on_what_it_is(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url, address="policy")
    rows = page.locator("#tile-policy tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first.locator(".pill")).to_have_text("BREACH")

    page.locator("#tile-policy").get_by_role("button", name="unconfirmed").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("UNCONFIRMED")
    expect(page.locator("#tile-policy input")).to_have_value("unconfirmed")

    page.keyboard.press("5")
    page.keyboard.press("4")
    expect(rows).to_have_count(4)


def test_a_thousand_counterparties_are_sorted_and_found_on_the_credit_page(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    parties = [
        creditor(f"CP-{number:04d}", uncovered_usd=float(number), exposure_usd=float(-number))
        for number in range(1000)
    ]
    monitor.write({"credit": credit(parties)})
    page = sign_in(dashboard.url, address="credit")
    rows = page.locator("#tile-credit tbody tr")
    expect(rows).to_have_count(151)
    expect(rows.first).to_contain_text("CP-0999")

    page.locator("#tile-credit").get_by_role("button", name="exposure").click()
    expect(rows.first).to_contain_text("CP-0000")
    page.locator("#tile-credit input[type=search]").fill("cp-0437")
    expect(rows).to_have_count(1)
    expect(rows.first.locator(".pill.warn")).to_have_text("90 %")


def test_a_suspension_is_lifted_on_the_credit_page_by_who_may(
    client: redis.Redis,
    run_name: str,
    dashboard: ServedDashboard,
    monitor: HandmadeStore,
    sign_in: SignIn,
):
    suspended = creditor("CP-07", suspended="Dollars owed exceeded", suspension_case="c0ffee")
    monitor.write({"credit": credit([suspended, creditor("CP-08")])})
    page = sign_in(dashboard.url, "rita", address="credit")
    row = page.locator("#tile-credit tbody tr").first
    expect(row).to_contain_text("SUSPENDED")

    row.get_by_placeholder("who decided, and why").fill("the committee, 2026-07-14")
    row.get_by_role("button", name="Lift").click()
    action = wait_for_action(client, run_name)
    assert (action.case, action.text) == ("c0ffee", "the committee, 2026-07-14")


def test_the_hours_a_stress_scenario_reaches_are_shown_whole(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    """What tells one line from the next stands at its end."""
    parts = [
        StressContribution(place=place, period=f"2026-07-14 HE{hour}", usd=-1e5)
        for place in ("caiso/TH_SP15_GEN-APND", "caiso/" + "A_LONG_NODE_" * 4)
        for hour in ("19", "02*")
    ]
    cover = [StressCoverage(period="caiso 2026-07-14 HE19", before=0.952, after=0.865)]
    row = stressed("scarcity", "Scarcity", -3e5, contributions=parts, coverage=cover)
    monitor.write({"stress": stress(rows=[row])})

    page = sign_in(dashboard.url, address="analysis")
    cells = page.locator("#tile-stress .stress > :last-child td:first-child")

    expect(cells).to_have_count(5)
    cut = "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth).length"
    assert cells.evaluate_all(cut) == 0


def test_since_when_a_limit_is_in_its_state_is_in_sight_on_a_laptop(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    words = "Real-time price above the day-ahead price"
    breach = limit(title=words, scope="TH_SP15_GEN-APND", state="breach", clause="close limits §1")
    breach.period, breach.utilisation = "2026-11 to 2026-12", 3.96
    breach.value_text, breach.limit_text = "13,130,777.0 MWh", "loss of $150,000"
    breach.since_ns = NOW_NS - 18 * 3600 * 10**9
    warn = limit(title=words, limit="var", headroom_text="no reading of it yet as it seems")
    warn.warn_due_ns = NOW_NS + 115 * 60 * 10**9
    monitor.write({"limits": limits(rows=[breach, warn])})

    page = sign_in(dashboard.url, address="risk")
    table = page.locator("#tile-limits .scroll")
    expect(table.locator("tbody tr").first).to_contain_text("18 h 00 min")
    expect(table.locator("tbody tr").last).to_contain_text("warn in 1 h 55 min")
    assert table.evaluate("each => each.scrollWidth - each.clientWidth") <= 0


def test_the_longest_name_of_a_period_is_read_whole_on_a_larger_screen(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    held = nop()
    held.rows = [nop_row(PERIODS[name].title, 1.0, "ok") for name in TO_CLOSE]
    monitor.write({"nop": held})

    page = sign_in(dashboard.url, address="nop")
    page.set_viewport_size({"width": 1920, "height": 1080})
    names = page.locator("#tile-nop td.cut")
    expect(names).to_have_count(len(TO_CLOSE))
    cut = "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth).length"
    assert names.evaluate_all(cut) == 0


def test_every_book_of_a_stress_scenario_is_in_sight_on_a_laptop(
    dashboard: ServedDashboard, monitor: HandmadeStore, sign_in: SignIn
):
    books = ["load-serving", "hedges", "renewables", "ppa", "storage", "thermal", "virtuals"]
    nodes = [*books, "trading-np15", "trading-sp15", "firm"]
    usd = [-531_400.0, -272_400.0, -414_100.0, -80_600.0, 0.0, -63_000.0, 538.0]
    row = stressed("load", "Negative spring noon", 0.0)
    row.forward_usd = [*usd, -414_100.0, 32_670_000.0, 30_750_000.0]
    row.intraday_usd = [0.0] * len(row.forward_usd)
    row.open_before_mwh, row.open_after_mwh = -87.0, -2_053.0
    monitor.write({"stress": stress(nodes=nodes, rows=[row])})

    page = sign_in(dashboard.url, address="analysis")
    last = page.locator("#tile-stress tbody tr").first.locator("td").last
    expect(last).to_have_text("+32.67 M$")
    expect(last).to_be_in_viewport(ratio=1)
    table = page.locator("#tile-stress .scroll").first
    assert table.evaluate("each => each.scrollWidth - each.clientWidth") <= 0


def test_a_stress_scenario_shows_where_it_comes_from_when_it_is_clicked(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,  # noqa: ARG001 - writes the views
    sign_in: SignIn,
):
    page = sign_in(dashboard.url, address="analysis")
    tile = page.locator("#tile-stress")
    expect(tile).to_contain_text("Scarcity evening: from")
    tile.locator("tr[data-scenario=load-plus-10]").click()
    expect(tile).to_contain_text("not reached: caiso/BATT_2 has no mark: 12.0 MWh")
