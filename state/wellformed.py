"""What a message must be in itself before the core touches it: lengths, dates, finite numbers.

Doors to the log check the same and more; the core checks again, because one malformed entry in
the log would otherwise stop every start of the monitor.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from state.messages import (
    AnyMessage,
    Award,
    CumulativePnl,
    CurveMarks,
    FactorHistory,
    Locations,
    ManualAdjustment,
    Market,
    PricePublication,
    Schedule,
    Trade,
    VolumeOutlook,
)

_HOUR_SECONDS = 3600
_NS = 10**9
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def malformed(message: AnyMessage) -> str:
    """Say what is wrong with a message in itself: field, value and remedy; empty if nothing."""
    check = _CHECKS.get(type(message))
    return check(message) if check else ""


def _market(market: Market) -> str:
    try:
        ZoneInfo(market.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return f"time_zone {market.time_zone!r} is unknown; use an IANA name"
    seconds = market.settlement_seconds
    if seconds <= 0 or _HOUR_SECONDS % seconds:
        return f"settlement_seconds {seconds} does not divide an hour; correct it"
    return ""


def _locations(message: Locations) -> str:
    return _lengths(locations=message.locations, kinds=message.kinds, hubs=message.hubs)


def _history(history: FactorHistory) -> str:
    for text in history.dates:
        try:
            date.fromisoformat(text)
        except ValueError:
            return f"date {text!r} is no ISO date; correct it"
    if list(history.dates) != sorted(set(history.dates)):
        return "dates are not ascending, or one is there twice; sort them"
    wanted = len(history.factors) * len(history.dates)
    if len(history.levels) != wanted:
        return f"levels has {len(history.levels)} values, factors × dates are {wanted}; send all"
    return ""


def _outlook(outlook: VolumeOutlook) -> str:
    uneven = _lengths(months=outlook.months, blocks=outlook.blocks, mw=outlook.mw)
    return uneven or _months(outlook.months)


def _curve(marks: CurveMarks) -> str:
    prices = marks.price_usd_per_mwh
    uneven = _lengths(
        hubs=marks.hubs, blocks=marks.blocks, months=marks.months, price_usd_per_mwh=prices
    )
    return uneven or _months(marks.months)


def _schedule(schedule: Schedule) -> str:
    resources = len(schedule.resources)
    if not resources or not len(schedule.mw) or len(schedule.mw) % resources:
        return f"mw has {len(schedule.mw)} values for {resources} resources; send one an interval"
    return ""


def _price(price: PricePublication) -> str:
    return _lengths(locations=price.locations, lmp=price.lmp)


def _award(award: Award) -> str:
    if award.interval_seconds <= 0:
        return f"interval_seconds {award.interval_seconds} is not above 0; correct it"
    return ""


def _adjustment(adjustment: ManualAdjustment) -> str:
    return _finite(mw=adjustment.mw)


def _pnl(pnl: CumulativePnl) -> str:
    return _finite(realised_usd=pnl.realised_usd)


def _trade(trade: Trade) -> str:
    bad = _finite(quantity_mw=trade.quantity_mw, price_usd_per_mwh=trade.price_usd_per_mwh)
    if bad:
        return bad
    hours = -(-(trade.delivery_end_ns - trade.delivery_start_ns) // (_HOUR_SECONDS * _NS))
    if hours <= 0:
        return "delivery_end must be after delivery_start; correct them"
    if len(trade.profile_mw) not in (0, hours):
        return f"profile_mw has {len(trade.profile_mw)} values for {hours} hours; send one an hour"
    return ""


def _lengths(**columns: Any) -> str:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) == 1:
        return ""
    told = ", ".join(f"{name} {length}" for name, length in lengths.items())
    return f"columns have different lengths ({told}); send one value a row"


def _months(months: tuple[str, ...]) -> str:
    bad = next((month for month in months if not _MONTH.fullmatch(month)), None)
    return "" if bad is None else f"month {bad!r} is no YYYY-MM; correct it"


def _finite(**numbers: float) -> str:
    bad = next((name for name, number in numbers.items() if not math.isfinite(number)), None)
    return "" if bad is None else f"{bad} must be finite, was {numbers[bad]}; correct it"


_CHECKS: dict[type, Callable[[Any], str]] = {
    Market: _market,
    Locations: _locations,
    FactorHistory: _history,
    VolumeOutlook: _outlook,
    CurveMarks: _curve,
    Schedule: _schedule,
    PricePublication: _price,
    Award: _award,
    ManualAdjustment: _adjustment,
    CumulativePnl: _pnl,
    Trade: _trade,
}
