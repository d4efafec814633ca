"""Signing in over HTTP: a page, a cookie, and the rule that nothing is shown without it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog
from bokeh.application.handlers.handler import Handler
from bokeh.document import Document
from bokeh.server.auth_provider import AuthProvider
from markupsafe import Markup
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler, decode_signed_value

from dashboards.access import Access, Lockout, Person
from dashboards.markup import render

log = structlog.get_logger()

COOKIE = "tieline-session"
DAYS_SIGNED_IN = 0.5
WRONG_TRY_SECONDS = 1.0
LINKS_LET_NOBODY_IN = "Links let nobody in here: sign in with name and password."


class SignIn(AuthProvider):
    """Lets in who carries a cookie this server signed, for a person it still knows.

    Args:
        access: decides who somebody is.
        secret: signs the cookie.
        by_tls: browsers come by https, whatever reaches the server itself.

    Attributes:
        when_signed_out: called at once when a cookie was taken back.
    """

    def __init__(self, access: Access, *, secret: str, by_tls: bool = False) -> None:
        self._access = access
        self._secret = secret
        self._ended: set[str] = set()
        self.when_signed_out: Callable[[], None] = lambda: None
        lockout = Lockout()
        words = {"access": access, "name_of": staticmethod(self._name_of)}
        enter = {"lockout": lockout, "by_tls": by_tls}
        self._login = type("Login", (LoginPage,), {**words, **enter})
        leave = {"sign_out": staticmethod(self.sign_out)}
        self._logout = type("Logout", (LogoutPage,), {**words, **leave})
        super().__init__()

    def person_of(self, cookie: str | None) -> Person | None:
        """Return the person of a cookie's value.

        None when it is forged, too old, taken back, or of somebody unknown.
        """
        return None if cookie in self._ended else self._bearer(cookie)

    def sign_out(self, cookie: str | None) -> None:
        """Take a cookie back: whatever window or copy has it shows and does nothing more."""
        taken_back = {*self._ended, cookie or ""}
        self._ended = {each for each in taken_back if self._bearer(each)}  # none beyond its age
        self.when_signed_out()

    def _bearer(self, cookie: str | None) -> Person | None:
        badge = decode_signed_value(self._secret, COOKIE, cookie, max_age_days=DAYS_SIGNED_IN)
        return self._access.bearer(badge.decode()) if badge else None

    @property
    def get_user(self) -> Callable[[RequestHandler], str | None]:  # type: ignore[override]
        """Bokeh asks this of the handler of every page and every websocket."""
        return self._name_of

    def _name_of(self, handler: RequestHandler) -> str | None:
        person = self.person_of(handler.get_cookie(COOKIE))
        return person.name if person else None

    @property
    def get_user_async(self) -> None:
        """Not used."""

    @property
    def get_login_url(self) -> None:
        """Not used: the address is fixed."""

    @property
    def login_url(self) -> str:
        """Where who is not known is sent."""
        return "/login"

    @property
    def login_handler(self) -> type[RequestHandler]:
        """The sign-in page."""
        return self._login

    @property
    def logout_url(self) -> str:
        """Where the cookie is taken back."""
        return "/logout"

    @property
    def logout_handler(self) -> type[RequestHandler]:
        """The page behind it."""
        return self._logout


class WhoIs(Handler):
    """Writes the verified person's name into the session's signed token; the cookie stays out."""

    def __init__(self, sign_in: SignIn) -> None:
        super().__init__()
        self._sign_in = sign_in

    def modify_document(self, doc: Document) -> None:
        """Add nothing."""

    def process_request(self, request: HTTPServerRequest) -> dict[str, Any]:
        """Return what the session will know of its request."""
        morsel = request.cookies.get(COOKIE)
        person = self._sign_in.person_of(morsel.value if morsel else None)
        return {"person": person.name if person else ""}


class LoginPage(RequestHandler):
    """Asks for a name and password, or takes a one-time link."""

    access: Access
    lockout: Lockout
    name_of: Callable[[RequestHandler], str | None]
    by_tls: bool

    def set_default_headers(self) -> None:
        """Keep the page out of caches and frames."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Referrer-Policy", "no-referrer")

    async def get(self) -> None:
        """Show the page, or use a link up; who is signed in and steps back to here goes on."""
        token = self.get_query_argument("token", "")
        if not token and self.name_of(self):
            self.redirect(own_address(self.get_argument("next", "")))
            return
        if not token:
            self._show("")
            return
        if self.access.has_passwords:
            self._show(LINKS_LET_NOBODY_IN, status=403)
            return
        await self._try(
            lambda: self.access.by_link(token),
            "This link was used before or is not of this run. Start Tieline again for new ones.",
        )

    async def post(self) -> None:
        """Check a password, away from the loop that serves the screens."""
        name = self.get_body_argument("name", "")
        password = self.get_body_argument("password", "", strip=False)
        await self._try(
            lambda: self.access.by_password(name, password), "Name or password is wrong."
        )

    async def _try(self, who: Callable[[], Person | None], refusal: str) -> None:
        caller, now = self.request.remote_ip or "", time.monotonic()
        wait = self.lockout.wait(caller, now=now)
        if wait > 0:
            self._show(f"Too many wrong tries. Wait {wait:.0f} s.", status=429)
            return
        self.lockout.fail(caller, now=now)  # before the look: others may come while it lasts
        person = await asyncio.get_running_loop().run_in_executor(None, who)
        if person is None:
            log.warning("signin.refused", caller=caller)
            await asyncio.sleep(WRONG_TRY_SECONDS)
            self._show(refusal, status=403)
            return
        self.lockout.succeed(caller)
        self._let_in(person)

    def _let_in(self, person: Person) -> None:
        log.info("signin.accepted", person=person.name, role=person.role.value)
        self.set_signed_cookie(
            COOKIE,
            self.access.badge(person),
            expires_days=DAYS_SIGNED_IN,
            httponly=True,
            samesite="Lax",
            secure=self.by_tls or self.request.protocol == "https",
        )
        self.redirect(own_address(self.get_argument("next", "")))

    def _show(self, error: str, *, status: int = 200) -> None:
        self.set_status(status)
        form = Markup(self.xsrf_form_html())  # noqa: S704 - made by Tornado, not by a person
        self.write(
            render(
                "signin.html",
                error=error,
                leaving="",
                has_passwords=self.access.has_passwords,
                xsrf=form,
                after=own_address(self.get_argument("next", "")),
            )
        )


def own_address(wanted: str) -> str:
    r"""Return where to go after signing in; an address of another host becomes the front page.

    >>> own_address("/?page=risk"), own_address("//elsewhere"), own_address("/\\elsewhere")
    ('/?page=risk', './', './')
    """
    own = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if own and wanted.isprintable() else "./"


class LogoutPage(RequestHandler):
    """Takes the cookie back; of a link, which lets nobody in again, only when asked twice."""

    access: Access
    name_of: Callable[[RequestHandler], str | None]
    sign_out: Callable[[str | None], None]

    def get(self) -> None:
        """Sign out who has a password; ask who came by a link."""
        name = self.name_of(self)
        if name is None or self.access.has_passwords:
            self.post()
            return
        form = Markup(self.xsrf_form_html())  # noqa: S704 - made by Tornado, not by a person
        self.write(render("signin.html", error="", leaving=name, xsrf=form))

    def post(self) -> None:
        """Sign out, in every window, and show the sign-in page."""
        self.sign_out(self.get_cookie(COOKIE))
        self.clear_cookie(COOKIE)
        self.redirect("./login")
