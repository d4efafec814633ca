"""Readings side by side, so that one compiled loop holds all of them against the limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from state.arrays import Codes
from state.limits.reading import Reading
from state.limits.settling import KNOWN, NOT_APPLICABLE, UNKNOWN
from state.messages import FloatColumn


class Sheet:
    """Holds the values of several readings in one array.

    Whoever made it goes on to write values and claims in place; what else changes of a reading
    (scopes, periods, reasons, feeds) takes another sheet.

    Args:
        readings: side by side.
        name: what limits know the sheet by that is laid out once.

    Attributes:
        readings: in the order in which they are read; their own values are those of the start.
        values: one reading behind the other.
        claims: what each reading says lies over its value: that it is ``KNOWN``,
            ``UNKNOWN``, or that there is nothing it binds (``NOT_APPLICABLE``).
        firsts: where each reading begins.
    """

    def __init__(self, readings: Sequence[Reading], name: str = "") -> None:
        self.name = name
        self.readings = tuple(readings)
        self.values = np.concatenate([np.zeros(0), *(each.values for each in readings)])
        self.claims = np.concatenate([np.zeros(0, dtype=np.int8), *map(claims_of, readings)])
        sizes = [0, *(len(each.values) for each in readings)]
        self.firsts: list[int] = np.cumsum(sizes).tolist()

    def values_of(self, number: int) -> FloatColumn:
        """Return where the values of a reading are written."""
        return self.values[self.firsts[number] : self.firsts[number + 1]]

    def claims_of(self, number: int) -> Codes:
        """Return where the claims of a reading are written."""
        return self.claims[self.firsts[number] : self.firsts[number + 1]]


def claims_of(reading: Reading) -> Codes:
    """Return what a reading says lies over its values.

    What cannot be trusted is unknown, even where it claims that nothing applies.
    """
    claims = np.where(reading.applicable, KNOWN, NOT_APPLICABLE).astype(np.int8)
    if any(reading.unknown):
        claims[[bool(reason) for reason in reading.unknown]] = UNKNOWN
    return claims
