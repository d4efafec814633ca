"""Trades and awards that came without authority: one case a clause, trader (or book) and day.

A trade that arrives in breach is recorded, since it happened, and opens a case with the clause and
the trade as cause (risk policy §5.2 to §5.6). Ten trades of one trader beyond one clause on one day
are one case with ten members. It ends when none of them counts any more (cancelled, or amended to
what the clause allows), and expires at the company's midnight. An award of convergence bids names
no trader: those of a book are a case. Without a written policy in force
nothing is judged, nor is a contract from before the first tick.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from state.alerts.case_changes import change_of
from state.alerts.cases import Facts, Moment
from state.alerts.counting_cause import with_counting_cause
from state.calendar import local_date, local_midnight_ns
from state.contracts.trades import Versions
from state.limits.reading import Cause, Identity
from state.limits.texts import edge_amount
from state.messages import Award, FloatColumn, Trade, TradeCheck
from state.policy.risk_policy import RiskPolicy
from state.policy.schema import Materiality
from state.pretrade.clauses import measured_in
from state.pretrade.kept import Asked
from state.pretrade.situation import open_mwh, open_mwh_of, situation_of
from state.risk.historical import value_at_risk
from state.screens.views import Transition
from state.trading.answers import Answer, Verdict, failing
from state.trading.awards import award_clauses, facts_of_award
from state.trading.judgement import Measured, counts_risk, failing_of

if TYPE_CHECKING:
    from state.desk import Desk
    from state.intake.plain_deals import PlainDeal

MEMBERS_SHOWN = 50
"""How many trades a case names; it counts all of them."""

_OVER = Cause(kind="time", key="tick", text="the day of the trades is over")


Moved = dict[Identity, "Found"]
"""What clauses say that a message may have changed."""


_NO_RISK: Mapping[str, float] = {}


class Arriving(NamedTuple):
    """A trade on its way in, and what is known only before it is booked.

    Attributes:
        asked: what was asked about it before; None if nothing was.
        plain: where it lies, if it is a plain deal that is new.
        cleared: whether it was accepted as it came.
        var_usd: its value at risk, by policy, where a limit counts it.
        open_before_mwh: the open position over its delivery, without the version it replaces.
    """

    asked: Asked | None
    plain: PlainDeal | None
    cleared: bool = False
    var_usd: Mapping[str, float] = _NO_RISK
    open_before_mwh: float = math.nan


class Found(msgspec.Struct):
    """What one clause says of the trades of one trader, or the awards of one book, on one day.

    Attributes:
        whose: the trades of whom, in words.
        clause, policy: where it is written, and the policy in force.
        limit: what it allows, in words.
        known: by identity of the trade, whether it is beyond the clause (else not known), and why.
        beyond: how many are.
    """

    whose: str
    clause: str
    policy: str
    limit: str
    known: dict[str, tuple[bool, str]]
    beyond: int = 0

    def drop(self, name: str) -> bool:
        """Let go of a trade; say whether it was among them."""
        out = self.known.pop(name, None)
        self.beyond -= out is not None and out[0]
        return out is not None

    def add(self, name: str, reason: str, *, beyond: bool) -> None:
        """Take in what the clause says of a trade; it may say more than one thing."""
        other = self.known.get(name)
        if other is not None:
            self.drop(name)
            told = reason.partition(": ")[2] in other[1]
            beyond, reason = beyond or other[0], other[1] if told else f"{other[1]}; {reason}"
        self.known[name] = beyond, reason
        self.beyond += beyond

    @property
    def newest(self) -> list[str]:
        """The newest trades of it, the newest first."""
        return list(islice(reversed(self.known), MEMBERS_SHOWN))


class Arrivals:
    """Judges trades as they come, and keeps those of the day that are beyond a clause.

    Attributes:
        ends_ns: when the day of those that are kept is over; 0 where none are.
    """

    def __init__(self) -> None:
        self._found: dict[Identity, Found] = {}
        self.ends_ns = 0

    def count(self, identity: Identity) -> int:
        """Return how many trades are beyond the clause of an identity, 0 if it is none of these."""
        found = self._found.get(identity)
        return 0 if found is None else found.beyond

    # Before and after a trade is booked ----------------------------------------------------------

    def before(
        self, desk: Desk, trade: Trade, plain: PlainDeal | None, asked: Asked | None, at_ns: int
    ) -> Arriving | None:
        """Return what is known of a trade only before it is booked; None before the first tick.

        Args:
            desk: whose written policies are in force.
            trade: on its way in.
            plain: where it lies, if it is a plain deal that is new.
            asked: what was asked about it before.
            at_ns: the clock.
        """
        if not at_ns:
            return None
        if asked is not None and asked.clears(trade, at_ns, desk.time_zone):
            return Arriving(asked, plain, cleared=True)
        out = None
        if plain is None:
            out, into = desk.markets[trade.market].contracts.trades.superseded(trade)
            if into is None:  # nothing to judge, so that nothing is to be known of it
                return Arriving(asked, plain)
        before = _open_mwh(desk, trade, plain)
        risky = [one for one in desk.written_policies.values() if counts_risk(one, trade)]
        var_usd = {}
        if risky or (out is not None and not math.isnan(before)):
            # What is without the version it replaces, only entering beside the desk tells.
            situation = situation_of(desk, TradeCheck(check="", candidate=trade), [], at_ns)
            before = situation.start.open_mwh
            var_usd = {one.name: measured_in(situation, one).var_usd for one in risky}
        return Arriving(asked, plain, var_usd=var_usd, open_before_mwh=before)

    def judge(
        self, desk: Desk, arriving: Arriving, trade: Trade, versions: Versions, moment: Moment
    ) -> list[Transition]:
        """Judge a trade that is booked; return the transitions of the cases it opens or ends.

        Args:
            desk: whose positions hold it.
            arriving: what :meth:`before` said.
            trade: as it came.
            versions: what no longer counts, and what counts instead.
            moment: when it came; the trade is the cause.
        """
        out, into = versions
        if out is None and into is None:
            return []
        name, trader = trade.identity, into.trader if into is not None else ""
        less: Moved = {}
        if out is not None:  # only a contract that counted can be among them
            less = self._without(desk, name)
        moved = dict(less)
        if into is not None and not arriving.cleared:
            whose = f"trades of {trader}" if trader else "trades without a trader"
            for policy in desk.written_policies.values():
                answers = _answers(desk, policy, arriving, into, moment.at_ns)
                moved |= self._note(desk, policy, answers, (name, trader, whose), moment)
        return _all_told(desk, moved, moment, less)

    def judge_award(
        self, desk: Desk, award: Award, gained_usd: FloatColumn | None, moment: Moment
    ) -> list[Transition]:
        """Judge an award that is entered, as :meth:`judge` does a trade.

        Args:
            desk: whose positions hold it.
            award: as it came.
            gained_usd: what it adds to the firm's scenario P&L; None if that is not known.
            moment: when it came; the award is the cause.
        """
        less, place = self._without(desk, award.key), desk.markets[award.market].calendar.time_zone
        moved = dict(less)
        for policy in desk.written_policies.values():
            facts = facts_of_award(
                award,
                place,
                executed=local_date(moment.at_ns, place),
                var_usd=_var_usd(gained_usd, policy),
            )
            if facts is not None:
                told = award.key, award.book, f"awards of {award.book}"
                answers = failing(award_clauses(facts, policy))
                moved |= self._note(desk, policy, answers, told, moment)
        return _all_told(desk, moved, moment, less)

    def _without(self, desk: Desk, name: str) -> Moved:
        """Let go of a trade or an award; return what held it."""
        if any(name in found.known for found in self._found.values()):
            desk.alerts.book.catch_up()  # what a case is to follow is told by what changes now
        return {key: found for key, found in self._found.items() if found.drop(name)}

    def _note(
        self,
        desk: Desk,
        policy: RiskPolicy,
        answers: Iterable[Answer],
        told: tuple[str, str, str],
        moment: Moment,
    ) -> Moved:
        """Take in what clauses say of a trade or an award, by its name, scope and whose it is."""
        (name, scope, whose), moved = told, {}
        day = _today(desk, moment.at_ns)
        for answer in answers:
            identity = answer.id, scope, day
            found = self._found.get(identity)
            if found is None:
                self._found[identity] = found = Found(
                    whose=whose,
                    clause=f"{policy.name.upper()} {answer.at}",
                    policy=policy.label,
                    limit=_limit_words(answer),
                    known={},
                )
                self._note_end(desk, moment.at_ns)
            moved[identity] = found
            beyond = answer.verdict is not Verdict.UNKNOWN
            found.add(name, f"{answer.check}: {answer.reason}", beyond=beyond)
        return moved

    def _note_end(self, desk: Desk, at_ns: int) -> None:
        if not self.ends_ns:
            after = local_date(at_ns, desk.time_zone) + timedelta(days=1)
            self.ends_ns = local_midnight_ns(after, desk.time_zone)

    # Time ----------------------------------------------------------------------------------------

    def tick(self, desk: Desk, at_ns: int, position: int) -> list[Transition]:
        """Let the day's cases expire when it is over; a person closes them."""
        if not 0 < self.ends_ns <= at_ns:
            return []
        over, self._found, self.ends_ns = self._found, {}, 0
        moment = Moment(_OVER, at_ns, position)
        return [told for identity in over for told in desk.alerts.book.end(identity, moment)]

    # Saving --------------------------------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs, where there is anything."""
        if not self.ends_ns:
            return {}
        found = [[*identity, msgspec.to_builtins(one)] for identity, one in self._found.items()]
        return {"arrivals": [self.ends_ns, found]}

    def restore(self, saved: list[Any] | None) -> None:
        """Take over what :meth:`saved` returned."""
        if saved is not None:
            self.ends_ns, found = saved
            self._found = {
                (limit, scope, period): msgspec.convert(one, Found)
                for limit, scope, period, one in found
            }


