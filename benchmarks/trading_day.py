"""W2: the product's own model through a trading day, from midnight to midnight.

A market of three settlements on a five-minute grid: nodes behind a handful of hubs, hub-hour and
node-basis factors, VaR and ES at 95 %, the shipped limits on, books in desks, loads and solar
plants with forecasts and schedules of every run. A tick a second; every five minutes an RTD
publication of all nodes with trades between two of them, every quarter an FMM publication, in the
afternoon tomorrow's day-ahead prices and schedules. Trades settle at every run, intervals roll off
as they are delivered; one trade in two hundred is a forward of a later month.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from benchmarks.trading_day_trades import TRADERS, DayTrades
from benchmarks.workload import HOURS, Size, names
from benchmarks.written_policy import AGREEMENT, in_force, months_from
from state.arrays import Floats
from state.calendar import local_midnight_ns
from state.messages import (
    AnyMessage,
    Block,
    Books,
    Counterparty,
    CumulativePnl,
    CurveMarks,
    FactorHistory,
    Forecast,
    LocationKind,
    Locations,
    Market,
    Policy,
    PricePublication,
    Resource,
    ResourceKind,
    Run,
    Schedule,
    Tick,
)
from state.moments import HOUR_NS, SECOND_NS

MARKET = "w2"
TODAY = date(2026, 9, 8)
ZONE = "America/Los_Angeles"
HUBS = 4
STEP_SECONDS = 300
STEPS = 288
POLICY = Path(__file__).resolve().parents[1] / "policies" / "desk-limits.yaml"

_STEP_NS = STEP_SECONDS * SECOND_NS
_BOOKS_A_DESK = 10
_BOOKS_A_RESOURCE = 5
_MONTHS = 6
_RUNS = (Run.DA, Run.FMM, Run.RTD)
_SECONDS = {Run.DA: 3600, Run.FMM: 900, Run.RTD: STEP_SECONDS}
_SPREAD = {Run.DA: 1.0, Run.FMM: 2.5, Run.RTD: 4.0}
_SPIKE_EVERY = 50
_LOAD_MW, _PLANT_MW = 120.0, 30.0
_BASIS, _HUB, _CURVE, _VOLUME = 3, 4, 5, 100


class TradingDay:
    """W2 as messages.

    Args:
        size: how large; fewer publications make a shorter day from midnight.
    """

    name = "W2"
    confidence = 0.95

    def __init__(self, size: Size) -> None:
        self.size = size
        self.midnight_ns = local_midnight_ns(TODAY, ZONE)
        self._hubs = min(HUBS, size.nodes)
        self._books = names("B", size.books)
        self._nodes = (*names("HUB", self._hubs), *names("N", size.nodes - self._hubs))
        self._basis = self._drawn(_BASIS, 0).normal(0.0, 6.0, size.nodes)
        self._basis[: self._hubs] = 0.0
        count = 2 * max(1, size.books // _BOOKS_A_RESOURCE)
        self._loads, self._plants = names("LOAD", count // 2), names("SOLAR", count // 2)
        self._resources = (*self._loads, *self._plants)
        self._counterparties = names("CP-", size.counterparties)
        blocks = (Block.ON_PEAK, Block.OFF_PEAK)
        months = months_from(TODAY)[: None if size.policy else _MONTHS]
        self._cells = list(itertools.product(self._nodes[: self._hubs], blocks, months))
        self._day_ahead_step = min(13 * 12, size.publications // 2)
        self._trades = DayTrades(
            size,
            market=MARKET,
            books=self._books,
            nodes=self._nodes,
            counterparties=self._counterparties,
            midnight_ns=self.midnight_ns,
            day_ahead_step=self._day_ahead_step,
        )

    # The two parts -------------------------------------------------------------------------------

    def opening(self) -> Iterator[AnyMessage]:
        """Yield the company, today's day-ahead, what it holds, and the tick of midnight."""
        yield Market(market=MARKET, time_zone=ZONE, settlement_seconds=STEP_SECONDS)
        yield self._locations()
        desks = tuple(f"desk-{number // _BOOKS_A_DESK}" for number in range(self.size.books))
        yield Books(company="benchmark", books=self._books, desks=desks)
        yield from (CumulativePnl(book=book, realised_usd=0.0) for book in self._books)
        for name in self._counterparties:
            yield Counterparty(
                counterparty=name,
                name=name,
                rating="A-",
                investment_grade=True,
                agreement=AGREEMENT if self.size.policy else "",
            )
        yield from self._resource_records()
        yield self._history()
        yield self._curve()
        yield self._desk_limits()
        if self.size.policy:
            mw = dict.fromkeys(self._loads, _LOAD_MW) | dict.fromkeys(self._plants, _PLANT_MW)
            yield from in_force(self._counterparties, TRADERS, mw, TODAY)
        yield from self._day_ahead(0, self.midnight_ns)
        yield self._price(Run.FMM, 0, self.midnight_ns)
        yield from self._forecasts(0, self.midnight_ns)
        yield from self._trades.held(self.midnight_ns)
        yield Tick(at_ns=self.midnight_ns, received_at_ns=self.midnight_ns)

    def day(self) -> Iterator[AnyMessage]:
        """Yield the day in steps of five minutes."""
        for step in range(self.size.publications):
            at_ns = self.midnight_ns + step * _STEP_NS
            if step:
                yield Tick(at_ns=at_ns, received_at_ns=at_ns)
            yield from self._market_data(step, at_ns)
            yield from self._between(step, at_ns)

    def _market_data(self, step: int, at_ns: int) -> Iterator[AnyMessage]:
        quarter, late = divmod(step, 3)
        if not late:
            yield self._schedule(Run.FMM, self._plants, quarter, 1, at_ns)
            yield self._price(Run.FMM, quarter + 1, at_ns)
        yield self._schedule(Run.RTD, self._plants, step, 1, at_ns)
        yield self._price(Run.RTD, step, at_ns)
        if step and not step % 12:
            yield from self._forecasts(step // 12, at_ns)
        if step == self._day_ahead_step:
            yield from self._day_ahead(HOURS, at_ns)

    def _between(self, step: int, at_ns: int) -> Iterator[AnyMessage]:
        """Spread the trades evenly over the ticks; ticks fewer than one a second keep the pace."""
        trades = self._trades.made(step, at_ns)
        ticks = self.size.ticks_between
        for tick in range(1, ticks):
            now_ns = at_ns + tick * _STEP_NS // ticks
            yield Tick(at_ns=now_ns, received_at_ns=now_ns)
            yield from itertools.islice(trades, _share(self.size.trades_between, tick, ticks - 1))
        yield from trades

    # Reference data ------------------------------------------------------------------------------

    def _locations(self) -> Locations:
        hubs = self._nodes[: self._hubs]
        kinds = (LocationKind.HUB, LocationKind.NODE)
        return Locations(
            market=MARKET,
            locations=self._nodes,
            kinds=tuple(kinds[number >= self._hubs] for number in range(self.size.nodes)),
            hubs=tuple(hubs[number % self._hubs] for number in range(self.size.nodes)),
        )

    def _desk_limits(self) -> Policy:
        """Return the desk's limits, their VaR struck over all scenarios of the workload."""
        shipped, window = POLICY.read_text(encoding="utf-8"), "\n  window: 500\n"
        told, own = shipped.split(window), f"\n  window: {self.size.scenarios}\n"
        return Policy(policy="desk-limits", version="1", source=own.join(told))

    def _resource_records(self) -> Iterator[Resource]:
        half = len(self._loads)
        for number, name in enumerate(self._resources):
            yield Resource(
                resource=name,
                market=MARKET,
                book=self._books[number * _BOOKS_A_RESOURCE // 2 % self.size.books],
                location=self._nodes[(7 * number + 1) % self.size.nodes],
                resource_kind=ResourceKind.LOAD if number < half else ResourceKind.SOLAR,
                capacity_mw=200.0,
            )

    def _history(self) -> FactorHistory:
        dates = self.size.scenarios + 1
        days = (TODAY - timedelta(days=back) for back in range(dates, 0, -1))
        parts = (self._hub_history(), self._basis_history(), self._curve_history())
        return FactorHistory(
            market=MARKET,
            factors=tuple(itertools.chain.from_iterable(factors for factors, _ in parts)),
            dates=tuple(day.isoformat() for day in days),
            levels=np.concatenate([levels.ravel() for _, levels in parts]),
        )

    def _basis_history(self) -> tuple[list[str], Floats]:
        nodes, dates = self._nodes[self._hubs :], self.size.scenarios + 1
        factors = [f"{MARKET}/{node}/basis/{run}" for node in nodes for run in _RUNS]
        spread = self._drawn(_BASIS, 1).normal(0.0, 1.0, (len(nodes), 3, dates))
        return factors, self._basis[self._hubs :, None, None] + np.cumsum(spread, axis=1)

    def _curve_history(self) -> tuple[list[str], Floats]:
        factors = [f"{MARKET}/{hub}/curve/{block}/{month}" for hub, block, month in self._cells]
        moves = self._drawn(_CURVE, 1).normal(0.0, 0.8, (len(factors), self.size.scenarios + 1))
        return factors, 50.0 + np.cumsum(moves, axis=1)

    def _hub_history(self) -> tuple[list[str], Floats]:
        hubs = self._nodes[: self._hubs]
        factors = [
            f"{MARKET}/{hub}/{run}/HE{hour + 1:02d}"
            for hub in hubs
            for run in _RUNS
            for hour in range(HOURS)
        ]
        dates = self.size.scenarios + 1
        steps = self._drawn(_HUB, 1).standard_t(4, (len(hubs), 3, HOURS, dates))
        steps[:, 0] *= 6.0
        steps[:, 1:] *= 3.0
        return factors, _by_hour(np.arange(float(HOURS)))[:, None] + np.cumsum(steps, axis=1)

    def _curve(self) -> CurveMarks:
        cells = self._cells
        return CurveMarks(
            market=MARKET,
            as_of=(TODAY - timedelta(days=1)).isoformat(),
            hubs=tuple(hub for hub, _, _ in cells),
            blocks=tuple(block for _, block, _ in cells),
            months=tuple(month for _, _, month in cells),
            price_usd_per_mwh=np.round(self._drawn(_CURVE, 0).normal(50.0, 5.0, len(cells)), 2),
            received_at_ns=self.midnight_ns,
        )

    # Market data ---------------------------------------------------------------------------------

    def _day_ahead(self, first_hour: int, at_ns: int) -> Iterator[AnyMessage]:
        for hour in range(first_hour, first_hour + HOURS):
            yield self._price(Run.DA, hour, at_ns)
        yield self._schedule(Run.DA, self._resources, first_hour, HOURS, at_ns)

    def _price(self, run: Run, number: int, at_ns: int) -> PricePublication:
        """Return the publication of the ``number``-th interval of a run since midnight."""
        chance = self._drawn(_RUNS.index(run), number)
        start_ns = self.midnight_ns + number * _SECONDS[run] * SECOND_NS
        hour = (start_ns - self.midnight_ns) / HOUR_NS
        common = _by_hour(hour) + chance.normal(0.0, _SPREAD[run])
        if run is Run.RTD and number % _SPIKE_EVERY == _SPIKE_EVERY - 1:
            common += chance.exponential(300.0)
        by_hub = chance.normal(0.0, _SPREAD[run], self._hubs)
        noise = chance.normal(0.0, 1.5, self.size.nodes)
        own_hub = np.resize(by_hub, self.size.nodes)
        return PricePublication(
            market=MARKET,
            run=run,
            interval_start_ns=start_ns,
            interval_seconds=_SECONDS[run],
            locations=self._nodes,
            lmp=np.round(common + own_hub + self._basis + noise, 2),
            source=f"benchmark {run}",
            published_at_ns=at_ns,
            received_at_ns=at_ns,
        )

    # Volumes -------------------------------------------------------------------------------------

    def _forecasts(self, hour: int, at_ns: int) -> Iterator[Forecast]:
        """Yield a forecast a resource, from an hour of today to the end of tomorrow."""
        for number, resource in enumerate(self._resources):
            yield Forecast(
                resource=resource,
                interval_start_ns=self.midnight_ns + hour * HOUR_NS,
                interval_seconds=3600,
                mw=self._expected_mw(number, np.arange(float(hour), 2 * HOURS), hour),
                published_at_ns=at_ns,
                received_at_ns=at_ns,
            )

    def _schedule(
        self, run: Run, resources: tuple[str, ...], first: int, count: int, at_ns: int
    ) -> Schedule:
        hours = (first + np.arange(count)) * _SECONDS[run] / 3600
        seed = 100 + _RUNS.index(run)
        first_resource = self._resources.index(resources[0])
        mw = [
            self._expected_mw(number, hours, 1000 * seed + first)
            for number in range(first_resource, first_resource + len(resources))
        ]
        return Schedule(
            market=MARKET,
            run=run,
            interval_start_ns=self.midnight_ns + first * _SECONDS[run] * SECOND_NS,
            interval_seconds=_SECONDS[run],
            resources=resources,
            mw=np.concatenate(mw),
            published_at_ns=at_ns,
            received_at_ns=at_ns,
        )

    def _expected_mw(self, resource: int, hours: Floats, edition: int) -> Floats:
        """Return a load's consumption or a solar plant's output, with the error of an edition."""
        error = self._drawn(_VOLUME + resource, edition).normal(1.0, 0.03, len(hours))
        if resource < len(self._loads):
            return np.round((120.0 + 40.0 * np.sin((hours % HOURS - 9) / 12 * np.pi)) * error, 1)
        sun = np.maximum(0.0, np.sin((hours % HOURS - 6) / 12 * np.pi))
        return np.round(100.0 * sun * error, 1)

    def _drawn(self, series: int, number: int) -> np.random.Generator:
        # A generator a message: no part of the day depends on what was drawn before it.
        return np.random.default_rng((self.size.seed, series, number))


def _by_hour(hour: Floats | float) -> Floats:
    return np.asarray(40.0 + 15.0 * np.sin((hour - 9) / HOURS * 2.0 * np.pi))


def _share(total: int, part: int, parts: int) -> int:
    """Return how many of a total fall to the ``part``-th of equal parts, counted from 1.

    >>> [_share(10, part, 4) for part in (1, 2, 3, 4)]
    [2, 3, 2, 3]
    """
    return total * part // parts - total * (part - 1) // parts
