"""The company under the written policy: who may trade, five years of cover, capacity, RECs.

What a day brings beside its usual portfolio so that every table of the policy has something to
measure: outlooks to the end of the fifth calendar year and contracts that cover a falling share of
them, resource adequacy, certificates, traders' records, and two questions before a trade.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from replay_data.blotter import SOURCE, TRADERS, Blotter, month_edges
from replay_data.forwards import DELIVERY_MONTHS, months_from
from replay_data.live_contracts import HUB_OF, RESOURCES, outlooks
from replay_data.locations import SP15
from replay_data.portfolio import HEDGES, LOAD_BOOK, LOADS, TRADING_SP15
from replay_data.records import LocalDay
from state.messages import (
    Block,
    CompanyFigure,
    CompanyOutlook,
    CurveMarks,
    FactorHistory,
    ProductMarks,
    ProductTrade,
    ResourceKind,
    RetailSales,
    SettlesAt,
    Trade,
    TradeAction,
    TradeCheck,
    TraderRecord,
    VolumeOutlook,
)

ROLE = "authorized-personnel"
MARKETS = ("market-bilateral-energy-capacity", "market-bilateral-financial",
           "market-caiso-day-ahead", "market-caiso-real-time")  # fmt: skip
INSTRUMENTS = ("instrument-physical", "instrument-caiso", "instrument-swap", "instrument-basis")

COVERED = (0.96, 0.79, 0.53, 0.5, 0.31)
"""Share of the load covered beyond the months of the desk's own cover, by years ahead: the third
calendar year, two ahead of the prompt one, is short of its tolerance."""

REQUIRED_OF_PEAK = 1.15
CAPACITY_MONTHS = 15
"""How far ahead capacity is held: to the end of the prompt calendar year."""

COMPLIANCE_YEAR = 2021
"""Since when certificates are owed: "Post 2020" (§4.6)."""

_SOLD_MWH = {2021: 2_060_000.0, 2022: 2_610_000.0, 2023: 3_370_000.0, 2024: 4_180_000.0,
             2025: 4_990_000.0}  # fmt: skip
_SOLD_THIS_YEAR_MWH = (441_000.0, 392_000.0, 403_000.0, 376_000.0, 401_000.0, 448_000.0,
                       538_000.0, 571_000.0)  # fmt: skip
"""In the months before the day's own; the outlook tells what is sold from then on."""

_RESOURCE = {resource.resource: resource for resource in RESOURCES}
_CAPACITY_PRICE = {"system": 7_400.0, "flexible": 7_900.0, "local": 8_300.0}
_REC_PRICE = {"PCC1": 17.25, "PCC2": 9.5, "PCC3": 3.1}

_CUSTOMERS_NOW, _RETURNING = 271_500, 4_200
_AT_FIXED_RATES = 0.93
_OWED_TONS = 18_400.0
"""A year, for energy imported without a source that emits nothing."""


def months_held(day: date) -> int:
    """Return how many months there are from a date's to the end of its fifth calendar year.

    >>> months_held(date(2026, 9, 8))
    64
    """
    return 12 * 6 - (day.month - 1)


def traders() -> list[TraderRecord]:
    """Return the records of who trades: all verified, one with a limit of his own."""
    records = [
        TraderRecord(
            trader=name,
            role=ROLE,
            months=60 if number == 0 else 36,
            authorised=True,
            experience="references and licence verified",
            under_investigation=False,
            was_investigated=False,
            has_read_policies=True,
            markets=MARKETS,
            instruments=INSTRUMENTS,
        )
        for number, name in enumerate(TRADERS)
    ]
    records[-1] = replace(
        records[-1],
        own_limits=("limit-prompt-month",),
        own_bought_usd=np.array([1_500_000.0]),
        own_bought_mw=np.array([25.0]),
        own_sold_usd=np.array([np.nan]),
        own_sold_mw=np.array([25.0]),
    )
    return records


def contracts_of_years(
    day: LocalDay, seed: int, strikes: tuple[tuple[int, CurveMarks], ...]
) -> list[Trade]:
    """Return what the company has bought beyond the desk's own cover."""
    blotter = Blotter(day, np.random.Generator(np.random.PCG64([seed, 17])), strikes, prefix="Y")
    cover_years(blotter)
    return [*blotter.deals, *held(blotter)]


# Energy --------------------------------------------------------------------------------------


