"""ISO-NE's web services as they are asked for, in JSON, by the name and password of an account.

Real time is published as an interval begins, preliminary first and final some days later; the
answers hold an hour each, a day-ahead one a whole day, and those of load one too; a forecast has
several issues an hour there, of which the last counts. Hours are asked for by the local clock: the
twins of the repeated hour have one address. The same prices come as CSV without an account
(:mod:`.isone_csv`), real time in files of four hours once they are over.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from typing_extensions import override

from connectors.isos.isone_services import AREA
from connectors.polling import isone_csv
from connectors.polling.followed import Asked, MarketFeeds, Pace
from connectors.polling.report import Question, Report
from connectors.polling.schedule import Daily, Running, local_day, local_hour
from connectors.secret_file import read_secret, require_private
from state.errors import ConfigError
from state.messages import Run
from state.moments import HOUR_NS

BASE_URL = "https://webservices.iso-ne.com"
REPORTS_URL = "https://www.iso-ne.com"
EVERY_SECONDS = 10.0
"""Between two requests; no limit is published."""

SERVICES = "/api/v1.1"
PASSWORD = "TIELINE_ISONE_PASSWORD"  # noqa: S105 - the name of a variable
USER = "TIELINE_ISONE_USER"

_ZONE = ZoneInfo("America/New_York")
_DAY_SECONDS = 86_400.0
_FINAL_DAYS = 5
"""So many days after theirs final prices are asked for; by when they are out is not published."""


class IsoneFeeds(MarketFeeds):
    """ISO-NE.

    Attributes:
        base_url: another one for a mirror, or a simulated ISO-NE; those may need no account.
        every_seconds: between two requests.
        user_file: holds the name of the account; else ``TIELINE_ISONE_USER`` does.
        password_file: holds its password; else ``TIELINE_ISONE_PASSWORD`` does.
        load: whether the load of the whole area and its forecast are followed.
        prices: by the web services, or by CSV reports, which need no account.
        reports_url: of the CSV reports.
    """

    base_url: str = BASE_URL
    every_seconds: Pace = EVERY_SECONDS
    user_file: Path | None = None
    password_file: Path | None = None
    load: bool = False
    prices: Literal["web_services", "csv"] = "web_services"
    reports_url: str = REPORTS_URL

    @override
    def beside(self, folder: Path) -> IsoneFeeds:
        """Return the section with its two files in a folder; an account must be there.

        Raises:
            ConfigError: there is none, or its password would be sent in clear.
        """
        files = {"user_file": self.user_file, "password_file": self.password_file}
        named = {name: file and folder / file for name, file in files.items()}
        found = self.model_copy(update=named)
        found.headers()
        return found

    @override
    def asked(self) -> Sequence[Asked]:
        """Return the web services, and the host of the CSV reports where they are followed."""
        is_csv = self.prices == "csv"
        found = [*(() if is_csv else _reports(self.locations)), *(_loads() if self.load else ())]
        hosts = [Asked(self.base_url, self.every_seconds, found, self.headers())] if found else []
        if is_csv:
            files = isone_csv.reports(self.locations)
            hosts.append(Asked(self.reports_url, self.every_seconds, files))
        return hosts

    def headers(self) -> Mapping[str, str]:
        """Return what every request is sent with: name and password, which are secrets.

        An account of the environment is ISO-NE's, and is sent to nobody else.

        Raises:
            ConfigError: there is no account, or its password would be sent in clear.
        """
        if self.prices == "csv" and not self.load:
            return {}
        own = self.base_url.rstrip("/") == BASE_URL
        user, password = (
            read_secret(file, setting=setting) if file else os.environ.get(name, "") * own
            for file, setting, name in (
                (self.user_file, "isone.user_file", USER),
                (self.password_file, "isone.password_file", PASSWORD),
            )
        )
        if not user or not password:
            if not (own or user or password):
                return {}
            reason = (
                f"isone: the web services need an account (free); put its name and password into "
                f"files named by user_file and password_file, or into {USER} and {PASSWORD}"
            )
            if not own:
                reason = "isone: an account is two files; name both user_file and password_file"
            raise ConfigError(reason)
        require_private(self.base_url, setting="isone.base_url")
        pair = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return {"Authorization": f"Basic {pair}"}


def _reports(locations: Sequence[str]) -> list[Report]:
    names = frozenset(locations)
    return [
        Report(
            "isone/RTD", Run.RTD, names,
            Running(300, ahead_seconds=-30, patience_seconds=600),
            lambda first_ns, _: _of_hour("prelim", first_ns), every_seconds=30,
            answer_of=_hour_of, may_be_absent=True,
        ),
        Report(
            "isone/RTD_final", Run.RTD, names,
            Daily(
                _ZONE, at=time(12), patience=timedelta(days=1),
                days_before=-_FINAL_DAYS, step_seconds=300,
            ),
            lambda first_ns, _: _of_hour("final", first_ns), every_seconds=300,
            answer_of=_hour_of, again_seconds=(_FINAL_DAYS + 3) * _DAY_SECONDS,
            reread_seconds=_DAY_SECONDS, may_be_absent=True,
            kept_seconds=(_FINAL_DAYS + 4) * _DAY_SECONDS,
        ),
        Report(
            "isone/DA", Run.DA, names,
            Daily(_ZONE, at=time(13), patience=timedelta(hours=2)),
            lambda first_ns, _: _of_day(first_ns), every_seconds=120,
            answer_of=_day_of, may_be_absent=True,
        ),
    ]  # fmt: skip


def _loads() -> list[Report]:
    return [
        Report(
            "isone/load_forecast", "FORECAST", frozenset({AREA}),
            Daily(_ZONE, at=time(10), patience=timedelta(hours=2)),
            lambda first_ns, _: _load_of_day("hourlyloadforecast", first_ns), every_seconds=120,
            answer_of=_day_of, may_be_absent=True, only_asked=True,
        ),
        Report(
            "isone/load_actual", "ACTUAL", frozenset({AREA}),
            Running(3600, ahead_seconds=-4500, patience_seconds=7200),
            lambda first_ns, _: _load_of_day("hourlysysload", first_ns), every_seconds=300,
            answer_of=_day_of, may_be_absent=True,
        ),
    ]  # fmt: skip


def _load_of_day(service: str, first_ns: int) -> Question:
    return Question(f"{SERVICES}/{service}/day/{_day_of(first_ns):%Y%m%d}.json", {})


def _of_hour(kind: str, first_ns: int) -> Question:
    day, hour = _hour_of(first_ns)
    path = f"{SERVICES}/fiveminutelmp/{kind}/day/{day:%Y%m%d}/starthour/{hour:02}.json"
    return Question(path, {})


def _of_day(first_ns: int) -> Question:
    return Question(f"{SERVICES}/hourlylmp/da/final/day/{_day_of(first_ns):%Y%m%d}.json", {})


def _hour_of(start_ns: int) -> tuple[date, int]:
    return _hour_from(start_ns // HOUR_NS)


@lru_cache(maxsize=1000)
def _hour_from(hours: int) -> tuple[date, int]:
    return local_hour(hours * HOUR_NS, _ZONE)


def _day_of(start_ns: int) -> date:
    return local_day(start_ns, _ZONE)
