"""The contracts live at midnight, and those dealt, amended and cancelled during the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from replay_data.blotter import Blotter, hourly_mw
from replay_data.calibration import Floats
from replay_data.forwards import BLOCKS, months_from
from replay_data.locations import CAISO, NP15, SP15
from replay_data.operations import Operations
from replay_data.portfolio import (
    BOOKS,
    HEDGES,
    LOAD_BOOK,
    LOADS,
    SUPPLY,
    TRADING_NP15,
    TRADING_SP15,
    VIRTUALS,
    total,
    volumes,
)
from replay_data.records import LocalDay, Record, record
from state.messages import (
    Award,
    AwardKind,
    Block,
    CumulativePnl,
    Message,
    Resource,
    ResourceKind,
    SettlesAt,
    Trade,
    TradeAction,
    VolumeOutlook,
)

MINUTE_NS = 60_000_000_000
PPA_RESOURCE = "WIND_PPA"
_HUB_OF = {place.name: place.hub for place in CAISO}
_RESOURCES = (*LOADS, *SUPPLY)


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


# Outlooks -----------------------------------------------------------------------------------


def _outlook_mw(resource: Resource, month: str, block: Block, time_zone: str) -> float:
    day = LocalDay(date(int(month[:4]), int(month[5:]), 16), time_zone)
    hourly = volumes(resource, day, seed=7).scheduled
    mask = np.zeros(len(hourly), dtype=bool)
    mask[6:22] = True
    inside = hourly[mask if block is Block.ON_PEAK else ~mask]
    return round(float(inside.sum()) / len(inside), 1)


def outlooks(day: LocalDay) -> list[VolumeOutlook]:
    """Return the expected volumes of every resource by month and block."""
    cells = [(month, block) for month in months_from(day.day) for block in BLOCKS]
    return [
        VolumeOutlook(
            resource=resource.resource,
            months=tuple(month for month, _ in cells),
            blocks=tuple(block for _, block in cells),
            mw=np.array([_outlook_mw(resource, *cell, day.time_zone) for cell in cells]),
        )
        for resource in _RESOURCES
    ]


# Opening ------------------------------------------------------------------------------------


def open_contracts(blotter: Blotter, operations: Operations) -> None:
    """Deal what is live at midnight: forward cover, the PPA, and three shaped days."""
    struck = blotter.day.at("10:00", days=-1)
    _cover_forward(blotter, struck)
    _small_forwards(blotter, struck)
    _power_purchase(blotter, struck)
    today, tomorrow = operations.today, operations.today.next()
    for number, day in enumerate((today, tomorrow, tomorrow.next())):
        made = operations.scheduled(day) or _outlook_by_hour(day)
        _shape(blotter, made, day, struck + number * 20 * MINUTE_NS)


def _cover_forward(blotter: Blotter, struck: int) -> None:
    """Buy what the loads and sell what sun and wind are expected to leave open, to a few MW."""
    by_cell: dict[tuple[str, str, Block, str], float] = {}
    for resource, outlook in zip(_RESOURCES, outlooks(blotter.day), strict=True):
        sign = -1.0 if resource.resource_kind is ResourceKind.LOAD else 1.0
        hub = _HUB_OF[resource.location]
        for month, block, mw in zip(outlook.months, outlook.blocks, outlook.mw, strict=True):
            cell = (resource.book, hub, block, month)
            by_cell[cell] = by_cell.get(cell, 0.0) + sign * float(mw)
    for (book, hub, block, month), mw in by_cell.items():
        _deal_cover(blotter, struck, (book, hub), (block, month), -mw)


def _deal_cover(
    blotter: Blotter, struck: int, place: tuple[str, str], cell: tuple[Block, str], mw: float
) -> None:
    """Deal a cover in one clip for supply and two or three for load, a little off in sum."""
    whole = round(mw) + (blotter.number(-2, 2) if abs(mw) > 10 else 0)  # noqa: PLR2004 - MW
    clips = (0.6, 0.4) if whole > 0 else (1.0,)
    left = float(whole)
    for number, share in enumerate(clips, start=1):
        clip = left if number == len(clips) else float(round(whole * share))
        left -= clip
        age = blotter.number(20, 200) * 1440 * MINUTE_NS
        product = "energy" if whole > 0 else "swap"
        if clip:
            blotter.forward(struck - age, place, cell, clip, product)


def _small_forwards(blotter: Blotter, struck: int) -> None:
    """Deal the trading and hedge books' forward positions, bought and sold."""
    for number, month in enumerate(months_from(blotter.day.day)[1:9]):
        for book, hub in ((TRADING_SP15, SP15), (TRADING_NP15, NP15), (HEDGES, SP15)):
            mw = float(blotter.number(2, 8)) * (1 if (number + len(book)) % 2 else -1)
            age = blotter.number(1, 60) * 1440 * MINUTE_NS
            blotter.forward(struck - age, (book, hub), (Block.ON_PEAK, month), mw, "swap")


