"""The compiled step of a deal that goes straight through; ``state.straight`` says what it is.

It calls the loops that a message of any kind runs through one by one, in their order. Arrays come
by their place in a table (``state.compiled``), owner by owner.
"""

from __future__ import annotations

import numpy as np

from state.arrays import Floats, Matrix, Numbers
from state.compiled import (
    bits_2,
    codes_1,
    codes_2,
    compiled,
    flags_1,
    flags_2,
    floats_1,
    floats_2,
    floats_3,
    floats_4,
    integers_1,
    integers_2,
    integers_3,
    narrow_1,
    narrow_3,
)
from state.explain.loops import follow_figures, undelivered
from state.limits.settling import settle
from state.market.entry_loops import enter_contract
from state.market.hours import cover
from state.market.numbering_loops import number_line
from state.market.valuation import add_parts
from state.risk.line_loops import enter_line
from state.risk.portfolio import TOTAL
from state.risk.tail import strike

_GROUPS = (
    "i1",  # what is told of the day, below
    "n1 i1 i1 n3",  # what lines are numbered by (LineTable.numbering)
    "i2 f2 f2 f3 f3 f2 f1 u2 b2 f3 f2 f1 f1 f1 b2",  # lines (HourlyPositions.entry_arrays)
    "f2 b1 b1 f3 i1",  # what follows their open position (OpenLines.counted)
    "f3",  # what of them is exposed (HourlyPositions.weight_by_hour)
    "f4 f3 i1 i1 f3 i2",  # their scenario P&L (LineRisk.arrays)
    "f1 f1 f2 f1",  # the sheet of figures (Figures.arrays)
    "f1 f2 f1 f1",  # value (MarketValue.arrays)
    "f3 b2 i3 f1 f1 b1 f2 f2",  # VaR and ES (Portfolio.arrays)
    "i2 f1 c1 f2 c2 f1 c1",  # limits (Plan.arrays)
    "f1",  # open position of the day's rows (DeliveryDay.rows_open_mw)
    "f1 f1 f2",  # the explain (PnlExplain.arrays)
)
LAYOUT = tuple(" ".join(_GROUPS).split())
"""Kind and dimensions of each array, owner by owner (``state.compiled``)."""

_FIRSTS = (len(" ".join(_GROUPS[:group]).split()) for group in range(len(_GROUPS)))
(_WHERE, _NUMBERING, _LINES, _COUNTED, _WEIGHT, _LINE_RISK, _FIGURES, _VALUE, _PORTFOLIO, _SETTLING,
 _ROWS, EXPLAIN) = _FIRSTS  # fmt: skip

NUMBERS = 4
DAY, DELIVERED, SECONDS, ROW = range(NUMBERS)
"""What is told of the day and of the explain: which of the days that count it is, how many of its
intervals are over, how many seconds they have, and the row of new deals among the drivers."""

_SECONDS_PER_HOUR = 3600.0


@compiled
def take_deal(
    table: Numbers, key: int, first: int, last: int, mw: float, price: float
) -> tuple[int, float, float, float]:
    """Enter a flat deal into its line and follow it to P&L, VaR, limits and the explain.

    Args:
        table: the arrays, with room for another line.
        key: of the line (``state.market.lines.key_of``).
        first: hour of the day.
        last: one past the last.
        mw: signed.
        price: $/MWh paid.

    Returns:
        What came of the limits (``state.limits.settling``), and what moved of the firm: $, open
        MWh, VaR.
    """
    by_hour = np.full(last - first, float(mw))
    line = _number(table, key)
    _enter(table, line, first, price, by_hour)
    _move(table, line, first, by_hour)
    seen = _hold(table)
    usd, open_mwh, var_usd = _note(table)
    return seen, usd, open_mwh, var_usd


@compiled
def take_deals(
    table: Numbers, where: Numbers, terms: Matrix, begin: int, moved: Matrix
) -> tuple[int, int]:
    """Take deals that follow one another, up to the first of which something comes of a limit.

    Args:
        table: the arrays, with room for a line of each.
        where: key of the line, first hour and one past the last, by deal.
        terms: MW and $/MWh, by deal.
        begin: the first of them to take.
        moved: of the firm by deal: $, open MWh, VaR; written.

    Returns:
        One past the last that was taken, and what came of the limits with it.
    """
    for at in range(begin, len(where)):
        key, first, last = where[at, 0], where[at, 1], where[at, 2]
        seen, usd, open_mwh, var_usd = take_deal(
            table, key, first, last, terms[at, 0], terms[at, 1]
        )
        moved[at, 0], moved[at, 1], moved[at, 2] = usd, open_mwh, var_usd
        if seen != 0:
            return at + 1, seen
    return len(where), 0


