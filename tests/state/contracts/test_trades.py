"""The trade records: which version counts, in what order, and what they take."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.contracts.columns import TradeColumns
from state.contracts.trades import TradeRecords
from state.errors import WireError
from state.messages import Block, ProductTrade, SettlesAt, Trade, TradeAction
from state.wire import decode, decode_state, encode, encode_state
from tests.state import worked
from tests.state.strategies import examples

TEXTS = st.sampled_from(["", "T1", "a/b", "é" * 40, "T1\n"])
NUMBERS = st.sampled_from([0.0, -0.0, 5.0, 1e6, -0.1])
TIMES = st.integers(0, 2**61)


def _drawn(kind: type[Trade], **terms: st.SearchStrategy[Any]) -> st.SearchStrategy[Trade]:
    return st.builds(
        kind,
        source=st.sampled_from(["blotter", "blotter/T1", "x"]),
        trade=TEXTS,
        version=st.sampled_from([1, 2, 3, -5, 2**62, 2**64 - 1]),
        action=st.sampled_from(TradeAction),
        product=st.sampled_from(["energy", "swap"]),
        market=st.just("west"),
        book=TEXTS,
        counterparty=TEXTS,
        location=TEXTS,
        delivery_start_ns=TIMES,
        delivery_end_ns=TIMES,
        quantity_mw=NUMBERS,
        price_usd_per_mwh=NUMBERS,
        settles_at=st.sampled_from(SettlesAt),
        block=st.sampled_from(Block),
        trader=TEXTS,
        executed_at_ns=TIMES,
        resource=st.sampled_from(["", "plant"]),
        profile_mw=st.lists(NUMBERS, max_size=2).map(np.array),
        comment=TEXTS,
        received_at_ns=TIMES,
        **terms,
    )


TRADES = _drawn(Trade) | _drawn(ProductTrade, second_location=TEXTS, units=NUMBERS)


class Plain:
    """The same records in the plainest form: a message a contract."""

    def __init__(self) -> None:
        self.last: dict[str, Trade] = {}

    def supersede(self, trade: Trade) -> tuple[Trade | None, Trade | None]:
        known = self.last.get(trade.identity)
        if known is not None and known.version >= trade.version:
            return None, None
        self.last[trade.identity] = trade
        counting = [t if t and t.action is not TradeAction.CANCEL else None for t in (known, trade)]
        return counting[0], counting[1]

    def live(self) -> list[Trade]:
        return [trade for trade in self.last.values() if trade.action is not TradeAction.CANCEL]


def sent(trades: Any) -> list[bytes]:
    return [b"" if trade is None else encode(trade) for trade in trades]


def filled(trades: list[Trade]) -> TradeRecords:
    records = TradeRecords()
    for trade in trades:
        records.supersede(trade)
    return records


@examples(100)
@given(st.lists(TRADES, max_size=12))
def test_records_in_columns_are_those_of_a_message_a_contract(trades: list[Trade]):
    records, plain = TradeRecords(), Plain()
    for trade in trades:
        known = plain.last.get(trade.identity)
        held = known is not None and known.action is not TradeAction.CANCEL
        same = known is not None and known.version == trade.version
        content = [None if one is None else encode(_unreceived(one)) for one in (known, trade)]

        assert records.holds(trade) is records.holds_identity(trade.identity) is held
        assert bool(records.conflict(trade)) is (same and content[0] != content[1])
        assert sent(records.supersede(trade)) == sent(plain.supersede(trade))

    live = plain.live()
    assert len(records) == len(plain.last)
    assert sent(records.live()) == sent(live)
    of_plant = (one for one in live if one.resource == "plant")
    assert sent(records.live_of_resource("plant")) == sent(of_plant)


def _unreceived(trade: Trade) -> Trade:
    return msgspec.structs.replace(trade, received_at_ns=0)


@examples(100)
@given(st.lists(TRADES, max_size=8), st.lists(TRADES, max_size=4))
def test_restored_records_go_on_to_the_same_bytes(before: list[Trade], after: list[Trade]):
    records = filled(before)
    restored = TradeRecords()
    restored.restore(decode_state(encode_state(records.snapshot())))

    for trade in after:
        assert sent(restored.supersede(trade)) == sent(records.supersede(trade))

    assert encode_state(restored.snapshot()) == encode_state(records.snapshot())
    assert sent(restored.live()) == sent(records.live())


def test_a_snapshot_does_not_move_with_the_records():
    records = filled([worked.trade(5.0, 35.0, 12)])
    saved = records.snapshot()
    before = encode_state(saved)

    records.supersede(worked.trade(6.0, 35.0, 12, version=2, trade="T1"))
    records.supersede(worked.trade(6.0, 35.0, 12, trade="T2"))

    assert encode_state(saved) == before


DAMAGED: dict[str, Any] = {
    "rows": np.zeros(87, dtype=np.uint8),
    "text": b"",
    "forms": [],
    "names": [["book"], [], ["HUB"], [""]],
    "whole": [[0, encode(worked.tick(12))]],
}


@pytest.mark.parametrize("part", DAMAGED)
def test_a_damaged_snapshot_is_refused(part: str):
    saved = filled([worked.trade(5.0, 35.0, 12)]).snapshot()

    with pytest.raises((WireError, ValueError)):
        TradeRecords().restore({**saved, part: DAMAGED[part]})


def test_an_amendment_that_comes_first_counts_whole_and_what_comes_late_changes_nothing():
    records = TradeRecords()
    amended = worked.trade(6.0, 35.0, 12, trade="T1", version=2, action=TradeAction.AMEND)
    cancelled = worked.trade(6.0, 35.0, 12, trade="T2", version=2, action=TradeAction.CANCEL)

    assert records.supersede(amended) == (None, amended)
    assert records.supersede(cancelled) == (None, None)
    for late in ("T1", "T2"):
        assert records.supersede(worked.trade(5.0, 35.0, 12, trade=late)) == (None, None)


def test_contracts_whose_names_share_a_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("state.contracts.trades.hash", lambda _: 7, raising=False)
    trades = [worked.trade(5.0, 35.0, 12, trade=f"T{number}") for number in range(5)]
    records = filled(trades)
    records.supersede(worked.trade(6.0, 35.0, 12, trade="T3", version=2))

    assert [trade.quantity_mw for trade in records.live()] == [5.0, 5.0, 5.0, 6.0, 5.0]
    assert not records.holds_identity("blotter/T9")


def test_a_whole_number_from_memory_is_the_same_contract_as_from_the_wire():
    trade = worked.trade(5, 35, 12)
    records = filled([trade])

    assert not records.conflict(trade)
    assert not records.conflict(decode(encode(trade)))


def test_a_contract_takes_no_more_than_a_row_and_its_name():
    columns = TradeColumns()
    for number in range(5_000):
        columns.append(worked.trade(5.0, 35.0, 12, trade=f"T{number:04d}"))

    assert len(encode_state(columns.snapshot())) < 5_000 * (88 + 5) + 1_000
