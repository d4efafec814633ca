"""A host is asked as it may be, and nobody else is."""

from __future__ import annotations

import http.server
import threading
import time

import pytest

from connectors.clock import WALL, MarketClock
from connectors.polling.host import Bucket, Host, TransportFault, host_of
from connectors.polling.nyiso import FALLBACK_URL, NyisoFeeds
from connectors.polling.poller import Poller
from state.errors import ConfigError
from tests.connectors.polling.hosts import Handler, send, serving


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    reached: list[str] = []

    def elsewhere(handler: http.server.BaseHTTPRequestHandler) -> None:
        reached.append(handler.path)
        send(handler, 302, Location="/elsewhere")

    with serving(elsewhere) as url, Host(url, every_seconds=0, clock=WALL) as host:
        assert host.get("/report", {}).status == 302
    assert reached == ["/report"]


def test_what_could_be_read_is_asked_for_again_on_the_condition_that_it_changed() -> None:
    asked: list[str | None] = []

    def marked(handler: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers.get("If-None-Match"))
        send(handler, 304 if asked[-1] else 200, ETag='"one"')

    with serving(marked) as url, Host(url, every_seconds=0, clock=WALL) as host:
        first = host.get("/r", {"a": "1"})
        assert (first.status, host.get("/r", {"a": "1"}).status) == (200, 200)
        host.remember(first)
        assert host.get("/r", {"a": "1"}).status == 304
        assert host.get("/r", {"a": "2"}).status == 200
    assert asked == [None, None, '"one"', None]


def test_a_host_that_is_not_there_is_a_transport_fault_that_names_it() -> None:
    with (
        Host("http://127.0.0.1:9", every_seconds=0, clock=WALL) as host,
        pytest.raises(TransportFault, match=r"127\.0\.0\.1 gave no answer"),
    ):
        host.get("/", {})


@pytest.mark.parametrize("url", ["", "oasis.caiso.com", "ftp://host", "http://h/?q=1"])
def test_an_address_that_is_none_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(ConfigError, match="no address of a host"):
        Host(url, every_seconds=5, clock=WALL)


def test_one_request_passes_every_so_many_market_seconds_whoever_asks() -> None:
    clock = MarketClock(0, time.time_ns(), 60.0)
    bucket, turns, began = Bucket(6.0, clock), [], clock.now_ns()
    for _ in range(4):
        assert not bucket.wait(threading.Event())
        turns.append(clock.now_ns())
    assert all(turn - began >= 5.9e9 * number for number, turn in enumerate(turns))


def test_a_pause_holds_up_those_who_wait_already() -> None:
    clock = MarketClock(0, time.time_ns(), 60.0)
    bucket, stop, came = Bucket(6.0, clock), threading.Event(), []
    bucket.wait(stop)
    waiting = threading.Thread(target=lambda: came.append((bucket.wait(stop), clock.now_ns())))
    waiting.start()
    bucket.pause(30.0)
    rests_until_ns = clock.now_ns() + int(29e9)
    waiting.join(5.0)
    assert came[0][1] >= rests_until_ns


def test_a_pause_holds_everybody_up() -> None:
    clock = MarketClock(0, time.time_ns(), 60.0)
    bucket = Bucket(0.0, clock)
    bucket.pause(12.0)
    began = clock.now_ns()
    assert not bucket.wait(threading.Event())
    assert clock.now_ns() - began > 9e9


def test_after_a_fault_the_second_host_is_asked_for_an_hour_unless_it_has_one_itself() -> None:
    asked: list[str] = []

    def answering(name: str, status: int) -> Handler:
        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            asked.append(name + handler.path)
            send(handler, status)

        return answer

    section = {"locations": ["WEST"], "every_seconds": 0.1}
    with serving(answering("new", 500)) as new, serving(answering("old", 304)) as old:
        feeds = NyisoFeeds.model_validate({**section, "base_url": new, "fallback_url": old})
        (both,) = feeds.asked()
        with host_of(both, WALL) as host:
            poller = Poller(both.reports[0], host, WALL, since_ns=0)
            for _ in range(3):
                poller.take(poller.ask(0, 1), received_at_ns=1)
    file = "/RT_LBMP_ZONE/CSV/1969/12/31/realtime_zone-19691231.csv"
    old_file = "old/public/csv/realtime/19691231realtime_zone.csv"
    assert asked == ["new" + file, old_file, old_file]


def test_beside_another_address_no_host_is_asked_that_the_file_does_not_name() -> None:
    mirror = NyisoFeeds(locations=("WEST",), base_url="https://mirror.example")
    assert [one.fallback_url for one in mirror.asked()] == [""]
    assert [one.fallback_url for one in NyisoFeeds(locations=("WEST",)).asked()] == [FALLBACK_URL]
