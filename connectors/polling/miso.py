"""MISO's reports as they are asked for: the public API's real time, and the market reports' days.

MISO is on Eastern standard time all year. Real time is ex-post: an interval's price comes after its
end. The public API serves its newest interval alone; the answer with the whole day (``Rolling``)
grows beyond what Tieline takes in one body. Its load is that of the day so far. Market reports are
one file a day and report: until there is one the answer is 404.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.isos.miso import AREA
from connectors.polling.followed import Asked, MarketFeeds, Pace
from connectors.polling.report import Ask, Question, Report
from connectors.polling.schedule import Daily, Running, Schedule, local_day
from state.messages import Run

BASE_URL = "https://public-api.misoenergy.org"
REPORTS_URL = "https://docs.misoenergy.org"
EVERY_SECONDS = 60.0
"""Between two requests to one of the hosts; MISO asks for one a minute at most."""

LOAD = "/api/RealTimeTotalLoad"
CURRENT = "/api/MarketPricing/GetRealTimeFiveMinExPost/Current"
REPORTS = "/marketreports/"
ZONE = ZoneInfo("Etc/GMT+5")

_AGENT = "Mozilla/5.0 (X11; Linux x86_64) tieline"
_DAY_SECONDS = 86_400.0


class MisoFeeds(MarketFeeds):
    """MISO.

    Attributes:
        base_url: of the public API; another one for a mirror, or a simulated MISO.
        reports_url: of the market reports.
        every_seconds: between two requests to one of them.
        day_ahead: the price that settles, or the one of the clearing.
        real_time: five-minute prices as they come; or the hourly prices that are published days
            later, preliminary and then final. Both would correct each other.
        load: whether the load of the market is followed, five minutes and the forecast of the day.
        user_agent: sent to the host of the reports, which refuses what is no browser's.
    """

    base_url: str = BASE_URL
    reports_url: str = REPORTS_URL
    every_seconds: Pace = EVERY_SECONDS
    day_ahead: Literal["expost", "exante"] = "expost"
    real_time: Literal["five_minute", "hourly"] = "five_minute"
    load: bool = False
    user_agent: str = _AGENT

    def asked(self) -> Sequence[Asked]:
        """Return the public API, where it is followed, and the market reports."""
        names = frozenset(self.locations)
        daily = [_day_ahead(names, self.day_ahead)]
        if self.real_time == "hourly":
            daily += _hourly(names)
        agent = {"User-Agent": self.user_agent}
        hosts = [Asked(self.reports_url, self.every_seconds, daily, agent)]
        of_the_api = [_five_minute(names)] if self.real_time == "five_minute" else []
        of_the_api += [_load()] if self.load else []
        if of_the_api:
            hosts.insert(0, Asked(self.base_url, self.every_seconds, of_the_api))
        return hosts


def _five_minute(names: frozenset[str]) -> Report:
    return Report(
        "miso/RTD", Run.RTD, names,
        Running(300, ahead_seconds=-330, patience_seconds=600),
        lambda _, __: Question(CURRENT, {}), every_seconds=60, newest_only=True, has_past=False,
        answer_of=lambda start_ns: start_ns, again_seconds=0.0,
    )  # fmt: skip


def _load() -> Report:
    """Return the load of the market; an answer has its day so far, and the forecast of its hours.

    When it turns to the next day is not known: what it lacked of the day before is a gap.
    """
    return Report(
        "miso/load_actual", "ACTUAL", frozenset({AREA}),
        Running(300, ahead_seconds=-420, patience_seconds=900),
        lambda _, __: Question(LOAD, {}), every_seconds=120,
        answer_of=_day_of, newest_only=True, has_past=False, again_seconds=0.0,
    )  # fmt: skip


def _day_ahead(names: frozenset[str], kind: str) -> Report:
    # 13:30 in Eastern prevailing time, which is 12:30 here while that is daylight-saving time.
    schedule = Daily(ZONE, at=time(12, 30), patience=timedelta(hours=3))
    return _of_days("miso/DA", Run.DA, names, schedule, f"da_{kind}_lmp")


def _hourly(names: frozenset[str]) -> list[Report]:
    """Return real time by the hour: preliminary on the day after, final about a week after.

    The preliminary file goes when the final one comes, and is not read again: it would undo it.
    """
    day_after = Daily(ZONE, at=time(6), patience=timedelta(hours=18), days_before=-1)
    week_after = Daily(ZONE, at=time(6), patience=timedelta(days=3), days_before=-6)
    return [
        _of_days("miso/RTD_prelim", Run.RTD, names, day_after, "rt_lmp_prelim", kept_days=4),
        _of_days("miso/RTD_final", Run.RTD, names, week_after, "rt_lmp_final", kept_days=11),
    ]


def _of_days(
    feed: str,
    run: Run,
    names: frozenset[str],
    schedule: Schedule,
    report: str,
    *,
    kept_days: int = 0,
) -> Report:
    return Report(
        feed, run, names, schedule, _asking(report),
        every_seconds=300,
        answer_of=_day_of,
        again_seconds=_DAY_SECONDS if not kept_days else 0.0,
        may_be_absent=True,
        kept_seconds=(kept_days or 3) * _DAY_SECONDS,
    )  # fmt: skip


def _asking(report: str) -> Ask:
    return lambda first_ns, _: Question(f"{REPORTS}{_day_of(first_ns):%Y%m%d}_{report}.csv", {})


def _day_of(start_ns: int) -> date:
    return local_day(start_ns, ZONE)
