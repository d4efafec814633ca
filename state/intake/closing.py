"""What messages about the close of a day do: a person's steps, what other systems count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.alerts.causes import MessageCause
from state.messages import DayClose, TradeDetails, TradeTotals
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.company import Company


def take_close(company: Company, close: DayClose) -> list[Transition]:
    """Take a step in the close of a day, unless it cannot be taken."""
    desk = company.desk
    reason = desk.closes.refusal(desk, close, company.tick_ns)
    if reason:
        company.refuse_message(close, reason)
        return []
    desk.closes.take_step(desk, close, company.position)
    company.chain.note_text(f"{close.key}: {close.step} by {close.actor}")
    company.stale_views.add("close")
    return []


def take_totals(company: Company, totals: TradeTotals) -> list[Transition]:
    """Take in the trade system's totals of a date; they are compared at the next tick."""
    desk = company.desk
    desk.closes.take_totals(desk, totals, MessageCause(totals, desk.time_zone))
    company.stale_views.add("close")
    return []


def take_details(company: Company, record: TradeDetails) -> list[Transition]:
    """Take in what another system holds of contracts; limits read it at the next tick."""
    desk = company.desk
    desk.closes.take_details(desk, record, MessageCause(record, desk.time_zone))
    company.stale_views.add("close")
    return []
