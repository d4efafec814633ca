"""What was said of a day's breaches ahead of them, beside what came.

Folds a recorded day and keeps, minute by minute, when each limit was to be breached at the drift
it had (``state.limits.foresight``). For every breach there was it then tells what was said some
minutes before; for every limit, how often a breach within that time was foretold, and came.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.log.days import Day
from flows.fold import steps
from state.company import Company
from state.limits.instances import Instances
from state.limits.reading import Identity
from state.messages import Tick
from state.moments import MINUTE_NS


@dataclass(frozen=True)
class Foretold:
    """One breach, and what was said of it.

    Attributes:
        row: limit, scope and period.
        actual_ns: when it was breached.
        foretold_ns: the time that was told ``ahead`` minutes before; 0 for none.
        held: whether the row was held, and known, that long before.
        since_ns: from when on a breach was told without a break; 0 if it was not at the end.
    """

    row: Identity
    actual_ns: int
    foretold_ns: int
    held: bool
    since_ns: int

    @property
    def error_minutes(self) -> float:
        """Foretold less actual; NaN where nothing was foretold."""
        late_ns = self.foretold_ns - self.actual_ns
        return late_ns / MINUTE_NS if self.foretold_ns else float("nan")

    @property
    def lead_minutes(self) -> float:
        """For how long a breach had been told when it came."""
        return (self.actual_ns - self.since_ns) / MINUTE_NS if self.since_ns else 0.0


@dataclass(frozen=True)
class Tally:
    """One limit over the day.

    Attributes:
        limit: its id.
        rows: how many scopes and periods it had.
        breaches: how many of them were breached, counted again after each return.
        told: minutes, by row, at which a breach within the time ahead was foretold.
        came: those of them after which one came within twice that time.
    """

    limit: str
    rows: int
    breaches: int
    told: int
    came: int


@dataclass
class Said:
    """What was said and what came, by minute since the epoch and row."""

    told: dict[int, dict[Identity, int]] = field(default_factory=dict)
    known: dict[Identity, set[int]] = field(default_factory=dict)
    breaches: dict[Identity, list[int]] = field(default_factory=dict)

    def note(self, company: Company, minute: int) -> None:
        """Take down what is said at a minute, and the breaches there are."""
        ahead = company.desk.foresight.ahead
        self.told[minute] = {row: each.breach_ns for row, each in ahead.items() if each.breach_ns}
        for table in company.desk.alerts.tables.values():
            if not table.rule.is_feed:
                self._note_rows(table, minute)

    def _note_rows(self, table: Instances, minute: int) -> None:
        for number, pair in enumerate(zip(table.scopes, table.periods, strict=True)):
            row, state = (table.limit.id, *pair), table.state_of(number)
            known = self.known.setdefault(row, set())
            if state in {"ok", "warn", "breach"}:
                known.add(minute)
            if state == "breach":
                since_ns, times = int(table.since_ns[number]), self.breaches.setdefault(row, [])
                if since_ns not in times:
                    times.append(since_ns)

    def foretold(self, ahead: int) -> list[Foretold]:
        """Return every breach with what was said of it so many minutes before."""
        return sorted(
            (
                self._of(row, actual_ns, ahead)
                for row, times in self.breaches.items()
                for actual_ns in times
            ),
            key=lambda each: (each.row[0], each.actual_ns, each.row),
        )

    def _of(self, row: Identity, actual_ns: int, ahead: int) -> Foretold:
        looked, last = actual_ns // MINUTE_NS - ahead, (actual_ns - 1) // MINUTE_NS
        first = last + 1
        while row in self.told.get(first - 1, {}):
            first -= 1
        return Foretold(
            row=row,
            actual_ns=actual_ns,
            foretold_ns=self.told.get(looked, {}).get(row, 0),
            held=looked in self.known[row],
            since_ns=first * MINUTE_NS if first <= last else 0,
        )

    def tallies(self, ahead: int) -> list[Tally]:
        """Return what became of everything foretold, limit by limit."""
        told: dict[str, list[bool]] = {limit: [] for limit, _, _ in self.known}
        for minute, rows in self.told.items():
            for row, due_ns in rows.items():
                if due_ns <= (minute + ahead) * MINUTE_NS:
                    until_ns = (minute + 2 * ahead) * MINUTE_NS
                    times = self.breaches.get(row, [])
                    came = any(minute * MINUTE_NS <= at_ns <= until_ns for at_ns in times)
                    told[row[0]].append(came)
        return [
            Tally(
                limit=limit,
                rows=sum(row[0] == limit for row in self.known),
                breaches=sum(len(at) for row, at in self.breaches.items() if row[0] == limit),
                told=len(outcomes),
                came=sum(outcomes),
            )
            for limit, outcomes in sorted(told.items())
        ]


def said_on(day: Day) -> Said:
    """Fold a day and return what was said on it."""
    said, company, minute = Said(), Company(day.manifest.company), 0
    for _, message, _ in steps(day, company):
        if isinstance(message, Tick) and message.at_ns // MINUTE_NS != minute:
            minute = message.at_ns // MINUTE_NS
            said.note(company, minute)
    return said
