"""What messages of reference data do: who is who, what is in force, what came before the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.alerts import alarms
from state.errors import ConfigError
from state.market.stated import RETAIL_SALES
from state.messages import (
    BacktestHistory,
    Books,
    CompanyOutlook,
    Counterparty,
    CumulativePnl,
    FactorHistory,
    Locations,
    Market,
    Policy,
    Resource,
    RetailSales,
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
    company.desk.nop.note(company.cause_of(resource))
    company.desk.credit_limits.forget()
    return []


def take_counterparty(company: Company, record: Counterparty) -> list[Transition]:
    """Note a counterparty, and hold it against the credit limits."""
    desk, is_new = company.desk, record.counterparty not in company.counterparties
    company.counterparties[record.counterparty] = record
    desk.checks.read_anew()
    if is_new and company.tick_ns:  # what comes before the first tick is known already
        desk.duties.standing.note_counterparty(desk, record, company.tick_ns)
        company.stale_views.update(("cases", "policy"))
    desk.credit_limits.renew()
    return desk.credit_limits.read(desk, company.cause_of(record), company.moment)


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


def take_stated(company: Company, record: RetailSales | CompanyOutlook) -> list[Transition]:
    """Note what a company sold before the log, or expects of itself; the next tick sees it."""
    stated = company.desk.markets[record.market].stated
    if isinstance(record, RetailSales):
        stated.note(RETAIL_SALES, record.periods, record.volume_mwh.tolist())
    else:
        stated.note(record.figure, record.periods, record.amounts.tolist())
    company.desk.nop.note(company.cause_of(record))
    company.stale_views.add("nop")
    return []


def take_backtest(company: Company, history: BacktestHistory) -> list[Transition]:
    """Take in what became of VaRs struck before the log; the limits see it at the next tick."""
    company.desk.controls.bring(history, company.desk.books)
    return []
