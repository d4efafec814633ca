"""Free ports, for tests that run beside others and beside a real house."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket

import pytest

from flows.settings import PROCESSES

_MOST_WORKERS, _SHARE = 16, 1_360
_ALONE = f"gw{_MOST_WORKERS - 1}"
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", _ALONE).removeprefix("gw")) % _MOST_WORKERS
FIRST = 10_240 + _WORKER * _SHARE
LAST = FIRST + _SHARE
"""Below what a system hands out by itself, and of tests side by side each has its own: nobody takes
one in between."""


def free_port(row: int = 1) -> int:
    """Return a free port of loopback, the first of so many in a row."""
    for _ in range(200):
        port = FIRST + secrets.randbelow(LAST - FIRST - row)
        if all(_is_free(port + number) for number in range(row)):
            return port
    pytest.fail(f"no {row} free ports in a row")


def house_ports() -> dict[str, str]:
    """Return the settings of a house that takes no port of another."""
    first = free_port(2 + len(PROCESSES))
    return {
        "TIELINE_DASHBOARD_PORT": str(first),
        "TIELINE_GATEWAY_PORT": str(first + 1),
        "TIELINE_METRICS_PORT": str(first + 2),
    }


def _is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False
