"""How large a contract may say it is, and when: an amount, a share, one value an hour, times."""

from __future__ import annotations

import numpy as np

from connectors.texts import refuse
from state.messages import ProductTrade, Trade, TradeAction
from state.moments import END_NS, HOUR_NS, SECOND_NS

_AS_GENERATED = "ppa"


def generated_share(trade: Trade) -> None:
    """Hold an as-generated contract to a share of a plant."""
    if trade.product == _AS_GENERATED and not trade.resource:
        refuse("resource", "", f"the plant of a {_AS_GENERATED}")
    plain = trade.resource and not isinstance(trade, ProductTrade)
    if (plain or trade.product == _AS_GENERATED) and not 0 <= trade.quantity_mw <= 1:
        refuse("quantity_mw", trade.quantity_mw, "a share of the plant's output, 0 to 1")
    for share in trade.profile_mw.tolist() if trade.product == _AS_GENERATED else ():
        if share < 0 or share > 1:
            refuse("profile_mw", share, "shares of the plant's output, 0 to 1")


def profile(trade: Trade) -> None:
    """Let a shape have a number in each hour of the delivery."""
    hours = (trade.delivery_end_ns - trade.delivery_start_ns) / HOUR_NS
    if len(trade.profile_mw) != hours:
        refuse("profile_mw", f"{len(trade.profile_mw)} long", f"one of {hours:g} hours each")
    if np.isnan(trade.profile_mw).any():
        refuse("profile_mw", "null", "a number in each hour")


def amount(trade: Trade) -> None:
    """Refuse a new contract of nothing; a later version may come down to it.

    The terms of a product say what else than MW it is counted in.
    """
    is_new = trade.action is TradeAction.NEW and trade.version == 1
    if is_new and not trade.quantity_mw and not trade.profile_mw.any() and type(trade) is Trade:
        refuse("quantity_mw", trade.quantity_mw, "other than 0 MW of a new trade")


def in_time(trade: Trade) -> None:
    """Hold a contract to times that the core takes."""
    for name in ("delivery_start", "delivery_end", "executed_at"):
        at_ns = getattr(trade, f"{name}_ns")
        if not 0 <= at_ns < END_NS:
            shown = f"{at_ns / SECOND_NS:.9f} s since 1970"
            refuse(name, shown, "a time of the years 1970 to 2099")
