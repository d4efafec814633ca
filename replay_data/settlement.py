"""The evening's reconciliation: what the trade system and others count of the date's contracts.

One deal of the morning is entered in the trade system late and reaches the company after the
totals that hold it: they differ until it comes. The settlement system still has the price of a
deal from before it was corrected; its next record has it right. One counterparty confirms its
contracts. Then the day is locked, and signed off, as it stands before midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import numpy as np
from msgspec.structs import replace

from replay_data.blotter import SOURCE
from replay_data.portfolio import TRADING_NP15
from replay_data.records import LocalDay
from state.calendar import MarketCalendar
from state.messages import (
    Block,
    CloseStep,
    DayClose,
    Message,
    Trade,
    TradeAction,
    TradeDetails,
    TradeTotals,
)
from state.moments import HOUR_NS, from_ns

Dealt = Sequence[tuple[int, Trade]]
"""Versions of contracts, each with the moment it reaches the company."""

TOTALS_AT, LATE_AT = "19:05", "19:31"
RECORD_AT, CONFIRMED_AT, MENDED_AT = "20:15", "20:40", "21:10"
LOCKED_AT, SIGNED_AT = "23:50", "23:55"
SETTLEMENT = "settlement"
CONFIRMS = "CP-07"


def late_deal(day: LocalDay, dealt: Dealt) -> tuple[int, Trade]:
    """Return a deal of tomorrow's block that the trade system takes in late, and when it comes."""
    tomorrow = day.next().grid
    alike = next(
        deal
        for _, deal in dealt
        if deal.book == TRADING_NP15 and deal.delivery_end_ns == tomorrow.end_ns
    )
    deal = replace(
        alike,
        trade=f"L{day.day:%y%m%d}-0001",
        quantity_mw=5.0,
        executed_at_ns=day.at("09:20"),
        comment="dealt by telephone, entered late",
    )
    return day.at(LATE_AT), deal


def evening(day: LocalDay, dealt: Dealt) -> Iterator[tuple[int, str, Message]]:
    """Yield moment, source and message of everything about the close of the day.

    Args:
        day: of the story.
        dealt: every version of the day's deals, the late one among them.
    """
    late_at = day.at(LATE_AT)
    known = [(min(at, day.at(TOTALS_AT)) if at == late_at else at, deal) for at, deal in dealt]
    yield day.at(TOTALS_AT), SOURCE, _totals(day, _held(known, day.at(TOTALS_AT)))
    held = _held(dealt, day.at(RECORD_AT))
    stale = [_before_correction(dealt, deal) for deal in held]
    first = next(number for number, deal in enumerate(stale) if deal is not held[number])
    behind = [*held[:first], stale[first], *held[first + 1 :]]
    yield day.at(RECORD_AT), SETTLEMENT, _record(day, SETTLEMENT, behind)
    theirs = [deal for deal in _held(dealt, day.at(CONFIRMED_AT)) if deal.counterparty == CONFIRMS]
    confirmed = replace(_record(day, CONFIRMS, theirs), counterparty=CONFIRMS)
    yield day.at(CONFIRMED_AT), "confirmations", confirmed
    yield day.at(MENDED_AT), SETTLEMENT, _record(day, SETTLEMENT, _held(dealt, day.at(MENDED_AT)))
    for clock, step, actor in (
        (LOCKED_AT, CloseStep.LOCK, "risk-1"),
        (SIGNED_AT, CloseStep.SIGN_OFF, "risk-2"),
    ):
        at_ns = day.at(clock)
        close = DayClose(date=day.day.isoformat(), step=step, actor=actor, at_ns=at_ns)
        yield at_ns, "people", close


def _held(dealt: Dealt, at_ns: int) -> list[Trade]:
    """Return the version of each contract that counts at a moment, by name."""
    last = {deal.trade: deal for at, deal in sorted(dealt, key=_moment) if at <= at_ns}
    counting = [deal for deal in last.values() if deal.action is not TradeAction.CANCEL]
    return sorted(counting, key=lambda deal: deal.trade)


def _moment(version: tuple[int, Trade]) -> int:
    return version[0]


def _before_correction(dealt: Dealt, deal: Trade) -> Trade:
    """Return the version before a corrected price; of a deal that was not corrected, itself."""
    if deal.action is not TradeAction.AMEND:
        return deal
    first = next(one for _, one in dealt if one.trade == deal.trade and one.version == 1)
    return first if first.price_usd_per_mwh != deal.price_usd_per_mwh else deal


def _totals(day: LocalDay, held: Sequence[Trade]) -> TradeTotals:
    mwh = {deal.trade: abs(deal.quantity_mw) * _hours(deal, day) for deal in held}
    books = tuple(sorted({deal.book for deal in held}))

    def by_book(amount: Callable[[Trade], float]) -> np.ndarray:
        return np.array(
            [round(sum(amount(deal) for deal in held if deal.book == book), 2) for book in books]
        )

    return TradeTotals(
        source=SOURCE,
        date=day.day.isoformat(),
        books=books,
        contracts=by_book(lambda _: 1.0),
        volume_mwh=by_book(lambda deal: mwh[deal.trade]),
        value_usd=by_book(lambda deal: abs(deal.price_usd_per_mwh) * mwh[deal.trade]),
    )


def _hours(deal: Trade, day: LocalDay) -> float:
    """Return the hours a deal delivers in: some of a day, or a block of whole days."""
    if deal.block is Block.FLAT:
        return (deal.delivery_end_ns - deal.delivery_start_ns) / HOUR_NS
    calendar, hours = MarketCalendar(day.time_zone), 0
    date, end = (
        from_ns(at_ns).astimezone(day.zone).date()
        for at_ns in (deal.delivery_start_ns, deal.delivery_end_ns)
    )
    while date < end:
        hours += calendar.block_hours(date, deal.block)
        date += timedelta(days=1)
    return float(hours)


def _record(day: LocalDay, system: str, held: Sequence[Trade]) -> TradeDetails:
    return TradeDetails(
        system=system,
        source=SOURCE,
        date=day.day.isoformat(),
        trades=tuple(deal.trade for deal in held),
        price_usd_per_mwh=np.array([deal.price_usd_per_mwh for deal in held]),
        locations=tuple(deal.location for deal in held),
        products=tuple(deal.product for deal in held),
        blocks=tuple(deal.block for deal in held),
        delivery_starts_ns=tuple(deal.delivery_start_ns for deal in held),
        delivery_ends_ns=tuple(deal.delivery_end_ns for deal in held),
        counterparties=tuple(deal.counterparty for deal in held),
    )
