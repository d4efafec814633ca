"""Values, limits and headroom in words a desk reads, with their units."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import isfinite, isinf

from state.limits.edges import Edge
from state.limits.rule import Rule

NOT_KNOWN = "\N{EN DASH}"
"""How a figure that is not known is written."""

_MOST_DECIMALS = 6
_MOST_TEXTS = 4096  # most rows of the limits view read as they did in the last one


def _ratio(value: float, decimals: int) -> str:
    return f"{100 * value:.{decimals}f} %"


def _dollars(value: float, decimals: int) -> str:
    return f"{'-' if value < 0 else ''}${abs(value):,.{decimals}f}"


def _price(value: float, decimals: int) -> str:
    return f"{_dollars(value, decimals)}/MWh"


def _unit_price(value: float, decimals: int) -> str:
    return f"{_dollars(value, decimals)}/unit"


def _capacity_price(value: float, decimals: int) -> str:
    return f"{_dollars(value, decimals)}/MW-month"


def _seconds(value: float, decimals: int) -> str:
    if abs(value) < 2 * 60:
        return f"{value:.{decimals}f} s"
    if abs(value) < 2 * 3600:
        return f"{value / 60:.{decimals}f} min"
    return f"{value / 3600:.{decimals}f} h"


def _megawatts(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f} MW"


def _megawatt_hours(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f} MWh"


def _count(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}"


def _per_billion(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f} ppb"


_UNITS: dict[str, tuple[Callable[[float, int], str], int]] = {
    "ratio": (_ratio, 1),
    "$": (_dollars, 0),
    "$/MWh": (_price, 2),
    "$/unit": (_unit_price, 2),
    "$/MW-month": (_capacity_price, 2),
    "s": (_seconds, 0),
    "MW": (_megawatts, 1),
    "MWh": (_megawatt_hours, 1),
    "count": (_count, 0),
    "probability": (_ratio, 2),
    "ppb": (_per_billion, 1),
}
"""How a unit is written, and with how many decimals."""


@lru_cache(maxsize=_MOST_TEXTS)
def amount(value: float, unit: str) -> str:
    """Write a value with its unit; a dash where there is none.

    >>> amount(0.861, "ratio"), amount(-312000.0, "$"), amount(1200.0, "s")
    ('86.1 %', '-$312,000', '20 min')
    """
    if not isfinite(value):
        return NOT_KNOWN
    write, decimals = _UNITS[unit]
    return write(value, decimals)


@lru_cache(maxsize=_MOST_TEXTS)
def edge_amount(value: float, unit: str) -> str:
    """Write a limit: without decimals where it has none.

    >>> edge_amount(0.9, "ratio"), edge_amount(0.925, "ratio"), edge_amount(1000.0, "$/MWh")
    ('90 %', '92.5 %', '$1,000/MWh')
    """
    write, decimals = _UNITS[unit]
    short, full = write(value, 0), write(value, decimals)
    return short if float(_digits(short)) == float(_digits(full)) else full


def amount_beside(value: float, edge: float, unit: str) -> str:
    """Write a value with as many decimals as it takes to tell it from the limit beside it.

    >>> amount_beside(0.89996, 0.9, "ratio")
    '89.996 %'
    """
    if not isfinite(value) or value == edge:
        return amount(value, unit)
    write, decimals = _UNITS[unit]
    written = write(value, decimals)
    while decimals < _MOST_DECIMALS and written == write(edge, decimals):
        decimals += 1
        written = write(value, decimals)
    return written


def utilisation_text(utilisation: float) -> str:
    """Write a utilisation: "over" where it has no number, a dash where it is unknown.

    >>> utilisation_text(0.5), utilisation_text(float("inf"))
    ('50.0 %', 'over')
    """
    return "over" if isinf(utilisation) else amount(utilisation, "ratio")


def limit_text(edge: Edge, low: float, high: float, unit: str) -> str:
    """Write the limit: both edges of a band, a loss as a positive amount.

    >>> limit_text(Edge.BAND, 0.9, 1.1, "ratio"), limit_text(Edge.LOSS, -5e4, float("nan"), "$")
    ('90 % to 110 %', 'loss of $50,000')
    """
    if edge is Edge.BAND:
        return f"{edge_amount(low, unit)} to {edge_amount(high, unit)}"
    if edge is Edge.LOSS:
        return f"loss of {edge_amount(-low, unit)}"
    return edge_amount(low if edge is Edge.FLOOR else high, unit)


def headline(
    rule: Rule, scope: str, period: str, value: float, *, low: float, high: float, outside: bool
) -> str:
    """Say in one line what stands against which limit.

    >>> from state.limits import RULES
    >>> headline(
    ...     RULES["coverage"], "firm", "2026-09-08 HE19", 0.861, low=0.9, high=1.1, outside=True
    ... )
    'Intraday coverage HE19 86.1 % < 90 %, SHORT (2026-09-08)'
    """
    below = _is_nearer(value, low, high)
    edge, word = (low, rule.short_word) if below else (high, rule.long_word)
    sign = ("<" if below else ">") if outside else "near"
    written = amount_beside(value, edge, rule.unit)
    tail = f", {word}" if word else ""
    day = period.split(" ", maxsplit=1)[0]
    when = f" ({day})" if day else ""
    subject = rule.subject(scope, period)
    return f"{subject} {written} {sign} {edge_amount(edge, rule.unit)}{tail}{when}"


def _is_nearer(value: float, low: float, high: float) -> bool:
    """Say whether the lower edge is the one a value is against."""
    if not isfinite(high):
        return True
    return isfinite(low) and value - low <= high - value


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit() or sign == ".")
