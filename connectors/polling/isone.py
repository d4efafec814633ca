"""ISO-NE's web services as they are asked for, in JSON, by the name and password of an account.

Real time is published as an interval begins, preliminary first and final some days later; the
answers hold an hour each, a day-ahead one a whole day. Hours are asked for by the local clock: the
twins of the repeated hour have one address. The same prices as CSV (docs/feeds.md) need the session
of a browser, and are read from files.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from connectors.polling.followed import Asked, MarketFeeds, Pace
from connectors.polling.report import Question, Report
from connectors.polling.schedule import Daily, Running, local_day, local_hour
from connectors.polling.secret import SecretFile, secret_of
from state.errors import ConfigError
from state.messages import Run

BASE_URL = "https://webservices.iso-ne.com"
EVERY_SECONDS = 10.0
"""Between two requests; no limit is published."""

SERVICES = "/api/v1.1"
PASSWORD = "TIELINE_ISONE_PASSWORD"  # noqa: S105 - the name of a variable
USER = "TIELINE_ISONE_USER"

_ZONE = ZoneInfo("America/New_York")
_ABSENT = frozenset({404})
_DAY_SECONDS = 86_400.0
_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")


class IsoneFeeds(MarketFeeds):
    """ISO-NE.

    Attributes:
        base_url: another one for a mirror, or a simulated ISO-NE.
        every_seconds: between two requests.
        user_file: holds the name of the account; else ``TIELINE_ISONE_USER`` does.
        password_file: holds its password; else ``TIELINE_ISONE_PASSWORD`` does.
    """

    base_url: str = BASE_URL
    every_seconds: Pace = EVERY_SECONDS
    user_file: SecretFile | None = None
    password_file: SecretFile | None = None

    def asked(self) -> Sequence[Asked]:
        """Return the web services.

        Raises:
            ConfigError: there is no account, or its password would be sent in clear.
        """
        return [Asked(self.base_url, self.every_seconds, _reports(self.locations), self._headers())]

    def _headers(self) -> dict[str, str]:
        user = secret_of(self.user_file, USER, setting="isone.user_file")
        password = secret_of(self.password_file, PASSWORD, setting="isone.password_file")
        near = self.base_url.startswith(_LOOPBACK)
        if user is None or password is None:
            if near:
                return {}
            reason = (
                f"isone: the web services need an account (free); put its name and password into "
                f"files named by user_file and password_file, or into {USER} and {PASSWORD}"
            )
            raise ConfigError(reason)
        if not near and not self.base_url.startswith("https://"):
            reason = f"isone.base_url: {self.base_url} would get the password in clear; use https"
            raise ConfigError(reason)
        pair = f"{user.get_secret_value()}:{password.get_secret_value()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def _reports(locations: Sequence[str]) -> list[Report]:
    names = frozenset(locations)
    return [
        Report(
            "isone/RTD", Run.RTD, names,
            Running(300, ahead_seconds=-30, patience_seconds=600),
            lambda first_ns, _: _of_hour("prelim", first_ns), every_seconds=30,
            answer_of=_hour_of, again_seconds=7200.0, not_there=_ABSENT,
        ),
        Report(
            "isone/RTD_final", Run.RTD, names,
            Running(300, ahead_seconds=-2 * _DAY_SECONDS, patience_seconds=5 * _DAY_SECONDS),
            lambda first_ns, _: _of_hour("final", first_ns), every_seconds=300,
            answer_of=_hour_of, again_seconds=0.0, not_there=_ABSENT,
            behind_seconds=7 * _DAY_SECONDS,
        ),
        Report(
            "isone/DA", Run.DA, names,
            Daily(_ZONE, at=time(13), patience=timedelta(hours=2)),
            lambda first_ns, _: _of_day(first_ns), every_seconds=120,
            answer_of=_day_of, not_there=_ABSENT,
        ),
    ]  # fmt: skip


def _of_hour(kind: str, first_ns: int) -> Question:
    day, hour = _hour_of(first_ns)
    path = f"{SERVICES}/fiveminutelmp/{kind}/day/{day:%Y%m%d}/starthour/{hour:02}.json"
    return Question(path, {})


def _of_day(first_ns: int) -> Question:
    return Question(f"{SERVICES}/hourlylmp/da/final/day/{_day_of(first_ns):%Y%m%d}.json", {})


def _hour_of(start_ns: int) -> tuple[date, int]:
    return local_hour(start_ns, _ZONE)


def _day_of(start_ns: int) -> date:
    return local_day(start_ns, _ZONE)
