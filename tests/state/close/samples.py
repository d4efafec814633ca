"""A contract bought and delivered in a day, and what other systems say of that day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from state.company import Company
from state.messages import AnyMessage, Policy, Trade, TradeDetails, TradeTotals
from state.screens.views import Transition
from tests.state.worked import DAY, at, reference, tick, trade

TODAY = DAY.isoformat()
POLICIES = Path(__file__).parents[3] / "policies"
LIMITS = Policy(
    policy="close-limits",
    version="1",
    source=(POLICIES / "close-limits.yaml").read_text("utf-8"),
)


def bought(name: str = "T1", **terms: Any) -> Trade:
    """10 MW for two hours from 09:00 at $40 (20 MWh, $800), executed at 08:30."""
    return trade(10, terms.pop("price", 40.0), 9, 2, trade=name, executed_at_ns=at(8.5), **terms)


MORNING: list[AnyMessage] = [*reference(), tick(8), bought(), tick(9)]


def record(*trades: Trade, **terms: Any) -> TradeDetails:
    """What settlement holds when it holds these."""
    words: dict[str, Any] = {"system": "settlement", "source": "blotter", "date": TODAY, **terms}
    return TradeDetails(
        trades=tuple(each.trade for each in trades),
        price_usd_per_mwh=np.array([each.price_usd_per_mwh for each in trades], dtype=float),
        locations=tuple(each.location for each in trades),
        products=tuple(each.product for each in trades),
        blocks=tuple(each.block for each in trades),
        delivery_starts_ns=tuple(each.delivery_start_ns for each in trades),
        delivery_ends_ns=tuple(each.delivery_end_ns for each in trades),
        counterparties=tuple(each.counterparty for each in trades),
        **words,
    )


def apply(folded: Company, *messages: AnyMessage) -> list[Transition]:
    return [
        transition
        for message in messages
        for transition in folded.apply(message, folded.position + 1)
    ]


def totals(contracts: float, mwh: float, usd: float, **terms: object) -> TradeTotals:
    words = {"source": "blotter", "date": TODAY, "books": ("book",), **terms}
    columns = {"contracts": contracts, "volume_mwh": mwh, "value_usd": usd}
    return TradeTotals(**words, **{name: np.array([each]) for name, each in columns.items()})
