"""The compiled loops of prices and marks; ``state.market.prices`` says what they mean."""

from __future__ import annotations

import numpy as np

from state.arrays import Bits, Cube, Flags, Floats, Matrix, Numbers
from state.compiled import compiled

_MOVED, _REPLACED = np.uint8(1), np.uint8(2)


@compiled
def _enter_column(
    published: Floats, places: Numbers, lmp: Floats, first: Flags, state: Bits
) -> int:
    """Enter the prices of one interval; return at how many places there was none before."""
    fresh = 0
    for number in range(len(places)):
        price = lmp[number]
        if places[number] < 0 or np.isnan(price):
            continue
        place = np.uint64(places[number])
        old = published[place]
        if old == price:
            continue
        published[place] = price
        state[number] |= _MOVED
        if np.isnan(old):
            first[number] = True
            fresh += 1
        else:
            state[number] |= _REPLACED
    return fresh


@compiled
def enter_prices(
    published: Matrix,
    out: Bits,
    count: Numbers,
    run: int,
    places: Numbers,
    lmp: Floats,
    span: tuple[int, int],
    moved: Numbers,
    first: Flags,
) -> tuple[int, int, int]:
    """Enter the prices of a run.

    Writes the places at which they moved, and in which of the intervals each had no price before.

    Returns:
        At how many places a price moved, at how many it replaced another, and how many cells had
        none before.
    """
    state, bit = np.zeros(len(places), dtype=np.uint8), np.uint8(1 << run)
    many, revised, fresh = 0, 0, 0
    for at in range(len(first)):
        found = _enter_column(published[span[0] + at], places, lmp, first[at], state)
        count[span[0] + at] += found
        fresh += found
    for number in range(len(places)):
        if not state[number]:
            continue
        revised += (state[number] & _REPLACED) != 0
        for at in range(len(first)):
            out[np.uint64(places[number]), np.uint64(span[0] + at)] |= bit
            first[at, many] = first[at, number]
        moved[many] = places[number]
        many += 1
    return many, revised, fresh


@compiled
def _else(first: float, second: float) -> float:
    return second if np.isnan(first) else first


@compiled
def mark_hour(
    by_interval: Cube, curve: Matrix, place: int, hour: int, fmm_weight: float, marks: Matrix
) -> None:
    """Write the marks of a place over an hour, by leg and interval of the hour."""
    mean, per_hour = 0.0, marks.shape[1]
    for at in range(per_hour):
        interval = hour * per_hour + at
        da = _else(by_interval[0, interval, place], curve[hour, place])
        fmm = _else(by_interval[1, interval, place], da)
        rtd = _else(by_interval[2, interval, place], fmm)
        # The hourly load price is a weighted mean of FMM and RTD (CAISO tariff 11.5).
        mean += rtd if fmm_weight == 0.0 else fmm_weight * fmm + (1.0 - fmm_weight) * rtd
        marks[0, at], marks[1, at], marks[2, at] = da, fmm, rtd
    marks[3] = mean / per_hour


