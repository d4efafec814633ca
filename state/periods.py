"""The period registry: what "prompt quarter" or "balance of year" is on a date.

The risk policy words its periods three ways (§4.3 to close, §4.5 to watch, §4.6 to tolerate) and
its trading horizons a fourth (§5.6); all of them are pure functions of a market-local date here,
and nowhere else. "Prompt" is the next calendar month, quarter or year; it rolls at local midnight
on the 1st. A period that a date leaves nothing of (balance of year in November and December) is
empty: not applicable, not zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from state.calendar import MarketCalendar, local_midnight_ns
from state.messages import Block

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """Delivery dates from ``first`` to before ``end``.

    Attributes:
        first: the first date inside.
        end: the first date outside.
    """

    first: date
    end: date

    @property
    def label(self) -> str:
        """The span as people write it.

        >>> Span(date(2026, 2, 1), date(2026, 3, 1)).label
        '2026-02'
        >>> Span(date(2026, 4, 1), date(2026, 7, 1)).label
        '2026-Q2'
        >>> Span(date(2027, 1, 1), date(2028, 1, 1)).label
        '2027'
        >>> Span(date(2026, 3, 1), date(2027, 1, 1)).label
        '2026-03 to 2026-12'
        """
        last = self.end - _ONE_DAY
        if self.first.day != 1 or self.end.day != 1:
            same = self.first == last
            return f"{self.first}" if same else f"{self.first} to {last}"
        if self.end == month_after(self.first, 1):
            return f"{self.first:%Y-%m}"
        if self == Span(quarter_after(self.first, 0), quarter_after(self.first, 1)):
            return f"{self.first.year}-Q{self.first.month // 3 + 1}"
        if self == Span(date(self.first.year, 1, 1), date(self.first.year + 1, 1, 1)):
            return f"{self.first.year}"
        return f"{self.first:%Y-%m} to {last:%Y-%m}"

    @property
    def months(self) -> tuple[str, ...]:
        """The delivery months it touches, ``YYYY-MM``."""
        return _months_of(self)

    def holds(self, day: date) -> bool:
        """Say whether a delivery date is inside."""
        return self.first <= day < self.end

    def hours(self, calendar: MarketCalendar, block: Block) -> int:
        """Count the hours of a block inside; a clock change makes a day of 23 or 25.

        >>> Span(date(2026, 3, 1), date(2026, 4, 1)).hours(
        ...     MarketCalendar("America/Los_Angeles"), Block.FLAT
        ... )
        743
        """
        return _hours_of(self, calendar, block)

    def edges_ns(self, time_zone: str) -> tuple[int, int]:
        """Return the moments it begins and ends in a market's time."""
        return local_midnight_ns(self.first, time_zone), local_midnight_ns(self.end, time_zone)

    @property
    def days(self) -> int:
        """How many dates are inside."""
        return (self.end - self.first).days


Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Period:
    """A period by the name a policy gives it.

    Attributes:
        name: of the registry.
        title: as people write it.
        spans: what it is on a date: one span, several that are kept each by itself, or none.
    """

    name: str
    title: str
    spans: Callable[[date], Spans]

    def span(self, today: date) -> Span | None:
        """Return from its first to its last date; None where it is empty."""
        spans = self.spans(today)
        return Span(spans[0].first, spans[-1].end) if spans else None


def month_after(day: date, months: int) -> date:
    """Return the first of the month so many months after a date's.

    >>> month_after(date(2026, 12, 31), 1)
    datetime.date(2027, 1, 1)
    """
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def quarter_after(day: date, quarters: int) -> date:
    """Return the first date of the calendar quarter so many after a date's.

    >>> quarter_after(date(2026, 12, 31), 1)
    datetime.date(2027, 1, 1)
    """
    return month_after(day, -((day.month - 1) % 3) + 3 * quarters)


@lru_cache(maxsize=256)
def _months_of(span: Span) -> tuple[str, ...]:
    first = span.first.replace(day=1)
    count = _months_between(first, span.end - _ONE_DAY) + 1
    return tuple(f"{month_after(first, number):%Y-%m}" for number in range(count))


