"""What the store said at one moment, as every screen sees it: immutable, and dated.

A frame also knows how far it may be trusted: :class:`Standing` says whether the run is live, a
replay, paused, over, stale or out of reach.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from dashboards import formats
from state.explain.views import ExplainPointsView, ExplainView, ShownView
from state.messages import FIRM
from state.moments import SECOND_NS
from state.screens.backtest_seen import BacktestView
from state.screens.cases_seen import CaseView
from state.screens.checks_seen import CheckView
from state.screens.clock_seen import ClockView
from state.screens.close_seen import CloseView
from state.screens.contributions_seen import ContributionView
from state.screens.credit_seen import CreditView
from state.screens.feeds_seen import FeedView
from state.screens.hedges_seen import HedgeView
from state.screens.limits_seen import LimitView
from state.screens.nop_seen import NopView
from state.screens.performance_seen import PerformanceView
from state.screens.pnl_seen import BookPnl, PnlCurveView, PnlView
from state.screens.policy_seen import PolicyView
from state.screens.positions_seen import PositionView
from state.screens.prices_seen import PriceView
from state.screens.risk_seen import RiskView
from state.screens.stress_seen import StressView
from state.screens.views import Transition
from state.store import StoredLetter

V = TypeVar("V")


class Standing(StrEnum):
    """How far what is shown may be trusted."""

    WAITING = "waiting"
    LIVE = "live"
    REPLAY = "replay"
    PAUSED = "paused"
    ENDED = "ended"
    STALE = "stale"
    UNREACHABLE = "unreachable"


NOT_NOW = frozenset({Standing.STALE, Standing.UNREACHABLE})
"""Standings in which no figure may look current."""

_STANDING_OF_PHASE = {"paused": Standing.PAUSED, "ended": Standing.ENDED}


@dataclass(frozen=True, eq=False)
class Frame:
    """Everything a screen shows, from one reading of the store; equal only to itself.

    Attributes:
        position: log position of the newest view.
        views: by name.
        faults: views that could not be read, with the reason.
        transitions: the newest entries of the alert stream, oldest first.
        tick_age_seconds: wall time since the clock last moved.
        unreachable_since: wall time, UTC, when the store went away; None while it answers.
        read_at: wall time, UTC, of the last reading that succeeded.
    """

    run: str = ""
    position: int = 0
    views: Mapping[str, ShownView] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    last_letter: StoredLetter | None = None
    tick_age_seconds: float = 0.0
    stale_after_seconds: float = 10.0
    unreachable_since: dt.datetime | None = None
    read_at: dt.datetime | None = None

    def _named(self, name: str, kind: type[V]) -> V | None:
        view = self.views.get(name)
        return view if isinstance(view, kind) else None

    def _all(self, kind: type[V]) -> list[V]:
        return [view for _, view in sorted(self.views.items()) if isinstance(view, kind)]

    @property
    def clock(self) -> ClockView | None:
        """Where the fold stands."""
        return self._named("clock", ClockView)

    @property
    def pnl(self) -> PnlView | None:
        """P&L by book."""
        return self._named("pnl", PnlView)

    @property
    def firm_pnl(self) -> BookPnl | None:
        """P&L of the firm."""
        books = self.pnl.books if self.pnl else ()
        return next((book for book in books if book.book == FIRM), None)

    @property
    def pnl_curve(self) -> PnlCurveView | None:
        """Today's P&L as a curve."""
        return self._named("pnl_curve", PnlCurveView)

    @property
    def risk(self) -> RiskView | None:
        """VaR and its scenarios."""
        return self._named("risk", RiskView)

    @property
    def stress(self) -> StressView | None:
        """P&L under the stress scenarios."""
        return self._named("stress", StressView)

    @property
    def credit(self) -> CreditView | None:
        """What every counterparty would owe."""
        return self._named("credit", CreditView)

    @property
    def nop(self) -> NopView | None:
        """The net open positions by period."""
        return self._named("nop", NopView)

    @property
    def hedges(self) -> HedgeView | None:
        """Ways out of tolerances that were asked for, newest first."""
        return self._named("hedges", HedgeView)

    @property
    def close(self) -> CloseView | None:
        """The official close of the last day that was closed, or that ended."""
        return self._named("close", CloseView)

    @property
    def performance(self) -> PerformanceView | None:
        """How the running day performs."""
        return self._named("performance", PerformanceView)

    @property
    def checks(self) -> CheckView | None:
        """The newest checks before trades."""
        return self._named("checks", CheckView)

    @property
    def policy(self) -> PolicyView | None:
        """Every clause of the policies in force."""
        return self._named("policy", PolicyView)

    @property
    def contributions(self) -> ContributionView | None:
        """Where the firm's risk comes from."""
        return self._named("contributions", ContributionView)

    @property
    def backtest(self) -> BacktestView | None:
        """What became of the VaRs struck."""
        return self._named("backtest", BacktestView)

    @property
    def limits(self) -> LimitView | None:
        """Limits, worst first."""
        return self._named("limits", LimitView)

    @property
    def cases(self) -> CaseView | None:
        """Cases, newest first."""
        return self._named("cases", CaseView)

    @property
    def explain(self) -> ExplainView | None:
        """What moved P&L today, and since the newest kept point."""
        return self._named("explain", ExplainView)

    @property
    def explain_points(self) -> ExplainPointsView | None:
        """The moments from which what moved can be told."""
        return self._named("explain_points", ExplainPointsView)

    @property
    def feeds(self) -> FeedView | None:
        """Freshness of the feeds."""
        return self._named("feeds", FeedView)

    @cached_property
    def markets(self) -> list[str]:
        """Every market with positions or prices."""
        axes = {view.axis.market for view in self._all(PositionView)}
        return sorted(axes | {view.market for view in self._all(PriceView)})

    def prices(self, market: str) -> PriceView | None:
        """The ladder of a market."""
        return self._named(f"price/{market}", PriceView)

    def days(self, market: str) -> list[PositionView]:
        """The market days of a market: today, and tomorrow when it is there.

        A day that is over keeps the hour with which it was last written: the newest is today.
        """
        days = [view for view in self._all(PositionView) if view.axis.market == market]
        days.sort(key=lambda view: view.axis.date)
        today = [index for index, view in enumerate(days) if view.axis.current >= 0]
        return days[today[-1] :] if today else days

    @cached_property
    def standing(self) -> Standing:
        """How far this frame may be trusted."""
        if self.unreachable_since is not None:
            return Standing.UNREACHABLE
        clock = self.clock
        if clock is None or clock.tick_ns == 0:
            return Standing.WAITING
        if clock.phase in _STANDING_OF_PHASE:
            return _STANDING_OF_PHASE[clock.phase]
        if self.tick_age_seconds > self.stale_after_seconds:
            return Standing.STALE
        return Standing.REPLAY if clock.day else Standing.LIVE

    @property
    def is_current(self) -> bool:
        """Whether figures may be shown in their normal colours."""
        return self.standing not in NOT_NOW

    @property
    def now_ns(self) -> int:
        """Run time against which ages are told; it goes on while the clock stands still."""
        tick_ns = self.clock.tick_ns if self.clock else 0
        lost = self.tick_age_seconds if tick_ns and not self.is_current else 0.0
        return tick_ns + int(lost * SECOND_NS)

    def age_of(self, received_ns: int) -> str:
        """The age of an input, as text."""
        return formats.age_since(received_ns, self.now_ns)

    def zone_of(self, market: str) -> str:
        """The time zone of a market; UTC while none is known."""
        for view in self._all(PositionView):
            if view.axis.market == market:
                return view.axis.time_zone
        ladder = self.prices(market)
        return ladder.time_zone if ladder else "UTC"
