"""Take the terminal, so that Ctrl-C reaches this process and not `make` above it.

`make` ends by the signal it receives, whatever its command does; a command that is its own
foreground group lets `make up` end with the command's exit code.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def foreground() -> Iterator[None]:
    """Be the terminal's foreground group while the block runs.

    Without a terminal, in the background, or directly under a shell nothing needs to change.
    """
    terminal = _terminal()
    group = os.getpgrp()
    if terminal is None or group == os.getpid() or os.tcgetpgrp(terminal) != group:
        yield
        return
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # we may be in the background for a moment
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # nobody above us would notice a stop
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpid())
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.tcsetpgrp(terminal, group)


def _terminal() -> int | None:
    try:
        return sys.stdin.fileno() if sys.stdin.isatty() else None
    except (AttributeError, ValueError, OSError):
        return None
