"""What every kind of trade feed must do, whatever carries the deals."""

from __future__ import annotations

import pytest

from connectors.log.recording import RecordedItem
from connectors.trades import read_options
from state.errors import ConfigError
from state.messages import FeedOutcome
from tests.connectors.trades.following import Following, names, opened
from tests.connectors.trades.sources import TOKEN, RedisSource, Source, deal
from tests.waiting import wait_for


def test_deals_come_once_in_order_and_what_is_none_is_refused_with_its_bytes(
    source: Source,
) -> None:
    with Following(opened(source)) as following:
        wait_for(lambda: following.outcome() is FeedOutcome.NO_DATA)
        source.send([deal(1), deal(2)])
        source.nonsense()
        source.send([deal(3)])
        wait_for(lambda: len(following.came) == 4)
        following.settle(following.came)
        wait_for(lambda: following.outcome() is FeedOutcome.DATA)
    assert names(following.came) == ["D-1", "D-2", "D-3"]
    [refused] = [one for one in following.came if one.refusal]
    assert (refused.body, bool(refused.raw)) == (b"", True)
    assert following.came[2] is refused


def test_after_a_crash_comes_exactly_what_the_log_does_not_have(source: Source) -> None:
    with Following(opened(source)) as first:
        wait_for(source.is_followed)
        source.send([deal(number) for number in (1, 2, 3, 4)])
        wait_for(lambda: len(first.came) == 4)
        first.settle(first.came[:1])
    recorded = [RecordedItem(one.item, one.body) for one in first.came[:2]]
    source.send([deal(5)])
    with Following(opened(source, recorded)) as second:
        wait_for(lambda: len(second.came) == 3)
        second.settle(second.came)
        if isinstance(source, RedisSource):
            wait_for(lambda: source.pending() == 0)
    recorded += [RecordedItem(one.item, one.body) for one in second.came]
    assert names(second.came) == ["D-3", "D-4", "D-5"]
    with Following(opened(source, recorded)) as third:
        source.send([deal(6)])
        wait_for(lambda: third.came)
    assert names(third.came) == ["D-6"]


def test_a_source_that_goes_away_is_said_and_followed_again_when_it_is_back(
    source: Source,
) -> None:
    with Following(opened(source)) as following:
        source.send([deal(1)])
        wait_for(lambda: following.came)
        following.settle(following.came)
        source.leave()
        wait_for(lambda: following.outcome() in {FeedOutcome.TRANSPORT, FeedOutcome.ERROR})
        outcome, detail = opened(source).ask() if source.kind != "folder" else following.feed.ask()
        assert outcome in {FeedOutcome.TRANSPORT, FeedOutcome.ERROR}
        assert detail
        source.come_back()
        source.send([deal(2)])
        wait_for(lambda: len(following.came) == 2)
        assert following.feed.ask()[0] is FeedOutcome.DATA
    assert names(following.came) == ["D-1", "D-2"]


def test_no_secret_is_shown(source: Source) -> None:
    assert TOKEN not in repr(source.options())
    wrong = {"kind": source.kind, "token_file": TOKEN, "password_file": TOKEN, "nothing": TOKEN}
    with pytest.raises(ConfigError, match=f"trades '{source.kind}'") as raised:
        read_options(wrong)
    assert TOKEN not in str(raised.value)


def test_a_kind_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"'kafka' is unknown.*fix, folder, redis, websocket"):
        read_options({"kind": "kafka"})


def test_a_secret_that_cannot_be_read_is_one_line(source: Source) -> None:
    if source.kind == "folder":
        return
    name = "token" if source.kind == "websocket" else "password"
    given = source.options().model_copy(update={f"{name}_file": None, f"{name}_variable": "NO_ENV"})
    with pytest.raises(ConfigError, match="NO_ENV holds no secret"):
        given.open("trades/x")


@pytest.mark.parametrize(
    "url", ["redis://:pw-word@store/0", "redis://store/0?password=pw-word", "http://pw-word/"]
)
def test_an_address_of_a_store_holds_no_password(url: str) -> None:
    with pytest.raises(ConfigError, match="trades 'redis': url") as raised:
        read_options({"kind": "redis", "url": url, "stream": "deals"})
    assert "pw-word" not in str(raised.value)
