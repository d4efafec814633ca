"""What a message must be in itself before the core touches it: lengths, dates, finite numbers.

Doors to the log check the same and more; the core checks again, because one malformed entry in
the log would otherwise stop every start of the monitor.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np

from state.intake import close_records, stated_records
from state.intake.columns import no_months, no_periods, undated, uneven, unnamed
from state.messages import (
    FIRM,
    AnyMessage,
    AreaVolume,
    Award,
    BacktestHistory,
    Books,
    CompanyOutlook,
    ContractDelivery,
    CurveMarks,
    DayClose,
    FactorHistory,
    FloatColumn,
    Forecast,
    HedgeRequest,
    Locations,
    Market,
    MeterValues,
    Outage,
    PricePublication,
    ProductMarks,
    ProductTrade,
    RetailSales,
    Schedule,
    Trade,
    TradeCheck,
    TradeDetails,
    TraderRecord,
    TradeTotals,
    VolumeOutlook,
)
from state.moments import END_NS, SECOND_NS

MOST = 1e6
"""The most MW and $/MWh of a message: far above any market, and small enough that one wrong value
taken in and out again leaves the running totals of all others exact to a cent."""

MOST_USD = 1e12
"""The most $ of a message."""

MOST_UNITS = 1e8
"""The most certificates or allowances of a contract, one a MWh or t CO2e: a utility's in one year
are millions, and at the most $ a unit their value is exact to a cent."""

_SUMS = ("_usd", "volume_mwh", "amounts")
"""Columns of amounts that have been added up: no running total takes them in."""

_HOUR_SECONDS = 3600
_DAY_SECONDS = 24 * _HOUR_SECONDS
_LONGEST_SECONDS = 366 * _DAY_SECONDS
_LEAST_SETTLEMENT_SECONDS = 60
_IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MOST_MONTHS = 600
_SEPARATORS = "/,"
_OWN_AMOUNTS = ("bought_usd", "bought_mw", "sold_usd", "sold_mw")
_IDENTITIES = frozenset(
    ("market", "book", "resource", "location", "source", "trade", "award", "outage")
) | {"adjustment", "feed"}


def malformed(message: AnyMessage) -> str:
    """Say what is wrong with a message in itself: field, value and remedy; empty if nothing."""
    wrong = _field_wrong(message)
    check = _CHECKS.get(type(message))
    return wrong or (check(message) if check else "")


# What holds for every kind -------------------------------------------------------------------


class _Fields(NamedTuple):
    """The fields of a kind that are held to the same bounds in every kind."""

    names: tuple[str, ...]
    times: tuple[str, ...]
    amounts: tuple[tuple[str, float], ...]
    columns: tuple[str, ...]


@cache
def _fields_of(kind: type[Any]) -> _Fields:
    fields = msgspec.structs.fields(kind)
    return _Fields(
        names=tuple(f.name for f in fields if f.name in _IDENTITIES and f.required),
        times=tuple(f.name for f in fields if f.name.endswith("_ns")),
        amounts=tuple((f.name, _most_of(f.name)) for f in fields if f.type is float),
        columns=tuple(f.name for f in fields if f.type == FloatColumn),
    )


def _most_of(name: str) -> float:
    if name == "units":
        return MOST_UNITS
    return MOST_USD if name.endswith("_usd") else MOST


def _field_wrong(message: AnyMessage) -> str:
    fields = _fields_of(type(message))
    for name in fields.names:
        if not getattr(message, name).strip():
            return f"{name} is empty; name one"
    for name in fields.times:
        told = getattr(message, name)
        if type(told) is int and 0 <= told < END_NS:
            continue  # nearly every one, so it is looked at first
        if wrong := _out_of_time(name, told):
            return wrong
    for name, most in fields.amounts:
        told = getattr(message, name)
        if not abs(told) <= most:
            return f"{name} must be finite and at most {most:,.10g}, was {told:,.10g}"
    for name in fields.columns:
        column = getattr(message, name)
        wrong = _excess(name, column) if len(column) else ""
        if wrong:
            return wrong
    return ""


def _out_of_time(name: str, told: int | tuple[int, ...] | None) -> str:
    for at_ns in told if isinstance(told, tuple) else (told,):
        if at_ns is not None and not 0 <= at_ns < END_NS:
            return f"{name} {at_ns} is not between 1970 and 2100; send nanoseconds since 1970"
    return ""


def _excess(name: str, column: FloatColumn) -> str:
    # NaN means "not published"; an infinity would turn every total it enters into NaN for good.
    worst = float(np.fmax.reduce(np.abs(column), initial=0.0))
    most = MOST_USD if name.endswith(_SUMS) else MOST
    return (
        f"{name} holds {worst:,.10g}, the most is {most:,.10g}; correct it" if worst > most else ""
    )


# What holds for one kind ---------------------------------------------------------------------


def _market(market: Market) -> str:
    if any(sign in market.market for sign in _SEPARATORS):
        return f"market {market.market!r} holds one of {_SEPARATORS}; rename it"
    try:
        ZoneInfo(market.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"time_zone {market.time_zone!r} is unknown; use an IANA name"
    seconds = market.settlement_seconds
    if seconds < _LEAST_SETTLEMENT_SECONDS or _HOUR_SECONDS % seconds:
        return f"settlement_seconds {seconds} is no 60 or more that divides an hour; correct it"
    if not 0.0 <= market.load_price_fmm_weight <= 1.0:
        return f"load_price_fmm_weight {market.load_price_fmm_weight:g} is not 0 to 1; correct it"
    return _peaks(market)


def _peaks(market: Market) -> str:
    first, last = market.on_peak_hours
    if not 1 <= first <= last <= 24:  # noqa: PLR2004 - hours of a day
        return f"on_peak_hours {first} to {last} are no hours ending 1 to 24; correct them"
    if any(not 0 <= day <= 6 for day in market.on_peak_days):  # noqa: PLR2004 - Monday to Sunday
        return f"on_peak_days {market.on_peak_days} are not 0 (Monday) to 6; correct them"
    return ""


def _locations(message: Locations) -> str:
    wrong = uneven(locations=message.locations, kinds=message.kinds, hubs=message.hubs)
    return wrong or unnamed(locations=message.locations)


def _books(message: Books) -> str:
    if FIRM in message.books:
        return "book 'firm' has the name of all books together; rename it"
    wrong = uneven(books=message.books, desks=message.desks)
    wrong = wrong or uneven(nodes=message.nodes, parents=message.parents)
    return wrong or unnamed(books=message.books, nodes=message.nodes) or _circle(message)


def _circle(message: Books) -> str:
    above = dict(zip(message.nodes, message.parents, strict=True))
    for node in above:
        seen = [node]
        while (parent := above.get(seen[-1])) is not None:
            if parent in seen:
                return f"node {parent!r} stands above itself; correct parents"
            seen.append(parent)
    return ""


def _interval(message: PricePublication | AreaVolume) -> str:
    return _extent(message.interval_start_ns, message.interval_seconds, 1)


def _volumes(message: Forecast | MeterValues | Award) -> str:
    return _extent(message.interval_start_ns, message.interval_seconds, len(message.mw))


def _award(award: Award) -> str:
    if (award.mw < 0.0).any():
        return f"{np.nanmin(award.mw):g} MW were awarded; send MW above 0, award_kind says the side"
    return _volumes(award)


def _extent(start_ns: int, seconds: int, count: int) -> str:
    if not 0 < seconds <= _DAY_SECONDS:
        return f"interval_seconds {seconds} is not above 0 and at most a day; correct it"
    if count * seconds > _LONGEST_SECONDS or start_ns + count * seconds * SECOND_NS >= END_NS:
        return f"{count} intervals of {seconds} s are over a year, or past 2100; send fewer"
    return ""


def _trade_check(check: TradeCheck) -> str:
    if not check.check.strip():
        return "check is empty; name one"
    if check.lot < 0.0:
        return f"lot {check.lot:g} is negative; send a size, or 0 for no sizes"
    if not 0 <= check.reserve_seconds <= _DAY_SECONDS:
        return f"reserve_seconds {check.reserve_seconds} is not 0 to {_DAY_SECONDS}; correct it"
    return ""


def _hedge_request(request: HedgeRequest) -> str:
    if not request.request.strip():
        return "request is empty; name one"
    if not request.lot > 0.0:
        return f"lot {request.lot:g} is not above 0; send the MW that blocks are dealt in"
    return ""


def _trader(record: TraderRecord) -> str:
    if not record.trader.strip():
        return "trader is empty; name one"
    if not 1 <= record.months <= _MOST_MONTHS:
        return f"months {record.months} is not 1 to {_MOST_MONTHS}; correct it"
    names = {
        "role": (record.role,),
        **{name: getattr(record, name) for name in ("markets", "instruments", "own_limits")},
    }
    for field, column in names.items():
        bad = next((name for name in column if not _IDENTIFIER.fullmatch(name)), None)
        if bad is not None:
            return f"{field} {bad!r} is no id of a policy; write it as `tieline policy show` does"
    own = {name: getattr(record, f"own_{name}") for name in _OWN_AMOUNTS}
    wrong = uneven(own_limits=record.own_limits, **own)
    low = next((name for name, column in own.items() if (column < 0.0).any()), None)
    return wrong or ("" if low is None else f"own_{low} is below 0; send the most, or null")


def _outcomes(history: BacktestHistory) -> str:
    if not 0.0 < history.confidence < 1.0:
        return f"confidence {history.confidence:g} is not between 0 and 1; send 0.95 for 95 %"
    columns = {"var_usd": history.var_usd, "pnl_usd": history.pnl_usd}
    return uneven(dates=history.dates, **columns) or undated(history.dates)


def _history(history: FactorHistory) -> str:
    bad = undated(history.dates)
    if bad:
        return bad
    wanted = len(history.factors) * len(history.dates)
    if len(history.levels) != wanted:
        return f"levels has {len(history.levels)} values, factors × dates are {wanted}; send all"
    return ""


def _outlook(outlook: VolumeOutlook) -> str:
    wrong = uneven(months=outlook.months, blocks=outlook.blocks, mw=outlook.mw)
    return wrong or no_months(outlook.months)


def _curve(marks: CurveMarks) -> str:
    prices = marks.price_usd_per_mwh
    wrong = uneven(
        hubs=marks.hubs, blocks=marks.blocks, months=marks.months, price_usd_per_mwh=prices
    )
    return wrong or no_months(marks.months)


def _product_marks(marks: ProductMarks) -> str:
    wrong = uneven(
        products=marks.products,
        kinds=marks.kinds,
        periods=marks.periods,
        price_usd_per_unit=marks.price_usd_per_unit,
    )
    return wrong or no_periods(marks.periods)


def _schedule(schedule: Schedule) -> str:
    resources = len(schedule.resources)
    if not resources or not len(schedule.mw) or len(schedule.mw) % resources:
        return f"mw has {len(schedule.mw)} values for {resources} resources; send one an interval"
    count = len(schedule.mw) // resources
    return _extent(schedule.interval_start_ns, schedule.interval_seconds, count)


def _price(price: PricePublication) -> str:
    wrong = uneven(locations=price.locations, lmp=price.lmp)
    if not wrong and len(price.congestion):
        wrong = uneven(locations=price.locations, congestion=price.congestion)
    return wrong or _interval(price)


def _outage(outage: Outage) -> str:
    if outage.available_mw < 0.0:
        return f"available_mw {outage.available_mw:g} is below 0; send 0 for a full outage"
    return ""


def _trade(trade: Trade) -> str:
    if len(trade.profile_mw) and np.isnan(trade.profile_mw).any():
        return "profile_mw holds a value that is not published; send one an hour"
    hours = -(-(trade.delivery_end_ns - trade.delivery_start_ns) // (_HOUR_SECONDS * SECOND_NS))
    if hours <= 0:
        return "delivery_end must be after delivery_start; correct them"
    if len(trade.profile_mw) not in (0, hours):
        return f"profile_mw has {len(trade.profile_mw)} values for {hours} hours; send one an hour"
    return ""


_CHECKS: dict[type, Callable[[Any], str]] = {
    TradeCheck: _trade_check,
    HedgeRequest: _hedge_request,
    TraderRecord: _trader,
    Market: _market,
    Locations: _locations,
    Books: _books,
    FactorHistory: _history,
    BacktestHistory: _outcomes,
    RetailSales: stated_records.retail_sales,
    CompanyOutlook: stated_records.company_outlook,
    VolumeOutlook: _outlook,
    CurveMarks: _curve,
    Schedule: _schedule,
    PricePublication: _price,
    AreaVolume: _interval,
    Forecast: _volumes,
    MeterValues: _volumes,
    Award: _award,
    Outage: _outage,
    Trade: _trade,
    ProductTrade: _trade,
    ProductMarks: _product_marks,
    TradeTotals: close_records.totals,
    TradeDetails: close_records.details,
    DayClose: close_records.day_close,
    ContractDelivery: stated_records.contract_delivery,
}
