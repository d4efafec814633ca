"""What contracts deliver on the running day against what they should.

A contract on a plant's output should deliver its share of the plant's day-ahead schedule, and has
delivered that share of what the meter tells. A contract that ISTs deliver should be nominated
whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from state.contracts.trades import counts
from state.market.delivery_day import DeliveryDay
from state.market.volume_loops import METERED
from state.messages import ProductTrade, Trade
from state.performance.sources import as_generated
from state.products.product import contract_mw
from state.screens.performance_seen import DeliveryRow

if TYPE_CHECKING:
    from state.market.book import MarketBook

PLANT, IST = "plant", "IST"

_IST = "ist"


def delivery_rows(market: MarketBook) -> Iterator[DeliveryRow]:
    """Yield the contracts on plants, then those that ISTs deliver."""
    if market.today is None:
        return
    day = market.days[market.today]
    for number, record in enumerate(market.tables.resources.records):
        for span, trade in as_generated(market, day, record.resource):
            yield _by_plant(day, number, trade, span)
    yield from _by_ist(market, day)


def _by_plant(day: DeliveryDay, number: int, trade: Trade, span: tuple[int, int]) -> DeliveryRow:
    share = contract_mw(trade, day.day, span=span) * day.hours_per_interval
    within = slice(*span)
    made = day.volumes.stage[METERED, number, within]
    metered = np.isfinite(made)
    any_metered = bool(metered.any())
    contracted, delivered = (
        float(np.add.reduce((mw * share)[metered])) if any_metered else float("nan")
        for mw in (day.volumes.day_ahead_of(number)[within], made)
    )
    return _row(trade, (PLANT, trade.resource), contracted, delivered)


def _by_ist(market: MarketBook, day: DeliveryDay) -> Iterator[DeliveryRow]:
    records = market.contracts.trades
    columns = records.columns
    if not len(columns):
        return
    nominated: dict[str, list[float]] = {}
    wanted = columns.of_form(lambda form: form.product == _IST and counts(form))
    for ist in columns.trades(np.flatnonzero(wanted)):
        if isinstance(ist, ProductTrade) and ist.delivers:
            nominated.setdefault(ist.delivers, []).append(_mwh(ist, day))
    for identity, parts in sorted(nominated.items()):
        trade = records.counting_of(identity)
        if trade is not None and (any(parts) or _mwh(trade, day)):
            told = f"{len(parts)} IST{'s' if len(parts) > 1 else ''}"
            yield _row(trade, (IST, told), _mwh(trade, day), sum(parts))


def _mwh(trade: Trade, day: DeliveryDay) -> float:
    first, last = day.day.span(trade.delivery_start_ns, trade.delivery_end_ns)
    if first >= last:
        return 0.0
    mw = contract_mw(trade, day.day, span=(first, last))
    return float(np.add.reduce(np.abs(mw))) * day.hours_per_interval


def _row(trade: Trade, by: tuple[str, str], contracted: float, delivered: float) -> DeliveryRow:
    return DeliveryRow(
        contract=trade.identity,
        counterparty=trade.counterparty,
        by=by[0],
        through=by[1],
        contracted_mwh=contracted,
        delivered_mwh=delivered,
        ratio=delivered / contracted if contracted else float("nan"),
    )
