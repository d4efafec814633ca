"""Moments: nanoseconds since 1970, in UTC, and the times that people write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS

END_NS = 4_102_444_800 * SECOND_NS
"""2100-01-01, a century short of what 64 bits of ns can tell: no time may be as late."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ns(moment: datetime) -> int:
    """Convert an aware time to nanoseconds since 1970, exact to the microsecond."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND_NS + delta.microseconds * 1000


def from_ns(at_ns: int) -> datetime:
    """Convert nanoseconds since 1970 to an aware UTC time.

    >>> from_ns(to_ns(datetime(2026, 3, 8, 10, tzinfo=UTC))).isoformat()
    '2026-03-08T10:00:00+00:00'
    """
    return _EPOCH + timedelta(microseconds=at_ns // 1000)
