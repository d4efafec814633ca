"""What messages of volumes do: outlooks, outages, awards, manual adjustments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.intake.references import resource_market
from state.messages import Award, ContractDelivery, ManualAdjustment, Outage, VolumeOutlook
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.company import Company


def take_outlook(company: Company, outlook: VolumeOutlook) -> list[Transition]:
    """Replace a resource's outlook."""
    book = resource_market(company.desk, outlook.resource)
    if book is not None:
        book.outlook(outlook)
    return company.figures_changed(company.cause_of(outlook))


def take_outage(company: Company, outage: Outage) -> list[Transition]:
    """Apply a version of an outage."""
    book = resource_market(company.desk, outage.resource)
    if book is not None:
        book.outage(outage)
    return company.figures_changed(company.cause_of(outage))


def take_award(company: Company, award: Award) -> list[Transition]:
    """Apply convergence bids awarded."""
    company.desk.markets[award.market].award(award)
    return company.figures_changed(company.cause_of(award))


def take_adjustment(company: Company, adjustment: ManualAdjustment) -> list[Transition]:
    """Apply a version of a manual adjustment, unless it is over."""
    if adjustment.expires_at_ns <= company.tick_ns:
        company.refuse_message(adjustment, "it has expired; send a later expiry")
        return []
    company.desk.markets[adjustment.market].adjust(adjustment)
    return company.figures_changed(company.cause_of(adjustment))


def take_delivery(company: Company, record: ContractDelivery) -> list[Transition]:
    """Take in what a contract delivered; the net open positions follow at the next tick."""
    contracts = company.desk.markets[record.market].contracts
    trade = contracts.trades.counting_of(record.contract)
    contracts.deliveries.take(record, trade.counterparty if trade is not None else "")
    company.desk.nop.note(company.cause_of(record))
    company.stale_views.add("nop")
    return []
