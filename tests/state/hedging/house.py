"""A house with an open position, and its way out."""

from __future__ import annotations

from datetime import date
from typing import Any

from state.hedging.way_out import way_out
from state.messages import Counterparty, HedgeRequest
from state.screens.hedges_seen import HedgeAnswer
from tests.state.credit.samples import policy as credit_policy
from tests.state.nop.company import Following, vet
from tests.state.trading.samples import person
from tests.state.worked import curve, history

JUNE = date(2026, 6, 15)
MONTHS = tuple(f"{year}-{month:02d}" for year in range(2026, 2033) for month in range(1, 13))
PROMPT = "nop-energy-prompt-month"


def house(plant_mw: float, **trader: Any) -> Following:
    """A load of 100 MW, a plant, a curve, two counterparties and a trader."""
    desk = Following(JUNE)
    desk.apply(
        curve(50.0, 40.0, *MONTHS),
        history(
            {
                f"HUB/curve/{block}/{month}": [1.0, 2.0, 4.0, 3.0]
                for block in ("on_peak", "off_peak")
                for month in MONTHS[6:30]
            }
        ),
        credit_policy(),
    )
    vet(
        desk.company,
        Counterparty(counterparty="CP-01", name="CP-01", agreement="EEI", investment_grade=True),
        Counterparty(counterparty="CP-02", name="CP-02", agreement="EEI", investment_grade=True),
    )
    desk.company.desk.traders["ann"] = person(**trader)
    desk.plant(plant_mw)
    return desk


def asked(desk: Following, limit: str = PROMPT, **terms: Any) -> HedgeAnswer:
    request = HedgeRequest(request="H-1", limit=limit, **terms)
    return way_out(desk.company.desk, request, [], at_ns=desk.company.tick_ns)
