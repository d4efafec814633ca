"""The compiled loops over rows kept by interval; ``state.market.positions`` says what they mean."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from state.arrays import Bits, Cube, Flags, Floats, Matrix, Numbers
from state.compiled import compiled
from state.market.price_loops import mark_hour
from state.market.prices import DA, FMM, LOAD, RTD
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, KINDS, RTD_LESS_DA, RTD_LESS_FMM

WHOLE = 2.0**24
"""Sums over rows are exact in whole multiples of one by this."""


class Held(NamedTuple):
    """The arrays of ``state.market.positions.LegGrid``."""

    physical: Cube
    financial: Cube
    virtual: Matrix
    adjustment: Matrix
    cost: Matrix
    generated_cost: Matrix
    volumes: Cube
    legs: Cube
    open: Matrix


class Priced(NamedTuple):
    """What a day knows: prices (``prices.PriceGrid``), what is realised and scheduled."""

    by_interval: Cube
    curve: Matrix
    out: Bits
    realised: Flags
    scheduled: Flags


class Terms(NamedTuple):
    """What is the same all day.

    Attributes:
        real_time: the run that virtual awards and real-time trades settle at.
        fmm_weight: weight of FMM in the load price.
        per_hour: intervals of an hour.
    """

    real_time: int
    fmm_weight: float
    per_hour: int


class Figures(NamedTuple):
    """What follows, and is kept: see ``state.market.delivery_day.DeliveryDay``."""

    value: Matrix
    exposure: Cube
    value_usd: Floats
    realised_usd: Floats
    rows_open_mw: Floats


@compiled
def _derive_legs(held: Held, row: int, at: int, scheduled: bool, real_time: int) -> None:  # noqa: FBT001 - a compiled loop takes no keywords
    adjustment, virtual = held.adjustment[row, at], held.virtual[row, at]
    for run in range(LOAD):
        trades = held.physical[run, row, at] + held.financial[run, row, at]
        held.legs[run, row, at] = held.volumes[run, row, at] + trades
    held.legs[LOAD, row, at] = held.volumes[LOAD, row, at]
    held.legs[DA, row, at] += (0.0 if scheduled else adjustment) - virtual
    held.legs[RTD, row, at] += adjustment if scheduled else 0.0
    held.legs[real_time, row, at] += virtual


@compiled
def _open_mw(held: Held, row: int, at: int, known: Priced, place: int, real_time: int) -> float:
    """Return the open position: docs/meanings.md, "Open position"."""
    out, realised = known.out[place, at], known.realised[place, at]
    physical, financial, volumes = held.physical, held.financial, held.volumes
    opened = 0.0
    if not known.scheduled[at]:
        opened = physical[DA, row, at] + financial[DA, row, at]
    if not out & (1 << FMM):
        opened += physical[FMM, row, at] + financial[FMM, row, at]
    if not realised:
        trades = physical[RTD, row, at] + financial[RTD, row, at]
        opened += trades + volumes[RTD, row, at] + volumes[LOAD, row, at]
    if not known.scheduled[at]:
        opened += volumes[DA, row, at]
    if not realised or not known.scheduled[at]:
        opened += held.adjustment[row, at]
    if not out & (1 << real_time):
        opened += held.virtual[row, at]
    return opened


@compiled
def _worth(held: Held, row: int, at: int, marks: Floats, hours: float) -> float:
    """Return $ of an interval: the two-settlement sum (``valuation``), cash included."""
    amount = 0.0
    for leg in range(len(marks)):
        if not np.isnan(marks[leg]):  # a leg without a mark is left out
            amount += held.legs[leg, row, at] * marks[leg]
    return float(amount * hours - (held.cost[row, at] + held.generated_cost[row, at]))


@compiled
def _expose_hour(
    held: Held, row: int, hour: int, known: Priced, place: int, terms: Terms, mwh: Floats
) -> None:
    """Write what of an hour is exposed, MWh by kind of shock: docs/meanings.md, "Risk"."""
    mwh[:] = 0.0
    legs, weight = held.legs, terms.fmm_weight
    for at in range(hour * terms.per_hour, (hour + 1) * terms.per_hour):
        if known.realised[place, at]:
            continue
        out = known.out[place, at]
        da, fmm, rtd = out & (1 << DA), out & (1 << FMM), out & (1 << RTD)
        early = 0.0 if fmm else legs[FMM, row, at] + weight * legs[LOAD, row, at]
        late = 0.0 if rtd else legs[RTD, row, at] + (1.0 - weight) * legs[LOAD, row, at]
        if not da:
            mwh[DAY_ON_DAY] += legs[DA, row, at] + early + late
        else:
            mwh[FMM_LESS_DA] += early
            mwh[RTD_LESS_FMM if fmm else RTD_LESS_DA] += late
    mwh *= 1.0 / terms.per_hour


@compiled
def refresh_rows(
    rows: Numbers,
    where: tuple[Numbers, Numbers],
    span: tuple[int, int],
    held: Held,
    known: Priced,
    terms: Terms,
    figures: Figures,
    usd: Matrix,
    exposed: Cube,
) -> bool:
    """Recompute legs, open position, value and exposure of some rows over a span.

    Args:
        rows: of the market.
        where: book and location of every row.
        span: intervals, first and one past the last.
        held: of the day.
        known: of the day.
        terms: of the day.
        figures: of the day; moved by the difference.
        usd: by how much value moved, written by number of the row and interval of the span.
        exposed: by how much the MWh moved, written by kind, number of the row and hour of the span.

    Returns:
        Whether any exposure moved.
    """
    per_hour, any_moved = terms.per_hour, False
    marks, mwh = np.empty((4, per_hour)), np.empty(KINDS)
    first_hour = span[0] // per_hour
    for number in range(len(rows)):
        row = rows[number]
        book, place, gained, late = where[0][row], where[1][row], 0.0, 0.0
        for hour in range(first_hour, (span[1] + per_hour - 1) // per_hour):
            begin = hour * per_hour
            mark_hour(known.by_interval, known.curve, place, hour, terms.fmm_weight, marks)
            for at in range(max(begin, span[0]), min(begin + per_hour, span[1])):
                _derive_legs(held, row, at, known.scheduled[at], terms.real_time)
                opened = _open_mw(held, row, at, known, place, terms.real_time)
                moved_mw = np.rint(opened * WHOLE) - np.rint(held.open[row, at] * WHOLE)
                figures.rows_open_mw[at] += moved_mw / WHOLE
                held.open[row, at] = opened
                worth = _worth(held, row, at, marks[:, at - begin], 1.0 / per_hour)
                moved = worth - figures.value[row, at]
                figures.value[row, at] = worth
                usd[number, at - span[0]] = moved
                gained += moved
                late += moved if known.realised[place, at] else 0.0
            _expose_hour(held, row, hour, known, place, terms, mwh)
            for kind in range(KINDS):
                moved = mwh[kind] - figures.exposure[kind, row, hour]
                exposed[kind, number, hour - first_hour] = moved
                figures.exposure[kind, row, hour] = mwh[kind]
                any_moved |= moved != 0.0
        figures.value_usd[book] += gained
        figures.realised_usd[book] += late
    return any_moved
