"""A company with positions, history and a few limits, to check trades against."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np

from state.company import Company
from state.messages import Policy, ProductTrade, Run, Trade, TradeCheck
from state.pretrade.check import answer_to
from state.pretrade.verdict import Outcome
from state.screens.checks_seen import CheckAnswer
from tests.state.worked import (
    BOTH,
    DAY,
    company,
    curve,
    forecast,
    history,
    price,
    reference,
    schedule,
    tick,
)

BROKEN = {Outcome.BREACHED, Outcome.WORSENED}
LIMITS = """
name: limits
version: "3"
title: limits on all that a trade moves
limits:
  - {{id: cover, rule: coverage, title: cover, clause: "§1", unit: ratio, floor: {floor}, ceiling: {ceiling}, warn_at: 0.8, clear_at: 0.95, materiality: minor}}
  - {{id: loss, rule: stop_loss, title: loss, clause: "§2", unit: $, loss: {loss}, warn_at: 0.8, clear_at: 0.95, materiality: minor}}
  - {{id: var, rule: var, title: var, clause: "§3", unit: $, ceiling: {var}, warn_at: 0.8, clear_at: 0.95, materiality: minor}}
"""  # noqa: E501 - a flow mapping is one line


def asked(folded: Company, trade: Trade | ProductTrade, **terms: Any) -> CheckAnswer:
    check = TradeCheck(check="c", candidate=trade, **terms)
    return answer_to(folded.desk, check, [], at_ns=folded.tick_ns)


@cache
def without_limits() -> bytes:
    """A load of 100 MW in every hour, 50 MW sold against it; prices, a curve and two histories."""
    draw = np.random.default_rng(7)
    names = [f"HUB/{run}/HE{hour:02d}" for run in Run for hour in range(1, 25)]
    names += [f"{place}/basis/{run}" for place in ("NODE", "ZONE") for run in Run]
    names += [f"HUB/curve/{block}/2026-09" for block in BOTH]
    names += [f"HUB/curve/{block}/2026-{month}" for block in BOTH for month in ("07", "08")]
    levels = {name: draw.integers(20, 60, 60).astype(float).tolist() for name in names}
    tomorrow = DAY + timedelta(days=1)
    return company(
        reference(),
        history(levels),
        curve(50.0, 40.0, "2026-07", "2026-08", "2026-09"),
        [forecast("town", 0, *[100.0] * 24, day=day) for day in (DAY, tomorrow)],
        [forecast("plant", 0, *[50.0] * 24, day=day) for day in (DAY, tomorrow)],
        [price(Run.DA, hour, HUB=40.0, NODE=38.0, ZONE=41.0) for hour in range(24)],
        schedule(Run.DA, 0, town=[100.0] * 24),
        schedule(Run.DA, 0, plant=[50.0] * 24),
        tick(8),
    ).snapshot()


def desk(**limits: float) -> Company:
    """That company with limits in force."""
    numbers = {"floor": 0.6, "ceiling": 1.1, "loss": 400, "var": 700} | limits
    folded = Company.restore(without_limits())
    policy = Policy(policy="limits", version="3", source=LIMITS.format(**numbers))
    folded.apply(policy, folded.position + 1)
    return folded
