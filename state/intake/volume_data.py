"""What messages of volumes do: outlooks, outages, charges, awards, adjustments, deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from state.alerts.cases import Moment
from state.market.prices import DA
from state.market.spoken_of import resource_market
from state.messages import (
    Award,
    ContractDelivery,
    ManualAdjustment,
    Outage,
    StateOfCharge,
    VolumeOutlook,
)
from state.screens.views import Transition
from state.trading.awards import awarded_ns

if TYPE_CHECKING:
    from state.company import Company
    from state.market.book import MarketBook


def take_outlook(company: Company, outlook: VolumeOutlook) -> list[Transition]:
    """Replace a resource's outlook."""
    book = resource_market(company.desk, outlook.resource)
    if book is not None:
        book.outlook(outlook)
    cause = company.cause_of(outlook)
    company.desk.nop.note(cause)
    return company.figures_changed(cause)


def take_outage(company: Company, outage: Outage) -> list[Transition]:
    """Apply a version of an outage."""
    book = resource_market(company.desk, outage.resource)
    if book is not None:
        book.outage(outage)
    return company.figures_changed(company.cause_of(outage))


def take_state_of_charge(company: Company, charge: StateOfCharge) -> list[Transition]:
    """Note how full a storage unit is; the first measurement of a day is what it begins with."""
    book = resource_market(company.desk, charge.resource)
    moved = book is not None and book.contingent.note_charge(charge)
    return company.figures_changed(company.cause_of(charge)) if moved else []


def take_award(company: Company, award: Award) -> list[Transition]:
    """Apply convergence bids awarded, and hold them to the written policies in force."""
    desk, cause = company.desk, company.cause_of(award)
    book, portfolio = desk.markets[award.market], desk.portfolio
    if not (desk.written_policies and company.tick_ns):
        book.award(award)
        return company.figures_changed(cause)
    is_apart = award.award not in book.contracts.awards and _is_priced(book, award)
    before, uncovered = portfolio.pnl[:, -1].copy(), dict(portfolio.uncovered)
    book.award(award)
    transitions = company.figures_changed(cause)
    is_known = is_apart and portfolio.uncovered == uncovered
    gained = np.add.reduce(portfolio.pnl[:, -1] - before) if is_known else None
    moment = Moment(cause, *company.moment)
    return transitions + desk.arrivals.judge_award(desk, award, gained, moment)


def _is_priced(book: MarketBook, award: Award) -> bool:
    """Say whether the day-ahead price of all that was awarded is known, so that its risk is.

    Until it is, both legs have the same mark, and no scenario tells them apart.
    """
    place, held = book.tables.locations.index[award.location], [day for _, day in book.open_days()]
    priced = [(grid.day, grid.prices.priced(DA)[place]) for grid in held]
    return all(
        any(
            day.start_ns <= moment < day.end_ns and known[(moment - day.start_ns) // day.step_ns]
            for day, known in priced
        )
        for moment in awarded_ns(award)
    )


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
