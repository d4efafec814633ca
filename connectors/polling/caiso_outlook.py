"""Today's Outlook of CAISO as it is asked for: demand, solar and wind, every five minutes.

A download holds its day so far and no date. That of the running day has one address, and a number
of its own in every request, since a cache would answer it; those of the days before have theirs.
Solar and wind are taken of the fuels; the others, batteries and imports are what no message says.
"""

from __future__ import annotations

from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.isos.caiso_outlook import AREA
from connectors.polling.report import Question, Report, names_of
from connectors.polling.schedule import Running, local_day
from state.messages import Series

BASE_URL = "https://www.caiso.com"
EVERY_SECONDS = 20.0
"""Between two requests; no limit is published."""

PATH = "/outlook/"

Download = Literal["demand", "fuelsource"]

_ZONE = ZoneInfo("America/Los_Angeles")
_SERIES = {"demand": (Series.LOAD,), "fuelsource": (Series.SOLAR, Series.WIND)}


def report(download: Download) -> Report:
    """Return a download as it is followed."""
    series = _SERIES[download]
    several = names_of({one: [AREA] for one in series})
    return Report(
        f"caiso/outlook_{download}", "ACTUAL",
        several if len(series) > 1 else frozenset({AREA}),
        Running(300, ahead_seconds=-420, patience_seconds=900),
        lambda _, __: Question(f"{PATH}current/{download}.csv", {}, is_fresh=True),
        every_seconds=60, series=series, answer_of=_day_of, newest_only=True, again_seconds=0.0,
        ask_past=lambda first_ns, _: _of_day(download, _day_of(first_ns)),
    )  # fmt: skip


def _of_day(download: Download, day: date) -> Question:
    return Question(f"{PATH}history/{day:%Y%m%d}/{download}.csv", {}, named=f"{day:%Y%m%d}")


def _day_of(start_ns: int) -> date:
    return local_day(start_ns, _ZONE)
