"""The way out of a tolerance: the smallest standard blocks that bring it back (risk policy §4.6).

Pure, on demand, and without a valuation of its own: what a block does to every limit, who may
trade it with whom, and at which size is what the pre-trade check says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from state.hedging.answer import HedgeAnswer, HedgeBlock
from state.hedging.search import MOST_LOOKED_AT, Pair, Search, Terms, Trial
from state.hedging.shapes import PRODUCT, shapes_of
from state.intake.wellformed import malformed
from state.messages import HedgeRequest, ResourceKind, SettlesAt, Trade, TradeCheck
from state.nop.rows import limited_on
from state.nop.watch import today_of
from state.periods import Span
from state.policy.bands import bands_on
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import NopKind
from state.pretrade.check import answer_to
from state.pretrade.situation import situation_of, sized
from state.risk.historical import value_at_risk
from state.screens.exposure_rows import NopRow

if TYPE_CHECKING:
    from state.company import Company
    from state.desk import Desk
    from state.market.book import MarketBook
    from state.screens.views import Transition

MOST_BLOCKS = 6
"""The most blocks that are recommended together."""


@dataclass(frozen=True)
class _Place:
    market: MarketBook
    hub: str
    book: str


@dataclass(frozen=True)
class _Row:
    policy: RiskPolicy
    row: NopRow
    span: Span


def take_hedge_request(company: Company, request: HedgeRequest) -> list[Transition]:
    """Answer a request of the log, and note the answer in the audit trail."""
    desk, at_ns = company.desk, company.tick_ns
    reserved = desk.checks.reserved(at_ns, but="")
    answer = way_out(desk, request, reserved, at_ns=at_ns, position=company.position)
    desk.hedges.keep(answer)
    blocks = [f"{each.quantity_mw:g} {each.block} {each.period}" for each in answer.blocks]
    company.chain.note_text(f"{request.key}: {', '.join(blocks) or answer.reason}")
    company.stale_views.add("hedges")
    return []


def way_out(
    desk: Desk, request: HedgeRequest, reserved: list[Trade], *, at_ns: int, position: int = 0
) -> HedgeAnswer:
    """Return the blocks that bring a position back, or what stands in their way.

    Args:
        desk: whose exposures have been followed; it stays as it is.
        request: which tolerance, and where.
        reserved: trades that count as done.
        at_ns: the last tick; 0 before the first.
        position: of the request in the log.
    """
    answer = HedgeAnswer(
        request=request.request, limit=request.limit, at_ns=at_ns, position=position
    )
    today = today_of(desk) if at_ns else None
    answer.reason = malformed(request) or ("there was no tick yet" if today is None else "")
    if answer.reason or today is None:
        return answer
    found = _row_of(desk, request, today)
    if isinstance(found, _Row):
        _describe(answer, found)
        place = _nothing_to_close(found.row) or _place_of(desk, request)
        if isinstance(place, _Place):
            _fill(answer, desk, found, place, request, reserved, today)
        else:
            answer.reason = place
    else:
        answer.reason = found
    return answer


def _row_of(desk: Desk, request: HedgeRequest, today: date) -> _Row | str:
    """Return the tolerance that is asked about, the first that is out where none is named."""
    if not desk.written_policies:
        return "no written policy is in force, so that no tolerance binds; send one"
    energy, known = desk.nop.energy(desk), []
    for policy in desk.written_policies.values():
        spans = {(band.row.id, band.span.label): band.span for band in bands_on(policy, today)}
        for row in limited_on(desk, energy, policy, today):
            if row.nop != NopKind.ENERGY:
                continue
            known.append(row.limit)
            wanted = row.limit == request.limit if request.limit else row.headroom < 0.0
            if wanted and request.period in {"", row.period}:
                return _Row(policy, row, spans[row.limit, row.period])
    if not request.limit:
        return "every tolerance of energy is kept; nothing to close"
    wanted_words = f"limit {request.limit!r} {request.period}".rstrip()
    names = ", ".join(dict.fromkeys(known))
    return f"{wanted_words} is no tolerance of energy that binds today; name one of {names}"


def _describe(answer: HedgeAnswer, found: _Row) -> None:
    row = found.row
    answer.limit, answer.title, answer.period = row.limit, row.title, row.period
    answer.clause = f"{found.policy.name.upper()} {row.clause}"
    answer.policy = found.policy.label
    answer.floor, answer.ceiling = row.floor, row.ceiling
    answer.before = answer.after = row.coverage
    answer.complete = row.headroom >= 0.0


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


def _fill(
    answer: HedgeAnswer,
    desk: Desk,
    found: _Row,
    place: _Place,
    request: HedgeRequest,
    reserved: list[Trade],
    today: date,
) -> None:
    """Add blocks to an answer until the position is inside its band, or nothing more passes."""
    shapes = shapes_of(place.market, place.hub, found.span, today)
    if not shapes:
        answer.reason = (
            f"no curve of {place.hub} for any block still to come in {found.row.period}; send marks"
        )
        return
    done = list(reserved)
    terms = _terms(request, found, place)
    while len(answer.blocks) < MOST_BLOCKS and not answer.complete:
        most = MOST_LOOKED_AT - answer.looked_at
        search = Search(desk, answer.at_ns, terms, _pairs(desk), done, most=most)
        whole = search.smallest(shapes, _missing_mwh(answer, found.row))
        answer.looked_at += search.looked_at
        trial = whole or search.partial
        effect = None
        if trial is not None:
            trial = _at_its_size(trial, desk, done, answer.at_ns)
            effect = search.effect_on_row(trial.answer)
        if trial is None or effect is None or effect.headroom_after <= effect.headroom_before:
            _say_why(answer, search)
            return
        answer.after, answer.complete = effect.after, whole is not None
        answer.blocks.append(_block(trial, desk, done, answer.at_ns))
        done = [*done, trial.check.candidate]
    if not answer.complete:
        answer.reason = f"{MOST_BLOCKS} blocks are not enough; ask again when they are booked"


def _terms(request: HedgeRequest, found: _Row, place: _Place) -> Terms:
    policy = found.policy
    venue, areas = next(
        (
            (next(iter(entry.venues), "bilateral"), entry.areas)
            for entry in policy.markets
            if PRODUCT in entry.products and (not entry.runs or SettlesAt.CURVE in entry.runs)
        ),
        ("bilateral", ()),
    )
    return Terms(
        name=request.request,
        limit=found.row.limit,
        period=found.row.period,
        sign=1.0 if found.row.coverage < found.row.floor else -1.0,
        lot=request.lot,
        book=place.book,
        venue=request.venue or venue,
        areas=request.areas or areas,
        agreements=frozenset(("agreements", *(each.id for each in policy.agreements))),
    )


def _pairs(desk: Desk) -> list[Pair]:
    """Return every counterparty with every trader, by name; nobody is a name the check rejects."""
    return [
        (counterparty, trader)
        for counterparty in sorted(desk.counterparties) or ["nobody"]
        for trader in sorted(desk.traders) or [""]
    ]


def _missing_mwh(answer: HedgeAnswer, row: NopRow) -> float:
    """Return how much is to be bought or sold until the nearer edge is reached."""
    short = row.coverage < row.floor
    ratio = row.floor - answer.after if short else answer.after - row.ceiling
    return max(0.0, ratio * row.obligation)


def _at_its_size(trial: Trial, desk: Desk, done: list[Trade], at_ns: int) -> Trial:
    """Return a trial checked at the size it is recommended in."""
    size = trial.lots * trial.check.lot
    if size == trial.answer.size:
        return trial
    check = msgspec.structs.replace(trial.check, candidate=sized(trial.check.candidate, size))
    answer = answer_to(desk, check, done, at_ns=at_ns)
    return Trial(trial.shape, trial.lots, trial.pair, check, answer)


def _block(trial: Trial, desk: Desk, done: list[Trade], at_ns: int) -> HedgeBlock:
    shape, check = trial.shape, trial.check
    mwh = check.candidate.quantity_mw * shape.hours
    before, after = _var_usd(desk, check, done, at_ns)
    return HedgeBlock(
        period=shape.span.label,
        begins=shape.span.first.isoformat(),
        ends=shape.span.end.isoformat(),
        block=shape.block,
        quantity_mw=check.candidate.quantity_mw,
        mwh=mwh,
        price_usd_per_mwh=shape.price,
        cost_usd=mwh * shape.price,
        counterparty=check.candidate.counterparty,
        trader=check.candidate.trader,
        venue=check.venue,
        product=PRODUCT,
        market=shape.market,
        location=shape.location,
        book=check.candidate.book,
        var_before_usd=before,
        var_after_usd=after,
    )


def _var_usd(desk: Desk, check: TradeCheck, done: list[Trade], at_ns: int) -> Iterator[float]:
    """Yield VaR of the firm without a block and with it."""
    without, gained = situation_of(desk, check, done, at_ns).gained(-1)
    confidence = desk.portfolio.parameters.confidence
    for pnl in (without, without + gained):
        yield float(value_at_risk(pnl, confidence=confidence)[0])


def _say_why(answer: HedgeAnswer, search: Search) -> None:
    """Say what stands in the way of the nearest block."""
    nearest = search.nearest
    if nearest is None:
        what = f"{MOST_LOOKED_AT} candidates were looked at"
        answer.reason = f"{what}, and no more are; ask again when these blocks are booked"
        return
    answer.in_the_way = nearest.stopping
    candidate = nearest.check.candidate
    what = f"{'buy' if candidate.quantity_mw > 0 else 'sell'} {abs(candidate.quantity_mw):,g} MW"
    where = f"{nearest.shape.block.replace('_', '-')} {nearest.shape.span.label}"
    stops = ", ".join(dict.fromkeys(one.limit for one in nearest.stopping))
    why = stops or nearest.answer.reason or "no larger size was found to pass"
    words = "nothing more passes" if answer.blocks else "nothing passes"
    answer.reason = f"{words}; nearest is {what} {where}, stopped by {why}"
