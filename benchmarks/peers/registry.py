"""The peers: a new one is one file and one line here."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import cast

from benchmarks.peers.peer import Peer

EXTRA = "pip install '.[peers]' in a checkout"


@dataclass(frozen=True)
class PeerKind:
    """A peer, and how much of the workload it is given.

    Attributes:
        module, kind: of the class in ``benchmarks.peers``.
        needs: the distribution behind it, empty for none.
        publications: it is given at most.
        trades_between: two of them, at most.
        seconds: after which no further event begins.
        lacks: says why it cannot run although its distribution is there.
    """

    module: str
    kind: str
    needs: str
    publications: int
    trades_between: int
    seconds: float = 30.0
    lacks: Callable[[], str] = lambda: ""

    def missing(self) -> str:
        """Say why it cannot run here; empty when it can."""
        if self.needs and find_spec(self.needs.replace("-", "_")) is None:
            return f"{self.needs} is not installed: {EXTRA}"
        return self.lacks()

    def make(self) -> Peer:
        """Return a new engine."""
        return cast("Peer", getattr(import_module(f"benchmarks.peers.{self.module}"), self.kind)())

    def version(self) -> str:
        """Return the version of what is behind it."""
        if self.needs:
            return f"{self.needs} {metadata.version(self.needs)}"
        return "" if self.kind != "CLoop" else _compiler()


def _compiler() -> str:
    from benchmarks.peers.c_loop import compiler  # noqa: PLC0415 - only where it is asked for

    return compiler()


def _no_compiler() -> str:
    return "" if _compiler() else "no C compiler was found: install cc, or name it in $CC"


def _no_java() -> str:
    return "" if shutil.which("java") else "Deephaven needs Java 17 on the path"


PEERS: dict[str, PeerKind] = {
    "C loop": PeerKind("c_loop", "CLoop", "", 288, 200, lacks=_no_compiler),
    "NumPy": PeerKind("numpy_full", "NumpyFull", "numpy", 12, 60),
    "Polars": PeerKind("polars_full", "PolarsFull", "polars", 5, 40),
    "pandas": PeerKind("pandas_full", "PandasFull", "pandas", 3, 12),
    "DuckDB": PeerKind("duckdb_full", "DuckdbFull", "duckdb", 3, 20),
    "Pathway": PeerKind("pathway_stream", "PathwayStream", "pathway", 4, 40, seconds=60.0),
    "Deephaven": PeerKind(
        "deephaven_stream", "DeephavenStream", "deephaven-server", 4, 40, seconds=60.0,
        lacks=_no_java,
    ),
}  # fmt: skip
"""By name, in the order in which they run and are shown."""
