"""A number for an array as a whole: equal arrays have equal ones, others hardly ever."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.arrays import Flags, Matrix, Words
from state.compiled import compiled
from state.market.resting import BLOCK_BITS
from state.messages import FloatColumn

_PRIME = 1099511628211
_BASIS = 14695981039346656037
_WORD_BYTES = 8
_TABLES = (2, 3)


def fingerprint(array: NDArray[Any]) -> bytes:
    """Return eight bytes that depend on every bit of an array and on its order.

    No cryptographic hash, which would take ten times as long over millions of values, and needs
    none: nobody forges a state against its own history.

    >>> fingerprint(np.array([1.0, 2.0])) == fingerprint(np.array([1.0, 2.0]))
    True
    >>> fingerprint(np.array([1.0, 2.0])) == fingerprint(np.array([2.0, 1.0]))
    False
    >>> table = np.arange(12.0).reshape(3, 4)
    >>> fingerprint(table[:, :2]) == fingerprint(table[:, :2].copy())
    True
    >>> cube = np.arange(24.0).reshape(2, 3, 4)
    >>> fingerprint(cube[:, :2, :3]) == fingerprint(cube[:, :2, :3].copy())
    True
    """
    if array.ndim in _TABLES and array.strides[-1] == array.itemsize == _WORD_BYTES:
        words = array.view(np.uint64)  # as it lies, which may be part of a wider table
    else:
        words = _words(np.ascontiguousarray(array))
    tables = words if words.ndim > 2 else words[None]  # noqa: PLR2004
    return int(_mix_tables(tables)).to_bytes(8, "little")


def _words(array: NDArray[Any]) -> Words:
    """Return the bytes of an array as rows of words, zeros behind them to a whole one."""
    data = array.reshape(-1).view(np.uint8)
    room = -(-len(data) // _WORD_BYTES) * _WORD_BYTES
    if room != len(data):
        data = np.concatenate((data, np.zeros(room - len(data), dtype=np.uint8)))
    words = data.view(np.uint64)
    width = array.shape[-1] if array.ndim > 1 and array.itemsize == _WORD_BYTES else len(words)
    return words.reshape(-1, width) if width else words.reshape(0, 0)


@compiled
def mix_column(column: FloatColumn) -> np.uint64:
    """Return the fingerprint of a column of numbers; 0 and −0 are the same.

    >>> int(mix_column(np.zeros(3))) == int(mix_column(-np.zeros(3)))
    True
    """
    prime, shift, nothing = np.uint64(_PRIME), np.uint64(29), np.uint64(1 << 63)
    words = column.view(np.uint64)
    one, other = np.uint64(_BASIS), np.uint64(len(words))
    for number in range(len(words)):
        word = words[number] if words[number] != nothing else np.uint64(0)
        one, other = other, (one ^ word) * prime
        other ^= other >> shift
    mixed = ((one * prime) ^ other) * prime
    return mixed ^ (mixed >> np.uint64(32))


@compiled
def mix_two(numbers: Words, one: FloatColumn, other: FloatColumn) -> None:
    """Write the fingerprints of two columns."""
    numbers[0], numbers[1] = mix_column(one), mix_column(other)


@compiled
def mix_day(
    numbers: Words,
    rows_mw: FloatColumn,
    lines_mw: FloatColumn,
    rows_usd: FloatColumn,
    lines_usd: FloatColumn,
    realised_rows_usd: FloatColumn,
    realised_lines_usd: FloatColumn,
) -> None:
    """Write what stands for a day: open position of rows, of lines; value, and what is realised."""
    numbers[0], numbers[1] = mix_column(rows_mw), mix_column(lines_mw)
    numbers[2] = mix_column(rows_usd + lines_usd)
    numbers[3] = mix_column(realised_rows_usd + realised_lines_usd)


@compiled
def mix_lines(
    mw: Matrix, cost: Matrix, at_end: Matrix, count: int, resting: Flags, numbers: Words
) -> None:
    """Take the fingerprints of blocks of lines that do not rest, which rest from now on.

    Args:
        mw: by hour and line.
        cost: likewise.
        at_end: likewise; what is not kept is 0.
        count: of the lines; beyond them is room.
        resting: by hour and block (``state.market.resting``); written.
        numbers: the fingerprints; written.
    """
    prime, shift, size = np.uint64(_PRIME), np.uint64(29), 1 << BLOCK_BITS
    held, paid, ended = mw.view(np.uint64), cost.view(np.uint64), at_end.view(np.uint64)
    ends = min(count, at_end.shape[1])
    for hour in range(mw.shape[0]):
        for block in range(-(-count // size)):
            if resting[hour, block]:
                continue
            one, two, three = np.uint64(_BASIS), np.uint64(_BASIS + 1), np.uint64(_BASIS + 2)
            for line in range(block * size, (block + 1) * size):
                # A line to come holds nothing: its block is the same before and after.
                if line < count:
                    one, two = one ^ held[hour, line], two ^ paid[hour, line]
                one, two = one * prime, two * prime
                one, two = one ^ (one >> shift), two ^ (two >> shift)
                if line < ends and ended[hour, line] != np.uint64(0):
                    three = (three ^ ended[hour, line] ^ np.uint64(line)) * prime
                    three ^= three >> shift
            mixed = (((one * prime) ^ two) * prime) ^ three
            numbers[hour, block] = mixed ^ (mixed >> np.uint64(32))
            resting[hour, block] = True


@compiled
def _mix_tables(tables: Words) -> np.uint64:
    # FNV-1a over words, in four lanes so that no multiplication waits for the one before it.
    prime, shift = np.uint64(_PRIME), np.uint64(29)
    one, two = np.uint64(_BASIS), np.uint64(_BASIS + 1)
    three, four = np.uint64(_BASIS + 2), np.uint64(_BASIS + 3)
    width = tables.shape[2]
    whole = width - width % 4
    for table in range(tables.shape[0]):
        for row in range(tables.shape[1]):
            words = tables[table, row]
            for at in range(0, whole, 4):
                one = (one ^ words[at]) * prime
                two = (two ^ words[at + 1]) * prime
                three = (three ^ words[at + 2]) * prime
                four = (four ^ words[at + 3]) * prime
                one, two = one ^ (one >> shift), two ^ (two >> shift)
                three, four = three ^ (three >> shift), four ^ (four >> shift)
            for at in range(whole, width):
                one = (one ^ words[at]) * prime
                one ^= one >> shift
    mixed = np.uint64(tables.size)
    for lane in (one, two, three, four):
        mixed = (mixed ^ lane) * prime
        mixed ^= mixed >> np.uint64(32)
    return mixed
