"""Saved state: the whole company as plain values and arrays, and back.

What follows from something else is not saved but made again, as long as that gives the same
bits; running totals are saved, because the order in which they were summed is gone.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from state.desk import Desk
from state.errors import TielineError, WireError
from state.market.book import MarketBook
from state.market.hourly import HourlyPositions
from state.messages import Counterparty, FactorHistory, Market, Policy, RunStatus
from state.proof.digest import DigestChain
from state.risk.struck import Levels
from state.trading.traders import Trader
from state.wire import decode, decode_state, encode

if TYPE_CHECKING:
    from state.company import Company

VERSION = 8
"""Version of the saved form."""

_UNREADABLE = (
    ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError,
    msgspec.MsgspecError, TielineError,
)  # fmt: skip
"""What a state that is not what this release saved can raise on its way back."""

MARKET_TOTALS = ("base_usd", "closed_usd", "next_due_ns", "rolled_at_ns")
"""What a market keeps besides its tables, contracts and days."""


def company_state(company: Company) -> dict[str, Any]:
    """Return everything :func:`restore_company` needs."""
    desk = company.desk
    return {
        "version": VERSION,
        "company": company.company,
        "position": company.position,
        "tick_ns": company.tick_ns,
        "ticks": company.ticks,
        "run": encode(company.run),
        "counterparties": [encode(record) for record in company.counterparties.values()],
        "chain": company.chain.snapshot(),
        "timing_chain": company.timing_chain.snapshot(),
        "figures_moved": company.figures_moved,
        "desk": desk.snapshot(),
        "history": [encode(message) for message in desk.history.messages()],
        "markets": [market_state(market) for market in desk.markets.values()],
        "products": [
            [market.contingent.snapshot(), market.certificates.snapshot()]
            for market in desk.markets.values()
        ],
    }


def restore_company(data: bytes, kind: type[Company]) -> Company:
    """Return the company of a saved state.

    Raises:
        WireError: it is of another version, or damaged.
    """
    saved = decode_state(data)
    if not isinstance(saved, dict) or saved.get("version") != VERSION:
        reason = f"saved state is not of version {VERSION}; fold the log from its beginning"
        raise WireError(reason)
    try:
        return _restored(saved, kind)
    except _UNREADABLE as error:
        reason = f"saved state is damaged ({error!r}); fold the log from its beginning"
        raise WireError(reason) from error


def _restored(saved: dict[str, Any], kind: type[Company]) -> Company:
    company = kind(saved["company"])
    company.position = saved["position"]
    company.tick_ns = saved["tick_ns"]
    company.run = _as(RunStatus, saved["run"])
    for record in saved["counterparties"]:
        counterparty = _as(Counterparty, record)
        company.counterparties[counterparty.counterparty] = counterparty
    company.chain = DigestChain.restore(saved["chain"])
    company.timing_chain = DigestChain.restore(saved["timing_chain"])
    company.figures_moved = saved["figures_moved"]
    company.ticks = saved["ticks"]
    _restore_desk(company.desk, saved)
    return company


def _restore_desk(desk: Desk, saved: dict[str, Any]) -> None:
    own = saved["desk"]
    desk.books.extend(own["books"])
    for message in saved["history"]:
        desk.history.apply(_as(FactorHistory, message))
    for state in saved["markets"]:
        market = _restore_market(state, desk.books)
        desk.markets[market.market.market] = market
    for market, state in zip(desk.markets.values(), saved["products"], strict=True):
        market.contingent.restore(state[0])
        market.certificates.restore(state[1])
    desk.feeds.restore(own["feeds"])
    for source in own["policies"]:
        desk.take_policy(_as(Policy, source))
    desk.past_texts = own.get("past_texts", {})
    desk.alerts.restore(own["alerts"])
    desk.struck = Levels.restored(own.get("struck"))
    desk.make_scenarios()
    desk.portfolio.restore(own["portfolio"], _hourly_of(desk))
    desk.hierarchy.restore(own["hierarchy"])
    desk.opening_usd = own["opening_usd"]
    desk.pnl_curve = [(at_ns, total, part) for at_ns, total, part in own["pnl_curve"]]
    desk.stress.restore(own.get("stress"))
    desk.foresight.restore(own.get("foresight", []))
    desk.plausibility.restore(own.get("implausible", []))
    desk.pnl_explain.restore(own["pnl_explain"])
    desk.credit_limits.restore(desk, own["credit_limits"])
    desk.controls.restore(own["controls"], len(desk.books))
    desk.nop.restore(desk, own["nop"])
    desk.checks.restore(own["checks"])
    desk.hedges.restore(own.get("hedges", []), own.get("hedging", []))
    desk.closes.restore(desk, own.get("close"))
    for one in own["traders"]:
        trader = msgspec.convert(one, Trader)
        desk.traders[trader.trader] = trader
    desk.feed_watch.restore(own, saved["tick_ns"])
    desk.arrivals.restore(own.get("arrivals"))
    desk.duties.restore(desk, own)


def _hourly_of(desk: Desk) -> dict[tuple[str, date], HourlyPositions]:
    return {
        (name, day): grid.hourly
        for name, market in desk.markets.items()
        for day, grid in market.days.items()
    }


def market_state(market: MarketBook) -> dict[str, Any]:
    """Return one market as plain values and arrays."""
    return {
        "market": encode(market.market),
        "locations": market.tables.locations.snapshot(),
        "rows": market.tables.rows.snapshot(),
        "lines": market.tables.lines.snapshot(),
        "resources": market.tables.resources.snapshot(),
        "contracts": market.contracts.snapshot(),
        "today": market.today.isoformat() if market.today else "",
        "days": {day.isoformat(): grid.snapshot() for day, grid in market.days.items()},
        "forward": market.forward.snapshot() if market.forward else None,
        "waiting": market.waiting.snapshot(),
        "stated": market.stated.snapshot(),
        **({"base_unmarked_mwh": unmarked} if (unmarked := market.base_unmarked_mwh).any() else {}),
        **{name: getattr(market, name) for name in MARKET_TOTALS},
    }


def _restore_market(saved: dict[str, Any], books: list[str]) -> MarketBook:
    market = MarketBook(_as(Market, saved["market"]), books=books)
    market.tables.locations.restore(saved["locations"], market.market.market)
    market.tables.rows.restore(saved["rows"])
    market.tables.lines.restore(saved["lines"])
    market.tables.resources.restore(saved["resources"])
    market.contracts.restore(saved["contracts"])
    market.today = date.fromisoformat(saved["today"]) if saved["today"] else None
    for text, state in saved["days"].items():
        market.hold_day(date.fromisoformat(text)).restore(state)
    if saved["forward"] is not None:
        forward, _ = market.hold_forward(date.fromisoformat(saved["forward"]["origin"]))
        forward.restore(saved["forward"])
    market.waiting.restore(saved["waiting"])
    market.stated.restore(saved["stated"])
    for name in MARKET_TOTALS:
        setattr(market, name, saved[name])
    market.base_unmarked_mwh = saved.get("base_unmarked_mwh", market.base_unmarked_mwh)
    return market


def _as(kind: type[Any], data: bytes) -> Any:
    message = decode(data)
    if not isinstance(message, kind):
        reason = f"saved state holds a {type(message).__name__} where a {kind.__name__} belongs"
        raise WireError(reason)
    return message
