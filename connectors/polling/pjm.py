"""PJM's feeds as they are asked for: Data Miner 2, page after page, by nodes and UTC intervals.

The unverified five-minute prices come minutes after their interval and are read for six hours;
the verified ones of a whole day come the day after, when nobody asks for the others any more, so
that no price goes back to its unverified value. Of feeds with versions only current rows are asked
for. The key goes to PJM's own address, or where a file of it is named beside another one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator
from typing_extensions import override

from connectors.isos.pjm import ZONE, page_of
from connectors.polling.followed import Asked, MarketFeeds, Pace
from connectors.polling.report import Question, Report
from connectors.polling.schedule import Daily, Running
from connectors.secret_file import read_secret, require_private
from state.errors import ConfigError
from state.messages import Run
from state.moments import SECOND_NS, from_ns

BASE_URL = "https://api.pjm.com"
EVERY_SECONDS = 11.0
"""Between two requests: six a minute is what is said to be left to those who are no members."""

PATH = "/api/v1/"
KEY_HEADER = "Ocp-Apim-Subscription-Key"
KEY_VARIABLE = "TIELINE_PJM_API_KEY"
MOST_ROWS = 50_000
"""That Data Miner puts into one answer."""

_ZONE = ZoneInfo(ZONE)
_BEGIN = "datetime_beginning_utc"
_FORECAST_BEGIN = "forecast_datetime_beginning_utc"
_UNVERIFIED_HOURS = 6.0


class PjmFeeds(MarketFeeds):
    """PJM.

    Attributes:
        base_url: another one for a mirror, or a simulated PJM.
        every_seconds: between two requests from this address, whatever they are about.
        api_key_file: whose first line is the key; else it is in the environment.
        pnode_ids: the numbers of the locations, in the same order; prices are asked for by them.
        areas: of the instantaneous load.
        forecast_areas: of the seven-day load forecast.
        verified: whether the verified five-minute prices are read the day after.
    """

    base_url: str = BASE_URL
    every_seconds: Pace = EVERY_SECONDS
    api_key_file: Path | None = None
    pnode_ids: Annotated[tuple[int, ...], Field(min_length=1)]
    areas: tuple[str, ...] = ()
    forecast_areas: tuple[str, ...] = ()
    verified: bool = True

    @model_validator(mode="after")
    def _each_has_its_number(self) -> Self:
        if len(set(self.pnode_ids)) != len(self.locations):
            reason = (
                f"pnode_ids names {len(set(self.pnode_ids))} nodes and locations "
                f"{len(self.locations)}; write the pnode_id of every location"
            )
            raise ValueError(reason)
        return self

    @override
    def beside(self, folder: Path) -> PjmFeeds:
        """Return the section with its key file in a folder; a key must be there.

        Raises:
            ConfigError: there is no key, or its file cannot be read.
        """
        file = None if self.api_key_file is None else folder / self.api_key_file
        found = self.model_copy(update={"api_key_file": file})
        found.headers()
        return found

    def headers(self) -> Mapping[str, str]:
        """Return what every request is sent with: the key, which is a secret.

        Raises:
            ConfigError: there is no key, its file cannot be read, or it would be sent in clear.
        """
        if self.api_key_file is not None:
            key = read_secret(self.api_key_file, setting="pjm.api_key_file")
        elif self.base_url.rstrip("/") != BASE_URL:
            return {}
        else:
            key = os.environ.get(KEY_VARIABLE, "").strip()
        if not key or not (key.isascii() and key.isprintable()) or " " in key:
            source = self.api_key_file or KEY_VARIABLE
            reason = (
                f"pjm: {source} holds no API key; put the subscription key of Data Miner 2 into "
                f"{KEY_VARIABLE}, or into a file that api_key_file names"
            )
            raise ConfigError(reason)
        require_private(self.base_url, setting="pjm.base_url")
        return {KEY_HEADER: key}

    def asked(self) -> Sequence[Asked]:
        """Return Data Miner.

        Raises:
            ConfigError: there is no key.
        """
        found = [*self._prices(), *self._loads()]
        return [Asked(self.base_url, self.every_seconds, found, self.headers())]

    def _prices(self) -> list[Report]:
        names = frozenset(self.locations)
        nodes = {"pnode_id": ";".join(map(str, sorted(self.pnode_ids)))}
        current = {**nodes, "row_is_current": "TRUE"}
        spot = Feed("rt_unverified_fivemin_lmps", _BEGIN, 300, nodes, _UNVERIFIED_HOURS)
        verified = Feed("rt_fivemin_hrl_lmps", _BEGIN, 300, current)
        ahead = Feed("da_hrl_lmps", _BEGIN, 3600, current)
        noon = Daily(
            _ZONE, at=time(12), patience=timedelta(hours=12), days_before=-1, step_seconds=300
        )
        found = [
            spot.report(
                "pjm/RTD", Run.RTD, names,
                Running(300, ahead_seconds=-420, patience_seconds=900), every_seconds=30,
            ),
            ahead.report(
                "pjm/DA", Run.DA, names,
                Daily(_ZONE, at=time(13, 30), patience=timedelta(hours=2)), every_seconds=120,
            ),
        ]  # fmt: skip
        if self.verified:
            found.append(
                verified.report("pjm/RTD_verified", Run.RTD, names, noon, every_seconds=900)
            )
        return found

    def _loads(self) -> list[Report]:
        found = []
        if self.areas:
            load = Feed("inst_load", _BEGIN, 300, {})
            found.append(load.report(
                "pjm/load_actual", "ACTUAL", frozenset(self.areas),
                Running(300, ahead_seconds=-420, patience_seconds=900), every_seconds=60,
            ))  # fmt: skip
        if self.forecast_areas:
            forecast = Feed("load_frcstd_7_day", _FORECAST_BEGIN, 3600, {})
            found.append(forecast.report(
                "pjm/load_forecast", "7DA", frozenset(self.forecast_areas),
                Daily(_ZONE, at=time(7), patience=timedelta(hours=2)), every_seconds=120,
            ))  # fmt: skip
        return found


class Feed(NamedTuple):
    """How Data Miner is asked for a feed.

    Attributes:
        name: of the feed.
        begin: the column of the intervals' begin.
        seconds: length of its intervals.
        filters: what else its rows must have.
        hours: so far back what is not there is asked for.
    """

    name: str
    begin: str
    seconds: int
    filters: Mapping[str, str]
    hours: float = 72.0

    def report(
        self,
        feed: str,
        run: str,
        names: frozenset[str],
        schedule: Running | Daily,
        *,
        every_seconds: float,
    ) -> Report:
        """Return the report that it is; see :class:`Report`."""
        return Report(
            feed, run, names, schedule, self.ask, every_seconds,
            again_seconds=min(self.hours, 24.0) * 3600.0, kept_seconds=self.hours * 3600.0,
            named=self.name, follow_ups=next_page,
        )  # fmt: skip

    def ask(self, first_ns: int, last_ns: int) -> Question:
        """Return the request for the first page of a stretch, whose end is a part of it."""
        last_ns -= self.seconds * SECOND_NS
        return Question(
            f"{PATH}{self.name}",
            {
                "rowCount": str(MOST_ROWS),
                "startRow": "1",
                "sort": self.begin,
                "order": "Asc",
                self.begin: f"{_stamp(first_ns)}to{_stamp(last_ns)}",
                **self.filters,
            },
        )


def next_page(question: Question, body: bytes) -> Sequence[Question]:
    """Return the request for the page after an answer, which may have fewer rows than asked for."""
    count, total = page_of(body, where=question.path)
    start = int(question.query["startRow"]) + count
    if start > total:
        return ()
    return [question._replace(query={**question.query, "startRow": str(start)})]


def _stamp(at_ns: int) -> str:
    return f"{from_ns(at_ns):%m/%d/%Y %H:%M}"
