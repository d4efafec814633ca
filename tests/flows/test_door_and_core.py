"""What the gateway acknowledges the core books, but for what only the core knows.

Random trades of every product, sound but for a field or two of something absurd.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.gateway.records_in import read_frame
from connectors.records import to_record
from state.desk import Desk
from state.intake.references import refusal
from state.messages import ProductTrade, ResourceKind, SettlesAt, Trade
from state.products import PRODUCTS, wrong_in_itself
from state.products.product import Product
from tests.state import worked

SOLD = [product for product in PRODUCTS.values() if not product.instead]
TERMS: dict[str, Any] = {
    "profile_mw": (10.0,),
    "resource": "plant",
    "second_location": "NODE",
    "vintage": "2026",
    "units": 100.0,
    "energy_mwh": 10.0,
    "strike_usd_per_mwh": 35.0,
}
"""Of each term that a product may need, one that makes sense."""
NAMES = ("", "HUB", "NODE", "plant", "PCC1", "system", "2026", "1999", "nothing", *PRODUCTS)
TIMES = (
    "2026-07-15T10:00:00-07:00",
    "2026-07-15T11:00:00-07:00",
    "2026-07-15T10:07:30-07:00",
    "1969-12-31T23:00:00Z",
    "2099-12-31T23:00:00Z",
    "2100-01-01T00:00:00Z",
    "2150-01-01T00:00:00Z",
)
NUMBERS = (0, -0.0, 1e-300, 0.1, 0.5, 1, 1.5, -1, 5, 1e6, -1e6, 1e6 + 0.01, 2**53, None, "5")
SPOILT = [
    field.name.removesuffix("_ns")
    for field in msgspec.structs.fields(ProductTrade)
    if field.name not in {"received_at_ns", "market", "book"}
]
KNOWN_TO_THE_CORE = re.compile(r"is unknown; send .* first, or correct it$")


@cache
def desk() -> Desk:
    battery = worked.resource("battery", "NODE", ResourceKind.STORAGE)
    return worked.company(worked.reference(settlement_seconds=300), battery).desk


def sound(product: Product) -> dict[str, Any]:
    needed = {name: TERMS[name] for name in product.needs if name in TERMS}
    kind = {"unit_kind": product.kinds[0]} if product.kinds else {}
    share = 0.5 if product.as_generated else 0.0 if "units" in product.needs else 10.0
    runs = product.settles_at or (SettlesAt.DA,)
    terms = {"settles_at": runs[0], "resource": "plant" if product.as_generated else ""}
    return to_record(worked.contract(product.name, share, 30.0, 10, **{**terms, **needed, **kind}))


def absurd(name: str) -> st.SearchStrategy[Any]:
    if name in {"delivery_start", "delivery_end", "executed_at"}:
        return st.sampled_from(TIMES)
    if name == "profile_mw":
        return st.lists(st.sampled_from([0, 0.5, -1, 2e6, None]), max_size=2)
    if name == "settles_at":
        return st.sampled_from(SettlesAt)
    if name == "action":
        return st.sampled_from(["amend", "cancel", "NEW"])
    return st.sampled_from(NUMBERS if "_" in name or name == "units" else NAMES)


def told_at_the_door(record: dict[str, Any]) -> tuple[Trade | None, str]:
    """Return the trade the gateway makes of a record and what is wrong with it, as it reads it."""
    [read] = read_frame(json.dumps(record).encode(), received_at_ns=7)
    return read.trade, read.reason if read.trade is None else wrong_in_itself(read.trade)


@pytest.mark.parametrize("product", SOLD, ids=lambda product: product.name)
def test_a_sound_trade_of_every_product_passes_the_door_and_the_core(product: Product):
    trade, wrong = told_at_the_door(sound(product))
    assert trade is not None
    assert (wrong, refusal(desk(), trade)) == ("", "")


@settings(deadline=None, max_examples=1000)
@given(st.sampled_from(SOLD), st.data())
def test_what_passes_the_door_the_core_refuses_only_for_what_it_knows(
    product: Product, data: st.DataObject
):
    record = sound(product)
    for name in data.draw(st.lists(st.sampled_from(SPOILT), max_size=2)):
        record[name] = data.draw(absurd(name))
    trade, wrong = told_at_the_door(record)
    if trade is None or wrong:
        assert wrong
        return
    said = refusal(desk(), trade)
    assert not said or KNOWN_TO_THE_CORE.search(said)