def cover_years(blotter: Blotter) -> None:
    """Buy a share of the load of the years to come; fix the price of all else with swaps."""
    day = blotter.day
    wanted = frozenset(months_from(day.day, months_held(day.day))[DELIVERY_MONTHS:])
    cells = [cell for cell in _cells(outlooks(day, months_held(day.day))) if cell.month in wanted]
    struck = day.at("10:00", days=-1)
    load, supply = ({(cell.month, cell.block): 0.0 for cell in cells} for _ in ("load", "supply"))
    for cell in cells:
        total = load if cell.is_load else supply
        total[cell.month, cell.block] += cell.mw
    for cell in cells:
        at, place = (cell.month, cell.block), (cell.book, cell.hub)
        bought = 0
        if cell.is_load:
            ahead = max(0, int(cell.month[:4]) - day.day.year - 1)
            share = max(0.0, COVERED[ahead] - supply[at] / load[at])
            bought = round(share * cell.mw)
            _deal(blotter, struck, place, cell, bought, "energy")
        rest = round(cell.mw) - bought if cell.is_load else -round(cell.mw)
        _deal(blotter, struck, place, cell, rest, "swap")


class Cell(NamedTuple):
    """What a book is expected to serve or to make at a hub, mean MW of a month's block."""

    book: str
    hub: str
    month: str
    block: Block
    is_load: bool
    mw: float


def _deal(
    blotter: Blotter, struck: int, place: tuple[str, str], cell: Cell, mw: int, product: str
) -> None:
    if mw:
        age_ns = blotter.number(20, 400) * 86_400 * 10**9
        blotter.forward(struck - age_ns, place, (cell.block, cell.month), float(mw), product)


def _cells(told: list[VolumeOutlook]) -> list[Cell]:
    """Add up outlooks of one book at one hub."""
    found: dict[tuple[str, str, str, Block, bool], float] = {}
    for outlook in told:
        resource = _RESOURCE[outlook.resource]
        is_load = resource.resource_kind is ResourceKind.LOAD
        for month, block, mw in zip(outlook.months, outlook.blocks, outlook.mw, strict=True):
            key = (resource.book, HUB_OF[resource.location], month, block, is_load)
            found[key] = found.get(key, 0.0) + float(mw)
    return [Cell(*key, mw) for key, mw in found.items()]


# Capacity and certificates ---------------------------------------------------------------------


def held(blotter: Blotter) -> list[ProductTrade]:
    """Return capacity and certificates as they were bought.

    Capacity is whole for the prompt quarter, and short of it from the quarter after: what the
    next roll will bite.
    """
    day = blotter.day
    peak = sum(load.capacity_mw for load in LOADS)
    required = REQUIRED_OF_PEAK * peak
    months = months_from(day.day, CAPACITY_MONTHS + 1)[1:]
    stretches = ((months[:3], 1.0), (months[3:6], 0.88), (months[6:], 0.72))
    deals = [
        _capacity(blotter, kind, (held[0], held[-1]), round(share * required, 2))
        for kind in _CAPACITY_PRICE
        for held, share in stretches
    ]
    bought = (("PCC1", 820_000.0), ("PCC2", 240_000.0), ("PCC3", 60_000.0))
    recent = range(day.day.year - 2, day.day.year + 1)
    # What was bought longest ago is dealt last, so that all else stays as it is.
    return deals + [
        _certificates(blotter, kind, vintage, units)
        for vintages in (recent, range(COMPLIANCE_YEAR, recent[0]))
        for kind, units in bought
        for vintage in vintages
    ]


def _capacity(blotter: Blotter, kind: str, months: tuple[str, str], mw: float) -> ProductTrade:
    start, end = (month_edges(month, blotter.day.time_zone) for month in months)
    price = _CAPACITY_PRICE[kind] - 50.0 * blotter.number(1, 9)
    return _product_trade(
        blotter, "capacity", (start[0], end[1]), unit_kind=kind, quantity_mw=mw, price_usd=price
    )


def _certificates(blotter: Blotter, kind: str, vintage: int, units: float) -> ProductTrade:
    first = LocalDay(date(vintage, 1, 1), blotter.day.time_zone)
    period = (first.at("00:00"), LocalDay(date(vintage + 1, 1, 1), first.time_zone).at("00:00"))
    price = _REC_PRICE[kind] - 0.05 * blotter.number(1, 9)
    return _product_trade(
        blotter, "rec", period, unit_kind=kind, units=units, vintage=str(vintage), price_usd=price
    )


def _product_trade(
    blotter: Blotter,
    product: str,
    period: tuple[int, int],
    *,
    unit_kind: str,
    price_usd: float,
    quantity_mw: float = 0.0,
    units: float = 0.0,
    vintage: str = "",
) -> ProductTrade:
    struck = blotter.day.at("10:00", days=-1) - blotter.number(40, 300) * 86_400 * 10**9
    deal = blotter.deal(
        struck, (LOAD_BOOK, SP15), period, quantity_mw, 0.0, product=product,
        settles_at=SettlesAt.CURVE,
    )  # fmt: skip
    terms = {name: getattr(deal, name) for name in Trade.__struct_fields__}
    return ProductTrade(
        **terms,
        unit_kind=unit_kind,
        units=units,
        vintage=vintage,
        price_usd_per_unit=round(price_usd, 2),
    )


