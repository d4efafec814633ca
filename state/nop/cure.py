"""What it costs, at the marks of now, to bring a net open position back to its nearest edge.

A purchase costs, a sale brings in. Energy is bought or sold in the shape of the load at the forward
curve; capacity month by month and certificates of the last vintage at their marks. It is what the
position would cost to cure at mid, before any bid-offer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from state.nop.capacity import Required
from state.nop.energy import MarketEnergy
from state.nop.held import Holdings, holdings_of
from state.nop.rows import limited_on
from state.nop.rps import vintages_of
from state.nop.tolerances import identity_of
from state.nop.watch import today_of
from state.nop.whole import whole
from state.periods import Span
from state.policy.bands import Band, bands_on
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import NopKind
from state.screens.nop_seen import NopRow

if TYPE_CHECKING:
    from state.desk import Desk

_CERTIFICATE = "PCC1"
"""The category that covers any obligation."""


class Cure(NamedTuple):
    """What brings one row back.

    Attributes:
        limit, scope: of the tolerance.
        quantity: to buy, + , or to sell, in ``unit``; NaN is not known.
        unit: ``MWh``, or ``MW-month`` of capacity.
        usd: cost at the marks; what a sale brings in is negative; NaN is not known.
        reason: why it is not.
    """

    limit: str
    scope: str
    quantity: float
    unit: str
    usd: float
    reason: str = ""


def cures(desk: Desk) -> list[Cure]:
    """Return what brings every row in breach back, of all written policies in force."""
    today = today_of(desk)
    if today is None:
        return []
    energy = desk.nop.energy(desk)
    return [
        cure
        for policy in desk.written_policies.values()
        for cure in _cures(desk, energy, policy, today)
    ]


def _cures(
    desk: Desk, energy: Sequence[MarketEnergy], policy: RiskPolicy, today: date
) -> Iterator[Cure]:
    held = holdings_of(desk)
    bands = {(band.row.id, band.span.label): band for band in bands_on(policy, today)}
    for row in limited_on(desk, energy, policy, today):
        if row.state == "breach":
            band = bands[row.limit, row.period]
            if band.nop is NopKind.ENERGY:
                yield _energy(energy, row, band.span)
            elif band.nop is NopKind.CAPACITY:
                yield _capacity(desk, held, row, band)
            else:
                yield _certificates(desk, row, band)


def _missing(row: NopRow) -> float:
    """Return by how much supply is short of the nearest edge, + , or beyond it."""
    edge = row.floor if row.coverage < row.floor else row.ceiling
    return (edge - row.coverage) * row.obligation


def _energy(markets: Sequence[MarketEnergy], row: NopRow, span: Span) -> Cure:
    mwh, usd = 0.0, 0.0
    for market in markets:
        load, worth = market.load_at_curve(span)
        mwh, usd = mwh + load, usd + worth
    missing = _missing(row)
    if math.isnan(usd) or not mwh > 0.0:
        reason = f"a month of {row.period} has no mark"
        return Cure(row.limit, identity_of(row), missing, "MWh", math.nan, reason)
    return Cure(row.limit, identity_of(row), missing, "MWh", missing * usd / mwh)


def _capacity(desk: Desk, held: Holdings, row: NopRow, band: Band) -> Cure:
    required, quantity, usd, unmarked = Required(desk), 0.0, 0.0, ""
    pinned = row.floor == row.ceiling  # then the minimum is the limit, and a surplus only warns
    for month in band.span.months:
        mw = held.capacity_mw.get((row.kind, month), 0.0)
        owed, _ = required.within(band.row, row.kind, month)
        if not owed > 0.0:  # a month that owes nothing is in no position
            continue
        least = max(mw, row.floor * owed)
        missing = whole((least if pinned else min(least, row.ceiling * owed)) - mw)
        if missing:
            mark = _mark(desk, "capacity", row.kind, month)
            quantity, usd = quantity + missing, usd + missing * mark
            unmarked = unmarked or (month if math.isnan(mark) else "")
    reason = f"no mark of {row.kind} capacity for {unmarked}" if unmarked else ""
    return Cure(row.limit, identity_of(row), quantity, "MW-month", usd, reason)


def _certificates(desk: Desk, row: NopRow, band: Band) -> Cure:
    vintage, missing = str(vintages_of(band)[-1]), _missing(row)
    mark = _mark(desk, "rec", _CERTIFICATE, vintage)
    reason = f"no mark of {_CERTIFICATE} of {vintage}" if math.isnan(mark) else ""
    return Cure(row.limit, identity_of(row), missing, "MWh", missing * mark, reason)


def _mark(desk: Desk, product: str, kind: str, period: str) -> float:
    marks = (market.certificates.marks.get((product, kind, period)) for market in
             desk.markets.values())  # fmt: skip
    return next((mark for mark in marks if mark is not None), math.nan)
