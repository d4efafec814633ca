"""The trading limits of a contract: $ and MW, bought or sold, by horizon (risk policy §5.6).

The $ limits count price × quantity of the contract, those of CRRs and convergence bids its value at
risk. At the limit is inside. Rows "as needed to schedule the load" have no number: a trade passes
when it brings the open position nearer to zero, and is referred when it does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from state.limits.texts import amount, amount_beside, edge_amount
from state.policy.cells import Cell, Words
from state.policy.risk_policy import RiskPolicy
from state.policy.trading_limits import TradedProduct, TradingLimit
from state.trading.answers import Answer, Verdict, kept
from state.trading.facts import TradeFacts
from state.trading.horizons import row_of, rows_of, traded_product
from state.trading.traders import Trader

_UNITS = {"usd": "$", "mw": "MW"}
_ROUNDING_MWH = 1e-6


Row = tuple[TradedProduct, TradingLimit]
"""A row, and the product as the table names it."""


class OpenPosition(NamedTuple):
    """The open position over the delivery of a trade, without it and with it; NaN if not known.

    Attributes:
        is_over: whether that delivery is.
    """

    before_mwh: float
    after_mwh: float
    is_over: bool = False


def row_for(
    facts: TradeFacts, policy: RiskPolicy, trader: Trader | None
) -> tuple[Row | None, Answer]:
    """Return the row a trade falls under, and what is said of its trader there.

    Args:
        facts: of the trade; what it costs and how large it is does not matter.
        policy: in force.
        trader: the record of ``facts.trader``; None where there is none.

    Returns:
        No row where none holds the trade; the answer says so.
    """
    found = _row(facts, policy)
    return (None, found) if isinstance(found, Answer) else (found, _role(found[1], trader))


def sizes(facts: TradeFacts, row: Row | None, trader: Trader | None) -> list[Answer]:
    """Return what each number of a row says of the $ and the MW of a trade; nothing without one.

    A shape of both signs is held to the limits on purchases and to those on sales, each with what
    it buys or sells.

    Args:
        facts: of the trade.
        row: of :func:`row_for`.
        trader: the record of ``facts.trader``; None where there is none.
    """
    if row is None:
        return []
    answers = [_answer(side, *row, unit) for side in facts.sides for unit in _UNITS]
    if trader is not None and trader.own:
        for side in facts.sides:
            answers += _own_answers(side, *row, trader)
    return answers


def is_scheduled(row: Row, trader: Trader | None, *, bought: bool) -> bool:
    """Say whether a trade under a row needs no more than to bring the open position nearer to zero.

    Args:
        row: of :func:`row_for`.
        trader: who does it; a limit of one's own counts as well.
        bought: whether it is a purchase.
    """
    if trader is not None and trader.own:
        return False
    side = row[1].purchases if bought else row[1].sales
    return side.usd.says is Words.SCHEDULE_LOAD and side.mw.says is Words.SCHEDULE_LOAD


def scheduled(row: Row, opened: OpenPosition, *, bought: bool) -> list[Answer]:
    """Return what :func:`sizes` says of a trade for which :func:`is_scheduled` holds.

    Args:
        row: of :func:`row_for`.
        opened: the open position over its delivery.
        bought: whether it is a purchase.
    """
    own = row[1]
    side, said = own.purchases if bought else own.sales, _needed(opened)
    cells = ((unit, getattr(side, unit)) for unit in _UNITS)
    return [
        _as_needed(opened, said, own, cell, _check(own, unit, bought=bought))
        for unit, cell in cells
    ]


def limits_of_size(facts: TradeFacts, policy: RiskPolicy) -> list[Answer]:
    """Return what §5.6 says of the $ and the MW of what names no person, as an award."""
    found = _row(facts, policy)
    return [found] if isinstance(found, Answer) else sizes(facts, found, None)


def _row(facts: TradeFacts, policy: RiskPolicy) -> Row | Answer:
    """Return the product as the table names it and its row, or what is said where there is none."""
    product = traded_product(facts, policy)
    rows = rows_of(product, policy) if product is not None else []
    if product is None or not rows:
        reason = f"no row for {facts.product} at {facts.venue}; the Middle Office decides"
        return _without_row(policy, Verdict.REFER, reason)
    row = row_of(facts, rows)
    if row is None:
        reason = (
            f"delivery to before {facts.end} is beyond every horizon or length of {product.title}; "
            "shorten it"
        )
        return _without_row(policy, Verdict.REJECT, reason, rows[-1])
    return product, row


def _without_row(
    policy: RiskPolicy, verdict: Verdict, reason: str, row: TradingLimit | None = None
) -> Answer:
    place = row.at if row is not None else policy.trading_limits[0].at
    name = row.id if row is not None else "trading-limits"
    return Answer(id=name, at=place, check="trading limit", verdict=verdict, reason=reason)


def _role(row: TradingLimit, trader: Trader | None) -> Answer:
    holds = trader is not None and trader.role == row.role
    has = trader.role if trader is not None else "nobody"
    reason = f"{row.title} is for {row.role}, the trader is {has}"
    remedy = "have someone of that role trade it"
    return kept(row, "role", holds=holds, reason=reason, remedy=remedy)


def _answer(facts: TradeFacts, product: TradedProduct, row: TradingLimit, unit: str) -> Answer:
    side = row.purchases if facts.bought else row.sales
    cell: Cell = getattr(side, unit)
    check = _check(row, unit, bought=facts.bought)
    if cell.says is Words.SCHEDULE_LOAD:
        opened = OpenPosition(facts.open_before_mwh, facts.open_after_mwh, facts.is_over)
        return _as_needed(opened, _needed(opened), row, cell, check)
    if cell.says is Words.NOT_APPLICABLE:
        return Answer(
            id=row.id,
            at=row.at,
            check=check,
            verdict=Verdict.REFER,
            reason="the cell says n/a: no authority is given; the Middle Office decides",
            unit=_UNITS[unit],
            provenance=cell.provenance,
        )
    limit = math.nan if cell.ceiling is None else cell.ceiling
    return _measured(row, check, _counted(facts, product, unit), limit, cell, _UNITS[unit])


class _Counted(NamedTuple):
    """What a limit counts of a trade, and why it is not known where that can be said."""

    value: float
    without: str = ""


def _counted(facts: TradeFacts, product: TradedProduct, unit: str) -> _Counted:
    if unit == "mw":
        return _Counted(abs(facts.quantity_mw), facts.without_mw)
    if product.measure == "var":
        return _Counted(facts.var_usd, facts.without_var)
    return _Counted(facts.notional_usd, facts.without_usd)


def _measured(
    row: TradingLimit, check: str, counted: _Counted, limit: float, cell: Cell, unit: str
) -> Answer:
    value, remedy = counted.value, ""
    if math.isnan(value) or math.isnan(limit):
        without = f": {counted.without}" if math.isnan(value) and counted.without else "; send them"
        verdict, reason = Verdict.UNKNOWN, f"the {unit} of the trade are not known{without}"
    elif value <= limit:
        verdict, reason = Verdict.PASS, f"{amount(value, unit)} of {edge_amount(limit, unit)}"
    else:
        verdict, remedy = Verdict.REJECT, "trade at most that"
        reason = f"{amount_beside(value, limit, unit)} > {edge_amount(limit, unit)}"
    if not cell.confirmed:
        reason += f" (the cell is {cell.provenance}: {cell.note})"
    return Answer(
        id=row.id,
        at=row.at,
        check=check,
        verdict=verdict,
        reason=reason,
        remedy=remedy,
        value=value,
        limit=limit,
        unit=unit,
        provenance=cell.provenance,
    )


def is_nearer(before_mwh: float, after_mwh: float) -> bool:
    """Say whether an open position is nearer to zero than it was; unknown it is not.

    By less than a watt-hour is by what rounding leaves of sums:

    >>> is_nearer(-201.2, -201.1), is_nearer(-201.2, -201.19999999999996)
    (True, False)
    """
    return abs(before_mwh) - abs(after_mwh) > _ROUNDING_MWH


def _check(row: TradingLimit, unit: str, *, bought: bool) -> str:
    return f"{'purchase' if bought else 'sale'} {_UNITS[unit]}, {row.title}"


def _needed(opened: OpenPosition) -> tuple[Verdict, str]:
    """Say whether a trade is needed to schedule the load."""
    before, after = abs(opened.before_mwh), abs(opened.after_mwh)
    became = f"open position {before:,.10g} MWh becomes {after:,.10g} MWh"
    if is_nearer(before, after):
        return Verdict.PASS, became
    if opened.is_over:
        return (
            Verdict.REFER,
            "its delivery is over: it schedules no load; the Middle Office decides",
        )
    if math.isnan(before) or math.isnan(after):
        return Verdict.UNKNOWN, "the open position over its delivery is not known"
    return Verdict.REFER, f"{became}, not nearer to zero; the Middle Office decides"


def _as_needed(
    opened: OpenPosition, said: tuple[Verdict, str], row: TradingLimit, cell: Cell, check: str
) -> Answer:
    verdict, reason = said
    return Answer(
        id=row.id,
        at=row.at,
        check=check,
        verdict=verdict,
        reason=reason,
        value=abs(opened.after_mwh),
        limit=abs(opened.before_mwh),
        unit="MWh",
        provenance=cell.provenance,
    )


def _own_answers(
    facts: TradeFacts, product: TradedProduct, row: TradingLimit, trader: Trader
) -> Iterator[Answer]:
    own = next((each for each in trader.own if each.limit == row.id), None)
    for unit, name in _UNITS.items():
        limit = own.of(bought=facts.bought, unit=unit) if own is not None else None
        if limit is not None:
            check = f"trader's own {name}, {row.title}"
            counted = _counted(facts, product, unit)
            yield _measured(row, check, counted, limit, Cell(value=limit), name)
