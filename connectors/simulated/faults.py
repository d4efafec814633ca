"""Faults on order: every so many requests one is answered as on a bad day, each kind in turn."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus


class Fault(StrEnum):
    """What can go wrong with an answer."""

    THROTTLED = "throttled"
    PAGE = "page"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    LATE = "late"
    SILENT = "silent"
    REPEATED = "repeated"
    CORRECTED = "corrected"
    FAILED = "failed"


THROTTLED_PAGE = (
    b"<html><body><p>CAISO Acceptable Use Policy Violation. "
    b"Please retry your request after 5 seconds.</p></body></html>\n"
)
WEB_PAGE = b"<!DOCTYPE html><html><body>The service is being maintained</body></html>\n"


class FaultPlan:
    """Says which request meets which fault.

    Args:
        every: one in so many requests; 0 for none.
        kinds: in turn.

    Attributes:
        met: how many requests met each kind.
    """

    def __init__(self, every: int, kinds: Sequence[Fault] = tuple(Fault)) -> None:
        self._every = every
        self._kinds = itertools.cycle(kinds)
        self._asked = 0
        self._lock = threading.Lock()
        self.met: dict[Fault, int] = dict.fromkeys(kinds, 0)

    def stop(self) -> None:
        """Let every request from now on be answered as it should."""
        with self._lock:
            self._every = 0

    def next(self) -> Fault | None:
        """Return what the next request meets.

        >>> plan = FaultPlan(2, [Fault.EMPTY])
        >>> [plan.next() for _ in range(4)]
        [None, <Fault.EMPTY: 'empty'>, None, <Fault.EMPTY: 'empty'>]
        """
        with self._lock:
            self._asked += 1
            if not self._every or self._asked % self._every:
                return None
            fault = next(self._kinds)
            self.met[fault] += 1
            return fault


def answered(fault: Fault | None, body: bytes | None, before: bytes) -> tuple[HTTPStatus, bytes]:
    """Return status and body of an answer with its fault; a late or silent one is only so.

    Args:
        fault: None on a good day.
        body: that it should have; None where there is nothing at the address.
        before: body of the answer before.
    """
    whole = body or b""
    good = (HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK, whole)
    spoilt = {
        Fault.THROTTLED: (HTTPStatus.TOO_MANY_REQUESTS, THROTTLED_PAGE),
        Fault.FAILED: (HTTPStatus.INTERNAL_SERVER_ERROR, b""),
        Fault.PAGE: (HTTPStatus.OK, WEB_PAGE),
        Fault.EMPTY: (HTTPStatus.OK, b""),
        Fault.TRUNCATED: (HTTPStatus.OK, whole[: len(whole) // 2]),
        Fault.REPEATED: (HTTPStatus.OK, before or whole),
    }
    return good if fault is None else spoilt.get(fault, good)
