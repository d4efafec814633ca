"""Numbers that read like another unit: a ratio where percent is meant, percent for a ratio."""

from __future__ import annotations

from collections.abc import Iterator

from state.policy.remarks import Concern, Remark
from state.policy.risk_policy import RiskPolicy, parts
from state.policy.schema import Edges, Limit, LimitPolicy
from state.policy.tolerances import Tolerance

_LIKE_A_RATIO = 2.0
"""Percent up to which a tolerance reads like a ratio: nobody asks for 1 % of a load."""

_MOST_PERCENT = 1000.0
"""As for obligations, which the schema bounds there."""

_MOST = {"ratio": 3.0, "probability": 1.0}
"""Largest number a limit of a unit can mean; 3 % of a share is the least percentage to be told."""


def percentages(policy: RiskPolicy) -> Iterator[Remark]:
    """Yield the percentages of a written policy that read like ratios, or like a hundredfold."""
    for _, row in parts(policy):
        if isinstance(row, Tolerance):
            for name, number in _percentages_of(row):
                like = _like(number)
                if like:
                    what = f"{name} is {number:g} %: it reads like {like}"
                    yield _remark(str(row.at), row.id, what, f"{number:g} % binds as written")


def ratios(policy: LimitPolicy) -> Iterator[Remark]:
    """Yield the limits in a ratio or a probability whose numbers read like percentages."""
    for limit in policy.limits:
        most = _MOST.get(limit.unit)
        for name, number in _edges_of(limit):
            if most is not None and abs(number) > most:
                what = f"{name} is {number:g} in {limit.unit}: it reads like {number:g} %"
                holds = f"{number * 100.0:,.10g} % binds as written"
                yield _remark(limit.clause, limit.id, what, holds)


def _percentages_of(row: Tolerance) -> Iterator[tuple[str, float]]:
    for name in ("minimum", "maximum"):
        cell = getattr(row, name)
        yield from ((name, number) for number in (cell.candidates or (cell.value,)))
    yield from (("obligation", each.percent) for each in row.obligation)


def _like(percent: float) -> str:
    if 0.0 < percent <= _LIKE_A_RATIO:
        return f"a ratio, that is {percent * 100.0:.10g} %"
    if percent > _MOST_PERCENT:
        return f"a hundredfold, that is {percent / 100.0:.10g} %"
    return ""


def _edges_of(limit: Limit) -> Iterator[tuple[str, float]]:
    for whose, edges in (("", limit), *((f" of {own.scope}", own) for own in limit.own)):
        for name in Edges.__struct_fields__:
            number = getattr(edges, name)
            if number is not None:
                yield f"{name}{whose}", number


def _remark(at: str, name: str, what: str, holds: str) -> Remark:
    return Remark(Concern.CONTRADICTION, "another unit", at, name, what, holds)
