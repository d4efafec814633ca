"""A process that does not outlive the one that started it (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

OWNER = "TIELINE_OWNER"
"""Environment variable with the process id of the supervisor."""

_PR_SET_PDEATHSIG = 1


def die_with_owner() -> None:
    """Ask the kernel to kill this process when its supervisor ends, however it ends.

    Without a supervisor (a container, a terminal) nothing is asked. The request survives exec.
    """
    owner = os.environ.get(OWNER)
    if owner is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(owner):  # it ended before the kernel was asked
        sys.exit(1)