def sold_before(day: date) -> RetailSales:
    """Return what a growing company sold in the compliance period before the log."""
    year = {f"{year}": mwh for year, mwh in _SOLD_MWH.items() if year < day.year}
    months = dict(enumerate(_SOLD_THIS_YEAR_MWH[: day.month - 1], start=1))
    told = year | {f"{day.year}-{month:02d}": mwh for month, mwh in months.items()}
    return RetailSales(market="caiso", periods=tuple(told), volume_mwh=np.array([*told.values()]))


def expected_of_itself(day: date) -> Iterator[CompanyOutlook]:
    """Yield what no feed tells: customers, the share of load at fixed rates, emissions to cover.

    Customers leave slowly until the next rates come in January; large ones pay by the market.
    """
    months = months_from(day, months_held(day))
    left = np.array([_CUSTOMERS_NOW * (1.0 - 0.0015) ** number for number in range(len(months))])
    returned = np.array([_RETURNING * (month[:4] > str(day.year)) for month in months])
    owed = {str(day.year): _OWED_TONS, str(day.year + 1): _OWED_TONS}
    for figure, periods, amounts in (
        (CompanyFigure.CUSTOMERS, months, np.round(left + returned)),
        (CompanyFigure.FIXED_REVENUE, months, np.full(len(months), _AT_FIXED_RATES)),
        (CompanyFigure.GHG_OBLIGATION, tuple(owed), np.array([*owed.values()])),
    ):
        yield CompanyOutlook(market="caiso", figure=figure, periods=tuple(periods), amounts=amounts)


def _marked(day: date) -> list[tuple[str, str, str]]:
    """Return product, kind and period of everything held that has a mark."""
    months = months_from(day, CAPACITY_MONTHS + 1)[1:]
    cells = [("capacity", kind, month) for kind in _CAPACITY_PRICE for month in months]
    years = range(COMPLIANCE_YEAR, day.year + 1)
    return cells + [("rec", kind, str(year)) for kind in _REC_PRICE for year in years]


def product_history(dates: tuple[str, ...], day: date, seed: int) -> FactorHistory:
    """Return marks of what is held on earlier dates: a walk each kind that ends at the mark."""
    generator = np.random.Generator(np.random.PCG64([seed, 23]))
    price = {**_CAPACITY_PRICE, **_REC_PRICE}
    walks = {
        kind: usd * (1 + 1e-4 * generator.standard_normal(len(dates))[::-1].cumsum()[::-1])
        for kind, usd in price.items()
    }
    cells = _marked(day)
    return FactorHistory(
        market="caiso",
        factors=tuple(f"caiso/{product}:{kind}/curve/flat/{at}" for product, kind, at in cells),
        dates=dates,
        levels=np.round(np.concatenate([walks[kind] for _, kind, _ in cells]), 2),
    )


def product_marks(day: LocalDay) -> ProductMarks:
    """Return the marks of capacity by month and of certificates by vintage."""
    cells, price = _marked(day.day), {**_CAPACITY_PRICE, **_REC_PRICE}
    return ProductMarks(
        market="caiso",
        as_of=(day.day - timedelta(days=1)).isoformat(),
        products=tuple(product for product, _, _ in cells),
        kinds=tuple(kind for _, kind, _ in cells),
        periods=tuple(period for _, _, period in cells),
        price_usd_per_unit=np.array([price[kind] for _, kind, _ in cells]),
    )


# Before the trade ------------------------------------------------------------------------------


def checks(blotter: Blotter) -> Iterator[tuple[int, TradeCheck]]:
    """Yield what is asked in the evening: a hedge that passes, and the bet, which does not."""
    day = blotter.day
    (month,) = months_from(day.day, 2)[1:]
    for clock, name, book, mw in (
        ("16:42", "hedge", HEDGES, 10.0), ("17:33", "bet", TRADING_SP15, 215.0),
    ):  # fmt: skip
        at_ns = day.at(clock)
        candidate = Trade(
            source=SOURCE,
            trade=f"Q{day.day:%y%m%d}-{name}",
            version=1,
            action=TradeAction.NEW,
            product="swap",
            market="caiso",
            book=book,
            counterparty="CP-03",
            location=SP15,
            delivery_start_ns=month_edges(month, day.time_zone)[0],
            delivery_end_ns=month_edges(month, day.time_zone)[1],
            quantity_mw=mw,
            price_usd_per_mwh=blotter.mark(at_ns, SP15, (Block.ON_PEAK, month)),
            settles_at=SettlesAt.CURVE,
            block=Block.ON_PEAK,
            trader=TRADERS[0],
            executed_at_ns=at_ns,
        )
        check = TradeCheck(
            check=f"{day.day:%y%m%d}-{name}",
            candidate=candidate,
            lot=5.0,
            venue="bilateral",
            areas=("WECC", "California"),
        )
        yield at_ns, check
