"""The server of a simulated market: what did not change is said to be so, without its body."""

from __future__ import annotations

import socket
import struct
import threading
from urllib.parse import urlsplit

import numpy as np
import pytest

from connectors.clock import MarketClock
from connectors.polling.host import Host
from connectors.polling.spp import ask_real_time
from connectors.simulated import SIMULATED, PublishedDay
from connectors.simulated.faults import Fault, FaultPlan
from connectors.simulated.published import Published
from connectors.simulated.server import SimulatedServer
from state.errors import ConfigError
from state.messages import PricePublication, Run
from tests.waiting import wait_for

PRICE = PricePublication(
    market="spp", run=Run.RTD, interval_start_ns=0, interval_seconds=300, locations=("A",),
    lmp=np.array([5.5]), energy=np.array([5.5]), source="",
)  # fmt: skip


def test_what_did_not_change_is_answered_without_its_body_until_it_does() -> None:
    market = SIMULATED["spp"](PublishedDay("spp", [Published(0, PRICE)]))
    standing = MarketClock(market_ns=10**9, wall_ns=0, speed=1e-9)  # all in one second
    faults = FaultPlan(3, [Fault.CORRECTED])
    path, query, *_ = ask_real_time(0, 0)
    with (
        SimulatedServer(market, standing, faults, 0) as server,
        Host(server.address, every_seconds=0, clock=standing) as host,
    ):
        statuses = []
        for _ in range(4):  # the third has another price
            answer = host.get(path, query)
            host.remember(answer)
            statuses.append((answer.status, b",5.5," in answer.body))
    assert statuses == [(200, True), (304, False), (200, False), (200, True)]


def test_a_port_of_another_program_is_named_with_what_to_do() -> None:
    market = SIMULATED["spp"](PublishedDay("spp", [Published(0, PRICE)]))
    standing = MarketClock(market_ns=10**9, wall_ns=0, speed=1e-9)
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match=rf":{taken.getsockname()[1]} \(.+\); name another with"),
    ):
        SimulatedServer(market, standing, FaultPlan(0), taken.getsockname()[1])


def test_a_client_that_goes_away_in_the_middle_is_nothing_to_complain_of(
    capfd: pytest.CaptureFixture[str],
) -> None:
    market = SIMULATED["spp"](PublishedDay("spp", [Published(0, PRICE)]))
    standing = MarketClock(market_ns=10**9, wall_ns=0, speed=1e-9)
    reset = struct.pack("ii", 1, 0)  # close as a killed process does
    with SimulatedServer(market, standing, FaultPlan(0), 0) as server:
        before = threading.active_count()
        with socket.create_connection(("127.0.0.1", urlsplit(server.address).port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            client.sendall(b"GET / HT")
            wait_for(lambda: threading.active_count() > before)
        wait_for(lambda: threading.active_count() == before)
    assert capfd.readouterr().err == ""


def test_an_address_is_known_once_whatever_number_passes_a_cache_by() -> None:
    market = SIMULATED["spp"](PublishedDay("spp", [Published(0, PRICE)]))
    standing = MarketClock(market_ns=10**9, wall_ns=0, speed=1e-9)
    path, query, *_ = ask_real_time(0, 0)
    with (
        SimulatedServer(market, standing, FaultPlan(0), 0) as server,
        Host(server.address, every_seconds=0, clock=standing) as host,
    ):
        for number in "123":
            assert host.get(path, {**query, "_": number}).status == 200
        assert len(server._versions) == 1
