"""The server's doors, tried without a browser."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
import redis
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.access import Role
from dashboards.app import Dashboard, Settings
from dashboards.signin import COOKIE
from state.errors import ConfigError
from tests.dashboards.handmade import HandmadeStore, evening
from tests.dashboards.server_calls import Caller, open_socket, token_in
from tests.dashboards.serving import (
    PASSWORDS,
    ServedDashboard,
    in_own_loop,
    write_users,
)
from tests.ports import free_port
from tests.stores import EmbeddedStore

pytestmark = pytest.mark.processes

LINKS = {"desk": "one-time-desk", "risk": "one-time-risk"}
RUN = "doors"


@pytest.fixture(scope="module")
def served(
    shared_store: EmbeddedStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedDashboard]:
    users = write_users(tmp_path_factory.mktemp("users") / "users.json")
    dashboard = ServedDashboard(
        store_url=shared_store.url, run=RUN, users_file=users, links=LINKS, most_screens=2
    )
    with shared_store.client() as client:
        HandmadeStore(client, RUN).write(evening())
    yield dashboard
    dashboard.stop()


@pytest.fixture(scope="module")
def by_links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedDashboard]:
    """A dashboard without people, whose store is not there."""
    nowhere = tmp_path_factory.mktemp("store") / "none.sock"
    dashboard = ServedDashboard(store_url=f"unix://{nowhere}", run=RUN, links=LINKS)
    yield dashboard
    assert dashboard.stop() == 0


@pytest.fixture
def caller(served: ServedDashboard) -> Caller:
    return Caller(served.url)


def test_a_page_without_a_cookie_leads_to_the_sign_in(caller: Caller):
    assert "Sign in" in caller.get()
    assert "Sign in" in caller.get("risk?case=x")


def test_a_forged_cookie_leads_to_the_sign_in(served: ServedDashboard):
    request = urllib.request.Request(  # noqa: S310 - our own loopback
        served.url, headers={"Cookie": f"{COOKIE}=2|1:0|10:1|4:user|4:ZG9yYQ==|{'0' * 64}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        assert answer.url.endswith("login?next=%2F")


def test_a_websocket_without_a_cookie_is_refused(served: ServedDashboard):
    with pytest.raises(InvalidStatus, match="403"):
        in_own_loop(open_socket(served.port))


def test_a_websocket_from_another_origin_is_refused(served: ServedDashboard, caller: Caller):
    caller.sign_in("vera")
    cookie, token = caller.cookie(), token_in(caller.get())
    with pytest.raises(InvalidStatus, match="403"):
        in_own_loop(
            open_socket(served.port, cookie=cookie, session=token, origin="http://evil.example")
        )


def test_a_session_token_of_ones_own_making_is_refused(served: ServedDashboard, caller: Caller):
    caller.sign_in("vera")
    cookie, token = caller.cookie(), token_in(caller.get())
    forged = token[:-6] + ("AAAAAA" if not token.endswith("AAAAAA") else "BBBBBB")

    async def knock() -> None:
        async with await open_socket(served.port, cookie=cookie, session=forged) as socket_:
            await asyncio.wait_for(socket_.recv(), 5)

    with pytest.raises(ConnectionClosed):
        in_own_loop(knock())


def test_a_message_above_a_megabyte_closes_the_connection(served: ServedDashboard, caller: Caller):
    caller.sign_in("vera")
    cookie, token = caller.cookie(), token_in(caller.get())

    async def flood() -> None:
        async with await open_socket(served.port, cookie=cookie, session=token) as socket_:
            await asyncio.wait_for(socket_.recv(), 10)
            await socket_.send("x" * 2_000_000)
            while True:
                await asyncio.wait_for(socket_.recv(), 10)

    with pytest.raises(ConnectionClosed):
        in_own_loop(flood())


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_out_of_the_page(caller: Caller):
    caller.sign_in("dora")
    cookie = caller.morsel()
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "Lax"
    payload = token_in(caller.get())
    assert (cookie.value or "")[:40] not in payload
    assert "Cookie" not in payload


def test_a_sign_in_without_the_forms_own_token_is_refused(caller: Caller):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        caller.post("login", name="dora", password=PASSWORDS["dora"])


def test_a_link_signs_in_once_and_is_refused_to_the_next(by_links: ServedDashboard):
    first, second = Caller(by_links.url), Caller(by_links.url)
    first.get(f"login?token={LINKS['desk']}")
    assert "Sign in" not in first.get()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        second.get(f"login?token={LINKS['desk']}")


def test_who_came_by_a_link_is_asked_before_it_is_gone_for_good(by_links: ServedDashboard):
    caller = Caller(by_links.url)
    caller.get(f"login?token={LINKS['risk']}")
    page = caller.get("logout")
    assert "nobody can sign in as <b>risk</b> until the dashboard is started again" in page
    assert "Sign in" not in caller.get()
    token = re.search(r'name="_xsrf" value="([^"]+)"', page)
    assert token is not None
    assert "Sign in" in caller.post("logout", _xsrf=token[1])
    assert "Sign in" in caller.get()


def test_where_people_have_passwords_a_link_leads_to_the_form_and_is_no_wrong_try(caller: Caller):
    for _ in range(6):  # one more than locks out
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            caller.get(f"login?token={LINKS['desk']}")
        page = refused.value.read().decode()
        assert "Links let nobody in here: sign in with name and password." in page
        assert 'name="password"' in page
    caller.sign_in("dora")
    assert "Sign in" not in caller.get()


def test_signing_in_leads_to_no_other_site(caller: Caller):
    token = re.search(r'name="_xsrf" value="([^"]+)"', caller.get("login?next=//evil.example"))
    assert token is not None
    words = {"name": "dora", "password": PASSWORDS["dora"], "next": "//evil.example"}
    assert "<title>Tieline" in caller.post("login", _xsrf=token[1], **words)


def test_more_screens_than_allowed_get_a_page_that_says_so(caller: Caller):
    caller.sign_in("vera")
    pages = [caller.get() for _ in range(3)]
    assert "<title>Tieline: no screen free</title>" in pages[-1]
    assert "All 2 screens of this server are in use." in pages[-1]


def test_an_address_that_there_is_not_leads_back_to_the_dashboard(caller: Caller):
    with pytest.raises(urllib.error.HTTPError, match="404") as missing:
        caller.get("no/such/page")
    assert 'href="/">To the dashboard' in missing.value.read().decode()


def test_what_a_page_is_made_of_comes_compressed(served: ServedDashboard, caller: Caller):
    script = re.search(r'src="([^"]*bokeh\.min\.js[^"]*)"', _page_of(caller))
    assert script is not None
    request = urllib.request.Request(  # noqa: S310 - our own loopback
        served.url + script[1], headers={"Accept-Encoding": "gzip"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.read()) < 500_000


def _page_of(caller: Caller) -> str:
    caller.sign_in("vera")
    return caller.get()


def test_signs_of_life_need_no_sign_in(caller: Caller):
    assert caller.get("livez") == "ok"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_when_told_to(shared_store: EmbeddedStore, number: signal.Signals):
    served = ServedDashboard(store_url=shared_store.url, run=RUN, links=LINKS)
    assert served.stop(number) == 0


def test_it_starts_and_waits_while_there_is_no_store(by_links: ServedDashboard):
    assert Caller(by_links.url).get("livez") == "ok"


def test_a_port_in_use_is_one_clear_line(client: redis.Redis):
    assert client
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}: .*choose another port"):
            Dashboard(Settings(store_url="unix:///none", port=port, links={Role.DESK: "x"}))


def test_settings_that_let_nobody_in_or_everybody_are_refused():
    with pytest.raises(ConfigError, match="nobody could sign in"):
        Dashboard(Settings(store_url="unix:///none", port=free_port()))
    with pytest.raises(ConfigError, match="any web page"):
        Dashboard(Settings(store_url="unix:///none", links={Role.DESK: "x"}, origins=("*",)))


def test_signing_out_closes_every_window_of_that_sign_in_and_ends_its_cookie(
    served: ServedDashboard,
):
    leaving, staying = Caller(served.url), Caller(served.url)
    leaving.sign_in("dora")
    staying.sign_in("rita")
    cookie, session = leaving.cookie(), token_in(leaving.get())

    async def stay_open() -> None:
        async with await open_socket(served.port, cookie=cookie, session=session) as window:
            await asyncio.wait_for(window.recv(), 10)
            await asyncio.to_thread(leaving.get, "logout")
            while True:
                await asyncio.wait_for(window.recv(), 10)

    with pytest.raises(ConnectionClosed):
        in_own_loop(stay_open())
    with pytest.raises(InvalidStatus, match="403"):
        in_own_loop(open_socket(served.port, cookie=cookie, session=session))
    assert "Sign in" not in staying.get()
