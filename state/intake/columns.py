"""What is wrong with the columns of a message: their lengths, names, dates and months."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_YEAR = re.compile(r"20[0-9]{2}")
_PERIOD = re.compile(r"20[0-9]{2}(-(0[1-9]|1[0-2]))?")
_DATE = re.compile(r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")


def uneven(**columns: Any) -> str:
    """Say that columns are not all as long as each other; empty if they are.

    >>> uneven(books=("A", "B"), contracts=[1.0])
    'columns have different lengths (books 2, contracts 1); send one value a row'
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) == 1:
        return ""
    told = ", ".join(f"{name} {length}" for name, length in lengths.items())
    return f"columns have different lengths ({told}); send one value a row"


def unnamed(**columns: Sequence[str]) -> str:
    """Say which column holds an empty name; empty if none does."""
    blank = next((name for name, column in columns.items() if not all(map(str.strip, column))), "")
    return f"{blank} holds an empty name; name each" if blank else ""


def undated(dates: tuple[str, ...]) -> str:
    """Say which text is no ISO date, or that dates are not in order; empty if all is well."""
    bad = next((text for text in dates if not _is_date(text)), None)
    if bad is not None:
        return f"date {bad!r} is no ISO date; correct it"
    if list(dates) != sorted(set(dates)):
        return "dates are not ascending, or one is there twice; sort them"
    return ""


def no_months(months: tuple[str, ...]) -> str:
    """Say which text is no month; empty if each is one."""
    bad = next((month for month in months if not _MONTH.fullmatch(month)), None)
    return "" if bad is None else f"month {bad!r} is no YYYY-MM; correct it"


def no_years(years: tuple[str, ...]) -> str:
    """Say which text is no year; empty if each is one."""
    bad = next((year for year in years if not _YEAR.fullmatch(year)), None)
    return "" if bad is None else f"year {bad!r} is no YYYY; correct it"


def no_periods(periods: tuple[str, ...]) -> str:
    """Say which text is neither a month nor a year; empty if each is one.

    >>> no_periods(("2026", "2026-07", "2026-7"))
    "period '2026-7' is no YYYY-MM and no YYYY; correct it"
    """
    bad = next((text for text in periods if not _PERIOD.fullmatch(text)), None)
    return "" if bad is None else f"period {bad!r} is no YYYY-MM and no YYYY; correct it"


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False
