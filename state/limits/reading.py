"""What the desk hands to the limits whenever a figure changed: a reading, and its cause."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from state.arrays import Flags, Floats

Identity = tuple[str, str, str]
"""Limit id, scope and period: what an instance of a limit and its case are known by."""

FEED_SEPARATOR = ","
"""Separates the feeds of one instance in :attr:`Reading.inputs`."""


class Reading(msgspec.Struct, frozen=True):
    """A figure as it stands, one instance a (scope, period); all columns have one length.

    A reading may hold some of a figure's instances; the others stay as they were. Instances
    whose period has ended are ignored.

    Attributes:
        figure: what was measured; ``state.limits.RULES`` says which rules read it.
        unit: unit of ``values``; must be the unit of the rules that read the figure.
        scopes: book, ``firm``, location or feed (a market's feed is ``market/RUN``).
        periods: what the value is about (``2026-09-08 HE19``, ``2026-09-08``), empty if nothing.
        period_starts_ns, period_ends_ns: edges of the period; an end of 0 never comes.
        values: NaN counts as unknown.
        unknown: why an instance cannot be trusted; empty where it can.
        applicable: False where the limit has nothing to bind (obligation of 0 or less); counts
            only where nothing is unknown.
        inputs: feeds each instance stands on, joined by commas; empty if none.
    """

    figure: str
    unit: str
    scopes: tuple[str, ...]
    periods: tuple[str, ...]
    period_starts_ns: tuple[int, ...]
    period_ends_ns: tuple[int, ...]
    values: Floats
    unknown: tuple[str, ...]
    applicable: Flags
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Cause:
    """The message behind a reading.

    Attributes:
        kind: what moved the value, the word of the attribution (``price``, ``trade``, …).
        key: the message's business key.
        text: the same in words.
        active: True for a trade or an adjustment; prices, forecasts and time are passive.
    """

    kind: str
    key: str
    text: str
    active: bool = False
