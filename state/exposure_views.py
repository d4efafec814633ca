"""Views of what could be lost: under stress, to counterparties, in what is held."""

from __future__ import annotations

from state.exposure_rows import CreditRow, HoldingRow
from state.stress_rows import StressRow
from state.view import View


class StressView(View, kw_only=True, tag="stress"):
    """P&L under every scenario in force, the worst for the firm first.

    Attributes:
        struck_ns: the tick as of which the book was revalued; 0 before the first.
        scenarios: ``name version`` of the files in force.
        nodes: the books, the firm last.
    """

    struck_ns: int
    scenarios: list[str]
    nodes: list[str]
    rows: list[StressRow]


class CreditView(View, kw_only=True, tag="credit"):
    """Current credit exposure, the largest beyond collateral first.

    Attributes:
        receivables_from: market-local date of the first delivery still counted as unpaid.
    """

    rows: list[CreditRow]
    receivables_from: str
    oldest_input_ns: int


class HoldingView(View, kw_only=True, tag="holding"):
    """What is held rather than delivered as energy; a row without a mark is out of value."""

    rows: list[HoldingRow]
