"""What the screens read of cases: what moved them, what is owed since, what was let be."""

from __future__ import annotations

import msgspec

from state.moments import from_ns
from state.screens.view import View


class DutyRow(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody owes since a breach began, or since trades that cure it were executed.

    Attributes:
        duty: its id in the policy.
        clause: where the policy asks for it.
        policy: label of that policy.
        by, to: who owes it to whom, in words; ``to`` is empty where nobody is named.
        does: what, in a few words.
        deadline: by when, in the words of the policy.
        about: the message that called for it, by its key.
        called_ns: when it was called for.
        due_ns: the last moment at which it is done in time; 0 where it is never late.
        done_ns, done_by, note: when and by whom it was done, and what was said; 0 while owed.
        late: whether it was told as late.
    """

    duty: str
    clause: str
    policy: str
    by: str
    to: str
    does: str
    deadline: str
    about: str
    called_ns: int
    due_ns: int = 0
    done_ns: int = 0
    done_by: str = ""
    note: str = ""
    late: bool = False

    def is_late(self, at_ns: int) -> bool:
        """Say whether it was, or is at a moment, not done in time."""
        return 0 < self.due_ns < (self.done_ns or at_ns)


class StandingDuty(msgspec.Struct, frozen=True, kw_only=True):
    """A duty that no breach calls for: periodic, or called for by trades or by a record.

    Attributes:
        name: by which whoever does it names it, as a case is named.
        what: what it is about, in words.
        duty: who owes what by when; periodic duties were called for when they were last done.
        count: how many called for it: of trades, those of its day.
        periodic: whether it is owed again, a period after it was done.
    """

    name: str
    what: str
    duty: DutyRow
    count: int = 1
    periodic: bool = False


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """A breach that is let be for a time; it stays a breach, and counts again afterwards."""

    approver: str
    reason: str
    granted_by: str
    granted_ns: int
    until_ns: int

    @property
    def words(self) -> str:
        """Until when, by whom and why, in UTC."""
        until = f"{from_ns(self.until_ns):%Y-%m-%d %H:%M:%S} UTC"
        return f"waived until {until}, approved by {self.approver}: {self.reason}"


class Frozen(msgspec.Struct, frozen=True, kw_only=True):
    """How all stood when a breach began, whatever came later.

    Attributes:
        position: log position of the message that began it.
        value: as it was, in ``unit``.
        value_text, limit_text: the same, ready to read.
        attribution: shares of the change since the limit was last kept.
        arithmetic: how the value stood against the limit, line by line.
        counterparty, notional_usd, quantity_mw, volume_mwh: of the contract that caused it over
            its whole delivery, purchases +; empty and NaN where no contract did, NaN where not
            known.
    """

    at_ns: int
    position: int
    value: float
    unit: str
    value_text: str
    limit_text: str
    attribution: list[tuple[str, float]]
    arithmetic: list[str]
    counterparty: str
    notional_usd: float
    quantity_mw: float
    volume_mwh: float


class CaseRow(msgspec.Struct, kw_only=True):
    """One case: the life of one breach, warning or unknown of one identity.

    Attributes:
        case: deterministic id, also the alert's.
        severity: worst state reached while open: ``warn``, ``breach`` or ``unknown``.
        condition: ``firing``, ``unknown``, ``resolved`` or ``expired``.
        status: ``open``, ``acknowledged`` or ``closed`` (a person's doing).
        headline: one line: what, how much, against which limit.
        passive: False when a trade, an award or an adjustment caused it.
        cause: the message that caused it, in words, with its business key.
        attribution: ``("price", -1234.0)`` shares of the change since the limit was last kept.
        members: identities folded into this case (limits behind one dead feed).
        materiality: of the limit, in its policy's words: ``minor``, ``material``, ``critical``.
        duties: what the written policy asks for after the breach, in its order; empty without one.
        waiver: while the breach is let be.
        frozen: how all stood when the breach began; None without a written policy.
    """

    case: str
    limit: str
    clause: str
    policy: str
    scope: str
    period: str
    severity: str
    condition: str
    status: str
    headline: str
    passive: bool
    cause: str
    cause_key: str
    attribution: list[tuple[str, float]]
    value_text: str
    limit_text: str
    opened_ns: int
    changed_ns: int
    opened_position: int
    acknowledged_by: str = ""
    acknowledged_ns: int = 0
    assigned_to: str = ""
    comments: list[str] = []
    root_cause: str = ""
    resolution: str = ""
    members: list[str] = []
    materiality: str = ""
    duties: list[DutyRow] = []
    waiver: Waiver | None = None
    frozen: Frozen | None = None


class CaseView(View, kw_only=True, tag="case"):
    """Cases that are not closed, newest first, then the last closed ones.

    Attributes:
        standing: the duties that no breach calls for, those done last at the end.
    """

    cases: list[CaseRow]
    standing: list[StandingDuty] = msgspec.field(default_factory=list)


def stands(row: CaseRow | Frozen) -> str:
    """Say how a case stands against its limit, or by what where that is no amount.

    Of trades beyond a clause it is what was asked, as ``1 beyond it (role)``, or what they are
    beyond, as ``1 beyond $5,000,000 (purchase $)``; of duties their end.
    """
    value, limit = row.value_text, row.limit_text
    if limit[:1].isalpha() and not limit.startswith("loss of "):
        return f"{value} ({limit})"
    counted = value.replace("beyond it", f"beyond {limit}")
    return f"{value} against {limit}" if counted == value else counted
