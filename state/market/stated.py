"""What a company states of itself by month or year, figure by figure: no feed tells it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

RETAIL_SALES = "retail_sales"
"""The figure of :class:`~state.messages.RetailSales`, MWh."""


class Stated:
    """Holds what was stated last of each period.

    Attributes:
        edition: grows with every statement.
    """

    def __init__(self) -> None:
        self._figures: dict[str, dict[str, float]] = {}
        self.edition = 0

    def note(self, figure: str, periods: Sequence[str], values: Sequence[float]) -> None:
        """Note a figure of some periods; NaN withdraws what was stated of one.

        >>> stated = Stated()
        >>> stated.note("customers", ["2026-07", "2026-08"], [270_000.0, 271_500.0])
        >>> stated.note("customers", ["2026-07"], [math.nan])
        >>> stated.of("customers")
        {'2026-08': 271500.0}
        """
        own = self._figures.setdefault(figure, {})
        for period, value in zip(periods, values, strict=True):
            own.pop(period, None)
            if not math.isnan(value):
                own[period] = value
        if not own:
            del self._figures[figure]
        self.edition += 1

    def of(self, figure: str) -> Mapping[str, float]:
        """Return what is stated of a figure, by period in the order stated."""
        return self._figures.get(figure, {})

    def snapshot(self) -> dict[str, dict[str, float]]:
        """Return what :meth:`restore` needs."""
        return self._figures

    def restore(self, saved: dict[str, dict[str, float]]) -> None:
        """Take over a snapshot."""
        self._figures = {figure: dict(own) for figure, own in saved.items()}
