"""A trade capture report (35=AE) as the record of a trade: which field becomes what.

FIX knows no MW, hour or book: a symbol is a contract of the options, a quantity a number of its
lots, an account a book. docs/trade-feeds.md has the table of fields.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from connectors.log.recording import RecordedItem
from connectors.records import moment_text, parse_record
from connectors.trades.fix_form import Fields, moment_of
from state.errors import ParseError
from state.messages import Block, SettlesAt, TradeAction

_REMEDY = "correct it at the source, or the contracts of the feed; it can be sent again"
_BY_TRANSACTION = {"0": TradeAction.NEW, "1": TradeAction.CANCEL, "2": TradeAction.AMEND}
_BY_EXECUTION = {
    "0": TradeAction.NEW, "F": TradeAction.NEW, "5": TradeAction.AMEND, "G": TradeAction.AMEND,
    "4": TradeAction.CANCEL, "H": TradeAction.CANCEL,
}  # fmt: skip
_SIDES = {"1": 1.0, "2": -1.0}
_DEAL_TAGS = (1126, 1003, 17, 880)
_TRADER_ROLES = frozenset({"11", "12", "36"})
_COUNTERPARTY_ROLES = ("17", "4")
"""The contra firm; only without one the clearing firm, which is often our own."""

_PARENT_LEG = "3"
_AT_NO_TIME = 1
"""Whether a record is one does not hang on when it came."""


class Contract(BaseModel):
    """What a symbol stands for.

    Attributes:
        mw_per_lot: MW that a quantity of one is.
        delivery_start, delivery_end: with their offset.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    market: str
    location: str
    delivery_start: AwareDatetime
    delivery_end: AwareDatetime
    product: str = "energy"
    settles_at: SettlesAt = SettlesAt.DA
    block: Block = Block.FLAT
    mw_per_lot: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] = 1.0


