"""What plants and loads bring today: value against what was expected, and the price they capture.

Expected is the day-ahead schedule at day-ahead prices, Q_DA·P_DA, 0 of what it leaves out; value
is the two-settlement sum of ``state.market.valuation``, so their difference is what real time
brought. Capture price = Σ P·G / ΣG at the day-ahead price P of the plant's location; capture rate =
that over the mean of P. At 80 and 40 $/MWh with 100 and 400 MW:

>>> weighted = capture(np.array([80.0, 40.0]), np.array([100.0, 400.0]))
>>> weighted.price, weighted.rate
(48.0, 0.8)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from state.market.delivery_day import DeliveryDay
from state.market.prices import DA
from state.messages import FloatColumn, Resource, ResourceKind
from state.screens.performance_seen import ResourceRow

if TYPE_CHECKING:
    from state.market.book import MarketBook

NAN = float("nan")
ALL = "all"

_NO_RATE = 1e-9
"""$/MWh: what is left of rates that were added and taken out again is less."""

_SUMS = (
    "scheduled_mwh", "mwh", "expected_usd", "value_usd", "difference_usd", "contract_usd",
    "margin_usd",
)  # fmt: skip


class Capture(NamedTuple):
    """The price that a volume captures, $/MWh, and its ratio to the mean price."""

    price: float
    rate: float


def capture(price: FloatColumn, mw: FloatColumn) -> Capture:
    """Return what a volume captures of a price, over the intervals with a price.

    Without any volume both are NaN; the rate is, where the mean price is not above zero.
    """
    known = np.isfinite(price)
    total = float(np.add.reduce(mw[known]))
    if not total > 0.0:
        return Capture(NAN, NAN)
    weighted = float(np.add.reduce(price[known] * mw[known])) / total
    mean = float(np.add.reduce(price[known])) / int(known.sum())
    return Capture(weighted, weighted / mean if mean > 0.0 else NAN)


def resource_rows(market: MarketBook) -> Iterator[ResourceRow]:
    """Yield what each resource brings on the running day, then all of them together."""
    if market.today is None:
        return
    day, table = market.days[market.today], market.tables.resources
    outputs = np.where(day.volumes.without_forecast(), NAN, day.volumes.expected)
    rows = [
        _row(market, day, (number, record), outputs[number])
        for number, record in enumerate(table.records)
    ]
    yield from rows
    if len(rows) > 1:
        sums = {name: sum(getattr(row, name) for row in rows) for name in _SUMS}
        yield ResourceRow(
            market=market.market.market,
            resource=ALL,
            resource_kind="",
            weighted_price=NAN,
            capture_rate=NAN,
            **sums,
        )


def _row(
    market: MarketBook, day: DeliveryDay, resource: tuple[int, Resource], output: FloatColumn
) -> ResourceRow:
    """Return what a resource brings by its output, MW, NaN where that is not known."""
    volumes, hours, (number, record) = day.volumes, day.hours_per_interval, resource
    place = market.tables.locations.index[record.location]
    price = day.prices.by_interval[DA, :, place]
    sign = -1.0 if record.resource_kind is ResourceKind.LOAD else 1.0
    scheduled = sign * volumes.day_ahead_of(number)
    known = not np.isnan(output).any()
    expected = _sum(np.where(scheduled == 0.0, 0.0, scheduled * price)) * hours
    value = value_of(day, number, place) if known else NAN
    rates = day.rates.paid_for(number, len(output))
    paid = _sum(np.where(np.abs(rates) < _NO_RATE, 0.0, rates * output)) * hours
    captured = capture(price, output)
    if record.resource_kind is ResourceKind.STORAGE:
        captured = Capture(NAN, NAN)  # what it sells it has bought before: a spread, no price
    return ResourceRow(
        market=market.market.market,
        resource=record.resource,
        resource_kind=str(record.resource_kind),
        scheduled_mwh=_sum(scheduled) * hours,
        mwh=sign * _sum(output) * hours,
        expected_usd=expected,
        value_usd=value,
        difference_usd=value - expected,
        contract_usd=paid,
        margin_usd=value - paid,
        weighted_price=captured.price if known else NAN,
        capture_rate=captured.rate if known else NAN,
    )


def value_of(day: DeliveryDay, number: int, place: int) -> float:
    """Return the two-settlement value of a resource on a day, $; NaN where a leg has no mark."""
    legs = day.volumes.legs[:, number]
    marks = day.prices.marks(np.array([place]), slice(None))[:, 0]
    return _sum(np.where(legs == 0.0, 0.0, legs * marks).ravel()) * day.hours_per_interval


def _sum(amounts: FloatColumn) -> float:
    """Return a sum that is not known where a part of it is not."""
    return float(np.add.reduce(amounts))
