"""Finite but absurd numbers: they enter, and alarm with feed, place, value and bound.

The bounds are those of the policy's limits (rules ``plausible_price``, ``plausible_unit_price``,
``plausible_capacity_price``, ``plausible_quantity`` and ``component_sum``); without such a limit
nothing is looked at. What no sum can hold exactly
(``state.intake.wellformed.MOST``) and what is not finite never gets here: it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from state.alerts.components import component_gap
from state.alerts.numbers_told import EXTREMES, LOOKS, Bounds, Part, Seen, unit_prices
from state.arrays import Floats
from state.limits.data_quality import CAPACITY_PRICE, COMPONENTS, PRICE, QUANTITY, UNIT_PRICE
from state.limits.reading import Reading
from state.limits.rule import Rule
from state.messages import AnyMessage, FloatColumn, PricePublication, ProductMarks, ProductTrade
from state.moments import from_ns
from state.policy.schema import LimitPolicy

_RULES = {rule.name: rule for rule in (PRICE, UNIT_PRICE, CAPACITY_PRICE, QUANTITY, COMPONENTS)}
_FIGURES = {rule.figure: rule for rule in _RULES.values()}

Key = tuple[str, str, str]
"""Figure, scope and period of an alarm."""


class Plausibility:
    """Knows the bounds in force, and what is beyond them until it is corrected."""

    def __init__(self) -> None:
        self._bounds: dict[str, Bounds] = {}
        self._open: dict[Key, list[Part]] = {}

    def adopt(self, policies: Iterable[LimitPolicy]) -> None:
        """Take over the narrowest bounds of the policies in force.

        What stands beyond those of before is held against them by :meth:`standing`.
        """
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

    def standing(self, at_ns: int) -> list[Reading]:
        """Return a reading of each number that stands; what is within its bounds is let go of."""
        self._let_go(at_ns)
        before, self._open = self._open, {}
        readings = []
        for key, parts in before.items():
            rule = _FIGURES[key[0]]
            if (bounds := self._bounds.get(rule.name)) is None:
                continue  # its cases expired with the limit
            left = [part for part in parts if _is_beyond(part.value, bounds)]
            if left:
                self._open[key] = left
            start_ns = parts[0].start_ns if key[2] else 0
            found = {key[1]: (_worst(left or parts, bounds), _until(parts))}
            readings.append(_reading(rule, found, key[2], start_ns))
        return readings

    @property
    def follows_all(self) -> bool:
        """Whether any message may be the one that corrects what is beyond a bound."""
        return bool(self._open)

    def suspects(self, message: AnyMessage) -> bool:
        """Say whether a message may hold anything to read: a few comparisons, no loop."""
        if not self._bounds or type(message) not in LOOKS:
            return False
        if self._open:
            return True
        prices, amounts = EXTREMES[type(message)](message)
        return (
            self._outside(PRICE, prices)
            or self._outside(QUANTITY, amounts)
            or self._has_gap(message)
            or self._has_unit_price(message)
        )

    def _has_gap(self, message: AnyMessage) -> bool:
        if COMPONENTS.name not in self._bounds or not isinstance(message, PricePublication):
            return False
        return self._outside(COMPONENTS, component_gap(message))

    def _has_unit_price(self, message: AnyMessage) -> bool:
        if not isinstance(message, ProductMarks | ProductTrade):
            return False
        return any(self._outside(rule, prices) for rule, prices in unit_prices(message))

    def _outside(self, rule: Rule, values: FloatColumn | float) -> bool:
        bounds = self._bounds.get(rule.name)
        if bounds is None:
            return False
        if isinstance(values, float | int):
            return _is_beyond(values, bounds)
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
        look = LOOKS.get(type(message)) if self._bounds else None
        if look is None:
            return []
        self._let_go(at_ns)
        read = (self._read(seen, time_zone, at_ns) for seen in look(message, feed, time_zone))
        return [reading for reading in read if reading is not None]

    def _let_go(self, at_ns: int) -> None:
        """Let go of what is over; its cases expire."""
        alarmed = {
            key: [part for part in parts if part.until_ns > at_ns]
            for key, parts in self._open.items()
        }
        self._open = {key: parts for key, parts in alarmed.items() if parts}

    def _read(self, seen: Seen, time_zone: str, at_ns: int) -> Reading | None:
        bounds = self._bounds.get(seen.rule.name)
        if bounds is None or not len(seen.values):
            return None
        period = _period(seen.period_ns, time_zone)
        rows = dict.fromkeys((*self._open_rows(seen, period), *seen.worst_rows(bounds, at_ns)))
        found: dict[str, tuple[float, int]] = {}
        for row in rows:
            key = seen.rule.figure, seen.scope(row), period
            before = self._open.pop(key, [])
            beyond = list(seen.beyond(row, bounds, at_ns))
            parts = seen.without_told(row, before) + beyond
            if parts:
                self._open[key] = parts
            value = _worst(parts, bounds) if parts else _farthest(seen.values[row])
            found[key[1]] = value, _until(parts or before)
        return _reading(seen.rule, found, period, seen.period_ns) if found else None

    def _open_rows(self, seen: Seen, period: str) -> Iterator[int]:
        """Yield the rows of what was beyond its bounds, where the message has them."""
        for figure, scope, when in self._open:
            place = scope.removeprefix(f"{seen.feed} ")
            if (figure, when) == (seen.rule.figure, period) and place in seen.places:
                yield seen.places.index(place)

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; nothing while nothing is beyond its bounds."""
        opened = [[*key, [list(part) for part in parts]] for key, parts in self._open.items()]
        return {"implausible": opened} if opened else {}

    def restore(self, saved: list[list[Any]]) -> None:
        """Take over what :meth:`saved` returned."""
        self._open = {
            (figure, scope, when): [Part(*part) for part in parts]
            for figure, scope, when, parts in saved
        }


def _period(start_ns: int, time_zone: str) -> str:
    if not start_ns:
        return ""
    return f"{from_ns(start_ns).astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M}"


def _is_beyond(value: float, bounds: Bounds) -> bool:
    return not bounds[0] <= value <= bounds[1]


def _worst(parts: Iterable[Part], bounds: Bounds) -> float:
    values = (part.value for part in parts)
    return max(values, key=lambda value: max(value - bounds[1], bounds[0] - value))


def _until(parts: Iterable[Part]) -> int:
    return max(part.until_ns for part in parts)


def _reading(
    rule: Rule, found: dict[str, tuple[float, int]], period: str, start_ns: int
) -> Reading:
    """Return values, and until when they alarm, by scope; NaN: there is nothing any more."""
    count = len(found)
    values = np.array([value for value, _ in found.values()])
    return Reading(
        figure=rule.figure,
        unit=rule.unit,
        scopes=tuple(found),
        periods=(period,) * count,
        period_starts_ns=(start_ns,) * count,
        period_ends_ns=tuple(until_ns for _, until_ns in found.values()),
        values=np.nan_to_num(values),
        unknown=("",) * count,
        applicable=~np.isnan(values),
        inputs=("",) * count,
    )


def _farthest(values: Floats) -> float:
    """Return the value farthest from 0; NaN where there is none."""
    known = values[np.isfinite(values)]
    return float(known[np.argmax(np.abs(known))]) if len(known) else np.nan
