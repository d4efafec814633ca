"""The numbers that messages tell: of which places they are, and from when to when each holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from state.alerts.components import component_gap
from state.arrays import Floats, Numbers
from state.calendar import local_midnight_ns
from state.limits.data_quality import CAPACITY_PRICE, COMPONENTS, PRICE, QUANTITY, UNIT_PRICE
from state.limits.rule import Rule
from state.messages import (
    NO_FLOOR_USD_PER_MWH,
    Award,
    CurveMarks,
    FloatColumn,
    Forecast,
    ManualAdjustment,
    MeterValues,
    PricePublication,
    ProductMarks,
    ProductTrade,
    Schedule,
    Trade,
    TradeAction,
    VolumeOutlook,
)
from state.moments import END_NS, SECOND_NS
from state.periods import month_after
from state.products import PRODUCTS

MOST_NAMED = 10
"""How many places of one message get a case of their own: the worst."""

_KEPT_NS = 14 * 86_400 * SECOND_NS
"""What an interval was can be corrected for so long (docs/meanings.md); then its case expires."""

Bounds = tuple[float, float]


class Part(NamedTuple):
    """A number beyond its bounds, from when to when it holds, and until when it alarms."""

    start_ns: int
    end_ns: int
    until_ns: int
    value: float


class Seen(NamedTuple):
    """What a message says of some places.

    Attributes:
        places: names one a row.
        values: shape (places, numbers), NaN where nothing is published. Without a number, what
            was said of the place no longer holds.
        spans_ns: from when to when each number holds, shape (2, places, numbers); one row where
            the numbers of all places are of the same intervals.
        period_ns: start of the interval an alarm is named by, 0 where it is named by none.
        kept_ns: for how long after its end a number is still alarmed.
        is_series: a later message replaces the intervals it tells; it replaces all otherwise.
    """

    rule: Rule
    feed: str
    places: tuple[str, ...]
    values: Floats
    spans_ns: Numbers
    period_ns: int = 0
    kept_ns: int = _KEPT_NS
    is_series: bool = False

    def scope(self, row: int) -> str:
        """Return what an alarm about a place is named by."""
        return f"{self.feed} {self.places[row]}"

    def without_told(self, row: int, parts: Iterable[Part]) -> list[Part]:
        """Return what is left of what was beyond its bounds, with what is told of a place."""
        told = np.isfinite(self.values[row])
        if not self.is_series:
            return [] if told.all() else list(parts)
        left, (starts_ns, ends_ns) = list(parts), self._spans_of(row)
        edges = np.flatnonzero(np.diff(told, prepend=False, append=False)).tolist()
        for first, past in zip(edges[::2], edges[1::2], strict=True):
            span = starts_ns[first], ends_ns[past - 1]
            left = [rest for part in left for rest in _outside_of(part, *span)]
        return left

    def beyond(self, row: int, bounds: Bounds, at_ns: int) -> Iterator[Part]:
        """Yield the numbers of a place that are beyond their bounds and still alarmed."""
        starts_ns, ends_ns = self._spans_of(row)
        for number in np.flatnonzero(_excess(self.values[row], bounds) > 0.0).tolist():
            until_ns = ends_ns[number] + self.kept_ns
            if until_ns > at_ns:
                value = self.values.item(row, number)
                yield Part(starts_ns[number], ends_ns[number], until_ns, value)

    def worst_rows(self, bounds: Bounds, at_ns: int) -> list[int]:
        """Return the places with the numbers farthest beyond their bounds, the worst first."""
        alarmed = self.spans_ns[1] + self.kept_ns > at_ns
        excess = np.where(alarmed, _excess(self.values, bounds), -np.inf)
        most = excess.max(axis=1, initial=-np.inf)
        order = np.argsort(-most, kind="stable")[:MOST_NAMED]
        return [row for row in order.tolist() if most[row] > 0.0]

    def _spans_of(self, row: int) -> list[list[int]]:
        spans: list[list[int]] = self.spans_ns[:, row % self.spans_ns.shape[1]].tolist()
        return spans


def _excess(values: Floats, bounds: Bounds) -> Floats:
    """Return by how much values are beyond their bounds; −∞ where there is none."""
    excess = np.fmax(values - bounds[1], bounds[0] - values)
    return np.nan_to_num(excess, nan=-np.inf, neginf=-np.inf)


def _outside_of(part: Part, begin_ns: int, over_ns: int) -> Iterator[Part]:
    """Yield what is left of a part without a span: nothing, one piece, or one on either side."""
    if part.start_ns < min(part.end_ns, begin_ns):
        yield part._replace(end_ns=min(part.end_ns, begin_ns))
    if max(part.start_ns, over_ns) < part.end_ns:
        yield part._replace(start_ns=max(part.start_ns, over_ns))


# What each kind of message tells ------------------------------------------------------------------


def _prices(message: PricePublication, feed: str, _: str) -> Iterator[Seen]:
    start_ns, places = message.interval_start_ns, message.locations
    spans = _spans(start_ns, message.interval_seconds, 1)
    for rule, values in ((PRICE, message.lmp), (COMPONENTS, component_gap(message))):
        yield Seen(rule, feed, places, values.reshape(-1, 1), spans, start_ns)


def _marks(message: CurveMarks, feed: str, time_zone: str) -> Iterator[Seen]:
    columns = zip(message.hubs, message.blocks, message.months, strict=True)
    places = tuple(f"{hub} {block} {month}" for hub, block, month in columns)
    column = message.price_usd_per_mwh.reshape(-1, 1)
    yield Seen(PRICE, feed, places, column, _spans_of(message.months, time_zone))


def _product_marks(message: ProductMarks, feed: str, time_zone: str) -> Iterator[Seen]:
    columns = zip(message.products, message.kinds, message.periods, strict=True)
    places = tuple(f"{product}:{kind} {period}" for product, kind, period in columns)
    spans = _spans_of(message.periods, time_zone)
    for rule, prices in unit_prices(message):
        yield Seen(rule, feed, places, prices.reshape(-1, 1), spans)


def unit_prices(message: Trade | ProductMarks) -> list[tuple[Rule, FloatColumn]]:
    """Return the prices of what is held by the rule they are held to; NaN under the other."""
    products: Sequence[str] = ()
    prices: FloatColumn = np.empty(0)
    if isinstance(message, ProductMarks):
        products, prices = message.products, message.price_usd_per_unit
    elif isinstance(message, ProductTrade):
        products, prices = (message.product,), np.array([message.price_usd_per_unit])
    known = (PRODUCTS.get(product) for product in products)
    monthly = np.array([each is not None and each.measure == "MW-month" for each in known], bool)
    return [
        (UNIT_PRICE, np.where(monthly, np.nan, prices)),
        (CAPACITY_PRICE, np.where(monthly, prices, np.nan)),
    ]


def _outlook(message: VolumeOutlook, feed: str, time_zone: str) -> Iterator[Seen]:
    columns = zip(message.blocks, message.months, strict=True)
    places = tuple(f"{message.resource} {block} {month}" for block, month in columns)
    column = message.mw.reshape(-1, 1)
    yield Seen(QUANTITY, feed, places, column, _spans_of(message.months, time_zone))


def _trade(message: Trade, feed: str, _: str) -> Iterator[Seen]:
    amounts = message.profile_mw if len(message.profile_mw) else [message.quantity_mw]
    units = [(rule, prices[np.isfinite(prices)]) for rule, prices in unit_prices(message)]
    for rule, values in ((PRICE, _prices_of(message)), (QUANTITY, amounts), *units):
        count = 0 if message.action is TradeAction.CANCEL else len(values)
        numbers = np.array(values[:count], dtype=np.float64).reshape(1, -1)
        spans = np.empty((2, 1, count), dtype=np.int64)
        spans[0], spans[1] = message.delivery_start_ns, message.delivery_end_ns
        yield Seen(rule, feed, (message.identity,), numbers, spans)


def _prices_of(message: Trade) -> list[float]:
    """Return the prices a contract names, those of its product among them."""
    if not isinstance(message, ProductTrade):
        return [message.price_usd_per_mwh]
    floor = message.floor_usd_per_mwh
    return [
        message.price_usd_per_mwh,
        message.price_adjustment_usd_per_mwh,
        message.strike_usd_per_mwh,
        *([floor] if floor != NO_FLOOR_USD_PER_MWH else []),
    ]


def _volume(message: Forecast | MeterValues, feed: str, _: str) -> Iterator[Seen]:
    yield _series(message, feed, (message.resource,))


def _schedule(message: Schedule, feed: str, _: str) -> Iterator[Seen]:
    yield _series(message, f"{feed}/{message.run}", message.resources)


def _series(message: Forecast | MeterValues | Schedule, feed: str, places: tuple[str, ...]) -> Seen:
    table = message.mw.reshape(len(places), -1)
    spans = _spans(message.interval_start_ns, message.interval_seconds, table.shape[1])
    return Seen(QUANTITY, feed, places, table, spans, is_series=True)


def _award(message: Award, feed: str, _: str) -> Iterator[Seen]:
    # What is not published of an award is none: it counts as nothing.
    table = np.nan_to_num(message.mw).reshape(1, -1)
    spans = _spans(message.interval_start_ns, message.interval_seconds, table.shape[1])
    yield Seen(QUANTITY, feed, (message.award,), table, spans)


def _adjustment(message: ManualAdjustment, feed: str, _: str) -> Iterator[Seen]:
    # It counts until it expires, whenever its hours are.
    spans = np.array([[[message.start_ns]], [[message.expires_at_ns]]])
    yield Seen(QUANTITY, feed, (message.adjustment,), np.array([[message.mw]]), spans, kept_ns=0)


def _spans(start_ns: int, seconds: int, count: int) -> Numbers:
    edges = start_ns + np.arange(count + 1, dtype=np.int64) * seconds * SECOND_NS
    return np.array((edges[:-1], edges[1:])).reshape(2, 1, -1)


def _spans_of(periods: Sequence[str], time_zone: str) -> Numbers:
    """Return from when to when the month of each entry is; a vintage never ends."""
    edges = {period: _edges_of(period, time_zone) for period in set(periods)}
    spans = np.array([edges[period] for period in periods], dtype=np.int64)
    return spans.reshape(-1, 2).T.reshape(2, -1, 1)


def _edges_of(period: str, time_zone: str) -> tuple[int, int]:
    if "-" in period:
        return _month(period, time_zone)
    return local_midnight_ns(date(int(period), 1, 1), time_zone), END_NS


def _month(month: str, time_zone: str) -> tuple[int, int]:
    first = date.fromisoformat(f"{month}-01")
    after = month_after(first, 1)
    return local_midnight_ns(first, time_zone), local_midnight_ns(after, time_zone)


_NONE: FloatColumn = np.empty(0)
EXTREMES: dict[type, Callable[[Any], tuple[FloatColumn | float, FloatColumn | float]]] = {
    PricePublication: lambda message: (message.lmp, _NONE),
    CurveMarks: lambda message: (message.price_usd_per_mwh, _NONE),
    ProductMarks: lambda _: (_NONE, _NONE),
    Trade: lambda message: (
        message.price_usd_per_mwh,
        message.profile_mw if len(message.profile_mw) else message.quantity_mw,
    ),
    ProductTrade: lambda message: (
        np.array(_prices_of(message)),
        message.profile_mw if len(message.profile_mw) else message.quantity_mw,
    ),
    **dict.fromkeys(
        (Forecast, MeterValues, VolumeOutlook, Schedule, Award, ManualAdjustment),
        lambda message: (_NONE, message.mw),
    ),
}
"""The $/MWh and the MW of each kind, as they are: what is compared first."""

LOOKS: dict[type, Callable[[Any, str, str], Iterator[Seen]]] = {
    PricePublication: _prices,
    CurveMarks: _marks,
    ProductMarks: _product_marks,
    Trade: _trade,
    ProductTrade: _trade,
    Forecast: _volume,
    MeterValues: _volume,
    VolumeOutlook: _outlook,
    Schedule: _schedule,
    Award: _award,
    ManualAdjustment: _adjustment,
}
