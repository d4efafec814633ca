"""What of a table has not moved since its fingerprints were taken, so that few are taken anew.

Who changes a part takes its flag down; ``state.proof.business_state`` takes the fingerprints.
"""

from __future__ import annotations

import numpy as np

from state.arrays import with_room

BLOCK_BITS = 4
"""Sixteen lines are a part: two of them lie in a cache line of eight numbers each."""


class Resting:
    """Fingerprints of the parts of a table, each good while its part rests; not saved.

    Attributes:
        flags: whether a part rests.
        numbers: the fingerprint of each part.

    >>> resting = Resting(1, 2)
    >>> resting.flags[:] = True
    >>> resting.grow(3)
    >>> resting.flags.tolist()
    [[True, True, False]]
    """

    def __init__(self, rows: int, columns: int) -> None:
        self.flags = np.zeros((rows, columns), dtype=np.bool_)
        self.numbers = np.zeros((rows, columns), dtype=np.uint64)

    def grow(self, columns: int) -> None:
        """Make room for more parts, none of which rests."""
        self.flags = with_room(self.flags, columns, axis=1)
        self.numbers = with_room(self.numbers, columns, axis=1)

    def stir(self) -> None:
        """Let nothing rest."""
        self.flags[:] = False


def blocks_of(lines: int) -> int:
    """Return how many parts so many lines are.

    >>> blocks_of(16), blocks_of(17)
    (1, 2)
    """
    return -(-lines >> BLOCK_BITS)
