"""What the screens read of the backtest of the VaR."""

from __future__ import annotations

import msgspec

from state.messages import FloatColumn
from state.screens.view import View


class BacktestRow(msgspec.Struct, kw_only=True):
    """The backtest of the VaR of one node and horizon; statistics are NaN without a day.

    Attributes:
        node: a book, or "firm".
        horizon: ``intraday``, ``forward`` or ``total``.
        state: ``tested``, ``too few`` (days) or ``unknown`` (too many days were not observed).
        reason: why it is unknown.
        light: ``green``, ``yellow`` or ``red``; empty unless tested.
        number, clusters, both: p-values of Kupiec's POF and Christoffersen's independence and
            conditional coverage; ``*_ratio`` the likelihood ratios.
    """

    node: str
    horizon: str
    state: str
    reason: str
    days: int
    unknown: int
    exceptions: int
    expected: float
    light: str
    number: float
    number_ratio: float
    clusters: float
    clusters_ratio: float
    both: float
    both_ratio: float


class BacktestView(View, kw_only=True, tag="backtest"):
    """Whether the VaR is honest: what became of it, day by day.

    Attributes:
        least_days: fewer are not tested.
        holding: over which period each horizon's P&L is observed.
        dates: of the strip, ascending.
        firm_var_usd, firm_pnl_usd: the firm's, both horizons together; NaN where not observed.
    """

    confidence: float
    tested_days: int
    least_days: int
    holding: str
    rows: list[BacktestRow]
    dates: list[str]
    firm_var_usd: FloatColumn
    firm_pnl_usd: FloatColumn
