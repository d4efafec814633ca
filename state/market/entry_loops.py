"""The compiled loop of a contract of whole hours that enters a day, open position and all."""

from __future__ import annotations

import numpy as np

from state.arrays import Bits, Cube, Flags, Floats, Matrix, Numbers
from state.compiled import compiled
from state.market.hour_loops import add_contract
from state.market.resting import BLOCK_BITS

UNITS = 2.0**32
"""Units in a MW, in which open position is counted (``state.market.open_lines``)."""

Counted = tuple[Matrix, Flags, Flags, Cube, Numbers]
"""Units by hour and slot; the hours that are to be summed anew, and those nobody has looked at
since; the share in which MW count, by run, place and hour; the first slot of each place."""


@compiled
def enter_contract(
    line: int,
    first_hour: int,
    price: float,
    mw: Floats,
    columns: Numbers,
    line_mw: Matrix,
    line_cost: Matrix,
    marks: Cube,
    realised_marks: Cube,
    realised_count: Matrix,
    unscheduled: Floats,
    out: Bits,
    realised: Flags,
    place_mw: Cube,
    physical_mw: Matrix,
    open_mw: Floats,
    value_usd: Floats,
    realised_usd: Floats,
    resting: Flags,
    units: Matrix,
    stale: Flags,
    unlooked: Flags,
    share: Cube,
    first_slot: Numbers,
) -> None:
    """Enter a contract's MW by hour into its line, and into all that is summed over lines.

    Args:
        line: its number.
        first_hour: of the day.
        price: $/MWh paid.
        mw: of consecutive hours.
        columns: of the line table.
        line_mw: by hour and line.
        line_cost: $ by hour and line.
        marks: summed over each hour.
        realised_marks: over what of it is realised.
        realised_count: intervals realised, by place and hour.
        unscheduled: 1 while no schedule is known, by interval.
        out: the runs that are, by place and interval.
        realised: by place and interval.
        place_mw: by run, place and hour.
        physical_mw: by run and hour.
        open_mw: by interval.
        value_usd: by book.
        realised_usd: by book.
        resting: by hour and block of lines (``state.market.resting``).
        units: of :data:`Counted`, as all that follow.
        stale: hours to sum anew.
        unlooked: hours nobody has looked at since.
        share: in which MW count, by run, place and hour.
        first_slot: by place.
    """
    book, place, run = columns[0, line], columns[1, line], columns[2, line]
    slot = first_slot[place] + book
    for at in range(len(mw)):
        hour = first_hour + at
        unlooked[hour] = True
        resting[hour, line >> BLOCK_BITS] = False
        counted = share[run, place, hour] * UNITS
        if stale[hour] or counted == 0.0:
            continue
        before = line_mw[hour, line]
        units[hour, slot] += np.rint((before + mw[at]) * counted) - np.rint(before * counted)
    add_contract(
        (line_mw, line_cost),
        (marks, realised_marks),
        realised_count,
        (unscheduled, out, realised),
        place_mw,
        physical_mw,
        open_mw,
        (line, first_hour, price),
        mw,
        columns,
        (value_usd, realised_usd),
    )
