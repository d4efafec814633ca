"""What is dealt, amended and cancelled during a day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from replay_data.blotter import Blotter
from replay_data.calibration import Floats
from replay_data.forwards import months_from
from replay_data.locations import NP15, SP15
from replay_data.portfolio import (
    HEDGES,
    TRADING_NP15,
    TRADING_SP15,
)
from state.messages import (
    Block,
    SettlesAt,
    Trade,
    TradeAction,
)

MINUTE_NS = 60_000_000_000


class ShortEvening(NamedTuple):
    """Real-time swaps that a trading book sells ahead of the evening.

    Attributes:
        clips: local time of the deal, MW sold, price.
    """

    book: str
    hub: str
    start: str
    end: str
    clips: tuple[tuple[str, float, float], ...]


class Bet(NamedTuple):
    """Forward on-peak swaps that a trading book buys at once, over the next months."""

    clock: str
    book: str
    hub: str
    mw: float
    months: int


# The day ------------------------------------------------------------------------------------


class Prompt(NamedTuple):
    """What a trader sees of a day's price: its DA price by hub and hour."""

    da: dict[str, Floats]


def deals_of_day(
    blotter: Blotter, prompt: Prompt, short: ShortEvening | None, bet: Bet | None
) -> Iterator[tuple[int, Trade]]:
    """Deal, amend and cancel through the day; yields (moment, version)."""
    before = len(blotter.deals)
    for number in range(58):
        _deal_real_time(blotter, prompt, number)
    for number in range(24):
        _deal_tomorrow(blotter, number)
    for number in range(34):
        _deal_forward_today(blotter, number)
    ordinary = blotter.deals[before:]
    if short is not None:
        _sell_evening(blotter, short)
    if bet is not None:
        _buy_months(blotter, bet)
    made = blotter.deals[before:]
    yield from ((deal.executed_at_ns + 20_000_000_000, deal) for deal in made)
    yield from _changes(blotter, ordinary)


def _deal_real_time(blotter: Blotter, prompt: Prompt, number: int) -> None:
    """Deal some hours of the rest of the day against a real-time price."""
    day = blotter.day
    at = day.at("05:30") + (number * 13 + blotter.number(0, 9)) * MINUTE_NS
    first = (at - day.grid.start_ns) // (60 * MINUTE_NS) + blotter.number(1, 3)
    first = min(int(first), day.grid.hours - 2)
    last = min(first + blotter.number(1, 4), day.grid.hours)
    period = tuple(day.grid.start_ns + hour * 60 * MINUTE_NS for hour in (first, last))
    book, hub = (TRADING_SP15, SP15) if number % 2 else (TRADING_NP15, NP15)
    mw = float(blotter.number(2, 8)) * (1 if number % 4 < 2 else -1)  # two of four
    price = prompt.da[hub][first:last].mean() + 4 * blotter.generator.standard_normal()
    settles = SettlesAt.FMM if number % 5 == 0 else SettlesAt.RTD
    product = "energy" if number % 6 == 0 else "swap"
    blotter.deal(
        at, (book, hub), (period[0], period[1]), mw, price, settles_at=settles, product=product
    )


def _deal_tomorrow(blotter: Blotter, number: int) -> None:
    """Deal a block of tomorrow before the day-ahead market closes at 10:00."""
    day = blotter.day
    at = day.at("06:00") + (number * 9 + blotter.number(0, 6)) * MINUTE_NS
    grid = day.next().grid
    book, hub = (TRADING_SP15, SP15) if number % 2 else (TRADING_NP15, NP15)
    block = Block.ON_PEAK if grid.on_peak.any() else Block.FLAT
    month = months_from(day.next().day, 1)[0]
    priced = Block.OFF_PEAK if block is Block.FLAT else block
    mark = blotter.mark(at, hub, (priced, month))
    price = mark + 1.5 * blotter.generator.standard_normal()
    mw = float(blotter.number(1, 4)) * 5 * (1 if number % 4 < 2 else -1)
    period = (grid.start_ns, grid.end_ns)
    blotter.deal(at, (book, hub), period, mw, price, block=block, product="swap")


def _deal_forward_today(blotter: Blotter, number: int) -> None:
    """Deal a month; every third is a hedge of the load desk."""
    day = blotter.day
    at = day.at("06:20") + (number * 20 + blotter.number(0, 15)) * MINUTE_NS
    month = months_from(day.day)[blotter.number(1, 8)]
    book = (HEDGES, TRADING_SP15, TRADING_NP15)[number % 3]
    hub = NP15 if book == TRADING_NP15 else SP15
    block = Block.OFF_PEAK if number % 4 == 0 else Block.ON_PEAK
    mw = float(blotter.number(1, 5)) * (1 if number % 2 else -1)
    blotter.forward(at, (book, hub), (block, month), mw, "swap")


def _sell_evening(blotter: Blotter, short: ShortEvening) -> None:
    period = (blotter.day.at(short.start), blotter.day.at(short.end))
    for clock, mw, price in short.clips:
        blotter.deal(
            blotter.day.at(clock),
            (short.book, short.hub),
            period,
            -mw,
            price,
            settles_at=SettlesAt.RTD,
            product="swap",
        )


def _buy_months(blotter: Blotter, bet: Bet) -> None:
    for month in months_from(blotter.day.day)[1 : bet.months + 1]:
        cell = (Block.ON_PEAK, month)
        at = blotter.day.at(bet.clock)
        blotter.forward(at, (bet.book, bet.hub), cell, bet.mw, "swap")


def _changes(blotter: Blotter, made: list[Trade]) -> Iterator[tuple[int, Trade]]:
    """Amend fifteen of the day's deals and cancel nine others."""
    order = blotter.generator.permutation(len(made))
    for number, index in enumerate(order[:24]):
        deal = made[int(index)]
        at = deal.executed_at_ns + blotter.number(6, 50) * MINUTE_NS
        if number < 15:
            price = round(deal.price_usd_per_mwh + blotter.number(-2, 2) + 0.25, 2)
            amended = replace(deal, version=2, action=TradeAction.AMEND, price_usd_per_mwh=price)
            yield at, replace(amended, comment="price corrected on confirmation")
        else:
            yield at, replace(deal, version=2, action=TradeAction.CANCEL, comment="dealt in error")
