"""One day under two policies: which alerts appear, vanish or move, and for how long limits are out.

Each policy is played as `tieline replay --policy` would, in a plain fold. Alerts are told apart by
their identity (limit, scope, period), so that another version of a limit with the same name moves
its alerts and a limit of another name makes others.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from connectors.log.days import Day
from flows.fold import steps
from flows.policy_file import read_policy
from flows.replay import Progress, with_policy
from state.calendar import local_date
from state.company import Company
from state.errors import ConfigError
from state.limits.reading import Identity
from state.messages import Tick
from state.moments import MINUTE_NS
from state.nop.cure import Cure, cures
from state.policy.stress import StressFile
from state.screens.views import Transition

Span = tuple[int, int]
"""Two moments, ns."""

OWN = "the day's own"
"""What the policies are called that a day brings."""

_BEGINNINGS = frozenset(("warned", "breached", "unknown", "reopened"))


@dataclass
class Alert:
    """What became of one identity on a day.

    Attributes:
        first_ns: when its first case opened.
        severity: the worst it reached: ``warn``, ``unknown`` or ``breach``.
        clause: of its limit.
        begun: how many times its condition began.
        breaches: when it was in breach.
    """

    first_ns: int
    severity: str
    clause: str
    begun: int = 0
    breaches: list[Span] = field(default_factory=list)

    @property
    def course(self) -> tuple[int, str, int, tuple[Span, ...]]:
        """What another policy may move."""
        return self.first_ns, self.severity, self.begun, tuple(self.breaches)


@dataclass(frozen=True)
class Side:
    """A day under one policy.

    Attributes:
        label: name and version of the policy.
        alerts: by identity.
        nop_limits: which limits are tolerances of net open positions, told in days.
        cures: of the rows in breach at the day's end.
        time_zone: on whose clock days are counted.
    """

    label: str
    alerts: dict[Identity, Alert]
    nop_limits: frozenset[str]
    cures: list[Cure]
    time_zone: str

    def in_breach(self, limit: str) -> list[Span]:
        """Return when any row of a limit was in breach, without overlaps."""
        return merged(
            span for (name, *_), alert in self.alerts.items() if name == limit
            for span in alert.breaches
        )  # fmt: skip

    def minutes(self, limit: str) -> float:
        """Return for how long any row of a limit was in breach."""
        return sum(end - begin for begin, end in self.in_breach(limit)) / MINUTE_NS

    def days(self, limit: str) -> int:
        """Count the dates on which any row of a limit was in breach."""
        found: set[date] = set()
        for begin, end in self.in_breach(limit):
            first, last = (local_date(at, self.time_zone) for at in (begin, max(begin, end - 1)))
            found.update(date.fromordinal(day) for day in range(first.toordinal(),
                                                                last.toordinal() + 1))  # fmt: skip
        return len(found)

    def breached(self, limit: str) -> int:
        """Count the rows of a limit that were in breach."""
        return sum(bool(alert.breaches) for (name, *_), alert in self.alerts.items()
                   if name == limit)  # fmt: skip

    def cure_usd(self, limit: str) -> float | None:
        """Return what curing every row of a limit costs; None where no row needs it."""
        found = [cure.usd for cure in self.cures if cure.limit == limit]
        return sum(found) if found else None


@dataclass(frozen=True)
class Difference:
    """Two sides of a day.

    Attributes:
        day: its name.
        time_zone: of its times.
    """

    day: str
    time_zone: str
    sides: tuple[Side, Side]

    def changes(self) -> list[tuple[str, Identity]]:
        """Return ``appears``, ``vanishes`` or ``moves`` of every alert that is not the same."""
        a, b = (side.alerts for side in self.sides)
        found = []
        for identity in sorted({*a, *b}):
            if identity not in a:
                found.append(("appears", identity))
            elif identity not in b:
                found.append(("vanishes", identity))
            elif a[identity].course != b[identity].course:
                found.append(("moves", identity))
        return found

    def limits(self) -> list[str]:
        """Return the limits that were in breach on either side, by name."""
        return sorted({
            name for side in self.sides for (name, *_), alert in side.alerts.items()
            if alert.breaches
        })  # fmt: skip

    @property
    def is_equal(self) -> bool:
        """Whether the same alerts came at the same times."""
        return not self.changes()


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans as few as cover the same.

    >>> merged([(5, 9), (0, 3), (2, 4)])
    [(0, 4), (5, 9)]
    """
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


class Watch:
    """Follows the alerts of one fold."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.alerts: dict[Identity, Alert] = {}
        self._open: dict[Identity, int] = {}

    def note(self, transition: Transition) -> None:
        """Take in a transition when it has just happened."""
        row = transition.row
        identity = row.limit, row.scope, row.period
        alert = self.alerts.get(identity)
        if alert is None:
            alert = Alert(transition.at_ns, row.severity, row.clause)
            self.alerts[identity] = alert
        alert.begun += transition.change in _BEGINNINGS
        alert.severity = max(alert.severity, row.severity, key=("warn", "unknown", "breach").index)
        case = self._company.desk.alerts.book.open_case(identity)
        in_breach = case is not None and case.standing == "breach"
        if in_breach and identity not in self._open:
            self._open[identity] = transition.at_ns
        elif not in_breach and identity in self._open:
            alert.breaches.append((self._open.pop(identity), transition.at_ns))

    def end(self, at_ns: int) -> None:
        """Let what is still in breach be so until the day's end."""
        for identity, begin in self._open.items():
            self.alerts[identity].breaches.append((begin, at_ns))


def play(folder: Path, policy: Path | None, report: Callable[[Progress], None]) -> Side:
    """Play a day under a policy.

    Args:
        folder: of the day.
        policy: a file; None for what the day brings.
        report: told at every tick how far it is.

    Raises:
        ConfigError: the policy cannot be read, or not be put in force.
    """
    label = OWN if policy is None else label_of(policy)
    with tempfile.TemporaryDirectory(prefix="tieline-diff-") as scratch:
        played = folder if policy is None else with_policy(folder, policy, Path(scratch))
        day = Day.open(played)
        company = Company(day.manifest.company)
        watch = Watch(company)
        for position, message, transitions in steps(day, company):
            for transition in transitions:
                watch.note(transition)
            if isinstance(message, Tick):
                report(Progress(message.at_ns, position, position))
                if company.ticks == 1:
                    _require_in_force(company, label, policy)
    watch.end(company.tick_ns)
    return Side(
        label=label,
        alerts=watch.alerts,
        nop_limits=frozenset(
            row.id
            for written in company.desk.written_policies.values()
            for table in written.tolerances
            for row in table.rows
        ),
        cures=cures(company.desk),
        time_zone=day.manifest.time_zone,
    )


def label_of(path: Path) -> str:
    """Return name and version of a policy in a file.

    Raises:
        ConfigError: it is none.
    """
    policy, _ = read_policy(path)
    if isinstance(policy, StressFile):
        reason = f"{path} holds stress scenarios, which raise no alert; name a file of limits"
        raise ConfigError(reason)
    return policy.label


def _require_in_force(company: Company, label: str, policy: Path | None) -> None:
    if policy is not None and label not in company.desk.policy_labels:
        told = [reason for feed, reason in company.refusals() if feed == "policy"]
        reason = f"{policy} cannot be put in force on this day: {'; '.join(told) or 'refused'}"
        raise ConfigError(reason)
