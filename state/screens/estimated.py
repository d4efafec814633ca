"""What P&L says of itself: which parts are estimates, why it is not known, what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from state.market.estimates import estimates
from state.market.unmarked import told_of
from state.market.valuation import with_firm
from state.products import PRODUCTS

if TYPE_CHECKING:
    from state.desk import Desk

_ESTIMATES = (
    "load price estimated",
    "undelivered intervals marked at FMM, DA or curve",
)
_ESTIMATE_BITS = 1 << np.arange(len(_ESTIMATES))
_ESTIMATE_TEXTS = [
    "; ".join(text for place, text in enumerate(_ESTIMATES) if bits >> place & 1)
    for bits in range(1 << len(_ESTIMATES))
]
"""What is said of a book, by the sum of the bits of its flags."""

_UNMARKED = "not known: {}"
_FORWARD = "{:,.0f} forward MWh have no mark and are left out"
"""What is said of a book beyond the grid; the MWh without sign."""


def estimated_of(desk: Desk) -> list[str]:
    """Say of the P&L of each book and of the firm what it stands on; empty if on prices alone."""
    books = len(desk.books)
    flags = np.zeros((len(_ESTIMATES), books), dtype=np.bool_)
    for market in desk.markets.values():
        for _, grid in market.open_days():
            flags |= estimates(grid, market.tables)
    by_book = np.bitwise_or.reduce(_ESTIMATE_BITS[:, None] * flags, axis=0)
    firm = int(np.bitwise_or.reduce(by_book, initial=0))
    told = [_ESTIMATE_TEXTS[bits] for bits in (*by_book.tolist(), firm)]
    unmarked = told_of(list(desk.markets.values()), books)
    told = _both(told, [_UNMARKED.format(words) if words else "" for words in unmarked])
    return _both(_both(told, _forward(desk)), _held(desk))


def _forward(desk: Desk) -> list[str]:
    """Say of each book how much lies beyond the grid without a mark."""
    books = len(desk.books)
    forwards = [market.forward for market in desk.markets.values() if market.forward is not None]
    flags, mwh = np.zeros(books, dtype=np.bool_), np.zeros(books)
    for forward in forwards:
        flags |= forward.unmarked_by_book(books)
    if not flags.any():
        return [""] * (books + 1)
    for forward in forwards:
        mwh += forward.unmarked_mwh(books)
    amounts = zip((*flags, flags.any()), with_firm(mwh).tolist(), strict=True)
    return [_FORWARD.format(amount) if flag else "" for flag, amount in amounts]


def _held(desk: Desk) -> list[str]:
    """Say of each book how much it holds without a mark, in its own units."""
    books = len(desk.books)
    units: list[dict[tuple[str, str], float]] = [{} for _ in range(books + 1)]
    for market in desk.markets.values():
        for (book, product, kind), amount in market.certificates.unmarked().items():
            for own in (units[book], units[books]):
                own[product, kind] = own.get((product, kind), 0.0) + amount
    return [
        "; ".join(
            f"{amount:,.10g} {PRODUCTS[product].measure} of {f'{product} {kind}'.rstrip()} "
            "have no mark and are left out"
            for (product, kind), amount in own.items()
        )
        for own in units
    ]


def _both(told: list[str], more: list[str]) -> list[str]:
    if not any(more):
        return told
    return ["; ".join(filter(None, pair)) for pair in zip(told, more, strict=True)]
