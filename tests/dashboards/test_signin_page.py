"""The sign-in page by itself: who is looked at, what reaches the look, and what is given."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from urllib.parse import urlencode

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from dashboards import signin
from dashboards.access import Access, Lockout, Person, Role
from dashboards.signin import SignIn
from tests.dashboards.serving import in_own_loop

SECRET = "s" * 40  # a made-up one


class OnePerson(Access):
    """Knows one person and password, and how often it was asked."""

    def __init__(self, password: str = "right") -> None:  # noqa: S107 - made up
        super().__init__(links={Role.DESK: "unused"})
        self._right = password
        self.looks = 0

    def by_password(self, name: str, password: str) -> Person | None:
        self.looks += 1
        time.sleep(0.02)  # as a hash takes
        return self.person(name) if password == self._right else None


def answers(sign_in: SignIn, *passwords: str) -> list[HTTPResponse]:
    """Post passwords at once to a page of its own."""

    async def post() -> list[HTTPResponse]:
        page = Application([("/login", sign_in.login_handler)], cookie_secret=SECRET)
        listening, port = bind_unused_port()
        server = HTTPServer(page)
        server.add_socket(listening)
        client = AsyncHTTPClient(force_instance=True, max_clients=len(passwords))
        asked = [
            client.fetch(
                f"http://127.0.0.1:{port}/login",
                method="POST",
                body=urlencode({"name": "desk", "password": password}),
                raise_error=False,
                follow_redirects=False,
            )
            for password in passwords
        ]
        came = await asyncio.gather(*asked)
        server.stop()
        client.close()
        return list(came)

    return in_own_loop(post())


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "WRONG_TRY_SECONDS", 0.0)


def test_tries_at_once_are_counted_as_those_after_another_are():
    access = OnePerson()

    came = answers(SignIn(access, secret=SECRET), *("guess",) * 20)

    most = Lockout().tries
    assert Counter(answer.code for answer in came) == {403: most, 429: 20 - most}
    assert access.looks == most


def test_a_right_try_is_not_counted():
    sign_in = SignIn(OnePerson(), secret=SECRET)

    for _ in range(Lockout().tries + 1):
        (came,) = answers(sign_in, "right")
        assert came.code == 302


def test_blanks_around_a_password_belong_to_it():
    sign_in = SignIn(OnePerson(" right "), secret=SECRET)

    assert [answer.code for answer in answers(sign_in, "right", " right ")] == [403, 302]


@pytest.mark.parametrize("by_tls", [False, True])
def test_a_cookie_goes_by_tls_alone_where_browsers_come_so(
    by_tls: bool,  # noqa: FBT001 - drawn
):
    (came,) = answers(SignIn(OnePerson(), secret=SECRET, by_tls=by_tls), "right")

    assert ("; secure" in came.headers["Set-Cookie"].lower()) is by_tls
