"""The company's volumes as records: forecasts, schedules, meters, state of charge, outages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from replay_data.calibration import Floats
from replay_data.portfolio import (
    LOADS,
    STORAGE_START_MWH,
    SUPPLY,
    Surprise,
    Volumes,
    quarter_hours,
    volumes,
)
from replay_data.records import LocalDay, Record, record
from state.messages import (
    Forecast,
    MeterValues,
    Outage,
    Resource,
    ResourceKind,
    Run,
    Schedule,
    StateOfCharge,
)

MINUTE_NS = 60_000_000_000
HOUR_NS = 60 * MINUTE_NS
METER_DELAY_NS = 3 * HOUR_NS + 10 * MINUTE_NS
SCHEDULE_SOURCE = "schedules"


class OutageStory(NamedTuple):
    """A forced outage: announced and begun at local clock times."""

    resource: str
    announced: str
    start: str
    end: str
    available_mw: float


@dataclass(frozen=True)
class Operations:
    """The company's plants and loads over today and tomorrow.

    Attributes:
        scheduled_at: local time at which tomorrow's day-ahead schedule comes.
    """

    today: LocalDay
    seed: int
    surprise: Surprise | None = None
    outage: OutageStory | None = None
    scheduled_at: str = "13:01"

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """Names of loads and supply, in the order of schedules."""
        return tuple(resource.resource for resource in (*LOADS, *SUPPLY))

    @cached_property
    def volumes(self) -> dict[str, Volumes]:
        """Today's volumes by resource, the outage included."""
        made = self._volumes(self.today, self.surprise)
        if self.outage is not None:
            hit = made[self.outage.resource]
            first, last = self._span(self.outage.start, self.outage.end)
            actual = hit.actual.copy()
            actual[first:last] = np.minimum(actual[first:last], self.outage.available_mw)
            made[self.outage.resource] = hit._replace(actual=actual)
        return made

    @cached_property
    def tomorrow(self) -> dict[str, Volumes]:
        """Tomorrow's volumes by resource."""
        return self._volumes(self.today.next(), None)

    def scheduled(self, day: LocalDay) -> dict[str, Floats] | None:
        """Return the schedules of today or tomorrow by resource; of no other day."""
        if day == self.today:
            return {name: made.scheduled for name, made in self.volumes.items()}
        if day == self.today.next():
            return {name: made.scheduled for name, made in self.tomorrow.items()}
        return None

    def _volumes(self, day: LocalDay, surprise: Surprise | None) -> dict[str, Volumes]:
        return {
            resource.resource: volumes(resource, day, self.seed + number, surprise)
            for number, resource in enumerate((*LOADS, *SUPPLY))
        }

    def _span(self, start: str, end: str) -> tuple[int, int]:
        return self.today.grid.span(self.today.at(start), self.today.at(end))

    def _starts(self, minutes: int) -> Iterator[tuple[int, int]]:
        step = minutes * MINUTE_NS
        grid = self.today.grid
        for index in range(grid.hours * 60 // minutes):
            yield index, grid.start_ns + index * step

    # Opening ---------------------------------------------------------------------------------

    def opening(self) -> Iterator[Record]:
        """Yield what is known at midnight: forecasts, the DA schedule, the first RT schedules."""
        start = self.today.grid.start_ns
        known_at = start - HOUR_NS
        yield from self._hourly_forecasts(self.volumes, self.today, known_at, LOADS)
        yield from self._hourly_forecasts(self.volumes, self.today, known_at, SUPPLY)
        yield from self._hourly_forecasts(self.tomorrow, self.today.next(), known_at, LOADS)
        yield from self._hourly_forecasts(self.tomorrow, self.today.next(), known_at, SUPPLY)
        yield self._day_ahead(self.volumes, self.today, self.today.at("13:01", days=-1))
        yield from (item for item in self._advance_schedules() if item.received_at_ns < start)
        yield self._charge(start, STORAGE_START_MWH)

    def _hourly_forecasts(
        self,
        made: dict[str, Volumes],
        day: LocalDay,
        at_ns: int,
        resources: Sequence[Resource],
    ) -> Iterator[Record]:
        for resource in resources:
            name = resource.resource
            forecast = Forecast(
                resource=name,
                interval_start_ns=day.grid.start_ns,
                interval_seconds=3600,
                mw=made[name].scheduled,
                published_at_ns=at_ns,
            )
            yield record(forecast, "forecasts", at_ns, self.today)

    def _day_ahead(self, made: dict[str, Volumes], day: LocalDay, at_ns: int) -> Record:
        schedule = Schedule(
            market="caiso",
            run=Run.DA,
            interval_start_ns=day.grid.start_ns,
            interval_seconds=3600,
            resources=self.resources,
            mw=np.concatenate([made[name].scheduled for name in self.resources]),
            published_at_ns=at_ns,
        )
        return record(schedule, SCHEDULE_SOURCE, at_ns, self.today)

    # The day ---------------------------------------------------------------------------------

    def day(self) -> Iterator[Record]:
        """Yield the day's records, in no order."""
        start, end = self.today.grid.start_ns, self.today.grid.end_ns
        yield from (item for item in self._advance_schedules() if item.received_at_ns >= start)
        yield from self._reforecasts(LOADS, minutes=30)
        yield from self._reforecasts([item for item in SUPPLY if _varies(item)], minutes=60)
        yield from self._tomorrow_forecasts()
        yield from (item for item in self._meters() if item.received_at_ns < end)
        yield from self._charges()
        yield from self._outages()
        yield self._day_ahead(self.tomorrow, self.today.next(), self.today.at(self.scheduled_at))

    def _advance_schedules(self) -> Iterator[Record]:
        """Yield FMM schedules 20 minutes ahead and RTD schedules two minutes ahead."""
        supply = tuple(resource.resource for resource in SUPPLY)
        quarters = {name: quarter_hours(self._seen_by_fmm(name)) for name in supply}
        for index, start in self._starts(15):
            values = np.array([quarters[name][index] for name in supply])
            at = start - 20 * MINUTE_NS
            yield self._schedule(Run.FMM, start, 900, np.round(values, 1), at)
        for index, start in self._starts(5):
            values = np.array([self.volumes[name].actual[index] for name in supply])
            at = start - 2 * MINUTE_NS
            yield self._schedule(Run.RTD, start, 300, np.round(values, 1), at)

    def _seen_by_fmm(self, name: str) -> Floats:
        """Return what FMM schedules: an outage enters the runs after its announcement."""
        actual = self.volumes[name].actual
        if self.outage is None or name != self.outage.resource:
            return actual
        announced = self.today.at(self.outage.announced)
        first = -(-(announced + 20 * MINUTE_NS - self.today.grid.start_ns) // (15 * MINUTE_NS)) * 3
        seen = np.repeat(self.volumes[name].scheduled, 12)
        seen[first:] = actual[first:]
        return seen

    def _schedule(self, run: Run, start: int, seconds: int, mw: Floats, at: int) -> Record:
        schedule = Schedule(
            market="caiso",
            run=run,
            interval_start_ns=start,
            interval_seconds=seconds,
            resources=tuple(resource.resource for resource in SUPPLY),
            mw=mw,
        )
        return record(schedule, SCHEDULE_SOURCE, at, self.today)

    def _reforecasts(self, resources: Sequence[Resource], *, minutes: int) -> Iterator[Record]:
        """Yield re-forecasts of the rest of the day, in quarter hours."""
        for index, start in self._starts(minutes):
            quarter = index * minutes // 15 + 1
            for number, resource in enumerate(resources):
                name = resource.resource
                mw = self._expected(self.volumes[name], quarter)
                if not len(mw):
                    continue
                forecast = Forecast(
                    resource=name,
                    interval_start_ns=self.today.grid.start_ns + quarter * 15 * MINUTE_NS,
                    interval_seconds=900,
                    mw=mw,
                )
                at = start + 4 * MINUTE_NS + number * 1_000_000_000
                yield record(forecast, "forecasts", at, self.today)

    def _expected(self, made: Volumes, quarter: int) -> Floats:
        """Return the forecast of the quarter hours from ``quarter`` on: near ones are known."""
        planned = np.repeat(made.scheduled, 4)[quarter:]
        coming = quarter_hours(made.actual)[quarter:]
        lead_hours = np.arange(len(planned)) / 4
        known = np.clip(1 - lead_hours / 6, 0.25, 0.95)
        return np.round(planned + known * (coming - planned), 1)

    def _tomorrow_forecasts(self) -> Iterator[Record]:
        """Yield tomorrow's load forecast every two hours, each a little nearer to what comes."""
        day = self.today.next()
        for turn, start in self._starts(120):
            for number, load in enumerate(LOADS):
                made = self.tomorrow[load.resource]
                coming = made.actual.reshape(-1, 12).mean(axis=1)
                mw = made.scheduled + min(0.5, 0.03 * turn) * (coming - made.scheduled)
                forecast = Forecast(
                    resource=load.resource,
                    interval_start_ns=day.grid.start_ns,
                    interval_seconds=3600,
                    mw=np.round(mw, 1),
                )
                at = start + 10 * MINUTE_NS + number * 1_000_000_000
                yield record(forecast, "forecasts", at, self.today)

    def _meters(self) -> Iterator[Record]:
        """Yield each hour's meter values three hours after it."""
        generator = np.random.Generator(np.random.PCG64([self.seed, 99]))
        for hour, start in self._starts(60):
            for number, name in enumerate(self.resources):
                actual = self.volumes[name].actual[hour * 12 : hour * 12 + 12]
                noise = 1 + 0.002 * generator.standard_normal(12)
                values = MeterValues(
                    resource=name,
                    interval_start_ns=start,
                    interval_seconds=300,
                    mw=np.round(actual * noise, 2),
                )
                at = start + HOUR_NS + METER_DELAY_NS + number * 2_000_000_000
                yield record(values, "meters", at, self.today)

    def _charges(self) -> Iterator[Record]:
        held = STORAGE_START_MWH
        storage = next(item for item in SUPPLY if item.resource_kind is ResourceKind.STORAGE)
        for index, start in self._starts(5):
            output = float(self.volumes[storage.resource].actual[index])
            held -= output / 12 * (0.88 if output < 0 else 1.0)
            held = min(max(held, 0.0), storage.energy_mwh)
            yield self._charge(start + 5 * MINUTE_NS - 1_000_000_000, held)

    def _charge(self, at_ns: int, energy_mwh: float) -> Record:
        charge = StateOfCharge(resource="STORAGE_1", at_ns=at_ns, energy_mwh=round(energy_mwh, 2))
        return record(charge, "telemetry", at_ns, self.today)

    def _outages(self) -> Iterator[Record]:
        if self.outage is None:
            return
        story = self.outage
        outage = Outage(
            outage=f"OUT-{self.today.day:%Y%m%d}-01",
            version=1,
            resource=story.resource,
            start_ns=self.today.at(story.start),
            end_ns=self.today.at(story.end),
            available_mw=story.available_mw,
        )
        yield record(outage, "outages", self.today.at(story.announced), self.today)


def _varies(resource: Resource) -> bool:
    return resource.resource_kind in (ResourceKind.SOLAR, ResourceKind.WIND)
