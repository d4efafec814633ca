"""What the screens read of P&L."""

from __future__ import annotations

import msgspec

from state.arrays import Matrix
from state.screens.view import View


class BookPnl(msgspec.Struct, kw_only=True):
    """P&L of one book since market-local midnight, in $; ``book`` is "firm" for the sum."""

    book: str
    today_usd: float
    realised_usd: float
    unrealised_usd: float
    corrections_usd: float
    value_usd: float  # cumulative: all value and cash since the log began
    estimated: str
    """Which parts are estimates: "load price estimated", "marked at DA", … or empty."""
    unknown: str = ""
    """Why what was gained today is not known, whatever the numbers say; empty where it is."""


class PnlView(View, kw_only=True, tag="pnl"):
    """P&L by book.

    Attributes:
        oldest_input_ns: receipt time of the oldest price in it.
    """

    books: list[BookPnl]
    oldest_input_ns: int


class PnlCurveView(View, kw_only=True, tag="pnl_curve"):
    """Today's P&L of each book and of the firm as it was at each settlement interval, in $.

    Attributes:
        books: of the rows; "firm" is the sum.
        at_ns: times of the points.
        total, realised: shape (books + firm, points); NaN where P&L was not known.
        market: the company's first, at whose midnight the curve begins.
    """

    books: list[str]
    at_ns: list[int]
    total: Matrix
    realised: Matrix
    market: str = ""
