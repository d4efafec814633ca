"""Alarms that a message raises by what it says, whatever it moves: numbers beyond their bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from state.alerts.causes import MessageCause
from state.intake.references import feed_of
from state.limits.reading import Cause, Reading
from state.market.spoken_of import market_of
from state.messages import AnyMessage, ManualAdjustment, ProductMarks, Trade
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.company import Company
    from state.market.book import MarketBook


def of_message(company: Company, message: AnyMessage) -> list[Transition]:
    """Hold the numbers of an applied message that are suspect against the bounds in force.

    Nothing is alarmed before the first tick: there is no time yet at which it could be.
    """
    desk = company.desk
    market = market_of(desk, message)
    if not company.tick_ns or (market is not None and _is_old(market, message)):
        return []
    zone = market.market.time_zone if market else "UTC"
    told = _as_taken(market, message) if isinstance(message, ProductMarks) else message
    readings = desk.plausibility.inspect(
        told, feed=feed_of(desk, message), time_zone=zone, at_ns=company.tick_ns
    )
    return _told(company, readings, MessageCause(message, zone))


def of_what_stands(company: Company, cause: Cause) -> list[Transition]:
    """Hold what stood beyond the bounds of before against those in force now."""
    if not company.tick_ns:
        return []
    return _told(company, company.desk.plausibility.standing(company.tick_ns), cause)


def _told(company: Company, readings: list[Reading], cause: Cause) -> list[Transition]:
    alerts, moment = company.desk.alerts, company.moment
    return [change for each in readings for change in alerts.read(each, cause, *moment)]


def _as_taken(market: MarketBook | None, marks: ProductMarks) -> ProductMarks:
    """Return marks without those that were refused: a month that is over keeps its last."""
    if market is None:
        return marks
    names = zip(marks.products, marks.kinds, marks.periods, strict=True)
    held = np.array([market.certificates.marks.get(name, np.nan) for name in names])
    told = marks.price_usd_per_unit
    return msgspec.structs.replace(marks, price_usd_per_unit=np.where(held == told, told, np.nan))


def _is_old(market: MarketBook, message: AnyMessage) -> bool:
    """Say whether a newer version came before, so that this one counts nothing."""
    if isinstance(message, Trade):
        return not market.contracts.trades.repeats(message)
    if isinstance(message, ManualAdjustment):
        version, _ = market.contracts.adjusted.get(message.adjustment, (message.version, 0))
        return version > message.version
    return False
