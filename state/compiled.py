"""Compiled loops: where call overhead and temporary arrays of NumPy are most of the cost.

IEEE arithmetic in the order written, no contraction, no reordering of sums: a compiled loop gives
the same bits on every processor.

A compiled loop is kept on disk with all it calls, so the folder it is kept in is named after a
digest of every module with loops: none is ever met with another's edition.

In a loop numbers are written one by one, and what is to be put in order is put so before it: an
array written whole, a sort or a transposition takes longer to compile than the loop around it.

To hand an array to a compiled loop costs 0.07 µs, which of fifty arrays is more than a trade's
arithmetic. A loop that takes so many takes an :class:`ArrayTable` of them instead.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Callable, Sequence
from operator import is_
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numba import __version__ as edition
from numba import config, njit, types
from numba.core.registry import cpu_target
from numba.extending import intrinsic
from numba.np.numpy_support import carray
from numpy.typing import NDArray

from state.arrays import Numbers

Function = TypeVar("Function", bound=Callable[..., object])

_MOST_DIMENSIONS = 4
_KINDS = {
    "f": np.float64, "i": np.int64, "n": np.int32, "b": np.bool_, "c": np.int8, "u": np.uint8
}  # fmt: skip
_NOTHING = np.zeros(0)
_HERE = Path(__file__).parent
_config: Any = config


def _folder_of_loops() -> Path:
    """Return where loops are kept: the library looks at a loop's own module alone."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(_HERE.rglob("*.py")):
        source = path.read_bytes()
        if b"compiled" in source:
            digest.update(source)
    return Path(_config.CACHE_DIR or _HERE / "__pycache__") / f"loops-{digest.hexdigest()}"


_config.CACHE_DIR = str(_folder_of_loops())
_KEPT = Path(_config.CACHE_DIR) / "kept"


def loops_are_kept() -> bool:
    """Say whether every loop, as it stands, was compiled before and is kept for this processor."""
    if _KEPT.parent not in Path(_folder_in_use() or "").parents or not _KEPT.is_file():
        return False
    return _KEPT.read_text(encoding="utf-8") == _compiler()


def loops_can_be_kept() -> bool:
    """Say whether a folder for them may be written: ours, or else the library's for a user."""
    return _folder_in_use() is not None


def note_loops_kept() -> None:
    """Note that every loop is kept, where our folder may be written."""
    with contextlib.suppress(OSError):
        _KEPT.parent.mkdir(parents=True, exist_ok=True)
        _KEPT.write_text(_compiler(), encoding="utf-8")


def _folder_in_use() -> str | None:
    loop: Any = floats_1
    folder: str | None = loop.stats.cache_path
    return folder


def _compiler() -> str:
    """Return all that tells one compilation from another, the source aside."""
    processor = cpu_target.target_context.codegen().magic_tuple()
    return " ".join(map(str, (edition, sys.implementation.cache_tag, *processor)))


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays at its first call; kept on disk for the next."""
    loop = njit(fastmath=False, error_model="numpy")(function)
    with contextlib.suppress(RuntimeError):  # no folder may be written: then for this process alone
        loop.enable_caching()
    return cast("Function", loop)


class ArrayTable:
    """Tells a compiled loop where arrays lie: their addresses and shapes, as one array of numbers.

    The arrays themselves are held, so that none moves while the table tells of it. A loop reads
    one by its place with :func:`floats_1` and so on.

    Args:
        layout: kind of the numbers and how many dimensions, of each array: ``f2`` is a matrix of
            floats; ``i`` are whole numbers, ``n`` narrow ones, ``b`` flags, ``c`` codes, ``u``
            bits.

    Attributes:
        numbers: address and lengths of each array.

    >>> table = ArrayTable(["f1"])
    >>> table.lay([np.array([1.0, 2.0])])
    True
    >>> float(floats_1(table.numbers, 0)[1])
    2.0
    """

    def __init__(self, layout: Sequence[str]) -> None:
        self._layout = [(np.dtype(_KINDS[told[0]]), int(told[1])) for told in layout]
        self._held: list[NDArray[Any]] = [_NOTHING] * len(layout)
        self.numbers = np.zeros((len(layout), 1 + _MOST_DIMENSIONS), dtype=np.int64)

    def lay(self, arrays: Sequence[NDArray[Any]], *, first: int = 0) -> bool:
        """Tell of these arrays from now on; those that are told of already cost a comparison.

        Args:
            arrays: one after the other of the layout.
            first: place of the first of them; those before and after them stay.

        Returns:
            False if an array is not of the layout, or does not lie row by row without gaps: no
            loop may read the table then.
        """
        if self.tells_of(arrays, first=first):
            return True
        held, layout = self._held, self._layout[first : first + len(arrays)]
        for place, (array, expected) in enumerate(zip(arrays, layout, strict=True), first):
            if array is held[place]:
                continue
            flags = array.flags
            lies = flags.c_contiguous and flags.aligned and flags.writeable
            if (array.dtype, array.ndim) != expected or not lies:
                return False
            self.numbers[place, 0] = array.__array_interface__["data"][0]
            self.numbers[place, 1 : 1 + array.ndim] = array.shape
            held[place] = array
        return True

    def tells_of(self, arrays: Sequence[NDArray[Any]], *, first: int = 0) -> bool:
        """Say whether it is these very arrays that the table tells of, from a place on."""
        held = self._held[first : first + len(arrays)]
        return len(held) == len(arrays) and all(map(is_, held, arrays))


def _pointer_to(kind: Any) -> Any:
    kind_of_pointer: Any = types.CPointer

    @intrinsic
    def pointer(_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return kind_of_pointer(kind)(address), generate

    return pointer


_floats, _integers, _flags = map(_pointer_to, (types.float64, types.int64, types.boolean))
_narrow, _codes, _bits = map(_pointer_to, (types.int32, types.int8, types.uint8))


@compiled
def floats_1(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_floats(table[at, 0]), (table[at, 1],))


@compiled
def floats_2(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_floats(table[at, 0]), (table[at, 1], table[at, 2]))


@compiled
def floats_3(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_floats(table[at, 0]), (table[at, 1], table[at, 2], table[at, 3]))


@compiled
def floats_4(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    shape = (table[at, 1], table[at, 2], table[at, 3], table[at, 4])
    return carray(_floats(table[at, 0]), shape)


@compiled
def integers_1(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_integers(table[at, 0]), (table[at, 1],))


@compiled
def integers_2(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_integers(table[at, 0]), (table[at, 1], table[at, 2]))


@compiled
def integers_3(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_integers(table[at, 0]), (table[at, 1], table[at, 2], table[at, 3]))


@compiled
def narrow_1(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_narrow(table[at, 0]), (table[at, 1],))


@compiled
def narrow_3(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_narrow(table[at, 0]), (table[at, 1], table[at, 2], table[at, 3]))


@compiled
def flags_1(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_flags(table[at, 0]), (table[at, 1],))


@compiled
def flags_2(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_flags(table[at, 0]), (table[at, 1], table[at, 2]))


@compiled
def codes_1(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_codes(table[at, 0]), (table[at, 1],))


@compiled
def codes_2(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_codes(table[at, 0]), (table[at, 1], table[at, 2]))


@compiled
def bits_2(table: Numbers, at: int) -> Any:
    """Return an array of a table."""
    return carray(_bits(table[at, 0]), (table[at, 1], table[at, 2]))
