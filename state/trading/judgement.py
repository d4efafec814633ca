"""What a written policy says of a trade of this house, asked for or arrived: the one judge of both.

What a trade does not say of itself comes as terms, with a check that was asked about it. What the
check does not give either, and of a trade nobody asked about, is read from what is known: see
:func:`terms_of`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, cast, get_args

from state.calendar import local_date
from state.contracts.execution import executed_by
from state.contracts.output import Output, output_of
from state.contracts.size import signed_size_of
from state.messages import Counterparty, Trade, TradeCheck
from state.policy.risk_policy import CREDIT_TEMPLATE, RiskPolicy
from state.policy.trading_limits import Venue
from state.products import PRODUCTS
from state.trading.answers import Answer, Verdict, failing
from state.trading.check import Alike, alike_of, clauses
from state.trading.facts import Circumstances, TradeFacts, facts_of
from state.trading.limits import OpenPosition, is_nearer, is_scheduled, scheduled, sizes

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

AREAS: dict[str, tuple[str, ...]] = {"caiso": ("WECC", "California"), "spp": ()}
"""In which areas of the policy the delivery points of a market lie."""

_VENUES: tuple[Venue, ...] = get_args(Venue)
_USUAL: Venue = "bilateral"


class Terms(NamedTuple):
    """What a trade does not say of itself.

    Attributes:
        venue: where it is traded.
        areas: in which its delivery lies; None if not known.
        board_approved: whether the Board approved the agreement.
    """

    venue: Venue
    areas: tuple[str, ...] | None
    board_approved: bool


class Measured(NamedTuple):
    """Figures of a trade; NaN where one is not known.

    Attributes:
        var_usd: its value at risk by itself.
        open_before_mwh, open_after_mwh: open position over its delivery without it and with it.
    """

    var_usd: float = math.nan
    open_before_mwh: float = math.nan
    open_after_mwh: float = math.nan


def judge(
    desk: Desk, policy: RiskPolicy, trade: Trade, terms: Terms, measured: Measured, *, at_ns: int
) -> tuple[TradeFacts, list[Answer]]:
    """Return the facts of a trade, and every clause's answer under section 5 of a policy.

    Args:
        desk: whose records hold.
        policy: in force.
        trade: of a market that is known.
        terms: what it does not say.
        measured: its figures.
        at_ns: the clock, for a trade that does not say when it was executed.
    """
    facts = _facts(desk, trade, terms, measured, at_ns=at_ns)
    without = trade.counterparty not in desk.counterparties
    known = [_without_record(policy, trade)] if without else []
    return facts, [*known, *clauses(facts, policy, desk.traders)]


def _facts(desk: Desk, trade: Trade, terms: Terms, measured: Measured, *, at_ns: int) -> TradeFacts:
    market, record = desk.markets[trade.market], desk.counterparties.get(trade.counterparty)
    calendar, generated = market.calendar, PRODUCTS[trade.product].as_generated
    without_var = _without_var(market, trade)
    around = Circumstances(
        executed=_executed_on(trade, at_ns, calendar.time_zone),
        venue=terms.venue,
        areas=terms.areas,
        agreement=record.agreement if record is not None else "",
        board_approved=terms.board_approved,
        output=output_of(market, trade) if generated else Output(),
        var_usd=math.nan if without_var else measured.var_usd,
        without_var=without_var,
        open_before_mwh=measured.open_before_mwh,
        open_after_mwh=measured.open_after_mwh,
        is_over=trade.delivery_end_ns <= at_ns,
    )
    return facts_of(trade, calendar, around)


def _without_var(market: MarketBook, trade: Trade) -> str:
    """Say why the value at risk of a contract between two points is not known; empty if it is.

    Beyond the days held each is its hub: of two points of one hub no scenario tells a difference,
    which is not to be without risk.
    """
    second, forward = getattr(trade, "second_location", ""), market.forward
    if second in {"", trade.location} or forward is None:
        return ""
    table = market.tables.locations
    places = {table.beyond(table.index[name]) for name in (trade.location, second)}
    if len(places) > 1 or trade.delivery_end_ns <= forward.first_ns:
        return ""
    hub = table.names[places.pop()]
    return f"beyond the days held {trade.location} and {second} are priced as {hub}, both"


def _executed_on(trade: Trade, at_ns: int, zone: str) -> date:
    return local_date(executed_by(trade, at_ns), zone)


class _Like(NamedTuple):
    """Trades for plain MW that differ in counterparty, price, MW and hours of the same days alone.

    Attributes:
        terms: of all of them.
        alike: what is said of them.
    """

    terms: Terms
    alike: Alike


_LIKE: dict[Hashable, _Like] = {}
_MOST_LIKE = 4096


def failing_of(
    desk: Desk,
    policy: RiskPolicy,
    trade: Trade,
    check: TradeCheck | None,
    measured: Measured,
    *,
    at_ns: int,
) -> list[Answer]:
    """Return the answers of :func:`judge` that do not pass, to a trade that has come.

    Args:
        desk: whose records hold.
        policy: in force.
        trade: of a market that is known.
        check: what was asked about it before, with its terms; None if nothing was.
        measured: its figures.
        at_ns: the clock, for a trade that does not say when it was executed.
    """
    record = desk.counterparties.get(trade.counterparty)
    plain = type(trade) is Trade and not len(trade.profile_mw)
    if record is None or not plain or PRODUCTS[trade.product].as_generated:
        terms = terms_of(desk, policy, trade, check)
        return failing(judge(desk, policy, trade, terms, measured, at_ns=at_ns)[1])
    terms, alike = _like(desk, policy, trade, check, record, at_ns=at_ns)
    row, bought = alike.row, signed_size_of(trade) >= 0.0
    if row is not None and is_scheduled(row, alike.trader, bought=bought):
        before, after = measured.open_before_mwh, measured.open_after_mwh
        if is_nearer(before, after):
            return alike.failed
        opened = OpenPosition(before, after, is_over=trade.delivery_end_ns <= at_ns)
        return [*alike.failed, *scheduled(row, opened, bought=bought)]
    facts = _facts(desk, trade, terms, measured, at_ns=at_ns)
    return [*alike.failed, *failing(sizes(facts, alike.row, alike.trader))]


def _like(
    desk: Desk,
    policy: RiskPolicy,
    trade: Trade,
    check: TradeCheck | None,
    record: Counterparty,
    *,
    at_ns: int,
) -> _Like:
    """Return what is said of trades like a plain one; most are like one that was judged before."""
    zone, trader = desk.markets[trade.market].calendar.time_zone, desk.traders.get(trade.trader)
    key = (
        policy.label, trade.trader, trade.product, trade.market, zone, trade.settles_at,
        record.agreement, None if check is None else _given(check),
        local_date(trade.delivery_start_ns, zone), local_date(trade.delivery_end_ns - 1, zone),
        _executed_on(trade, at_ns, zone),
    )  # fmt: skip
    known = _LIKE.get(key)
    if known is None or known.alike.policy is not policy or known.alike.trader is not trader:
        if len(_LIKE) >= _MOST_LIKE:
            _LIKE.clear()
        terms = terms_of(desk, policy, trade, check)
        facts = _facts(desk, trade, terms, Measured(), at_ns=at_ns)
        known = _LIKE[key] = _Like(terms, alike_of(facts, policy, trader))
    return known


def _without_record(policy: RiskPolicy, trade: Trade) -> Answer:
    name = trade.counterparty
    return Answer(
        id="counterparty",
        at=policy.listed(CREDIT_TEMPLATE).at,
        check="counterparty",
        verdict=Verdict.REJECT,
        reason=f"counterparty {name!r} has no record; send one first, or correct it",
    )


def terms_of(
    desk: Desk, policy: RiskPolicy, trade: Trade, check: TradeCheck | None = None
) -> Terms:
    """Return the terms of a trade: what a check gives, and the rest as where nobody asked.

    Its venue is the only one at which the table of trading limits has its product, else the one
    that names the agreement with its counterparty (the CAISO Tariff), else bilateral. Its areas are
    those of its market, not known of one that is none of :data:`AREAS`. That the Board approved an
    agreement no record says.

    Args:
        desk: whose records hold.
        policy: in force.
        trade: the trade.
        check: what was asked about it; None if nothing was.
    """
    venue, areas, board_approved = ("", None, False) if check is None else _given(check)
    return Terms(
        cast("Venue", venue) if venue else _usual_venue(desk, policy, trade),
        AREAS.get(trade.market) if areas is None else areas,
        board_approved,
    )


def _given(check: TradeCheck) -> tuple[str, tuple[str, ...] | None, bool]:
    return check.venue, check.areas, check.board_approved


def _usual_venue(desk: Desk, policy: RiskPolicy, trade: Trade) -> Venue:
    venues = {
        venue for product in policy.traded_as.get(trade.product, ()) for venue in product.venues
    }
    record = desk.counterparties.get(trade.counterparty)
    named = record.agreement.lower().split() if record is not None else []
    told = [venue for venue in _VENUES if venue in named]
    return next(iter(venues)) if len(venues) == 1 else next(iter(told), _USUAL)


def counts_risk(policy: RiskPolicy, trade: Trade) -> bool:
    """Say whether the $ limits of a trade count its value at risk."""
    return any(product.measure == "var" for product in policy.traded_as.get(trade.product, ()))
