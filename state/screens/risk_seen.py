"""What the screens read of VaR and ES."""

from __future__ import annotations

import msgspec

from state.messages import FloatColumn
from state.screens.view import View


class RiskRow(msgspec.Struct, kw_only=True):
    """VaR and ES of one node and horizon, positive = loss, in $.

    Attributes:
        node: a book, or "firm".
        horizon: ``intraday``, ``forward`` or ``total``.
        complete: False when some exposure has no covered factor.
    """

    node: str
    horizon: str
    var_usd: float
    es_usd: float
    complete: bool


class RiskView(View, kw_only=True, tag="risk"):
    """Value at risk, with everything one must know to read it.

    Attributes:
        firm_scenarios_usd: the firm's P&L in each scenario; same order as ``scenario_dates``.
        uncovered: ``factor: exposure`` lines for what the history does not cover.
    """

    method: str
    confidence: float
    holding: str
    window_days: int
    scenarios: int
    scenarios_left_out: int
    history_from: str
    history_to: str
    rows: list[RiskRow]
    scenario_dates: list[str]
    firm_scenarios_usd: FloatColumn
    uncovered: list[str]
    oldest_input_ns: int
