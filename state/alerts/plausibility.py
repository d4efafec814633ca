"""Finite but absurd numbers: they enter, and alarm with feed, place, value and bound.

The bounds are those of the policy's limits (rules ``plausible_price``, ``plausible_quantity`` and
``component_sum``); without such a limit nothing is looked at. What no sum can hold exactly
(``state.intake.wellformed.MOST``) and what is not finite never gets here: it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from state.alerts.components import component_gap
from state.calendar import SECOND_NS, from_ns
from state.limits.data_quality import COMPONENTS, PRICE, QUANTITY
from state.limits.reading import Reading
from state.limits.rule import Rule
from state.messages import (
    AnyMessage,
    Award,
    CurveMarks,
    FloatColumn,
    Forecast,
    ManualAdjustment,
    MeterValues,
    PricePublication,
    Schedule,
    Trade,
    VolumeOutlook,
)
from state.policy.schema import LimitPolicy

MOST_NAMED = 10
"""How many places of one message get a case of their own: the worst."""

_RULES = (PRICE.name, QUANTITY.name, COMPONENTS.name)
_KEPT_NS = 14 * 86_400 * SECOND_NS
"""An interval's price can be corrected for so long (docs/meanings.md); then its case expires."""

Key = tuple[str, str, str]
"""Figure, scope and period of an alarm."""


class Seen(NamedTuple):
    """One column of a message, and what each entry is about.

    Attributes:
        start_ns: of the interval, 0 where the value belongs to none.
        places: names one an entry; one for all where there is only one.
    """

    rule: Rule
    feed: str
    start_ns: int
    places: tuple[str, ...]
    values: FloatColumn


