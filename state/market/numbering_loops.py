"""The compiled loops that number lines: one look finds a line, or makes it."""

from __future__ import annotations

import numpy as np

from state.arrays import Narrow, Numbers
from state.compiled import compiled

PLACE_BITS = 32
PLACES = (1 << PLACE_BITS) - 1
PART_BITS = 3
"""Of a line's key: of its run two, and one whether it is financial; its pair is above them."""

RUNS = 3
BOOK, PLACE, RUN, PAIR, FINANCIAL = range(5)
"""Columns of the line table."""

LINES, PAIRS, OF_RUN = range(3)
"""Counts: lines, pairs, and from the third on the lines of each run."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # Knuth, The Art of Computer Programming 3, section 6.4
_HALF = np.uint64(32)


@compiled
def _slot_of(pair: int, slots: Narrow) -> int:
    """Return the first slot that the lines of a pair may be in: they lie side by side."""
    return int(np.int64(np.uint64(pair) * _SPREAD >> _HALF) & (len(slots) - 1))


@compiled
def number_line(
    key: int, columns: Numbers, slots: Narrow, keys: Numbers, counts: Numbers, by_run: Narrow
) -> int:
    """Return the number of a line, the next one if it has none yet.

    Args:
        key: of the line (``state.market.lines.key_of``).
        columns: of the table, with room for more lines; written.
        slots: one more than the number of a line, 0 where none is; a power of two, written.
        keys: by line, written.
        counts: how many there are, written.
        by_run: number, place and book of the lines of each run, shape (runs, 3, lines); written.

    Returns:
        The number; −1 where there is no room for another line, and nothing was written.
    """
    pair, last = -1, len(slots) - 1
    slot = _slot_of(key >> PART_BITS, slots)
    while slots[slot] > 0:
        number = int(slots[slot] - 1)
        if keys[number] == key:
            return number
        if keys[number] >> PART_BITS == key >> PART_BITS:
            pair = columns[PAIR, number]
        slot = (slot + 1) & last
    number = int(counts[LINES])
    if number == len(keys):
        return -1
    if pair < 0:
        pair = counts[PAIRS]
        counts[PAIRS] += 1
    run, place, book = key >> 1 & 3, key >> PART_BITS & PLACES, key >> PART_BITS + PLACE_BITS
    columns[BOOK, number], columns[PLACE, number], columns[RUN, number] = book, place, run
    columns[PAIR, number], columns[FINANCIAL, number] = pair, key & 1
    at = counts[OF_RUN + run]
    by_run[run, 0, at], by_run[run, 1, at], by_run[run, 2, at] = number, place, book
    keys[number], slots[slot] = key, number + 1
    counts[LINES], counts[OF_RUN + run] = number + 1, at + 1
    return number


@compiled
def number_lines(
    wanted: Numbers,
    first: int,
    numbers: Numbers,
    columns: Numbers,
    slots: Narrow,
    keys: Numbers,
    counts: Numbers,
    by_run: Narrow,
) -> int:
    """Write the numbers of lines from the first wanted on; return where there was no room."""
    for at in range(first, len(wanted)):
        numbers[at] = number_line(wanted[at], columns, slots, keys, counts, by_run)
        if numbers[at] < 0:
            return at
    return len(wanted)


@compiled
def fill_slots(slots: Narrow, keys: Numbers, count: int) -> None:
    """Write the lines there are into slots that are empty."""
    last = len(slots) - 1
    for number in range(count):
        slot = _slot_of(keys[number] >> PART_BITS, slots)
        while slots[slot] > 0:
            slot = (slot + 1) & last
        slots[slot] = number + 1


@compiled
def find_line(key: int, slots: Narrow, keys: Numbers) -> int:
    """Return the number of a line; −1 if it has none."""
    last, slot = len(slots) - 1, _slot_of(key >> PART_BITS, slots)
    while slots[slot] > 0:
        number = int(slots[slot] - 1)
        if keys[number] == key:
            return number
        slot = (slot + 1) & last
    return -1


@compiled
def find_pairs(
    wanted: Numbers, numbers: Numbers, columns: Numbers, slots: Narrow, keys: Numbers
) -> None:
    """Write the number of each wanted pair; −1 where no line is of it."""
    last = len(slots) - 1
    for at in range(len(wanted)):
        numbers[at] = -1
        slot = _slot_of(wanted[at], slots)
        while slots[slot] > 0:
            if keys[slots[slot] - 1] >> PART_BITS == wanted[at]:
                numbers[at] = columns[PAIR, slots[slot] - 1]
                break
            slot = (slot + 1) & last
