"""A house where nothing has happened yet, and what is owed in it without a breach."""

from __future__ import annotations

from typing import Any

import msgspec

from state.messages import ActionKind, Counterparty, Trade
from state.screens.cases_seen import StandingDuty
from tests.state.duties.house import JULY, MONDAY, House
from tests.state.nop.company import Following, block_trade
from tests.state.trading.samples import RECORD

UNVERIFIED = msgspec.structs.replace(RECORD, trader="bea", authorised=False, experience="")
NEW = Counterparty(counterparty="CP-02", name="CP-02", agreement="EEI")
VET, DETERMINE = "duty-credit-template", "duty-determine-credit"
ENTER, VERIFY = "duty-enter-counterparty", "duty-verify-trader"


def house(*, policy: bool = True) -> House:
    """A company at 08:00 of Monday, 15 June 2026, where ann trades with CP-01."""
    desk = Following(MONDAY, policy=policy)
    desk.company.apply(RECORD, desk.company.position + 1)
    return House(desk.company)


def owed(one: House) -> list[StandingDuty]:
    return [row for row in one.company.views()["cases"].standing if not row.duty.done_ns]


def named(one: House, duty: str) -> StandingDuty:
    return next(row for row in owed(one) if row.duty.duty == duty)


def do(one: House, duty: str) -> str:
    return one.act(ActionKind.DONE, named(one, duty).name, duty=duty, text="minutes 12")


def deal(mw: float = 1.0, **terms: Any) -> Trade:
    return block_trade(mw, *JULY, **{"trader": "ann", **terms})
