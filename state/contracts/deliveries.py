"""What contracts delivered of what was due, and how often their suppliers fail (risk policy §4.4).

The failure rate of a contract is what it left undelivered of all that was due under it by the
records; a contract without records of its own has the rate of all those of its counterparty in the
market. Of a supplier without any, it is not known.
"""

from __future__ import annotations

from typing import Any

from state.messages import ContractDelivery, Trade
from state.wire import decode, encode

_MICRO = 1_000_000

Supplier = tuple[str, str]
"""``contract`` and its identity, or ``counterparty`` and its name."""


class Deliveries:
    """Keeps the records of one market.

    Attributes:
        edition: grows with every record.
        last: the newest record; None before one.
    """

    def __init__(self) -> None:
        self._records: dict[str, tuple[ContractDelivery, str]] = {}
        self._sums: dict[Supplier, tuple[int, int]] = {}
        self.edition = 0
        self.last: ContractDelivery | None = None

    def take(self, record: ContractDelivery, counterparty: str) -> None:
        """Take in a record; a later one of the same contract and month takes its place."""
        self._records[record.key] = record, counterparty
        self.last = record
        self.edition += 1
        self._add_up()

    def _add_up(self) -> None:
        # Whole millionths: their sum does not depend on the order in which records came.
        self._sums = {}
        for record, counterparty in self._records.values():
            due, delivered = (round(mwh * _MICRO) for mwh in (record.due_mwh, record.delivered_mwh))
            for supplier in (("contract", record.contract), ("counterparty", counterparty)):
                known = self._sums.get(supplier, (0, 0))
                self._sums[supplier] = known[0] + due, known[1] + delivered

    @property
    def suppliers(self) -> tuple[Supplier, ...]:
        """Everyone of whom a rate is known, in a fixed order."""
        return tuple(sorted(self._sums))

    def supplier_of(self, trade: Trade) -> Supplier | None:
        """Return whose rate a contract has; None where none is known."""
        if not self._sums:
            return None
        own = "contract", f"{trade.source}/{trade.trade}"
        if own in self._sums:
            return own
        other = "counterparty", trade.counterparty
        return other if other in self._sums else None

    def rate_of(self, supplier: Supplier) -> float:
        """Return the part that was not delivered of what was due, from 0 to 1."""
        due, delivered = self._sums[supplier]
        return (due - delivered) / due

    @property
    def words(self) -> str:
        """The rates that are known, and what is made of those that are not."""
        rates = [f"{name} {self.rate_of((kind, name)):.1%}" for kind, name in self.suppliers]
        if not rates:
            return "no contract's failure rate is known, and 0 is counted"
        return f"failure rates: {', '.join(rates)}; of all others not known, and 0 is counted"

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs, where there is anything."""
        if self.last is None:
            return {}
        records = [[encode(record), name] for record, name in self._records.values()]
        return {"deliveries": [records, encode(self.last), self.edition]}

    def restore(self, saved: list[Any] | None) -> None:
        """Take over what :meth:`saved` returned."""
        if saved is None:
            return
        records, last, self.edition = saved
        for data, counterparty in records:
            record: Any = decode(data)
            self._records[record.key] = record, counterparty
        one: Any = decode(last)
        self.last = one
        self._add_up()
