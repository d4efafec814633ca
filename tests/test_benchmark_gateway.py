"""The benchmark of the gateway gives no figure for trades that were lost, doubled or refused."""

from __future__ import annotations

import msgspec
import pytest
import redis

from benchmarks.figures import machine, spread
from benchmarks.gateway import GatewayRun, _checked, note
from connectors.gateway import forms
from connectors.log.redis import RedisLog
from connectors.records import from_record
from state.errors import StateError
from state.messages import Trade
from tests.flows.gateways import deal


def appended(client: redis.Redis, run: str, *numbers: int) -> dict[str, int]:
    trades = [from_record(deal(number), received_at_ns=0) for number in numbers]
    placed = RedisLog(client, run).append_once(trades)
    return {
        f"{trade.identity}/{trade.version}": where.position
        for trade, where in zip(trades, placed, strict=True)
        if isinstance(trade, Trade)
    }


def test_what_was_acknowledged_and_lies_there_is_in_order(client: redis.Redis, run_name: str):
    known = appended(client, run_name, 1, 2, 3)

    assert _checked(client, run_name, known, 0.0).cores > 0


def test_a_trade_that_was_lost_or_lies_elsewhere_is_an_error(client: redis.Redis, run_name: str):
    known = appended(client, run_name, 1, 2)

    with pytest.raises(StateError, match="1 acknowledged trades are not in the log"):
        _checked(client, run_name, known | {"etrm/G-9/1": 3}, 0.0)
    with pytest.raises(StateError, match=r"etrm/G-2/1 lies at 2, was told 7"):
        _checked(client, run_name, known | {"etrm/G-2/1": 7}, 0.0)


def test_a_trade_that_was_doubled_is_an_error(client: redis.Redis, run_name: str):
    known = appended(client, run_name, 1)
    again = from_record(deal(1, quantity_mw=2.0), received_at_ns=0)
    RedisLog(client, run_name).append([again])

    with pytest.raises(StateError, match=r"etrm/G-1/1 lies at 2, was told 1"):
        _checked(client, run_name, known, 0.0)


@pytest.mark.parametrize("outcome", ["repeated", "refused"])
def test_a_trade_that_was_not_appended_is_an_error(outcome: str):
    result = forms.TradeOutcome(trade="etrm/G-1/1", outcome=forms.TradeFate(outcome), position=1)
    told = forms.encode(forms.Acknowledgement(frame=1, results=[result]))

    with pytest.raises(StateError, match=f"etrm/G-1/1 was {outcome}"):
        note(told, {})
    with pytest.raises(StateError, match=r"a frame was refused: .*too many"):
        note(forms.encode(forms.Refusal(frame=1, reason="too many")), {})


def test_the_bars_are_those_of_the_gateway():
    measured = GatewayRun(
        day="d",
        paced_milliseconds=spread([1.0, 19.0]),
        a_frame=250,
        flood_trades=450_000,
        flood_seconds=30.0,
        catch_up_seconds=1.0,
        machine=machine(0.0),
    )

    assert [bar.held for bar in measured.bars()] == [True, True]
    slower = msgspec.structs.replace(measured, flood_seconds=30.1)
    assert [bar.held for bar in slower.bars()] == [True, False]
