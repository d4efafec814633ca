"""What storage units hold when a day begins: the first state of charge measured on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from state.messages import Resource, StateOfCharge
from state.wire import decode, encode


class Charges:
    """Keeps the first measurement of every unit and day held.

    Attributes:
        edition: grows with every change; not saved.

    >>> charges = Charges()
    >>> charges.note(date(2026, 7, 15), StateOfCharge(resource="B", at_ns=5, energy_mwh=30.0))
    >>> charges.note(date(2026, 7, 15), StateOfCharge(resource="B", at_ns=9, energy_mwh=10.0))
    >>> unit = Resource(resource="B", market="m", book="b", location="l",
    ...                 resource_kind="storage", capacity_mw=20.0, energy_mwh=80.0)
    >>> charges.share(date(2026, 7, 15), unit)
    0.375
    """

    def __init__(self) -> None:
        self._first: dict[tuple[date, str], StateOfCharge] = {}
        self.edition = 0

    def note(self, day: date, charge: StateOfCharge) -> None:
        """Take in a measurement; a later one of the day says nothing of how it began."""
        key = (day, charge.resource)
        known = self._first.get(key)
        if known is None or charge.at_ns < known.at_ns:
            self._first[key] = charge
            self.edition += 1

    def share(self, day: date, unit: Resource) -> float:
        """Return how full a unit begins a day, 0 to 1; 0 where nothing was measured."""
        charge = self._first.get((day, unit.resource))
        if charge is None or unit.energy_mwh <= 0.0:
            return 0.0
        return min(1.0, max(0.0, charge.energy_mwh / unit.energy_mwh))

    def close(self, day: date) -> None:
        """Let go of a day and those before it."""
        self._first = {key: charge for key, charge in self._first.items() if key[0] > day}

    def snapshot(self) -> list[list[Any]]:
        """Return what :meth:`restore` needs."""
        return [[day.isoformat(), encode(charge)] for (day, _), charge in self._first.items()]

    def restore(self, saved: list[list[Any]]) -> None:
        """Take over a snapshot."""
        for text, data in saved:
            charge = decode(data)
            if isinstance(charge, StateOfCharge):
                self._first[date.fromisoformat(text), charge.resource] = charge
