"""How big a contract is: its hours, MWh, MW and notional; MWh whole, net or from a moment on.

Notional = price × quantity (risk policy §5.6, footnote 1: 5 MWh at $20 is $100). What is held
rather than delivered (capacity, certificates) has no MWh, and is priced in its own unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from state.calendar import MarketCalendar, local_date, local_midnight_ns
from state.contracts.shapes import ShapeHours, hours_of
from state.messages import Block, FloatColumn, ProductTrade, Trade
from state.moments import HOUR_NS, from_ns
from state.products import PRODUCTS
from state.products.product import net_price

_SEVERAL = {"certificate": "certificates"}
"""How measures are written of which there are several."""


class Sides(NamedTuple):
    """An amount of one contract by side, neither part negative: a shape may have both.

    Attributes:
        bought: of the hours it buys in.
        sold: of those it sells in.
    """

    bought: float
    sold: float

    @property
    def both(self) -> float:
        """Purchases and sales together."""
        return self.bought + self.sold


def sides_mwh(
    trade: Trade, calendar: MarketCalendar, *, from_ns: int = 0, expected_mwh: float = math.nan
) -> Sides:
    """Return the MWh a contract delivers from a moment on, by side; none of what is held.

    Args:
        trade: the contract.
        calendar: of its market.
        from_ns: what is delivered before does not count.
        expected_mwh: what an as-generated contract is expected to deliver from then on
            (:func:`state.contracts.output.output_of`); its MWh are NaN where that is not known.
    """
    product = PRODUCTS[trade.product]
    if product.measure:
        return Sides(0.0, 0.0)
    if product.as_generated:
        return _on_its_side(trade, expected_mwh)
    start_ns = max(trade.delivery_start_ns, from_ns)
    if not len(trade.profile_mw):
        hours = block_hours(calendar, trade.block, start_ns, trade.delivery_end_ns)
        return _on_its_side(trade, trade.quantity_mw * hours)
    mwh = shape_hours(trade, calendar).between(start_ns, trade.delivery_end_ns).mwh
    return Sides(_total(mwh[mwh > 0.0]), _total(-mwh[mwh < 0.0]))


def sides_usd(trade: Trade, calendar: MarketCalendar, *, expected_mwh: float = math.nan) -> Sides:
    """Return price × quantity of the whole contract, $, by side.

    Args:
        trade: the contract; a sale has the same as a purchase.
        calendar: of its market.
        expected_mwh: as in :func:`sides_mwh`.
    """
    product = PRODUCTS[trade.product]
    if product.measure and isinstance(trade, ProductTrade):
        held = sum(abs(quantity) for _, quantity in product.quantities(trade, calendar))
        return _on_its_side(trade, held * abs(trade.price_usd_per_unit))
    mwh, price = sides_mwh(trade, calendar, expected_mwh=expected_mwh), abs(net_price(trade))
    return Sides(mwh.bought * price, mwh.sold * price)


def bought_part(trade: Trade, share: int) -> Trade | None:
    """Return what of a contract is bought where a leg has ±1 of its MW; None if nothing is.

    Of a shape of both signs that is the shape in the hours it buys in.
    """
    if len(trade.profile_mw):
        return replace(trade, profile_mw=np.maximum(share * trade.profile_mw, 0.0) * share)
    return trade if share * trade.quantity_mw > 0.0 else None


def _total(amounts: FloatColumn) -> float:
    """Return the sum, one after the other: the same bits whatever the processor."""
    return float(np.add.accumulate(amounts)[-1]) if len(amounts) else 0.0


def _on_its_side(trade: Trade, amount: float) -> Sides:
    """Return an amount on the one side of a contract that has no other."""
    if signed_size_of(trade) < 0.0:
        return Sides(0.0, abs(amount))
    return Sides(abs(amount), 0.0)


def is_repeated(trade: Trade) -> bool:
    """Say whether a contract is the way another one is delivered, which has its MWh and $.

    An inter-SC trade that names the contract it delivers does not count beside it in credit, nor in
    the counterparty report.
    """
    return isinstance(trade, ProductTrade) and bool(trade.delivers)


def volume_mwh(
    trade: Trade, calendar: MarketCalendar, *, from_ns: int = 0, expected_mwh: float = math.nan
) -> float:
    """Return the MWh a contract delivers from a moment on, never negative: of both its sides.

    Args: those of :func:`sides_mwh`.
    """
    return sides_mwh(trade, calendar, from_ns=from_ns, expected_mwh=expected_mwh).both


def net_mwh(trade: Trade, calendar: MarketCalendar, *, expected_mwh: float = math.nan) -> float:
    """Return the MWh of a whole contract, bought +, sold −, of a shape what its hours sum to.

    NaN of an as-generated contract of which nothing is expected, 0 of what is held.
    """
    sides = sides_mwh(trade, calendar, expected_mwh=expected_mwh)
    return sides.bought - sides.sold


def notional_usd(
    trade: Trade, calendar: MarketCalendar, *, expected_mwh: float = math.nan
) -> float:
    """Return price × quantity of the whole contract, $; never negative.

    Args: those of :func:`sides_usd`.
    """
    return sides_usd(trade, calendar, expected_mwh=expected_mwh).both


def sides_mw(trade: Trade, calendar: MarketCalendar) -> Sides:
    """Return the MW of a contract where they are largest, by side.

    Of a shape only hours in which it delivers count; of an as-generated contract they are shares
    of its resource's output.
    """
    if not len(trade.profile_mw):
        return _on_its_side(trade, trade.quantity_mw)
    mw = shape_hours(trade, calendar).mw
    return Sides(float(np.max(mw, initial=0.0)), abs(float(np.min(mw, initial=0.0))))


def peak_mw(trade: Trade, calendar: MarketCalendar) -> float:
    """Return the MW of a contract where they are largest, bought +, sold −."""
    bought, sold = sides_mw(trade, calendar)
    return bought if bought >= sold else -sold


def size_of(trade: Trade) -> float:
    """Return how large a trade is, never negative, in the unit of its quantity.

    >>> from state.messages import SettlesAt, TradeAction
    >>> trade = Trade(
    ...     source="s", trade="t", version=1, action=TradeAction.NEW, product="energy", market="m",
    ...     book="b", counterparty="c", location="l", delivery_start_ns=0, delivery_end_ns=1,
    ...     quantity_mw=-25.0, price_usd_per_mwh=40.0, settles_at=SettlesAt.RTD,
    ... )
    >>> size_of(trade)
    25.0
    """
    return abs(signed_size_of(trade))


def signed_size_of(trade: Trade) -> float:
    """Return how large a trade is, bought +, sold −; of a shape its largest MW.

    >>> import numpy as np
    >>> from msgspec.structs import replace
    >>> from state.messages import SettlesAt, TradeAction
    >>> trade = Trade(
    ...     source="s", trade="t", version=1, action=TradeAction.NEW, product="shaped", market="m",
    ...     book="b", counterparty="c", location="l", delivery_start_ns=0, delivery_end_ns=1,
    ...     quantity_mw=0.0, price_usd_per_mwh=40.0, settles_at=SettlesAt.RTD,
    ...     profile_mw=np.array([5.0, -30.0]),
    ... )
    >>> signed_size_of(trade), size_of(trade), signed_size_of(replace(trade, profile_mw=[]))
    (-30.0, 30.0, 0.0)
    """
    if len(trade.profile_mw):
        return float(max(trade.profile_mw.tolist(), key=abs))
    return (trade.units if isinstance(trade, ProductTrade) else 0.0) or trade.quantity_mw


def size_unit_of(trade: Trade) -> str:
    """Return the unit of a trade's size, as people write it: of what is counted in pieces its own.

    >>> from state.messages import ProductTrade, SettlesAt, TradeAction
    >>> trade = ProductTrade(
    ...     source="s", trade="t", version=1, action=TradeAction.NEW, product="rec", market="m",
    ...     book="b", counterparty="c", location="l", delivery_start_ns=0, delivery_end_ns=1,
    ...     quantity_mw=0.0, price_usd_per_mwh=0.0, settles_at=SettlesAt.CURVE, units=500.0,
    ... )
    >>> size_unit_of(trade), size_unit_of(replace(trade, product="ghg"))
    ('certificates', 't CO2e')
    >>> size_unit_of(replace(trade, product="energy", units=0.0))
    'MW'
    """
    product = PRODUCTS[trade.product]
    if "units" not in product.needs:
        return "MW"
    return _SEVERAL.get(product.measure, product.measure)


def shape_hours(trade: Trade, calendar: MarketCalendar) -> ShapeHours:
    """Return the hours, and parts of hours, in which a shape delivers."""
    return hours_of(trade, calendar, trade.block)


def shaped_hours(trade: Trade, calendar: MarketCalendar) -> Iterator[tuple[int, int, float]]:
    """Yield begin and end of each hour, or part of one, in which a shape delivers, and its MW."""
    hours = shape_hours(trade, calendar)
    yield from zip(*(column.tolist() for column in hours), strict=True)


@lru_cache(maxsize=65_536)
def block_hours(calendar: MarketCalendar, block: Block, start_ns: int, end_ns: int) -> float:
    """Return the hours of a block between two moments, parts of hours included.

    >>> from datetime import date
    >>> zone = "America/Los_Angeles"
    >>> first, last = (local_midnight_ns(date(2026, month, 1), zone) for month in (11, 12))
    >>> calendar = MarketCalendar(zone)
    >>> [block_hours(calendar, block, first, last) for block in (Block.ON_PEAK, Block.OFF_PEAK)]
    [384.0, 337.0]
    """
    if start_ns >= end_ns:
        return 0.0
    if block is Block.FLAT:
        return (end_ns - start_ns) / HOUR_NS
    zone = calendar.time_zone
    day, last, hours = local_date(start_ns, zone), local_date(end_ns - 1, zone), 0.0
    while day <= last:
        following = day + timedelta(days=1)
        begin_ns, over_ns = local_midnight_ns(day, zone), local_midnight_ns(following, zone)
        if start_ns <= begin_ns and over_ns <= end_ns:
            hours += calendar.block_hours(day, block)
        else:
            hours += _part_of_day(calendar, block, max(start_ns, begin_ns), min(end_ns, over_ns))
        day = following
    return hours


def _part_of_day(calendar: MarketCalendar, block: Block, start_ns: int, end_ns: int) -> float:
    hours = 0.0
    for begin_ns, over_ns in _parts_in_block(calendar, block, start_ns, end_ns):
        hours += (over_ns - begin_ns) / HOUR_NS
    return hours


def _parts_in_block(
    calendar: MarketCalendar, block: Block, start_ns: int, end_ns: int
) -> Iterator[tuple[int, int]]:
    """Yield the parts of a stretch that are in a block, cut where an hour begins."""
    while start_ns < end_ns:
        over_ns = min(end_ns, (start_ns // HOUR_NS + 1) * HOUR_NS)
        if _in_block(calendar, block, start_ns):
            yield start_ns, over_ns
        start_ns = over_ns


def _in_block(calendar: MarketCalendar, block: Block, at_ns: int) -> bool:
    local = from_ns(at_ns).astimezone(calendar.zone)
    return calendar.is_on_peak(local.date(), local.hour) == (block is Block.ON_PEAK)
