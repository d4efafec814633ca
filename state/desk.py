"""The desk: all markets together, their risk, the limits and the alerts."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from state.alerts.alerts import Alerts
from state.alerts.arrivals import Arrivals
from state.alerts.feed_watch import FeedWatch
from state.alerts.feeds import Feeds
from state.alerts.figures import Figures
from state.alerts.plausibility import Plausibility
from state.close.closes import Closes
from state.controls import Controls
from state.credit.exposure import Credit
from state.credit.limits import CreditLimits
from state.duties.duties import Duties
from state.errors import ConfigError
from state.explain.pnl import PnlExplain
from state.hedging.kept import Hedges
from state.limits.foresight import Foresight
from state.limits.reading import Cause
from state.market.book import MarketBook
from state.market.unmarked import told_of
from state.market.valuation import corrections_usd, realised_usd, value_usd, with_firm
from state.messages import Counterparty, FloatColumn, Market, Policy, StressScenarios
from state.nop.tolerances import limits_of
from state.nop.watch import NopWatch
from state.policy.documents import AnyPolicy, read
from state.policy.in_force import conflict, text_digest
from state.policy.risk_policy import RiskPolicy
from state.policy.schema import LimitPolicy, Risk
from state.pretrade.kept import Checks
from state.risk.factors import History, MarketFactors, build_scenarios
from state.risk.portfolio import Portfolio, RiskParameters
from state.risk.stress_book import StressBook
from state.risk.struck import Levels, levels_now
from state.risk.to_come import history_deviations
from state.risk.tree import Hierarchy
from state.screens.views import Transition
from state.straight import Straight
from state.trading.traders import Trader
from state.wire import encode


class Desk:
    """Composes what crosses markets: P&L, risk, limits, alerts.

    Attributes:
        books: names of the company's books, by index.
        markets: by name.
        opening_usd: realised P&L the books brought into the log.
        counterparties: their records, by name.
        credit: what each of them owes.
        credit_limits: what each of them may.
        traders: the records of who may trade, by name.
        checks: what was asked before the trade.
        hedges: ways out that were asked for.
        foresight: when limits are reached at the drift of now.
        closes: the official closes of days.
        struck: the levels that relative changes of the scenarios are struck at.
        figures: what is held against the limits after every message.
        feed_watch: ages of feeds and dead letters, held against the limits by the clock.
        arrivals: trades that came beyond authority.
        duties: what the written policies ask for, of whom, by when.
        straight: the way of deals that follow one another.
        past_texts: digests of the texts of policies that were in force, by name and version.
    """

    def __init__(self) -> None:
        self.books: list[str] = []
        self.markets: dict[str, MarketBook] = {}
        self.feeds = Feeds()
        self.history = History()
        self.portfolio = Portfolio(RiskParameters())
        self.struck = Levels()
        self.stress = StressBook()
        self.plausibility = Plausibility()
        self.hierarchy = Hierarchy()
        self.alerts = Alerts()
        self.foresight = Foresight()
        self.feed_watch = FeedWatch(self.feeds, self.alerts)
        self.policies: dict[str, LimitPolicy] = {}
        self.written_policies: dict[str, RiskPolicy] = {}
        self.policy_messages: dict[str, Policy] = {}
        self.past_texts: dict[str, str] = {}
        self.opening_usd: dict[str, float] = {}
        self.counterparties: dict[str, Counterparty] = {}
        self.credit = Credit(self.counterparties)
        self.credit_limits = CreditLimits()
        self.pnl_curve: list[tuple[int, FloatColumn, FloatColumn]] = []
        self.pnl_explain = PnlExplain()
        self.controls = Controls()
        self.nop = NopWatch()
        self._stated_risk: Risk | None = None
        self.figures = Figures()
        self.traders: dict[str, Trader] = {}
        self.checks = Checks()
        self.hedges = Hedges()
        self.closes = Closes()
        self.arrivals = Arrivals()
        self.duties = Duties()
        self.straight = Straight()

    @property
    def first_market(self) -> MarketBook | None:
        """The market whose clock and day are the company's; None before there is one."""
        return next(iter(self.markets.values()), None)

    @property
    def time_zone(self) -> str:
        """The time zone of the first market; UTC before there is one."""
        first = self.first_market
        return first.market.time_zone if first is not None else "UTC"

    # Structure -----------------------------------------------------------------------------------

    def add_market(self, market: Market) -> None:
        """Take in a market that is new, and expect its prices."""
        if market.market not in self.markets:
            self.figures.forget()
            self.markets[market.market] = MarketBook(market, books=self.books)
            self.credit_limits.forget()
            for run in market.runs:
                self.feeds.record(f"{market.market}/{run}")

    def add_books(self, names: tuple[str, ...]) -> None:
        """Take in books that are new."""
        self.figures.forget()
        self.books.extend(name for name in names if name not in self.books)
        for market in self.markets.values():
            market.grow()
        self.portfolio.grow(len(self.books))
        self.controls.grow(len(self.books))
        width = len(self.books) + 1
        self.pnl_curve = [
            (at_ns, _widened(total, width), _widened(realised, width))
            for at_ns, total, realised in self.pnl_curve
        ]

    def adopt(self, message: Policy, cause: Cause, at_ns: int, position: int) -> list[Transition]:
        """Put a policy in force.

        Raises:
            ConfigError: its text is no policy, or conflicts with what is or was in force.
        """
        policy = read(message.source)
        in_force: dict[str, AnyPolicy] = {**self.policies, **self.written_policies}
        texts = {own.label: self._text_of(own) for own in in_force.values()}
        if reason := conflict(policy, message.source, in_force, self.past_texts | texts):
            raise ConfigError(reason)
        transitions, struck = [], self.portfolio.parameters
        if isinstance(policy, LimitPolicy):
            transitions = self.alerts.adopt(policy, cause, at_ns, position)
            self.duties.standing.note_limits(self, at_ns)
        elif isinstance(policy, RiskPolicy):
            transitions = self.alerts.adopt(limits_of(policy), cause, at_ns, position)
            self.nop.read_anew()
            self.duties.standing.read_anew()
        known = in_force.get(policy.name, policy)
        if known.label != policy.label:
            self.past_texts[known.label] = texts[known.label]
        self._note_policy(message, policy)
        if self.portfolio.parameters != struck:
            self.rebuild_scenarios()
        self.checks.read_anew()
        self.feed_watch.look_anew()
        self.controls.read_anew()
        self.closes.read_anew()
        return transitions

    def take_policy(self, message: Policy) -> None:
        """Note a policy in force."""
        self._note_policy(message, read(message.source))

    def _text_of(self, policy: AnyPolicy) -> str:
        return text_digest(self.policy_messages[policy.name].source)

    def _note_policy(self, message: Policy, policy: AnyPolicy) -> None:
        self.policy_messages[policy.name] = message
        if isinstance(policy, RiskPolicy):
            self.written_policies[policy.name] = policy
        if isinstance(policy, LimitPolicy):
            self.figures.forget()
            self.policies[policy.name] = policy
            self.feed_watch.expect(self.policies.values())
            self.plausibility.adopt(self.policies.values())
            self.credit_limits.adopt(self.policies.values())
            self._state_risk()

    def _state_risk(self) -> None:
        """Strike VaR as the policies say; as before where none of them does or did."""
        stated = next((one.risk for one in self.policies.values() if one.risk is not None), None)
        if stated != self._stated_risk:
            self._stated_risk = stated
            terms = {} if stated is None else msgspec.structs.asdict(stated)
            self.portfolio.parameters = RiskParameters(**terms)

    @property
    def policy_labels(self) -> list[str]:
        """``name version`` of each policy in force, limits before written ones."""
        written = [each.label for each in self.written_policies.values()]
        return [label for label in self.alerts.policies if label not in written] + written

    # Risk ----------------------------------------------------------------------------------------

    def rebuild_scenarios(self) -> None:
        """Make the scenarios from the history, and move every exposure in anew."""
        self.struck = self._levels_now()
        self.make_scenarios()
        for market in self.markets.values():
            market.expose_all()
        self.follow_exposures()

    def restrike(self) -> None:
        """Strike relative changes at the prices of now, where one of them moved."""
        if self.portfolio.parameters.is_relative and self._levels_now().differs(self.struck):
            self.rebuild_scenarios()

    def _levels_now(self) -> Levels:
        stated = self.portfolio.parameters
        return levels_now(self.markets.values(), hours=stated.hours, curves=stated.curves)

    def make_scenarios(self) -> None:
        """Make the scenarios from the history; no exposure has been moved into them."""
        wanted = [
            MarketFactors(
                market=name,
                calendar=market.calendar,
                locations=market.tables.locations,
                has_fmm=market.tables.has_fmm,
            )
            for name, market in self.markets.items()
            if name in self.history.dates
        ]
        stated = self.portfolio.parameters
        scenarios = build_scenarios(
            self.history,
            wanted,
            window=stated.window,
            hours=stated.hours,
            curves=stated.curves,
            now=self.struck,
        )
        self.portfolio.set_scenarios(scenarios, books=len(self.books))
        for name, market in self.markets.items():
            deviations = history_deviations(scenarios, name, stated.volatility)
            market.contingent.take_history(deviations)

    def follow_exposures(self) -> None:
        """Carry the exposures that moved into the scenario P&L."""
        for market in self.markets.values():
            self.follow_exposures_of(market)

    def follow_exposures_of(self, market: MarketBook) -> None:
        """Carry those of one market."""
        market.contingent.follow()
        tables, moved = market.tables, self.portfolio
        for move in market.drain_moves():
            moved.move(tables, move)
        for day, grid in market.days.items():
            lines = grid.hourly
            if lines.entered or lines.weighed:
                moved.move_lines(tables, day, lines)
        for book, factor, forward in market.drain_forward_moves():
            moved.move_forward(tables.market, book, factor, forward)

    @property
    def forward_edition(self) -> int:
        """A number that grows with every change of the forward positions of any market."""
        edition = 0
        for market in self.markets.values():
            if market.forward is not None:
                edition += market.forward.edition
        return edition

    # Value ---------------------------------------------------------------------------------------

    def value_usd(self) -> FloatColumn:
        """Return value and cash since the log began, by book, the firm last."""
        total = np.array([self.opening_usd.get(book, 0.0) for book in self.books])
        for market in self.markets.values():
            total += value_usd(market)
        return with_firm(total)

    def pnl(self) -> tuple[FloatColumn, FloatColumn, FloatColumn]:
        """Return P&L today, its realised part and its corrections, by book, the firm last."""
        total, realised, corrections = np.zeros((3, len(self.books)))
        for market in self.markets.values():
            total += value_usd(market) - market.base_usd
            realised += realised_usd(market)
            corrections += corrections_usd(market)
        return with_firm(total), with_firm(realised), with_firm(corrections)

    def begin_pnl_day(self, before_ns: int) -> None:
        """Begin the curve anew when the first market's day has turned since a moment."""
        first = self.first_market
        if first is not None and first.rolled_at_ns > before_ns:
            self.pnl_curve.clear()

    def note_pnl(self, at_ns: int) -> None:
        """Add a point to today's P&L curve, NaN where it is not known."""
        unknown = [bool(why) for why in told_of(list(self.markets.values()), len(self.books))]
        total, realised = (np.where(unknown, np.nan, usd) for usd in self.pnl()[:2])
        self.pnl_curve.append((at_ns, total, realised))

    def note_interval(self, at_ns: int) -> None:
        """Do what is done once a settlement interval: a point of the curve, and the stress."""
        self.note_pnl(at_ns)
        self.stress.strike(list(self.markets.values()), self.books, at_ns)

    def take_stress(self, message: StressScenarios, at_ns: int) -> str:
        """Put stress scenarios in force; say why they cannot be, empty if they can."""
        try:
            self.stress.adopt(message)
        except ConfigError as error:
            return str(error)
        if at_ns:
            self.stress.strike(list(self.markets.values()), self.books, at_ns)
        return ""

    # Limits --------------------------------------------------------------------------------------

    def read_figures(self, cause: Cause, at_ns: int, position: int) -> list[Transition]:
        """Hold every figure against its limits."""
        sheet = self.figures.follow(self, at_ns)
        return self.alerts.hold(sheet, cause, at_ns, position)

    @property
    def is_behind(self) -> bool:
        """Whether something that came waits for the next tick, whenever that is."""
        if self.credit_limits.behind or self.nop.is_behind(self) or self.closes.behind:
            return True
        return self.duties.is_behind or bool(self.hedges.going) or self.feed_watch.is_behind

    def pass_time(self, at_ns: int) -> None:
        """Follow a tick that found nothing that time changes."""
        self.pnl_explain.pass_time(at_ns)
        if self.straight.is_behind:
            self.straight.keep_up(self, at_ns)

    def next_due_ns(self, at_ns: int) -> int:
        """Return before when a tick finds nothing that time changes.

        Args:
            at_ns: the last tick.
        """
        if self.is_behind:
            return 0
        watched_ns = self.feed_watch.due_ns(at_ns)
        ends_ns = self.alerts.next_end_ns or watched_ns
        duties_ns = self.duties.due_ns(self) or watched_ns
        ahead_ns = self.foresight.due_ns(at_ns)
        day_ns = self.arrivals.ends_ns or watched_ns
        due_ns = min(watched_ns, self.controls.due_ns, ends_ns, duties_ns, ahead_ns, day_ns)
        for market in self.markets.values():
            due_ns = min(due_ns, market.due_ns)
        return due_ns

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs besides the markets."""
        held = {(name, day) for name, market in self.markets.items() for day in market.days}
        return {
            "books": self.books,
            "feeds": self.feeds.snapshot(),
            "portfolio": self.portfolio.snapshot(held),
            "hierarchy": self.hierarchy.snapshot(),
            "alerts": self.alerts.snapshot(),
            "policies": [encode(message) for message in self.policy_messages.values()],
            **({"past_texts": self.past_texts} if self.past_texts else {}),
            "opening_usd": self.opening_usd,
            "pnl_curve": [list(point) for point in self.pnl_curve],
            **self.struck.saved(),
            **self.stress.saved(),
            **self.plausibility.saved(),
            **self.feed_watch.saved(),
            **self.foresight.saved(),
            **self.hedges.saved(),
            **self.arrivals.saved(),
            **self.duties.saved(),
            "pnl_explain": self.pnl_explain.snapshot(),
            "controls": self.controls.snapshot(),
            "nop": self.nop.snapshot(),
            "credit_limits": self.credit_limits.snapshot(),
            "checks": self.checks.snapshot(),
            **self.closes.saved(),
            "traders": [msgspec.to_builtins(trader) for trader in self.traders.values()],
        }


def _widened(column: FloatColumn, width: int) -> FloatColumn:
    # The firm stays last.
    return np.concatenate((column[:-1], np.zeros(width - len(column)), column[-1:]))
