"""W1: the marks of a delivery day to come, one factor a node, VaR at 99 %.

How the product's own messages say it:

- Prices are day-ahead publications of tomorrow's hours, each replacing the one before it. The
  trades settle in real time, so that a day-ahead price is their mark and nothing ever rolls off.
- A node's one factor is its basis. All nodes lie behind one hub whose own prices never differ
  between the runs, and day-ahead basis is nil; the scenario of a date is then the node's real-time
  basis of that date, the same for every hour. As in the peers' form of the workload, 200 distinct
  series serve all nodes (node modulo 200), which changes nothing for the product and spares the
  peers that recompute everything a ten times larger product of matrices.
- Every book has a stop-loss and a ceiling of its VaR of its own, the two limits the peers compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from benchmarks.workload import (
    HOURS,
    Size,
    TradeColumns,
    draw_lengths,
    draw_quantities,
    names,
    rows,
)
from state.arrays import Floats, Numbers
from state.calendar import local_midnight_ns
from state.messages import (
    AnyMessage,
    Books,
    FactorHistory,
    LocationKind,
    Locations,
    Market,
    Policy,
    PricePublication,
    Run,
    SettlesAt,
    Tick,
    Trade,
    TradeAction,
)
from state.moments import HOUR_NS, SECOND_NS

MARKET = "w1"
HUB = "HUB"
TODAY = date(2026, 9, 8)
_ZONE = "UTC"
_OPEN_HOUR = 10
_SERIES = 200
_SPIKES = 0.02


@dataclass(frozen=True)
class Marks:
    """The workload as columns, for the product and for every peer.

    Attributes:
        trades: the held ones, then those of the measured part in their order.
        opening_price: $/MWh by node and hour, before the first publication.
        price: $/MWh by publication and node.
        hour: that each publication prices.
        shock: $/MWh by scenario and factor; the factor of a node is its number modulo factors.
        var_limit_usd, stop_loss_usd: by book, both positive.
    """

    size: Size
    trades: TradeColumns
    opening_price: Floats
    price: Floats
    hour: Numbers
    shock: Floats
    var_limit_usd: Floats
    stop_loss_usd: Floats

    @property
    def factor(self) -> Numbers:
        """The factor of each node."""
        return np.asarray(np.arange(self.size.nodes) % self.shock.shape[1])


def draw(size: Size) -> Marks:
    """Draw the workload."""
    chance = np.random.default_rng(size.seed)
    trades = _draw_trades(chance, size)
    basis = chance.normal(0.0, 6.0, size.nodes)
    by_hour = 40.0 + 15.0 * np.sin((np.arange(HOURS) - 9) / HOURS * 2.0 * np.pi)
    opening = by_hour + basis[:, None] + chance.normal(0.0, 2.0, (size.nodes, HOURS))
    hour = np.arange(size.publications) * HOURS // size.publications
    return Marks(
        size=size,
        trades=trades,
        opening_price=np.round(opening, 2),
        price=_draw_prices(chance, size, by_hour[hour], basis),
        hour=hour,
        shock=_draw_shocks(chance, size),
        var_limit_usd=np.round(chance.uniform(2e4, 2e5, size.books)),
        stop_loss_usd=np.round(chance.uniform(1e4, 3e5, size.books)),
    )


def _draw_trades(chance: np.random.Generator, size: Size) -> TradeColumns:
    count = size.trades + size.publications * size.trades_between
    hours = draw_lengths(chance, count)
    return TradeColumns(
        book=chance.integers(0, size.books, count),
        node=chance.integers(0, size.nodes, count),
        first_hour=(chance.random(count) * (HOURS - hours + 1)).astype(np.int64),
        hours=hours,
        quantity_mw=draw_quantities(chance, count),
        price=np.round(chance.normal(40.0, 8.0, count), 2),
    )


def _draw_prices(chance: np.random.Generator, size: Size, level: Floats, basis: Floats) -> Floats:
    drift = np.cumsum(chance.normal(0.0, 1.5, size.publications))
    spikes = np.where(chance.random(size.publications) < _SPIKES, 300.0, 0.0)
    common = level + drift + spikes * chance.exponential(1.0, size.publications)
    noise = chance.normal(0.0, 1.5, (size.publications, size.nodes))
    return np.round(common[:, None] + basis + noise, 2)


def _draw_shocks(chance: np.random.Generator, size: Size) -> Floats:
    series = min(_SERIES, size.nodes)
    common = chance.standard_t(4, (size.scenarios, 1)) * 6.0
    loading = chance.uniform(0.6, 1.4, series)
    return common * loading + chance.standard_t(4, (size.scenarios, series)) * 3.0


class MarkedDay:
    """W1 as messages.

    Args:
        size: how large.
    """

    name = "W1"
    confidence = 0.99

    def __init__(self, size: Size) -> None:
        self.size = size
        self.marks = draw(size)
        self._books = names("B", size.books)
        self._nodes = names("N", size.nodes)
        self._midnight_ns = local_midnight_ns(TODAY + timedelta(days=1), _ZONE)
        self._open_ns = local_midnight_ns(TODAY, _ZONE) + _OPEN_HOUR * HOUR_NS

    def opening(self) -> Iterator[AnyMessage]:
        """Yield the company, its prices and the trades it holds, then the first tick."""
        yield Market(
            market=MARKET, time_zone=_ZONE, settlement_seconds=3600, runs=(Run.DA, Run.RTD)
        )
        yield self._locations()
        yield Books(company="benchmark", books=self._books, desks=("desk",) * self.size.books)
        yield self._history()
        yield Policy(policy="w1-limits", version="1", source=self._policy)
        for hour in range(HOURS):
            yield self._publication(hour, self.marks.opening_price[:, hour], self._open_ns)
        yield from self._trades(0, self.size.trades, self._open_ns)
        yield Tick(at_ns=self._open_ns, received_at_ns=self._open_ns)

    def day(self) -> Iterator[AnyMessage]:
        """Yield publications with trades between them, and a tick before each publication."""
        between, first = self.size.trades_between, self.size.trades
        for number, hour in enumerate(self.marks.hour.tolist()):
            at_ns = self._open_ns + (number + 1) * SECOND_NS
            yield Tick(at_ns=at_ns, received_at_ns=at_ns)
            yield self._publication(hour, self.marks.price[number], at_ns)
            begin = first + number * between
            yield from self._trades(begin, begin + between, at_ns)

    def _locations(self) -> Locations:
        return Locations(
            market=MARKET,
            locations=(HUB, *self._nodes),
            kinds=(LocationKind.HUB, *(LocationKind.NODE for _ in self._nodes)),
            hubs=(HUB,) * (self.size.nodes + 1),
        )

    def _history(self) -> FactorHistory:
        by_hour = [f"{MARKET}/{HUB}/{run}/HE{hour:02d}" for run in ("DA", "RTD") for hour in _ENDS]
        basis = [f"{MARKET}/{node}/basis/{run}" for run in ("DA", "RTD") for node in self._nodes]
        levels = np.zeros((len(by_hour) + len(basis), self.size.scenarios + 1))
        levels[len(by_hour) + self.size.nodes :, 1:] = self.marks.shock.T[self.marks.factor]
        dates = (TODAY - timedelta(days=back) for back in range(self.size.scenarios + 1, 0, -1))
        return FactorHistory(
            market=MARKET,
            factors=(*by_hour, *basis),
            dates=tuple(day.isoformat() for day in dates),
            levels=levels.ravel(),
        )

    @cached_property
    def _policy(self) -> str:
        return "\n".join(
            (
                'name: w1-limits\nversion: "1"\ntitle: A stop-loss and a VaR a book\nlimits:',
                _limit("stop-loss", "stop_loss", "loss", self._books, self.marks.stop_loss_usd),
                _limit("value-at-risk", "var", "ceiling", self._books, self.marks.var_limit_usd),
            )
        )

    def _publication(self, hour: int, price: Floats, at_ns: int) -> PricePublication:
        return PricePublication(
            market=MARKET,
            run=Run.DA,
            interval_start_ns=self._midnight_ns + hour * HOUR_NS,
            interval_seconds=3600,
            locations=self._nodes,
            lmp=np.ascontiguousarray(price),
            source="benchmark",
            received_at_ns=at_ns,
        )

    def _trades(self, begin: int, end: int, at_ns: int) -> Iterator[Trade]:
        own, part = self.marks.trades, slice(begin, end)
        columns = (own.book, own.node, own.first_hour, own.hours, own.quantity_mw, own.price)
        made = enumerate(rows(*(column[part] for column in columns)), start=begin)
        for number, (book, node, hour, hours, quantity_mw, price) in made:
            start_ns = self._midnight_ns + hour * HOUR_NS
            yield Trade(
                source="benchmark",
                trade=f"T{number:07d}",
                version=1,
                action=TradeAction.NEW,
                product="energy",
                market=MARKET,
                book=self._books[book],
                counterparty="CP-1",
                location=self._nodes[node],
                delivery_start_ns=start_ns,
                delivery_end_ns=start_ns + hours * HOUR_NS,
                quantity_mw=quantity_mw,
                price_usd_per_mwh=price,
                settles_at=SettlesAt.RTD,
                executed_at_ns=at_ns,
                received_at_ns=at_ns,
            )


_ENDS = range(1, HOURS + 1)


def _limit(name: str, rule: str, edge: str, books: tuple[str, ...], usd: Floats) -> str:
    own = "\n".join(
        f"      - {{scope: {book}, {edge}: {amount:.0f}}}"
        for book, amount in zip(books, usd.tolist(), strict=True)
    )
    return f"""  - id: {name}
    rule: {rule}
    title: {name}
    clause: w1 limits
    unit: $
    {edge}: 5000000
    warn_at: 1.0
    clear_at: 1.0
    materiality: material
    own:
{own}"""
