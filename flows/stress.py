"""Stress of a book as it stands: the scenarios in force, a file's, or any day's prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from connectors.log.days import Day
from connectors.log.redis import DeadLetter
from flows.ingest import Numbered, translate
from flows.stress_file import DEFAULT_FILE, read_scenarios
from state.calendar import local_date
from state.company import Company
from state.errors import UsageError
from state.market.book import MarketBook
from state.market.delivery_day import DeliveryDay
from state.market.horizon import BLOCKS
from state.market.prices import RUN_INDEX
from state.messages import (
    AnyMessage,
    Block,
    CurveMarks,
    FactorHistory,
    FloatColumn,
    LocationKind,
    Locations,
    Market,
    PricePublication,
    Run,
    Tick,
)
from state.policy.stress import load_stress
from state.risk.day_scenario import DayLevels, DayScenario
from state.risk.factors import skipped_hours
from state.risk.named_scenario import NamedScenario
from state.risk.scenario import Scenario
from state.risk.stress_book import stress_view
from state.screens.stress_seen import StressView


def stress(company: Company, scenarios: Sequence[Scenario], labels: list[str]) -> StressView:
    """Apply scenarios to a company as it stands."""
    markets = list(company.desk.markets.values())
    return stress_view(markets, company.desk.books, scenarios, labels=labels, at_ns=company.tick_ns)


def scenarios_for(
    company: Company, *, file: Path | None = None, day: Path | None = None, named: str = ""
) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios asked for, and where they come from.

    Args:
        company: whose scenarios in force are meant where neither file nor day is given; the
            product's own where it has none.
        file: of scenarios.
        day: a folder whose prices are the scenario.
        named: only the scenario of this id.

    Raises:
        ConfigError: file, day or name is wrong.
    """
    if day is not None:
        levels = day_levels(Day.open(day))
        return [DayScenario(name=day.name, title=f"Prices of {levels.day}", levels=levels)], [
            day.name
        ]
    found: list[Scenario] = company.desk.stress.scenarios() if file is None else []
    labels = [each.label for each in company.desk.stress.files.values()] if file is None else []
    if not found:
        read = load_stress(read_scenarios(file or DEFAULT_FILE).source)
        found, labels = [NamedScenario(each) for each in read.scenarios], [read.label]
    chosen = [each for each in found if named in ("", each.name)]
    if not chosen:
        known = ", ".join(each.name for each in found)
        reason = f"no scenario {named!r} in {', '.join(labels)}; there is {known}"
        raise UsageError(reason)
    return chosen, labels


# A day's prices as factor levels ---------------------------------------------------------------


def day_levels(day: Day) -> DayLevels:
    """Read a day's published prices and marks as factor levels, and those of the date before.

    Prices are folded as the core folds them: corrections count, gaps stay gaps. The levels of the
    date before are the last of the day's own factor history, where that date is the one before.

    Raises:
        ConfigError: the day's opening is wrong.
    """
    messages = list(_messages(day))
    date = day.manifest.date or _first_date(day)
    book = Company(day.manifest.company)
    for message in (*_reference(messages), Tick(at_ns=day.manifest.from_ns)):
        book.apply(message, book.position + 1)
    for message in messages:
        if isinstance(message, PricePublication):
            book.apply(message, book.position + 1)
    levels: dict[str, float] = {}
    for market in book.desk.markets.values():
        grid = market.days.get(dt.date.fromisoformat(date))
        if grid is not None:
            levels.update(_price_levels(market, grid))
    levels.update(_mark_levels(messages, date))
    before = _levels_before(messages, date, list(book.desk.markets.values()))
    return DayLevels(day=date, levels=levels, before=before)


def _messages(day: Day) -> Iterator[AnyMessage]:
    yield from day.opening()
    for offset, item in enumerate(day.items(), start=1):
        if isinstance(item, Tick):
            continue
        for entry in translate(Numbered(offset, item)).entries:
            if not isinstance(entry, DeadLetter):
                yield cast("AnyMessage", entry)


def _first_date(day: Day) -> str:
    return local_date(day.manifest.from_ns, day.manifest.time_zone).isoformat()


def _reference(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    return [message for message in messages if isinstance(message, Market | Locations)]


def _price_levels(market: MarketBook, grid: DeliveryDay) -> Iterator[tuple[str, float]]:
    """Yield hubs by local hour and locations by day, as ``FactorHistory`` names them."""
    table = market.tables.locations
    name = market.market.market
    for run in Run:
        published = grid.prices.published[RUN_INDEX[run]]
        for place in table.hubs:
            for hour, level in _by_clock_hour(published[place], grid):
                yield f"{name}/{table.names[place]}/{run}/HE{hour + 1:02d}", level
        for place, hub in enumerate(table.hub.tolist()):
            if hub >= 0 and table.kinds[place] is not LocationKind.HUB:
                basis = published[place] - published[hub]
                known = basis[np.isfinite(basis)]
                if len(known):
                    yield f"{name}/{table.names[place]}/basis/{run}", float(known.mean())


def _by_clock_hour(prices: FloatColumn, grid: DeliveryDay) -> Iterator[tuple[int, float]]:
    """Yield mean price by local hour: a repeated hour's first twin; HE02 for a skipped HE03."""
    found: dict[int, float] = {}
    for number, hour in enumerate(grid.day.clock_hours.tolist()):
        part = prices[number * grid.day.per_hour : (number + 1) * grid.day.per_hour]
        known = part[np.isfinite(part)]
        if len(known) and hour not in found:
            found[hour] = float(known.mean())
    missing = set(range(1, 24)) - set(grid.day.clock_hours.tolist())
    found.update({hour: found[hour - 1] for hour in sorted(missing) if hour - 1 in found})
    yield from found.items()


def _mark_levels(messages: Sequence[AnyMessage], date: str) -> dict[str, float]:
    levels: dict[str, float] = {}
    for marks in messages:
        if isinstance(marks, CurveMarks) and marks.as_of == date:
            columns = zip(
                marks.hubs, marks.blocks, marks.months, marks.price_usd_per_mwh, strict=True
            )
            for hub, block, month, price in columns:
                if np.isfinite(price):
                    for part in BLOCKS if block is Block.FLAT else (block,):
                        levels[f"{marks.market}/{hub}/curve/{part}/{month}"] = float(price)
    return levels


def _levels_before(
    messages: Sequence[AnyMessage], date: str, markets: Sequence[MarketBook]
) -> dict[str, float]:
    before = (dt.date.fromisoformat(date) - dt.timedelta(days=1)).isoformat()
    levels: dict[str, float] = {}
    for history in messages:
        if isinstance(history, FactorHistory) and before in history.dates:
            table = history.levels.reshape(len(history.factors), len(history.dates))
            column = table[:, history.dates.index(before)].tolist()
            pairs = zip(history.factors, column, strict=True)
            levels.update({name: level for name, level in pairs if np.isfinite(level)})
    for market in markets:
        for hour in skipped_hours(market.calendar, before):
            levels = _of_the_hour_before(levels, market.market.market, hour) | levels
    return levels


def _of_the_hour_before(levels: dict[str, float], market: str, hour: int) -> dict[str, float]:
    """Return the levels of an hour that the clock skipped, as a history in VaR has them."""
    own, skipped = f"/HE{hour:02d}", f"/HE{hour + 1:02d}"
    return {
        f"{name.removesuffix(own)}{skipped}": level
        for name, level in levels.items()
        if name.startswith(f"{market}/") and name.endswith(own)
    }