def _answers(
    desk: Desk, policy: RiskPolicy, arriving: Arriving, trade: Trade, at_ns: int
) -> list[Answer]:
    """Return the clauses of a policy that a trade does not pass."""
    check = None if arriving.asked is None else arriving.asked.check
    measured = Measured(
        var_usd=arriving.var_usd.get(policy.name, math.nan),
        open_before_mwh=arriving.open_before_mwh,
        open_after_mwh=_open_mwh(desk, trade, arriving.plain),
    )
    return failing_of(desk, policy, trade, check, measured, at_ns=at_ns)


def _open_mwh(desk: Desk, trade: Trade, plain: PlainDeal | None) -> float:
    market = desk.markets[trade.market]
    return open_mwh(market, trade) if plain is None else open_mwh_of(plain, trade)


def _var_usd(gained_usd: FloatColumn | None, policy: RiskPolicy) -> float:
    """Return the value at risk of what adds so much in each scenario; NaN where none is known."""
    if gained_usd is None or not len(gained_usd):
        return math.nan
    return float(value_at_risk(gained_usd, confidence=policy.measures.var_confidence)[0])


def _all_told(desk: Desk, moved: Moved, moment: Moment, less: Moved) -> list[Transition]:
    """Carry on the cases of clauses that moved; ``less`` are those that something went out of."""
    transitions = []
    for identity, found in moved.items():
        fewer = identity in less
        own = with_counting_cause(desk, identity, found.known, moment) if fewer else moment
        transitions += _told(desk, identity, found, own)
    return transitions


