"""What moved P&L, position and risk: each kind of message is one driver.

The fold applies one message after another, so the change a message makes is its own: the
attribution is sequential, has no cross terms and leaves nothing over (docs/meanings.md, "Explain").
"""

from __future__ import annotations

from typing import NamedTuple

from state.messages import (
    Action,
    AnyMessage,
    AreaVolume,
    Award,
    CompanyOutlook,
    ContractDelivery,
    Counterparty,
    CumulativePnl,
    CurveMarks,
    DayClose,
    FactorHistory,
    FeedNotice,
    Forecast,
    HedgeRequest,
    ManualAdjustment,
    MeterValues,
    Opening,
    Outage,
    PricePublication,
    ProductMarks,
    ProductTrade,
    Rejected,
    RetailSales,
    Run,
    RunStatus,
    Schedule,
    StateOfCharge,
    StressScenarios,
    Tick,
    Trade,
    TradeAction,
    TradeCheck,
    TradeDetails,
    TraderRecord,
    TradeTotals,
    VolumeOutlook,
)


class Driver(NamedTuple):
    """What moves a figure.

    Attributes:
        group: ``roll``, ``horizon``, ``new deals``, ``amendments``, ``volume``, ``price``,
            ``corrections``, ``window``, ``reference`` or ``earlier today``.
        source: within volume and price: ``forecast``, ``meter``, ``RTD``, ``curve`` …; else empty.

    >>> str(Driver("price", "RTD")), str(Driver("roll"))
    ('price RTD', 'roll')
    """

    group: str
    source: str = ""

    def __str__(self) -> str:
        return f"{self.group} {self.source}".rstrip()


ROLL = Driver("roll")
HORIZON = Driver("horizon")
"""What comes into sight of the forward book as a year turns: value that nobody made that day."""
NEW_DEALS = Driver("new deals")
AMENDMENTS = Driver("amendments")
CORRECTIONS = Driver("corrections")
WINDOW = Driver("window")
REFERENCE = Driver("reference")
EARLIER = Driver("earlier today")
"""Before the explain began: a state that was saved without one says no more."""

GROUPS = (
    "earlier today", "roll", "horizon", "new deals", "amendments", "volume", "price",
    "corrections", "window", "reference",
)  # fmt: skip
"""The order in which drivers are shown."""

_VOLUMES: dict[type, Driver] = {
    Forecast: Driver("volume", "forecast"),
    Schedule: Driver("volume", "schedule"),
    MeterValues: Driver("volume", "meter"),
    VolumeOutlook: Driver("volume", "outlook"),
    Outage: Driver("volume", "outage"),
    Award: Driver("volume", "award"),
    ManualAdjustment: Driver("volume", "adjustment"),
    StateOfCharge: Driver("volume", "state of charge"),
    CurveMarks: Driver("price", "curve"),
    ProductMarks: Driver("price", "products"),
    FactorHistory: WINDOW,
}
_PRICES = {run: Driver("price", str(run)) for run in Run}
_DEALS = (Trade, ProductTrade)
_INERT = (
    Tick, RunStatus, Opening, Action, Rejected, AreaVolume, Counterparty, CumulativePnl,
    StressScenarios, TradeCheck, HedgeRequest, TradeTotals, TradeDetails, DayClose,
    TraderRecord, RetailSales, CompanyOutlook, ContractDelivery, FeedNotice,
)  # fmt: skip


def driver_of(message: AnyMessage) -> Driver | None:
    """Return the driver of what a message changes; None for one that moves no figure here.

    The clock (roll, realisation, expiry) is noted by :meth:`PnlExplain.tick`. P&L that a book
    brings into the log is no P&L of the log.

    >>> driver_of(Tick(at_ns=1)) is None
    True
    """
    kind = type(message)
    if kind in _DEALS:
        new = getattr(message, "action", None) is TradeAction.NEW
        return NEW_DEALS if new else AMENDMENTS
    if isinstance(message, PricePublication):
        return _PRICES[message.run]
    return _VOLUMES.get(kind) or (None if kind in _INERT else REFERENCE)
