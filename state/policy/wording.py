"""Parts of a written policy in words, as people read them in a table."""

from __future__ import annotations

from collections.abc import Callable

from state.policy.cells import Cell, Words
from state.policy.risk_policy import Duty
from state.policy.tolerances import Obligation, Tolerance
from state.policy.trading_limits import Approved, Side, TradingLimit

_WORDS = {Words.SCHEDULE_LOAD: "as needed", Words.NOT_APPLICABLE: "n/a"}


def cell_words(cell: Cell, bound: Callable[[Cell], float | None]) -> str:
    """Write a cell: the number that binds, or the words that stand instead.

    >>> cell_words(Cell(value=2500000), lambda cell: cell.ceiling)
    '2,500,000'
    """
    if cell.says:
        return _WORDS[cell.says]
    return f"{bound(cell):,.10g}"


def tolerance_words(row: Tolerance) -> str:
    """Write a band in percent, and of what.

    >>> from state.policy.cells import Place
    >>> at = Place(clause="§4.6", page=8)
    >>> tolerance_words(Tolerance(id="a", at=at, title="A", period="prompt_month",
    ...     minimum=Cell(value=90), maximum=Cell(value=105)))
    '90 % to 105 %'
    """
    low = cell_words(row.minimum, lambda cell: cell.floor)
    high = cell_words(row.maximum, lambda cell: cell.ceiling)
    band = f"{low} % to {high} %" if low != high else f"{low} %"
    whole = " + ".join(map(obligation_words, row.obligation))
    return f"{band} of {whole}" if whole else band


def obligation_words(part: Obligation) -> str:
    """Write what a tolerance counts as the whole.

    >>> obligation_words(Obligation(percent=115, of="peak_load"))
    '115 % of peak load'
    """
    years = f" {part.years[0]}–{part.years[1]}" if part.years else ""
    return f"{part.percent:g} % of {part.of.replace('_', ' ')}{years}"


def trading_limit_words(limit: TradingLimit) -> str:
    """Write what a row of trading limits lets one contract be."""
    return f"buy {_side(limit.purchases)}; sell {_side(limit.sales)}"


def _side(side: Side) -> str:
    usd, mw = (cell_words(cell, lambda each: each.ceiling) for cell in (side.usd, side.mw))
    if side.usd.says and side.usd.says == side.mw.says:
        return usd
    return f"${usd} and {mw} MW"


def reach_words(entry: Approved) -> str:
    """Write what an entry of a list of what is approved reaches."""
    reach = (entry.products, entry.kinds, entry.venues, entry.areas, entry.runs, entry.names)
    approval = ["each approved by the Board"] if entry.needs_board_approval else []
    return "; ".join([*(", ".join(names) for names in reach if names), *approval])


def who_words(duty: Duty) -> str:
    """Write who owes a duty, and to whom."""
    to = ", ".join(body.replace("_", " ") for body in duty.to)
    who = duty.by.replace("_", " ")
    return f"{who} → {to}" if to else who


def deadline_words(duty: Duty) -> str:
    """Write by when a duty is to be done, and after what."""
    when = ", ".join(each.replace("_", " ") for each in duty.deadlines)
    every = f" every {duty.every_months} months" if duty.every_months else ""
    after = f" (after: {duty.after.replace('_', ' ')})" if duty.after else ""
    return f"{when}{every}{after}"
