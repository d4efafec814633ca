"""What every report says of itself: whose it is, as of when, under which policies."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from state.moments import from_ns
from state.reports.table import Report, Table

if TYPE_CHECKING:
    from state.company import Company


def heading(
    company: Company, name: str, title: str, clause: str, tables: tuple[Table, ...]
) -> Report:
    """Return a report of tables as of the company's last tick."""
    return Report(
        name=name,
        title=title,
        clause=clause,
        company=company.company,
        as_of=local_text(company, company.tick_ns),
        position=company.position,
        policies=tuple(company.desk.alerts.policies),
        tables=tables,
    )


def local_text(company: Company, at_ns: int) -> str:
    """Write a moment on the clock of the company's first market; UTC before there is one."""
    moment = from_ns(at_ns).astimezone(ZoneInfo(company.desk.time_zone))
    return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()}"


def state_text(company: Company, state: str, waived_until_ns: int) -> str:
    """Write the state of a limit, and until when its breach is let be where it is."""
    words = state.replace("_", " ")
    until = local_text(company, waived_until_ns) if waived_until_ns else ""
    return f"{words}, waived until {until}" if until else words
