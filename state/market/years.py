"""How a market's forward book begins: with the first day, and anew with each calendar year.

It is long enough that through its first year every period of the policy ends inside it. What
contracts deliver after its end shows when the next one begins: it is value then, and no P&L of the
day that ends, on which nobody made or lost it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from state.contracts import entry

if TYPE_CHECKING:
    from state.market.book import MarketBook
    from state.messages import FloatColumn


def is_over(market: MarketBook, today: date) -> bool:
    """Say whether no forward book is held that began in the year of a date."""
    return market.forward is None or market.forward.origin.year < today.year


def begin(market: MarketBook, today: date) -> FloatColumn:
    """Begin the forward book that a date needs; what is known to the one before is entered again.

    Exposures count as moved by what sets the two apart, so that whoever follows them goes on.

    Returns:
        What the days are worth that come into sight, by book, $; nothing of the first book.
    """
    before, names = market.forward, market.tables.locations.names
    forward, entries = market.hold_forward(today)
    forward.begin_after(today + timedelta(days=1))
    market.contingent.forward.clear()
    if before is not None:
        forward.succeed(before, names)
    for marks in market.contracts.marks:
        forward.set_marks(marks, names)
    market.contracts.marks.clear()
    for outlook in market.contracts.outlooks.values():
        entries.outlook(outlook, 1.0)
    entry.enter_all_forward(market)
    books = len(market.books)
    if before is None:
        return np.zeros(books)
    market.contingent.follow()
    forward.moves = [*before.moves, *forward.moved_since(before)]
    return forward.value_from(before.end, books)