def _power_purchase(blotter: Blotter, struck: int) -> None:
    plant = next(item for item in SUPPLY if item.resource == PPA_RESOURCE)
    year = blotter.day.day.year
    period = (
        LocalDay(date(year - 4, 1, 1), blotter.day.time_zone).at("00:00"),
        LocalDay(date(year + 11, 1, 1), blotter.day.time_zone).at("00:00"),
    )
    place = (plant.book, plant.location)
    signed = struck - 1500 * 1440 * MINUTE_NS
    blotter.deal(signed, place, period, 1.0, 41.5, product="ppa", resource=plant.resource)


def physical_mw(deals: list[Trade], day: LocalDay) -> Floats:
    """Return the physical energy of contracts by hour of a day, MW."""
    nothing = [np.zeros(day.grid.hours)]
    return total(nothing + [hourly_mw(deal, day) for deal in deals if deal.product == "energy"])


def _outlook_by_hour(day: LocalDay) -> dict[str, Floats]:
    """Return each resource's outlook in the hours of a day without forecasts yet."""
    (month,) = months_from(day.day, 1)
    mask = day.grid.on_peak[:: day.grid.per_hour]
    made = {}
    for resource in _RESOURCES:
        on, off = (_outlook_mw(resource, month, block, day.time_zone) for block in BLOCKS)
        made[resource.resource] = np.where(mask, on, off)
    return made


def _shape(blotter: Blotter, made: dict[str, Floats], day: LocalDay, struck: int) -> None:
    """Buy or sell the hours that blocks and plants leave open on a day, from one party."""
    load = total([made[item.resource] for item in LOADS])
    supply = total([made[item.resource] for item in SUPPLY])
    open_mw = load - supply - physical_mw(blotter.deals, day)
    noise = 0.004 * blotter.generator.standard_normal(len(open_mw))
    profile = np.round(open_mw + load * noise, 1)
    price = blotter.mark(struck, SP15, (Block.ON_PEAK, months_from(day.day, 1)[0]))
    period = (day.grid.start_ns, day.grid.end_ns)
    blotter.deal(
        struck, (LOAD_BOOK, SP15), period, 0.0, price, profile_mw=profile, counterparty="CP-12"
    )


def cumulative_pnl(seed: int) -> list[CumulativePnl]:
    """Return what each book has made in the year so far."""
    generator = np.random.Generator(np.random.PCG64([seed, 11]))
    return [
        CumulativePnl(book=book, realised_usd=round(float(value), 2))
        for book, value in zip(
            BOOKS.books, 180_000 * generator.standard_normal(len(BOOKS.books)), strict=True
        )
    ]


def awards(day: LocalDay, scale: float) -> list[Award]:
    """Return the convergence bids awarded for a day."""
    hours = len(day.grid.clock_hours)
    clock = day.grid.clock_hours
    noon = np.where((clock >= 9) & (clock < 15), 20.0 * scale, 0.0)
    evening = np.where((clock >= 17) & (clock < 21), 12.0 * scale, 0.0)
    made = []
    for name, kind, location, mw in (
        ("NOON", AwardKind.VIRTUAL_SUPPLY, SP15, noon),
        ("EVE", AwardKind.VIRTUAL_DEMAND, NP15, evening),
    ):
        made.append(
            Award(
                award=f"CB-{day.day:%Y%m%d}-{name}",
                market="caiso",
                book=VIRTUALS,
                location=location,
                award_kind=kind,
                interval_start_ns=day.grid.start_ns,
                interval_seconds=3600,
                mw=mw[:hours],
            )
        )
    return made


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
    mw = float(blotter.number(2, 8)) * (1 if number % 4 < 2 else -1)  # noqa: PLR2004 - two of four
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
    mw = float(blotter.number(1, 4)) * 5 * (1 if number % 4 < 2 else -1)  # noqa: PLR2004 - as above
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
        if number < 15:  # noqa: PLR2004 - how many
            price = round(deal.price_usd_per_mwh + blotter.number(-2, 2) + 0.25, 2)
            amended = replace(deal, version=2, action=TradeAction.AMEND, price_usd_per_mwh=price)
            yield at, replace(amended, comment="price corrected on confirmation")
        else:
            yield at, replace(deal, version=2, action=TradeAction.CANCEL, comment="dealt in error")


def as_records(
    dealt: Iterator[tuple[int, Trade]], day: LocalDay
) -> Iterator[Record]:
    """Return trade versions as records, those that fall into the day."""
    for at, deal in dealt:
        if at < day.grid.end_ns:
            yield record(deal, "trades", at, day)


def opening_records(messages: list[Message], day: LocalDay) -> Iterator[Record]:
    """Return messages as records of the opening, received before midnight."""
    for message in messages:
        yield record(message, "opening", day.grid.start_ns - 60 * MINUTE_NS, day)
