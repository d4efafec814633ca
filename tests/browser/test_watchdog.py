"""What a screen shows when something behind it dies."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, WebSocketRoute, expect

from tests.browser.conftest import SignIn
from tests.dashboards.handmade import NOW_NS, HandmadeStore, clock, evening
from tests.dashboards.serving import ServedDashboard
from tests.stores import EmbeddedStore

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.alone]

SECOND_NS = 1_000_000_000


@pytest.fixture
def watched(
    browser: Browser,  # noqa: ARG001 - skips before anything is started
    own_store: EmbeddedStore,
    users_file: Path,
) -> Iterator[ServedDashboard]:
    served = ServedDashboard(
        store_url=own_store.url, run="watched", users_file=users_file, stale_after_seconds=3.0
    )
    yield served
    if served.process.poll() is None:
        served.stop()


def test_nothing_looks_current_once_the_clock_stands_still_and_all_does_when_it_moves(
    watched: ServedDashboard, own_store: EmbeddedStore, sign_in: SignIn
):
    with own_store.client() as client:
        monitor = HandmadeStore(client, "watched")
        monitor.write(evening())
        page = sign_in(watched.url)
        banner = page.locator(".banner")
        expect(banner).to_contain_text("No tick for", timeout=8000)
        expect(banner).to_contain_text("last state at 2026-07-14 17:25:08 PDT")
        assert page.evaluate("document.body.dataset.standing") == "stale"
        hatched = "getComputedStyle(document.querySelector('#tile-prices')).backgroundImage"
        assert page.evaluate(hatched) != "none"

        monitor.write({"clock": clock(NOW_NS + SECOND_NS)})
        expect(banner).to_have_count(0, timeout=2000)
        assert page.evaluate(hatched) == "none"


def test_the_hatching_of_what_is_not_current_lies_beneath_its_signs_and_figures(
    watched: ServedDashboard, own_store: EmbeddedStore, sign_in: SignIn
):
    """A line across a minus reads as another sign."""
    with own_store.client() as client:
        HandmadeStore(client, "watched").write(evening())
    page = sign_in(watched.url)
    expect(page.locator("body")).to_have_attribute("data-standing", "stale")
    over = "tile => ['::before', '::after'].map(each => getComputedStyle(tile, each).content)"
    tiles = page.locator("main section")
    for tile in tiles.all():
        assert tile.evaluate(over) == ["none", "none"]
    ground = "each => getComputedStyle(each).backgroundImage"
    assert "gradient" in page.locator("#tile-prices").evaluate(ground)
    assert "gradient" in page.locator("article.card").first.evaluate(ground)


def test_a_run_that_ended_says_so_instead_of_going_stale(
    watched: ServedDashboard, own_store: EmbeddedStore, sign_in: SignIn
):
    with own_store.client() as client:
        HandmadeStore(client, "watched").write(evening(clock=clock(phase="ended")))
        page = sign_in(watched.url)
        page.wait_for_timeout(3500)
        expect(page.locator(".banner")).to_have_text(
            "Replay ended, last state at 2026-07-14 17:25:08 PDT."
        )
        assert page.evaluate("document.body.dataset.standing") == "ended"


@pytest.mark.parametrize("phase", ["ended", "paused"])
def test_a_page_whose_clock_stands_is_not_taken_for_cut_off(
    watched: ServedDashboard, own_store: EmbeddedStore, sign_in: SignIn, phase: str
):
    with own_store.client() as client:
        HandmadeStore(client, "watched").write(evening(clock=clock(phase=phase)))
    page = sign_in(watched.url)
    page.evaluate("window.opened_once = true")
    page.wait_for_timeout(10_000)  # it holds itself cut off after six seconds of silence
    assert page.evaluate("window.opened_once")
    expect(page.locator("#disconnected")).to_be_hidden()


def test_a_store_that_goes_away_is_named_and_found_again(
    watched: ServedDashboard, own_store: EmbeddedStore, sign_in: SignIn
):
    with own_store.client() as client:
        HandmadeStore(client, "watched").write(evening(clock=clock(phase="paused")))
    page = sign_in(watched.url)
    expect(page.locator(".banner")).to_have_text("Paused at 2026-07-14 17:25:08 PDT.")

    own_store.kill()
    expect(page.locator(".banner")).to_contain_text("Store unreachable since", timeout=5000)
    expect(page.locator(".banner")).to_contain_text("last frame")

    own_store.start()
    expect(page.locator(".banner")).to_have_text("Paused at 2026-07-14 17:25:08 PDT.", timeout=8000)


def test_a_dashboard_that_dies_leaves_no_page_that_looks_current(
    watched: ServedDashboard, own_store: EmbeddedStore, sign_in: SignIn
):
    with own_store.client() as client:
        HandmadeStore(client, "watched").write(evening())
    page = sign_in(watched.url)
    watched.process.send_signal(signal.SIGKILL)
    watched.process.wait()
    expect(page.locator("#disconnected")).to_contain_text("No connection to Tieline", timeout=12000)
    assert page.evaluate("document.body.dataset.standing") == "disconnected"


def test_a_page_on_a_slow_line_says_that_it_loads_and_is_not_begun_anew(
    watched: ServedDashboard, own_store: EmbeddedStore, sign_in: SignIn
):
    with own_store.client() as client:
        HandmadeStore(client, "watched").write(evening(clock=clock(phase="paused")))
    page = sign_in(watched.url)
    on_their_way: list[Route] = []
    asked: list[str] = []
    page.route("**/bokeh.min.js*", lambda route: on_their_way.append(route))  # noqa: PLW0108 - a builtin is refused
    page.clock.install()
    page.reload(wait_until="commit")
    expect(page.get_by_text("Loading Tieline")).to_be_visible()
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(60_000)
    expect(page.locator("#disconnected")).to_be_hidden()
    assert not [url for url in asked if "livez" in url]

    on_their_way[0].continue_()
    expect(page.locator(".banner")).to_have_text("Paused at 2026-07-14 17:25:08 PDT.")
    expect(page.get_by_text("Loading Tieline")).to_be_hidden()


def test_a_page_that_could_not_be_built_says_so_and_tries_again(
    watched: ServedDashboard, own_store: EmbeddedStore, sign_in: SignIn
):
    with own_store.client() as client:
        HandmadeStore(client, "watched").write(evening(clock=clock(phase="paused")))
    page, asked = sign_in(watched.url), []

    def refuse_the_first(route: WebSocketRoute) -> None:
        asked.append(route.url)
        if len(asked) == 1:
            route.close()
        else:
            route.connect_to_server()

    page.route_web_socket("**/ws*", refuse_the_first)
    page.clock.install()
    page.reload()
    expect(page.locator("#disconnected")).to_be_hidden()
    page.clock.run_for(20_000)
    expect(page.locator(".banner")).to_have_text("Paused at 2026-07-14 17:25:08 PDT.")
    assert len(asked) > 1
