"""What a message refers to must exist: who checks is one place, so that nothing else has to."""

from __future__ import annotations

from typing import get_args

from state.desk import Desk
from state.intake.wellformed import malformed
from state.market.dated import Dated, dates_of, misfit, not_held, off_grid
from state.market.spoken_of import OF_A_RESOURCE, market_of, resource_market
from state.messages import (
    FIRM,
    AnyMessage,
    AreaVolume,
    Award,
    BacktestHistory,
    CompanyOutlook,
    ContractDelivery,
    CumulativePnl,
    CurveMarks,
    DayClose,
    FactorHistory,
    FeedNotice,
    Forecast,
    HedgeRequest,
    Locations,
    ManualAdjustment,
    Market,
    MeterValues,
    Opening,
    Outage,
    PricePublication,
    ProductMarks,
    ProductTrade,
    Resource,
    RetailSales,
    Run,
    Schedule,
    Tick,
    Trade,
    TradeAction,
    TradeCheck,
    TradeDetails,
    TradeTotals,
)
from state.moments import END_NS, HOUR_NS
from state.products import PRODUCTS, wrong_in_itself
from state.products.terms import wrong_term
from state.wire import content_digest

_OF_A_MARKET = (
    PricePublication, AreaVolume, CurveMarks, ProductMarks, Schedule, Locations, FactorHistory,
    ContractDelivery, RetailSales, CompanyOutlook,
)  # fmt: skip
_OF_A_BOOK = (Trade, Award, ManualAdjustment, Resource)
_DATED = get_args(Dated)
_KEPT_IN_PLACE = (Outage, ManualAdjustment)
LONGEST_GAP_NS = 366 * 24 * HOUR_NS
"""By which a tick may be after the one before it."""


def _moved_refusal(desk: Desk, message: AnyMessage) -> str:
    """Hold an outage or an adjustment to the market its first version was in."""
    own = market_of(desk, message)
    for holder in desk.markets.values():
        contracts = holder.contracts
        outage = isinstance(message, Outage) and message.outage in contracts.outages
        adjusted = (
            isinstance(message, ManualAdjustment) and message.adjustment in contracts.adjusted
        )
        if (outage or adjusted) and holder is not own:
            return (
                f"{message.key} is held in {holder.market.market}; cancel it there, name a new one"
            )
    return ""


_ANSWERED = frozenset((TradeCheck, HedgeRequest))


def refusal(desk: Desk, message: AnyMessage) -> str:
    """Say why a message cannot be applied: names the field, the value and the remedy."""
    kind = type(message)
    if kind in _ANSWERED:
        return ""  # its answer says what is wrong
    reason = malformed(message)
    if reason:
        return reason
    if isinstance(message, Trade):
        return _trade_refusal(desk, message)
    reason = _reference_refusal(desk, message)
    return reason or (_moved_refusal(desk, message) if kind in _KEPT_IN_PLACE else "")


def _trade_refusal(desk: Desk, trade: Trade) -> str:
    if trade.market not in desk.markets:
        return _unknown("market", trade.market, "a Market record")
    return _book_refusal(desk, trade) or _contract_refusal(desk, trade)


def _reference_refusal(desk: Desk, message: AnyMessage) -> str:
    if isinstance(message, OF_A_RESOURCE) and resource_market(desk, message.resource) is None:
        return _unknown("resource", message.resource, "a Resource record")
    if isinstance(message, CumulativePnl) and message.book not in desk.books:
        return _unknown("book", message.book, "a Books record")
    if isinstance(message, BacktestHistory) and message.node not in (*desk.books, FIRM):
        return _unknown("node", message.node, "a Books record")
    if isinstance(message, (*_OF_A_MARKET, *_OF_A_BOOK)) and message.market not in desk.markets:
        return _unknown("market", message.market, "a Market record")
    if isinstance(message, ContractDelivery):
        held = desk.markets[message.market].contracts.trades.holds_identity(message.contract)
        return "" if held else _unknown("contract", message.contract, "the trade")
    return _kind_refusal(desk, message)


