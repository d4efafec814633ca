"""Tolerances that say one thing twice, or nothing between their dates (§4.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import combinations

from state.policy.remarks import Concern, Remark
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import Dates, Tolerance

_NO_END = "9999-12-31"
_DAY = timedelta(days=1)


def period_twice(policy: RiskPolicy) -> Iterator[Remark]:
    """Yield pairs of rows of a table that are about one period."""
    for first, second in _pairs(policy, lambda a, b: a.period is not None and a.period == b.period):
        what = f"{first.id} is about {_words(first.period or '')} too"
        yield _twice("period twice", first, second, what)


def dates_twice(policy: RiskPolicy) -> Iterator[Remark]:
    """Yield pairs of rows of a table whose dates overlap."""
    for first, second in _pairs(policy, lambda a, b: bool(_shared_dates(a.dates, b.dates))):
        shared = _shared_dates(first.dates, second.dates)
        yield _twice("dates twice", first, second, f"{first.id} is about {shared} too")


def dates_without_row(policy: RiskPolicy) -> Iterator[Remark]:
    """Yield the holes between the dates of the rows of a table."""
    for table in policy.tolerances:
        reached = date.max
        for dates in sorted((row.dates for row in table.rows if row.dates), key=_first):
            first, last = _first(dates), date.fromisoformat(dates.last or _NO_END)
            if first - reached > _DAY:
                missing = f"{reached + _DAY} to {first - _DAY}"
                yield Remark(
                    Concern.GAP,
                    "dates without a row",
                    str(table.at),
                    table.id,
                    f"no tolerance for {missing}, between the dates of its rows",
                    "no limit holds on these dates",
                )
            reached = last if reached == date.max else max(reached, last)


def _first(dates: Dates) -> date:
    return date.fromisoformat(dates.first)


def _pairs(
    policy: RiskPolicy, meet: Callable[[Tolerance, Tolerance], bool]
) -> Iterator[tuple[Tolerance, Tolerance]]:
    """Yield pairs of rows in force at one time, for one kind, that meet."""
    for table in policy.tolerances:
        for first, second in combinations(table.rows, 2):
            if meet(first, second) and _same_season(first, second) and _same_kind(first, second):
                yield first, second


def _twice(rule: str, first: Tolerance, second: Tolerance, what: str) -> Remark:
    bands = f"{_band(second)}, and {_band(first)} there"
    holds = "both bind, each with a case of its own"
    if _apart(first, second) or _apart(second, first):
        holds = f"{holds}: no position keeps both"
    return Remark(Concern.CONTRADICTION, rule, str(second.at), second.id, f"{what}: {bands}", holds)


def _same_season(first: Tolerance, second: Tolerance) -> bool:
    a, b = first.season, second.season
    return a is None or b is None or (a.first <= b.last and b.first <= a.last)


def _same_kind(first: Tolerance, second: Tolerance) -> bool:
    return not (first.kinds and second.kinds) or bool(set(first.kinds) & set(second.kinds))


def _shared_dates(first: Dates | None, second: Dates | None) -> str:
    """Say which dates two rows share, in words; nothing where they share none.

    >>> _shared_dates(Dates(first="2020-01-01", last="2020-12-31"), Dates(first="2020-07-01"))
    '2020-07-01 to 2020-12-31'
    """
    if first is None or second is None:
        return ""
    begin = max(first.first, second.first)
    end = min(first.last or _NO_END, second.last or _NO_END)
    if begin > end:
        return ""
    return f"{begin} on" if end == _NO_END else f"{begin} to {end}"


def _apart(first: Tolerance, second: Tolerance) -> bool:
    ceiling, floor = first.maximum.ceiling, second.minimum.floor
    return ceiling is not None and floor is not None and ceiling < floor


def _band(row: Tolerance) -> str:
    return f"{row.minimum.floor:g} to {row.maximum.ceiling:g} %"


def _words(name: str) -> str:
    return name.replace("_", " ")
