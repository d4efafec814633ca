"""The benchmark of alerts times the first alert of what breached, and gives no figure without."""

from __future__ import annotations

import itertools
import urllib.request
from typing import NamedTuple, cast

import pytest

from benchmarks import alert
from benchmarks.alert import A_LOSS_EVERY, Webhook, _alerts, _losing, _with_losses
from state.errors import StateError
from state.store import StoreReader
from tests.connectors.trades.sources import deal


class Change(NamedTuple):
    case: str
    sequence: int
    position: int


class Stored(NamedTuple):
    id: str
    transition: Change


class Reader(NamedTuple):
    """Transitions as a store holds them."""

    stored: list[Stored]

    def transitions(self, after: str) -> list[Stored]:
        return [one for one in self.stored if one.id > after]


def reader(*changes: Change) -> StoreReader:
    stored = [Stored(f"{number}-0", change) for number, change in enumerate(changes, 1)]
    return cast("StoreReader", Reader(stored))


def test_every_second_trade_that_loses_is_taken_back_by_the_next_of_its_kind() -> None:
    made = itertools.islice(_with_losses(deal(n) for n in itertools.count()), 4 * A_LOSS_EVERY)
    sent = list(made)
    odd = [one for one in sent if one["price_usd_per_mwh"] != 48.5]
    assert [one["action"] for one in odd] == ["new", "cancel"] * 2
    assert [odd[0]["trade"], odd[0]["version"]] == [odd[1]["trade"], 1]
    assert odd[1]["version"] == 2
    assert len(_losing(sent)) == 2


def test_the_first_alert_of_a_trade_counts_and_those_of_others_do_not() -> None:
    webhook = Webhook()
    webhook.came = {("b", 1): 11.5, ("a", 1): 11.0, ("x", 1): 0.0}
    found = reader(Change("b", 1, 7), Change("a", 1, 7), Change("x", 1, 8))
    assert _alerts(found, webhook, {7: 10.0}) == [1000.0]


def test_an_alert_that_never_came_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert, "_LAST_SECONDS", 0.05)
    monkeypatch.setattr(alert, "_LOOK_SECONDS", 0.01)
    with pytest.raises(StateError, match="of 1 trades that breached a limit only 0"):
        _alerts(reader(Change("a", 1, 7)), Webhook(), {7: 10.0})


def test_the_webhook_notes_when_an_alert_came_first() -> None:
    with Webhook() as webhook:
        for _ in range(2):
            asked = urllib.request.Request(
                f"http://127.0.0.1:{webhook.port}/", data=b'{"case": "c", "sequence": 3}'
            )
            with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310 - as above
                assert answer.status == 204
        assert list(webhook.came) == [("c", 3)]