@compiled
def mark_places(
    by_interval: Cube,
    curve: Matrix,
    places: Numbers,
    span: tuple[int, int],
    per_hour: int,
    fmm_weight: float,
    marks: Cube,
) -> None:
    """Write the marks of some places over a span, by leg, place and interval."""
    of_hour = np.empty((4, per_hour))
    for number in range(len(places)):
        for hour in range(span[0] // per_hour, (span[1] + per_hour - 1) // per_hour):
            mark_hour(by_interval, curve, places[number], hour, fmm_weight, of_hour)
            begin = hour * per_hour
            for interval in range(max(begin, span[0]), min(begin + per_hour, span[1])):
                for leg in range(len(of_hour)):
                    marks[leg, number, interval - span[0]] = of_hour[leg, interval - begin]


@compiled
def _first_of_row(places: Numbers) -> int:
    """Return the first of places that follow one another, −1 if they do not."""
    apart = 0
    for number in range(len(places)):
        apart += places[number] != places[0] + number
    return int(places[0]) if len(places) and not apart else -1


@compiled
def _prices_at(row: Floats, places: Numbers, first: int, room: Floats) -> Floats:
    """Return prices at some places: the very row where they follow one another from first on."""
    if first >= 0:
        return row[first : first + len(places)]
    for number in range(len(places)):
        room[number] = row[np.uint64(places[number])]
    return room


@compiled
def _add_row(
    by_interval: Cube,
    curve: Matrix,
    count: Numbers,
    run: int,
    interval: int,
    hour: int,
    at: tuple[Numbers, int],
    rooms: tuple[Floats, Floats],
    sums: Floats,
) -> None:
    """Add the marks of an interval at some places to sums; a leg without a mark is left out."""
    source, (places, first), (room, other) = run, at, rooms
    while source >= 0 and count[source, interval] == 0:
        source -= 1  # published nowhere
    row = curve[hour] if source < 0 else by_interval[source, interval]
    price = _prices_at(row, places, first, room)
    if source >= 0 and count[source, interval] < by_interval.shape[2]:
        for earlier in range(source - 1, -2, -1):
            row = curve[hour] if earlier < 0 else by_interval[earlier, interval]
            instead = _prices_at(row, places, first, other)
            for number in range(len(sums)):
                room[number] = _else(price[number], instead[number])
            price = room
    for number in range(len(sums)):
        sums[number] += 0.0 if np.isnan(price[number]) else price[number]


@compiled
def mark_at(by_interval: Cube, curve: Matrix, run: int, place: int, interval: int) -> float:
    """Return the mark of a run at a place and interval; NaN where there is none at all."""
    price, source = np.nan, run
    while np.isnan(price) and source >= 0:
        price = by_interval[source, interval, place]
        source -= 1
    return _else(price, curve[interval // (by_interval.shape[1] // len(curve)), place])


@compiled
def sum_marks(
    by_interval: Cube,
    curve: Matrix,
    count: Numbers,
    first_run: int,
    places: Numbers,
    hour: int,
    per_hour: int,
    sums: Cube,
    moved: Matrix,
) -> int:
    """Sum the marks of an hour anew, of a run and of those that fall back on it.

    Args:
        by_interval: of the day's prices (``state.market.prices.PriceGrid``).
        curve: likewise.
        count: likewise.
        first_run: that was published.
        places: to look at.
        hour: of the day.
        per_hour: intervals of an hour.
        sums: by run, hour and place of the market.
        moved: by how much the mean of the hour moved, $/MWh by run and place of the market;
            written.

    Returns:
        The runs of which any moved, bit i of run i.
    """
    at, found, many = (places, _first_of_row(places)), 0, len(places)
    anew, rooms = np.zeros(many), (np.empty(many), np.empty(many))
    begin, end = hour * per_hour, (hour + 1) * per_hour
    for run in range(first_run, len(sums)):
        if run == first_run or count[run, begin:end].any():  # else as of the run before
            anew[:] = 0.0
            for interval in range(begin, end):
                _add_row(by_interval, curve, count, run, interval, hour, at, rooms, anew)
        found |= _take_sums(anew, at, per_hour, sums[run, hour], moved[run]) << run
    return found


@compiled
def _take_sums(
    anew: Floats, at: tuple[Numbers, int], per_hour: int, sums: Floats, moved: Floats
) -> bool:
    """Take over sums of an hour made anew; write by how much its mean moved, by place."""
    changed, (places, first) = 0, at
    if first >= 0:
        own, gained = sums[first : first + len(places)], moved[first : first + len(places)]
        for number in range(len(places)):
            change = (anew[number] - own[number]) / per_hour
            own[number] = anew[number]
            gained[number] += change
            changed += change != 0.0
        return changed > 0
    for number in range(len(places)):
        place = np.uint64(places[number])
        change = (anew[number] - sums[place]) / per_hour
        sums[place] = anew[number]
        moved[place] += change  # nothing more where a place is looked at twice
        changed += change != 0.0
    return changed > 0


@compiled
def sum_late_marks(
    by_interval: Cube,
    curve: Matrix,
    realised: Flags,
    run: int,
    places: Numbers,
    hour: int,
    per_hour: int,
    room: Floats,
    sums: Floats,
    moved: Floats,
) -> bool:
    """Do likewise with the marks of the intervals that are realised."""
    room[:] = 0.0
    for interval in range(hour * per_hour, (hour + 1) * per_hour):
        for number in range(len(places)):
            if realised[places[number], interval]:
                price = mark_at(by_interval, curve, run, places[number], interval)
                room[number] += 0.0 if np.isnan(price) else price
    return _take_sums(room, (places, _first_of_row(places)), per_hour, sums, moved)
