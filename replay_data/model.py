"""The price model: one long history of hourly prices from which every shipped day is cut.

Gaussian drivers that remember the hour and the day before are ranked, and the ranks are read
through the calibrated quantile tables: the history has the market's level, shape and tails by
construction, and its memory from the drivers. Sums run in a fixed order and nothing uses BLAS,
so that a seed gives the same history everywhere.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from replay_data.calibration import (
    BUCKET_EDGES,
    HOURS,
    RESIDUAL_PROBABILITIES,
    ZONES,
    Floats,
    Tables,
    ranks,
)

FIRST_DATE = date(2023, 9, 13)
YEAR = 365
YEARS = 3
DATES = YEARS * YEAR

DAY_MEMORY = 0.70
HOUR_MEMORY = 0.97
SPREAD_DAY_MEMORY = 0.30
SPREAD_HOUR_MEMORY = 0.88
ZONE_OWN_SHARE = (0.30, 0.0, 0.06, 0.06)
SPREAD_OWN_SHARE = (0.60, 0.0, 0.25, 0.20)
PROJECTIONS = 12
FMM_SHARE_OF_SPREAD = 0.70


class Weather(NamedTuple):
    """The drivers of a date that a story pins, in standard deviations.

    Attributes:
        heat: of the day-ahead price.
        surprise: of real time against day-ahead.
    """

    heat: float
    surprise: float


class PriceHistory(NamedTuple):
    """Hourly prices by zone, date and clock hour, $/MWh; shape (zones, dates, 24)."""

    first: date
    da: Floats
    fmm: Floats
    rtd: Floats

    def dates(self, start: int, stop: int) -> tuple[str, ...]:
        """Return the ISO dates of rows start to stop."""
        return tuple((self.first + timedelta(days=row)).isoformat() for row in range(start, stop))


def _remember(noise: Floats, *, day: float, hour: float) -> Floats:
    """Turn white noise (dates, 24) into one that remembers the hour and the day before."""
    flat = noise.reshape(-1).copy()
    for step in range(1, len(flat)):
        flat[step] = hour * flat[step - 1] + (1 - hour * hour) ** 0.5 * flat[step]
    drivers = flat.reshape(noise.shape)
    for row in range(1, len(drivers)):
        drivers[row] = day * drivers[row - 1] + (1 - day * day) ** 0.5 * drivers[row]
    return drivers


def _drivers(
    generator: np.random.Generator, shares: tuple[float, ...], *, day: float, hour: float
) -> Floats:
    """Return drivers (zones, dates, 24): one common, and a share of each zone's own."""
    common = _remember(generator.standard_normal((DATES, HOURS)), day=day, hour=hour)
    own = [_remember(generator.standard_normal((DATES, HOURS)), day=day, hour=hour) for _ in shares]
    zones = zip(shares, own, strict=True)
    return np.array([(1 - share**2) ** 0.5 * common + share * noise for share, noise in zones])


def _season(tables: Tables) -> Floats:
    """Return the seasonal part of the DA driver (dates, 24), interpolated between mid-months."""
    days = [(FIRST_DATE + timedelta(days=row)).timetuple().tm_yday for row in range(DATES)]
    middle = (np.arange(14) - 0.5) * 365.25 / 12
    wrapped = np.array([tables.season[-1], *tables.season, tables.season[0]])
    by_hour = [np.interp(days, middle, wrapped[:, hour]) for hour in range(HOURS)]
    return np.array(by_hour).T


def _through(values: Floats, probabilities: tuple[float, ...], knots: list[float]) -> Floats:
    """Give values the distribution of a quantile table, keeping their order."""
    return np.interp(ranks(values), probabilities, knots)


def _conditional_rt(
    da: Floats, driver: Floats, slopes: list[float], knots: list[list[float]]
) -> Floats:
    """Draw RT given DA: slope and residual quantiles of the bucket of the DA rank."""
    rank = ranks(da)
    rt = np.empty(len(da))
    for bucket, (slope, residual) in enumerate(zip(slopes, knots, strict=True)):
        low, high = BUCKET_EDGES[bucket], BUCKET_EDGES[bucket + 1]
        inside = (rank >= low) & (rank < high)
        drawn = _through(driver[inside], RESIDUAL_PROBABILITIES, residual)
        rt[inside] = slope * da[inside] + drawn
    return rt


def _fit_margins(da: Floats, rt: Floats, tables: Tables, place: tuple[int, int]) -> Floats:
    """Pull RT − DA and RT in turn to their own quantiles until both hold nearly."""
    zone, hour = place
    probabilities = tables.probabilities
    for _ in range(PROJECTIONS):
        rt = da + _through(rt - da, probabilities, tables.spread[zone][hour])
        fitted = _through(rt, probabilities, tables.rt[zone][hour])
        rt, previous = fitted, rt
    return (rt + previous) / 2


def _pin(drivers: Floats, pinned: dict[int, float], noise: float) -> None:
    """Set the drivers of a story's date, keeping a little of their own movement."""
    for row, level in pinned.items():
        drivers[:, row] = level + noise * drivers[:, row]


def simulate(tables: Tables, seed: int, stories: dict[date, Weather]) -> PriceHistory:
    """Simulate the common history.

    Args:
        tables: the calibration.
        seed: of numpy's PCG64.
        stories: dates whose weather is given.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    heat = _drivers(generator, ZONE_OWN_SHARE, day=DAY_MEMORY, hour=HOUR_MEMORY)
    surprise = _drivers(generator, SPREAD_OWN_SHARE, day=SPREAD_DAY_MEMORY, hour=SPREAD_HOUR_MEMORY)
    noise = generator.standard_normal((DATES, HOURS))
    rows = {(day - FIRST_DATE).days: weather for day, weather in stories.items()}
    _pin(heat, {row: weather.heat for row, weather in rows.items()}, 0.1)
    _pin(surprise, {row: weather.surprise for row, weather in rows.items()}, 0.3)
    season = _season(tables)
    rest = np.clip(1 - (season * season).mean(axis=0), 0.2, 1.0) ** 0.5
    da, rtd = np.empty_like(heat), np.empty_like(heat)
    for zone, year, hour in np.ndindex(len(ZONES), YEARS, HOURS):
        cell = (zone, slice(year * YEAR, (year + 1) * YEAR), hour)
        weather = season[cell[1:]] + rest[hour] * heat[cell]
        da[cell] = _through(weather, tables.probabilities, tables.da[zone][hour])
        rough = _conditional_rt(
            da[cell], surprise[cell], tables.slope[zone][hour], tables.residual[zone][hour]
        )
        rtd[cell] = _fit_margins(da[cell], rough, tables, (zone, hour))
    return PriceHistory(FIRST_DATE, da, _fmm(da, rtd, noise), rtd)


def _fmm(da: Floats, rtd: Floats, noise: NDArray[np.float64]) -> Floats:
    """Place FMM between DA and RTD; the share and its error are assumptions, not calibrated."""
    spread = rtd - da
    return da + FMM_SHARE_OF_SPREAD * spread + (1.5 + 0.10 * np.abs(spread)) * noise