def _kind_refusal(desk: Desk, message: AnyMessage) -> str:
    if isinstance(message, Opening):
        return _opening_refusal(desk, message)
    if isinstance(message, Market):
        return _market_refusal(desk, message)
    if isinstance(message, Locations):
        return _hub_refusal(desk, message)
    if isinstance(message, _DATED):
        return _run_refusal(desk, message) or _date_refusal(desk, message)
    if isinstance(message, _OF_A_BOOK):
        own = (
            _resource_refusal(desk, message)
            if isinstance(message, Resource)
            else _grid_refusal(desk, message)
        )
        return _book_refusal(desk, message) or own
    return ""


def clock_refusal(tick: Tick, last_ns: int) -> str:
    """Say why a tick cannot be the next one."""
    soon = last_ns < tick.at_ns <= last_ns + LONGEST_GAP_NS
    if soon and tick.at_ns < END_NS and 0 <= tick.received_at_ns < END_NS:
        return ""  # nearly every tick, so it is looked at first
    reason = malformed(tick)
    if reason:
        return reason
    if tick.at_ns <= last_ns:
        return f"tick {tick.at_ns} is not after {last_ns}; it is ignored"
    if last_ns and tick.at_ns > last_ns + LONGEST_GAP_NS:
        return f"tick {tick.at_ns} is over a year ahead; it is ignored, check the clock"
    return ""


def _opening_refusal(desk: Desk, opening: Opening) -> str:
    if desk.markets or desk.books:
        return f"opening of {opening.at_ns} ns is not the beginning of the log; start a run with it"
    return ""


def _market_refusal(desk: Desk, market: Market) -> str:
    known = desk.markets.get(market.market)
    if known is None or content_digest(known.market) == content_digest(market):
        return ""
    return f"market {market.market!r} cannot change while it is held; name a new one"


def _date_refusal(desk: Desk, message: Dated) -> str:
    # What reaches no day is refused before it counts as news of its feed.
    book = market_of(desk, message)
    if book is None:
        return ""
    wrong = misfit(message, book.market.settlement_seconds)
    days = dates_of(message, book.calendar)
    if wrong or any(day in book.days or book.awaits(day) for day in days):
        return wrong
    return not_held(days) or "it has no interval; send one"


def _hub_refusal(desk: Desk, message: Locations) -> str:
    """Hold a location to its hub: what lies beyond the grid is kept by hub."""
    table = desk.markets[message.market].tables.locations
    for name, hub in zip(message.locations, message.hubs, strict=True):
        place = table.index.get(name)
        if place is not None and table.hub_names[place] != hub:
            return f"location {name!r} cannot move to hub {hub!r}; name a new location"
        if hub and hub not in table.index and hub not in message.locations:
            return _unknown("hub", hub, "it among the locations")
    return ""


def _run_refusal(desk: Desk, message: Dated) -> str:
    if not isinstance(message, Schedule | PricePublication):
        return ""
    runs = desk.markets[message.market].market.runs
    if message.run not in runs:
        return f"run {message.run} is none of {message.market}: {', '.join(runs)}"
    return _schedule_refusal(desk, message) if isinstance(message, Schedule) else ""


def _schedule_refusal(desk: Desk, message: Schedule) -> str:
    known = desk.markets[message.market].tables.resources.index
    missing = [name for name in message.resources if name not in known]
    return _unknown("resource", missing[0], "a Resource record") if missing else ""


def _book_refusal(desk: Desk, message: Trade | Award | ManualAdjustment | Resource) -> str:
    if message.book not in desk.books:
        return _unknown("book", message.book, "a Books record")
    known = desk.markets[message.market].tables.locations.index
    if message.location not in known and not _is_held(message):
        return _unknown("location", message.location, "a Locations record")
    second = getattr(message, "second_location", "")
    if second and second not in known and not _is_held(message):
        return _unknown("second_location", second, "a Locations record")
    return ""


