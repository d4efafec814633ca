"""One line of the backtest as the screens read it."""

from __future__ import annotations

import msgspec


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
