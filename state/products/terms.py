"""Which terms a contract carries: what its product needs is there, what it does not take is not."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from state.messages import ProductTrade, Trade, TradeAction
from state.products.product import Product

_YEAR = re.compile(r"20[0-9]{2}")
_EXTRA: dict[str, Any] = {
    field.name: field.default
    for field in msgspec.structs.fields(ProductTrade)
    if field.name not in {own.name for own in msgspec.structs.fields(Trade)}
}
"""The terms of a :class:`~state.messages.ProductTrade`, and what each is when it is not given."""


def wrong_term(product: Product, trade: Trade) -> str:
    """Say which term of a contract is missing, senseless, or none of its product's.

    A cancel needs no terms. Names the field, the value and the remedy; empty if all is right.

    >>> from state.products import PRODUCTS
    >>> from state.products.crr import OBLIGATION
    >>> OBLIGATION.needs
    ('second_location',)
    """
    if product.instead:
        return f"product {product.name!r} is not sent as a trade; send {product.instead}"
    if trade.action is TradeAction.CANCEL:
        return ""
    return (
        _missing(product, trade)
        or _stray(product, trade)
        or _senseless(trade)
        or _elsewhere(product, trade)
    )


def _missing(product: Product, trade: Trade) -> str:
    for name in product.needs:
        given = getattr(trade, name, _EXTRA.get(name))
        if name == "profile_mw":
            given = len(trade.profile_mw)
        if not given:
            return f"{name} of a {product.name} is missing; send it in a product_trade"
    if product.kinds and getattr(trade, "unit_kind", "") not in product.kinds:
        kinds = ", ".join(product.kinds)
        given = getattr(trade, "unit_kind", "")
        return f"unit_kind {given!r} is none of a {product.name}: {kinds}; send one of them"
    return ""


def _stray(product: Product, trade: Trade) -> str:
    if product.measure and len(trade.profile_mw):  # what is held has no hours to be shaped over
        size = "units" if "units" in product.needs else "quantity_mw"
        return f"profile_mw is no term of a {product.name}; send {size} alone"
    if not isinstance(trade, ProductTrade):
        return ""
    taken = {*product.takes, *product.needs, *(("unit_kind",) if product.kinds else ())}
    for name, default in _EXTRA.items():
        if name not in taken and getattr(trade, name) != default:
            return f"{name} {getattr(trade, name)!r} is no term of a {product.name}; leave it out"
    if "units" in product.needs and trade.quantity_mw:
        mw = trade.quantity_mw
        return f"quantity_mw {mw:g} is no term of a {product.name}; send units alone"
    return ""


def _senseless(trade: Trade) -> str:
    if not isinstance(trade, ProductTrade):
        return ""
    for name in ("volatility_usd_per_mwh", "energy_mwh"):
        if getattr(trade, name) < 0.0:
            return f"{name} {getattr(trade, name):g} is below 0; correct it"
    if not 0.0 < trade.efficiency <= 1.0:
        return f"efficiency {trade.efficiency:g} is not above 0 and at most 1; correct it"
    if trade.vintage and not _YEAR.fullmatch(trade.vintage):
        return f"vintage {trade.vintage!r} is no year; send it as 2026"
    if trade.second_location == trade.location:
        return f"second_location {trade.location!r} is the first one too; send another"
    return ""


def _elsewhere(product: Product, trade: Trade) -> str:
    if product.settles_at and trade.settles_at not in product.settles_at:
        runs = ", ".join(product.settles_at)
        return f"settles_at {trade.settles_at} is none of a {product.name}: {runs}; correct it"
    return ""
