"""A trade in a file, held against every limit of the company as it stands."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path

import msgspec

from connectors.records import json_in, parse_record
from state.company import Company
from state.errors import ParseError, UsageError
from state.messages import Trade, TradeCheck
from state.pretrade.check import answer_to
from state.screens.checks_seen import CheckAnswer
from state.trading.decision import Decision

_KINDS = ("trade", "product_trade", "trade_check")
_LOT = 1.0
"""MW, as trades are dealt in, where the file says nothing else."""


def check_in(path: Path, *, lot: float | None = None) -> TradeCheck:
    """Read a check, or a trade to be checked, as one JSON record.

    Args:
        path: the file.
        lot: size of a lot, over what the file says.

    Raises:
        UsageError: it is no record of a trade or a check at all.
        ParseError: it is a malformed one; the field is named.
    """
    body = path.read_bytes().removeprefix(BOM_UTF8)
    _require_kind(body, path)
    message = parse_record(body, received_at_ns=0)
    if isinstance(message, Trade):
        message = TradeCheck(check=message.key, candidate=message, lot=_LOT)
    assert isinstance(message, TradeCheck)  # noqa: S101 - another kind was refused above
    return message if lot is None else msgspec.structs.replace(message, lot=lot)


def _require_kind(body: bytes, path: Path) -> None:
    """Refuse another record for its kind, before a field of that kind is called wrong."""
    try:
        record = json_in(body)
    except ParseError as error:
        if error.field:
            raise  # a record all the same
        reason = f"{path} holds no record of a trade: {error}"
        raise UsageError(reason) from error
    if not isinstance(record, dict):
        reason = f"{path} holds {type(record).__name__}, expected one JSON object: a trade's record"
        raise UsageError(reason)
    kind = record.get("kind")
    if kind not in _KINDS:
        told = f"kind is {kind!r}" if "kind" in record else "kind is missing"
        reason = f"{path} is no record of a trade: {told}, expected {' or '.join(_KINDS)}"
        raise UsageError(reason)


def answered(company: Company, check: TradeCheck) -> CheckAnswer:
    """Answer a check against a company and what it keeps reserved; nothing changes."""
    desk, at_ns = company.desk, company.tick_ns
    reserved = desk.checks.reserved(at_ns, but=check.candidate.identity)
    return answer_to(desk, check, reserved, at_ns=at_ns, position=company.position)


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
