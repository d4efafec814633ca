"""The contracts live at midnight: forward cover, the PPA, shaped days, awards."""

from __future__ import annotations

from datetime import date

import numpy as np

from replay_data.blotter import Blotter, hourly_mw
from replay_data.calibration import Floats
from replay_data.forwards import BLOCKS, DELIVERY_MONTHS, months_from
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
from replay_data.records import LocalDay
from state.messages import (
    Award,
    AwardKind,
    Block,
    CumulativePnl,
    Resource,
    ResourceKind,
    Trade,
    VolumeOutlook,
)

MINUTE_NS = 60_000_000_000
PPA_RESOURCE = "WIND_PPA"
HUB_OF = {place.name: place.hub for place in CAISO}
RESOURCES = (*LOADS, *SUPPLY)


# Outlooks -----------------------------------------------------------------------------------


def _outlook_mw(resource: Resource, month: str, block: Block, time_zone: str) -> float:
    day = LocalDay(date(int(month[:4]), int(month[5:]), 16), time_zone)
    hourly = volumes(resource, day, seed=7).scheduled
    mask = np.zeros(len(hourly), dtype=bool)
    mask[6:22] = True
    inside = hourly[mask if block is Block.ON_PEAK else ~mask]
    return round(float(inside.sum()) / len(inside), 1)


def outlooks(day: LocalDay, months: int = DELIVERY_MONTHS) -> list[VolumeOutlook]:
    """Return the expected volumes of every resource by month and block."""
    cells = [(month, block) for month in months_from(day.day, months) for block in BLOCKS]
    return [
        VolumeOutlook(
            resource=resource.resource,
            months=tuple(month for month, _ in cells),
            blocks=tuple(block for _, block in cells),
            mw=np.array([_outlook_mw(resource, *cell, day.time_zone) for cell in cells]),
        )
        for resource in RESOURCES
    ]


# Opening ------------------------------------------------------------------------------------


def open_contracts(blotter: Blotter, operations: Operations, *, sold_as: str = "swap") -> None:
    """Deal what is live at midnight: forward cover, the PPA, and three shaped days.

    Args:
        blotter: where the deals go.
        operations: of the day.
        sold_as: the product in which supply of the months to come is sold.
    """
    struck = blotter.day.at("10:00", days=-1)
    _cover_forward(blotter, struck, sold_as)
    _small_forwards(blotter, struck)
    _power_purchase(blotter, struck)
    today, tomorrow = operations.today, operations.today.next()
    for number, day in enumerate((today, tomorrow, tomorrow.next())):
        made = operations.scheduled(day) or _outlook_by_hour(day)
        _shape(blotter, made, day, struck + number * 20 * MINUTE_NS)


def _cover_forward(blotter: Blotter, struck: int, sold_as: str) -> None:
    """Buy what the loads and sell what sun and wind are expected to leave open, to a few MW."""
    by_cell: dict[tuple[str, str, Block, str], float] = {}
    for resource, outlook in zip(RESOURCES, outlooks(blotter.day), strict=True):
        sign = -1.0 if resource.resource_kind is ResourceKind.LOAD else 1.0
        hub = HUB_OF[resource.location]
        for month, block, mw in zip(outlook.months, outlook.blocks, outlook.mw, strict=True):
            cell = (resource.book, hub, block, month)
            by_cell[cell] = by_cell.get(cell, 0.0) + sign * float(mw)
    for (book, hub, block, month), mw in by_cell.items():
        sold = "swap" if month == months_from(blotter.day.day, 1)[0] else sold_as
        _deal_cover(blotter, struck, (book, hub), (block, month), -mw, sold)


def _deal_cover(
    blotter: Blotter,
    struck: int,
    place: tuple[str, str],
    cell: tuple[Block, str],
    mw: float,
    sold_as: str,
) -> None:
    """Deal a cover in one clip for supply and two or three for load, a little off in sum."""
    whole = round(mw) + (blotter.number(-2, 2) if abs(mw) > 10 else 0)
    clips = (0.6, 0.4) if whole > 0 else (1.0,)
    left = float(whole)
    for number, share in enumerate(clips, start=1):
        clip = left if number == len(clips) else float(round(whole * share))
        left -= clip
        age = blotter.number(20, 200) * 1440 * MINUTE_NS
        product = "energy" if whole > 0 else sold_as
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
    for resource in RESOURCES:
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
    """Return the convergence bids awarded for a day: supply at noon, demand in the evening."""
    bids = (
        ("NOON", AwardKind.VIRTUAL_SUPPLY, SP15, range(9, 15), 20.0 * scale),
        ("EVE", AwardKind.VIRTUAL_DEMAND, NP15, range(17, 21), 12.0 * scale),
    )
    return [
        Award(
            award=f"CB-{day.day:%Y%m%d}-{name}",
            market="caiso",
            book=VIRTUALS,
            location=location,
            award_kind=kind,
            interval_start_ns=day.grid.start_ns,
            interval_seconds=3600,
            mw=np.where(np.isin(day.grid.clock_hours, hours), mw, 0.0),
        )
        for name, kind, location, hours, mw in bids
    ]
