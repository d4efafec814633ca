"""Performance (§7): costs and revenues against expected, deliveries, forecasts, sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.performance.view import performance_view
from state.reports.heading import heading
from state.reports.table import Column, Report, Table

if TYPE_CHECKING:
    from state.company import Company
    from state.screens.performance_seen import PerformanceView

_RESOURCES = (
    Column("Market"),
    Column("Resource"),
    Column("Kind"),
    Column("Scheduled day-ahead", "MWh (+ supply)", 1),
    Column("Metered or expected", "MWh (+ supply)", 1),
    Column("Expected", "$ (+ earned)"),
    Column("Value", "$ (+ earned)"),
    Column("Value less expected", "$"),
    Column("Contracts on its output", "$ (+ paid)"),
    Column("Margin", "$"),
    Column("Captured price", "$/MWh", 2),
    Column("Capture rate", "ratio", 3),
)
_DELIVERIES = (
    Column("Contract"),
    Column("Counterparty"),
    Column("By"),
    Column("Through"),
    Column("Contracted", "MWh", 1),
    Column("Delivered", "MWh", 1),
    Column("Delivered by contracted", "ratio", 3),
)
_FORECASTS = (
    Column("Market"),
    Column("Resource"),
    Column("Forecast as of"),
    Column("MAPE today", "ratio", 4),
    Column("Hours today"),
    Column("MAPE of all days held", "ratio", 4),
    Column("Hours"),
    Column("Bias of all days held", "ratio", 4),
)
_SOURCES = (Column("Source"), Column("By"), Column("Energy", "MWh", 1), Column("Share", "ratio", 3))


def report(company: Company) -> Report:
    """Return how the running day of every market performs."""
    view = performance_view(company.desk)
    tables = (
        Table(
            title="Costs and revenues against expected",
            columns=_RESOURCES,
            rows=tuple(
                (
                    *(row.market, row.resource, row.resource_kind, row.scheduled_mwh, row.mwh),
                    *(row.expected_usd, row.value_usd, row.difference_usd, row.contract_usd),
                    *(row.margin_usd, row.weighted_price, row.capture_rate),
                )
                for row in view.resources
            ),
            empty="No plant and no load is known, or no day has begun.",
            notes=(*_NOTES, *_days(view)),
        ),
        _deliveries(view),
        _forecasts(view),
        _sources(view),
    )
    return heading(company, "performance", "Performance of the day", "policy §1, §7", tables)


_NOTES = (
    "Expected: the day-ahead schedule at day-ahead prices. Value: by two settlements, marked where "
    "no price is out. Fuel and operation are not known here.",
    "Captured: the day-ahead price weighted with the energy of the day; the rate is that over its "
    "mean.",
)


def _days(view: PerformanceView) -> tuple[str, ...]:
    """Say which day of each market it is about: an eastern one's begins earlier."""
    return (f"Running days, here and below: {', '.join(view.dates)}.",) if view.dates else ()


def _deliveries(view: PerformanceView) -> Table:
    return Table(
        title="Contract performance",
        columns=_DELIVERIES,
        rows=tuple(
            (
                *(row.contract, row.counterparty, row.by, row.through),
                *(row.contracted_mwh, row.delivered_mwh, row.ratio),
            )
            for row in view.deliveries
        ),
        empty="No contract on a plant, and none that an IST delivers, is about the day.",
        notes=("Of a plant: the contract's share, in the hours that are metered.",),
    )


def _forecasts(view: PerformanceView) -> Table:
    return Table(
        title="Forecasts against the meter",
        columns=_FORECASTS,
        rows=tuple(
            (
                *(row.market, row.resource, row.horizon, row.today, str(row.today_hours)),
                *(row.held, str(row.held_hours), row.bias),
            )
            for row in view.forecasts
        ),
        empty="No load and no plant whose output varies is known.",
        notes=(f"All days held: since {view.from_date}.",) if view.from_date else (),
    )


def _sources(view: PerformanceView) -> Table:
    unknown = f" Incomplete: no forecast for {', '.join(view.unknown)}." if view.unknown else ""
    return Table(
        title="Supply by source",
        columns=_SOURCES,
        rows=tuple((row.source, row.product, row.mwh, row.share) for row in view.sources),
        empty="No source is known.",
        notes=(
            f"Load {view.load_mwh:,.1f} MWh, sold {view.sold_mwh:,.1f} MWh. Concentration (sum of "
            f"the squared shares) {view.concentration:.3f}.{unknown}",
        )
        if view.sources
        else (),
    )
