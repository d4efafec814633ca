"""The compiled loops of stress over what is kept by hour."""

from __future__ import annotations

import numpy as np

from state.arrays import Bits, Cube, Flags, Floats, Matrix, Numbers
from state.compiled import compiled
from state.market.exposed_loops import exposed_states
from state.market.exposures import KIND_OF_STATE, RUN_OF_STATE


@compiled
def shock_lines(
    priced: tuple[Bits, Flags],
    weight: Cube,
    where: tuple[Numbers, Numbers],
    hubs: tuple[Cube, Flags],
    basis: Matrix,
    usd_per_mw: Cube,
) -> None:
    """Write $ per MW by hour, run and place: h exposed times $/MWh, by state.

    Args:
        priced: the runs that are out and what is realised, by place and interval.
        weight: h of each hour still exposed, by state, place and hour.
        where: the places to look at, and the hub row of every place.
        hubs: $/MWh by kind, hub row and interval, and by hub row and hour whether they are the
            same in all its intervals.
        basis: $/MWh by kind and place that a place moves beyond its hub.
        usd_per_mw: shape (hours, runs, places).
    """
    out, realised = priced
    places, hub_row = where
    shocks, even = hubs
    per_hour = shocks.shape[2] // usd_per_mw.shape[0]
    now = np.zeros(len(KIND_OF_STATE))
    for place in places:
        hub = hub_row[place]
        for hour in range(usd_per_mw.shape[0]):
            # What differs within the hour is looked at interval by interval.
            length = per_hour if even[hub, hour] else 1
            for first in range(hour * per_hour, (hour + 1) * per_hour, length):
                if length == 1:
                    exposed_states(out, realised, place, first, first + 1, now)
                for state in range(len(now)):
                    hours = now[state] / per_hour if length == 1 else weight[state, place, hour]
                    kind = KIND_OF_STATE[state]
                    shock = shocks[kind, hub, first] + basis[kind, place]
                    usd_per_mw[hour, RUN_OF_STATE[state], place] += hours * shock


@compiled
def net_lines(mw: Floats, columns: Numbers, lines: int, weight: Matrix, net: Matrix) -> None:
    """Add the MWh of an hour's lines, by kind and (book, location) pair.

    Args:
        mw: of every line in the hour.
        columns: of the line table.
        lines: how many there are.
        weight: h of the hour still exposed, by state and place.
        net: shape (kinds, pairs).
    """
    for line in range(lines):
        if mw[line] == 0.0:
            continue
        place, run, pair = columns[1, line], columns[2, line], columns[3, line]
        for state in range(len(RUN_OF_STATE)):
            if RUN_OF_STATE[state] == run:
                net[KIND_OF_STATE[state], pair] += mw[line] * weight[state, place]
