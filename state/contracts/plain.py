"""Plain contracts: flat MW of energy that come in, with no term but those of every contract."""

from __future__ import annotations

from typing import NamedTuple

from state.contracts import holdings
from state.contracts.columns import Form, TradeColumns
from state.contracts.deal_columns import DealColumns
from state.market.tables import MarketTables
from state.messages import Block, Trade, TradeAction
from state.products import PRODUCTS


class Plain(NamedTuple):
    """How contracts of a plain form settle.

    Attributes:
        form: its number.
        run: at which they do.
        financial: whether in money only.
    """

    form: int
    run: int
    financial: bool


class PlainForms:
    """Knows which of the forms there have been are plain: each is looked at once.

    Args:
        columns: the contracts of a market.
        tables: of the market.
    """

    def __init__(self, columns: TradeColumns, tables: MarketTables) -> None:
        self._columns = columns
        self._tables = tables
        self._known: list[Plain | None] = []

    def of(self, trade: Trade) -> Plain | None:
        """Return how a contract settles; None if it is not plain, or the first of its form."""
        return self._of_form(self._columns.form_of(trade))

    def of_all(self, deals: DealColumns) -> list[Plain | None]:
        """Return the same of several contracts without shapes."""
        numbers = self._columns.forms_of(deals)
        known = {number: self._of_form(number) for number in set(numbers)}
        return list(map(known.get, numbers))

    def _of_form(self, number: int) -> Plain | None:
        if number < 0:
            return None
        if number >= len(self._known):
            for form in self._columns.forms[len(self._known) :]:
                self._known.append(self._plain(len(self._known), form))
        return self._known[number]

    def _plain(self, number: int, form: Form) -> Plain | None:
        product = PRODUCTS[form.product]
        is_plain = (
            product.is_plain
            and not form.terms
            and form.action is TradeAction.NEW
            and form.block is Block.FLAT
            and bool(form.source.strip())
        )
        run = self._tables.trade_run(holdings.settlement_run(form.settles_at))
        return Plain(number, run, product.financial) if is_plain else None
