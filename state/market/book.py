"""One market: its days, its forward book, and everything the company holds there.

Days are made when the tick says so: today and tomorrow, and past ones while corrections are still
taken. What speaks of a day that does not exist yet waits for it, in log order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from state.arrays import with_room
from state.calendar import MarketCalendar, MarketDay, local_date
from state.contracts import entry as contract_entry
from state.contracts import holdings
from state.contracts.certificates import CertificateBook
from state.contracts.contingent import Contingent
from state.contracts.plain import PlainForms
from state.contracts.records import Contracts
from state.market import years
from state.market.covered_days import CoveredDays
from state.market.dated import Dated, dates_of, enter, not_held
from state.market.delivery_day import DeliveryDay
from state.market.exposures import ExposureMove
from state.market.forward import ForwardBook, ForwardMove
from state.market.held_exposure import moves_out
from state.market.prices import RUN_INDEX
from state.market.stated import Stated
from state.market.tables import MarketTables
from state.market.unmarked import unmarked_by_book
from state.market.valuation import MarketValue, value_usd
from state.market.waiting import Waiting
from state.messages import (
    Award,
    Block,
    CurveMarks,
    ManualAdjustment,
    Market,
    Outage,
    Resource,
    Run,
    Trade,
    VolumeOutlook,
)
from state.moments import SECOND_NS

CORRECTION_DAYS = 14
"""How many days back a price correction still restates (docs/meanings.md)."""

_AHEAD_DAYS = 40


class MarketBook:
    """Folds everything of one market.

    Attributes:
        today: the market-local date; None before the first tick.
        days: the days held, ascending.
        covered: finds the days that a contract delivers on.
        forward: the position beyond tomorrow.
        book_numbers: place of each book among ``books``.
        base_usd: value of each book at the last local midnight.
        base_unmarked_mwh: of each book, what had no mark then.
        sighted_usd: value that came into sight with the last tick, as a year turned; not saved.
        value: what each book is worth now.
        step_ns: length of a settlement interval.
        layouts: grows whenever arrays are made anew, for another day or another shape.
        trades_feed: the feed its trades come by.
    """

    def __init__(self, market: Market, *, books: list[str]) -> None:
        self.market = market
        self.step_ns = market.settlement_seconds * SECOND_NS
        self.trades_feed = f"{market.market}/trades"
        self.books = books
        self.book_numbers = {book: number for number, book in enumerate(books)}
        self.calendar = MarketCalendar(
            market.time_zone,
            on_peak_days=market.on_peak_days,
            on_peak_hours=market.on_peak_hours,
        )
        self.tables = MarketTables.of(market)
        self.contracts = Contracts()
        self.plain_forms = PlainForms(self.contracts.trades.columns, self.tables)
        self.contingent = Contingent(self)
        self.certificates = CertificateBook(self.calendar, books)
        self.stated = Stated()
        self.today: date | None = None
        self.days: dict[date, DeliveryDay] = {}
        self.covered = CoveredDays(self.days)
        self.forward: ForwardBook | None = None
        self.entries: holdings.ForwardEntries | None = None
        self.closed_usd = np.zeros(len(books))
        self._leaving: list[ExposureMove] = []
        self.waiting = Waiting()
        self.base_usd, self.base_unmarked_mwh, self.sighted_usd = np.zeros((3, len(books)))
        self.value = MarketValue(self)
        self.layouts = self.next_due_ns = 0
        self.rolled_at_ns = -1

    # Time ----------------------------------------------------------------------------------------

    @property
    def due_ns(self) -> int:
        """Before when :meth:`tick` finds nothing due."""
        late = True in [day.priced_late for day in self.days.values()]
        return 0 if late or self.today is None else self.next_due_ns

    def tick(self, at_ns: int) -> bool:
        """Move the clock; say whether anything in the market's figures was due.

        What was due since the last tick happens in its own order: a late tick leaves what
        ticks at every second would have left.
        """
        due = [day for day in self.days.values() if day.priced_late]
        for day in due:
            day.realise()
        if self.today is None:
            self.next_due_ns = at_ns
        self.sighted_usd = np.zeros(len(self.books))
        while self.next_due_ns <= at_ns:
            due.extend(self.days.values())
            self._step(self.next_due_ns)
        return bool(due) or self.rolled_at_ns == at_ns

    def _step(self, at_ns: int) -> None:
        today = local_date(at_ns, self.calendar.time_zone)
        for day in self.days.values():
            day.tick(at_ns)
        if today != self.today:
            self._roll(today, at_ns)
        self.contingent.step(at_ns)
        self._expire_adjustments(at_ns)
        self.next_due_ns = self._next_due(at_ns)

    def _next_due(self, at_ns: int) -> int:
        boundary = (at_ns // self.step_ns + 1) * self.step_ns
        expiries = (item.expires_at_ns for item in self.contracts.adjustments.values())
        return min([boundary, *(moment for moment in expiries if moment > at_ns)])

    def _roll(self, today: date, at_ns: int) -> None:
        if years.is_over(self, today):
            self.sighted_usd = self.sighted_usd + years.begin(self, today)
        self.today = today
        for day in self._days_to_open(today):
            self._open_day(day, at_ns)
        if self.forward is not None:
            self.forward.begin_after(today + timedelta(days=1))
        for day in [day for day in self.days if day < today - timedelta(days=CORRECTION_DAYS)]:
            self._close_day(day)
        self.waiting.forget_until(today)
        self.rolled_at_ns = at_ns
        self.contingent.step(at_ns)
        self._expire_adjustments(at_ns)  # one until midnight is of the day that ends
        self.certificates.begin(today)
        for day, grid in self.days.items():
            grid.rebase(past=day < today, ahead=day > today)
        self.base_usd = value_usd(self)
        self.base_unmarked_mwh = unmarked_by_book(self)

    def _days_to_open(self, today: date) -> list[date]:
        first = max(self.days) + timedelta(days=1) if self.days else today
        tomorrow = today + timedelta(days=1)
        return [first + timedelta(days=number) for number in range((tomorrow - first).days + 1)]

    def hold_forward(self, origin: date) -> tuple[ForwardBook, holdings.ForwardEntries]:
        """Begin an empty forward book; return it, and what enters contracts there."""
        self.layouts += 1
        self.forward = forward = ForwardBook(self.calendar, origin)
        self.entries = holdings.ForwardEntries(forward, self.tables, self.books, self.contingent)
        return forward, self.entries

    def hold_day(self, day: date) -> DeliveryDay:
        """Begin an empty day."""
        grid = MarketDay(self.calendar, day, settlement_seconds=self.market.settlement_seconds)
        self.days[day] = DeliveryDay(grid, self.tables, books=len(self.books))
        self.days = dict(sorted(self.days.items()))
        self.covered = CoveredDays(self.days)
        self.layouts += 1
        return self.days[day]

    def _open_day(self, day: date, at_ns: int) -> None:
        opened = self.hold_day(day)
        self._set_day_curve(opened)
        for number, record in enumerate(self.tables.resources.records):
            holdings.enter_outlook(opened, number, self.contracts.outlooks.get(record.resource))
            self._set_day_outages(opened, record.resource)
        for row in self.contracts.awarded_rows():
            self._set_day_virtual(opened, row)
        for row in self.contracts.adjusted_rows():
            opened.set_adjustment(row, self.contracts.adjustment_mw(opened.day, row))
        contract_entry.enter_all(self, opened)
        for message in self.waiting.take(day):
            enter(opened, message, self.tables)
        self.contingent.step(at_ns)
        opened.tick(at_ns)

    def _close_day(self, day: date) -> None:
        grid = self.days.pop(day)
        self.closed_usd += grid.value_usd
        self._leaving.extend(moves_out(grid, self.tables))
        self.covered = CoveredDays(self.days)
        self.layouts += 1
        self.contingent.close(day)

    # Figures -------------------------------------------------------------------------------------

    def open_days(self) -> Iterator[tuple[date, DeliveryDay]]:
        """Go through today and tomorrow."""
        for date_, day in self.days.items():
            if self.today is not None and date_ >= self.today:
                yield date_, day

    # Reference data ------------------------------------------------------------------------------

    def add_resource(self, resource: Resource, book: int) -> None:
        """Take in a resource, or a changed record of a known one."""
        table = self.tables.resources
        if resource.resource in table.index:
            table.change(resource)
            return
        location = self.tables.locations.index[resource.location]
        table.add(resource, self.row(book, location))
        self.grow()

    def grow(self) -> None:
        """Let every array follow the tables."""
        books = len(self.books)
        self.book_numbers = {book: number for number, book in enumerate(self.books)}
        self.layouts += 1
        for name in ("base_usd", "base_unmarked_mwh", "closed_usd", "sighted_usd"):
            setattr(self, name, with_room(getattr(self, name), books, axis=0))
        for day in self.days.values():
            day.grow(books)

    def grow_lines(self) -> None:
        """Make room in every day for the lines there are by now."""
        self.layouts += 1
        for day in self.days.values():
            day.hourly.grow_lines()

    def row(self, book: int, location: int) -> int:
        """Return the row of a book at a location, with room for it in every day."""
        known = len(self.tables.rows)
        row = self.tables.rows.row(book, location)
        if len(self.tables.rows) > known:
            self.grow()
        return row

    # Dated messages ------------------------------------------------------------------------------

    def apply_dated(self, message: Dated) -> str:
        """Apply a message about intervals to the days it touches; say what was refused."""
        missed: list[date] = []
        self.contingent.note(message)
        for day in dates_of(message, self.calendar):
            if day in self.days:
                enter(self.days[day], message, self.tables)
            elif self.awaits(day):
                self.waiting.add(day, message)
            else:
                missed.append(day)
        return not_held(missed)

    def awaits(self, day: date) -> bool:
        """Say whether a day will be held one day."""
        today = self.today
        return today is None or today <= day <= today + timedelta(days=_AHEAD_DAYS)

    def revised(self, run: Run) -> int:
        """Count how often a published price of a run was replaced by another, on all days."""
        return sum(int(day.prices.revisions[RUN_INDEX[run]]) for day in self.days.values())

    # Contracts -----------------------------------------------------------------------------------

    def trade(self, trade: Trade) -> tuple[Trade | None, Trade | None]:
        """Apply a version of a trade; return what no longer counts, now out, and what comes in."""
        versions = out, into = self.contracts.supersede_trade(trade)
        if out is not None:
            contract_entry.enter(self, out, -1.0)
        if into is not None:
            contract_entry.enter(self, into, 1.0)
        return versions

    def outlook(self, outlook: VolumeOutlook) -> None:
        """Replace a resource's outlook, and what as-generated contracts on it will cost."""
        known = self.contracts.outlooks.get(outlook.resource)
        outlook = holdings.merged(known, outlook)
        if known is not None:
            self._enter_outlook_forward(known, -1.0)
        self.contracts.take_outlook(outlook)
        self._enter_outlook_forward(outlook, 1.0)
        if self.entries is not None:
            for trade in self.contracts.trades.live_of_resource(outlook.resource):
                if known is not None:
                    self.entries.generation(trade, known, -1.0)
                self.entries.generation(trade, outlook, 1.0)
        for _, day in self.open_days():
            holdings.enter_outlook(day, self.tables.resources.index[outlook.resource], outlook)

    def _enter_outlook_forward(self, outlook: VolumeOutlook, sign: float) -> None:
        if self.entries is not None:
            self.entries.outlook(outlook, sign)

    def outage(self, outage: Outage) -> None:
        """Apply a version of an outage, which may name another resource than the one before."""
        for resource in self.contracts.supersede_outage(outage):
            for day in self.days.values():
                self._set_day_outages(day, resource)

    def _set_day_outages(self, day: DeliveryDay, resource: str) -> None:
        number = self.tables.resources.index[resource]
        day.set_available(number, self.contracts.available_mw(day.day, resource))

    def award(self, award: Award) -> None:
        """Apply convergence bids awarded; a later message replaces an award."""
        row = self.row(self.book_numbers[award.book], self.tables.locations.index[award.location])
        changed = sorted(self.contracts.supersede_award(award, row))
        for day in self.days.values():
            for each in changed:
                self._set_day_virtual(day, each)

    def _set_day_virtual(self, day: DeliveryDay, row: int) -> None:
        day.set_virtual(row, self.contracts.virtual_mw(day.day, row))

    def adjust(self, adjustment: ManualAdjustment) -> None:
        """Apply a version of a manual adjustment."""
        row = self.row(
            self.book_numbers[adjustment.book],
            self.tables.locations.index[adjustment.location],
        )
        rows = self.contracts.supersede_adjustment(adjustment, row)
        for changed in sorted(rows):
            self._set_adjustment(changed)
        self.next_due_ns = min(self.next_due_ns, adjustment.expires_at_ns)

    def _expire_adjustments(self, at_ns: int) -> None:
        for row in self.contracts.expire_adjustments(at_ns):
            self._set_adjustment(row)

    def _set_adjustment(self, row: int) -> None:
        for day in self.days.values():
            day.set_adjustment(row, self.contracts.adjustment_mw(day.day, row))

    # Curve ---------------------------------------------------------------------------------------

    def curve(self, marks: CurveMarks) -> None:
        """Take over curve marks: the forward is marked to them, and days without a price."""
        if self.forward is None:
            self.contracts.marks.append(marks)
            return
        self.forward.set_marks(marks, self.tables.locations.names)
        for _, day in self.open_days():
            self._set_day_curve(day)

    def _set_day_curve(self, day: DeliveryDay) -> None:
        table = self.tables.locations
        if self.forward is not None and len(table):
            day.set_curve(np.arange(len(table)), self.forward.curve_of(day.day, table.curve_names))

    # Exposures -----------------------------------------------------------------------------------

    def drain_moves(self) -> list[ExposureMove]:
        """Return the intraday exposures of rows that moved since the last call."""
        found, self._leaving = self._leaving, []
        for day in self.days.values():
            if day.moves:
                found.extend(day.moves)
                day.moves.clear()
        return found

    def drain_forward_moves(self) -> list[tuple[int, tuple[str, Block], ForwardMove]]:
        """Return the forward exposures that moved, with book, hub and block."""
        forward, moved = self.forward, self.certificates.drain()
        if forward is not None and forward.moves:
            moved = moved + forward.drain(self.tables.locations.names)
        return moved

    def expose_all(self) -> None:
        """Let every exposure count as moved, from zero."""
        self._leaving.clear()
        for day in self.days.values():
            day.expose_all()
        if self.forward is not None:
            self.forward.expose_all()
        self.certificates.expose_all()
