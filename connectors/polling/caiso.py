"""CAISO's reports as they are asked for: OASIS SingleZip, one request in five seconds for all.

Advance runs come before their interval begins (real-time dispatch some 2.5 minutes, fifteen
minutes some 22.5), so that an interval may be there with a negative age. Day-ahead results come
about 13:00 local, sometimes hours late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connectors.polling.report import Part, Question, Report
from state.messages import AnyMessage, AreaVolume, FloatColumn, PricePublication

BASE_URL = "https://oasis.caiso.com"
EVERY_SECONDS = 5.0
"""Between two requests from one address, whatever they are about."""

_ZONE = ZoneInfo("America/Los_Angeles")
_PATH = "/oasisapi/SingleZip"
_SECOND_NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_DAYS = 30


class Oasis(NamedTuple):
    """How OASIS is asked for a report.

    Attributes:
        query: its ``queryname``.
        version: of its form.
        market_run: its ``market_run_id``.
        seconds: length of an interval.
    """

    query: str
    version: int
    market_run: str
    seconds: int

    def question(self, first_ns: int, last_ns: int, extra: dict[str, str]) -> Question:
        """Return the request for a stretch; OASIS refuses more than 31 days in one."""
        last_ns = min(last_ns, first_ns + _MOST_DAYS * 86_400 * _SECOND_NS)
        query = {
            "resultformat": "6",
            "queryname": self.query,
            "version": str(self.version),
            "market_run_id": self.market_run,
            "startdatetime": _stamp(first_ns),
            "enddatetime": _stamp(last_ns),
            **extra,
        }
        return Question(_PATH, query)


class OasisReport:
    """What the reports of OASIS have in common.

    Args:
        feed: its name, ``caiso/RTD``.
        oasis: how it is asked for.
        names: locations or areas.
    """

    market = "caiso"
    again_seconds = 86_400.0
    reread_seconds = 3600.0

    def __init__(self, feed: str, oasis: Oasis, names: Sequence[str], every_seconds: float) -> None:
        self.feed, self.every_seconds = feed, every_seconds
        self.names = frozenset(names)
        self._oasis, self._nodes = oasis, ",".join(sorted(names))

    def step_ns(self) -> int:
        """Return the length of an interval."""
        return self._oasis.seconds * _SECOND_NS

    def ask(self, first_ns: int, last_ns: int) -> Question:
        """Return the request for some intervals."""
        of_nodes = self._oasis.query.startswith("PRC_")
        return self._oasis.question(first_ns, last_ns, {"node": self._nodes} if of_nodes else {})

    def parts(self, messages: Sequence[AnyMessage]) -> list[Part]:
        """Return the intervals that messages hold of this report."""
        return [part for message in messages if (part := self._part(message)) is not None]

    def _part(self, message: AnyMessage) -> Part | None:
        run = self.feed.partition("/")[2]
        if isinstance(message, PricePublication) and message.run == run:
            values = _digest(message.lmp)
            return Part(message.interval_start_ns, frozenset(message.locations), values)
        if isinstance(message, AreaVolume) and message.run == self._oasis.market_run:
            return Part(message.interval_start_ns, frozenset(message.areas), _digest(message.mw))
        return None


class RunningReport(OasisReport):
    """A report that goes on all day, interval after interval.

    Args:
        ahead_seconds: so long before its begin an interval is published; negative for after.
        patience_seconds: so long after that it is late.
    """

    def __init__(
        self,
        feed: str,
        oasis: Oasis,
        names: Sequence[str],
        *,
        ahead_seconds: float,
        patience_seconds: float,
        every_seconds: float,
    ) -> None:
        super().__init__(feed, oasis, names, every_seconds)
        self._ahead_ns = int(ahead_seconds * _SECOND_NS)
        self._patience_ns = int(patience_seconds * _SECOND_NS)

    def due(self, since_ns: int, now_ns: int) -> Sequence[int]:
        """Return the intervals that should be published by now."""
        step = self.step_ns()
        first = -(-since_ns // step) * step
        return range(first, now_ns + self._ahead_ns + 1, step)

    def late_ns(self, start_ns: int) -> int:
        """Return from when an interval counts as missing."""
        return start_ns - self._ahead_ns + self._patience_ns


class DailyReport(OasisReport):
    """A report of a whole day, published at a local time of the day before.

    Args:
        at: market-local.
        patience: how long after that its hours are late.
    """

    def __init__(
        self, feed: str, oasis: Oasis, names: Sequence[str], *, at: time, patience: timedelta
    ) -> None:
        super().__init__(feed, oasis, names, every_seconds=120.0)
        self._at, self._patience = at, patience

    def due(self, since_ns: int, now_ns: int) -> Sequence[int]:
        """Return the hours of every day whose results are due; 23 or 25 of them twice a year."""
        day, last = _local_day(since_ns), _local_day(now_ns) + timedelta(days=1)
        starts: list[int] = []
        while day <= last:
            if self._due_ns(day) <= now_ns:
                starts.extend(
                    range(_midnight_ns(day), _midnight_ns(day + timedelta(days=1)), self.step_ns())
                )
            day += timedelta(days=1)
        return [start for start in starts if start >= since_ns]

    def late_ns(self, start_ns: int) -> int:
        """Return from when an hour counts as missing."""
        patience_ns = int(self._patience.total_seconds()) * _SECOND_NS
        return self._due_ns(_local_day(start_ns)) + patience_ns

    def _due_ns(self, day: date) -> int:
        return _ns(datetime.combine(day - timedelta(days=1), self._at, tzinfo=_ZONE))


def reports(locations: Sequence[str], areas: Sequence[str]) -> list[Report]:
    """Return what is followed live: prices of three runs, load forecast and actual.

    Args:
        locations: price nodes and hubs, by the names OASIS has for them.
        areas: TAC areas whose load is followed; none are where it is empty.
    """
    real_time = Oasis("PRC_INTVL_LMP", 3, "RTM", 300)
    quarters = Oasis("PRC_RTPD_LMP", 3, "RTPD", 900)
    found: list[Report] = [
        RunningReport(
            "caiso/RTD", real_time, locations,
            ahead_seconds=150, patience_seconds=480, every_seconds=15,
        ),
        RunningReport(
            "caiso/FMM", quarters, locations,
            ahead_seconds=1350, patience_seconds=1200, every_seconds=30,
        ),
        DailyReport(
            "caiso/DA", Oasis("PRC_LMP", 12, "DAM", 3600), locations,
            at=time(13), patience=timedelta(hours=2),
        ),
    ]  # fmt: skip
    if areas:
        found += [
            DailyReport(
                "caiso/load_day_ahead", Oasis("SLD_FCST", 1, "DAM", 3600), areas,
                at=time(9, 10), patience=timedelta(hours=2),
            ),
            RunningReport(
                "caiso/load_actual", Oasis("SLD_FCST", 1, "ACTUAL", 3600), areas,
                ahead_seconds=-3900, patience_seconds=3600, every_seconds=300,
            ),
        ]  # fmt: skip
    return found


def _digest(values: FloatColumn) -> bytes:
    return hashlib.blake2b(values.tobytes(), digest_size=8).digest()


def _stamp(at_ns: int) -> str:
    moment = _EPOCH + timedelta(seconds=at_ns // _SECOND_NS)
    return f"{moment:%Y%m%dT%H:%M}-0000"


def _local_day(at_ns: int) -> date:
    return (_EPOCH + timedelta(seconds=at_ns // _SECOND_NS)).astimezone(_ZONE).date()


def _midnight_ns(day: date) -> int:
    return _ns(datetime.combine(day, time(), tzinfo=_ZONE))


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(seconds=1) * _SECOND_NS
