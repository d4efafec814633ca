"""What the desk checks itself by, on the clock: the backtest of its VaR and the drift of its sums.

Nothing of it is a cost of a message: a tick before the next due time is one comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from state.backtest import Backtest
from state.drift import compare as drift
from state.drift.rounds import DriftRound
from state.limits.reading import Cause, Reading
from state.messages import FIRM, BacktestHistory
from state.moments import HOUR_NS
from state.risk.outcomes import Series, Verdict, verdict_of
from state.risk.portfolio import HORIZONS, TOTAL
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.desk import Desk


class Controls:
    """Runs the checks when they are due, and holds what they find against the limits.

    Attributes:
        backtest: the VaRs struck, and what became of them.
        stale_views: views that changed since they were last taken.
        due_ns: before when :meth:`tick` finds nothing to do; not saved.
    """

    def __init__(self) -> None:
        self.backtest = Backtest()
        self.stale_views: set[str] = set()
        self._unread = True
        self._round = DriftRound()
        self._recompute_ns = 0
        self.due_ns = 0

    def tick(self, desk: Desk, at_ns: int, position: int) -> list[Transition]:
        """Do what is due; return the transitions it caused."""
        if at_ns < self.due_ns:
            return []
        if self.backtest.tick(desk, at_ns):
            self._unread = True
            self.stale_views.add("backtest")
        transitions = self._read_backtest(desk, at_ns, position) if self._unread else []
        self._unread = False
        transitions += self._recompute(desk, at_ns, position)
        slice_ns = self._round.next_ns if self._round.running else self._recompute_ns
        self.due_ns = min(self.backtest.next_due_ns(desk), self._recompute_ns, slice_ns)
        return transitions

    def read_anew(self) -> None:
        """Hold everything against the limits at the next tick: they, or the books, changed."""
        self._unread = True
        self._recompute_ns = self.due_ns = 0

    def bring(self, history: BacktestHistory, books: list[str]) -> None:
        """Take in outcomes from before the log."""
        self.backtest.outcomes.bring(
            history.dates,
            horizon=HORIZONS.index(history.horizon),
            node=[*books, FIRM].index(history.node),
            var_usd=history.var_usd,
            pnl_usd=history.pnl_usd,
            confidence=history.confidence,
        )
        self.stale_views.add("backtest")
        self.read_anew()

    def grow(self, books: int) -> None:
        """Make room for more books."""
        self.backtest.outcomes.grow(books + 1)
        self.read_anew()

    def drain_views(self) -> set[str]:
        """Return the views that changed since the last call."""
        stale, self.stale_views = self.stale_views, set()
        return stale

    def series(self, desk: Desk, horizon: int, node: int) -> Series:
        """Return the outcomes tested of a node (the firm is the last) and horizon."""
        outcomes, confidence = self.backtest.outcomes, desk.portfolio.parameters.confidence
        return outcomes.series(horizon=horizon, node=node, confidence=confidence)

    def verdict(self, desk: Desk, horizon: int, node: int) -> Verdict:
        """Return what the tests say of the VaR of a node (the firm is the last) and horizon."""
        series = self.series(desk, horizon, node)
        return verdict_of(series, desk.portfolio.parameters.confidence)

    def _read_backtest(self, desk: Desk, at_ns: int, position: int) -> list[Transition]:
        names = [*desk.books, FIRM]
        verdicts = [self.verdict(desk, TOTAL, node) for node in range(len(names))]
        dates = self.backtest.outcomes.dates
        cause = Cause(
            kind="backtest",
            key=f"backtest/{dates[-1] if dates else ''}",
            text=f"the outcome of the VaR of {dates[-1]}" if dates else "no outcome of a VaR yet",
        )
        sure = [1.0 - verdict.both.p_value for verdict in verdicts]
        likely = [verdict.cumulative for verdict in verdicts]
        return [
            transition
            for figure, values in (("var_exceptions", likely), ("var_conditional_coverage", sure))
            for transition in desk.alerts.read(
                _reading(figure, names, values, verdicts), cause, at_ns, position
            )
        ]

    def _recompute(self, desk: Desk, at_ns: int, position: int) -> list[Transition]:
        """Compare with a recompute, slice by slice from the hour on, where a limit asks for it."""
        if at_ns >= self._recompute_ns:
            self._recompute_ns = (at_ns // HOUR_NS + 1) * HOUR_NS
            if any(desk.alerts.marks("drift", figure) for figure in drift.FIGURES):
                self._round.begin(at_ns)
        if not self._round.running or at_ns < self._round.next_ns:
            return []
        found = self._round.step(desk, at_ns)
        if found is None:
            return []
        self.stale_views.add("limits")
        return desk.alerts.read(drift.reading_of(found), drift.cause_of(found), at_ns, position)

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {
            "backtest": self.backtest.snapshot(),
            "unread": self._unread,
            "recompute_ns": self._recompute_ns,
            "round": self._round.snapshot(),
        }

    def restore(self, saved: dict[str, Any], books: int) -> None:
        """Take over a snapshot."""
        self.grow(books)
        self.backtest.restore(saved["backtest"])
        self._unread = saved["unread"]
        self._recompute_ns = saved["recompute_ns"]
        self._round.restore(saved["round"])


def _reading(
    figure: str, names: list[str], values: list[float], verdicts: list[Verdict]
) -> Reading:
    count = len(names)
    enough = [verdict.applies for verdict in verdicts]
    return Reading(
        figure=figure,
        unit="probability",
        scopes=tuple(names),
        periods=("",) * count,
        period_starts_ns=(0,) * count,
        period_ends_ns=(0,) * count,
        values=np.array(values),
        unknown=tuple(verdict.reason if verdict.applies else "" for verdict in verdicts),
        applicable=np.array(enough, dtype=np.bool_),
        inputs=("",) * count,
    )
