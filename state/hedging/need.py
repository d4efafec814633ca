"""How much of a position is missing until it is inside its band, by part of its period.

Energy and certificates are one amount over the whole period. Capacity is one amount a month, since
a month's surplus covers no other month's lack.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from state.hedging.shapes import Shape
from state.messages import Trade
from state.nop.rows import held_to
from state.policy.bands import Band
from state.policy.tolerances import NopKind
from state.pretrade.beside import DeskBeside
from state.pretrade.positions import months_of
from state.screens.nop_seen import NopRow

if TYPE_CHECKING:
    from state.desk import Desk

_WHOLE = ""
"""The part of a position that is one amount over its period."""

ROUNDING = 1e-9
"""Of a lot: nearer to an edge than this, a size counts as at it."""


class Candidate(msgspec.Struct, order=True, frozen=True):
    """A purchase or sale that may be put to the check; what sorts first is looked at first.

    Attributes:
        rank: amount, of capacity less than 0: of what wastes nothing the largest is first.
        cost: $, signed.
        number: of its shape.
        lots: how many.
        sign: 1 to buy, −1 to sell.
        counterparty, trader: the only ones to ask about; empty for all.
        step: lots between two sizes that were looked at, so that a larger one may pass.
    """

    rank: float
    cost: float
    number: int
    lots: int
    sign: float
    counterparty: str = ""
    trader: str = ""
    step: int = 1


class Missing(NamedTuple):
    """What lies between a position and where its breach ends: to buy (1) or sell (−1).

    Attributes:
        at_edge: whether the breach ends with just the amount; with more of it where not.
    """

    sign: float
    amount: float
    at_edge: bool = False

    def lots_of(self, size: float) -> int:
        """Return the fewest whole lots of some size each that end the breach.

        >>> Missing(1.0, 799.0).lots_of(400.0), Missing(1.0, 800.0).lots_of(400.0)
        (2, 3)
        >>> Missing(1.0, 800.0, at_edge=True).lots_of(400.0)
        2
        """
        if self.at_edge:
            return math.ceil(self.amount / size - ROUNDING)
        return math.floor(self.amount / size + ROUNDING) + 1


def ends_breach(headroom: float, of: Band | NopRow) -> bool:
    """Say whether a breach ends: inside the band, or at its edge where that is its minimum alone.

    Args:
        headroom: by which the position is in it.
        of: the band; where minimum = maximum, the minimum is the limit and nothing holds at it.
    """
    return headroom > 0.0 or (headroom == 0.0 and of.floor == of.ceiling)


def standing(desk: Desk, band: Band, kind: str, done: Sequence[Trade], today: date) -> list[NopRow]:
    """Return a position with some trades done, and after it each month of capacity.

    Args:
        desk: whose exposures have been followed; it stays as it is.
        band: the tolerance.
        kind: of capacity; empty for the others.
        done: trades that count as booked.
        today: the market-local date.
    """
    bands = [band, *months_of(band)]
    if not done:
        energy = desk.nop.energy(desk)
        return [row for row in held_to(desk, energy, bands, today) if row.kind == kind]
    versions = [desk.markets[one.market].contracts.trades.superseded(one) for one in done]
    moved = [one for pair in versions for one in pair if one is not None]
    beside = DeskBeside(desk, moved)
    for out, into in versions:
        if out is not None:
            beside.enter(out, -1.0)
        if into is not None:
            beside.enter(into)
    rows = held_to(beside.desk, beside.energy(), bands, today)
    beside.let_go()
    return [row for row in rows if row.kind == kind]


def missing_of(rows: Sequence[NopRow]) -> dict[str, Missing]:
    """Return what is missing by part, of a position whose breach goes on.

    Args:
        rows: what :func:`standing` returned.
    """
    if rows[0].nop != NopKind.CAPACITY:
        return {_WHOLE: _missing(rows[0])}
    months = {row.begins[:7]: row for row in rows[1:]}
    return {
        month: _missing(row)
        for month, row in months.items()
        if row.headroom <= 0.0 and not ends_breach(row.headroom, row)
    }


def _missing(row: NopRow) -> Missing:
    short = row.coverage <= row.floor and row.floor > 0.0
    ratio = row.floor - row.coverage if short else row.coverage - row.ceiling
    amount = max(0.0, ratio * row.obligation)
    return Missing(1.0 if short else -1.0, amount, at_edge=ends_breach(0.0, row))


def candidates(
    missing: Mapping[str, Missing], shapes: Iterable[Shape], lot: float
) -> list[Candidate]:
    """Return what would close a position, in whole lots.

    Of energy and certificates the fewest lots of each shape that make up for what is missing. Of
    capacity the lots that every month of the shape is missing at least, so that none is wasted: any
    set of contracts that closes it has as many in each of these months.
    """
    found = []
    for number, shape in enumerate(shapes):
        whole = missing.get(_WHOLE)
        if whole is not None:
            sign, lots = whole.sign, whole.lots_of(lot * shape.each)
        else:
            sign, lots = _lots_in_every_month(missing, shape, lot)
        if lots * lot > shape.most:
            lots = math.floor(shape.most / lot + ROUNDING)
        if lots:
            amount = lots * lot * shape.each
            rank = amount if whole is not None else -amount
            found.append(Candidate(rank, sign * amount * shape.price_usd, number, lots, sign))
    return sorted(found)


def _lots_in_every_month(
    missing: Mapping[str, Missing], shape: Shape, lot: float
) -> tuple[float, int]:
    months = [missing.get(month) for month in shape.span.months]
    wanted = [month for month in months if month is not None]
    if len(wanted) < len(months) or len({month.sign for month in wanted}) != 1:
        return 1.0, 0
    fewest = min(wanted, key=lambda month: month.amount)
    return fewest.sign, fewest.lots_of(lot)
