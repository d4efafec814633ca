"""What a live run follows: hosts, locations, the opening, the folder for records, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
)

from connectors.clock import MarketClock
from connectors.polling import FOLLOWED, MarketFeeds
from connectors.polling.followed import Asked
from connectors.trades import TradeFeedOptions, read_options
from connectors.trades.drop_folder import FolderOptions
from flows.settings_file import strictly_read
from state.errors import ConfigError, UsageError


class Clock(BaseModel):
    """The line that market time runs along; left out, it is real time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    market_ns: int = 0
    wall_ns: int = 0
    speed: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 1.0

    def clock(self) -> MarketClock:
        """Return it as a clock."""
        return MarketClock(self.market_ns, self.wall_ns, self.speed)


INBOX = "inbox"


def _trade_feeds(given: object) -> object:
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        reason = "expected a list of trade feeds, each with its kind"
        raise ValueError(reason)
    feeds = tuple(read_options(each) for each in given)
    names = [feed.name for feed in feeds]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        reason = f"two feeds are called {twice[0]!r}; give each a name of its own"
        raise ValueError(reason)
    return feeds


class LiveFile(BaseModel):
    """A live run.

    Attributes:
        opening: records that come before the first tick, one a line, bare or gzipped.
        inbox: folder into which files of records are dropped; none is watched where it is unset.
        trades: trade feeds (docs/trade-feeds.md).

    A section for each market that is followed comes besides, under the market's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    opening: Path
    inbox: Path | None = None
    trades: Annotated[tuple[TradeFeedOptions, ...], BeforeValidator(_trade_feeds)] = ()
    clock: Clock = Clock()

    def markets(self) -> dict[str, MarketFeeds]:
        """Return the sections there are, by market."""
        sections = {market: getattr(self, market, None) for market in FOLLOWED}
        return {market: feeds for market, feeds in sections.items() if feeds is not None}

    def trade_feeds(self) -> dict[str, TradeFeedOptions]:
        """Return trade feeds by what the log calls them, the inbox among them."""
        feeds: dict[str, TradeFeedOptions] = {f"trades/{one.name}": one for one in self.trades}
        if self.inbox is not None:
            feeds[INBOX] = FolderOptions(name=INBOX, folder=self.inbox)
        return feeds

    def asked(self) -> Iterator[Asked]:
        """Yield the hosts to ask, each with its reports."""
        for feeds in self.markets().values():
            yield from feeds.asked()


_SECTIONS: dict[str, Any] = {market: (feeds | None, None) for market, feeds in FOLLOWED.items()}
_WithMarkets = create_model("LiveFile", __base__=LiveFile, **_SECTIONS)


def read_live_file(path: Path | None, markets: tuple[str, ...]) -> LiveFile:
    """Read what a live run follows.

    Args:
        path: YAML; relative names in it are beside it.
        markets: the ones to follow; each needs its section.

    Raises:
        UsageError: the file is missing or wrong, or a market has no section.
    """
    if path is None:
        reason = f"--live {','.join(markets)} needs --live-file FILE: what is followed, and where"
        raise UsageError(reason)
    live = _read(path)
    for market in markets:
        if market not in live.markets():
            reason = (
                f"{path} has no section for market {market!r}; add one, or follow only what it has "
                f"(live markets of this release: {', '.join(FOLLOWED)})"
            )
            raise UsageError(reason)
    beside = path.resolve().parent
    inbox = None if live.inbox is None else beside / live.inbox
    trades = tuple(options.beside(beside) for options in live.trades)
    sections: dict[str, Any] = dict.fromkeys(live.markets())
    sections |= {market: live.markets()[market].beside(beside) for market in markets}
    own = {"opening": beside / live.opening, "inbox": inbox, "trades": trades}
    return live.model_copy(update={**sections, **own})


def _read(path: Path) -> LiveFile:
    try:
        content = strictly_read(path.read_text(encoding="utf-8"), path)
        if not isinstance(content, dict):
            holds = "is empty" if content is None else f"holds a {type(content).__name__}"
            reason = (
                f"{path}: {holds}, expected an opening and a section a market; see docs/live.md"
            )
            raise UsageError(reason)
        return _WithMarkets.model_validate(content)
    except (OSError, UnicodeDecodeError) as error:
        reason = f"{path}: cannot be read ({error}); name a YAML file of live feeds"
        raise UsageError(reason) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place, says = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        reason = f"{path}: {place}: {says}; see docs/live.md"
        raise UsageError(reason) from None
    except ConfigError as error:
        raise UsageError(str(error)) from None