class Plausibility:
    """Knows the bounds in force, and what is beyond them until it is corrected."""

    def __init__(self) -> None:
        self._bounds: dict[str, tuple[float, float]] = {}
        self._open: dict[Key, int] = {}

    def adopt(self, policies: Iterable[LimitPolicy]) -> None:
        """Take over the narrowest bounds of the policies in force."""
        self._bounds = {}
        for policy in policies:
            for limit in policy.limits:
                if limit.rule not in _RULES:
                    continue
                low, high = self._bounds.get(limit.rule, (-np.inf, np.inf))
                for edges in (limit, *limit.own):
                    floor, ceiling = edges.floor, edges.ceiling
                    low = low if floor is None else max(low, floor)
                    high = high if ceiling is None else min(high, ceiling)
                self._bounds[limit.rule] = (low, high)

    @property
    def follows_all(self) -> bool:
        """Whether any message may be the one that corrects what is beyond a bound."""
        return bool(self._open)

    def suspects(self, message: AnyMessage) -> bool:
        """Say whether a message may hold anything to read: a few comparisons, no loop."""
        if not self._bounds or type(message) not in _COLUMNS:
            return False
        if self._open:
            return True
        prices, amounts = _EXTREMES[type(message)](message)
        return (
            self._outside(PRICE, prices)
            or self._outside(QUANTITY, amounts)
            or self._has_gap(message)
        )

    def _has_gap(self, message: AnyMessage) -> bool:
        if COMPONENTS.name not in self._bounds or not isinstance(message, PricePublication):
            return False
        return self._outside(COMPONENTS, component_gap(message))

    def _outside(self, rule: Rule, values: FloatColumn | float) -> bool:
        bounds = self._bounds.get(rule.name)
        if bounds is None:
            return False
        if isinstance(values, float | int):
            return not bounds[0] <= values <= bounds[1]
        if not len(values):
            return False
        return bool(np.fmin.reduce(values) < bounds[0] or np.fmax.reduce(values) > bounds[1])

    def inspect(
        self, message: AnyMessage, *, feed: str, time_zone: str, at_ns: int
    ) -> list[Reading]:
        """Return a reading of what is beyond its bounds, or was and no longer is.

        Args:
            message: that was applied.
            feed: what it counts for (``caiso/RTD``).
            time_zone: of its market, for the period's name.
            at_ns: the fold's time.
        """
        look = _COLUMNS.get(type(message)) if self._bounds else None
        if look is None:
            return []
        read = (self._read(seen, time_zone, at_ns) for seen in look(message, feed))
        return [reading for reading in read if reading is not None]

    def _read(self, seen: Seen, time_zone: str, at_ns: int) -> Reading | None:
        bounds = self._bounds.get(seen.rule.name)
        if bounds is None or not len(seen.values):
            return None
        period = _period(seen.start_ns, time_zone)
        found = {**self._settled(seen, period, at_ns), **_beyond(seen, bounds)}
        if not found:
            return None
        end_ns = seen.start_ns + _KEPT_NS if seen.start_ns else 0
        for scope, value in found.items():
            key = (seen.rule.figure, scope, period)
            if bounds[0] <= value <= bounds[1]:
                self._open.pop(key, None)
            else:
                self._open[key] = end_ns
        return _reading(seen, found, period, end_ns)

    def _settled(self, seen: Seen, period: str, at_ns: int) -> dict[str, float]:
        """Return the new values of what was beyond its bounds, where the message has them."""
        self._open = {key: end for key, end in self._open.items() if not 0 < end <= at_ns}
        found: dict[str, float] = {}
        for figure, scope, when in self._open:
            place = scope.removeprefix(f"{seen.feed} ")
            if (figure, when) == (seen.rule.figure, period) and place in seen.places:
                value = float(seen.values[seen.places.index(place)])
                if np.isfinite(value):
                    found[scope] = value
        return found

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; nothing while nothing is beyond its bounds."""
        opened = [[*key, end] for key, end in self._open.items()]
        return {"implausible": opened} if opened else {}

    def restore(self, saved: list[list[Any]]) -> None:
        """Take over what :meth:`saved` returned."""
        self._open = {(figure, scope, when): end for figure, scope, when, end in saved}


def _period(start_ns: int, time_zone: str) -> str:
    if not start_ns:
        return ""
    return f"{from_ns(start_ns).astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M}"


def _beyond(seen: Seen, bounds: tuple[float, float]) -> dict[str, float]:
    """Return the worst values beyond the bounds, by scope."""
    excess = np.fmax(seen.values - bounds[1], bounds[0] - seen.values)
    order = np.argsort(-np.nan_to_num(excess, nan=-np.inf), kind="stable")[:MOST_NAMED]
    worst = [int(index) for index in order if excess[index] > 0.0]
    return {f"{seen.feed} {seen.places[index]}": float(seen.values[index]) for index in worst}


def _reading(seen: Seen, found: dict[str, float], period: str, end_ns: int) -> Reading:
    count = len(found)
    return Reading(
        figure=seen.rule.figure,
        unit=seen.rule.unit,
        scopes=tuple(found),
        periods=(period,) * count,
        period_starts_ns=(seen.start_ns,) * count,
        period_ends_ns=(end_ns,) * count,
        values=np.array(list(found.values())),
        unknown=("",) * count,
        applicable=np.ones(count, dtype=np.bool_),
        inputs=("",) * count,
    )


# What each kind of message holds ---------------------------------------------------------------


def _prices(message: PricePublication, feed: str) -> Iterator[Seen]:
    start_ns, places = message.interval_start_ns, message.locations
    yield Seen(PRICE, feed, start_ns, places, message.lmp)
    yield Seen(COMPONENTS, feed, start_ns, places, component_gap(message))


def _marks(message: CurveMarks, feed: str) -> Iterator[Seen]:
    columns = zip(message.hubs, message.blocks, message.months, strict=True)
    places = tuple(f"{hub} {block} {month}" for hub, block, month in columns)
    yield Seen(PRICE, feed, 0, places, message.price_usd_per_mwh)


def _trade(message: Trade, feed: str) -> Iterator[Seen]:
    place = (message.identity,)
    yield Seen(PRICE, feed, 0, place, np.array([message.price_usd_per_mwh]))
    amounts = message.profile_mw if len(message.profile_mw) else np.array([message.quantity_mw])
    yield Seen(QUANTITY, feed, 0, place, _largest(amounts))


def _volume(message: Forecast | MeterValues | VolumeOutlook, feed: str) -> Iterator[Seen]:
    yield Seen(QUANTITY, feed, 0, (message.resource,), _largest(message.mw))


def _schedule(message: Schedule, feed: str) -> Iterator[Seen]:
    table = message.mw.reshape(len(message.resources), -1)
    amounts = np.array([_largest(row)[0] for row in table])
    yield Seen(QUANTITY, f"{feed}/{message.run}", 0, message.resources, amounts)


def _award(message: Award, feed: str) -> Iterator[Seen]:
    yield Seen(QUANTITY, feed, 0, (message.award,), _largest(message.mw))


def _adjustment(message: ManualAdjustment, feed: str) -> Iterator[Seen]:
    yield Seen(QUANTITY, feed, 0, (message.adjustment,), np.array([message.mw]))


def _largest(amounts: FloatColumn) -> FloatColumn:
    """Return the amount farthest from 0, as a column of one; NaN where none is published."""
    if not len(amounts):
        return np.array([np.nan])
    least, most = np.fmin.reduce(amounts), np.fmax.reduce(amounts)
    return np.array([most if abs(most) >= abs(least) else least])


_NONE: FloatColumn = np.empty(0)
_EXTREMES: dict[type, Callable[[Any], tuple[FloatColumn | float, FloatColumn | float]]] = {
    PricePublication: lambda message: (message.lmp, _NONE),
    CurveMarks: lambda message: (message.price_usd_per_mwh, _NONE),
    Trade: lambda message: (
        message.price_usd_per_mwh,
        message.profile_mw if len(message.profile_mw) else message.quantity_mw,
    ),
    **dict.fromkeys(
        (Forecast, MeterValues, VolumeOutlook, Schedule, Award, ManualAdjustment),
        lambda message: (_NONE, message.mw),
    ),
}
"""The prices and the MW of each kind, as they are: what :meth:`Plausibility.suspects` compares."""

_COLUMNS: dict[type, Callable[[Any, str], Iterator[Seen]]] = {
    PricePublication: _prices,
    CurveMarks: _marks,
    Trade: _trade,
    Forecast: _volume,
    MeterValues: _volume,
    VolumeOutlook: _volume,
    Schedule: _schedule,
    Award: _award,
    ManualAdjustment: _adjustment,
}
