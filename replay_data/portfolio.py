"""The company of the shipped days: books, counterparties, resources, and the volumes they make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from replay_data.calibration import Floats
from replay_data.prices import clock_hours
from replay_data.records import LocalDay
from state.messages import Books, Counterparty, Resource, ResourceKind

COMPANY = "company"
LOAD_BOOK = "load-serving"
TRADING_SP15 = "trading-sp15"
TRADING_NP15 = "trading-np15"
VIRTUALS = "virtuals"
HEDGES = "hedges"

BOOKS = Books(
    company=COMPANY,
    books=(
        *(LOAD_BOOK, HEDGES, "renewables", "ppa", "storage", "thermal"),
        *(TRADING_SP15, TRADING_NP15, VIRTUALS),
    ),
    desks=("load", "load", "supply", "supply", "supply", "supply", "trading", "trading", "trading"),
)

_RATINGS = ("AA-", "A+", "A", "A-", "BBB+", "BBB", "BBB", "BBB-", "BBB-", "BB+", "A", "AA")
COUNTERPARTIES = tuple(
    Counterparty(
        counterparty=f"CP-{number:02d}",
        name=f"Counterparty {number:02d}",
        rating=rating,
        investment_grade=not rating.startswith("BB+"),
        agreement="EEI" if number % 3 else "WSPP",
        government_entity=number % 5 == 0,
        netting=number % 4 != 0,
        collateral_usd=250_000.0 * (number % 3),
    )
    for number, rating in enumerate(_RATINGS, start=1)
)


def _resource(name: str, book: str, location: str, kind: ResourceKind, mw: float) -> Resource:
    return Resource(
        resource=name,
        market="caiso",
        book=book,
        location=location,
        resource_kind=kind,
        capacity_mw=mw,
    )


LOADS = (
    _resource("LOAD_PGAE", LOAD_BOOK, "DLAP_PGAE-APND", ResourceKind.LOAD, 360.0),
    _resource("LOAD_SCE", LOAD_BOOK, "DLAP_SCE-APND", ResourceKind.LOAD, 470.0),
    _resource("LOAD_SDGE", LOAD_BOOK, "DLAP_SDGE-APND", ResourceKind.LOAD, 160.0),
    _resource("LOAD_VEA", LOAD_BOOK, "DLAP_VEA-APND", ResourceKind.LOAD, 45.0),
)
SUPPLY = (
    _resource("SOLAR_1", "renewables", "SOLSITE5_7_N016", ResourceKind.SOLAR, 90.0),
    _resource("SOLAR_2", "renewables", "SOLSITE3_2_N002", ResourceKind.SOLAR, 70.0),
    _resource("WIND_1", "renewables", "WNDSITE6_7_N003", ResourceKind.WIND, 60.0),
    _resource("WIND_PPA", "ppa", "WNDSITE3_1_N002", ResourceKind.WIND, 80.0),
    replace(
        _resource("STORAGE_1", "storage", "BATSITE8_7_N017", ResourceKind.STORAGE, 60.0),
        energy_mwh=240.0,
    ),
    _resource("THERMAL_1", "thermal", "GASSITE4_1_N009", ResourceKind.THERMAL, 180.0),
)

_LOAD_SHAPE = (
    *(0.66, 0.62, 0.60, 0.59, 0.60, 0.64, 0.70, 0.73, 0.72, 0.71, 0.72, 0.74),
    *(0.77, 0.81, 0.86, 0.91, 0.96, 0.99, 1.00, 0.98, 0.94, 0.87, 0.79, 0.71),
)
_LOAD_SEASON = (0.74, 0.72, 0.70, 0.69, 0.72, 0.82, 0.93, 0.97, 0.98, 0.80, 0.71, 0.75)
_WIND_SHAPE = (
    *(0.52, 0.50, 0.48, 0.46, 0.44, 0.42, 0.39, 0.34, 0.29, 0.25, 0.22, 0.21),
    *(0.23, 0.27, 0.33, 0.40, 0.47, 0.53, 0.57, 0.60, 0.61, 0.60, 0.58, 0.55),
)
_STORAGE_SHAPE = (
    *(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.2, -0.6, -0.8, -0.8, -0.8),
    *(-0.7, -0.4, 0.0, 0.0, 0.2, 0.6, 0.9, 0.9, 0.7, 0.2, 0.0, 0.0),
)
_THERMAL_SHAPE = (
    *(0.35, 0.35, 0.35, 0.35, 0.35, 0.45, 0.55, 0.50, 0.35, 0.35, 0.35, 0.35),
    *(0.35, 0.35, 0.45, 0.60, 0.80, 1.00, 1.00, 1.00, 1.00, 0.80, 0.55, 0.40),
)
STORAGE_START_MWH = 60.0


def _solar_shape(day: date) -> tuple[float, ...]:
    """Return output over capacity by clock hour: a bell as wide as the season's daylight."""
    season = 1 - abs(day.timetuple().tm_yday - 172) / 183
    half = 4.7 + 2.3 * season
    middle = 12.5 + (0.5 if 3 < day.month < 11 else -0.4)  # months of summer time
    bell = (max(0.0, 1 - ((hour + 0.5 - middle) / half) ** 2) for hour in range(24))
    return tuple((0.72 + 0.2 * season) * value**0.7 for value in bell)


