"""What is wrong with a record about the close of a day: field, value and remedy; or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from state.intake.columns import undated, uneven, unnamed
from state.messages import CloseStep, DayClose, TradeDetails, TradeTotals


def totals(told: TradeTotals) -> str:
    """Say what is wrong with a trade system's totals."""
    columns = {
        "contracts": told.contracts,
        "volume_mwh": told.volume_mwh,
        "value_usd": told.value_usd,
    }
    wrong = uneven(books=told.books, **columns)
    wrong = wrong or unnamed(books=told.books) or undated((told.date,))
    if wrong:
        return wrong
    if len(set(told.books)) != len(told.books):
        return "a book is there twice; send its totals once"
    for name, column in columns.items():
        if not (column >= 0.0).all():
            return f"{name} holds a value that is negative or not known; send sums without a sign"
    return ""


def details(told: TradeDetails) -> str:
    """Say what is wrong with the details another system holds of contracts."""
    if not told.system.strip():
        return "system is empty; name whose record it is"
    named: dict[str, Sequence[str]] = {
        "trades": told.trades,
        "locations": told.locations,
        "products": told.products,
        "counterparties": told.counterparties,
    }
    columns: dict[str, Any] = {
        "price_usd_per_mwh": told.price_usd_per_mwh,
        "blocks": told.blocks,
        "delivery_starts": told.delivery_starts_ns,
        "delivery_ends": told.delivery_ends_ns,
    }
    wrong = uneven(**named, **columns) or unnamed(**named) or undated((told.date,))
    if wrong:
        return wrong
    if len(set(told.trades)) != len(told.trades):
        twice = next(name for name in told.trades if told.trades.count(name) > 1)
        return f"trade {twice!r} is there twice; send it once"
    if np.isnan(told.price_usd_per_mwh).any():
        return "price_usd_per_mwh holds a value that is not known; send the price of each trade"
    periods = zip(told.trades, told.delivery_starts_ns, told.delivery_ends_ns, strict=True)
    bad = next((name for name, start, end in periods if not 0 <= start < end), None)
    return "" if bad is None else f"delivery of trade {bad!r} ends before it begins; correct it"


def day_close(close: DayClose) -> str:
    """Say what is wrong with a step in the close of a day."""
    if not close.actor.strip():
        return "actor is empty; say who takes the step"
    if close.step is CloseStep.REOPEN and not close.comment.strip():
        return "comment is empty; say why the day is reopened"
    return undated((close.date,))
