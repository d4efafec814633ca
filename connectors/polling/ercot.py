"""ERCOT's reports as they are asked for: the list of a report's documents, then each new one.

A document never changes under its number: one that came is not asked for again, and what is
published again (``_retry_``, corrections) is another document. The list stands behind a cache,
so its address gets a number of its own each time. Settlement prices are there some two minutes
after their quarter of an hour, day-ahead prices about 12:30 local of the day before.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from connectors.isos.ercot_documents import documents_of
from connectors.isos.ercot_volumes import ZONE
from connectors.polling.followed import Asked, MarketFeeds, Pace
from connectors.polling.report import Question, Report
from connectors.polling.schedule import Daily, Running
from state.messages import Run

BASE_URL = "https://www.ercot.com"
EVERY_SECONDS = 5.0
LIST_PATH = "/misapp/servlets/IceDocListJsonWS"
DOCUMENT_PATH = "/misdownload/servlets/mirDownload"
DASHBOARD_PATH = "/api/1/services/read/dashboards"

_ZONE = ZoneInfo(ZONE)
_HOUR, _DAY = 3_600.0, 86_400.0
_STAMPED = len("cdr.00012301.0000000000000000.20260610.192203")
"""So much of a document's name its file in the zip has too: report, day and second."""

Dashboard = Literal["system-wide-demand", "fuel-mix"]


class ErcotFeeds(MarketFeeds):
    """ERCOT.

    Attributes:
        base_url: another one for a mirror, or a simulated ERCOT.
        every_seconds: between two requests from this address, whatever they are about.
        real_time: the price an interval has in real time: the settlement price of 15 minutes, or
            the LMP of each dispatch. An interval's newest price stands, so one of them.
        areas: zones of the seven-day load forecast; its actual is followed with it.
        dashboards: followed besides.
        corrections: whether lists of corrected prices are looked for.
    """

    base_url: str = BASE_URL
    every_seconds: Pace = EVERY_SECONDS
    real_time: Literal["settlement", "dispatch"] = "settlement"
    areas: tuple[str, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    corrections: bool = True

    def asked(self) -> Sequence[Asked]:
        """Return the one host of them all."""
        found = [*self._prices(), *(_loads(self.areas) if self.areas else ())]
        found += [_DASHBOARDS[name] for name in dict.fromkeys(self.dashboards)]
        return [Asked(self.base_url, self.every_seconds, found)]

    def _prices(self) -> list[Report]:
        names = frozenset(self.locations)
        real_time = {"settlement": _settlement, "dispatch": _dispatch}[self.real_time]
        return [real_time(names, self.corrections), _day_ahead(names, self.corrections)]


class Kind(NamedTuple):
    """A kind of documents.

    Attributes:
        report: the ``reportTypeId`` of their list.
        holds: what their names hold, where a list has several kinds.
    """

    report: int
    holds: str = ""

    def is_kind(self, name: str) -> bool:
        """Say whether a document is of the kind."""
        return f".{self.report:08d}." in name and self.holds in name

    @property
    def listing(self) -> Question:
        """The request for their list."""
        return Question(LIST_PATH, {"reportTypeId": str(self.report)}, is_fresh=True)


class Mis(NamedTuple):
    """How the MIS is asked for a report.

    Attributes:
        kind: its documents.
        corrections: documents that correct it, looked for after every list of its own, so that
            what they hold comes after what it corrects.
    """

    kind: Kind
    corrections: Kind | None = None

    def ask(self, first_ns: int, last_ns: int) -> Question:
        """Return the request for the list, which knows no stretch."""
        del first_ns, last_ns
        return self.kind.listing

    def follow_ups(self, question: Question, body: bytes) -> Sequence[Question]:
        """Return the requests for the CSV documents of a list, the oldest first."""
        if question.once:
            return ()
        kinds = [self.kind, *([self.corrections] if self.corrections else ())]
        found = [
            Question(
                DOCUMENT_PATH,
                {"doclookupId": document.document},
                once=f"{document.name} {document.document}",
                published_ns=document.published_ns,
            )
            for document in documents_of(body, where=LIST_PATH)
            if document.is_csv and any(kind.is_kind(document.name) for kind in kinds)
        ]
        if self.corrections is None or question.is_aside:
            return found
        return [*found, self.corrections.listing._replace(is_aside=True)]


def is_document(question: Question, body: bytes) -> bool:
    """Say whether a body is the document that was asked for: its file has its report and stamp."""
    if not question.once:
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return any(name[:_STAMPED] == question.once[:_STAMPED] for name in names)


def _settlement(names: frozenset[str], corrected: bool) -> Report:  # noqa: FBT001 - a setting
    mis = Mis(Kind(12301), Kind(13045, "RTM_SPP") if corrected else None)
    return Report(
        "ercot/RTD", Run.RTD, names,
        Running(900, ahead_seconds=-1020, patience_seconds=900), mis.ask, every_seconds=30,
        follow_ups=mis.follow_ups, documents_seconds=2 * _HOUR, is_answer=is_document,
    )  # fmt: skip


def _dispatch(names: frozenset[str], corrected: bool) -> Report:  # noqa: FBT001 - a setting
    mis = Mis(Kind(12300), Kind(13045, "RTM_SPLMP") if corrected else None)
    return Report(
        "ercot/RTD", Run.RTD, names,
        Running(300, ahead_seconds=-60, patience_seconds=900), mis.ask, every_seconds=30,
        follow_ups=mis.follow_ups, documents_seconds=_HOUR, is_answer=is_document,
    )  # fmt: skip


def _day_ahead(names: frozenset[str], corrected: bool) -> Report:  # noqa: FBT001 - a setting
    mis = Mis(Kind(12331), Kind(13044, "DAM_SPP") if corrected else None)
    return Report(
        "ercot/DA", Run.DA, names,
        Daily(_ZONE, at=time(12, 30), patience=timedelta(hours=2)), mis.ask, every_seconds=120,
        follow_ups=mis.follow_ups, documents_seconds=1.5 * _DAY, is_answer=is_document,
    )  # fmt: skip


def _loads(areas: Sequence[str]) -> list[Report]:
    forecast, actual = Mis(Kind(12311)), Mis(Kind(12340))
    return [
        Report(
            "ercot/load_forecast", "7DA", frozenset(areas),
            Daily(_ZONE, at=time(7), patience=timedelta(hours=2)), forecast.ask, every_seconds=120,
            follow_ups=forecast.follow_ups, documents_seconds=1.5 * _DAY, is_answer=is_document,
        ),
        Report(
            "ercot/load_actual", "ACTUAL", frozenset({"SystemTotal"}),
            Running(900, ahead_seconds=-4800, patience_seconds=3600), actual.ask, every_seconds=120,
            follow_ups=actual.follow_ups, documents_seconds=2 * _HOUR, is_answer=is_document,
        ),
    ]  # fmt: skip


def _dashboard(name: Dashboard, area: str, schedule: Running) -> Report:
    def ask(first_ns: int, last_ns: int) -> Question:
        del first_ns, last_ns
        return Question(f"{DASHBOARD_PATH}/{name}.json", {})

    feed = f"ercot/{name.replace('-', '_')}"
    return Report(feed, "ACTUAL", frozenset({area}), schedule, ask, every_seconds=120)


_DASHBOARDS = {
    "system-wide-demand": _dashboard(
        "system-wide-demand",
        "SystemTotal",
        Running(3600, ahead_seconds=-3900, patience_seconds=3600),
    ),
    "fuel-mix": _dashboard(
        "fuel-mix", "SYSTEM_WIDE", Running(300, ahead_seconds=-600, patience_seconds=1800)
    ),
}
