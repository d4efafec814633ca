"""Which handler takes a message of which kind; what the company itself takes is in its own file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from state.hedging.way_out import take_hedge_request
from state.intake import actions, closing, market_data, reference_data, volume_data
from state.messages import (
    Action,
    AreaVolume,
    Award,
    BacktestHistory,
    Books,
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
    Locations,
    ManualAdjustment,
    Market,
    MeterValues,
    Outage,
    Policy,
    PricePublication,
    ProductMarks,
    Resource,
    RetailSales,
    Schedule,
    StateOfCharge,
    StressScenarios,
    TradeCheck,
    TradeDetails,
    TraderRecord,
    TradeTotals,
    VolumeOutlook,
)
from state.pretrade.check import take_check
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.company import Company

Handler: TypeAlias = Callable[[Any], list[Transition]]


def handlers_of(company: Company) -> dict[type, Handler]:
    """Return what takes each kind of message for a company."""
    return {
        Market: partial(reference_data.take_market, company),
        Locations: partial(reference_data.take_locations, company),
        Books: partial(reference_data.take_books, company),
        Resource: partial(reference_data.take_resource, company),
        Counterparty: partial(reference_data.take_counterparty, company),
        TraderRecord: partial(reference_data.take_trader, company),
        FactorHistory: partial(reference_data.take_history, company),
        Policy: partial(reference_data.take_policy, company),
        StressScenarios: partial(reference_data.take_stress, company),
        CumulativePnl: partial(reference_data.take_cumulative_pnl, company),
        BacktestHistory: partial(reference_data.take_backtest, company),
        RetailSales: partial(reference_data.take_stated, company),
        CompanyOutlook: partial(reference_data.take_stated, company),
        PricePublication: partial(market_data.take_prices, company),
        AreaVolume: partial(market_data.take_area_volume, company),
        CurveMarks: partial(market_data.take_marks, company),
        ProductMarks: partial(market_data.take_marks, company),
        Forecast: company.take_dated,
        Schedule: company.take_dated,
        MeterValues: company.take_dated,
        VolumeOutlook: partial(volume_data.take_outlook, company),
        Award: partial(volume_data.take_award, company),
        ContractDelivery: partial(volume_data.take_delivery, company),
        Outage: partial(volume_data.take_outage, company),
        StateOfCharge: partial(volume_data.take_state_of_charge, company),
        ManualAdjustment: partial(volume_data.take_adjustment, company),
        TradeCheck: partial(take_check, company),
        HedgeRequest: partial(take_hedge_request, company),
        Action: partial(actions.take_action, company),
        DayClose: partial(closing.take_close, company),
        TradeTotals: partial(closing.take_totals, company),
        TradeDetails: partial(closing.take_details, company),
        FeedNotice: partial(market_data.take_notice, company),
    }
