"""What an alert calls the contract behind it: side, amount and price as its product has them."""

from __future__ import annotations

import pytest

from state.alerts.causes import describe
from state.messages import Trade
from tests.state.worked import contract, trade


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (trade(-5.0, 40.0, 9), "sold 5 MW energy at HUB for 40 $/MWh"),
        (
            trade(0.0, 40.0, 9, 2, product="shaped", profile_mw=(5.0, -30.0)),
            "sold 30 MW shaped at HUB for 40 $/MWh",
        ),
        (
            contract("cfd", 10.0, 40.0, 9, price_adjustment_usd_per_mwh=-1.5),
            "bought 10 MW cfd at HUB for 38.5 $/MWh",
        ),
        (
            contract("ppa", 0.5, 32.0, 9, resource="plant"),
            "bought 50 % of plant ppa at HUB for 32 $/MWh",
        ),
        (
            contract(
                "capacity", -100.0, 0.0, 0, 24, unit_kind="system", price_usd_per_unit=6_200.0
            ),
            "sold 100 MW capacity at HUB for 6200 $/MW-month",
        ),
        (
            contract(
                "rec", 0.0, 0.0, 0, unit_kind="PCC1", vintage="2026", units=-820.0,
                price_usd_per_unit=17.5,
            ),
            "sold 820 certificate rec at HUB for 17.5 $/certificate",
        ),
    ],
)  # fmt: skip
def test_a_contract_is_told_with_its_own_side_amount_and_price(told: Trade, words: str):
    assert describe(told, "UTC") == f"trade blotter/T1 v1: {words}, book book"
