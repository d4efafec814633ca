"""A notice in words, for sinks that are read by people. Times are UTC."""

from __future__ import annotations

from connectors.sinks import Notice
from state.moments import from_ns

LONGEST = 500
"""Characters of an outside text that are shown."""


def printable(text: str) -> str:
    r"""Return text as one harmless line: no control, escape or direction character, not too long.

    >>> printable("sold\x1b[2J 5 MW\nINJECTED")
    'sold [2J 5 MW INJECTED'
    """
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def utc(at_ns: int) -> str:
    """Return a time as people read it.

    >>> utc(1_700_000_000_000_000_000)
    '2023-11-14 22:13:20 UTC'
    """
    return f"{from_ns(at_ns):%Y-%m-%d %H:%M:%S} UTC"


def title(notice: Notice) -> str:
    """Return the subject: what happened, and the key, since mail and chat cannot drop a repeat.

    The key is whole however long the headline is.
    """
    replay = "REPLAY " if notice.replay else ""
    change = notice.change.replace("_", " ")
    happened = printable(f"{replay}[{notice.severity.upper()}] {change}: {notice.headline}")
    return f"{happened} ({printable(notice.key)})"


def body(notice: Notice) -> str:
    """Return the lines under the subject; what is empty is left out."""
    lines = [
        _joined(" · ", notice.clause, notice.scope, notice.period),
        _joined(" against limit ", notice.value, notice.limit),
        f"{notice.change.replace('_', ' ')} {utc(notice.at_ns)}, open since {utc(notice.since_ns)}",
        _cause(notice),
        _joined(" ", "run" if notice.run else "", notice.run, "(a replay)" * notice.replay),
        notice.link,
    ]
    return "\n".join(printable(line) for line in lines if line)


def line(notice: Notice) -> str:
    """Return everything on one line."""
    parts = [utc(notice.at_ns), title(notice), *map(printable, (notice.clause, _cause(notice)))]
    return " | ".join(part for part in parts if part)


def _cause(notice: Notice) -> str:
    return f"{'passive' if notice.passive else 'active'}: {notice.cause}" if notice.cause else ""


def _joined(between: str, *parts: str) -> str:
    return between.join(part for part in parts if part)
