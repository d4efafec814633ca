"""The Performance page: plants and loads, where supply comes from, forecasts, deliveries."""

from __future__ import annotations

from dashboards.pages.layout import Page, Place, text
from dashboards.tiles import accuracy, deliveries, plants, supply

PAGE = Page(
    name="performance",
    title="Performance",
    places=(
        Place("plants", text("plants", plants.values), columns=8, height=330),
        Place("supply", text("supply", supply.values), columns=4, height=330),
        Place("accuracy", text("accuracy", accuracy.values), columns=7, height=316),
        Place("deliveries", text("deliveries", deliveries.values), columns=5, height=316),
    ),
)