def _is_held(message: AnyMessage) -> bool:
    """Say whether a contract is about no energy: it may name a place no price is published for."""
    product = PRODUCTS.get(message.product) if isinstance(message, Trade) else None
    return product is not None and bool(product.measure)


def _resource_refusal(desk: Desk, resource: Resource) -> str:
    holder = resource_market(desk, resource.resource)
    if holder is None or holder.tables.resources.keeps_place(resource):
        return ""
    return f"resource {resource.resource!r} cannot move or change kind; name a new one"


def _contract_refusal(desk: Desk, message: Trade) -> str:
    holder = _holder_elsewhere(desk, message)
    if holder:
        return f"trade {message.identity} is held in {holder}; cancel it there first"
    product = PRODUCTS.get(message.product)
    if product is None:
        return wrong_in_itself(message)
    known = desk.markets[message.market].tables.resources.index
    cancels = message.action is TradeAction.CANCEL and not product.as_generated
    if product.of_a_resource and not cancels and message.resource not in known:
        return _unknown("resource", message.resource, "a Resource record")
    wrong = (
        wrong_term(product, message)
        or _delivery_refusal(desk, message)
        or _grid_refusal(desk, message)
    )
    return wrong or desk.markets[message.market].contracts.trades.conflict(message)


def _grid_refusal(desk: Desk, message: Trade | Award | ManualAdjustment) -> str:
    """Hold energy to the grid it is settled on; what is held and is no energy has none."""
    seconds = desk.markets[message.market].market.settlement_seconds
    if isinstance(message, Award):
        return misfit(message, seconds)
    if isinstance(message, Trade) and (_is_held(message) or message.action is TradeAction.CANCEL):
        return ""
    return off_grid(message, seconds)


def _holder_elsewhere(desk: Desk, trade: Trade) -> str:
    """Return another market in which a version of the contract counts, empty if none."""
    for name, holder in desk.markets.items():
        if name != trade.market and holder.contracts.trades.holds(trade):
            return name
    return ""


def _delivery_refusal(desk: Desk, trade: Trade) -> str:
    """Hold an inter-SC trade to the contract it says it delivers: without it, nothing counts."""
    delivers = trade.delivers if isinstance(trade, ProductTrade) else ""
    held = desk.markets[trade.market].contracts.trades.holds_identity(delivers)
    if not delivers or held or trade.action is TradeAction.CANCEL:
        return ""
    return _unknown("delivers", delivers, "the contract it delivers")


def _unknown(field: str, value: str, remedy: str) -> str:
    return f"{field} {value!r} is unknown; send {remedy} first, or correct it"


_FEED_OF: dict[type, str] = {
    CurveMarks: "curve",
    Forecast: "load_forecast",
    Schedule: "schedule",
    MeterValues: "meter",
    AreaVolume: "area_volume",
    ProductMarks: "product_marks",
    BacktestHistory: "backtest",
    RetailSales: "retail_sales",
    CompanyOutlook: "company_outlook",
    DayClose: "day_close",
    TradeTotals: "trade_totals",
    TradeDetails: "trade_details",
    ContractDelivery: "contract_delivery",
}

FEED_KINDS = (*Run, "supply_forecast", "trades", *_FEED_OF.values())
"""What feeds of a market are called that bring prices, volumes, trades and their like."""


def feed_of(desk: Desk, message: AnyMessage) -> str:
    """Return the feed a message counts for: ``market/RTD``, ``market/trades`` and so on."""
    if isinstance(message, Trade):
        return f"{message.market}/trades"
    if isinstance(message, FeedNotice):
        return message.feed
    kind = _FEED_OF.get(type(message), type(message).__name__.lower())
    book = market_of(desk, message)
    if isinstance(message, PricePublication):
        kind = str(message.run)
    elif isinstance(message, Forecast) and not (
        book and book.tables.resources.withdraws(message.resource)
    ):
        kind = "supply_forecast"
    market = book.market.market if book is not None else getattr(message, "market", "")
    return f"{market}/{kind}" if market else kind
