"""Read a written risk policy out of its YAML text, or say which line is wrong and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from state.periods import PERIODS
from state.policy.cells import cell_findings
from state.policy.risk_policy import READ_BY_NAME, Deadline, Duty, RiskPolicy, cells, parts
from state.policy.strict import Finding, convert, refuse_first, repeated
from state.policy.tolerances import Tolerance
from state.policy.trading_limits import Approved, TradedProduct
from state.policy.yaml_text import Document, parse
from state.products import PRODUCTS

_REMEDY = "docs/policy.md lists the fields and what they hold"


def load_risk(text: str) -> RiskPolicy:
    """Read a written policy.

    Raises:
        ConfigError: names the line, the field, its value and the remedy.
    """
    return risk_policy_in(parse(text))


def risk_policy_in(document: Document) -> RiskPolicy:
    """Read a written policy out of its parsed text, as :func:`load_risk` does."""
    policy = convert(document, RiskPolicy, whole="policy", remedy=_REMEDY)
    refuse_first(document, _findings(policy))
    return policy


def _findings(policy: RiskPolicy) -> Iterator[Finding]:
    yield from _date_findings(policy.effective, "$.effective")
    yield from _date_findings(policy.source.dated, "$.source.dated")
    yield from _clause_findings(policy)
    yield from _place_findings(policy)
    yield from _name_findings(policy)
    yield from _missing_findings(policy)
    yield from _period_findings(policy)
    yield from _tolerance_findings(policy)
    yield from _product_findings(policy)
    yield from _number_findings(policy)
    for index, duty in enumerate(policy.duties):
        yield from _duty_findings(duty, f"$.duties[{index}]")


def _date_findings(text: str, path: str) -> Iterator[Finding]:
    try:
        date.fromisoformat(text)
    except ValueError:
        yield Finding(path, f"{text} is no date", "correct the day")


# The source ------------------------------------------------------------------------------------


def _clause_findings(policy: RiskPolicy) -> Iterator[Finding]:
    yield from repeated([each.clause for each in policy.clauses], "$.clauses", "clause")
    for index, clause in enumerate(policy.clauses):
        first, last = clause.pages
        if not first <= last <= policy.source.pages:
            what = f"pages of {clause.clause} are {first} to {last}"
            remedy = f"write the first before the last, at most {policy.source.pages}"
            yield Finding(f"$.clauses[{index}].pages", what, remedy)


def _place_findings(policy: RiskPolicy) -> Iterator[Finding]:
    """What cites a clause that the source does not have, or a page on which it does not stand."""
    pages = {each.clause: each.pages for each in policy.clauses}
    for path, part in parts(policy):
        if part.at.clause not in pages:
            what = f"{part.id} cites {part.at.clause}, which is not among the clauses"
            yield Finding(f"{path}.at.clause", what, "correct it, or add it under clauses")
            return
        first, last = pages[part.at.clause]
        if not first <= part.at.page <= last:
            what = f"{part.id} cites page {part.at.page} of {part.at.clause}"
            yield Finding(f"{path}.at.page", what, f"it stands on pages {first} to {last}")
    for index, reference in enumerate(policy.references):
        for name in ("says", "means"):
            section = getattr(reference, name)
            if section not in pages:
                what = f"{reference.id} {name} {section}, which is not among the clauses"
                yield Finding(f"$.references[{index}].{name}", what, "correct it")


def _name_findings(policy: RiskPolicy) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, part in parts(policy):
        if part.id in seen:
            yield Finding(f"{path}.id", f"id {part.id} appears twice", "rename one")
        seen.add(part.id)


def _missing_findings(policy: RiskPolicy) -> Iterator[Finding]:
    for field in ("markets", "instruments", "agreements", "traded_products", "trading_limits"):
        if not getattr(policy, field):
            yield Finding(f"$.{field}", f"{field} is empty", "write what the source approves")
    known = {each.id for each in policy.lists}
    for name in READ_BY_NAME:
        if name not in known:
            yield Finding("$.lists", f"there is no list {name}", "add it; answers cite it")


# Periods and tolerances --------------------------------------------------------------------------


def _period_findings(policy: RiskPolicy) -> Iterator[Finding]:
    named = [
        (f"$.vocabularies[{index}].periods[{number}]", name)
        for index, vocabulary in enumerate(policy.vocabularies)
        for number, name in enumerate(vocabulary.periods)
    ]
    named += [
        (f"{path}.period", part.period)
        for path, part in parts(policy)
        if isinstance(part, Tolerance) and part.period is not None
    ]
    named += [
        (f"$.trading_limits[{index}].horizon", limit.horizon)
        for index, limit in enumerate(policy.trading_limits)
        if limit.horizon is not None
    ]
    yield from _unknown(named, PERIODS, "period")


def _unknown(
    named: Iterable[tuple[str, str]], known: Iterable[str], what: str
) -> Iterator[Finding]:
    registry = tuple(known)
    for path, name in named:
        if name not in registry:
            yield Finding(path, f"{what} {name} is unknown", f"use one of {', '.join(registry)}")


def _tolerance_findings(policy: RiskPolicy) -> Iterator[Finding]:
    nops = [table.nop for table in policy.tolerances]
    yield from repeated(nops, "$.tolerances", "nop")
    for path, part in parts(policy):
        if isinstance(part, Tolerance):
            yield from _row_findings(part, path)


def _row_findings(row: Tolerance, path: str) -> Iterator[Finding]:
    if (row.period is None) == (row.dates is None):
        yield Finding(path, f"{row.id} has period and dates, or neither", "give one of them")
    if row.dates is not None:
        ends = [("first", row.dates.first), ("last", row.dates.last or row.dates.first)]
        for name, text in ends:
            yield from _date_findings(text, f"{path}.dates.{name}")
        if ends[0][1] > ends[1][1]:
            yield Finding(f"{path}.dates", f"dates of {row.id} go backwards", "exchange them")
    if row.season is not None and row.season.first > row.season.last:
        what = f"season of {row.id} is {row.season.first} to {row.season.last}"
        yield Finding(f"{path}.season", what, "write the first month before the last")
    yield from _obligation_findings(row, path)
    for name in ("minimum", "maximum"):
        if getattr(row, name).says is not None:
            what = f"{name} of {row.id} says {getattr(row, name).says}"
            yield Finding(f"{path}.{name}", what, "a tolerance is a number")
    floor, ceiling = row.minimum.floor, row.maximum.ceiling
    if floor is not None and ceiling is not None and floor > ceiling:
        what = f"minimum of {row.id} is {floor:g}, above its maximum {ceiling:g}"
        yield Finding(f"{path}.minimum", what, "exchange them")


def _obligation_findings(row: Tolerance, path: str) -> Iterator[Finding]:
    for number, each in enumerate(row.obligation):
        if each.years is not None and each.years[0] > each.years[1]:
            what = f"years of an obligation of {row.id} are {each.years[0]} to {each.years[1]}"
            where = f"{path}.obligation[{number}].years"
            yield Finding(where, what, "write the first year before the last")


# Products and numbers ----------------------------------------------------------------------------


def _product_findings(policy: RiskPolicy) -> Iterator[Finding]:
    named = [
        (f"{path}.products[{index}]", name)
        for path, part in parts(policy)
        if isinstance(part, Approved | TradedProduct)
        for index, name in enumerate(part.products)
    ]
    yield from _unknown(named, PRODUCTS, "product")
    limited = [
        (f"$.trading_limits[{index}].products[{number}]", name)
        for index, limit in enumerate(policy.trading_limits)
        for number, name in enumerate(limit.products)
    ]
    yield from _unknown(limited, [each.id for each in policy.traded_products], "traded product")
    seen: dict[tuple[str, str], str] = {}
    for index, traded in enumerate(policy.traded_products):
        for venue in traded.venues:
            for name in traded.products:
                other = seen.setdefault((venue, name), traded.id)
                if other != traded.id:
                    what = f"{name} at {venue} is in {other} and in {traded.id}"
                    yield Finding(f"$.traded_products[{index}].products", what, "keep it in one")


def _number_findings(policy: RiskPolicy) -> Iterator[Finding]:
    for path, _, _, cell in cells(policy):
        yield from cell_findings(cell, path)
    own = policy.measures
    notional = own.example_mwh * own.example_usd_per_mwh
    if notional != own.example_usd:
        what = f"example_usd is {own.example_usd:g}, price times quantity is {notional:g}"
        yield Finding("$.measures.example_usd", what, "correct the example")


def _duty_findings(duty: Duty, path: str) -> Iterator[Finding]:
    if not duty.deadlines:
        yield Finding(path, f"{duty.id} has no deadline", "write always where there is none")
    if (Deadline.PERIODIC in duty.deadlines) != (duty.every_months is not None):
        what = f"{duty.id} is periodic without months, or has months and is not periodic"
        yield Finding(path, what, "give every_months with the deadline periodic, and only then")
