"""Plain deals: those with nothing wrong that lie in whole hours of one day, found in few steps.

Deals come by the thousand a second, almost all of them plain. One that is not found here goes
through every check, which says that it is as it should be, or names what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.contracts.plain import PlainForms
from state.intake.wellformed import END_NS, MOST
from state.market.covered_days import Hours
from state.market.delivery_day import DeliveryDay
from state.market.lines import LineKey
from state.messages import Trade

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

PlainDeal = tuple["MarketBook", DeliveryDay, Hours, LineKey, int]
"""Market, day and hours of a plain deal, the key of its line, and the number of its form."""


class PlainDeals:
    """Finds where deals of a company's one market lie."""

    def __init__(self) -> None:
        self._forms: PlainForms | None = None

    def find(self, desk: Desk, trade: Trade) -> PlainDeal | None:
        """Return where a deal lies; None if it is not plain, or something may be wrong with it."""
        market = desk.markets.get(trade.market)
        if market is None or len(desk.markets) > 1:
            return None
        plain = self._forms_of(market).of(trade)
        book = market.book_numbers.get(trade.book, -1)
        place = market.tables.locations.index.get(trade.location, -1)
        if plain is None or book < 0 or place < 0 or not _is_sound(trade):
            return None
        days = market.covered.days_of(trade.delivery_start_ns, trade.delivery_end_ns)
        if len(days) != 1:
            return None
        [(day, hours)] = days
        if hours is None or _goes_beyond(market, trade):
            return None
        if not market.contracts.trades.is_new(trade):
            return None
        form, run, financial = plain
        return market, day, hours, (book, place, run, financial), form

    def _forms_of(self, market: MarketBook) -> PlainForms:
        columns, forms = market.contracts.trades.columns, self._forms
        if forms is None or forms.columns is not columns:
            forms = self._forms = PlainForms(columns, has_fmm=market.tables.has_fmm)
        return forms


def _is_sound(trade: Trade) -> bool:
    return (
        0 <= trade.delivery_start_ns < trade.delivery_end_ns < END_NS
        and 0 <= trade.executed_at_ns < END_NS
        and 0 <= trade.received_at_ns < END_NS
        and -MOST <= trade.quantity_mw <= MOST
        and -MOST <= trade.price_usd_per_mwh <= MOST
        and bool(trade.trade.strip())
    )


def _goes_beyond(market: MarketBook, trade: Trade) -> bool:
    forward = market.forward
    return forward is not None and trade.delivery_end_ns > forward.first_ns
