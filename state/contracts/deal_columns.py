"""Deals that follow one another, field by field: what is asked of all of them is asked once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from state.arrays import Numbers
from state.messages import Trade

_VALUE = attrgetter("_value_")


class DealColumns:
    """The fields of trades.

    Args:
        deals: trades, not of the kind with terms.
        told: what they say, where that is known.

    Attributes:
        told: what they say, by field.
    """

    def __init__(
        self, deals: Sequence[Trade], told: dict[str, tuple[Any, ...]] | None = None
    ) -> None:
        self.deals = deals
        self.told: dict[str, tuple[Any, ...]] = _told(deals) if told is None else told

    def __len__(self) -> int:
        return len(self.deals)

    def part(self, begin: int, end: int) -> DealColumns:
        """Return some of them."""
        told = {field: column[begin:end] for field, column in self.told.items()}
        return DealColumns(self.deals[begin:end], told)

    @cached_property
    def identities(self) -> list[str]:
        """The contracts, whatever their version."""
        pairs = zip(self.told["source"], self.told["trade"], strict=True)
        return [f"{source}/{trade}" for source, trade in pairs]

    @cached_property
    def hashes(self) -> Numbers:
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


def _told(deals: Sequence[Trade]) -> dict[str, tuple[Any, ...]]:
    fields = zip(*map(msgspec.structs.astuple, deals), strict=True)
    return dict(zip(Trade.__struct_fields__, fields, strict=True))
