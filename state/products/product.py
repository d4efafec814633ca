"""What a product is to the position, the value and the risk of the book that holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from state.calendar import MarketCalendar, MarketDay
from state.messages import Block, FloatColumn, ProductTrade, SettlesAt, Trade
from state.moments import HOUR_NS
from state.products.held import Quantities
from state.products.payoff import Payoff


@dataclass(frozen=True, slots=True)
class Leg:
    """What a contract makes at one location.

    Attributes:
        location: where.
        share: of the contract's signed MW: 1 with it, −1 against it.
        price_usd_per_mwh: what a MWh of the leg costs.
    """

    location: str
    share: float
    price_usd_per_mwh: float


def net_price(trade: Trade) -> float:
    """Return the fixed price of a contract, its adjustment included, $/MWh."""
    if isinstance(trade, ProductTrade):
        return trade.price_usd_per_mwh + trade.price_adjustment_usd_per_mwh
    return trade.price_usd_per_mwh


def own_leg(trade: Trade) -> tuple[Leg, ...]:
    """Return the one leg of a contract that is what it says: its MW where it says."""
    return (Leg(trade.location, 1.0, net_price(trade)),)


def no_leg(_: Trade) -> tuple[Leg, ...]:
    """Return no leg: the MW of the contract are not energy, or are an option's."""
    return ()


def nothing_held(_: ProductTrade, __: MarketCalendar) -> list[tuple[str, float]]:
    """Return nothing: a contract for energy holds none of what is held."""
    return []


@dataclass(frozen=True)
class Product:
    """How a contract's quantity counts.

    Attributes:
        name: what a trade calls it.
        financial: settles in money only; never counts as supply for coverage.
        fixes_price: turns a floating price of energy into a fixed one, in money only.
        as_generated: pays for a share of a resource's output and has no MW of its own.
        legs: the linear legs of a contract, all at the run it settles at.
        payoff: what it pays besides, where that is not linear in one price; None if nothing.
        measure: the unit of what is held (``MW-month``, ``t CO2e``, …); empty for energy.
        quantities: how much of it a contract is, by month or vintage.
        kinds: the ``unit_kind`` it knows; empty if it has none.
        takes: the terms of a :class:`~state.messages.ProductTrade` it may carry.
        needs: those, or ``profile_mw`` or ``resource``, without which it is refused.
        settles_at: the prices it may settle at; empty if any.
        instead: what to send instead of a trade; empty where a trade is right.
    """

    name: str
    financial: bool = False
    fixes_price: bool = False
    as_generated: bool = False
    legs: Callable[[Trade], tuple[Leg, ...]] = own_leg
    payoff: Payoff | None = None
    measure: str = ""
    quantities: Quantities = nothing_held
    kinds: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    settles_at: tuple[SettlesAt, ...] = ()
    instead: str = ""

    @property
    def of_a_resource(self) -> bool:
        """Whether a contract names the resource it is about."""
        return self.as_generated or "resource" in self.needs

    @property
    def is_physical(self) -> bool:
        """Whether its MWh count in the net open position of energy, as supply or sale."""
        return not (self.financial or self.as_generated or self.measure)

    @property
    def is_plain(self) -> bool:
        """Whether a contract needs nothing but what every trade has, and has MW of its own."""
        own = self.instead or self.needs or self.kinds or self.settles_at or self.measure
        return not own and not self.as_generated

    @property
    def pays_premium(self) -> bool:
        """Whether the price buys the payoff itself, not MW at a fixed price."""
        return self.payoff is not None and self.legs is no_leg and not self.as_generated

    @property
    def bends_alone(self) -> bool:
        """Whether a contract has an option whose intervals stand each alone."""
        return self.payoff is not None and self.payoff.bends and not self.payoff.by_day


def hourly_mw(trade: Trade, day: MarketDay, first: int, last: int) -> FloatColumn:
    """Return a contract's signed MW in some hours of a day: its block, its profile."""
    if len(trade.profile_mw):
        begin = (day.start_ns - trade.delivery_start_ns) // HOUR_NS + first
        mw = np.array(trade.profile_mw[begin : begin + last - first])
    else:
        mw = np.empty(last - first)
        mw.fill(trade.quantity_mw)
    if trade.block is not Block.FLAT:
        inside = day.block_mask(trade.block)[:: day.per_hour]
        mw[~inside[first:last]] = 0.0
    return mw


def contract_mw(trade: Trade, day: MarketDay, *, span: tuple[int, int]) -> FloatColumn:
    """Return a contract's signed MW in the intervals of a span: its block, its profile.

    For an as-generated contract it is the share of the resource's output.
    """
    inside = day.block_mask(trade.block)[span[0] : span[1]]
    if not len(trade.profile_mw):
        return np.where(inside, trade.quantity_mw, 0.0)
    starts = day.start_ns + np.arange(*span) * day.step_ns
    hours = (starts - trade.delivery_start_ns) // HOUR_NS
    return np.where(inside, trade.profile_mw[np.minimum(hours, len(trade.profile_mw) - 1)], 0.0)
