"""A number for an array as a whole: equal arrays have equal ones, others hardly ever."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from state.compiled import compiled
from state.messages import FloatColumn

_LANES = 4


def fingerprint(array: NDArray[Any]) -> bytes:
    """Return eight bytes that depend on every bit of an array and on its order.

    No cryptographic hash, which would take ten times as long over millions of values, and needs
    none: nobody forges a state against its own history.

    >>> fingerprint(np.array([1.0, 2.0])) == fingerprint(np.array([1.0, 2.0]))
    True
    >>> fingerprint(np.array([1.0, 2.0])) == fingerprint(np.array([2.0, 1.0]))
    False
    """
    data = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    room = -(-len(data) // (8 * _LANES)) * 8 * _LANES
    if room != len(data):
        data = np.concatenate((data, np.zeros(room - len(data), dtype=np.uint8)))
    mixed = _mix(data.view(np.uint64), np.empty(_LANES, dtype=np.uint64))
    return int(mixed).to_bytes(8, "little")


def fingerprints(*columns: FloatColumn) -> bytes:
    """Return eight bytes a column of numbers, one after the other; 0 and −0 are the same.

    >>> fingerprints(np.zeros(3), -np.zeros(3)) == 2 * fingerprints(np.zeros(3))
    True
    """
    numbers = np.empty(len(columns), dtype=np.uint64)
    for at, column in enumerate(columns):
        mix_column(column, numbers, at)
    return numbers.tobytes()


@compiled
def mix_column(column: FloatColumn, numbers: NDArray[np.uint64], at: int) -> None:
    """Write the fingerprint of a column of numbers."""
    prime, nothing = np.uint64(1099511628211), np.uint64(1 << 63)
    words = column.view(np.uint64)
    one, other = np.uint64(14695981039346656037), np.uint64(len(words))
    for number in range(len(words)):
        word = words[number]
        if word == nothing:
            word = np.uint64(0)
        if number & 1:
            other = (other ^ word) * prime
            other ^= other >> np.uint64(29)
        else:
            one = (one ^ word) * prime
            one ^= one >> np.uint64(29)
    mixed = ((one * prime) ^ other) * prime
    numbers[at] = mixed ^ (mixed >> np.uint64(32))


@compiled
def _mix(words: NDArray[np.uint64], lanes: NDArray[np.uint64]) -> np.uint64:
    # FNV-1a over words, in lanes so that no multiplication waits for the one before it.
    prime, count = np.uint64(1099511628211), len(lanes)
    for lane in range(count):
        lanes[lane] = np.uint64(14695981039346656037) + np.uint64(lane)
    for at in range(0, len(words), count):
        for lane in range(count):
            lanes[lane] = (lanes[lane] ^ words[at + lane]) * prime
            lanes[lane] ^= lanes[lane] >> np.uint64(29)
    mixed = np.uint64(len(words))
    for lane in range(count):
        mixed = (mixed ^ lanes[lane]) * prime
        mixed ^= mixed >> np.uint64(32)
    return mixed
