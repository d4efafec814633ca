"""The arithmetic behind a case: from its limit down to the figures that made its value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from state.company import Company
from state.limits import RULES
from state.market.hours import coverage_parts
from state.market.prices import DA, FMM, RTD
from state.messages import FIRM
from state.moments import from_ns
from state.risk.historical import tail_size
from state.risk.portfolio import TOTAL
from state.screens.cases_seen import CaseRow


def explain(company: Company, case: str) -> list[str]:
    """Explain a case, line by line, as the company stands.

    Args:
        company: folded up to the moment to be explained.
        case: the case's id.

    Returns:
        Lines to read; one line that says so when the case is not known.
    """
    row = next((row for row in company.desk.alerts.cases() if row.case == case), None)
    if row is None:
        return [f"case {case} is not known at log position {company.position}"]
    return [
        row.headline,
        f"{row.clause} ({row.policy}), {row.condition}, {row.status}",
        f"{'passive' if row.passive else 'active'}, caused by {row.cause} [{row.cause_key}] "
        f"at log position {row.opened_position}",
        "",
        "Limit",
        *company.desk.alerts.arithmetic(row.limit, row.scope, row.period),
        *_section("What the value is made of", _parts(company, row)),
        *_section("What moved it since the limit was last kept", _moves(row)),
    ]


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _moves(row: CaseRow) -> list[str]:
    return [f"{kind}: {amount:+,.6g}" for kind, amount in row.attribution]


def _parts(company: Company, row: CaseRow) -> list[str]:
    figure = _figure_of(company, row.limit)
    builders: dict[str, Callable[[Company, CaseRow], list[str]]] = {
        "coverage": _coverage_parts,
        "pnl_today": _pnl_parts,
        "var": _var_parts,
        "rtd_price": _price_parts,
        "rtd_da_spread": _price_parts,
        "feed_age": _feed_parts,
        "dead_letters": _letter_parts,
    }
    return builders[figure](company, row) if figure in builders else []


def _figure_of(company: Company, limit: str) -> str:
    for policy in company.desk.policies.values():
        for known in policy.limits:
            if known.id == limit:
                return RULES[known.rule].figure
    return ""


def _coverage_parts(company: Company, row: CaseRow) -> list[str]:
    date, _, label = row.period.partition(" HE")
    for market in company.desk.markets.values():
        named = row.scope in (FIRM, f"{market.market.market}/{FIRM}")
        for day, grid in market.open_days() if named else ():
            if day.isoformat() == date and label in grid.day.hour_labels:
                hour = grid.day.hour_labels.index(label)
                return coverage_parts(grid, market.tables, hour)
    return [f"{row.period} is not held any more"]


def _pnl_parts(company: Company, row: CaseRow) -> list[str]:
    desk = company.desk
    names = [*desk.books, FIRM]
    total, realised, corrections = desk.pnl()
    shown = range(len(names)) if row.scope == FIRM else [names.index(row.scope)]
    return [
        f"{names[number]}: {total[number]:+,.0f} $ = realised {realised[number]:+,.0f} + "
        f"unrealised {total[number] - realised[number] - corrections[number]:+,.0f} + "
        f"corrections {corrections[number]:+,.0f}"
        for number in shown
    ]


def _var_parts(company: Company, row: CaseRow) -> list[str]:
    portfolio = company.desk.portfolio
    names = [*company.desk.books, FIRM]
    if row.scope not in names or not portfolio.scenarios.dates:
        return []
    node = names.index(row.scope)
    vector = np.add.reduce(portfolio.pnl[:, node], axis=0)
    k = tail_size(len(vector), portfolio.parameters.confidence)
    worst = np.argsort(vector, kind="stable")[:k]
    var, es = portfolio.figures()
    return [
        f"VaR {var[TOTAL, node]:,.0f} $ = minus the {k}-th smallest of {len(vector)} scenario "
        f"P&Ls at {portfolio.parameters.confidence:.0%}; ES {es[TOTAL, node]:,.0f} $ is the "
        f"mean of those {k}",
        *(f"{portfolio.scenarios.dates[place]}: {vector[place]:+,.0f} $" for place in worst[:5]),
    ]


def _price_parts(company: Company, row: CaseRow) -> list[str]:
    for market in company.desk.markets.values():
        place = market.tables.locations.index.get(row.scope)
        newest_ns = company.desk.feeds.newest_ns(f"{market.market.market}/RTD")
        if place is None:
            continue
        for _, grid in market.open_days():
            if grid.day.start_ns <= newest_ns < grid.day.end_ns:
                interval = (newest_ns - grid.day.start_ns) // grid.day.step_ns
                prices = grid.prices.published[:, place, interval]
                return [
                    f"interval from {from_ns(newest_ns):%Y-%m-%d %H:%M} UTC: "
                    f"DA {prices[DA]:.2f}, FMM {prices[FMM]:.2f}, RTD {prices[RTD]:.2f} $/MWh, "
                    f"RTD - DA {prices[RTD] - prices[DA]:+.2f}"
                ]
    return []


def _letter_parts(company: Company, row: CaseRow) -> list[str]:
    record = company.desk.feeds.records.get(row.scope)
    return [] if record is None else [f"the last: {record.last_rejection}"]


def _feed_parts(company: Company, row: CaseRow) -> list[str]:
    record = company.desk.feeds.records.get(row.scope)
    if record is None:
        return []
    tick = f"{from_ns(company.tick_ns):%Y-%m-%d %H:%M:%S} UTC"
    if not record.publications:
        return [f"nothing has arrived since the first tick; now {tick}"]
    return [
        f"newest interval from {from_ns(record.newest_ns):%Y-%m-%d %H:%M:%S} UTC, last received "
        f"{from_ns(record.received_ns):%Y-%m-%d %H:%M:%S} UTC, now {tick}"
    ]