@compiled
def _number(table: Numbers, key: int) -> int:
    """Return the number of the line, the next one if it has none yet."""
    number: int = number_line(
        key,
        integers_2(table, _LINES),
        narrow_1(table, _NUMBERING),
        integers_1(table, _NUMBERING + 1),
        integers_1(table, _NUMBERING + 2),
        narrow_3(table, _NUMBERING + 3),
    )
    return number


@compiled
def _enter(table: Numbers, line: int, first: int, price: float, by_hour: Floats) -> None:
    """Enter MW into the line, and into all that is summed over lines."""
    enter_contract(
        line,
        first,
        price,
        by_hour,
        integers_2(table, _LINES),
        floats_2(table, _LINES + 1),
        floats_2(table, _LINES + 2),
        floats_3(table, _LINES + 3),
        floats_3(table, _LINES + 4),
        floats_2(table, _LINES + 5),
        floats_1(table, _LINES + 6),
        bits_2(table, _LINES + 7),
        flags_2(table, _LINES + 8),
        floats_3(table, _LINES + 9),
        floats_2(table, _LINES + 10),
        floats_1(table, _LINES + 11),
        floats_1(table, _LINES + 12),
        floats_1(table, _LINES + 13),
        flags_2(table, _LINES + 14),
        floats_2(table, _COUNTED),
        flags_1(table, _COUNTED + 1),
        flags_1(table, _COUNTED + 2),
        floats_3(table, _COUNTED + 3),
        integers_1(table, _COUNTED + 4),
    )


@compiled
def _move(table: Numbers, line: int, first: int, by_hour: Floats) -> None:
    """Move scenario P&L."""
    enter_line(
        line,
        first,
        by_hour,
        integers_2(table, _LINES),
        floats_3(table, _WEIGHT),
        floats_4(table, _LINE_RISK),
        floats_3(table, _LINE_RISK + 1),
        integers_1(table, _LINE_RISK + 2),
        integers_1(table, _LINE_RISK + 3),
        floats_3(table, _LINE_RISK + 4),
        integers_2(table, _LINE_RISK + 5),
        floats_3(table, _PORTFOLIO),
        flags_2(table, _PORTFOLIO + 1),
    )


@compiled
def _hold(table: Numbers) -> int:
    """Write coverage, P&L and VaR on the sheet, and hold it against the limits."""
    ratio = floats_1(table, _FIGURES + 3)
    if len(ratio):
        cover(floats_2(table, _FIGURES + 2), floats_2(table, _LINES + 10), ratio)
    add_parts(
        floats_1(table, _VALUE),
        floats_2(table, _VALUE + 1),
        floats_1(table, _VALUE + 2),
        floats_1(table, _VALUE + 3),
        floats_1(table, _FIGURES),
        True,  # noqa: FBT003 - a compiled loop takes no keywords
    )
    var = floats_2(table, _PORTFOLIO + 6)
    strike(
        floats_3(table, _PORTFOLIO),
        flags_2(table, _PORTFOLIO + 1),
        integers_3(table, _PORTFOLIO + 2),
        floats_1(table, _PORTFOLIO + 3),
        floats_1(table, _PORTFOLIO + 4),
        flags_1(table, _PORTFOLIO + 5),
        var,
        floats_2(table, _PORTFOLIO + 7),
    )
    shown = floats_1(table, _FIGURES + 1)
    for node in range(len(shown)):
        shown[node] = var[TOTAL, node]
    seen: int = settle(
        integers_2(table, _SETTLING),
        floats_1(table, _SETTLING + 1),
        codes_1(table, _SETTLING + 2),
        floats_2(table, _SETTLING + 3),
        codes_2(table, _SETTLING + 4),
        floats_1(table, _SETTLING + 5),
        codes_1(table, _SETTLING + 6),
    )
    return seen


@compiled
def _note(table: Numbers) -> tuple[float, float, float]:
    """Take the open position of the day anew; add what moved to new deals in the explain."""
    where = integers_1(table, _WHERE)
    by_day = floats_1(table, EXPLAIN)
    lines_mw = floats_1(table, _LINES + 11)
    left_mw = undelivered(floats_1(table, _ROWS), lines_mw, where[DELIVERED])
    by_day[where[DAY]] = left_mw * (where[SECONDS] / _SECONDS_PER_HOUR)
    open_mwh = 0.0
    for day in range(len(by_day)):
        open_mwh += by_day[day]
    moved: tuple[float, float, float] = follow_figures(
        floats_1(table, _VALUE + 3),
        0,
        floats_2(table, _PORTFOLIO + 6),
        True,  # noqa: FBT003 - a compiled loop takes no keywords
        open_mwh,
        floats_1(table, EXPLAIN + 1),
        floats_2(table, EXPLAIN + 2),
        where[ROW],
    )
    return moved
