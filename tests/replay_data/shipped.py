"""The shipped days as their readers see them: opened once, parsed once."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from connectors.isos import MARKETS
from connectors.log.days import Day, Receipt, Record
from connectors.records import parse_record
from replay_data.days import ROOT
from replay_data.stories import STORIES
from state.errors import ParseError
from state.messages import AnyMessage, PricePublication, Run

CLEAN = [story.name for story in STORIES if not story.hostile]
ALL = [story.name for story in STORIES]
HOSTILE = next(story.name for story in STORIES if story.hostile)
SCARCITY = "2026-09-08-caiso-scarcity"


class Played(NamedTuple):
    """A day's opening, the messages of its bodies and records, and what was refused."""

    day: Day
    opening: list[AnyMessage]
    messages: list[AnyMessage]
    refused: list[str]

    def prices(self, run: Run, market: str = "caiso") -> list[PricePublication]:
        """Return a run's publications, those of the opening included."""
        every = (*self.opening, *self.messages)
        prices = (item for item in every if isinstance(item, PricePublication))
        return [item for item in prices if item.run is run and item.market == market]


@lru_cache
def played(name: str) -> Played:
    """Open a shipped day and parse everything in it."""
    day = Day.open(ROOT / name)
    messages: list[AnyMessage] = []
    refused: list[str] = []
    for item in day.items():
        if not isinstance(item, Receipt | Record):
            continue
        try:
            messages.extend(_parsed(item, refused))
        except ParseError as error:
            refused.append(str(error))
    return Played(day, day.opening(), messages, refused)


def _parsed(item: Receipt | Record, refused: list[str]) -> list[AnyMessage]:
    if isinstance(item, Record):
        return [parse_record(item.body, received_at_ns=item.received_at_ns)]
    parsed = MARKETS[item.source].parse(
        item.body, received_at_ns=item.received_at_ns, where=item.where
    )
    refused.extend(row.reason for row in parsed.rejected)
    return parsed.messages
