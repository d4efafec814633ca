"""Compiled loops: where call overhead and temporary arrays of NumPy are most of the cost.

IEEE arithmetic in the order written, no contraction, no reordering of sums: a compiled loop gives
the same bits on every processor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays at its first call; kept on disk for the next."""
    return cast("Function", njit(cache=True, fastmath=False, error_model="numpy")(function))
