"""Deals that follow one another, field by field: what is asked of all of them is asked once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from state.messages import Trade

_VALUE = attrgetter("_value_")


class DealColumns:
    """The fields of trades.

    Args:
        deals: trades, not of the kind with terms.

    Attributes:
        told: what they say, by field.
    """

    def __init__(self, deals: Sequence[Trade]) -> None:
        self.deals = deals
        fields = zip(*map(msgspec.structs.astuple, deals), strict=True)
        self.told: dict[str, Sequence[Any]] = dict(
            zip(Trade.__struct_fields__, fields, strict=True)
        )

    def __len__(self) -> int:
        return len(self.deals)

    def part(self, begin: int, end: int) -> DealColumns:
        """Return some of them."""
        return DealColumns(self.deals[begin:end])

    @cached_property
    def identities(self) -> list[str]:
        """The contracts, whatever their version."""
        pairs = zip(self.told["source"], self.told["trade"], strict=True)
        return [f"{source}/{trade}" for source, trade in pairs]

    @cached_property
    def hashes(self) -> NDArray[np.int64]:
        """Of the identities."""
        return np.fromiter(map(hash, self.identities), dtype=np.int64, count=len(self.deals))

    @property
    def periods(self) -> Iterator[tuple[int, int]]:
        """The delivery periods."""
        told = self.told
        return zip(told["delivery_start_ns"], told["delivery_end_ns"], strict=True)

    @property
    def keys(self) -> Iterator[tuple[Any, ...]]:
        """What tells their forms (``state.contracts.columns``), taken to be without profiles."""
        told = self.told
        return zip(
            told["source"],
            map(_VALUE, told["action"]),
            told["product"],
            told["market"],
            map(_VALUE, told["settles_at"]),
            map(_VALUE, told["block"]),
            told["trader"],
            told["resource"],
            [False] * len(self.deals),
            strict=True,
        )

    # What may be wrong ---------------------------------------------------------------------------

    @property
    def leading_new(self) -> int:
        """How many come before one of the same contract as another among them."""
        names = self.identities
        if len(set(names)) == len(names):
            return len(names)
        first = {name: at for at, name in reversed(list(enumerate(names)))}
        return next(at for at, name in enumerate(names) if first[name] != at)

    def leading_sound(self, most: float, end_ns: int, most_version: int) -> int:
        """Return how many come before one with something wrong.

        Args:
            most: MW and $/MWh.
            end_ns: before which all times are.
            most_version: that a row can tell.
        """
        told = self.told
        within: list[tuple[Sequence[float], float, float]] = [
            (told["executed_at_ns"], 0, end_ns - 1),
            (told["received_at_ns"], 0, end_ns - 1),
            (told["quantity_mw"], -most, most),
            (told["price_usd_per_mwh"], -most, most),
            (told["version"], -most_version, most_version),
            (list(map(len, told["profile_mw"])), 0, 0),
            (list(map(len, map(str.strip, told["trade"]))), 1, math.inf),
        ]
        return min(_leading(*each) for each in within)


def _leading(values: Sequence[float], least: float, most: float) -> int:
    """Return how many numbers come before one that is not between two.

    >>> _leading([1.0, 2.0, float("nan"), 1.0], 0.0, 3.0)
    2
    """
    fits = [least <= value <= most for value in values]
    return len(fits) if all(fits) else fits.index(False)
