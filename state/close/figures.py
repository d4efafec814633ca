"""The figures of a day that are closed: P&L, value, open position and VaR, by book and firm.

While the day runs they are what the screens show. Once it is over, P&L and value are those of its
end and what corrections restated since; open position and VaR, which look ahead, stay those of
its end (docs/close.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from state.alerts.readings import var_reasons
from state.market.hours import hour_figures
from state.market.valuation import with_firm
from state.messages import FloatColumn
from state.risk.portfolio import TOTAL

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook


class DayFigures(NamedTuple):
    """Figures of one day by book, the firm last; NaN is not known.

    Attributes:
        pnl_usd: P&L of the market day, $.
        value_usd: value and cash since the log began, as of the day, $.
        open_mwh: open from the moment on, today and tomorrow and beyond, MWh, + long.
        var_usd: VaR of both horizons together, a loss positive, $.
        untold: why P&L is not known; empty where it is, and of all where it is of all.
    """

    pnl_usd: FloatColumn
    value_usd: FloatColumn
    open_mwh: FloatColumn
    var_usd: FloatColumn
    untold: tuple[str, ...] = ()


def open_mwh(desk: Desk) -> FloatColumn:
    """Return what is open from now on, MWh by book, the firm last, + long."""
    total = np.zeros(len(desk.books))
    for market in desk.markets.values():
        _add_days(market, total)
        forward = market.forward
        if forward is not None:
            for (book, _, _), row in forward.keys.items():
                total[book] += float(np.add.reduce(forward.mwh[row]))
    return with_firm(total)


def _add_days(market: MarketBook, total: FloatColumn) -> None:
    for _, day in market.open_days():
        left = np.ones(day.day.intervals)
        left[: day.delivered] = 0.0
        count = np.add.reduce(left.reshape(day.day.hours, day.day.per_hour), axis=1)
        figures = hour_figures(day, market.tables)
        mwh = np.add.reduce(figures.open_mw * (count * day.hours_per_interval), axis=1)
        for (book, _), held in zip(figures.holders, mwh.tolist(), strict=True):
            total[book] += held


def var_usd(desk: Desk) -> FloatColumn:
    """Return VaR of both horizons, $ by book, the firm last; NaN where not all is covered."""
    var, _ = desk.portfolio.figures()
    known = [not reason for reason in var_reasons(desk.portfolio)]
    return np.where(known, var[TOTAL], np.nan)


def widened(column: FloatColumn, books: int) -> FloatColumn:
    """Return figures by book and firm with room for books that came since; they had none.

    >>> widened(np.array([1.0, 1.0]), 2).tolist()
    [1.0, 0.0, 1.0]
    """
    return np.concatenate((column[:-1], np.zeros(books + 1 - len(column)), column[-1:]))
