"""What is held rather than delivered as energy: capacity, certificates, allowances, services.

A position of its own kind: a quantity by book, product, kind and period (a delivery month, or a
vintage), in the product's own unit, marked by ``ProductMarks``. It counts in value, P&L and VaR,
never in MW of open position, never in coverage. Its risk factor is named as a curve's is:
``market/product:kind/curve/flat/period``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from state.calendar import MarketCalendar
from state.market.forward import ForwardMove
from state.market.likeness import alike
from state.messages import Block, FloatColumn, ProductMarks, ProductTrade, Trade
from state.products import PRODUCTS
from state.products.held import is_over

Mark = tuple[str, str, str]
"""Product, kind and period."""

Move = tuple[int, tuple[str, Block], ForwardMove]


def factor_of(mark: Mark) -> tuple[str, Block, str]:
    """Return the risk factor of a product, kind and period, as a curve's is.

    >>> factor_of(("rec", "PCC1", "2026"))
    ('rec:PCC1', <Block.FLAT: 'flat'>, '2026')
    """
    product, kind, period = mark
    return f"{product}:{kind}", Block.FLAT, period


@dataclass
class Holding:
    """A position in one product, kind and period.

    Attributes:
        quantity: signed, in the product's unit.
        cost_usd: what it cost.
    """

    quantity: float = 0.0
    cost_usd: float = 0.0


class CertificateBook:
    """Holds a market's positions that are no energy.

    Args:
        calendar: the market's.
        books: names of the company's books.

    Attributes:
        holdings: by book index, product, kind and period.
        marks: $ a unit.
        edition: grows with every change of what is held; not saved.
    """

    def __init__(self, calendar: MarketCalendar, books: list[str]) -> None:
        self._calendar = calendar
        self._books = books
        self.holdings: dict[tuple[int, *Mark], Holding] = {}
        self.marks: dict[Mark, float] = {}
        self.edition = 0
        self._today = date.min
        self._moves: list[Move] = []
        self._value: FloatColumn | None = None

    def beside(self) -> CertificateBook:
        """Return the same positions, to be moved by themselves."""
        held = {key: replace(one) for key, one in self.holdings.items()}
        return alike(self, holdings=held, _moves=[])

    # What can change -----------------------------------------------------------------------------

    def enter(self, trade: ProductTrade, sign: float) -> None:
        """Enter a contract; −1 takes the same out again."""
        product = PRODUCTS[trade.product]
        book = self._books.index(trade.book)
        for period, quantity in product.quantities(trade, self._calendar):
            key = (book, trade.product, trade.unit_kind, period)
            held = self.holdings.setdefault(key, Holding())
            held.quantity += sign * quantity
            held.cost_usd += sign * quantity * trade.price_usd_per_unit
            self._move(key, sign * quantity)
            self.edition += 1
        self._value = None

    def set_marks(self, message: ProductMarks) -> str:
        """Take over marks; NaN leaves what was there. Say which a month that is over refused."""
        refused: list[str] = []
        names = zip(message.products, message.kinds, message.periods, strict=True)
        for mark, price in zip(names, message.price_usd_per_unit.tolist(), strict=True):
            if not np.isfinite(price):
                continue
            if is_over(mark[2], self._today) and self.marks.get(mark, price) != price:
                refused.append(" ".join(mark))
                continue
            self.marks[mark] = price
        self._value = None
        return f"{', '.join(refused[:3])} is over and keeps its last mark" if refused else ""

    def begin(self, today: date) -> None:
        """Begin a day: a month that is over keeps its last mark and leaves risk."""
        for key, held in self.holdings.items():
            if is_over(key[3], today) and not is_over(key[3], self._today):
                self._move(key, -held.quantity)
        self._today = today

    # Figures -------------------------------------------------------------------------------------

    def value_by_book(self, books: int) -> FloatColumn:
        """Return Σ (quantity × mark − cost) by book, $; what has no mark is left out."""
        if self._value is None or len(self._value) != books:
            self._value = np.zeros(books)
            for key, held in self.holdings.items():
                mark = self.marks.get(key[1:])
                if mark is not None:
                    self._value[key[0]] += held.quantity * mark - held.cost_usd
        return self._value

    def worth(self, trade: Trade) -> float:
        """Return what a contract has still to bring is worth, less its cost; 0 without a mark."""
        if not isinstance(trade, ProductTrade):
            return 0.0
        total = 0.0
        for period, quantity in self._to_come(trade):
            mark = self.marks.get((trade.product, trade.unit_kind, period))
            if mark is not None:
                total += quantity * (mark - trade.price_usd_per_unit)
        return total

    def units_unmarked(self, trade: Trade) -> float:
        """Return how many units a contract has still to bring, without sign, that lack a mark."""
        if not isinstance(trade, ProductTrade):
            return 0.0
        marks, kind = self.marks, (trade.product, trade.unit_kind)
        held = self._to_come(trade)
        return sum(abs(units) for period, units in held if (*kind, period) not in marks)

    def unmarked(self) -> dict[tuple[int, str, str], float]:
        """Return units held, without sign, that nothing marks, by book, product and kind."""
        found: dict[tuple[int, str, str], float] = {}
        for (book, *mark), held in self.holdings.items():
            product, kind, period = mark
            if held.quantity and (product, kind, period) not in self.marks:
                key = book, product, kind
                found[key] = found.get(key, 0.0) + abs(held.quantity)
        return found

    # Exposures -----------------------------------------------------------------------------------

    def drain(self) -> list[Move]:
        """Return the exposures that moved since the last call, as forward moves."""
        moves, self._moves = self._moves, []
        return moves

    def exposed(self) -> list[tuple[tuple[int, *Mark], float]]:
        """Return what is still at risk, in units by book, product, kind and period."""
        return [
            (key, held.quantity) for key, held in self.holdings.items() if self.is_at_risk(key[3])
        ]

    def at_risk(self, trade: ProductTrade) -> Iterator[tuple[str, str, float]]:
        """Yield name of the factor, period and units of what a contract holds at risk."""
        for period, quantity in self._to_come(trade):
            yield f"{trade.product}:{trade.unit_kind}", period, quantity

    def _to_come(self, trade: ProductTrade) -> list[tuple[str, float]]:
        """Return period and units of a contract: of months those not over, of vintages all."""
        held = PRODUCTS[trade.product].quantities(trade, self._calendar)
        return [(period, units) for period, units in held if self.is_at_risk(period)]

    def is_at_risk(self, period: str) -> bool:
        """Say whether what is held of a period may still change in price."""
        return not is_over(period, self._today)

    def expose_all(self) -> None:
        """Let every exposure count as moved, from zero."""
        self._moves.clear()
        for key, quantity in self.exposed():
            self._append(key, quantity)

    def _move(self, key: tuple[int, *Mark], quantity: float) -> None:
        if self.is_at_risk(key[3]):
            self._append(key, quantity)

    def _append(self, key: tuple[int, *Mark], quantity: float) -> None:
        name, block, period = factor_of(key[1:])
        move = ForwardMove(0, [period], np.array([quantity]))
        self._moves.append((key[0], (name, block), move))

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        moves = [
            [book, *factor, move.months[0], float(move.mwh[0])]
            for book, factor, move in self._moves
        ]
        return {
            "today": self._today.isoformat(),
            "holdings": [[*key, vars(held)] for key, held in self.holdings.items()],
            "marks": [[*mark, price] for mark, price in self.marks.items()],
            **({"moves": moves} if moves else {}),  # nothing follows them before the first tick
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._today = date.fromisoformat(saved["today"])
        for book, product, kind, period, held in saved["holdings"]:
            self.holdings[book, product, kind, period] = Holding(**held)
        for product, kind, period, price in saved["marks"]:
            self.marks[product, kind, period] = price
        for book, name, block, period, quantity in saved.get("moves", []):
            move = ForwardMove(0, [period], np.array([quantity]))
            self._moves.append((book, (name, Block(block)), move))
