"""Where the supply of the running day comes from, and how concentrated it is.

Own plants by kind, plants under a power purchase agreement by counterparty, physical purchases by
counterparty, and the market for what these leave of the load. Concentration is the sum of the
squared shares (Herfindahl and Hirschman): 1 for one source, 1/n for n alike.

>>> concentration([50.0, 50.0])
0.5
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from state.contracts.columns import Form
from state.contracts.size import block_hours
from state.contracts.trades import counts
from state.market.delivery_day import DeliveryDay
from state.messages import Block, ResourceKind, Trade
from state.products import PRODUCTS
from state.products.product import contract_mw
from state.screens.performance_seen import SourceRow

if TYPE_CHECKING:
    from state.market.book import MarketBook

OWN, PPA, CONTRACT, MARKET = "own", "ppa", "contract", "market"

SHOWN = 40
"""How many sources are told at the most."""


class Supply(NamedTuple):
    """MWh of a day by (source, product), what the load takes and what is sold of it.

    Attributes:
        unknown: resources of which a part of the day is not known, and counts as nothing.
    """

    by_source: dict[tuple[str, str], float]
    load_mwh: float
    sold_mwh: float
    unknown: list[str]


def concentration(mwh: Sequence[float]) -> float:
    """Return the sum of squared shares of amounts that are not negative; NaN of nothing."""
    total = sum(mwh)
    return sum((each / total) ** 2 for each in mwh) if total > 0.0 else float("nan")


def source_rows(supplies: Sequence[Supply]) -> list[SourceRow]:
    """Return the sources of several markets together, the largest first."""
    mwh: dict[tuple[str, str], float] = {}
    for supply in supplies:
        for key, part in supply.by_source.items():
            mwh[key] = mwh.get(key, 0.0) + part
    total = sum(part for part in mwh.values() if part > 0.0)
    rows = [
        SourceRow(source=source, product=product, mwh=part, share=part / total)
        for (source, product), part in mwh.items()
        if part > 0.0
    ]
    return sorted(rows, key=lambda row: (-row.mwh, row.source, row.product))


def largest(rows: list[SourceRow]) -> list[SourceRow]:
    """Return the largest sources one by one, and very many others as one row behind them."""
    if len(rows) <= SHOWN:
        return rows
    rest = rows[SHOWN - 1 :]
    others = SourceRow(
        source=f"{len(rest)} others",
        product="",
        mwh=sum(row.mwh for row in rest),
        share=sum(row.share for row in rest),
    )
    return [*rows[: SHOWN - 1], others]


def supply_of(market: MarketBook) -> Supply:
    """Return where a market's supply of its running day comes from."""
    if market.today is None:
        return Supply({}, 0.0, 0.0, [])
    day = market.days[market.today]
    found: dict[tuple[str, str], float] = {}
    load = sold = 0.0
    for number, record in enumerate(market.tables.resources.records):
        output = day.volumes.expected[number]
        mwh = float(np.add.reduce(output)) * day.hours_per_interval
        if record.resource_kind is ResourceKind.LOAD:
            load += mwh
            continue
        for span, trade in as_generated(market, day, record.resource):
            share, made = contract_mw(trade, day.day, span=span), output[slice(*span)]
            taken, out = (
                float(np.add.reduce(np.maximum(side * share, 0.0) * made)) * day.hours_per_interval
                for side in (1.0, -1.0)
            )
            key = (trade.counterparty, PPA)
            found[key] = found.get(key, 0.0) + taken
            mwh -= taken
            sold += out  # of what is the company's own: it stays there
        key = (f"{OWN} {record.resource_kind}", OWN)
        found[key] = found.get(key, 0.0) + mwh
    for counterparty, (bought, out) in _physical(market, day).items():
        found[counterparty, CONTRACT] = bought
        sold += out
    rest = load + sold - sum(found.values())
    if rest > 0.0:
        found[market.market.market, MARKET] = rest
    missing = day.volumes.without_forecast().any(axis=1)
    records = market.tables.resources.records
    unknown = [records[number].resource for number in np.flatnonzero(missing).tolist()]
    return Supply(found, load, sold + max(0.0, -rest), unknown)


def as_generated(
    market: MarketBook, day: DeliveryDay, resource: str
) -> Iterator[tuple[tuple[int, int], Trade]]:
    """Yield the contracts on a plant's output that hold on a day, each with its intervals."""
    if resource not in {form.resource for form in market.contracts.trades.columns.forms}:
        return
    for trade in market.contracts.trades.live_of_resource(resource):
        span = day.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
        if PRODUCTS[trade.product].as_generated and span[0] < span[1]:
            yield span, trade


def _is_physical(form: Form) -> bool:
    product = PRODUCTS[form.product]
    return counts(form) and not product.financial and not product.as_generated


def _physical(market: MarketBook, day: DeliveryDay) -> dict[str, tuple[float, float]]:
    """Return MWh bought from and sold to each counterparty on a day under physical contracts."""
    columns = market.contracts.trades.columns
    if not len(columns):
        return {}
    rows, grid = columns.rows, day.day
    on = (rows["start_ns"] < grid.end_ns) & (rows["end_ns"] > grid.start_ns)
    on &= columns.of_form(_is_physical)
    shaped = on & columns.of_form(lambda form: form.terms)
    flat = np.flatnonzero(on & ~shaped)
    bought, sold = np.zeros((2, len(columns.counterparties.told)))
    hours = _hours(market, day, flat)
    mwh, party = rows["mw"][flat] * hours, rows["counterparty"][flat]
    bought += np.bincount(party, np.maximum(mwh, 0.0), len(bought))
    sold += np.bincount(party, np.maximum(-mwh, 0.0), len(sold))
    numbers = np.flatnonzero(shaped)
    for number, trade in zip(numbers.tolist(), columns.trades(numbers), strict=True):
        span = grid.span(trade.delivery_start_ns, trade.delivery_end_ns)
        mw = contract_mw(trade, grid, span=span) * day.hours_per_interval
        at = int(rows["counterparty"][number])
        bought[at] += float(np.add.reduce(np.maximum(mw, 0.0)))
        sold[at] += float(np.add.reduce(np.maximum(-mw, 0.0)))
    named = zip(columns.counterparties.told, bought.tolist(), sold.tolist(), strict=True)
    return {name: (into, out) for name, into, out in named if into or out}


def _hours(market: MarketBook, day: DeliveryDay, numbers: np.ndarray) -> np.ndarray:
    """Return for how many hours of a day contracts deliver; alike ones are counted once."""
    columns, grid = market.contracts.trades.columns, day.day
    rows = columns.rows[numbers]
    blocks = columns.of_form(lambda form: list(Block).index(form.block))[numbers]
    start = np.maximum(rows["start_ns"], grid.start_ns)
    end = np.minimum(rows["end_ns"], grid.end_ns)
    # Number by number: to sort rows of three takes fifty times as long.
    starts, begin = np.unique(start, return_inverse=True)
    ends, over = np.unique(end, return_inverse=True)
    packed = (blocks * len(starts) + begin.ravel()) * len(ends) + over.ravel()
    kinds, which = np.unique(packed, return_inverse=True)
    each = [
        block_hours(
            market.calendar,
            list(Block)[kind // len(ends) // len(starts)],
            int(starts[kind // len(ends) % len(starts)]),
            int(ends[kind % len(ends)]),
        )
        for kind in kinds.tolist()
    ]
    return np.array(each, dtype=np.float64)[which.ravel()]