def _shape(resource: Resource, day: date) -> tuple[float, ...]:
    if resource.resource_kind is ResourceKind.LOAD:
        weekend = 0.94 if day.weekday() > 4 else 1.0  # Saturday and Sunday
        season = _LOAD_SEASON[day.month - 1] * weekend
        return tuple(season * value for value in _LOAD_SHAPE)
    if resource.resource_kind is ResourceKind.SOLAR:
        return _solar_shape(day)
    shapes = {
        ResourceKind.WIND: _WIND_SHAPE,
        ResourceKind.STORAGE: _STORAGE_SHAPE,
        ResourceKind.THERMAL: _THERMAL_SHAPE,
    }
    return shapes[resource.resource_kind]


_ERROR = {
    ResourceKind.LOAD: 0.012,
    ResourceKind.SOLAR: 0.05,
    ResourceKind.WIND: 0.07,
    ResourceKind.STORAGE: 0.0,
    ResourceKind.THERMAL: 0.004,
}


class Surprise(NamedTuple):
    """What a story adds to the load: local clock time and share of the load; lines between."""

    points: tuple[tuple[str, float], ...]


class Volumes(NamedTuple):
    """A resource's volumes over a day, MW in its own direction.

    Attributes:
        scheduled: the day-ahead schedule, one an hour.
        actual: what comes, one a five-minute interval.
    """

    resource: Resource
    scheduled: Floats
    actual: Floats


def _slow_error(generator: np.random.Generator, intervals: int, size: float) -> Floats:
    noise = generator.standard_normal(intervals)
    for step in range(1, intervals):
        noise[step] = 0.985 * noise[step - 1] + 0.1725 * noise[step]
    return np.asarray(size * noise)


def _surprise(surprise: Surprise | None, day: LocalDay, intervals: int) -> Floats:
    if surprise is None:
        return np.zeros(intervals)
    start = day.grid.start_ns
    at = [(day.at(clock) - start) / 300e9 for clock, _ in surprise.points]
    shares = [share for _, share in surprise.points]
    return np.asarray(np.interp(np.arange(intervals) + 0.5, at, shares))


def _smooth(hourly: Floats) -> Floats:
    hours = len(hourly)
    fine = (np.arange(hours * 12) + 0.5) / 12
    return np.asarray(np.interp(fine, np.arange(hours) + 0.5, hourly))


def volumes(
    resource: Resource, day: LocalDay, seed: int, surprise: Surprise | None = None
) -> Volumes:
    """Make a resource's day: schedule by its shape, actual with an error that moves slowly."""
    generator = np.random.Generator(np.random.PCG64([seed, day.day.toordinal()]))
    shape = np.array(_shape(resource, day.day))[clock_hours(day)]
    wobble = 1 + (0.02 if resource.resource_kind is ResourceKind.LOAD else 0.12) * (
        generator.standard_normal()
    )
    fixed = resource.resource_kind in (ResourceKind.STORAGE, ResourceKind.THERMAL)
    scheduled = np.round(resource.capacity_mw * shape * (1.0 if fixed else wobble), 1)
    low = -resource.capacity_mw if resource.resource_kind is ResourceKind.STORAGE else 0.0
    scheduled = np.clip(scheduled, low, resource.capacity_mw)
    steady = np.repeat(scheduled, 12) if fixed else _smooth(scheduled)
    error = _slow_error(generator, len(steady), _ERROR[resource.resource_kind])
    extra = _surprise(surprise, day, len(steady))
    if resource.resource_kind is not ResourceKind.LOAD:
        extra = np.zeros(len(steady))
    actual = np.clip(steady * (1 + error + extra), low, resource.capacity_mw * 1.15)
    return Volumes(resource, scheduled, np.round(actual, 2))


def quarter_hours(values: Floats) -> Floats:
    """Return 15-minute means of five-minute values."""
    return np.asarray(values.reshape(-1, 3).mean(axis=1))


def total(parts: Sequence[Floats]) -> Floats:
    """Sum columns of one length in their order."""
    result = np.zeros(len(parts[0]))
    for part in parts:
        result = result + part
    return result


def shapes_of(day: date) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Return system load, sun and wind over their peaks by clock hour."""
    load = tuple(_LOAD_SEASON[day.month - 1] * value for value in _LOAD_SHAPE)
    return load, _solar_shape(day), _WIND_SHAPE
