"""Plain contracts: flat MW of energy that come in, with no term but those of every contract."""

from __future__ import annotations

from typing import NamedTuple

from state.contracts import holdings
from state.contracts.columns import Form, TradeColumns
from state.contracts.deal_columns import DealColumns
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
        has_fmm: whether the market has a fifteen-minute run.
    """

    def __init__(self, columns: TradeColumns, *, has_fmm: bool) -> None:
        self.columns = columns
        self._has_fmm = has_fmm
        self._known: list[Plain | None] = []

    def of(self, trade: Trade) -> Plain | None:
        """Return how a contract settles; None if it is not plain, or the first of its form."""
        return self._of_form(self.columns.form_of(trade))

    def of_all(self, deals: DealColumns) -> list[Plain | None]:
        """Return the same of several contracts without shapes."""
        numbers = self.columns.forms_of(deals)
        known = {number: self._of_form(number) for number in set(numbers)}
        return list(map(known.get, numbers))

    def _of_form(self, number: int) -> Plain | None:
        if number < 0:
            return None
        if number >= len(self._known):
            for form in self.columns.forms[len(self._known) :]:
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
        run = holdings.settlement_run(form.settles_at, has_fmm=self._has_fmm)
        return Plain(number, run, product.financial) if is_plain else None
