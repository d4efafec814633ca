"""One measurement in a process of its own: ``python -m benchmarks.child core W1 '{"books": 5}'``.

Each measurement gets its own process, so that its memory is its own and one engine's threads
cannot slow the next. It answers with one line of JSON.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":  # read when NumPy is imported
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.argv[1:2] != ["peer"]:
        os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")  # as in the product's processes

import subprocess
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import msgspec

from benchmarks.workload import Size
from state.errors import StateError, TielineError

ROOT = Path(__file__).resolve().parents[1]
MOST_SECONDS = 3_600.0
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Two threads over products this small wait for each other: full recomputes are faster with one."""

Answer = TypeVar("Answer", bound=msgspec.Struct)

PARTS = {
    "core": "benchmarks.core",
    "flow": "benchmarks.flow",
    "chain": "benchmarks.chain",
    "peer": "benchmarks.peers.drive",
}
"""What can be measured: the module whose ``measure`` takes a workload or a peer, and a size.

A process imports only its own: the memory of one engine is not that of the others' libraries.
"""


def measure(part: str, name: str, size: Size, answer: type[Answer]) -> Answer:
    """Measure in a process of its own.

    Args:
        part: a name in :data:`PARTS`.
        name: of the workload or the engine.
        size: of the workload.
        answer: what the part returns.

    Raises:
        StateError: the measurement failed; its reason is the process's last line.
    """
    command = [sys.executable, "-m", "benchmarks.child", part, name]
    ended = subprocess.run(
        [*command, msgspec.json.encode(size).decode()],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    if ended.returncode:
        told = ended.stderr.decode(errors="replace").strip().splitlines()
        reason = f"{part} {name} failed: {told[-1] if told else 'it said nothing'}"
        raise StateError(reason)
    return msgspec.json.decode(ended.stdout.splitlines()[-1], type=answer)


def main() -> None:
    """Measure what the command line names, and print the answer."""
    part, name, size = sys.argv[1:4]
    try:
        measured = import_module(PARTS[part]).measure(name, msgspec.json.decode(size, type=Size))
    except TielineError as error:
        sys.exit(str(error))
    sys.stdout.write(msgspec.json.encode(measured).decode() + "\n")
    sys.stdout.flush()
    os._exit(0)  # a peer's own threads may never end


if __name__ == "__main__":
    main()