def _told(desk: Desk, identity: Identity, found: Found, moment: Moment) -> list[Transition]:
    """Carry the case of a clause to what its trades come to now."""
    book, beyond = desk.alerts.book, found.beyond
    state = "breach" if beyond else "unknown" if found.known else "ok"
    case = book.case_behind(identity)
    standing = "breach" if beyond else "ok"
    if state == "unknown" and case is not None:
        standing = case.standing
    change = change_of(case, state=state, standing=standing, folded=False)
    facts = partial(_facts, identity, found, state=state, standing=standing)
    if case is not None and found.known:
        book.follow(identity, lambda: (facts(), found.newest))
    if change:
        return [book.record(change, facts(), moment, members=found.newest)]
    return []


def _facts(identity: Identity, found: Found, *, state: str, standing: str) -> Facts:
    day = identity[2]
    beyond, unknown = found.beyond, len(found.known) - found.beyond
    # As they are now: whoever asks for the lines may ask when others have come.
    known = list(islice(reversed(found.known.items()), MEMBERS_SHOWN))
    name, (_, reason) = known[0] if known else ("", (False, "none counts any more"))
    told = [
        f"{count} {words}"
        for count, words in ((beyond, "beyond it"), (unknown, "not known"))
        if count
    ]
    return Facts(
        identity=identity,
        state=state,
        standing=standing,
        clause=found.clause,
        policy=found.policy,
        materiality=str(Materiality.MATERIAL),
        headline=f"{_begun(found.whose)} on {day} without authority: {name} {reason}".strip(),
        value_text=", ".join(told) or "none",
        limit_text=found.limit,
        attribution=[],
        timing=False,
        arithmetic=partial(_lines, identity, found.whose, found.clause, found.policy, known),
    )


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _lines(
    identity: Identity,
    whose: str,
    clause: str,
    policy: str,
    known: list[tuple[str, tuple[bool, str]]],
) -> list[str]:
    limit, _, day = identity
    kinds = {True: "beyond it", False: "not known"}
    return [
        f"{limit} ({clause}, {policy}), {whose} that came on {day}",
        *(f"{name}: {kinds[beyond]}: {why}" for name, (beyond, why) in known),
    ]


def _limit_words(answer: Answer) -> str:
    if not math.isnan(answer.limit) and answer.unit in {"$", "MW"}:
        return f"{edge_amount(answer.limit, answer.unit)} ({answer.check})"
    return answer.check


def _today(desk: Desk, at_ns: int) -> str:
    return local_date(at_ns, desk.time_zone).isoformat()
