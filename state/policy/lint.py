"""What a policy leaves unconfirmed, leaves out, or says against itself.

A lint never changes what binds; it says what a person should settle with the policy's authors, and
what holds until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from state.policy.cells import Cell, Words
from state.policy.lint_feeds import unknown_feeds
from state.policy.lint_scopes import Known, unknown_scopes
from state.policy.lint_tolerances import dates_twice, dates_without_row, period_twice
from state.policy.lint_units import percentages, ratios
from state.policy.remarks import Concern, Remark
from state.policy.risk_policy import NOP_KINDS, Deadline, Reading, RiskPolicy, cells, parts
from state.policy.schema import LimitPolicy, Provenance
from state.policy.tolerances import MONITORED, NopKind, Tolerance, ToleranceTable
from state.policy.trading_limits import TradedProduct, TradingLimit

_CERTAIN = Provenance.CERTAIN


def lint(policy: RiskPolicy) -> list[Remark]:
    """Return what is to be settled in a written policy: contradictions first."""
    found = [remark for check in CHECKS for remark in check(policy)]
    return sorted(found, key=lambda remark: list(Concern).index(remark.concern))


def lint_limits(policy: LimitPolicy, feeds: Iterable[str], names: Known) -> list[Remark]:
    """Return limits whose numbers read like another unit or are not certain, and unknown names.

    Args:
        policy: the limits.
        feeds: those there are.
        names: that scopes can have.
    """
    unconfirmed = (
        Remark(
            Concern.UNCONFIRMED,
            "limit",
            limit.clause,
            limit.id,
            f"the numbers are {limit.provenance}",
            "they bind as written",
        )
        for limit in policy.limits
        if limit.provenance is not _CERTAIN
    )
    unknown = (*unknown_feeds(policy, feeds), *unknown_scopes(policy, names))
    return [*ratios(policy), *unknown, *unconfirmed]


# Contradictions ----------------------------------------------------------------------------------


def _approved_but_zero(policy: RiskPolicy) -> Iterator[Remark]:
    approved = {name for market in policy.markets for name in market.products}
    for limit in policy.trading_limits:
        names = [name for traded in _traded(policy, limit) for name in traded.products]
        zero = all(cell.ceiling == 0 for cell in _cells_of(limit))
        if zero and approved.intersection(names):
            where = ", ".join(
                f"{entry.id} ({entry.at})"
                for entry in (*policy.markets, *policy.instruments)
                if set(entry.products) & set(names)
            )
            yield Remark(
                Concern.CONTRADICTION,
                "approved but zero",
                str(limit.at),
                limit.id,
                f"limits of 0, yet approved: {where}",
                "0 binds: every such trade is rejected",
            )


def _two_vocabularies(policy: RiskPolicy) -> Iterator[Remark]:
    banded = {
        row.period
        for table in policy.tolerances
        if table.nop is NopKind.ENERGY
        for row in table.rows
    }
    for vocabulary in policy.vocabularies:
        strange = [name for name in vocabulary.periods if name not in banded]
        if strange:
            yield Remark(
                Concern.CONTRADICTION,
                "period vocabularies",
                str(vocabulary.at),
                vocabulary.id,
                f"no energy tolerance for {', '.join(strange)}",
                "these are shown; tolerances bind over the periods of their own table",
            )


def _wrong_reference(policy: RiskPolicy) -> Iterator[Remark]:
    for reference in policy.references:
        if reference.says != reference.means:
            yield Remark(
                Concern.CONTRADICTION,
                "cross-reference",
                str(reference.at),
                reference.id,
                f"it names {reference.says}; what it speaks of stands in {reference.means}",
                f"{reference.means} holds",
            )


def _tells_itself(policy: RiskPolicy) -> Iterator[Remark]:
    for duty in policy.duties:
        if duty.by in duty.to:
            yield Remark(
                Concern.CONTRADICTION,
                "tells itself",
                str(duty.at),
                duty.id,
                f"{_words(duty.by)} is to tell itself",
                "the others it names are told",
            )


def _tiers_that_fall(policy: RiskPolicy) -> Iterator[Remark]:
    seen: set[tuple[float, ...]] = set()
    for _, row, column, cell in cells(policy):
        if cell.candidates != tuple(sorted(cell.candidates)) and cell.candidates not in seen:
            seen.add(cell.candidates)
            yield Remark(
                Concern.CONTRADICTION,
                "tiers that fall",
                str(row.at),
                row.id,
                f"{column}: a later tier is below an earlier one: {_listed(cell.candidates)}",
                "the least binds wherever the tier is unknown",
            )


def _no_width(policy: RiskPolicy) -> Iterator[Remark]:
    for _, row in parts(policy):
        if isinstance(row, Tolerance) and row.minimum.floor == row.maximum.ceiling:
            yield Remark(
                Concern.CONTRADICTION,
                "band without width",
                str(row.at),
                row.id,
                f"minimum and maximum are both {row.minimum.floor:g} %",
                "the minimum is the limit; a surplus warns",
            )


# Gaps --------------------------------------------------------------------------------------------


def _no_band(policy: RiskPolicy) -> Iterator[Remark]:
    banded = {table.nop for table in policy.tolerances}
    listed = policy.listed(NOP_KINDS)
    for nop in NopKind:
        if nop in listed.items and nop not in banded:
            yield Remark(
                Concern.GAP,
                "no tolerance",
                str(listed.at),
                listed.id,
                f"the {_words(nop)} NOP is asked for and has no tolerance",
                "it is measured and has no limit",
            )


def _no_limit(policy: RiskPolicy) -> Iterator[Remark]:
    for table in policy.tolerances:
        for row in table.rows if table.nop in MONITORED else ():
            yield Remark(
                Concern.GAP,
                "no limit",
                str(row.at),
                row.id,
                f"a tolerance of the {_words(table.nop)} NOP, which is only measured",
                "it binds nothing",
            )


def _no_number(policy: RiskPolicy) -> Iterator[Remark]:
    for figure in policy.figures:
        yield Remark(
            Concern.GAP,
            "no number",
            str(figure.at),
            figure.id,
            f"{figure.title}: asked for without a limit",
            "it is shown and has no limit",
        )
    for limit in policy.credit_limits:
        yield Remark(
            Concern.GAP,
            "no number",
            str(limit.at),
            limit.id,
            f"{limit.title}: the number is each counterparty's",
            "it holds a counterparty once a policy in force sets its number; before, no check of a "
            "trade with it is a decision",
        )


def _no_row(policy: RiskPolicy) -> Iterator[Remark]:
    limited = {name for limit in policy.trading_limits for name in limit.products}
    rowed = {
        (venue, name)
        for traded in policy.traded_products
        if traded.id in limited
        for venue in traded.venues
        for name in traded.products
    }
    for market in policy.markets:
        strange = sorted({n for n in market.products for v in market.venues if (v, n) not in rowed})
        if strange:
            yield Remark(
                Concern.GAP,
                "approved without a limit",
                str(market.at),
                market.id,
                f"§5.6 has no row for {', '.join(strange)}",
                "such a trade is referred to the Middle Office",
            )


def _no_bound(policy: RiskPolicy) -> Iterator[Remark]:
    for duty in policy.duties:
        if duty.deadlines == (Deadline.AS_SOON_AS_PRACTICAL,):
            yield Remark(
                Concern.GAP,
                "no deadline",
                str(duty.at),
                duty.id,
                f"{duty.does}: as soon as practical, without a bound",
                "it is open until it is done, never late",
            )


def _months_without_row(policy: RiskPolicy) -> Iterator[Remark]:
    for table in policy.tolerances:
        for period in dict.fromkeys(row.period for row in table.rows if row.season):
            covered = _months_covered(table, period)
            missing = [month for month in range(1, 13) if month not in covered]
            if missing:
                yield Remark(
                    Concern.GAP,
                    "months without a row",
                    str(table.at),
                    table.id,
                    f"no tolerance for {_words(period or '')} in months {_listed(missing)}",
                    "it is measured and has no limit in these months",
                )


def _months_covered(table: ToleranceTable, period: str | None) -> set[int]:
    return {
        month
        for row in table.rows
        if row.period == period
        for month in range(*((row.season.first, row.season.last + 1) if row.season else (1, 13)))
    }


# What nobody has confirmed -----------------------------------------------------------------------


def _unconfirmed_cells(policy: RiskPolicy) -> Iterator[Remark]:
    for path, row, column, cell in cells(policy):
        if not cell.confirmed:
            yield Remark(
                Concern.UNCONFIRMED,
                "cell",
                str(row.at),
                row.id,
                f"{column} is {cell.provenance}: {cell.note}",
                binding_words(cell, is_floor=path.endswith("minimum")),
            )


def _unconfirmed_parts(policy: RiskPolicy) -> Iterator[Remark]:
    for _, part in parts(policy):
        if part.provenance is not _CERTAIN and not isinstance(part, Reading):
            note = getattr(part, "note", "")
            yield Remark(
                Concern.UNCONFIRMED,
                "part",
                str(part.at),
                part.id,
                f"{part.provenance}{': ' + note if note else ''}",
                "it holds as written",
            )
        if isinstance(part, Tolerance):
            for each in part.obligation:
                if each.provenance is not _CERTAIN:
                    yield Remark(
                        Concern.UNCONFIRMED,
                        "obligation",
                        str(part.at),
                        part.id,
                        f"{each.percent:g} % of {_words(each.of)} is {each.provenance}",
                        "it holds as written",
                    )


def _open_questions(policy: RiskPolicy) -> Iterator[Remark]:
    for reading in policy.readings:
        yield Remark(
            Concern.OPEN_QUESTION,
            "reading",
            str(reading.at),
            reading.id,
            f"{reading.question} ({reading.provenance})",
            reading.answer,
        )


Check = Callable[[RiskPolicy], Iterator[Remark]]

CHECKS: tuple[Check, ...] = (
    _approved_but_zero,
    _two_vocabularies,
    _wrong_reference,
    _tells_itself,
    _tiers_that_fall,
    _no_width,
    percentages,
    period_twice,
    dates_twice,
    _no_band,
    _no_limit,
    _no_number,
    _no_row,
    _no_bound,
    _months_without_row,
    dates_without_row,
    _unconfirmed_cells,
    _unconfirmed_parts,
    _open_questions,
)
"""What a written policy is examined for."""


def binding_words(cell: Cell, *, is_floor: bool) -> str:
    """Say what of a cell binds.

    >>> binding_words(Cell(candidates=(200.0, 100.0), provenance="unknown"), is_floor=False)
    '100 binds, the most restrictive of 200, 100'
    """
    if cell.says is Words.SCHEDULE_LOAD:
        return "what brings the open position nearer to zero passes, the rest is referred"
    if cell.says is Words.NOT_APPLICABLE:
        return "no authority is read into it: referred"
    bound = cell.floor if is_floor else cell.ceiling
    if len(cell.candidates) > 1:
        return f"{bound:,.10g} binds, the most restrictive of {_listed(cell.candidates)}"
    return f"{bound:,.10g} binds"


def _traded(policy: RiskPolicy, limit: TradingLimit) -> list[TradedProduct]:
    return [each for each in policy.traded_products if each.id in limit.products]


def _cells_of(limit: TradingLimit) -> tuple[Cell, ...]:
    return (limit.purchases.usd, limit.purchases.mw, limit.sales.usd, limit.sales.mw)


def _listed(numbers: tuple[float, ...] | list[int]) -> str:
    return ", ".join(f"{number:,.10g}" for number in numbers)


def _words(name: str) -> str:
    return name.replace("_", " ")