@lru_cache(maxsize=1024)
def _hours_of(span: Span, calendar: MarketCalendar, block: Block) -> int:
    hours, day = 0, span.first
    while day < span.end:
        after = month_after(day, 1)
        if day.day == 1 and after <= span.end:
            hours += _month_hours(calendar, day, block)
            day = after
        else:
            hours += calendar.block_hours(day, block)
            day += _ONE_DAY
    return hours


@lru_cache(maxsize=1024)
def _month_hours(calendar: MarketCalendar, first: date, block: Block) -> int:
    count = (month_after(first, 1) - first).days
    return sum(calendar.block_hours(first + number * _ONE_DAY, block) for number in range(count))


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _month(months: int) -> Callable[[date], Spans]:
    return lambda today: (Span(month_after(today, months), month_after(today, months + 1)),)


def _quarters(first: int, last: int) -> Callable[[date], Spans]:
    return lambda today: tuple(
        Span(quarter_after(today, number), quarter_after(today, number + 1))
        for number in range(first, last + 1)
    )


def _years(first: int, last: int) -> Callable[[date], Spans]:
    """Whole calendar years as one span, counted from the running one, which is 0."""
    return lambda today: (Span(date(today.year + first, 1, 1), date(today.year + last + 1, 1, 1)),)


def _from_today(end: Callable[[date], date]) -> Callable[[date], Spans]:
    return lambda today: (Span(today, end(today)),)


def _quarters_ahead(first: int, after_last: int) -> Callable[[date], Spans]:
    """One span, from the begin of a quarter to that of another, counted from the running one."""
    return lambda today: (Span(quarter_after(today, first), quarter_after(today, after_last)),)


def _balance_of_month(today: date) -> Spans:
    tomorrow, end = today + _ONE_DAY, month_after(today, 1)
    return (Span(tomorrow, end),) if tomorrow < end else ()


def _balance_of_year(today: date) -> Spans:
    first, end = month_after(today, 2), date(today.year + 1, 1, 1)
    return (Span(first, end),) if first < end else ()


def _through_five_years(today: date) -> Spans:
    return (Span(month_after(today, 1), date(today.year + 6, 1, 1)),)


PERIODS: dict[str, Period] = {
    name: Period(name, title, spans)
    for name, title, spans in (
        ("real_time", "today", _from_today(lambda today: today + _ONE_DAY)),
        ("day_ahead", "through tomorrow", _from_today(lambda today: today + 2 * _ONE_DAY)),
        ("balance_of_month", "balance of month", _balance_of_month),
        ("prompt_month", "prompt month", _month(1)),
        ("prompt_month_plus_1", "prompt month +1", _month(2)),
        ("prompt_month_plus_2", "prompt month +2", _month(3)),
        ("prompt_quarter", "prompt quarter", _quarters(1, 1)),
        ("remaining_quarters", "remaining quarters of the next four", _quarters(2, 4)),
        ("year_after_next_12_months", "year after the next 12 months", _quarters_ahead(5, 9)),
        (
            "five_years_after_next_12_months",
            "five years after the next 12 months",
            _quarters_ahead(5, 25),
        ),
        ("balance_of_year", "balance of year", _balance_of_year),
        ("running_calendar_year", "running calendar year", _years(0, 0)),
        ("prompt_calendar_year", "prompt calendar year", _years(1, 1)),
        ("second_calendar_year", "second calendar year", _years(2, 2)),
        ("third_calendar_year", "third calendar year", _years(3, 3)),
        ("fourth_calendar_year", "fourth calendar year", _years(4, 4)),
        ("fifth_calendar_year", "fifth calendar year", _years(5, 5)),
        ("years_2_to_5", "years 2 to 5", _years(2, 5)),
        ("post_prompt_year", "after the prompt calendar year", _years(2, 5)),
        ("through_five_years", "prompt month through the next five years", _through_five_years),
        (
            "through_36_months",
            "current month through 36 months",
            _from_today(lambda today: month_after(today, 36)),
        ),
        (
            "through_60_months",
            "current month through 60 months",
            _from_today(lambda today: month_after(today, 60)),
        ),
    )
}
"""Every period by its name; ``docs/policy.md`` shows each on the same dates."""
