"""What the screens read of how a day performs."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class ForecastRow(msgspec.Struct, kw_only=True):
    """How near the forecasts of one resource came to its meter; NaN is not known.

    Attributes:
        resource: or "all loads" for their sum.
        horizon: what is held against the meter: the ``day-ahead schedule``, or the forecast as
            of ``day's start`` or ``interval's start``.
        today: MAPE of the day's metered hours, 1.0 = 100 %.
        today_hours: how many these are.
        held: MAPE over all days held, today among them.
        held_hours: likewise.
        bias: over all days held, forecast less meter as a share of the meter, + too high.
    """

    market: str
    resource: str
    horizon: str
    today: float
    today_hours: int
    held: float
    held_hours: int
    bias: float


class ResourceRow(msgspec.Struct, kw_only=True):
    """What one plant or load brings today, in $; NaN is not known.

    Attributes:
        resource: or "all" for the sum of a market's.
        resource_kind: ``load``, ``solar``, …; empty of the sum.
        scheduled_mwh: by the day-ahead schedule, + supply, − load.
        mwh: metered, else as scheduled or forecast.
        expected_usd: the day-ahead schedule at day-ahead prices.
        value_usd: by two settlements, marked where no price is out.
        difference_usd: value less expected: what real time brought.
        contract_usd: what contracts on its output pay, + paid.
        margin_usd: value less that; fuel and operation are not known here.
        weighted_price: day-ahead price weighted with its MWh, $/MWh.
        capture_rate: that over the mean of the price, 1.0 = 100 %.
    """

    market: str
    resource: str
    resource_kind: str
    scheduled_mwh: float
    mwh: float
    expected_usd: float
    value_usd: float
    difference_usd: float
    contract_usd: float
    margin_usd: float
    weighted_price: float
    capture_rate: float


class SourceRow(msgspec.Struct, kw_only=True):
    """Where a part of today's supply comes from.

    Attributes:
        source: a kind of own plant, a counterparty, or the market.
        product: ``own``, ``ppa``, ``contract`` or ``market``.
        mwh: of the whole day, what is to come as expected.
        share: of all sources, 1.0 = 100 %.
    """

    source: str
    product: str
    mwh: float
    share: float


class DeliveryRow(msgspec.Struct, kw_only=True):
    """What a contract delivers today against what it should; NaN is not known.

    Attributes:
        contract: its identity.
        by: ``plant`` where a plant's meter tells, ``IST`` where trades between schedule
            coordinators do.
        through: the plant; of ISTs how many there are.
        contracted_mwh: the day-ahead schedule of its share in the hours that are metered; of an
            IST the contract's energy of the day, purchases and sales without a sign.
        delivered_mwh: metered; nominated.
        ratio: delivered by contracted, 1.0 = 100 %.
    """

    contract: str
    counterparty: str
    by: str
    through: str
    contracted_mwh: float
    delivered_mwh: float
    ratio: float


class PerformanceView(View, kw_only=True, tag="performance"):
    """How the running day of every market performs.

    Attributes:
        dates: market and its running day, ``caiso 2026-09-08``.
        from_date: the first day that forecasts are held against.
        load_mwh: expected load of the day.
        sold_mwh: physical sales, shares of plants sold as generated, and what the market takes of a
            surplus.
        unknown: resources of which a part of the day is not known: sources leave it out.
        concentration: sum of the squared shares of sources; 1 is one source; NaN without any.
    """

    dates: list[str]
    from_date: str
    forecasts: list[ForecastRow]
    resources: list[ResourceRow]
    sources: list[SourceRow]
    deliveries: list[DeliveryRow]
    load_mwh: float
    sold_mwh: float
    unknown: list[str]
    concentration: float
