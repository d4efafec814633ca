from __future__ import annotations

import json

import pytest

from connectors.sinks import DELIVERED, Outcome, Sink, Verdict, read_options
from state.errors import ConfigError
from tests.connectors.sinks.endpoints import Endpoint, notice


def sink_to(endpoint: Endpoint, query: str = "") -> Sink:
    url = f"json://127.0.0.1:{endpoint.port}/hook{query}"
    return read_options({"kind": "apprise", "name": "chat", "url": url}).open()


def test_the_text_says_what_happened_and_carries_the_key():
    with Endpoint() as endpoint:
        sink = sink_to(endpoint)
        assert sink.send(notice(value="84.0 %", limit="90 %", link="http://desk/risk")) == DELIVERED
    sent = json.loads(endpoint.requests[0].body)
    assert sent["title"] == ("[BREACH] breached: coverage 84.0 % under 90 % (nop-firm-he19/1)")
    assert sent["type"] == "failure"
    assert sent["message"].splitlines() == [
        "desk limits §2 · firm",
        "84.0 % against limit 90 %",
        "breached 2023-11-14 22:13:20 UTC, open since 2023-11-14 21:56:40 UTC",
        "passive: trade T-7 sold 50 MW",
        "run live",
        "http://desk/risk",
    ]


def test_good_news_looks_good():
    with Endpoint() as endpoint:
        sink_to(endpoint).send(notice(change="resolved"))
    assert json.loads(endpoint.requests[0].body)["type"] == "success"


@pytest.mark.parametrize("query", ["", "?redirect=yes"])
def test_a_redirect_is_not_followed_even_when_the_address_asks_for_it(query: str):
    with Endpoint() as canary, Endpoint(lambda _: (307, canary.url)) as endpoint:
        outcome = sink_to(endpoint, query).send(notice())
    assert outcome == Outcome(Verdict.RETRY, "JSON did not take it")
    assert len(endpoint.requests) == 1
    assert canary.requests == []


def test_apprise_does_not_retry_by_itself_even_when_the_address_asks_for_it():
    with Endpoint(lambda _: 500) as endpoint:
        outcome = sink_to(endpoint, "?retry=3&wait=0").send(notice())
    assert outcome.verdict is Verdict.RETRY
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("url", ["", "nonsense", "pigeon://loft", "json://"])
def test_an_address_apprise_does_not_understand_is_refused_at_the_start(url: str):
    options = read_options({"kind": "apprise", "name": "chat", "url": url})
    with pytest.raises(ConfigError, match="sink 'chat': apprise does not understand the url"):
        options.open()
