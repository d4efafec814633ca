"""Markets that are followed and simulated, without a process or a socket.

Each report's own poller asks a host that hands the question to the simulated market; market time
is stepped by whatever the poller waits for.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from connectors.polling import FOLLOWED
from connectors.polling.host import Answer, TransportFault
from connectors.polling.report import Report
from connectors.simulated import SIMULATED, PublishedDay, SimulatedMarket
from connectors.simulated.faults import Fault, FaultPlan, answered
from connectors.simulated.published import Published
from state.messages import AnyMessage, AreaVolume, PricePublication, Run, Series

BASE = "https://simulated.example"
SECOND_NS = 10**9
MINUTE_NS, HOUR_NS = 60 * SECOND_NS, 3600 * SECOND_NS
LOCATIONS, AREAS = ("CENTRAL_HUB", "NORTH_HUB", "SOUTH"), ("NORTH", "TOTAL")
CLOCK_CHANGES = {
    "summer": date(2026, 6, 10),
    "23 hours": date(2026, 3, 8),
    "25 hours": date(2026, 11, 1),
}

Values = dict[tuple[int, str], list[float]]
"""Everything that was said of an interval at a name, in order, each once in a row."""


class SteppedClock:
    """A market clock that stands still until somebody waits, and stops a poller at its end."""

    def __init__(self, begin_ns: int, end_ns: int) -> None:
        self._now_ns, self._end_ns = begin_ns, end_ns

    def now_ns(self) -> int:
        return self._now_ns

    def wait_until(self, market_ns: int, stop: threading.Event) -> bool:
        self._now_ns = max(self._now_ns, market_ns)
        if self._now_ns >= self._end_ns:
            stop.set()
        return stop.is_set()


class FreeBucket:
    def wait(self, stop: threading.Event) -> bool:
        return stop.is_set()

    def pause(self, seconds: float) -> None:
        """Let everybody through: it is the poller that waits."""


class DirectHost:
    """Hands questions to a simulated market; one in so many meets a fault."""

    bucket = FreeBucket()
    has_fallback = False

    def __init__(self, market: SimulatedMarket, clock: SteppedClock, faults: FaultPlan) -> None:
        self._market, self._clock, self.faults = market, clock, faults
        self._before = b""

    def get(self, path: str, query: dict[str, str], **_: bool) -> Answer:
        fault, wrong = self.faults.next(), False
        if fault in (Fault.LATE, Fault.SILENT):
            reason = "no answer in time"
            raise TransportFault(reason)
        wrong = fault is Fault.CORRECTED
        body = self._market.answer(path, query, self._clock.now_ns(), wrong=wrong)
        assert body is not None, f"no address of the market: {path} {query}"
        status, spoilt = answered(fault, body, self._before)
        self._before = body
        return Answer(int(status), {}, spoilt, path)

    def remember(self, answer: Answer) -> None:
        """Ask without conditions."""


CHOSEN = {"isone-csv": {"prices": "csv"}}
"""Other ways to follow a market, by names that begin with the market's."""
NAMES = sorted([*FOLLOWED, *CHOSEN])


def market_of(name: str) -> str:
    return name.partition("-")[0]


def everything_of(name: str) -> list[Published]:
    """Return an interval of every run that any market has prices or volumes of."""
    lengths = {"ACTUAL": (300, 3600), "STLF": (300,)}
    volumes = [
        AreaVolume(
            market=name, series=series, run=run, interval_start_ns=0, interval_seconds=seconds,
            areas=AREAS, mw=np.zeros(len(AREAS)),
        )
        for series in Series
        for run in ("ACTUAL", "DAM", "STLF")
        for seconds in lengths.get(run, (3600,))
    ]  # fmt: skip
    price = PricePublication(
        market=name, run=Run.DA, interval_start_ns=0, interval_seconds=3600,
        locations=LOCATIONS, lmp=np.zeros(len(LOCATIONS)),
    )  # fmt: skip
    return [Published(0, message) for message in (price, *volumes)]


def reports_of(name: str) -> list[Report]:
    """Return every report of values of a market's own section, load, solar and wind included."""
    of = market_of(name)
    market = SIMULATED[of](PublishedDay(of, everything_of(of)))
    section = {**market.section(BASE), **CHOSEN.get(name, {})}
    asked = FOLLOWED[of].model_validate(section).asked()
    assert {urlsplit(one.base_url).netloc for one in asked} == {urlsplit(BASE).netloc}
    assert not any(one.fallback_url for one in asked)
    return [report for one in asked for report in one.reports if report.announced is None]


def due_ns(report: Report, start_ns: int) -> int:
    """Return the second in which an interval is due, by looking for it."""
    first, last = start_ns - 72 * HOUR_NS, report.schedule.late_ns(start_ns)
    while last - first > SECOND_NS:
        middle = (first + last) // 2
        is_due = start_ns in report.schedule.due(start_ns, middle)
        first, last = (first, middle) if is_due else (middle, last)
    return last


def published_of(report: Report, starts: Sequence[int]) -> Iterator[Published]:
    """Yield intervals as a report publishes them: when due, and one in five just before late."""
    numbers = random.Random(report.feed)  # noqa: S311 - the same values in every run
    for number, start_ns in enumerate(starts):
        common: dict[str, Any] = {
            "market": report.market,
            "run": report.run,
            "interval_start_ns": start_ns,
            "interval_seconds": report.schedule.step_ns // SECOND_NS,
        }
        late_ns = report.schedule.late_ns(start_ns) - MINUTE_NS
        in_order = number % 5 or not report.has_past
        at_ns = due_ns(report, start_ns) if in_order else late_ns
        for message in messages_of(report, common, numbers):
            yield Published(at_ns, message)


def messages_of(
    report: Report, common: dict[str, Any], numbers: random.Random
) -> Iterator[PricePublication | AreaVolume]:
    """Yield the prices of an interval, or a volume of each series."""
    if report.run in set(Run):
        names = tuple(sorted(report.names))
        columns = {
            column: np.array([round(numbers.uniform(-90, 900), 2) for _ in names])
            for column in ("energy", "congestion", "loss")
        }
        columns["energy"][:] = columns["energy"][0]
        total = np.round(sum(columns.values()), 2)
        yield PricePublication(locations=names, lmp=total, **columns, **common)
        return
    for series in report.series or (Series.LOAD,):
        own = f"{series} " if len(report.series) > 1 else ""
        areas = tuple(
            sorted(name.removeprefix(own) for name in report.names if name.startswith(own))
        )
        mw = np.array([round(numbers.uniform(0, 2700)) for _ in areas], dtype=float)
        yield AreaVolume(series=series, areas=areas, mw=mw, **common)


def values_of(messages: Sequence[AnyMessage], report: Report, values: Values) -> None:
    for message in messages:
        if not report.parts([message]):
            continue
        assert isinstance(message, PricePublication | AreaVolume)
        own = ""
        if isinstance(message, PricePublication):
            names, column = message.locations, message.lmp
        else:
            names, column = message.areas, message.mw
            own = f"{message.series} " if len(report.series) > 1 else ""
        for where, value in zip((own + name for name in names), column.tolist(), strict=True):
            if where not in report.names:
                continue  # a market may publish more than what is followed
            said = values.setdefault((message.interval_start_ns, where), [])
            if not said or said[-1] != value:
                said.append(value)
