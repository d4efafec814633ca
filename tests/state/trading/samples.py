"""A trader who may do everything, and a trade that passes; tests change one fact of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from state.messages import SettlesAt, TraderRecord
from state.policy.load_risk import load_risk
from state.trading.answers import Answer, Verdict
from state.trading.check import clauses
from state.trading.facts import TradeFacts
from state.trading.traders import Trader, trader_of

SVCE = Path(__file__).parents[3] / "policies" / "svce-2017-05-10.yaml"
POLICY = load_risk(SVCE.read_text(encoding="utf-8"))

TODAY = date(2026, 3, 10)

RECORD = TraderRecord(
    trader="ann",
    role="authorized-personnel",
    authorised=True,
    experience="ten years",
    under_investigation=False,
    was_investigated=False,
    has_read_policies=True,
    markets=tuple(each.id for each in POLICY.markets),
    instruments=tuple(each.id for each in POLICY.instruments),
    months=120,
)
ANN = trader_of(RECORD)

BLOCK = TradeFacts(
    trader="ann",
    executed=TODAY,
    product="energy",
    venue="bilateral",
    areas=("WECC", "California"),
    settles_at=SettlesAt.CURVE,
    agreement="EEI",
    first=date(2026, 4, 1),
    end=date(2026, 5, 1),
    quantity_mw=50.0,
    bought=True,
    notional_usd=1e6,
    var_usd=1e5,
    open_before_mwh=-1000.0,
    open_after_mwh=-500.0,
)
"""Energy of the prompt month, bought."""


def trade(**changes: Any) -> TradeFacts:
    """The trade, changed."""
    return replace(BLOCK, **changes)


def person(**changes: Any) -> Trader:
    """The trader, changed."""
    return msgspec.structs.replace(ANN, **changes)


def answers(facts: TradeFacts, who: Trader | None = ANN) -> tuple[Answer, ...]:
    """What the policy says."""
    return clauses(facts, POLICY, {who.trader: who} if who else {})


def answer(facts: TradeFacts, check: str, who: Trader | None = ANN) -> Answer:
    """The one answer whose check begins so."""
    return next(each for each in answers(facts, who) if each.check.startswith(check))


def severest(found: tuple[Answer, ...]) -> Verdict:
    """What the answers come to."""
    return max((each.verdict for each in found), key=list(Verdict).index)
