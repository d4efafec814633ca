"""Alarms that a message raises by what it says, whatever it moves: numbers beyond their bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.alerts.causes import MessageCause
from state.intake.references import feed_of
from state.market.spoken_of import market_of
from state.messages import AnyMessage
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.company import Company


def of_message(company: Company, message: AnyMessage) -> list[Transition]:
    """Hold the numbers of an applied message that are suspect against the bounds in force.

    Nothing is alarmed before the first tick: there is no time yet at which it could be.
    """
    desk = company.desk
    if not company.tick_ns:
        return []
    market = market_of(desk, message)
    zone = market.market.time_zone if market else "UTC"
    readings = desk.plausibility.inspect(
        message, feed=feed_of(desk, message), time_zone=zone, at_ns=company.tick_ns
    )
    cause = MessageCause(message, zone)
    return [
        transition
        for reading in readings
        for transition in desk.alerts.read(reading, cause, company.tick_ns, company.position)
    ]
