"""The company: the fold over its log, from which everything Tieline knows follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from state import saving
from state.alerts import alarms
from state.alerts.cases import Moment
from state.alerts.causes import MessageCause
from state.desk import Desk
from state.errors import StateError, WireError
from state.intake.deals import take_run
from state.intake.handlers import Handler, handlers_of
from state.intake.passing_time import take_time
from state.intake.plain_deals import PlainDeal, place_of, sound_deal
from state.intake.references import (
    LONGEST_GAP_NS,
    clock_refusal,
    feed_of,
    refusal,
)
from state.limits.reading import Cause
from state.market.dated import Dated
from state.market.spoken_of import market_of
from state.messages import (
    AnyMessage,
    Opening,
    PricePublication,
    ProductTrade,
    Rejected,
    RunPhase,
    RunStatus,
    Tick,
    Trade,
)
from state.moments import HOUR_NS
from state.proof.business_state import BusinessState
from state.proof.canonical import CanonicalFigures
from state.proof.digest import DigestChain
from state.screens import screens
from state.screens.stale import StaleViews
from state.screens.view import View
from state.screens.views import Transition
from state.straight import Outcome
from state.wire import encode_state, pieces_of_state

_FIGURES = frozenset(("position", "pnl", "risk", "limits", "cases", "explain"))
"""The views that any figure may move."""
_DATED = frozenset(get_args(Dated))
"""What is followed into every figure when it comes (``Company.take_dated``)."""


class Company:
    """Folds messages into positions, value, risk, limits and alerts.

    Args:
        company: its name; the key of the monitor's one stateful step.

    Attributes:
        position: log position of the last message applied.
        tick_ns: the clock; 0 before the first tick.
        ticks: how many there were.
        desk: the figures.
        counterparties: their records, by name.
        figures_moved: whether any may have since the last tick.

    >>> Company("company").apply(Tick(at_ns=1), 1)
    []
    """

    def __init__(self, company: str) -> None:
        self.company = company
        self.position = self.tick_ns = self.ticks = 0
        self.run = RunStatus(run="", phase=RunPhase.STARTED, at_ns=0)
        self.desk = Desk()
        self.counterparties = self.desk.counterparties
        self.chain = DigestChain()
        self.timing_chain = DigestChain()
        self._business = BusinessState()
        self._canonical = CanonicalFigures()
        self.figures_moved = False
        self._due_ns = self._found_ns = 0
        self._others: int | None = None  # messages that were neither ticks nor plain deals
        self._forward_shown = -1
        self.stale_views = StaleViews()
        self._handlers = self._handlers_by_kind()

    def _handlers_by_kind(self) -> dict[type, Handler]:
        return {
            **handlers_of(self),
            Opening: self._open,
            RunStatus: self._run_status,
            Trade: self._trade,
            ProductTrade: self._trade,
            Rejected: self._rejected,
        }

    # The fold ------------------------------------------------------------------------------------

    def apply(self, message: AnyMessage, position: int) -> list[Transition]:
        """Apply the next message of the log.

        Args:
            message: of any kind; what it refers to and is not known makes it refused, counted
                and shown, and changes nothing else.
            position: its place in the log, one more than the last.

        Returns:
            The alert transitions it caused.

        Raises:
            StateError: the position does not follow the last one.
        """
        if position != self.position + 1:
            self._require_next(position)
        self.position = position
        if type(message) is Tick:
            return self._tick(message)
        self._due_ns = 0  # whatever it moves, the next tick looks at everything
        desk = self.desk
        if type(message) is Trade and (sound := sound_deal(desk, message)) is not None:
            waits = desk.straight.waits
            plain = None if waits else place_of(sound, message)
            transitions = self._trade(message, plain)
        else:
            reason = refusal(desk, message)
            if reason:
                self.refuse_message(message, reason)
                return []
            if type(message) is not Trade:
                desk.straight.leave()
            transitions, desk = self._handlers[type(message)](message), self.desk
        if desk.plausibility.suspects(message):
            transitions = transitions + alarms.of_message(self, message)
        desk.pnl_explain.note(desk, message, position)
        if type(message) in _DATED:
            desk.straight.go_on(self.tick_ns)
            if desk.straight.is_asked_for:
                desk.straight.keep_up(desk, self.tick_ns)
        if transitions:
            self.note(transitions)
        return transitions

    def note(self, transitions: list[Transition]) -> None:
        """Let duties and digests follow transitions."""
        if transitions:
            self.desk.duties.follow(self.desk, transitions, self.tick_ns)
        for transition in transitions:
            (self.timing_chain if transition.timing else self.chain).note(transition)
            self.stale_views.update(("cases", "policy"))

    def apply_deals(self, deals: Sequence[Trade], position: int) -> list[list[Transition]]:
        """Apply the deals at the head of a run that can be taken together.

        It leaves, to the bit, what :meth:`apply` leaves of one after the other.

        Args:
            deals: that follow one another in the log.
            position: of the first.

        Returns:
            The transitions of each that was applied; the next has to be applied by itself.
        """
        if position != self.position + 1:
            self._require_next(position)
        caused = take_run(self, deals, position)
        self._due_ns = 0
        return caused

    def skip(self, position: int, reason: str) -> list[Transition]:
        """Pass over an entry of the log that cannot be read; it is counted and shown."""
        self._require_next(position)
        self.position = position
        self._refuse("log", f"entry {position}: {reason}")
        return []

    def _require_next(self, position: int) -> None:
        if self.position and position != self.position + 1:
            reason = f"message {position} does not follow message {self.position} of the log"
            raise StateError(reason)

    def _open(self, opening: Opening) -> list[Transition]:
        position, run = self.position, self.run
        try:
            self.__dict__.update(Company.restore(opening.state).__dict__)
        except WireError as error:
            self._refuse("opening", str(error))
        self.position, self.run = position, run
        self._handlers = self._handlers_by_kind()
        self.stale_views = StaleViews(screens.names(self.desk))
        return []

    # Time ----------------------------------------------------------------------------------------

    def _tick(self, tick: Tick) -> list[Transition]:
        before, at_ns = self.tick_ns, tick.at_ns
        if before < at_ns < self._due_ns and 0 <= tick.received_at_ns < at_ns + LONGEST_GAP_NS:
            self.tick_ns = at_ns
            self.ticks += 1
            self.desk.pnl_explain.pass_time(at_ns)
            return []
        reason = clock_refusal(tick, before)
        if reason:
            self._refuse("clock", reason)
            return []
        self.tick_ns = at_ns
        self.ticks += 1
        transitions: list[Transition] = []
        self._due_ns = self._next_due_ns(before)
        if at_ns < self._due_ns:
            self.desk.pass_time(at_ns)
        else:
            transitions = take_time(self, before, at_ns)
            self.note(transitions)
            self._due_ns = self._found_ns = self.desk.next_due_ns(at_ns)
        self._link(before)
        return transitions

    def _next_due_ns(self, before_ns: int) -> int:
        """Find before when nothing is due: nothing but plain deals leaves it where it was found."""
        desk = self.desk
        others = self.position - self.ticks - desk.straight.taken
        if others != self._others or desk.written_policies or desk.is_behind:
            self._others, self._found_ns = others, desk.next_due_ns(before_ns)
        return self._found_ns

    def _link(self, before_ns: int) -> None:
        if self.figures_moved:
            self.chain.note_fingerprint(self._canonical.fingerprint(self.desk))
            self.figures_moved = False
        if before_ns // HOUR_NS != self.tick_ns // HOUR_NS:
            self.chain.note_fingerprint(self._business.digest(self.desk))
        self.chain.link(self.tick_ns, number=self.ticks)
        self.timing_chain.link(self.tick_ns, number=self.ticks)

    def _run_status(self, status: RunStatus) -> list[Transition]:
        self.run = status
        self.stale_views.add("contributions")
        return []

    # Volumes and contracts -----------------------------------------------------------------------

    def take_dated(self, message: Dated) -> list[Transition]:
        """Apply a message about intervals to the days it touches."""
        book = market_of(self.desk, message)
        if book is None:
            return []
        if not isinstance(message, PricePublication):
            self.arrived(
                feed_of(self.desk, message), message.received_at_ns, message.received_at_ns
            )
        missed = book.apply_dated(message)
        if missed:
            self.refuse_message(message, missed)
        return self.figures_changed(self.cause_of(message))

    @property
    def moment(self) -> tuple[int, int]:
        """The clock, and the log position of the last message."""
        return self.tick_ns, self.position

    def _trade(self, trade: Trade, plain: PlainDeal | None = None) -> list[Transition]:
        desk, received_ns = self.desk, trade.received_at_ns
        book = desk.markets[trade.market]
        self.arrived(book.trades_feed, received_ns, received_ns)
        asked = desk.checks.arrived(trade)
        arriving = None
        if desk.written_policies:
            arriving = desk.arrivals.before(desk, trade, plain, asked, self.tick_ns)
        cause = MessageCause(trade, book.market.time_zone)
        outcome = desk.straight.take(desk, trade, plain, self.tick_ns)
        versions = book.trade(trade) if outcome is None else (None, trade)
        desk.duties.note_trade(versions, self.tick_ns)
        desk.closes.note_trade(desk, versions, cause)
        if outcome is None:
            transitions = self.figures_changed(cause)
        else:
            transitions = self.figures_followed(cause, outcome)
        if desk.credit_limits.in_force and self.tick_ns:
            transitions += desk.credit_limits.trade(desk, book, versions, cause, self.moment)
        if arriving is not None:
            moment = Moment(cause, *self.moment)
            transitions += desk.arrivals.judge(desk, arriving, trade, versions, moment)
            desk.duties.note_new(desk, versions, asked, self.tick_ns)
        return transitions

    # People and faults ---------------------------------------------------------------------------

    def _rejected(self, rejected: Rejected) -> list[Transition]:
        self.desk.feeds.reject(rejected.feed, rejected.reason)
        self.timing_chain.note_text(f"{rejected.feed}: {rejected.reason}")
        return []

    def refuse_message(self, message: AnyMessage, reason: str) -> None:
        """Count and show a message as refused."""
        self._refuse(feed_of(self.desk, message), f"{message.key}: {reason}")

    def _refuse(self, feed: str, reason: str) -> None:
        self._due_ns = 0
        self.desk.feeds.refuse(feed, reason)
        self.timing_chain.note_text(f"{feed}: {reason}")

    def refusals(self) -> list[tuple[str, str]]:
        """Return feed and reason of what was refused since the last call."""
        return self.desk.feeds.drain()

    def arrived(self, feed: str, newest_ns: int, received_ns: int) -> None:
        """Note a message of a feed: how new what it says is, and when it came."""
        desk = self.desk
        desk.feeds.arrived(feed, newest_ns, received_ns)
        desk.feed_watch.arrived(feed)
        self.stale_views.add("feeds")

    # Figures -------------------------------------------------------------------------------------

    def cause_of(self, message: AnyMessage) -> Cause:
        """Return a message as the cause of what follows."""
        book = market_of(self.desk, message)
        return MessageCause(message, book.market.time_zone if book else "UTC")

    def figures_changed(self, cause: Cause) -> list[Transition]:
        """Follow figures that may have moved, and hold them against their limits."""
        at_ns, desk = self.tick_ns, self.desk
        if not at_ns:
            return []
        self.figures_moved = True
        self.stale_views |= _FIGURES
        forward = desk.forward_edition
        if forward != self._forward_shown:
            self._forward_shown = forward
            self.stale_views.add("forward")
        desk.follow_exposures()
        return desk.read_figures(cause, at_ns, self.position)

    def figures_followed(self, cause: Cause, outcome: Outcome) -> list[Transition]:
        """Do likewise when that has been done for a deal that went straight through."""
        self.figures_moved = True
        self.stale_views |= _FIGURES
        if outcome.plan is None:
            return []
        return self.desk.alerts.take_settled(outcome.plan, Moment(cause, *self.moment))

    @property
    def digest(self) -> str:
        """The chain of canonical effects up to the last tick, hex."""
        return self.chain.hex

    @property
    def timing_digest(self) -> str:
        """The chain of effects of timing up to the last tick, hex."""
        return self.timing_chain.hex

    def views(self) -> dict[str, View]:
        """Return every view, by name."""
        return screens.of_company(self, set(screens.names(self.desk)))

    def changed_views(
        self, *, tables: int | None = None, seldom: int | None = None
    ) -> dict[str, View]:
        """Return the views that changed since the last call; clock and ages always did.

        Args:
            tables: how many of those that are no figures and not dear are among them, the longest
                unseen first; the rest count as changed still. None for all.
            seldom: how many of the dear ones, made once an interval, likewise.
        """
        self.stale_views |= self.desk.stress.shown_anew() | self.desk.controls.drain_views()
        self.stale_views.add("feeds")
        return screens.of_company(self, self.stale_views.take(tables=tables, seldom=seldom))

    @property
    def tables_wait(self) -> bool:
        """Whether there are changed views that are no figures and not made once an interval."""
        return self.stale_views.tables_wait

    @property
    def seldom_next(self) -> str:
        """The view made once an interval that has changed and was not shown the longest."""
        return self.stale_views.seldom_next

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """Return the whole state, from which :meth:`restore` goes on bit for bit."""
        return encode_state(saving.company_state(self))

    def snapshot_pieces(self) -> Iterator[bytes]:
        """Yield what :meth:`snapshot` returns piece by piece, without the whole in memory."""
        return pieces_of_state(saving.company_state(self))

    @classmethod
    def restore(cls, data: bytes) -> Company:
        """Return the company as it was when the snapshot was taken.

        Raises:
            WireError: the bytes are none this release can read.
        """
        return saving.restore_company(data, cls)
