"""Messages about intervals: how long they are, whether they fit, and how they enter a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from state.calendar import MarketCalendar, local_date, local_midnight_ns
from state.market.delivery_day import DeliveryDay
from state.market.prices import RUN_INDEX
from state.market.tables import MarketTables
from state.market.volume_loops import FORECAST, METERED, SCHEDULED_DA
from state.messages import (
    Award,
    Forecast,
    ManualAdjustment,
    MeterValues,
    PricePublication,
    Schedule,
    Trade,
)
from state.moments import SECOND_NS

Dated = PricePublication | Forecast | MeterValues | Schedule
"""Messages about intervals, which wait for their day."""


def extent(message: Dated | Award) -> tuple[int, int, int]:
    """Return start in ns, length of an interval in s, and how many there are."""
    if isinstance(message, PricePublication):
        count = 1
    elif isinstance(message, Schedule):
        count = len(message.mw) // max(1, len(message.resources))
    else:
        count = len(message.mw)
    return message.interval_start_ns, message.interval_seconds, count


def misfit(message: Dated | Award, settlement_seconds: int) -> str:
    """Say why a message does not fit the settlement grid; empty if it does."""
    start_ns, seconds, _ = extent(message)
    if seconds < settlement_seconds or seconds % settlement_seconds:
        return (
            f"interval_seconds {seconds} is no multiple of the settlement interval of "
            f"{settlement_seconds} s; send whole settlement intervals"
        )
    if start_ns % (settlement_seconds * SECOND_NS):
        return f"interval_start {start_ns} ns is off the grid of {settlement_seconds} s; correct it"
    return ""


def off_grid(message: Trade | ManualAdjustment, settlement_seconds: int) -> str:
    """Say why what has a start and an end is not of whole settlement intervals; empty if it is.

    No market settles part of one: such MWh would have neither a price nor a place in the position.
    """
    step_ns = settlement_seconds * SECOND_NS
    of = "delivery_" if isinstance(message, Trade) else ""
    for name in (f"{of}start_ns", f"{of}end_ns"):
        if getattr(message, name) % step_ns:
            at = f"{name} {getattr(message, name)}"
            return f"{at} is off the settlement grid of {settlement_seconds} s; correct it"
    return ""


def dates_of(message: Dated, calendar: MarketCalendar) -> tuple[date, ...]:
    """Return the market-local dates a message touches."""
    start_ns, seconds, count = extent(message)
    return _dates_between(start_ns, start_ns + count * seconds * SECOND_NS, calendar.time_zone)


@lru_cache(maxsize=256)
def _dates_between(start_ns: int, end_ns: int, time_zone: str) -> tuple[date, ...]:
    found: list[date] = []
    day = local_date(start_ns, time_zone)
    while local_midnight_ns(day, time_zone) < end_ns:
        found.append(day)
        day += timedelta(days=1)
    return tuple(found)


def enter(day: DeliveryDay, message: Dated, tables: MarketTables) -> None:
    """Enter the part of a message that lies in a day."""
    if isinstance(message, PricePublication):
        _publish(day, message, tables)
        return
    start_ns, seconds, count = extent(message)
    first, numbers = day.day.cover(start_ns, seconds, count)
    if not len(numbers):
        return
    index = tables.resources.index
    match message:
        case Schedule():
            mw = message.mw.reshape(len(message.resources), count)[:, numbers]
            resources = [index[name] for name in message.resources]
            day.enter_schedule(SCHEDULED_DA + RUN_INDEX[message.run], resources, mw, first=first)
        case Forecast():
            day.enter_volume(FORECAST, index[message.resource], message.mw[numbers], first=first)
        case MeterValues():
            day.enter_volume(METERED, index[message.resource], message.mw[numbers], first=first)


def _publish(day: DeliveryDay, publication: PricePublication, tables: MarketTables) -> None:
    span = _span(day, publication)
    if span[0] < span[1]:
        places = tables.locations.columns(publication.locations)
        day.publish(RUN_INDEX[publication.run], places, publication.lmp, span=span)


def _span(day: DeliveryDay, publication: PricePublication) -> tuple[int, int]:
    start_ns = publication.interval_start_ns
    return day.day.span(start_ns, start_ns + publication.interval_seconds * SECOND_NS)


def not_held(days: Sequence[date]) -> str:
    """Say which days are not held; empty if none."""
    names = ", ".join(day.isoformat() for day in days[:3])
    return f"delivery day {names} is not held, too old or too far" if days else ""
