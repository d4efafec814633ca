"""The small world of a random day: its markets, books, resources and factor history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st

from state.calendar import local_date
from state.messages import (
    AnyMessage,
    Block,
    Books,
    FactorHistory,
    LocationKind,
    Locations,
    Market,
    Resource,
    ResourceKind,
    Run,
)
from state.moments import to_ns

PACIFIC, CENTRAL = "America/Los_Angeles", "America/Chicago"
PEAKS = (Block.ON_PEAK, Block.OFF_PEAK)
BOOKS = ("native", "trading")
PLACES: dict[str, dict[str, str]] = {
    "caiso": {"NP15": "NP15", "SP15": "SP15", "DLAP_A": "NP15", "NODE_1": "SP15"},
    "spp": {"NORTH": "NORTH", "SPP_N1": "NORTH", "ISLAND": ""},
}
"""Each market's locations, and the hub of each, which one does without."""

CURVES = {
    market: sorted({hub or name for name, hub in places.items()})
    for market, places in PLACES.items()
}
"""Each market's locations that have a curve."""

RESOURCES = (
    ("town", "caiso", "native", "DLAP_A", ResourceKind.LOAD),
    ("sun", "caiso", "native", "NODE_1", ResourceKind.SOLAR),
    ("battery", "caiso", "trading", "NODE_1", ResourceKind.STORAGE),
    ("village", "spp", "native", "SPP_N1", ResourceKind.LOAD),
    ("gas", "spp", "trading", "NORTH", ResourceKind.THERMAL),
)
STARTS = (
    datetime(2026, 7, 15, 10, 7, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 7, 14, 23, 40, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 3, 7, 22, 30, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 3, 8, 0, 50, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 10, 31, 21, 59, 59, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 11, 1, 0, 30, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 6, 30, 20, 0, tzinfo=ZoneInfo(PACIFIC)),
    datetime(2026, 12, 31, 21, 40, tzinfo=ZoneInfo(PACIFIC)),
)
"""First ticks: noon, before midnight, around both clock changes, at a month's and a year's end."""


@dataclass(frozen=True)
class World:
    """The reference data of a day, and its first tick."""

    start_ns: int
    settlement_seconds: int
    history_seed: int
    history_days: int
    holes: tuple[tuple[int, int], ...]
    markets: tuple[str, ...]

    def opening(self) -> list[AnyMessage]:
        messages: list[AnyMessage] = []
        for market in self.markets:
            messages += [_market(market, self.settlement_seconds), _locations(market)]
        messages.append(Books(company="company", books=BOOKS, desks=("desk", "desk")))
        messages += [_resource(*one) for one in RESOURCES if one[1] in self.markets]
        messages += [
            factor_history(market, self.start_ns, self.history_seed, self.history_days, self.holes)
            for market in self.markets
        ]
        return messages


def _market(market: str, settlement_seconds: int) -> Market:
    if market == "spp":
        return Market(
            market="spp",
            time_zone=CENTRAL,
            settlement_seconds=settlement_seconds,
            runs=(Run.DA, Run.RTD),
            on_peak_days=(0, 1, 2, 3, 4),
        )
    return Market(
        market="caiso",
        time_zone=PACIFIC,
        settlement_seconds=settlement_seconds,
        load_price_fmm_weight=0.25,
    )


def _locations(market: str) -> Locations:
    hubs = PLACES[market]
    kinds = [LocationKind.HUB if name == hub else LocationKind.NODE for name, hub in hubs.items()]
    return Locations(
        market=market,
        locations=tuple(hubs),
        kinds=tuple(kinds),
        hubs=tuple(hubs.values()),
    )


def _resource(name: str, market: str, book: str, location: str, kind: ResourceKind) -> Resource:
    return Resource(
        resource=name,
        market=market,
        book=book,
        location=location,
        resource_kind=kind,
        capacity_mw=60.0,
        energy_mwh=200.0 if kind is ResourceKind.STORAGE else 0.0,
    )


def months_from(at_ns: int) -> tuple[str, str, str]:
    """The running month and the two that follow."""
    first = local_date(at_ns, PACIFIC).replace(day=1)
    second = (first + timedelta(days=31)).replace(day=1)
    third = (second + timedelta(days=31)).replace(day=1)
    return f"{first:%Y-%m}", f"{second:%Y-%m}", f"{third:%Y-%m}"


@lru_cache(maxsize=64)
def factor_history(
    market: str, start_ns: int, seed: int, days: int, holes: tuple[tuple[int, int], ...]
) -> FactorHistory:
    """Levels of all factors on dates around the 23-hour day of 2025, a few of them missing."""
    factors = _factors(market, months_from(start_ns))
    dates = [(date(2025, 3, 2) + timedelta(days=day)).isoformat() for day in range(days)]
    levels = np.random.default_rng(seed).integers(-30, 120, (len(factors), days)).astype(float)
    for row, factor in enumerate(factors):
        if factor.endswith("HE03") and "2025-03-09" in dates:
            levels[row, dates.index("2025-03-09")] = np.nan
    for row, day in holes:
        levels[row % len(factors), day % days] = np.nan
    return FactorHistory(
        market=market, factors=tuple(factors), dates=tuple(dates), levels=levels.ravel()
    )


def _factors(market: str, months: Sequence[str]) -> list[str]:
    runs = ("DA", "RTD") if market == "spp" else ("DA", "FMM", "RTD")
    places = PLACES[market]
    hubs = sorted({hub for hub in places.values() if hub})
    hours = [f"{market}/{h}/{run}/HE{n:02d}" for h in hubs for run in runs for n in range(1, 25)]
    nodes = [name for name, hub in places.items() if hub and name not in hubs]
    basis = [f"{market}/{name}/basis/{run}" for name in nodes for run in runs]
    return (
        hours
        + basis
        + [
            f"{market}/{name}/curve/{block}/{month}"
            for name in CURVES[market]
            for block in PEAKS
            for month in months
        ]
        + [f"{market}/rec:PCC1/curve/flat/2026"]
    )


def worlds() -> st.SearchStrategy[World]:
    holes = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 40)), max_size=3)
    return st.builds(
        World,
        start_ns=st.sampled_from([to_ns(start.astimezone(UTC)) for start in STARTS]),
        settlement_seconds=st.sampled_from([900, 300]),
        history_seed=st.integers(0, 3),
        history_days=st.sampled_from([12, 21, 24]),
        holes=holes.map(tuple),
        markets=st.sampled_from([("caiso",), ("caiso", "spp")]),
    )
