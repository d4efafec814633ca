"""Trades as the day's own desk makes them, delivering in what is left of the day."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import msgspec

from connectors.log.days import Day, Record
from connectors.records import parse_record
from state.errors import ConfigError, ParseError
from state.messages import AnyMessage, SettlesAt, Trade, TradeAction
from state.moments import HOUR_NS, SECOND_NS

SOURCE = "benchmark"
"""System of record of the trades, so that none is taken for one of the day's."""

_STEP_MW = 5.0
_LARGEST_STEPS = 5
_DEEPEST_CENTS = 2_000


def trades(day: Day, *, tick_ns: int, seed: int) -> Iterator[Trade]:
    """Yield ever new trades: books, places and products of the day, hours still undelivered.

    Args:
        day: whose intraday trades are the models.
        tick_ns: the market's clock when the first is made.
        seed: equal seeds make equal trades.

    Raises:
        ConfigError: the day has no intraday trade, or not one whole hour is left of it.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    models = _intraday(day)
    hours = range(tick_ns // HOUR_NS + 2, (day.manifest.to_ns + SECOND_NS) // HOUR_NS)
    if not models or not hours:
        reason = f"day {day.manifest.name} has no intraday trade, or no hour left to trade"
        raise ConfigError(reason)
    for number in itertools.count(1):
        yield _like(chance.choice(models), number, hours, chance)


def _like(model: Trade, number: int, hours: range, chance: random.Random) -> Trade:
    start_ns = chance.choice(hours) * HOUR_NS
    size_mw = _STEP_MW * chance.randint(1, _LARGEST_STEPS)
    discount = chance.randint(-_DEEPEST_CENTS, _DEEPEST_CENTS) / 100.0
    return msgspec.structs.replace(
        model,
        source=SOURCE,
        trade=f"B{number:06d}",
        version=1,
        action=TradeAction.NEW,
        delivery_start_ns=start_ns,
        delivery_end_ns=start_ns + HOUR_NS,
        quantity_mw=chance.choice((-size_mw, size_mw)),
        price_usd_per_mwh=model.price_usd_per_mwh - discount,
    )


def _intraday(day: Day) -> list[Trade]:
    """Return the first versions of trades of one hour that settle in real time."""
    return [
        message
        for item in day.items()
        if isinstance(item, Record)
        for message in _readable(item)
        if isinstance(message, Trade)
        and message.action is TradeAction.NEW
        and message.settles_at in {SettlesAt.FMM, SettlesAt.RTD}
        and message.delivery_end_ns - message.delivery_start_ns == HOUR_NS
        and message.delivery_end_ns <= day.manifest.to_ns + HOUR_NS
    ]


def _readable(record: Record) -> list[AnyMessage]:
    """A hostile day holds records that are none; they model nothing."""
    try:
        return [parse_record(record.body, received_at_ns=record.received_at_ns)]
    except ParseError:
        return []
