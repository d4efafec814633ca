"""Messages as causes: what to call the message behind an alert."""

from __future__ import annotations

from state.calendar import from_ns
from state.limits.reading import Cause
from state.messages import (
    AnyMessage,
    Award,
    CurveMarks,
    Forecast,
    ManualAdjustment,
    MeterValues,
    Outage,
    PricePublication,
    Schedule,
    Trade,
    TradeAction,
    VolumeOutlook,
)

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
}
_ACTIVE = (Trade, ManualAdjustment)


def cause_of(message: AnyMessage) -> Cause:
    """Return a message as the cause of what follows."""
    return Cause(
        kind=_KINDS.get(type(message), "reference"),
        key=message.key,
        text=describe(message),
        active=isinstance(message, _ACTIVE),
    )


def describe(message: AnyMessage) -> str:
    """Write what a message says in one line; times are UTC.

    >>> from state.messages import Outage
    >>> describe(Outage(outage="O-1", version=1, resource="BATT", start_ns=0, end_ns=1,
    ...                 available_mw=40.0))
    'outage O-1 v1: BATT limited to 40 MW'
    """
    match message:
        case PricePublication():
            start = from_ns(message.interval_start_ns)
            return f"{message.market} {message.run} prices of {start:%Y-%m-%d %H:%M} UTC"
        case Trade():
            return _describe_trade(message)
        case Forecast() | MeterValues():
            name = "forecast" if isinstance(message, Forecast) else "meter values"
            start = from_ns(message.interval_start_ns)
            return f"{name} of {message.resource} from {start:%Y-%m-%d %H:%M} UTC"
        case Schedule():
            start = from_ns(message.interval_start_ns)
            return f"{message.market} {message.run} schedule from {start:%Y-%m-%d %H:%M} UTC"
        case Outage():
            limit = "lifted" if message.cancelled else f"limited to {message.available_mw:g} MW"
            return f"outage {message.outage} v{message.version}: {message.resource} {limit}"
        case ManualAdjustment():
            return (
                f"adjustment {message.adjustment} v{message.version} by {message.author}: "
                f"{message.mw:+g} MW at {message.location}, {message.reason}"
            )
        case CurveMarks():
            return f"{message.market} curve marks as of {message.as_of}"
        case _:
            return message.key.replace("/", " ")


def _describe_trade(trade: Trade) -> str:
    name = f"trade {trade.identity} v{trade.version}"
    if trade.action is TradeAction.CANCEL:
        return f"{name} cancelled"
    side = "bought" if trade.quantity_mw >= 0.0 else "sold"
    return (
        f"{name}: {side} {abs(trade.quantity_mw):g} MW {trade.product} at {trade.location} "
        f"for {trade.price_usd_per_mwh:g} $/MWh, book {trade.book}"
    )
