"""The compiled loops of what is still exposed of each hour, by state (``exposures.STATES``).

In how many intervals of an hour a leg is exposed is kept by hour and place, the counts of all
states in one number: a publication or an interval that turned realised moves its own intervals.
"""

from __future__ import annotations

import numpy as np

from state.arrays import Bits, Cube, Flags, Floats, Matrix, Numbers
from state.compiled import compiled
from state.market.exposures import STATES
from state.market.prices import DA, FMM, RTD
from state.risk.kinds import DAY_ON_DAY, FMM_LESS_DA, RTD_LESS_DA, RTD_LESS_FMM

_BITS = 8
_MOST = 2**_BITS - 1
"""Of each of the packed counts below: no hour has more than 60 intervals."""
_ALL = -1


def _packed_states(out: int) -> int:
    """Return 1 in the bits of each state in which a leg is exposed, by the runs that are out.

    >>> bin(_packed_states(0b111)), [_packed_states(0b011) >> 8 * state & 1 for state in range(6)]
    ('0b0', [0, 0, 0, 0, 0, 1])
    """
    da, fmm, rtd = (bool(out >> run & 1) for run in (DA, FMM, RTD))
    early = FMM_LESS_DA if da else DAY_ON_DAY
    late = (RTD_LESS_FMM if fmm else RTD_LESS_DA) if da else DAY_ON_DAY
    exposed = ((DA, DAY_ON_DAY, not da), (FMM, early, not fmm), (RTD, late, not rtd))
    states = [STATES.index((run, kind)) for run, kind, waits in exposed if waits]
    return sum(1 << _BITS * state for state in states)


_STATES_OF = np.array([_packed_states(out) for out in range(8)], dtype=np.int64)


@compiled
def _count(out: Bits, realised: Flags, place: int, first: int, last: int) -> int:
    packed = 0
    for interval in range(first, last):
        if not realised[place, interval]:
            packed += _STATES_OF[out[place, interval]]
    return packed


@compiled
def exposed_states(
    out: Bits, realised: Flags, place: int, first: int, last: int, hours: Floats
) -> None:
    """Count the intervals in which a leg is exposed, by state."""
    packed = _count(out, realised, place, first, last)
    for state in range(len(hours)):
        hours[state] = (packed >> (_BITS * state)) & _MOST


@compiled
def weigh_hour(
    out: Bits,
    realised: Flags,
    places: Numbers,
    hour: int,
    per_hour: int,
    exposed: Numbers,
    weight: Cube,
    moved: Matrix,
) -> bool:
    """Count anew what of an hour is exposed at some places.

    Args:
        out: the runs published, by place and interval.
        realised: likewise what is.
        places: of the market.
        hour: of the day.
        per_hour: intervals of an hour.
        exposed: packed counts by hour and place, written.
        weight: h by state, hour and place, written.
        moved: by how much they moved, h by state and place; this adds to it.

    Returns:
        Whether any moved.
    """
    for place in places:
        first, last = hour * per_hour, (hour + 1) * per_hour
        exposed[hour, place] = _count(out, realised, place, first, last)
    return _weigh(exposed[hour], _ALL, places, per_hour, weight[:, hour], moved)


@compiled
def weigh_published(
    out: Bits,
    realised: Flags,
    delivered: int,
    run: int,
    places: Numbers,
    first: Flags,
    begin: int,
    hour: int,
    per_hour: int,
    exposed: Numbers,
    weight: Cube,
    moved: Matrix,
) -> bool:
    """Follow a publication.

    Args:
        out: the runs published, this one among them.
        realised: see :func:`weigh_hour`.
        delivered: from this interval on nothing is realised.
        run: that was published.
        places: where.
        first: whether it was the first time, by interval from ``begin`` on and number of the place.
        begin: interval of the day.
        hour: see :func:`weigh_hour`, and the following.
        per_hour: likewise.
        exposed: likewise.
        weight: likewise.
        moved: likewise.
    """
    counts, touched, bit = exposed[hour], 0, np.uint8(1 << run)
    start, end = max(begin, hour * per_hour), min(begin + len(first), (hour + 1) * per_hour)
    for number in range(len(places)):
        place = np.uint64(places[number])
        packed = counts[place]
        for interval in range(np.uint64(start), np.uint64(end)):
            over = interval < np.uint64(delivered) and realised[place, interval]
            if over or not first[interval - np.uint64(begin), number]:
                continue
            now = out[place, interval]
            after, before = _STATES_OF[now], _STATES_OF[now ^ bit]
            packed += after - before
            touched |= after ^ before
        counts[place] = packed
    return _weigh(counts, touched, places, per_hour, weight[:, hour], moved)


@compiled
def weigh_realised(
    out: Bits,
    interval: int,
    places: Numbers,
    per_hour: int,
    exposed: Numbers,
    weight: Cube,
    moved: Matrix,
) -> bool:
    """Follow an interval that turned realised at some places, all different."""
    hour, touched = interval // per_hour, 0
    for place in places:
        gone = _STATES_OF[out[place, interval]]
        exposed[hour, place] -= gone
        touched |= gone
    return _weigh(exposed[hour], touched, places, per_hour, weight[:, hour], moved)


@compiled
def _weigh(
    counts: Numbers, touched: int, places: Numbers, per_hour: int, weight: Matrix, moved: Matrix
) -> bool:
    """Take over the counts of the states that were touched, as h by state and place."""
    changed = 0
    for state in range(len(weight)):
        if not (touched >> (_BITS * state)) & 1:
            continue
        own, change = weight[state], moved[state]
        for number in range(len(places)):
            place = np.uint64(places[number])
            hours = ((counts[place] >> (_BITS * state)) & _MOST) / per_hour
            gone = hours - own[place]
            change[place] += gone
            own[place] = hours
            changed += gone != 0.0
    return changed > 0
