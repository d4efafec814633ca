"""Numbers of names by hash: some 16 bytes a name where a dictionary needs 150."""

from __future__ import annotations

import numpy as np

from state.arrays import Narrow, Numbers
from state.compiled import compiled

_FIRST_CAPACITY = 2  # a power of two, as every later one
_SLOTS_A_NAME = 2


class IdentityIndex:
    """Finds what was numbered 0, 1, 2, … by the hash of its name.

    The hash is Python's own and differs from process to process; nothing that is saved or shown
    depends on it. Two names may share one, so whoever asks holds the name of what was found
    against the name wanted, and asks for the next.
    """

    def __init__(self) -> None:
        self._count = 0
        self._hashes: Numbers = np.empty(_FIRST_CAPACITY, dtype=np.int64)
        self._make_slots(_FIRST_CAPACITY)

    def _make_slots(self, capacity: int) -> None:
        self._slots: Narrow = np.full(_SLOTS_A_NAME * capacity, -1, dtype=np.int32)
        self._mask = len(self._slots) - 1
        # To read one number of an array's memory takes half the time of reading the array.
        self._slot, self._hash = self._slots.data, self._hashes.data

    def add(self, hashed: int, room: int) -> None:
        """Give the next number to a hash.

        Args:
            hashed: of the name.
            room: what :meth:`find` said of it last, with nothing added since.
        """
        number = self._count
        if number == len(self._hashes):
            self.extend(np.array([hashed]))
            return
        self._count = number + 1
        self._hash[number] = hashed
        self._slot[-1 - room] = number

    def extend(self, hashes: Numbers) -> None:
        """Give the next numbers to hashes, none of which :meth:`first_known` found."""
        known, count = self._count, self._count + len(hashes)
        capacity = len(self._hashes)
        while capacity < count:
            capacity *= 2
        if capacity > len(self._hashes):
            wider = np.empty(capacity, dtype=np.int64)
            wider[:known] = self._hashes[:known]
            self._hashes = wider
            self._make_slots(capacity)
            fill_slots(self._slots, wider, 0, known)
        self._hashes[known:count] = hashes
        fill_slots(self._slots, self._hashes, known, count)
        self._count = count

    def first_known(self, hashes: Numbers) -> int:
        """Return the place of the first hash that has a number; how many there are if none has."""
        return first_known(self._slots, self._hashes, hashes)

    def find(self, hashed: int, after: int = -1) -> int:
        """Return a number of a hash; below 0 if there is none, which says where it belongs.

        Args:
            hashed: of the name.
            after: a number found for it before, to look for the next; −1 for the first.
        """
        slots, mask = self._slot, self._mask
        slot, passed = hashed & mask, after < 0
        number: int = slots[slot]
        while number >= 0:
            if self._hash[number] == hashed:
                if passed:
                    return number
                passed = number == after
            slot = (slot + 1) & mask
            number = slots[slot]
        return -1 - slot


@compiled
def fill_slots(slots: Narrow, hashes: Numbers, first: int, count: int) -> None:
    """Enter numbers from the first on at the first free slot from the one their hash points at."""
    mask = len(slots) - 1
    for number in range(first, count):
        slot = hashes[number] & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = number


@compiled
def first_known(slots: Narrow, hashes: Numbers, wanted: Numbers) -> int:
    """Return the place of the first wanted hash that has a number, or how many are wanted."""
    mask = len(slots) - 1
    for at in range(len(wanted)):
        slot = wanted[at] & mask
        while slots[slot] >= 0:
            if hashes[slots[slot]] == wanted[at]:
                return at
            slot = (slot + 1) & mask
    return len(wanted)
