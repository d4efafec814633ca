"""The company of the checks under the whole written policy: its people, counterparties, trades."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st

from state.company import Company
from state.messages import Block, Counterparty, SettlesAt, Trade, TradeAction, VolumeOutlook
from state.screens.checks_seen import CheckAnswer
from tests.state.nop.company import POLICY as WRITTEN
from tests.state.nop.company import vet
from tests.state.pretrade.desk import asked, desk
from tests.state.trading.samples import RECORD
from tests.state.worked import trade

PEOPLE = [
    RECORD,
    msgspec.structs.replace(RECORD, trader="bea", months=3),
    msgspec.structs.replace(RECORD, trader="cyn", authorised=False),
]
AGREEMENTS = {"A": "EEI", "B": "WSPP", "C": "PPA", "D": "ISDA"}


@cache
def under_the_policy() -> bytes:
    """The house of the other checks under the written policy, with people and counterparties."""
    folded = desk(floor=0.3, ceiling=1.5, loss=1e6, var=1e6)
    records = [
        Counterparty(counterparty=name, name=name, agreement=agreement)
        for name, agreement in AGREEMENTS.items()
    ]
    for message in (WRITTEN, outlook("town", 100.0), outlook("plant", 95.0), *PEOPLE):
        folded.apply(message, folded.position + 1)
    vet(folded, *records)
    return folded.snapshot()


def outlook(name: str, mw: float) -> VolumeOutlook:
    """What is expected in the months that the curve and the history reach."""
    months = ("2026-07", "2026-08", "2026-09")
    return VolumeOutlook(
        resource=name, months=months, blocks=(Block.FLAT,) * 3, mw=np.full(len(months), mw)
    )


def made(begins: tuple[date, float], hours: float, **terms: Any) -> Trade:
    day, hour = begins
    one = trade(
        terms.pop("mw"), terms.pop("usd"), hour, hours, day=day,
        settles_at=SettlesAt.RTD if day == date(2026, 7, 15) else SettlesAt.CURVE,
        trade=terms.pop("trade"), version=terms.pop("version"),
    )  # fmt: skip
    return msgspec.structs.replace(one, **terms)


TODAY, JULY, AUGUST = date(2026, 7, 15), date(2026, 7, 20), date(2026, 8, 1)
random_trades = st.builds(
    made,
    st.sampled_from([(TODAY, 12), (TODAY, 14), (JULY, 0), (AUGUST, 0), (date(2026, 9, 1), 0)]),
    st.sampled_from([1, 4, 24, 24 * 30]),
    mw=st.sampled_from([-120.0, -51.0, -50.0, -10.0, 5.0, 30.0, 100.0, 101.0]),
    usd=st.sampled_from([20.0, 40.0, 75.0]),
    trade=st.sampled_from(["1", "2", "3", "4", "5", "6"]),
    version=st.integers(1, 3),
    action=st.sampled_from([TradeAction.NEW, TradeAction.NEW, TradeAction.NEW, TradeAction.CANCEL]),
    counterparty=st.sampled_from(["A", "A", "B", "B", "C", "D", "E"]),
    trader=st.sampled_from(["ann", "ann", "ann", "bea", "cyn", "dot"]),
    product=st.sampled_from(["energy", "energy", "swap"]),
)


def ask(folded: Company, one: Trade, **terms: Any) -> CheckAnswer:
    return asked(folded, one, areas=("WECC", "California"), **terms)
