"""What the figures are kept in: arrays by what an entry is, and by how many axes they have.

What each axis counts, and in which unit, stands where a function or an attribute is documented.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

Floats = NDArray[np.float64]
"""Of one axis or of any."""
Matrix = NDArray[np.float64]
"""Of two axes."""
Cube = NDArray[np.float64]
"""Of three axes or more."""

Numbers = NDArray[np.int64]
"""Counts, moments in ns, numbers of rows, or amounts in whole units of a fixed size."""
Places = NDArray[np.int64]
"""Where something stands in another array."""
Narrow = NDArray[np.int32]
"""Numbers below 2^31, in half the room."""
Codes = NDArray[np.int8]
"""Which of a few cases holds."""

Flags = NDArray[np.bool_]
Bits = NDArray[np.uint8]
"""Sets of flags, one bit each, or plain bytes."""
Words = NDArray[np.uint64]
"""The bits of other numbers, 64 each, as digests take them."""


def with_room(array: NDArray[Number], room: int, *, axis: int, empty: float = 0) -> NDArray[Number]:
    """Return an array with so many entries along an axis; itself if it has them.

    >>> with_room(np.array([[1.0], [2.0]]), 3, axis=1)
    array([[1., 0., 0.],
           [2., 0., 0.]])
    >>> with_room(np.array([1.0]), 2, axis=0, empty=np.nan)
    array([ 1., nan])
    """
    known, shape = array.shape[axis], list(array.shape)
    if room <= known:
        return array
    shape[axis] = room
    wider = np.full(shape, empty, array.dtype) if empty else np.zeros(shape, array.dtype)
    wider[(slice(None),) * axis + (slice(known),)] = array
    return wider
