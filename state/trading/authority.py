"""Whether a person may do a trade: authorisation, approved lists, term (risk policy §5.2 to §5.5).

These are prohibitions: what is not authorised or not approved is rejected, whatever its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from state.periods import Span
from state.policy.risk_policy import TRADER_CRITERIA, TRADER_RECORD, RiskPolicy
from state.policy.trading_limits import Approved
from state.trading.answers import Answer, Verdict, kept
from state.trading.facts import TradeFacts
from state.trading.horizons import lasts_at_most
from state.trading.traders import Trader


def authority(facts: TradeFacts, policy: RiskPolicy, trader: Trader | None) -> list[Answer]:
    """Return what §5.2 to §5.5 say of a trade.

    Args:
        facts: of the trade.
        policy: in force.
        trader: the record of ``facts.trader``; None where there is none.
    """
    return [
        _authorised(facts, policy, trader),
        *listed(facts, policy, trader, "market"),
        *listed(facts, policy, trader, "instrument"),
        _agreement(facts, policy),
        *([_term(facts, policy, trader)] if trader is not None else []),
    ]


def reaches(entry: Approved, facts: TradeFacts) -> bool:
    """Say whether an entry of a list of markets or instruments is about a trade."""
    return (
        _among(facts.product, entry.products)
        and _among(facts.venue, entry.venues)
        and _among(facts.settles_at, entry.runs)
        and _among(facts.unit_kind, entry.kinds)
        and (not entry.areas or any(area in entry.areas for area in facts.areas or ()))
    )


def _among(value: str, allowed: Sequence[str]) -> bool:
    return not allowed or value in allowed


def _authorised(facts: TradeFacts, policy: RiskPolicy, trader: Trader | None) -> Answer:
    criteria = policy.listed(TRADER_CRITERIA)
    if trader is None:
        named = f"trader {facts.trader} has no record"
        reason, holds = named if facts.trader else "it names no trader", False
    else:
        missing = trader.missing_facts()
        missing += [] if trader.authorised else ["is not authorised"]
        reason, holds = f"{trader.trader}: {', '.join(missing) or 'is authorised'}", not missing
    remedy = "have the Middle Office verify and authorise the trader"
    return kept(criteria, "authorised trader", holds=holds, reason=reason, remedy=remedy)


def listed(
    facts: TradeFacts, policy: RiskPolicy, trader: Trader | None, kind: str
) -> Iterator[Answer]:
    """Yield whether the list of ``kind``s approves a trade, and whether its trader's record does.

    Args:
        facts: of the trade.
        policy: in force.
        trader: the record of who does it; None where there is none.
        kind: ``market`` (§5.3) or ``instrument`` (§5.4).
    """
    entries: tuple[Approved, ...] = getattr(policy, f"{kind}s")
    found = [entry for entry in entries if reaches(entry, facts)]
    check = f"approved {kind}"
    if not found and facts.areas is None:
        near = next((one for one in entries if reaches(one, replace(facts, areas=one.areas))), None)
        if near is not None:
            reason = f"{near.title}: in which area it delivers is not known; send a check that says"
            yield Answer(
                id=f"{kind}s", at=near.at, check=check, verdict=Verdict.UNKNOWN, reason=reason
            )
            return
    if not found:
        reason = f"no {kind} reaches {_words(facts)}; trade what the list approves"
        yield Answer(
            id=f"{kind}s", at=entries[0].at, check=check, verdict=Verdict.REJECT, reason=reason
        )
        return
    titles = ", ".join(entry.title for entry in found)
    yield kept(found[0], check, holds=True, reason=titles, remedy="")
    if trader is not None:
        own = set(getattr(trader, f"{kind}s"))
        yield kept(
            policy.listed(TRADER_RECORD),
            f"trader's {kind}s",
            holds=any(entry.id in own for entry in found),
            reason=f"{trader.trader}: {titles}",
            remedy="approved, but not for this trader; have the Middle Office extend the record",
        )


def _agreement(facts: TradeFacts, policy: RiskPolicy) -> Answer:
    check = "enabling agreement"
    found = next((each for each in policy.agreements if facts.agreement in each.names), None)
    if found is None:
        known = ", ".join(name for each in policy.agreements for name in each.names)
        return Answer(
            id="agreements",
            at=policy.agreements[0].at,
            check=check,
            verdict=Verdict.REJECT,
            reason=f"agreement {facts.agreement or 'none'} is none of {known}; agree on one first",
        )
    holds = facts.board_approved or not found.needs_board_approval
    reason = f"{found.title}{'' if holds else ' is not approved by the Board'}"
    return kept(found, check, holds=holds, reason=reason, remedy="have the Board approve it")


def _term(facts: TradeFacts, policy: RiskPolicy, trader: Trader) -> Answer:
    record = policy.listed(TRADER_RECORD)
    holds = lasts_at_most(Span(facts.first, facts.end), trader.months)
    reason = f"{trader.trader}: {facts.first} to before {facts.end}, {trader.months} months allowed"
    remedy = "shorten it, or have the Middle Office extend the record"
    return kept(record, "trader's term", holds=holds, reason=reason, remedy=remedy)


def _words(facts: TradeFacts) -> str:
    kind = f" {facts.unit_kind}" if facts.unit_kind else ""
    areas = f" in {', '.join(facts.areas)}" if facts.areas else ""
    return f"{facts.product}{kind}, {facts.venue}, at {facts.settles_at}{areas}"
