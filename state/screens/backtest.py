"""The view of the backtest: what it found of the VaR."""

from __future__ import annotations

import numpy as np

from state.desk import Desk
from state.messages import FIRM
from state.risk.outcomes import LEAST_DAYS, TESTED_DAYS, Verdict
from state.risk.portfolio import HORIZONS, TOTAL
from state.screens.backtest_seen import BacktestRow, BacktestView

_HOLDING = "intraday: until what was exposed is priced; forward: until the next midnight"


def backtest_view(desk: Desk) -> BacktestView:
    """Show the backtest of every node and horizon, and the firm day by day."""
    names = [*desk.books, FIRM]
    confidence = desk.portfolio.parameters.confidence
    firm = desk.controls.series(desk, TOTAL, len(names) - 1)
    return BacktestView(
        confidence=confidence,
        tested_days=TESTED_DAYS,
        least_days=LEAST_DAYS,
        holding=_HOLDING,
        rows=[
            _row(name, horizon, desk.controls.verdict(desk, part, node))
            for node, name in enumerate(names)
            for part, horizon in enumerate(HORIZONS)
        ],
        dates=list(firm.dates),
        firm_var_usd=np.where(firm.known, firm.var_usd, np.nan),
        firm_pnl_usd=np.where(firm.known, firm.pnl_usd, np.nan),
    )


def _row(node: str, horizon: str, verdict: Verdict) -> BacktestRow:
    reason = verdict.reason if verdict.applies else ""
    state = "unknown" if reason else "tested" if verdict.applies else "too few"
    return BacktestRow(
        node=node,
        horizon=horizon,
        state=state,
        reason=reason,
        days=verdict.days,
        unknown=verdict.unknown,
        exceptions=verdict.exceptions,
        expected=verdict.expected,
        light=str(verdict.light) if state == "tested" else "",
        number=verdict.number.p_value,
        number_ratio=verdict.number.statistic,
        clusters=verdict.clusters.p_value,
        clusters_ratio=verdict.clusters.statistic,
        both=verdict.both.p_value,
        both_ratio=verdict.both.statistic,
    )
