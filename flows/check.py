"""A trade in a file, held against every limit of the company as it stands."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path

import msgspec

from connectors.records import parse_record
from state.company import Company
from state.errors import ParseError
from state.messages import Trade, TradeCheck
from state.pretrade.answer import CheckAnswer
from state.pretrade.check import answer_to
from state.trading.answers import Decision

_LOT = 1.0
"""MW, as trades are dealt in, where the file says nothing else."""


def check_in(path: Path, *, lot: float | None = None) -> TradeCheck:
    """Read a check, or a trade to be checked, as one JSON record.

    Args:
        path: the file.
        lot: size of a lot, over what the file says.

    Raises:
        ParseError: it is no record of a trade or a check; the field is named.
    """
    message = parse_record(path.read_bytes().removeprefix(BOM_UTF8), received_at_ns=0)
    if isinstance(message, Trade):
        message = TradeCheck(check=message.key, candidate=message, lot=_LOT)
    if not isinstance(message, TradeCheck):
        what = f"kind is {message.__struct_config__.tag!r}, expected a trade or a trade_check"
        raise ParseError(what, remedy="send the record of a trade", field="kind")
    return message if lot is None else msgspec.structs.replace(message, lot=lot)


def answered(company: Company, check: TradeCheck) -> CheckAnswer:
    """Answer a check against a company and what it keeps reserved; nothing changes."""
    identity, at_ns = check.candidate.identity, company.tick_ns
    held = company.desk.checks.reservations.items()
    reserved = [one.trade for name, one in held if name != identity and one.until_ns > at_ns]
    return answer_to(company.desk, check, reserved, at_ns=at_ns, position=company.position)


def refused(error: ParseError) -> CheckAnswer:
    """Return the answer to what is no trade at all."""
    return CheckAnswer(
        check="",
        trade="",
        at_ns=0,
        position=0,
        decision=Decision.REJECT,
        reason=str(error),
        field=error.field,
    )
