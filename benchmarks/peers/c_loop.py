"""The C loop: W1 kept current by hand in ``c_loop.c``, one call an event through ctypes.

It holds no trade record, takes nothing back, checks nothing and explains nothing; it is the limit
to compare with rather than an alternative.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.marked_day import Marks
from benchmarks.marked_day_recompute import tail_count
from benchmarks.peers.dense import Dense
from benchmarks.peers.peer import CONFIDENCE, PeerFigures, PeerTrade, Synchronous
from benchmarks.workload import HOURS
from state.arrays import Floats

_SOURCE = Path(__file__).with_suffix(".c")
_FLAGS = ("-O3", "-march=native", "-ffast-math", "-shared", "-fPIC")


def compiler() -> str:
    """Return the C compiler's path, or an empty text: ``$CC``, else cc, gcc or clang."""
    wanted = (os.environ.get("CC", ""), "cc", "gcc", "clang")
    return next(filter(None, (shutil.which(name) for name in wanted if name)), "")


class _Desk(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in
          ("books", "nodes", "hours", "scenarios", "factors", "tail")),
        *((name, ctypes.c_void_p) for name in
          ("held", "open", "mark", "value", "shock", "pnl", "var", "moved",
           "var_limit", "stop_loss", "var_over", "loss_over")),
    )  # fmt: skip


class CLoop(Synchronous):
    """Calls the compiled loop."""

    def load(self, marks: Marks) -> None:
        """Compile, and sum what is held into dense arrays."""
        self._dense = Dense(marks)
        self._bind(marks)

    def _bind(self, marks: Marks) -> None:
        size, books = marks.size, marks.size.books
        var_over, loss_over = np.zeros((2, books), dtype=np.uint8)
        own = self._dense
        self._kept = [
            own.held, own.open, own.mark, own.value, own.shock, own.pnl, own.var,
            np.empty(size.nodes), marks.var_limit_usd, marks.stop_loss_usd, var_over, loss_over,
        ]  # fmt: skip
        tail = tail_count(size.scenarios, CONFIDENCE)
        numbers = (books, size.nodes, HOURS, size.scenarios, len(own.shock), tail)
        self._desk = _Desk(*numbers, *(array.ctypes.data for array in self._kept))
        self._at = ctypes.c_void_p(ctypes.addressof(self._desk))
        library = _compiled()
        whole, real, pointer = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
        self._trade, self._publish = library.trade, library.publish
        self._trade.argtypes = [pointer, whole, whole, whole, whole, real, real]
        self._publish.argtypes = [pointer, whole, pointer]
        self._trade.restype = self._publish.restype = None

    def publish(self, hour: int, price: Floats) -> None:
        """Call the loop over one hour's prices."""
        self._publish(self._at, hour, price.ctypes.data)

    def trade(self, trade: PeerTrade) -> None:
        """Call the loop with one trade."""
        self._trade(self._at, *trade)

    def figures(self) -> PeerFigures:
        """Return the figures."""
        return self._dense.figures()


def _compiled() -> ctypes.CDLL:
    with tempfile.TemporaryDirectory(prefix="tieline-bench-") as folder:
        library = Path(folder) / "c_loop.so"
        command = [compiler(), *_FLAGS, "-o", str(library), str(_SOURCE)]
        subprocess.run(command, check=True, capture_output=True)
        return ctypes.CDLL(str(library))
