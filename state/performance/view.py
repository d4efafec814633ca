"""How the running day performs, as screens and the report show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.performance.deliveries import delivery_rows
from state.performance.forecasts import forecast_rows
from state.performance.resources import resource_rows
from state.performance.sources import concentration, largest, source_rows, supply_of
from state.screens.performance_seen import PerformanceView

if TYPE_CHECKING:
    from state.desk import Desk


def performance_view(desk: Desk) -> PerformanceView:
    """Show forecasts, resources, sources and deliveries of every market's running day."""
    markets = [market for market in desk.markets.values() if market.today is not None]
    supplies = [supply_of(market) for market in markets]
    sources = source_rows(supplies)
    return PerformanceView(
        dates=[f"{market.market.market} {market.today}" for market in markets],
        from_date=min((str(min(market.days)) for market in markets), default=""),
        forecasts=[row for market in markets for row in forecast_rows(market)],
        resources=[row for market in markets for row in resource_rows(market)],
        sources=largest(sources),
        deliveries=[row for market in markets for row in delivery_rows(market)],
        load_mwh=sum(supply.load_mwh for supply in supplies),
        sold_mwh=sum(supply.sold_mwh for supply in supplies),
        unknown=[name for supply in supplies for name in supply.unknown],
        concentration=concentration([row.mwh for row in sources]),
    )
