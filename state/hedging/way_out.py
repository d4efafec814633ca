"""The way out of a tolerance: the smallest standard contracts that bring it back (§4.6).

Pure, and without a valuation of its own: what a contract does to every limit, who may trade it with
whom, and at which size is what the pre-trade check says. A request of the log is answered in steps
of a bounded cost, some with the message, the rest at the ticks that follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from state.hedging.going import Going
from state.hedging.search import Search
from state.hedging.shapes import (
    CATEGORIES,
    Shape,
    capacity_shapes,
    certificate_shapes,
    energy_shapes,
)
from state.intake.wellformed import malformed
from state.market.horizon import BLOCKS
from state.messages import HedgeRequest, ResourceKind, SettlesAt, Trade
from state.nop.rows import held_to
from state.nop.rps import vintages_of
from state.nop.watch import today_of
from state.policy.bands import Band
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import NopKind
from state.screens.hedges_seen import HedgeAnswer
from state.screens.nop_seen import NopRow
from state.wire import decode, encode

if TYPE_CHECKING:
    from state.company import Company
    from state.desk import Desk
    from state.market.book import MarketBook
    from state.screens.views import Transition

STEPS_AT_ONCE = 2
"""Checks, or looks at the position, that one message is worth: some 10 ms in a large house."""

PRODUCT_OF = {NopKind.ENERGY: "energy", NopKind.CAPACITY: "capacity", NopKind.RPS: "rec"}
"""What each position is closed with."""

_KINDS = {NopKind.ENERGY: BLOCKS, NopKind.RPS: CATEGORIES}


class _Place(NamedTuple):
    market: MarketBook
    hub: str
    book: str


class _Row(NamedTuple):
    policy: RiskPolicy
    band: Band
    row: NopRow


class _NoRow(NamedTuple):
    """Why there is no position to close.

    Attributes:
        reason: in words.
        all_kept: whether that is because all that is asked about is known and inside.
    """

    reason: str
    all_kept: bool = False


def take_hedge_request(company: Company, request: HedgeRequest) -> list[Transition]:
    """Begin to answer a request of the log; the rest follows at the next ticks."""
    desk, at_ns = company.desk, company.tick_ns
    going = begun(desk, request, at_ns=at_ns, position=company.position)
    answer = desk.hedges.begin(going)
    if answer is not None:
        _note(company, answer)
    search_on(company)
    return []


def search_on(company: Company) -> None:
    """Go on with the oldest request, if any; note what is answered in the audit trail."""
    if not company.desk.hedges.going:
        return
    company.stale_views.add("hedges")
    for answer in go_on(company.desk, company.tick_ns):
        _note(company, answer)


def _note(company: Company, answer: HedgeAnswer) -> None:
    company.stale_views.add("hedges")
    blocks = [f"{each.size:g} {each.kind} {each.period}" for each in answer.blocks]
    company.chain.note_text(f"hedge/{answer.request}: {', '.join(blocks) or answer.reason}")


def go_on(desk: Desk, at_ns: int) -> list[HedgeAnswer]:
    """Go on with the oldest request for as long as one message may; return what is answered."""
    hedges = desk.hedges
    desk.checks.let_go(at_ns)
    reserved = desk.checks.reserved(at_ns)
    steps, answered = 0, []
    while hedges.going and steps < STEPS_AT_ONCE:
        steps += advance(hedges.going[0], desk, reserved, at_ns, steps=STEPS_AT_ONCE - steps)
        if hedges.going[0].answer.going_on:
            break
        answered.append(hedges.end_first())
    return answered


def way_out(
    desk: Desk, request: HedgeRequest, reserved: list[Trade], *, at_ns: int, position: int = 0
) -> HedgeAnswer:
    """Return at once which contracts bring a position back, or what stands in their way.

    Args:
        desk: whose exposures have been followed; it stays as it is.
        request: which tolerance, and where.
        reserved: trades that count as done.
        at_ns: the last tick; 0 before the first.
        position: of the request in the log.
    """
    going = begun(desk, request, at_ns=at_ns, position=position)
    while going.answer.going_on:
        advance(going, desk, reserved, at_ns, steps=STEPS_AT_ONCE)
    return going.answer


def begun(desk: Desk, request: HedgeRequest, *, at_ns: int, position: int) -> Going:
    """Return a request with what it is about, or with why nothing is to be looked for."""
    answer = HedgeAnswer(
        request=request.request,
        limit=request.limit,
        at_ns=at_ns,
        asked_ns=at_ns,
        position=position,
        kind=request.unit_kind,
    )
    going = Going(
        request=encode(request), answer=answer, market="", location="", book="", venue="",
        areas=(), agreements=(),
    )  # fmt: skip
    today = today_of(desk) if at_ns else None
    answer.reason = malformed(request) or ("there was no tick yet" if today is None else "")
    if answer.reason or today is None:
        return going
    found = _row_of(desk, request, today)
    if isinstance(found, _NoRow):
        answer.reason, answer.complete = found.reason, found.all_kept
        return going
    _describe(answer, found)
    kinds = _KINDS.get(found.band.nop, ())
    if kinds and request.unit_kind and request.unit_kind not in kinds:
        answer.reason = (
            f"unit_kind {request.unit_kind!r} is none of {', '.join(kinds)}; name one of them"
        )
        return going
    place = _nothing_to_close(found.row) or _place_of(desk, request)
    if isinstance(place, str):
        answer.reason = place
        return going
    _ask_where(going, request, found, place)
    answer.going_on = True
    return going


def advance(going: Going, desk: Desk, reserved: list[Trade], at_ns: int, *, steps: int) -> int:
    """Do some steps of a search; return how many. It ends with ``going.answer.going_on`` false.

    Args:
        going: what it is about, which this changes.
        desk: whose exposures have been followed; it stays as it is.
        reserved: trades that count as done.
        at_ns: the last tick.
        steps: the most; what is recommended then is still valued.
    """
    answer, today = going.answer, today_of(desk)
    if not answer.going_on or today is None:
        return 0
    answer.at_ns = at_ns
    found = next((one for one in _bands(desk, today) if _is_asked(one, answer)), None)
    if found is None:
        answer.reason, answer.going_on = (
            "its period is over, or the policy changed; ask again",
            False,
        )
        return 0
    search, done = Search(going, desk, at_ns, today, found[1], reserved), 0
    while answer.going_on and done < steps:
        shapes = None if going.begun else _shapes(going, desk, found[1], today)
        done += search.step(shapes)
    return done


def _bands(desk: Desk, today: date) -> Iterator[tuple[RiskPolicy, Band]]:
    for policy in desk.written_policies.values():
        for band in desk.nop.bands(policy, today):
            if band.nop in PRODUCT_OF:
                yield policy, band


def _is_asked(one: tuple[RiskPolicy, Band], answer: HedgeAnswer) -> bool:
    policy, band = one
    same = (band.row.id, band.span.label) == (answer.limit, answer.period)
    return same and policy.label == answer.policy


def _row_of(desk: Desk, request: HedgeRequest, today: date) -> _Row | _NoRow:
    """Return the tolerance that is asked about, the first that is out where none is named."""
    if not desk.written_policies:
        return _NoRow("no written policy is in force, so that no tolerance binds; send one")
    energy, own, asked = desk.nop.energy(desk), [], []
    bands = list(_bands(desk, today))
    for policy, band in bands:
        if request.limit not in {"", band.row.id}:
            continue
        for row in held_to(desk, energy, [band], today):
            own.append(f"{row.kind} {row.period}".lstrip())
            if not _is_meant(request, band, row):
                continue
            # What is named is looked at whatever its state.
            if request.limit or row.headroom < 0.0:
                return _Row(policy, band, row)
            asked.append(row)
    if asked:
        return _none_is_out(asked)
    wanted_words = f"limit {request.limit!r} {request.unit_kind} {request.period}".replace(
        "  ", " "
    )
    if request.limit and own:
        remedy = f"of that limit name one of {', '.join(own)}"
    else:
        remedy = f"name one of {', '.join(dict.fromkeys(band.row.id for _, band in bands))}"
    return _NoRow(f"{wanted_words.rstrip()} is no tolerance that binds today; {remedy}")


def _is_meant(request: HedgeRequest, band: Band, row: NopRow) -> bool:
    """Say whether a request is about a position: of a limit that it names, whatever is dealt in."""
    kinds = {"", row.kind, *_KINDS.get(band.nop, ())}
    named = bool(request.limit) and band.nop is not NopKind.CAPACITY
    return request.period in {"", row.period} and (named or request.unit_kind in kinds)


def _none_is_out(rows: list[NopRow]) -> _NoRow:
    """Say that none of some positions is out of its band, as far as they are known."""
    unknown = [row for row in rows if row.reason]
    if not unknown:
        return _NoRow(
            "every tolerance that is asked about is kept; nothing to close", all_kept=True
        )
    first = f"{unknown[0].limit} {unknown[0].kind}".rstrip()
    more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
    told = f"{first}{more} ({unknown[0].reason})"
    return _NoRow(f"no tolerance that is known is out of its band; not known: {told}")


def _describe(answer: HedgeAnswer, found: _Row) -> None:
    row = found.row
    answer.limit, answer.title, answer.period = row.limit, row.title, row.period
    answer.nop = found.band.nop.value
    answer.kind = row.kind
    answer.clause = f"{found.policy.name.upper()} {row.clause}"
    answer.policy = found.policy.label
    answer.floor, answer.ceiling = row.floor, row.ceiling
    answer.before = answer.after = row.coverage
    answer.complete = row.headroom >= 0.0 or row.state == "not_applicable"


def _nothing_to_close(row: NopRow) -> str:
    if row.reason or row.state == "not_applicable":
        return row.reason or "nothing is owed in this period, so that nothing is to be closed"
    return "inside its band" if row.headroom >= 0.0 else ""


def _place_of(desk: Desk, request: HedgeRequest) -> _Place | str:
    """Return market, hub and book: those of the largest load where none are named."""
    loads = [
        (record.capacity_mw, market, record)
        for market in desk.markets.values()
        for record in market.tables.resources.records
        if record.resource_kind is ResourceKind.LOAD and request.market in {"", record.market}
    ]
    if request.market and request.market not in desk.markets:
        return f"market {request.market!r} is not known; name one of {', '.join(desk.markets)}"
    if not loads:
        return "no load is on record, so that nothing is to be covered; send its record"
    _, market, record = max(loads, key=lambda each: each[0])
    table = market.tables.locations
    hub = request.location or table.names[table.beyond(table.index[record.location])]
    if hub not in table.index:
        return f"location {hub!r} is no point of {market.market.market}; name a hub of it"
    book = request.book or record.book
    if book not in desk.books:
        return f"book {book!r} is not known; name one of {', '.join(desk.books)}"
    return _Place(market, hub, book)


def _ask_where(going: Going, request: HedgeRequest, found: _Row, place: _Place) -> None:
    policy, product = found.policy, PRODUCT_OF[found.band.nop]
    venue, areas = next(
        (
            (next(iter(entry.venues), "bilateral"), entry.areas)
            for entry in policy.markets
            if product in entry.products and (not entry.runs or SettlesAt.CURVE in entry.runs)
        ),
        ("bilateral", ()),
    )
    going.market = place.market.market.market
    going.location, going.book = place.hub, place.book
    going.venue, going.areas = request.venue or venue, request.areas or areas
    going.agreements = ("agreements", *(each.id for each in policy.agreements))


def _shapes(going: Going, desk: Desk, band: Band, today: date) -> list[Shape]:
    """Return what the next contract may be, at the marks of now."""
    market, answer = desk.markets[going.market], going.answer
    if band.nop is NopKind.CAPACITY:
        return capacity_shapes(market, going.location, answer.kind, band.span, today)
    request = decode(going.request)
    kind = request.unit_kind if isinstance(request, HedgeRequest) else ""
    if band.nop is NopKind.ENERGY:
        shapes = energy_shapes(market, going.location, band.span, today)
        return [shape for shape in shapes if kind in {"", shape.kind}]
    shapes = certificate_shapes(market, going.location, vintages_of(band), kind=kind)
    if answer.after <= answer.ceiling:
        return shapes
    return [replace(shape, most=max(0.0, _held(desk, answer, shape))) for shape in shapes]


def _held(desk: Desk, answer: HedgeAnswer, shape: Shape) -> float:
    """Return how many certificates of a shape there are to sell, less what is recommended."""
    held = [
        one.quantity
        for market in desk.markets.values()
        for (_, product, kind, period), one in market.certificates.holdings.items()
        if (product, kind, period) == (shape.product, shape.kind, shape.period)
    ]
    sold = [
        block.size
        for block in answer.blocks
        if (block.kind, block.period) == (shape.kind, shape.period)
    ]
    return sum(held) + sum(sold)
