"""The standard purchases and sales that can close a position, without size or parties.

Energy: months, quarters and the period, by block. Capacity: the same of one kind. Certificates: by
category and vintage of a compliance period.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

import msgspec

from state.calendar import local_midnight_ns
from state.market.book import MarketBook
from state.market.horizon import BLOCKS
from state.messages import Block, ProductTrade, SettlesAt, Trade, TradeAction
from state.periods import Span, month_after, quarter_after

CATEGORIES = ("PCC1", "PCC2", "PCC3")
"""Of certificates, the one that covers any obligation first (Pub. Util. Code §399.16)."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery, without size or parties.

    Attributes:
        product: a name in ``state.products``.
        kind: the block of energy, the kind of capacity, the category of a certificate.
        period: as people write it; of certificates the vintage.
        first, end: its first date, and the first after.
        each: what one MW makes of the position, MWh or MW-months; 1 of a certificate.
        unit: of that: ``MWh``, ``MW-month`` or ``certificate``.
        price_usd: of one of that unit.
        most: MW or certificates that can be dealt in.
    """

    market: str
    location: str
    product: str
    kind: str
    period: str
    first: date
    end: date
    each: float
    unit: str
    price_usd: float
    time_zone: str
    most: float = math.inf

    @property
    def span(self) -> Span:
        """Its dates."""
        return Span(self.first, self.end)

    def trade(self, name: str, size: float, *, book: str, counterparty: str, trader: str) -> Trade:
        """Return a contract of this shape at its price.

        Args:
            name: of the contract.
            size: MW, or certificates; bought +, sold −.
            book: which takes it.
            counterparty: with whom.
            trader: by whom.
        """
        energy = self.product == "energy"
        units = self.unit == "certificate"
        plain = Trade(
            source="way-out",
            trade=name,
            version=1,
            action=TradeAction.NEW,
            product=self.product,
            market=self.market,
            book=book,
            counterparty=counterparty,
            location=self.location,
            delivery_start_ns=local_midnight_ns(self.first, self.time_zone),
            delivery_end_ns=local_midnight_ns(self.end, self.time_zone),
            quantity_mw=0.0 if units else size,
            price_usd_per_mwh=self.price_usd if energy else 0.0,
            settles_at=SettlesAt.CURVE,
            block=Block(self.kind) if energy else Block.FLAT,
            trader=trader,
        )
        if energy:
            return plain
        return ProductTrade(
            **msgspec.structs.asdict(plain),
            unit_kind=self.kind,
            vintage=self.period if units else "",
            units=size if units else 0.0,
            price_usd_per_unit=self.price_usd,
        )


def energy_shapes(market: MarketBook, hub: str, span: Span, today: date) -> list[Shape]:
    """Return the blocks of a period at a hub that have a price: those still to be delivered.

    Deliveries are its single months, the calendar quarters inside it, and the period as a whole. A
    price is the mean of the curve over the hours.
    """
    found = []
    for delivery in _deliveries(span, today):
        for block in BLOCKS:
            hours = delivery.hours(market.calendar, block)
            price = _energy_price(market, hub, delivery, block)
            if hours and math.isfinite(price):
                shape = _shape(market, hub, delivery, ("energy", block.value, "MWh"))
                found.append(msgspec.structs.replace(shape, each=float(hours), price_usd=price))
    return found


def capacity_shapes(
    market: MarketBook, location: str, kind: str, span: Span, today: date
) -> list[Shape]:
    """Return the months, quarters and the period as a whole, of a kind, that are all marked."""
    marks, found = market.certificates.marks, []
    for delivery in _deliveries(span, today):
        months = delivery.months
        prices = [marks.get(("capacity", kind, month), math.nan) for month in months]
        price = sum(prices) / len(prices)
        if math.isfinite(price):
            shape = _shape(market, location, delivery, ("capacity", kind, "MW-month"))
            each = float(len(months))
            found.append(msgspec.structs.replace(shape, each=each, price_usd=price))
    return found


def certificate_shapes(
    market: MarketBook, location: str, years: range, *, kind: str = ""
) -> list[Shape]:
    """Return certificates of every vintage of some years, and category, that are marked.

    Args:
        market: whose marks they are.
        location: that the contracts name.
        years: the vintages that count.
        kind: the only category; empty for all.
    """
    found = []
    for category in CATEGORIES:
        for year in years if kind in {"", category} else ():
            price = market.certificates.marks.get(("rec", category, str(year)), math.nan)
            if math.isfinite(price):
                span = Span(date(year, 1, 1), date(year + 1, 1, 1))
                shape = _shape(market, location, span, ("rec", category, "certificate"))
                found.append(msgspec.structs.replace(shape, price_usd=price, period=str(year)))
    return found


def _shape(market: MarketBook, location: str, span: Span, what: tuple[str, str, str]) -> Shape:
    product, kind, unit = what
    return Shape(
        market=market.market.market,
        location=location,
        product=product,
        kind=kind,
        period=span.label,
        first=span.first,
        end=span.end,
        each=1.0,
        unit=unit,
        price_usd=math.nan,
        time_zone=market.market.time_zone,
    )


def _deliveries(span: Span, today: date) -> Iterator[Span]:
    """Yield what is still to come of a period: each once."""
    yield from (each for each in dict.fromkeys(_parts(span)) if each.first > today)


def _parts(span: Span) -> Iterator[Span]:
    first = span.first
    while first < span.end:
        yield Span(first, month_after(first, 1))
        first = month_after(first, 1)
    quarter = quarter_after(span.first, 0)
    while quarter < span.end:
        whole = Span(quarter, quarter_after(quarter, 1))
        if span.first <= whole.first and whole.end <= span.end:
            yield whole
        quarter = whole.end
    yield span


def _energy_price(market: MarketBook, hub: str, span: Span, block: Block) -> float:
    """Return the mean of the curve over the hours of a block; NaN where a month has no mark."""
    forward = market.forward
    if forward is None:
        return math.nan
    worth, hours = 0.0, 0
    for month in span.months:
        first = date.fromisoformat(f"{month}-01")
        own = Span(first, month_after(first, 1)).hours(market.calendar, block)
        worth += own * forward.marks.get((hub, block, month), math.nan)
        hours += own
    return worth / hours if hours else math.nan
