"""What messages of reference data do: who is who, what is in force, what came before the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.alerts import alarms
from state.errors import ConfigError
from state.market.spoken_of import resource_market
from state.market.stated import RETAIL_SALES
from state.messages import (
    BacktestHistory,
    Books,
    CompanyOutlook,
    Counterparty,
    CumulativePnl,
    FactorHistory,
    FeedNotice,
    Locations,
    Market,
    Policy,
    Resource,
    RetailSales,
    StateOfCharge,
    StressScenarios,
    TraderRecord,
)
from state.screens.views import Transition
from state.trading.traders import trader_of

if TYPE_CHECKING:
    from state.company import Company


def take_market(company: Company, market: Market) -> list[Transition]:
    """Take in a market that is new."""
    company.desk.add_market(market)
    return []


def take_locations(company: Company, locations: Locations) -> list[Transition]:
    """Take in settlement points; the scenarios are made anew for them."""
    book = company.desk.markets[locations.market]
    book.tables.locations.apply(locations)
    book.grow()
    company.desk.rebuild_scenarios()
    return company.figures_changed(company.cause_of(locations))


def take_books(company: Company, books: Books) -> list[Transition]:
    """Take in books and the tree they stand in."""
    company.desk.add_books(company.desk.hierarchy.apply(books))
    company.stale_views.add("pnl_curve")
    return []


def take_resource(company: Company, resource: Resource) -> list[Transition]:
    """Take in a plant, a load or a storage unit."""
    book = company.desk.books.index(resource.book)
    company.desk.markets[resource.market].add_resource(resource, book)
    company.desk.credit_limits.forget()
    return []


def take_record(company: Company, record: Counterparty | StateOfCharge) -> list[Transition]:
    """Note a counterparty, or how full a storage unit is."""
    if isinstance(record, Counterparty):
        is_new = record.counterparty not in company.counterparties
        company.counterparties[record.counterparty] = record
        company.desk.checks.read_anew()
        if is_new and company.tick_ns:  # what comes before the first tick is known already
            company.desk.duties.standing.note_counterparty(company.desk, record, company.tick_ns)
            company.stale_views.update(("cases", "policy"))
        company.desk.credit_limits.renew()
        return company.desk.credit_limits.read(
            company.desk, company.cause_of(record), company.moment
        )
    book = resource_market(company.desk, record.resource)
    moved = book is not None and book.contingent.note_charge(record)
    return company.figures_changed(company.cause_of(record)) if moved else []


def take_trader(company: Company, record: TraderRecord) -> list[Transition]:
    """Note who may trade what; checks that come later are held to it."""
    desk, at_ns, trader = company.desk, company.tick_ns, trader_of(record)
    is_new = record.trader not in desk.traders and at_ns > 0  # one before the first tick is known
    desk.traders[record.trader] = trader
    desk.checks.read_anew()
    if desk.duties.standing.note_trader(desk, trader, is_new=is_new, at_ns=at_ns):
        company.stale_views.update(("cases", "policy"))
    return []


def take_history(company: Company, history: FactorHistory) -> list[Transition]:
    """Take in levels of risk factors; the scenarios are made anew."""
    company.desk.history.apply(history)
    company.desk.rebuild_scenarios()
    return company.figures_changed(company.cause_of(history))


def take_policy(company: Company, policy: Policy) -> list[Transition]:
    """Put a policy in force, unless its text is none."""
    cause = company.cause_of(policy)
    try:
        transitions = company.desk.adopt(policy, cause, company.tick_ns, company.position)
    except ConfigError as error:
        company.refuse_message(policy, str(error))
        return []
    company.stale_views.update(("cases", "policy"))
    transitions += company.figures_changed(cause)
    transitions += alarms.of_what_stands(company, cause)
    return transitions + company.desk.credit_limits.read(company.desk, cause, company.moment)


def take_stress(company: Company, scenarios: StressScenarios) -> list[Transition]:
    """Put stress scenarios in force, unless their text is none."""
    if reason := company.desk.take_stress(scenarios, company.tick_ns):
        company.refuse_message(scenarios, reason)
    return []


def take_cumulative_pnl(company: Company, pnl: CumulativePnl) -> list[Transition]:
    """Note what a book had realised before the log began."""
    company.desk.opening_usd[pnl.book] = pnl.realised_usd
    company.stale_views.add("pnl")
    return []


def take_sales(company: Company, sales: RetailSales) -> list[Transition]:
    """Note what was sold before the log; the RPS position sees it at the next tick."""
    stated = company.desk.markets[sales.market].stated
    stated.note(RETAIL_SALES, sales.periods, sales.volume_mwh.tolist())
    company.stale_views.add("nop")
    return []


def take_company_outlook(company: Company, outlook: CompanyOutlook) -> list[Transition]:
    """Note what the company expects of itself; the net open positions show it beside them."""
    stated = company.desk.markets[outlook.market].stated
    stated.note(outlook.figure, outlook.periods, outlook.amounts.tolist())
    company.stale_views.add("nop")
    return []


def take_backtest(company: Company, history: BacktestHistory) -> list[Transition]:
    """Take in what became of VaRs struck before the log; the limits see it at the next tick."""
    company.desk.controls.bring(history, company.desk.books)
    return []


def take_notice(company: Company, notice: FeedNotice) -> list[Transition]:
    """Show what became of a live feed's last answer, and what it lacks."""
    company.desk.feeds.note(notice)
    company.stale_views.add("feeds")
    return []
