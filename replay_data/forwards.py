"""Forward curves: their history as risk factors, the marks of a day, and months."""

from __future__ import annotations

import math
from datetime import date
from typing import NamedTuple

import numpy as np

from replay_data.calibration import Floats
from replay_data.model import DATES, FIRST_DATE
from replay_data.prices import MarketPrices
from state.messages import Block, CurveMarks, FactorHistory, Run

BLOCKS = (Block.ON_PEAK, Block.OFF_PEAK)
DELIVERY_MONTHS = 12
HISTORY_DATES = 730
FACTORS_A_RECORD = 80
_ON_PEAK_LEVEL = (58.0, 50.0, 38.0, 34.0, 33.0, 42.0, 68.0, 76.0, 66.0, 52.0, 50.0, 56.0)
_OFF_PEAK_LEVEL = (52.0, 47.0, 42.0, 40.0, 37.0, 40.0, 48.0, 52.0, 50.0, 47.0, 46.0, 51.0)
_HUB_PREMIUM_USD = (3.0, 0.0, -1.5)


def months_from(day: date, count: int = DELIVERY_MONTHS) -> tuple[str, ...]:
    """Return delivery months from the one of a date on.

    >>> months_from(date(2026, 11, 3), 3)
    ('2026-11', '2026-12', '2027-01')
    """
    first = day.year * 12 + day.month - 1
    return tuple(f"{index // 12}-{index % 12 + 1:02d}" for index in range(first, first + count))


class Forwards(NamedTuple):
    """A market's forward prices on every date of the history.

    Attributes:
        walk: dollars over the seasonal level by (hub, date): a common walk and a hub's own.
    """

    prices: MarketPrices
    walk: Floats

    @classmethod
    def draw(cls, prices: MarketPrices, seed: int) -> Forwards:
        """Draw walks that revert slowly to the seasonal level."""
        generator = np.random.Generator(np.random.PCG64(seed))
        common = _walk(generator.standard_normal(DATES), 0.85)
        own = [_walk(generator.standard_normal(DATES), 0.3) for _ in prices.hubs]
        return cls(prices, np.array([common + hub for hub in own]))

    def level(self, hub: int, block: Block, month: str, row: int) -> float:
        """Return the price of a hub, block and month on a date; far months move less."""
        number = int(month[5:]) - 1
        seasonal = (_ON_PEAK_LEVEL if block is Block.ON_PEAK else _OFF_PEAK_LEVEL)[number]
        mark_month = (FIRST_DATE.year * 12 + FIRST_DATE.month) + row / 30.44
        ahead = max(0.0, int(month[:4]) * 12 + number + 1 - mark_month)
        damping = math.pow(0.94, ahead) * (1.0 if block is Block.ON_PEAK else 0.6)
        share = 0.7 if self.prices.market == "spp" else 1.0
        return share * (seasonal + _HUB_PREMIUM_USD[hub] + damping * float(self.walk[hub, row]))

    def marks(self, day: date, as_of: date, months: int = DELIVERY_MONTHS) -> CurveMarks:
        """Return the marks struck on ``as_of`` for months from the one of ``day`` on."""
        row = (as_of - FIRST_DATE).days
        names = [self.prices.places[index].name for index in self.prices.hubs]
        cells = [
            (number, block, month)
            for number in range(len(names))
            for block in BLOCKS
            for month in months_from(day, months)
        ]
        return CurveMarks(
            market=self.prices.market,
            as_of=as_of.isoformat(),
            hubs=tuple(names[number] for number, _, _ in cells),
            blocks=tuple(block for _, block, _ in cells),
            months=tuple(month for _, _, month in cells),
            price_usd_per_mwh=np.array([self._mark(cell, day, row) for cell in cells]),
        )

    def _mark(self, cell: tuple[int, Block, str], day: date, row: int) -> float:
        hub, block, month = cell
        if month == months_from(day, 1)[0]:
            return round(self._balance_of_month(hub, block, day), 2)
        return round(self.level(hub, block, month, row), 2)

    def _balance_of_month(self, hub: int, block: Block, day: date) -> float:
        """Return the prompt mark: the day-ahead mean around the date, as such a block trades."""
        row = (day - FIRST_DATE).days
        hourly = self.prices.hourly(Run.DA, row - 1, row + 2)[self.prices.hubs[hub]]
        on_peak = hourly[:, 6:22]
        if block is Block.ON_PEAK:
            return float(on_peak.mean())
        return float((hourly.sum() - on_peak.sum()) / (hourly.size - on_peak.size))


def _walk(noise: Floats, size_usd: float) -> Floats:
    level = np.zeros(len(noise))
    for step in range(1, len(noise)):
        level[step] = 0.995 * level[step - 1] + size_usd * noise[step]
    return level


def factor_history(
    prices: MarketPrices, forwards: Forwards, day: date, months: int = DELIVERY_MONTHS
) -> list[FactorHistory]:
    """Return the history of every risk factor over the dates before a day, in whole cents.

    It comes in several messages, each small enough for a record.
    """
    stop = (day - FIRST_DATE).days
    start = stop - HISTORY_DATES
    levels: dict[str, Floats] = {}
    for run in Run:
        if prices.market == "spp" and run is Run.FMM:
            continue
        _add_run_factors(levels, prices, run, (start, stop))
    for number, index in enumerate(prices.hubs):
        hub = prices.places[index].name
        for block in BLOCKS:
            for month in months_from(day, months):
                path = [forwards.level(number, block, month, row) for row in range(start, stop)]
                levels[f"{prices.market}/{hub}/curve/{block}/{month}"] = np.array(path)
    dates = prices.history.dates(start, stop)
    return [
        FactorHistory(
            market=prices.market,
            factors=names,
            dates=dates,
            levels=np.round(np.concatenate([levels[name] for name in names]), 2) + 0.0,
        )
        for names in _portions(tuple(levels))
    ]


def _portions(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    starts = range(0, len(names), FACTORS_A_RECORD)
    return [names[start : start + FACTORS_A_RECORD] for start in starts]


def _add_run_factors(
    levels: dict[str, Floats], prices: MarketPrices, run: Run, rows: tuple[int, int]
) -> None:
    hourly = prices.hourly(run, *rows)
    daily = hourly.mean(axis=2)
    skipped = [number for number, row in enumerate(range(*rows)) if _skips_an_hour(row)]
    hubs = {prices.places[index].name: index for index in prices.hubs}
    for name, index in hubs.items():
        for hour in range(24):
            column = hourly[index, :, hour].copy()
            if hour == 2:  # HE03 does not exist on the 23-hour date
                column[skipped] = np.nan
            levels[f"{prices.market}/{name}/{run}/HE{hour + 1:02d}"] = column
    for index, place in enumerate(prices.places):
        if place.name not in hubs:
            basis = daily[index] - daily[hubs[place.hub]]
            levels[f"{prices.market}/{place.name}/basis/{run}"] = basis


def _skips_an_hour(row: int) -> bool:
    """Say whether the date is the second Sunday of March."""
    day = date.fromordinal(FIRST_DATE.toordinal() + row)
    return day.month == 3 and day.weekday() == 6 and 8 <= day.day <= 14  # US rule
