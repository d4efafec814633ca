"""Quantile tables of real prices, and how far a simulated history lies from them.

The tables are figures about the 2024 file of four load zones (DAM beside the hourly mean of RTM,
HE10 to HE24); no row of it is kept. ``docs/days.md`` says what they hold and what they cannot.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TABLES = Path(__file__).with_name("calibration.json")
HOURLY_2024 = "caiso/DERIVED_2024_DLAP_DAM_vs_RTM_hourly_HE10-24.csv"
DAY_AHEAD_2019 = "caiso/20191012_20191106_PRC_LMP_DAM_20200511_15_31_06_v1.csv"

ZONES = ("DLAP_PGAE-APND", "DLAP_SCE-APND", "DLAP_SDGE-APND", "DLAP_VEA-APND")
FIRST_REAL_HOUR = 10
HOURS = 24
PROBABILITIES = (
    *(0.0, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.2, 0.3, 0.4, 0.5),
    *(0.6, 0.7, 0.8, 0.9, 0.925, 0.95, 0.965, 0.98, 0.99, 0.995, 1.0),
)
BUCKET_EDGES = (0.0, 0.1, 0.3, 0.7, 0.9, 1.0)
RESIDUAL_PROBABILITIES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
CHECKED = (0.01, 0.05, 0.50, 0.95, 0.99)


class Tables(msgspec.Struct, frozen=True):
    """Quantiles by zone and hour ending, $/MWh, and the season of the day-ahead price.

    Attributes:
        probabilities: of the knots of ``da``, ``rt`` and ``spread`` (RT − DA).
        da: shape (zones, 24, knots); likewise ``rt`` and ``spread``.
        slope: of RT on DA by (zone, hour, bucket of the DA rank).
        residual: quantiles of RT − slope · DA, by (zone, hour, bucket, knot).
        season: mean normal score of the DA price by (month, hour).
    """

    probabilities: tuple[float, ...]
    da: list[list[list[float]]]
    rt: list[list[list[float]]]
    spread: list[list[list[float]]]
    slope: list[list[list[float]]]
    residual: list[list[list[list[float]]]]
    season: list[list[float]]


class Miss(NamedTuple):
    """A quantile outside the tolerance of 15 % or $5."""

    zone: str
    hour: int
    series: str
    probability: float
    real: float
    simulated: float


class HourOfZone(NamedTuple):
    """All days of one zone and hour."""

    dates: NDArray[np.str_]
    da: Floats
    rt: Floats


def load_tables(path: Path = TABLES) -> Tables:
    """Read the tables the model runs on."""
    return msgspec.json.decode(path.read_bytes(), type=Tables)


def read_hourly(path: Path) -> dict[tuple[str, int], HourOfZone]:
    """Read the 2024 file into one entry a zone and hour ending (10 to 24)."""
    prices: dict[tuple[str, int], dict[str, dict[str, float]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    with path.open(newline="") as rows:
        for row in csv.DictReader(rows):
            hour = int(row["time"][11:13]) or HOURS
            prices[row["NODE_ID"], hour][row["OPR_DT"]][row["name"]] = float(row["$ Price Per MW"])
    return {key: _hour_of_zone(days) for key, days in prices.items()}


def _hour_of_zone(days: dict[str, dict[str, float]]) -> HourOfZone:
    whole = {day: runs for day, runs in sorted(days.items()) if len(runs) == len(("DAM", "RTM"))}
    return HourOfZone(
        np.array(list(whole)),
        np.array([runs["DAM"] for runs in whole.values()]),
        np.array([runs["RTM"] for runs in whole.values()]),
    )


def ranks(values: Floats) -> Floats:
    """Return each value's rank as a probability, at median-unbiased plotting positions.

    Hyndman and Fan, "Sample quantiles in statistical packages", 1996, definition 8: the r-th of
    n values lies at (r - 1/3) / (n + 1/3).

    >>> ranks(np.array([3.0, 1.0, 2.0])).round(2).tolist()
    [0.8, 0.2, 0.5]
    """
    count = len(values)
    result = np.empty(count)
    result[np.argsort(values, kind="stable")] = (np.arange(count) + 2 / 3) / (count + 1 / 3)
    return result


def _quantiles(values: Floats, probabilities: tuple[float, ...] = PROBABILITIES) -> list[float]:
    return [round(float(value), 3) for value in np.quantile(values, probabilities)]


def _dependence(hour: HourOfZone) -> tuple[list[float], list[list[float]]]:
    """Regress RT on DA within buckets of the DA rank; the residuals stay empirical."""
    rank = ranks(hour.da)
    slopes, residuals = [], []
    for low, high in pairwise(BUCKET_EDGES):
        inside = (rank >= low) & (rank < high)
        da, rt = hour.da[inside], hour.rt[inside]
        deviation = da - da.mean()
        slope = float((deviation * rt).sum() / max(float((deviation * deviation).sum()), 1e-9))
        slope = round(min(2.0, max(-1.0, slope)), 4)
        slopes.append(slope)
        residuals.append(_quantiles(rt - slope * da, RESIDUAL_PROBABILITIES))
    return slopes, residuals


def _night_shape(path: Path) -> list[float]:
    """Return the median of each hour 1 to 9 relative to HE24, from the 2019 node file."""
    by_hour: dict[int, list[float]] = defaultdict(list)
    with path.open(newline="") as rows:
        for row in csv.DictReader(rows):
            if row["LMP_TYPE"] == "LMP":
                by_hour[int(row["OPR_HR"])].append(float(row["MW"]))
    last = float(np.median(by_hour[HOURS]))
    return [float(np.median(by_hour[hour])) / last for hour in range(1, FIRST_REAL_HOUR)]


def _stand_ins(hours: dict[int, HourOfZone], shape: list[float]) -> dict[int, HourOfZone]:
    """Make hours 1 to 8 from HE24 by the 2019 shape; HE9 is halfway to HE10."""
    night = hours[HOURS]
    made = {
        hour: HourOfZone(night.dates, night.da * factor, night.rt * factor)
        for hour, factor in enumerate(shape, start=1)
    }
    made[FIRST_REAL_HOUR - 1] = _halfway(made[FIRST_REAL_HOUR - 1], hours[FIRST_REAL_HOUR])
    return made


def _halfway(one: HourOfZone, other: HourOfZone) -> HourOfZone:
    dates, left, right = np.intersect1d(one.dates, other.dates, return_indices=True)
    da = (one.da[left] + other.da[right]) / 2
    return HourOfZone(dates, da, (one.rt[left] + other.rt[right]) / 2)


def _season(hour: HourOfZone) -> list[float]:
    scores = np.array([NormalDist().inv_cdf(rank) for rank in ranks(hour.da)])
    months = np.array([int(day[5:7]) for day in hour.dates])
    return [round(float(scores[months == month].mean()), 3) for month in range(1, 13)]


def make_tables(data: Path) -> Tables:
    """Derive the tables from the real files under ``data``."""
    real = read_hourly(data / HOURLY_2024)
    shape = _night_shape(data / DAY_AHEAD_2019)
    zones = []
    for zone in ZONES:
        known = {hour: real[zone, hour] for hour in range(FIRST_REAL_HOUR, HOURS + 1)}
        every = known | _stand_ins(known, shape)
        zones.append([every[hour] for hour in range(1, HOURS + 1)])
    dependence = [[_dependence(hour) for hour in zone] for zone in zones]
    seasons = np.array([[_season(hour) for hour in zone] for zone in zones]).mean(axis=0)
    return Tables(
        probabilities=PROBABILITIES,
        da=[[_quantiles(hour.da) for hour in zone] for zone in zones],
        rt=[[_quantiles(hour.rt) for hour in zone] for zone in zones],
        spread=[[_quantiles(hour.rt - hour.da) for hour in zone] for zone in zones],
        slope=[[slopes for slopes, _ in zone] for zone in dependence],
        residual=[[residuals for _, residuals in zone] for zone in dependence],
        season=[[round(float(value), 3) for value in month] for month in seasons.T],
    )


def _compare(
    zone: str, hour: int, real: HourOfZone, simulated: tuple[Floats, Floats]
) -> Iterator[Miss]:
    da, rt = simulated
    pairs = (("DA", real.da, da), ("RT", real.rt, rt), ("RT-DA", real.rt - real.da, rt - da))
    for series, truth, model in pairs:
        for probability in CHECKED:
            target = float(np.quantile(truth, probability))
            value = float(np.quantile(model, probability))
            if abs(value - target) > max(5.0, 0.15 * abs(target)):
                yield Miss(zone, hour, series, probability, target, value)


def misses(real: dict[tuple[str, int], HourOfZone], da: Floats, rt: Floats) -> list[Miss]:
    """List the quantiles by zone and hour that lie outside both 15 % and $5.

    Args:
        real: what :func:`read_hourly` returned.
        da: simulated day-ahead prices, shape (zones, dates, 24).
        rt: the same of real time.
    """
    found: list[Miss] = []
    for (zone, hour), truth in sorted(real.items()):
        index = ZONES.index(zone)
        simulated = (da[index, :, hour - 1], rt[index, :, hour - 1])
        found.extend(_compare(zone, hour, truth, simulated))
    return found
