"""What a message from a person or a system must satisfy, beyond its types, to enter the log.

The core trusts the log; so an interval of no length, a version 0 or a column that is too short
is refused at the door, with the reason, and never becomes a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from connectors.contract_sizes import amount, generated_share, in_time, profile
from connectors.texts import refuse as _refuse
from connectors.texts import refuse_texts
from state import messages
from state.messages import AnyMessage, Message
from state.moments import SECOND_NS

GRID_SECONDS = 300
MOST_MW = 1_000_000.0
MOST_USD_PER_MWH = 1_000_000.0
"""The most MW and $/MWh the core's totals hold exactly; absurd below it enters, with an alarm.

A row of a report is held to it too: what the core refuses goes with all of its publication.
"""

MOST_USD = 1e12
MOST_UNITS = 100_000_000.0
MOST_MONTHS = 600
MOST_DELIVERY_NS = 50 * 366 * 86_400 * SECOND_NS
"""No contract delivers for fifty years; one that seems to has a wrong date."""

_HOUR_SECONDS = 3600
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_OWN_AMOUNTS = ("own_bought_usd", "own_bought_mw", "own_sold_usd", "own_sold_mw")

Check = Callable[[Any], None]
OverIntervals = (
    messages.PricePublication
    | messages.AreaVolume
    | messages.Forecast
    | messages.Schedule
    | messages.MeterValues
    | messages.Award
)
Versioned = messages.Trade | messages.Outage | messages.ManualAdjustment


def refuse_nonsense(message: AnyMessage) -> None:
    """Let a message pass that makes sense.

    Raises:
        ParseError: it does not; the field and its value are named.
    """
    refuse_texts(message)
    for check in _CHECKS.get(type(message), ()):
        check(message)


def _one_word(*names: str) -> Check:
    """Refuse a slash where the name is a part of an idempotency key."""

    def check(message: Message) -> None:
        for name in names:
            if "/" in getattr(message, name):
                _refuse(name, getattr(message, name), "a name without a slash")

    return check


def _within(name: str, least: float, most: float) -> Check:
    """Bound a number, or the published numbers of a column."""

    def check(message: Message) -> None:
        value = getattr(message, name)
        if type(value) is float and not (value < least or value > most):  # most are
            return
        values = np.atleast_1d(value)
        outside = values[(values < least) | (values > most)]  # NaN, "not published", is neither
        if outside.size:
            _refuse(name, outside[0], f"from {least:,.10g} to {most:,.10g}")

    return check


def _as_long_as(name: str, *columns: str) -> Check:
    """Let a column have one entry an entry of the others, and at least one."""

    def check(message: Message) -> None:
        length = len(getattr(message, name))
        if not length:
            _refuse(name, "empty", "at least one entry")
        for column in columns:
            if len(getattr(message, column)) != length:
                lengths = f"{len(getattr(message, column))} long"
                _refuse(column, lengths, f"the length of {name}, which is {length}")

    return check


def _if_any(name: str, column: str) -> Check:
    """Let two columns be as long as each other, or both be left out."""
    even = _as_long_as(name, column)

    def check(message: Message) -> None:
        if len(getattr(message, name)) or len(getattr(message, column)):
            even(message)

    return check


def _distinct(name: str) -> Check:
    def check(message: Message) -> None:
        values = getattr(message, name)
        if len(set(values)) != len(values):
            twice = next(value for value in values if values.count(value) > 1)
            _refuse(name, twice, "there once only")

    return check


def _rows(mw: str, names: str) -> Check:
    """Let a flattened table have the same number of entries for each name."""

    def check(message: Message) -> None:
        rows, entries = len(getattr(message, names)), len(getattr(message, mw))
        if not rows or not entries or entries % rows:
            _refuse(mw, f"{entries} long", f"a multiple of the {rows} {names}")

    return check


def _interval(message: OverIntervals) -> None:
    """Refuse an interval that fits no settlement grid."""
    seconds = message.interval_seconds
    if seconds <= 0 or (GRID_SECONDS % seconds and seconds % GRID_SECONDS):
        _refuse("interval_seconds", seconds, f"a divisor or a multiple of {GRID_SECONDS}")
    grid = np.gcd(seconds, _HOUR_SECONDS)
    if message.interval_start_ns % (int(grid) * SECOND_NS):
        start = message.interval_start_ns / SECOND_NS
        _refuse("interval_start", f"{start:.9g} s", f"a multiple of {grid} s since 1970")


def _version(message: Versioned) -> None:
    if message.version < 1:
        _refuse("version", message.version, "1 or more")


def _period(start: str, end: str) -> Check:
    def check(message: Message) -> None:
        length_ns = getattr(message, end) - getattr(message, start)
        if length_ns <= 0 or length_ns > MOST_DELIVERY_NS:
            hours = length_ns / SECOND_NS / _HOUR_SECONDS
            _refuse(
                end.removesuffix("_ns"),
                f"{hours:g} h after its start",
                "later, by 50 years at most",
            )

    return check


def _on_grid(*names: str) -> Check:
    def check(message: Message) -> None:
        for name in names:
            at_ns = getattr(message, name)
            if at_ns % (GRID_SECONDS * SECOND_NS):
                shown = f"{at_ns / SECOND_NS:.9f} s since 1970"
                _refuse(name.removesuffix("_ns"), shown, f"a multiple of {GRID_SECONDS} s")

    return check


def _months(message: messages.CurveMarks | messages.VolumeOutlook) -> None:
    for month in message.months:
        if not _MONTH.fullmatch(month):
            _refuse("months", month, "months as 2026-08")


def _delivered(message: messages.ContractDelivery) -> None:
    if not _MONTH.fullmatch(message.month):
        _refuse("month", message.month, "a month as 2026-08")
    if not 0.0 < message.due_mwh <= MOST_MW:
        _refuse("due_mwh", message.due_mwh, f"above 0, to {MOST_MW:,.10g}")
    if not 0.0 <= message.delivered_mwh <= message.due_mwh:
        _refuse("delivered_mwh", message.delivered_mwh, "from 0 to due_mwh")


def _dates(message: messages.FactorHistory) -> None:
    for day in message.dates:
        _date("dates", day)
    if any(later <= earlier for earlier, later in pairwise(message.dates)):
        _refuse("dates", " ".join(message.dates), "ascending dates")


def _date(name: str, text: str) -> None:
    try:
        is_date = date.fromisoformat(text).isoformat() == text
    except ValueError:
        is_date = False
    if not is_date:
        _refuse(name, text, "a date as 2026-08-14")


def _levels(message: messages.FactorHistory) -> None:
    expected = len(message.factors) * len(message.dates)
    if not expected or len(message.levels) != expected:
        _refuse("levels", f"{len(message.levels)} long", f"{expected}, one a factor and date")


def _components(message: messages.PricePublication) -> None:
    for name in ("energy", "congestion", "loss", "ghg"):
        column = getattr(message, name)
        if len(column) and len(column) != len(message.locations):
            expected = f"empty or one of {len(message.locations)} locations each"
            _refuse(name, f"{len(column)} long", expected)


def _profile(message: messages.Trade) -> None:
    if len(message.profile_mw):
        profile(message)
        _MW_OF_PROFILE(message)


def _market(message: messages.Market) -> None:
    _zone(message.time_zone)
    if message.settlement_seconds <= 0 or _HOUR_SECONDS % message.settlement_seconds:
        _refuse("settlement_seconds", message.settlement_seconds, "a divisor of 3600")
    if not {messages.Run.DA, messages.Run.RTD} <= set(message.runs):
        _refuse("runs", ", ".join(message.runs), "DA and RTD among them")
    first, last = message.on_peak_hours
    if not 1 <= first <= last <= 24:  # noqa: PLR2004 - hours of a day
        _refuse("on_peak_hours", message.on_peak_hours, "hours ending from 1 to 24, ascending")


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        _refuse("time_zone", name, "an IANA name as America/Los_Angeles")


def _complete(message: messages.Action) -> None:
    for name, what in message.lacking().items():
        _refuse(name, getattr(message, name), what)


def _priced(name: str) -> Check:
    return _within(name, -MOST_USD_PER_MWH, MOST_USD_PER_MWH)


def _dated(name: str) -> Check:
    return lambda message: _date(name, getattr(message, name))


_MW = _within("mw", -MOST_MW, MOST_MW)
_MW_OF_PROFILE = _within("profile_mw", -MOST_MW, MOST_MW)
_TOTALS = _as_long_as("books", "contracts", "volume_mwh", "value_usd")
_DETAILS = _as_long_as(
    *("trades", "price_usd_per_mwh", "locations", "products", "blocks"),
    *("delivery_starts_ns", "delivery_ends_ns", "counterparties"),
)
_VOLUMES = (_interval, _as_long_as("mw"), _MW)
_TRADE = (
    _version,
    _period("delivery_start_ns", "delivery_end_ns"),
    in_time,
    _on_grid("delivery_start_ns", "delivery_end_ns"),
    _within("quantity_mw", -MOST_MW, MOST_MW),
    _priced("price_usd_per_mwh"),
    generated_share,
    _profile,
    amount,
    _one_word("source", "market"),
)
_CHECKS: dict[type, tuple[Check, ...]] = {
    messages.RunStatus: (_within("speed", 0, 1e6), _one_word("run")),
    messages.Market: (
        _market,
        _within("load_price_fmm_weight", 0, 1),
        _within("on_peak_days", 0, 6),
        _distinct("on_peak_days"),
        _distinct("runs"),
        _one_word("market"),
    ),
    messages.Locations: (
        _as_long_as("locations", "kinds", "hubs"),
        _distinct("locations"),
        _one_word("market"),
    ),
    messages.Books: (
        _as_long_as("books", "desks"),
        _if_any("nodes", "parents"),
        _distinct("books"),
        _distinct("nodes"),
    ),
    messages.Resource: (_within("capacity_mw", 0, MOST_MW), _within("energy_mwh", 0, MOST_MW)),
    messages.Counterparty: (_within("collateral_usd", -MOST_USD, MOST_USD),),
    messages.TraderRecord: (
        _within("months", 1, MOST_MONTHS),
        *(_if_any("own_limits", name) for name in _OWN_AMOUNTS),
        _distinct("own_limits"),
        *(_within(name, 0, MOST_USD) for name in _OWN_AMOUNTS),
    ),
    messages.FactorHistory: (
        _dates,
        _levels,
        _distinct("factors"),
        _priced("levels"),
    ),
    messages.CumulativePnl: (_within("realised_usd", -MOST_USD, MOST_USD),),
    messages.RetailSales: (
        _as_long_as("periods", "volume_mwh"),
        _distinct("periods"),
        _within("volume_mwh", 0, MOST_USD),
        _one_word("market"),
    ),
    messages.CompanyOutlook: (
        _as_long_as("periods", "amounts"),
        _distinct("periods"),
        _within("amounts", 0, MOST_USD),
        _one_word("market"),
    ),
    messages.PricePublication: (
        _interval,
        _as_long_as("locations", "lmp"),
        _components,
        _distinct("locations"),
        *map(_priced, ("lmp", "energy", "congestion", "loss", "ghg")),
        _one_word("market"),
    ),
    messages.AreaVolume: (
        _interval,
        _as_long_as("areas", "mw"),
        _distinct("areas"),
        _one_word("market", "run"),
    ),
    messages.CurveMarks: (
        _dated("as_of"),
        _as_long_as("hubs", "blocks", "months", "price_usd_per_mwh"),
        _months,
        _priced("price_usd_per_mwh"),
    ),
    messages.Forecast: _VOLUMES,
    messages.VolumeOutlook: (_as_long_as("months", "blocks", "mw"), _months, _MW),
    messages.Schedule: (
        _interval,
        _rows("mw", "resources"),
        _distinct("resources"),
        _MW,
        _one_word("market"),
    ),
    messages.MeterValues: _VOLUMES,
    messages.Award: (*_VOLUMES, _within("mw", 0, MOST_MW), _one_word("market")),
    messages.Outage: (_version, _period("start_ns", "end_ns"), _within("available_mw", 0, MOST_MW)),
    messages.StateOfCharge: (_within("energy_mwh", 0, MOST_MW),),
    messages.ManualAdjustment: (_version, _period("start_ns", "end_ns"), _MW),
    messages.Trade: _TRADE,
    messages.ProductTrade: (
        *_TRADE,
        *map(_priced, ("price_adjustment_usd_per_mwh", "floor_usd_per_mwh", "strike_usd_per_mwh")),
        _within("volatility_usd_per_mwh", 0, MOST_USD_PER_MWH),
        _within("efficiency", 0, 1),
        _within("energy_mwh", 0, MOST_MW),
        _within("units", -MOST_UNITS, MOST_UNITS),
        _priced("price_usd_per_unit"),
    ),
    messages.ProductMarks: (
        _dated("as_of"),
        _as_long_as("products", "kinds", "periods", "price_usd_per_unit"),
        _priced("price_usd_per_unit"),
    ),
    messages.ContractDelivery: (_delivered, _one_word("market")),
    messages.Action: (_complete,),
    messages.TradeTotals: (_dated("date"), _distinct("books"), _TOTALS),
    messages.TradeDetails: (
        _DETAILS,
        *(_dated("date"), _distinct("trades"), _priced("price_usd_per_mwh")),
    ),
    messages.DayClose: (_dated("date"),),
    messages.FeedNotice: (
        _within("missing", 0, MOST_MW),
        _within("delay_seconds", -MOST_MW, MOST_MW),
    ),
}
