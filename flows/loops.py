"""Compile what is compiled before anything starts: what waits for it does not come ready in time.

Installing does it. After an update, with another processor or another compiler it is done anew.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from flows.house import complain
from flows.owned import die_with_owner
from flows.supervise import ProcessSpec, StartError, Supervisor
from state.compiled import loops_are_kept, loops_can_be_kept

LONGEST_SECONDS = 900.0
"""How long compiling may take: a slow machine that does something else needs two minutes."""

COMMAND = (sys.executable, "-m", "flows.loops")
"""Compiles in a process of its own: what a compiler takes of memory ends with it."""

_ROOT = Path(__file__).resolve().parents[1]


def keep_loops(folder: Path, say: Callable[[str], None]) -> bool:
    """Compile every loop in a process of its own, unless all are kept as they stand.

    Args:
        folder: where the process is noted while it runs.
        say: told before, and after.

    Returns:
        Whether to go on; False where a stop was asked for.

    Raises:
        StartError: it failed, with what it said last, or no folder can be written.
    """
    if loops_are_kept():
        return True
    if not loops_can_be_kept():
        reason = "compiled loops cannot be kept: name a folder to write in NUMBA_CACHE_DIR"
        raise StartError(reason)
    say("compiling what makes it fast, once for this version: half a minute to a minute ...")

    def missing() -> str:
        if supervisor.restarts["loops"]:
            reason = "the loops cannot be compiled; mend what its own lines above say"
            raise StartError(reason)
        return "" if "loops" in supervisor.finished else "still compiling"

    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    spec = ProcessSpec(
        name="loops",
        command=COMMAND,
        environment={"PYTHONPATH": path},
        missing=missing,
        ready_seconds=LONGEST_SECONDS,
    )
    supervisor = Supervisor([spec], pid_file=folder / "loops.json", pass_lines=complain)
    supervisor.stop_on_signals()
    try:
        supervisor.start()
    finally:
        supervisor.stop()
    if supervisor.stopping:
        return False
    say("compiled; the next start does not wait for it")
    return True


def _compile() -> None:
    from state.warm import load_loops  # noqa: PLC0415 - imports the whole core

    die_with_owner()
    load_loops()


if __name__ == "__main__":
    _compile()
