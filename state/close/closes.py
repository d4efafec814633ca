"""The closes of days: what a person locked, signed off or reopened, and what the figures were then.

Flash figures are struck without anybody's doing at the first tick after a day's end. A lock
freezes the official figures as they stand at its message; what comes later shows as a difference.
Totals of the trade system, and what other systems hold of each contract, are compared at the next
tick, and again after every contract.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from state.alerts.causes import TIME
from state.calendar import local_date, local_midnight_ns
from state.close.details import Records
from state.close.ended import EndedDays
from state.close.figures import DayFigures, open_mwh, var_usd
from state.close.reconciliation import readings_of
from state.contracts.execution import traded_ns
from state.contracts.trades import Versions
from state.limits.reading import Cause
from state.market.book import CORRECTION_DAYS
from state.messages import CloseStep, DayClose, TradeDetails, TradeTotals
from state.screens.views import Transition
from state.wire import decode, encode

if TYPE_CHECKING:
    from state.desk import Desk

KEPT_DAYS = 400
"""For how long a day that somebody locked is kept: the day a year before can be looked at."""


class Struck(NamedTuple):
    """Figures of a day as they were struck.

    Attributes:
        at_ns: the clock; of a lock the moment its person gave.
        position: log position of the message that struck them.
        by: who locked the day; empty of flash figures.
    """

    at_ns: int
    position: int
    by: str
    figures: DayFigures


class Closes:
    """Follows the desk from day to day; a day that nobody closes costs its flash figures.

    Attributes:
        ended: days that are over.
        flash: figures of a day at its end, by date.
        official: figures of a day that is locked, by date.
        steps: what people did, by date, in order of the log.
        totals: of the trade systems, by system and date.
        records: what other systems hold of contracts, one by one.
    """

    def __init__(self) -> None:
        self.ended = EndedDays()
        self.flash: dict[str, Struck] = {}
        self.official: dict[str, Struck] = {}
        self.steps: dict[str, list[DayClose]] = {}
        self.totals: dict[tuple[str, str], TradeTotals] = {}
        self.records = Records()
        self._behind: dict[str, Cause] = {}
        self._from_ns = self._until_ns = 0

    # What people and the trade system say --------------------------------------------------------

    def refusal(self, desk: Desk, close: DayClose, at_ns: int) -> str:
        """Say why a step cannot be taken: names the date and the remedy; empty if it can."""
        day = close.date
        if not at_ns:
            return f"{day} cannot be closed before the first tick; send the step again after it"
        if close.step is CloseStep.LOCK:
            return self._lock_refusal(desk, day, at_ns)
        if day not in self.official:
            return f"{day} is not locked; lock it first"
        if close.step is CloseStep.SIGN_OFF and self.is_signed_off(day):
            return f"{day} is signed off already; reopen it first"
        return ""

    def _lock_refusal(self, desk: Desk, day: str, at_ns: int) -> str:
        if day in self.official:
            return f"{day} is locked by {self.official[day].by} already; reopen it first"
        if date.fromisoformat(day) > local_date(at_ns, desk.time_zone):
            return f"{day} has not begun; lock it on that day or later"
        if self.ended.pnl_and_value(desk, date.fromisoformat(day)) is None:
            return f"{day} was not seen to end, or is over too long; lock a day of the last 14"
        return ""

    def take_step(self, desk: Desk, close: DayClose, position: int) -> None:
        """Take a step that is not refused."""
        day = close.date
        if close.step is CloseStep.LOCK:
            figures = self.known(desk, day)
            self.official[day] = Struck(close.at_ns, position, close.actor, figures)
        elif close.step is CloseStep.REOPEN:
            del self.official[day]
        self.steps.setdefault(day, []).append(close)

    def is_signed_off(self, day: str) -> bool:
        """Say whether a person stands by the official figures of a day."""
        return bool(self.steps.get(day)) and self.steps[day][-1].step is CloseStep.SIGN_OFF

    def take_totals(self, desk: Desk, totals: TradeTotals, cause: Cause) -> None:
        """Take in what a trade system counts; it is compared at the next tick."""
        self.totals[totals.source, totals.date] = totals
        self._behind[totals.date] = cause
        self._note_dates(desk)

    def take_details(self, desk: Desk, record: TradeDetails, cause: Cause) -> None:
        """Take in what another system holds of contracts; limits read it at the next tick."""
        self.records.take(desk, record)
        self._behind[record.date] = cause

    @property
    def follows_deals(self) -> bool:
        """Whether deals are held against what the trade system told."""
        return bool(self.records.held or self._until_ns)

    def note_trade(self, desk: Desk, versions: Versions, cause: Cause) -> None:
        """Note versions of a contract; dates that are reconciled are read anew at the next tick.

        Args:
            desk: whose.
            versions: what no longer counts, and what counts instead.
            cause: the message that made it so.
        """
        if self.records.held:
            self._behind.update(dict.fromkeys(self.records.note_trade(desk, versions), cause))
        if not self._until_ns:
            return
        for each in versions:
            if each is not None and self._from_ns <= traded_ns(each) < self._until_ns:
                self._behind[local_date(traded_ns(each), desk.time_zone).isoformat()] = cause

    def read_anew(self) -> None:
        """Compare everything at the next tick: limits changed."""
        reconciled = (*(day for _, day in self.totals), *(key[2] for key in self.records.held))
        self._behind.update(dict.fromkeys(reconciled, TIME))

    def _note_dates(self, desk: Desk) -> None:
        """Note between which moments a contract belongs to a date with totals."""
        dates = [date.fromisoformat(day) for _, day in self.totals]
        self._from_ns = self._until_ns = 0
        if dates:
            self._from_ns = local_midnight_ns(min(dates), desk.time_zone)
            self._until_ns = local_midnight_ns(max(dates) + timedelta(days=1), desk.time_zone)

    # Time ----------------------------------------------------------------------------------------

    @property
    def behind(self) -> bool:
        """Whether contracts, totals or limits changed since they were compared."""
        return bool(self._behind)

    def tick(self, desk: Desk, at_ns: int, position: int) -> tuple[bool, list[Transition]]:
        """Strike flash figures at a day's end, and compare what is to be compared.

        Returns:
            Whether anything is to be shown anew, and the transitions.
        """
        turned = self.ended.tick(desk)
        if turned:
            self._strike(desk, at_ns, position)
        if not (turned or self._behind):
            return False, []
        behind, self._behind = self._behind, {}
        transitions: list[Transition] = []
        totals = readings_of(desk, self.totals.values(), behind)
        for day, reading in chain(totals, self.records.readings_of(desk, behind)):
            transitions += desk.alerts.read(reading, behind[day], at_ns, position)
        return turned or bool(behind), transitions

    def _strike(self, desk: Desk, at_ns: int, position: int) -> None:
        today = local_date(at_ns, desk.time_zone)
        day = today - timedelta(days=1)
        name = day.isoformat()
        if name not in self.flash and self.ended.is_over(desk, day):
            self.flash[name] = Struck(at_ns, position, "", self.known(desk, name))
        self._forget(desk, today)

    def _forget(self, desk: Desk, today: date) -> None:
        restated = (today - timedelta(days=CORRECTION_DAYS)).isoformat()
        oldest = (today - timedelta(days=KEPT_DAYS)).isoformat()
        for held in (self.official, self.steps):
            for day in [day for day in held if day < oldest]:
                del held[day]
        first = {day for day in self.flash if day < restated and day not in self.steps}
        self.flash = {day: struck for day, struck in self.flash.items() if day not in first}
        self.totals = {key: each for key, each in self.totals.items() if key[1] >= restated}
        self.records.forget_before(restated)
        self._note_dates(desk)
        self.ended.forget(today, {date.fromisoformat(day) for day in self.steps})

    # Figures -------------------------------------------------------------------------------------

    def known(self, desk: Desk, day: str) -> DayFigures:
        """Return the figures of a day as they are known now; NaN where they are not."""
        found, ended = self.ended.pnl_and_value(desk, date.fromisoformat(day)), self.flash.get(day)
        unknown = np.full(len(desk.books) + 1, np.nan)
        pnl, value = (unknown, unknown) if found is None else found
        untold = self.ended.untold(desk, date.fromisoformat(day))
        if untold:
            pnl = np.where([not words for words in untold], pnl, np.nan)
        if ended is not None:
            return DayFigures(pnl, value, ended.figures.open_mwh, ended.figures.var_usd, untold)
        if found is None:
            return DayFigures(pnl, value, unknown, unknown)
        return DayFigures(pnl, value, open_mwh(desk), var_usd(desk), untold)

    # Saving --------------------------------------------------------------------------------------

    @property
    def canonical(self) -> list[Any]:
        """What people and trade systems said, and what was frozen; nothing where they did not."""
        said = self._said()
        return [said] if any(said.values()) else []

    def _said(self) -> dict[str, Any]:
        return {
            "official": _of_struck(self.official),
            "steps": [encode(step) for steps in self.steps.values() for step in steps],
            "totals": [encode(totals) for totals in self.totals.values()],
            "details": [encode(record) for record in self.records.held.values()],
        }

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; nothing before a day ended or was closed."""
        state = {**self._said(), "flash": _of_struck(self.flash), "ended": self.ended.saved()}
        if not any(state.values()):
            return {}
        behind = [
            [day, cause.kind, cause.key, cause.text, cause.active]
            for day, cause in self._behind.items()
        ]
        return {"close": {**state, "behind": behind}}

    def restore(self, desk: Desk, saved: dict[str, Any] | None) -> None:
        """Take over what :meth:`saved` returned; the markets are there already."""
        state = saved or {}
        self.ended.restore(desk, state.get("ended", []))
        if saved is None:
            return
        self.flash, self.official = (_in_struck(saved[name]) for name in ("flash", "official"))
        for step in map(decode, saved["steps"]):
            if isinstance(step, DayClose):
                self.steps.setdefault(step.date, []).append(step)
        for totals in map(decode, saved["totals"]):
            if isinstance(totals, TradeTotals):
                self.totals[totals.source, totals.date] = totals
        for record in map(decode, saved.get("details", [])):
            if isinstance(record, TradeDetails):
                self.records.take(desk, record)
        self._behind = {day: Cause(*cause) for day, *cause in saved["behind"]}
        self._note_dates(desk)


def _of_struck(held: dict[str, Struck]) -> list[Any]:
    return [[day, *struck[:3], _of_figures(struck.figures)] for day, struck in held.items()]


def _of_figures(figures: DayFigures) -> list[Any]:
    *columns, untold = figures
    return [*columns, list(untold)] if untold else columns


def _in_struck(saved: list[Any]) -> dict[str, Struck]:
    return {
        day: Struck(at_ns, position, by, DayFigures(*figures[:4], *map(tuple, figures[4:])))
        for day, at_ns, position, by, figures in saved
    }
