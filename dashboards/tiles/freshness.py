"""How fresh the feeds behind a figure are: its worst one counts."""

from __future__ import annotations

from dashboards.frame import Frame

_WORSE = ("fresh", "late", "stale")


def worst_feed(frame: Frame, market: str = "") -> str:
    """Return ``fresh``, ``late`` or ``stale`` of a market's feeds, or of all; empty for none.

    A feed that is still awaited does not count: what it will bring is shown as waiting.
    """
    rows = frame.feeds.feeds if frame.feeds else []
    states = {row.state for row in rows if market in {"", row.market}}
    known = [state for state in _WORSE if state in states]
    return known[-1] if known else ""
