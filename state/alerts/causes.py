"""Messages as causes: what to call the message behind an alert."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args
from zoneinfo import ZoneInfo

from state.contracts.size import signed_size_of
from state.limits.reading import Cause
from state.market.dated import Dated
from state.messages import (
    AnyMessage,
    Award,
    ContractDelivery,
    CurveMarks,
    Forecast,
    ManualAdjustment,
    MeterValues,
    Outage,
    PricePublication,
    ProductMarks,
    ProductTrade,
    Schedule,
    Trade,
    TradeAction,
    VolumeOutlook,
)
from state.moments import from_ns
from state.products import PRODUCTS
from state.products.product import net_price

TIME = Cause(kind="time", key="tick", text="the clock")

_KINDS: dict[type, str] = {
    PricePublication: "price",
    CurveMarks: "curve",
    Forecast: "forecast",
    VolumeOutlook: "forecast",
    Schedule: "schedule",
    MeterValues: "meter",
    Award: "award",
    Outage: "outage",
    ManualAdjustment: "adjustment",
    Trade: "trade",
    ProductTrade: "trade",
    ProductMarks: "curve",
    ContractDelivery: "delivery",
}
_DATED = get_args(Dated)
_ACTIVE = frozenset((Trade, ProductTrade, Award, ManualAdjustment))


class MessageCause(Cause):
    """A message as the cause of what follows; its words are made when an alert needs them.

    Args:
        message: the cause.
        time_zone: in which its times are told.
    """

    def __init__(self, message: AnyMessage, time_zone: str) -> None:
        own, kind = self.__dict__, type(message)
        own["kind"], own["active"] = _KINDS.get(kind, "reference"), kind in _ACTIVE
        own["_message"], own["_time_zone"] = message, time_zone

    def __getattr__(self, name: str) -> str:
        # Only for what is not there yet; the fields of every cause are kept where they belong.
        own = self.__dict__
        if name == "key":
            own["key"] = told = str(own["_message"].key)
        elif name == "text":
            own["text"] = told = describe(own["_message"], own["_time_zone"])
        else:
            raise AttributeError(name)
        return told


def describe(message: AnyMessage, time_zone: str) -> str:
    """Write what a message says in one line, times in a market's zone.

    >>> from state.messages import Outage
    >>> describe(Outage(outage="O-1", version=1, resource="BATT", start_ns=0, end_ns=1,
    ...                 available_mw=40.0), "UTC")
    'outage O-1 v1: BATT limited to 40 MW'
    """
    words = _WORDS.get(type(message))
    if words is None:
        return message.key.replace("/", " ")
    started = ""
    if isinstance(message, _DATED):
        start = from_ns(message.interval_start_ns).astimezone(ZoneInfo(time_zone))
        started = f" {start:%Y-%m-%d %H:%M %Z}"
    return words(message) + started


def _describe_outage(outage: Outage) -> str:
    limit = "lifted" if outage.cancelled else f"limited to {outage.available_mw:g} MW"
    return f"outage {outage.outage} v{outage.version}: {outage.resource} {limit}"


def _describe_adjustment(adjustment: ManualAdjustment) -> str:
    return (
        f"adjustment {adjustment.adjustment} v{adjustment.version} by {adjustment.author}: "
        f"{adjustment.mw:+g} MW at {adjustment.location}, {adjustment.reason}"
    )


def _describe_trade(trade: Trade) -> str:
    name = f"trade {trade.identity} v{trade.version}"
    if trade.action is TradeAction.CANCEL:
        return f"{name} cancelled"
    size = signed_size_of(trade)
    side = "bought" if size >= 0.0 else "sold"
    what = f"{_amount(trade, abs(size))} at {trade.location} for {_price(trade)}"
    return f"{name}: {side} {what}, book {trade.book}"


def _amount(trade: Trade, size: float) -> str:
    product = PRODUCTS[trade.product]
    if product.as_generated:  # its quantity is a share
        return f"{100.0 * size:g} % of {trade.resource} {trade.product}"
    held = isinstance(trade, ProductTrade) and trade.units
    return f"{size:g} {product.measure if held else 'MW'} {trade.product}"


def _price(trade: Trade) -> str:
    measure = PRODUCTS[trade.product].measure
    if measure and isinstance(trade, ProductTrade):
        return f"{trade.price_usd_per_unit:g} $/{measure}"
    return f"{net_price(trade):g} $/MWh"


_WORDS: dict[type, Callable[[Any], str]] = {
    PricePublication: lambda price: f"{price.market} {price.run} prices of",
    Trade: _describe_trade,
    ProductTrade: _describe_trade,
    ProductMarks: lambda marks: f"{marks.market} product marks as of {marks.as_of}",
    Forecast: lambda forecast: f"forecast of {forecast.resource} from",
    MeterValues: lambda meter: f"meter values of {meter.resource} from",
    Schedule: lambda plan: f"{plan.market} {plan.run} schedule from",
    Outage: _describe_outage,
    ManualAdjustment: _describe_adjustment,
    ContractDelivery: lambda record: (
        f"contract {record.contract} delivered {record.delivered_mwh:g} of {record.due_mwh:g} MWh "
        f"in {record.month}"
    ),
    CurveMarks: lambda marks: f"{marks.market} curve marks as of {marks.as_of}",
}
