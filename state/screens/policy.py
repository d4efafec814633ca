"""Every clause of the policies in force with its state, value and headroom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from zoneinfo import ZoneInfo

from state.desk import Desk
from state.limits.credit import RULES_ON
from state.limits.texts import amount
from state.moments import MINUTE_NS, from_ns
from state.policy.cells import Cell, Part
from state.policy.lint_scopes import Known, unknown_scopes
from state.policy.risk_policy import CreditLimit, RiskPolicy, cells
from state.policy.schema import Limit, LimitPolicy, Provenance
from state.policy.tolerances import Tolerance
from state.policy.trading_limits import TradingLimit
from state.policy.wording import (
    deadline_words,
    reach_words,
    tolerance_words,
    trading_limit_words,
    who_words,
)
from state.scope_names import scope_names
from state.screens.checks_seen import CheckAnswer, LimitEffect
from state.screens.limits_seen import LimitRow
from state.screens.policy_seen import ClauseRow, PolicyView

_SURENESS = list(Provenance)


def policy_view(desk: Desk, tick_ns: int) -> PolicyView:
    """Show every clause of every policy in force, as of the last interval that is over."""
    live, asked = _live(desk), _asked(desk)
    written = [_written(policy, live, asked) for policy in desk.written_policies.values()]
    names = scope_names(desk)
    own = [_limits(policy, live, names) for policy in desk.policies.values()]
    _show_owed(desk, chain(*written))
    rows, first = list(chain(*written, *own)), desk.first_market
    step_ns = MINUTE_NS if first is None else first.step_ns
    at_ns = tick_ns // step_ns * step_ns
    return PolicyView(policies=desk.policy_labels, rows=rows, at_ns=at_ns)


# How it stands -------------------------------------------------------------------------------


def _show_owed(desk: Desk, rows: Iterable[ClauseRow]) -> None:
    """Say of each duty how often it is owed, in open cases and without one, and how often late.

    A periodic one whose time has not come is not owed; the row says when it is due.
    """
    owed: dict[tuple[str, str], list[bool]] = {}
    due: dict[tuple[str, str], int] = {}
    for duty in (duty for case in desk.alerts.book.open_cases() for duty in case.row.duties):
        if not duty.done_ns:
            owed.setdefault((duty.policy, duty.duty), []).append(duty.late)
    for one in desk.duties.standing.rows():
        if not one.duty.done_ns:
            key = one.duty.policy, one.duty.duty
            if one.periodic:
                due[key] = one.duty.due_ns
            if one.duty.late or not one.periodic:
                owed.setdefault(key, []).append(one.duty.late)
    for row in rows:
        found = owed.get((row.policy, row.id), []) if row.part == "duty" else []
        if found:
            row.instances, late = len(found), sum(found)
            row.state = "late" if late else "owed"
            row.value = f"{row.instances} owed, {late} late" if late else f"{row.instances} owed"
        if row.part == "duty" and (row.policy, row.id) in due:
            last = from_ns(due[row.policy, row.id] - 1).astimezone(ZoneInfo(desk.time_zone))
            row.where = f"due by the end of {last:%Y-%m-%d}"


class _Live:
    """The instances of a limit or of a rule: the worst, and how many."""

    def __init__(self) -> None:
        self.worst: LimitRow | None = None
        self.count = self.open = 0

    def add(self, row: LimitRow) -> None:
        """Take in a row; the worst comes first."""
        self.worst = self.worst or row
        self.count += row.state != "not_applicable"
        self.open += "breach" in (row.state, row.standing)


def _live(desk: Desk) -> dict[str, _Live]:
    """Return how limits stand, by their id and by the figure they bind."""
    found: dict[str, _Live] = {}
    for row in desk.alerts.rows(desk.alerts.total):
        for name in (row.limit, f"figure {row.figure}"):
            found.setdefault(name, _Live()).add(row)
    return found


_Asked = dict[tuple[str, str], tuple[CheckAnswer, LimitEffect]]


def _asked(desk: Desk) -> _Asked:
    """Return the newest check that asked each clause, and the severest of what it found."""
    found: _Asked = {}
    for answer in reversed(desk.checks.answers):
        for effect in answer.effects:
            found.setdefault((effect.policy, effect.limit), (answer, effect))
    return found


def _with_live(row: ClauseRow, live: Iterable[_Live | None]) -> ClauseRow:
    known = [each for each in live if each is not None and each.worst is not None]
    if not known:
        row.state = "unread"
        return row
    worst = min(known, key=lambda each: _severity(each.worst))
    shown = worst.worst
    if shown is not None:
        row.state = shown.state
        row.where = " ".join(filter(None, (shown.scope, shown.period)))
        row.value, row.headroom = shown.value_text, shown.headroom_text
        row.note = row.note or shown.reason
        row.waived_until_ns = shown.waived_until_ns
    row.instances = sum(each.count for each in known)
    row.open = sum(each.open for each in known)
    return row


_SEVERITY = ("breach", "unknown", "warn", "ok", "not_applicable")


def _severity(row: LimitRow | None) -> tuple[int, float]:
    if row is None:
        return len(_SEVERITY), 0.0
    return _SEVERITY.index(row.state), -row.utilisation if row.utilisation > 0.0 else 0.0


def _with_asked(row: ClauseRow, asked: _Asked) -> ClauseRow:
    found = asked.get((row.policy, row.id))
    if found is None:
        row.state = "unasked"
        return row
    answer, effect = found
    row.state = str(effect.outcome)
    row.where = f"check {answer.check}, {effect.scope}"
    if effect.unit:
        row.value, row.headroom = (
            amount(number, effect.unit) for number in (effect.after, effect.headroom_after)
        )
    return row


# A written policy ----------------------------------------------------------------------------


def _written(policy: RiskPolicy, live: dict[str, _Live], asked: _Asked) -> list[ClauseRow]:
    unsure = _unsure(policy)
    rows = [
        *(_with_live(row, [live.get(row.id)]) for row in _tolerances(policy)),
        *(_with_asked(row, asked) for row in _answered(policy)),
        *_credit_limits(policy, live),
        *_texts(policy),
    ]
    for row in rows:
        sureness, notes = unsure.get(row.id, ("", ""))
        if sureness:
            row.sureness, row.note = sureness, "; ".join(filter(None, (notes, row.note)))
    rows.sort(key=lambda row: _place(row.clause))
    return rows


def _unsure(policy: RiskPolicy) -> dict[str, tuple[str, str]]:
    """Return how sure the least sure cell of each row of a table is, and why."""
    found: dict[str, list[tuple[Part, Cell]]] = {}
    for _, part, _, cell in cells(policy):
        found.setdefault(part.id, []).append((part, cell))
    told = {}
    for name, each in found.items():
        sureness = [thing.provenance for pair in each for thing in pair]
        notes = dict.fromkeys(cell.note for _, cell in each if cell.note)
        told[name] = (max(sureness, key=_SURENESS.index).value, "; ".join(notes))
    return told


def _place(clause: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", clause.partition(" p.")[0])]


def _row(policy: RiskPolicy, part: Part, kind: str, title: str, says: str) -> ClauseRow:
    return ClauseRow(
        policy=policy.label,
        clause=f"{policy.name.upper()} {part.at}",
        part=kind,
        id=part.id,
        title=title,
        says=says,
        sureness=part.provenance.value,
        note=getattr(part, "note", ""),
        state="text",
    )


def _tolerances(policy: RiskPolicy) -> Iterator[ClauseRow]:
    for table in policy.tolerances:
        for row in table.rows:
            yield _row(policy, row, "tolerance", _tolerance_title(table.title, row),
                       tolerance_words(row))  # fmt: skip


def _tolerance_title(table: str, row: Tolerance) -> str:
    return f"{row.title} ({table})"


def _answered(policy: RiskPolicy) -> Iterator[ClauseRow]:
    """Yield what the check before a trade answers."""
    for kind, entries in (
        ("market", policy.markets),
        ("instrument", policy.instruments),
        ("agreement", policy.agreements),
    ):
        for entry in entries:
            yield _row(policy, entry, kind, entry.title, reach_words(entry))
    for limit in policy.trading_limits:
        yield _row(policy, limit, "trading limit", _limit_title(policy, limit),
                   trading_limit_words(limit))  # fmt: skip
    for name in ("trader-criteria", "trader-record"):
        listed = policy.listed(name)
        yield _row(policy, listed, "list", listed.title, "; ".join(listed.items))


def _limit_title(policy: RiskPolicy, limit: TradingLimit) -> str:
    titles = [each.title for each in policy.traded_products if each.id in limit.products]
    return f"{limit.title}, {limit.length} ({', '.join(titles)})"


def _credit_limits(policy: RiskPolicy, live: dict[str, _Live]) -> Iterator[ClauseRow]:
    for limit in policy.credit_limits:
        rules = RULES_ON[_on(limit)]
        says = f"set with each counterparty's record, {' and '.join(limit.units)}"
        row = _row(policy, limit, "credit limit", limit.title, says)
        yield _with_live(row, [live.get(f"figure {rule}") for rule in rules])


def _on(limit: CreditLimit) -> tuple[str, bool]:
    return limit.figure, limit.relative


def _texts(policy: RiskPolicy) -> Iterator[ClauseRow]:
    """Yield what no figure is held against."""
    for duty in policy.duties:
        row = _row(policy, duty, "duty", f"{who_words(duty)}: {duty.does}", deadline_words(duty))
        row.state = "duty"
        yield row
    for forbidden in policy.prohibitions:
        yield _row(policy, forbidden, "prohibition", forbidden.what, "prohibited")
    for listed in policy.lists:
        if listed.id not in ("trader-criteria", "trader-record"):
            yield _row(policy, listed, "list", listed.title, "; ".join(listed.items))
    for figure in policy.figures:
        yield _row(policy, figure, "figure", figure.title, "no number is set")
    for use in policy.vocabularies:
        said = "; ".join(name.replace("_", " ") for name in use.periods)
        yield _row(policy, use, "period", use.use, said)
    for reference in policy.references:
        yield _row(policy, reference, "reference", f"refers to {reference.says}",
                   f"means {reference.means}")  # fmt: skip
    measures = policy.measures
    said = f"price × quantity; CRRs and convergence bids: VaR {measures.var_confidence:.0%}"
    yield _row(policy, measures, "reading", "how $ limits count", said)
    for reading in policy.readings:
        yield _row(policy, reading, "reading", reading.question, reading.answer)


# A policy of limits --------------------------------------------------------------------------


def _limits(policy: LimitPolicy, live: dict[str, _Live], names: Known) -> Iterator[ClauseRow]:
    notes: dict[str, list[str]] = {}
    for remark in unknown_scopes(policy, names):
        notes.setdefault(remark.id, []).append(remark.what)
    for limit in policy.limits:
        row = ClauseRow(
            policy=policy.label,
            clause=limit.clause,
            part="limit",
            id=limit.id,
            title=limit.title,
            says=_numbers(limit, live.get(limit.id)),
            sureness=limit.provenance.value,
            note="",
            state="unread",
        )
        row = _with_live(row, [live.get(limit.id)])
        row.note = "; ".join(filter(None, (*notes.get(limit.id, ()), row.note)))
        yield row


def _numbers(limit: Limit, live: _Live | None) -> str:
    """Return the numbers of the instance shown, and that others have their own."""
    shown = "" if live is None or live.worst is None else live.worst.limit_text
    own = f"{len(limit.own)} with numbers of their own" if limit.own else ""
    return "; ".join(filter(None, (shown, own)))
