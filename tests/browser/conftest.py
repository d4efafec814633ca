"""A real browser on a real dashboard over hand-made views in a real store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.dashboards.handmade import HandmadeStore, evening
from tests.dashboards.serving import PASSWORDS, ServedDashboard, write_users
from tests.stores import EmbeddedStore

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

SignIn = Callable[..., Page]

OPENS_MS = 60_000
"""A page that takes 3 s takes 16 where tests that do not give way keep all processors."""

expect.set_options(timeout=20_000)  # what must show sooner says by when itself


@pytest.fixture(scope="module")  # its loop runs on this thread: other tests have their own
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("TIELINE_CI") == "1":
            pytest.fail(f"{CHROMIUM} is missing, and TIELINE_CI=1 asks for the browser tests")
        pytest.skip(f"no Chromium at {CHROMIUM}: install the package chromium to run this test")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def users_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_users(tmp_path_factory.mktemp("users") / "users.json")


@pytest.fixture(scope="module")
def dashboard(
    browser: Browser,  # noqa: ARG001 - skips before anything is started
    shared_store: EmbeddedStore,
    users_file: Path,
) -> Iterator[ServedDashboard]:
    served = ServedDashboard(
        store_url=shared_store.url, users_file=users_file, stale_after_seconds=3600.0
    )
    yield served
    served.stop()


@pytest.fixture
def monitor(client: redis.Redis, run_name: str) -> HandmadeStore:
    """Stands in for the monitor: writes views by hand, of a run of this test's own."""
    store = HandmadeStore(client, run_name)
    store.show()
    store.write(evening())
    return store


@pytest.fixture
def sign_in(browser: Browser) -> Iterator[SignIn]:
    """Opens a browser of its own for a person, signed in by password."""
    opened: list[BrowserContext] = []

    def open_page(url: str, name: str = "dora", *, address: str = "") -> Page:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        opened.append(context)
        page = context.new_page()
        page.goto(url + address)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORDS[name])
        page.get_by_role("button", name="Sign in").click()
        page.locator(".shell").wait_for(timeout=OPENS_MS)
        return page

    yield open_page
    for context in opened:
        context.close()