class Mapping(BaseModel):
    """What the words of a FIX session stand for.

    Attributes:
        contracts: by Symbol (55) or SecurityID (48).
        books: by Account (1).
        book: of a report without an account; empty refuses it.
        counterparties: by PartyID (448).
        counterparty: of a report that names none; empty refuses it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    contracts: Annotated[dict[str, Contract], Field(min_length=1)]
    books: dict[str, str] = {}
    book: str = ""
    counterparties: dict[str, str] = {}
    counterparty: str = ""


class _Known(NamedTuple):
    """The last version of a deal, and a digest of its content."""

    version: int
    digest: bytes


class _Told(msgspec.Struct):
    trade: str
    version: int


_told = msgspec.json.Decoder(_Told)


class Reports:
    """Makes records of reports, and knows those it has made.

    A report that said the same under its TradeReportID before, or that says what the last of its
    deal said, is a repetition: venues send them by design. Every other one is the next version of
    its deal, numbered by the microsecond its original was sent, so that versions grow across
    restarts. The identifier alone tells nothing: venues may begin it anew each day. What the log
    refuses is not known, so that it can be sent again.

    Args:
        source: the system of record in the trades.
        mapping: what the words of the session stand for.
        recorded: what is in the log already.
    """

    def __init__(
        self, source: str, mapping: Mapping, recorded: Sequence[RecordedItem] = ()
    ) -> None:
        self._source, self._mapping = source, mapping
        self._seen: set[tuple[str, bytes]] = set()
        self._deals: dict[str, _Known] = {}
        for each in recorded:
            self._remember(each)

    def record_of(self, report: Fields) -> bytes | None:
        """Return the record of a report, None for a repetition.

        Raises:
            ParseError: a field is missing or senseless, the symbol is not known, or the log would
                refuse the record.
        """
        name, record = _needed(report, 571, "TradeReportID"), self._record(report)
        deal, digest = str(record["trade"]), _digest(record)
        known = self._deals.get(deal)
        if (name, digest) in self._seen or (known is not None and known.digest == digest):
            return None
        record["version"] = max(_sent_us(report), known.version + 1 if known else 1)
        body = json.dumps(record, ensure_ascii=False).encode()
        parse_record(body, received_at_ns=_AT_NO_TIME)
        self._seen.add((name, digest))
        self._deals[deal] = _Known(record["version"], digest)
        return body

    def _remember(self, recorded: RecordedItem) -> None:
        name = recorded.item.split("/", 2)[-1]
        try:
            told = _told.decode(recorded.body)
            parse_record(recorded.body, received_at_ns=_AT_NO_TIME)
        except (msgspec.DecodeError, UnicodeDecodeError, ParseError):
            return  # a dead letter: sent again, it may be mended by then
        digest = _digest({**msgspec.json.decode(recorded.body), "version": 0})
        self._seen.add((name, digest))
        self._deals[told.trade] = _Known(told.version, digest)

    def _record(self, report: Fields) -> dict[str, Any]:
        contract, parties = self._contract(report), list(_parties(report))
        record: dict[str, Any] = {
            "kind": "trade",
            "source": self._source,
            "trade": _deal_of(report),
            "version": 0,
            "action": str(_action_of(report)),
            "product": contract.product,
            "market": contract.market,
            "book": self._book(report),
            "counterparty": self._counterparty(parties),
            "location": contract.location,
            "delivery_start": contract.delivery_start.isoformat(),
            "delivery_end": contract.delivery_end.isoformat(),
            "quantity_mw": _lots(report) * contract.mw_per_lot * _sign(report),
            "price_usd_per_mwh": _number(report, 31, "LastPx"),
            "settles_at": str(contract.settles_at),
            "block": str(contract.block),
        }
        traders = [name for name, role in parties if role in _TRADER_ROLES]
        executed_ns = _moment(report, 60, "TransactTime")
        return {**record, "trader": traders[0] if traders else "", **_executed(executed_ns)}

    def _contract(self, report: Fields) -> Contract:
        _check_form(report)
        named = [report.get(tag) for tag in (55, 48) if report.get(tag)]
        for name in named:
            if name in self._mapping.contracts:
                return self._mapping.contracts[name]
        what = f"Symbol (55) {' or '.join(map(repr, named)) or 'is missing,'} is no known contract"
        raise ParseError(what, remedy="add it to the feed's contracts, and have it sent again")

    def _book(self, report: Fields) -> str:
        account = report.get(1)
        book = self._mapping.books.get(account, "") if account else self._mapping.book
        if not book:
            what = f"Account (1) {account!r} is no known book" if account else "no Account (1)"
            raise ParseError(what, remedy="add it to the feed's books, and have it sent again")
        return book

    def _counterparty(self, parties: Sequence[tuple[str, str]]) -> str:
        for wanted in _COUNTERPARTY_ROLES:
            for name, role in parties:
                if role == wanted:
                    return self._mapping.counterparties.get(name, name)
        if not self._mapping.counterparty:
            what = "no party with PartyRole (452) 17 or 4, the counterparty"
            raise ParseError(what, remedy=_REMEDY)
        return self._mapping.counterparty


def _check_form(report: Fields) -> None:
    """Refuse what would count twice, or in another currency."""
    if report.get(442) == _PARENT_LEG:
        what = "MultiLegReportingType (442) is 3: a spread, whose legs come by themselves"
        raise ParseError(what, remedy="nothing is to be done where the legs came")
    if report.get(552) not in {"", "1"}:
        what = f"NoSides (552) is {report.get(552)!r}: which side is ours cannot be told"
        raise ParseError(what, remedy="ask the venue for one-sided reports")
    if report.get(15) not in {"", "USD"}:
        what = f"Currency (15) is {report.get(15)!r}, expected USD"
        raise ParseError(what, remedy=_REMEDY)


def _needed(report: Fields, tag: int, name: str) -> str:
    value = report.get(tag)
    if not value:
        what = f"{name} ({tag}) is missing"
        raise ParseError(what, remedy=_REMEDY)
    return value


def _number(report: Fields, tag: int, name: str) -> float:
    text = _needed(report, tag, name)
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        what = f"{name} ({tag}) is {text[:40]!r}, expected a number"
        raise ParseError(what, remedy=_REMEDY)
    return number


def _lots(report: Fields) -> float:
    """Return the quantity; its sign is that of the side, and nothing else."""
    lots = _number(report, 32, "LastQty")
    if lots <= 0:
        what = f"LastQty (32) is {report.get(32)[:40]!r}, expected more than 0: Side (54) signs it"
        raise ParseError(what, remedy=_REMEDY)
    return lots


def _moment(report: Fields, tag: int, name: str) -> int:
    text = _needed(report, tag, name)
    at_ns = moment_of(text)
    if at_ns is None:
        what = f"{name} ({tag}) is {text[:40]!r}, expected a time as 20260908-23:15:00.000"
        raise ParseError(what, remedy=_REMEDY)
    return at_ns


def _sent_us(report: Fields) -> int:
    """Return when the original was sent, in microseconds."""
    tag, name = (122, "OrigSendingTime") if report.is_repeated else (52, "SendingTime")
    return _moment(report, tag, name) // 1000


def _executed(at_ns: int) -> dict[str, Any]:
    return {"executed_at": moment_text(at_ns)}


def _deal_of(report: Fields) -> str:
    for tag in _DEAL_TAGS:
        if report.get(tag):
            return report.get(tag)
    what = "no TradeID (1003), ExecID (17) or TrdMatchID (880) names the deal"
    raise ParseError(what, remedy=_REMEDY)


def _action_of(report: Fields) -> TradeAction:
    for tag, name, actions in (
        (487, "TradeReportTransType", _BY_TRANSACTION),
        (150, "ExecType", _BY_EXECUTION),
    ):
        value = report.get(tag)
        if value and value not in actions:
            what = f"{name} ({tag}) is {value!r}, expected one of {', '.join(actions)}"
            raise ParseError(what, remedy=_REMEDY)
        if value:
            return actions[value]
    what = "neither TradeReportTransType (487) nor ExecType (150) says what is to be done"
    raise ParseError(what, remedy=_REMEDY)


def _sign(report: Fields) -> float:
    side = _needed(report, 54, "Side")
    if side not in _SIDES:
        what = f"Side (54) is {side!r}, expected 1 (buy) or 2 (sell)"
        raise ParseError(what, remedy=_REMEDY)
    return _SIDES[side]


def _parties(report: Fields) -> Iterator[tuple[str, str]]:
    """Yield PartyID and PartyRole of every party."""
    name = ""
    for tag, value in report.pairs:
        if tag == 448:  # noqa: PLR2004 - PartyID begins the next of the group
            name = value
        elif tag == 452 and name:  # noqa: PLR2004 - PartyRole
            yield name, value


def _digest(record: dict[str, Any]) -> bytes:
    content = json.dumps(record, sort_keys=True, ensure_ascii=False).encode()
    return hashlib.blake2b(content, digest_size=16).digest()
