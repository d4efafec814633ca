"""A file of what other systems hold of contracts, taken in beside what the log has of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from connectors.records import RECORDS
from state.close.view import close_of, days_of
from state.company import Company
from state.errors import ConfigError, ParseError
from state.messages import AnyMessage, TradeDetails, TradeTotals
from state.screens.close_seen import CloseView

Told = TradeDetails | TradeTotals


def told_in(path: Path) -> list[Told]:
    """Read records of totals and details, one JSON object a line.

    Raises:
        ParseError: a line is no such record; its number and what is wrong are named.
        NoDataYet: there are none.
    """
    parsed = RECORDS.parse(path.read_bytes(), received_at_ns=0, where=path.name)
    if parsed.rejected:
        raise ParseError(parsed.rejected[0].reason, remedy="correct the line")
    return [_of_the_close(message, path) for message in parsed.messages]


def _of_the_close(message: AnyMessage, path: Path) -> Told:
    if isinstance(message, Told):
        return message
    what = f"{path.name} holds a record of kind {message.__struct_config__.tag!r}"
    raise ParseError(what, remedy="give records of kind trade_totals or trade_details")


def reconciled(company: Company, told: Sequence[Told]) -> list[CloseView]:
    """Return the days that anything is reconciled of, newest first; only those told of, if any.

    Args:
        company: takes in what is told, as if it had come now.
        told: instead of what the log has of the same systems and dates.

    Raises:
        ParseError: the company refuses a record.
        ConfigError: nothing is there to reconcile.
    """
    company.refusals()  # those of before are told where they belong
    for message in told:
        company.apply(message, company.position + 1)
        for _, reason in company.refusals():
            raise ParseError(reason, where=message.key)
    wanted = {each.date for each in told}
    desk = company.desk
    views = [close_of(desk, day) for day in days_of(desk.closes) if not told or day in wanted]
    found = [view for view in views if view.reconciled or view.records]
    if not found:
        reason = "no system sent totals or details of contracts; give a file of them"
        raise ConfigError(reason)
    return found
