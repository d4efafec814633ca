"""From hourly zone prices to every location's DA, FMM and RTD prices, and the factor history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replay_data.calibration import Floats
from replay_data.locations import Place, congestion_by_hour, place_prices
from replay_data.model import FIRST_DATE, PriceHistory
from replay_data.records import LocalDay
from state.messages import LocationKind, Run
from state.moments import HOUR_NS, from_ns

PER_HOUR = {Run.DA: 1, Run.FMM: 4, Run.RTD: 12}
ROUGHNESS = {Run.DA: 0.0, Run.FMM: 0.05, Run.RTD: 0.09}
CENTI_MILLS = 100_000
"""Prices are kept as whole 1e-5 $/MWh, so that components add exactly."""

Whole = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


class Spike(NamedTuple):
    """A real-time event laid over the model.

    Attributes:
        points: local clock time and what RTD gains there, $/MWh; straight lines between.
        zone_weights: of that gain by simulated zone.
        fmm_share: how much of it FMM, half an hour earlier in time, already shows.
    """

    points: tuple[tuple[str, float], ...]
    zone_weights: tuple[float, ...]
    fmm_share: float = 0.45


class RunPrices(NamedTuple):
    """One run's prices on a day, in 1e-5 $/MWh; LMP = energy + congestion + loss exactly.

    Attributes:
        lmp: shape (places, intervals); likewise ``congestion`` and ``loss``.
        energy: one an interval, the same at all places.
    """

    start_ns: int
    interval_seconds: int
    energy: Whole
    congestion: Whole
    loss: Whole

    @property
    def lmp(self) -> Whole:
        """The locational marginal price."""
        return self.energy[None, :] + self.congestion + self.loss

    def interval_start_ns(self, index: int) -> int:
        """Return when an interval begins."""
        return self.start_ns + index * self.interval_seconds * 1_000_000_000


def clock_hours(day: LocalDay) -> list[int]:
    """Return the clock hour of each hour of the day: 23, 24 or 25 of them."""
    grid = day.grid
    starts = (from_ns(grid.start_ns + hour * HOUR_NS) for hour in range(grid.hours))
    return [start.astimezone(day.zone).hour for start in starts]


def _within_hours(
    hourly: Floats, per_hour: int, generator: np.random.Generator, roughness: float
) -> Floats:
    """Refine (zones, hours) to intervals whose hourly means are the given prices."""
    zones, hours = hourly.shape
    if per_hour == 1:
        return hourly
    centre = np.arange(hours) + 0.5
    fine = (np.arange(hours * per_hour) + 0.5) / per_hour
    smooth = np.array([np.interp(fine, centre, zone) for zone in hourly])
    noise = generator.standard_normal(hours * per_hour)
    for step in range(1, len(noise)):
        noise[step] = 0.75 * noise[step - 1] + 0.66 * noise[step]
    size = 0.4 + roughness * np.abs(np.repeat(hourly, per_hour, axis=1))
    path = (smooth + size * noise).reshape(zones, hours, per_hour)
    path += (hourly - path.mean(axis=2))[:, :, None]
    return np.asarray(path.reshape(zones, hours * per_hour))


@dataclass(frozen=True)
class MarketPrices:
    """A market's locations over the whole simulated history.

    Attributes:
        congestion: daily levels in standard deviations by run, shape (places, dates).
    """

    market: str
    time_zone: str
    places: tuple[Place, ...]
    history: PriceHistory
    congestion: Mapping[Run, Floats]
    seed: int

    @classmethod
    def draw(
        cls,
        market: str,
        time_zone: str,
        places: tuple[Place, ...],
        history: PriceHistory,
        seed: int,
    ) -> MarketPrices:
        """Draw the congestion of each place and date; FMM and RTD move with DA."""
        generator = np.random.Generator(np.random.PCG64(seed))
        shape = (len(places), history.da.shape[1])
        levels = generator.standard_normal(shape)
        for row in range(1, shape[1]):
            levels[:, row] = 0.6 * levels[:, row - 1] + 0.8 * levels[:, row]
        congestion = {
            Run.DA: levels,
            Run.FMM: levels + 0.4 * generator.standard_normal(shape),
            Run.RTD: levels + 0.6 * generator.standard_normal(shape),
        }
        return cls(market, time_zone, places, history, congestion, seed)

    @property
    def hubs(self) -> tuple[int, ...]:
        """Indices of the hubs."""
        kinds = enumerate(place.kind for place in self.places)
        return tuple(index for index, kind in kinds if kind is LocationKind.HUB)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the locations, in the order of every array."""
        return tuple(place.name for place in self.places)

    def zonal(self, run: Run) -> Floats:
        """Return hourly zone prices (zones, dates, 24) of a run."""
        return {Run.DA: self.history.da, Run.FMM: self.history.fmm, Run.RTD: self.history.rtd}[run]

    def hourly(self, run: Run, start: int, stop: int) -> Floats:
        """Return all places' hourly prices (places, dates, 24) of rows start to stop."""
        prices = place_prices(self.places, self.zonal(run)[:, start:stop])
        return prices + congestion_by_hour(self.places, self.congestion[run][:, start:stop])

    def on(self, day: LocalDay, run: Run, spike: Spike | None = None) -> RunPrices:
        """Return a run's prices on a date, interval by interval."""
        row = (day.day - FIRST_DATE).days
        clock = clock_hours(day)
        per_hour = PER_HOUR[run]
        generator = np.random.Generator(np.random.PCG64([self.seed, row, per_hour]))
        hourly = self.zonal(run)[:, row][:, clock]
        fine = _within_hours(hourly, per_hour, generator, ROUGHNESS[run])
        if spike is not None and run is not Run.DA:
            fine = fine + _gain(spike, day, run, fine.shape[1])
        own = congestion_by_hour(self.places, self.congestion[run][:, row : row + 1])[:, 0][
            :, clock
        ]
        lmp = place_prices(self.places, fine) + np.repeat(own, per_hour, axis=1)
        return self._split(day, 3600 // per_hour, lmp)

    def _split(self, day: LocalDay, interval_seconds: int, lmp: Floats) -> RunPrices:
        """Split prices into energy, congestion and loss; what neither explains is congestion."""
        whole = np.rint(lmp * CENTI_MILLS).astype(np.int64)
        energy = whole[list(self.hubs)].sum(axis=0) // len(self.hubs)
        share = np.array([place.loss for place in self.places])
        loss = np.rint(share[:, None] * energy[None, :]).astype(np.int64)
        congestion = whole - energy[None, :] - loss
        return RunPrices(day.grid.start_ns, interval_seconds, energy, congestion, loss)


def _gain(spike: Spike, day: LocalDay, run: Run, intervals: int) -> Floats:
    minutes = (np.arange(intervals) + 0.5) * (day.grid.hours * 60 / intervals)
    start = day.grid.start_ns
    at = [(day.at(clock) - start) / 60e9 for clock, _ in spike.points]
    gains = [usd for _, usd in spike.points]
    share = spike.fmm_share if run is Run.FMM else 1.0
    return np.outer(spike.zone_weights, share * np.interp(minutes, at, gains))
