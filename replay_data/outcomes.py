"""What became of the VaRs of the dates before a day, drawn from the model itself.

The company's opening is folded to its first tick. For each of the dates before the day one of the
scenarios of its own history is drawn, each at most once, and is what every book made on that
date; the VaR is that of as many others as the desk's window holds. So books add up to the firm,
horizons to the total, and the model is right by construction: what is missed is chance.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from connectors.log.days import Day
from flows.fold import fold
from replay_data.folder import Contents, write_folder
from replay_data.records import LocalDay, Record
from state.desk import Desk
from state.messages import FIRM, BacktestHistory, Horizon
from state.risk.historical import value_at_risk
from state.risk.portfolio import RiskParameters

Floats = NDArray[np.float64]

OUTCOMES = 250

STREAM = 110
"""The first with which every light of every shipped day is green and no test warns, so that the
alerts of a day are those of its story; chance alone warns somewhere with most others."""

_WHOLE_HISTORY = 5000


def backtest_history(
    manifest: dict[str, object], day: LocalDay, opening: list[Record], seed: int
) -> list[BacktestHistory]:
    """Return an outcome of each of the 250 dates before a day, by node and horizon.

    Args:
        manifest: of the day.
        day: its date.
        opening: without outcomes.
        seed: of what is drawn.
    """
    desk = _opened(manifest, day, opening)
    stated = desk.portfolio.parameters
    desk.portfolio.parameters = RiskParameters(stated.confidence, _WHOLE_HISTORY)
    desk.rebuild_scenarios()
    by_horizon = desk.portfolio.pnl
    pnl = np.concatenate((by_horizon, by_horizon[:1] + by_horizon[1:]))
    drawn = np.random.Generator(np.random.PCG64([seed, STREAM])).permutation(pnl.shape[2])[
        :OUTCOMES
    ]
    var = _struck(pnl, drawn, confidence=stated.confidence, window=stated.window)
    dates = tuple(_dates(day.day))
    return [
        BacktestHistory(
            node=name,
            horizon=horizon,
            dates=dates,
            var_usd=np.round(var[part, node], 2) + 0.0,
            pnl_usd=np.round(pnl[part, node, drawn], 2) + 0.0,
            confidence=stated.confidence,
        )
        for node, name in enumerate([*desk.books, FIRM])
        for part, horizon in enumerate(Horizon)
        if pnl[part, node].any()
    ]


def _opened(manifest: dict[str, object], day: LocalDay, opening: list[Record]) -> Desk:
    with TemporaryDirectory() as root:
        folder = Path(root) / str(manifest["name"])
        write_folder(folder, manifest, day, Contents(opening, [], []))
        company, _ = fold(Day.open(folder), until_ns=day.grid.start_ns)
    return company.desk


def _struck(pnl: Floats, drawn: NDArray[np.int64], *, confidence: float, window: int) -> Floats:
    """Return the VaR of each drawn scenario from the ``window`` that follow it, round the end."""
    count = pnl.shape[2]
    var = np.empty((*pnl.shape[:2], len(drawn)))
    for number, at in enumerate(drawn.tolist()):
        others = (at + 1 + np.arange(min(window, count - 1))) % count
        var[..., number], _ = value_at_risk(pnl[..., others], confidence=confidence)
    return var


def _dates(day: date) -> list[str]:
    return [(day - timedelta(days=back)).isoformat() for back in range(OUTCOMES, 0, -1)]
