"""Steps of a random day that carry versions: trades, awards, outages and adjustments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from state.messages import (
    NO_FLOOR_USD_PER_MWH,
    AnyMessage,
    Award,
    AwardKind,
    Block,
    ManualAdjustment,
    Outage,
    ProductTrade,
    ResourceKind,
    SettlesAt,
    Trade,
    TradeAction,
    TradeCheck,
)
from state.moments import HOUR_NS, SECOND_NS
from tests.state.strategies.steps import UNKNOWN, Told, column, resource_of
from tests.state.strategies.world import (
    PLACES,
    RESOURCES,
)

COUNTERPARTIES = ("CP-01", "CP-02")


@dataclass(frozen=True)
class TradeStep:
    """A version of a contract; any version, in any order, with any action."""

    trade: str
    version: int
    action: TradeAction
    product: str
    market: str
    book: str
    location: int
    offset: int
    hours: int
    quantity_mw: int
    price: int
    settles_at: SettlesAt
    block: Block
    shaped: bool

    def __call__(self, told: Told) -> list[AnyMessage]:
        market = told.market(self.market)
        start = told.hour_ns(self.offset)
        ppa = self.product == "ppa"
        plant = next(one for one in RESOURCES if one[1] == market and one[4] != ResourceKind.LOAD)
        names = list(PLACES[market])
        each = abs(self.quantity_mw) / 64 if ppa else float(self.quantity_mw)
        location = plant[3] if ppa else names[self.location % len(names)]
        return [
            Trade(
                source="blotter",
                # A contract stays in its market: the core refuses a version that leaves it.
                trade=f"{market}-{self.trade}",
                version=self.version,
                action=self.action,
                product=self.product,
                market=market,
                book=self.book,
                counterparty=COUNTERPARTIES[int(self.trade[-1]) % len(COUNTERPARTIES)],
                location=UNKNOWN if self.location >= 100 else location,
                delivery_start_ns=start,
                delivery_end_ns=start + self.hours * HOUR_NS,
                quantity_mw=each,
                price_usd_per_mwh=float(self.price),
                settles_at=self.settles_at,
                block=self.block,
                resource=plant[0] if ppa else "",
                profile_mw=column((each, 0, 0.125 if ppa else 7), self.hours if self.shaped else 0),
            )
        ]


@dataclass(frozen=True)
class CheckStep:
    """A question about a trade, which reserves its headroom or does not."""

    step: Callable[[Told], list[AnyMessage]]
    lot: int
    reserve_seconds: int

    def __call__(self, told: Told) -> list[AnyMessage]:
        (trade,) = self.step(told)
        assert isinstance(trade, Trade)
        return [
            TradeCheck(
                check=f"C-{len(told.messages)}",
                candidate=trade,
                lot=float(self.lot),
                reserve_seconds=self.reserve_seconds,
            )
        ]


@dataclass(frozen=True)
class ProductStep:
    """A version of a contract of any product with energy legs, its terms there or missing."""

    plain: TradeStep
    product: str
    second: int
    floor: int | None
    strike: int
    volatility: int
    delivers: bool

    def __call__(self, told: Told) -> list[AnyMessage]:
        product = "ppa" if self.product == "ppa" else "energy"
        (trade,) = replace(self.plain, product=product)(told)
        assert isinstance(trade, Trade)
        names = list(PLACES[trade.market])
        crr = self.product.startswith("crr")
        floored = self.product in {"cfd", "ppa"} and self.floor is not None
        two = crr or self.product == "basis"
        option = self.product in {"crr_option", "dispatchable", "storage"}
        storage = self.product == "storage"
        unit = "battery" if trade.market == "caiso" else "gas"
        terms = {name: getattr(trade, name) for name in trade.__struct_fields__}
        terms.update(
            product=self.product,
            settles_at=SettlesAt.DA if crr else trade.settles_at,
            second_location=names[self.second % len(names)] if two else "",
            floor_usd_per_mwh=float(self.floor or 0) if floored else NO_FLOOR_USD_PER_MWH,
            strike_usd_per_mwh=float(self.strike) if self.product == "dispatchable" else 0.0,
            volatility_usd_per_mwh=float(self.volatility) if option or floored else 0.0,
            resource=unit if storage else trade.resource,
            energy_mwh=abs(trade.quantity_mw) * (0.3 + 0.9 * self.second) if storage else 0.0,
            efficiency=0.75 if storage else 1.0,
            price_adjustment_usd_per_mwh=1.5 if floored else 0.0,
            delivers=f"blotter/{trade.market}-T1"
            if self.product == "ist" and self.delivers
            else "",
        )
        return [ProductTrade(**terms)]


@dataclass(frozen=True)
class HeldStep:
    """A version of a contract for what is no energy."""

    plain: TradeStep
    product: str
    kind: str
    vintage: str

    def __call__(self, told: Told) -> list[AnyMessage]:
        plain = replace(self.plain, product="energy", location=0, shaped=False)
        (trade,) = plain(told)
        assert isinstance(trade, Trade)
        terms = {name: getattr(trade, name) for name in trade.__struct_fields__}
        rec = self.product == "rec"
        terms.update(
            product=self.product,
            unit_kind=self.kind if rec else "local",
            vintage=self.vintage if rec else "",
            units=abs(trade.quantity_mw) + 1.0 if rec else 0.0,
            quantity_mw=0.0 if rec else trade.quantity_mw,
            price_usd_per_unit=trade.price_usd_per_mwh,
        )
        return [ProductTrade(**terms)]


@dataclass(frozen=True)
class AwardStep:
    """A convergence award of some hours; a later one of the same name replaces it."""

    award: str
    market: str
    book: str
    location: int
    award_kind: AwardKind
    offset: int
    values: tuple[float, ...]

    def __call__(self, told: Told) -> list[AnyMessage]:
        market = told.market(self.market)
        names = list(PLACES[market])
        return [
            Award(
                award=self.award,
                market=market,
                book=self.book,
                location=UNKNOWN if self.location >= 100 else names[self.location % len(names)],
                award_kind=self.award_kind,
                interval_start_ns=told.hour_ns(self.offset),
                interval_seconds=3600,
                mw=column(self.values, len(self.values)),
            )
        ]


@dataclass(frozen=True)
class OutageStep:
    """A version of a derate, minutes off the grid at either edge."""

    outage: str
    version: int
    resource: int
    offset: int
    hours: int
    minutes: int
    available_mw: int
    cancelled: bool

    def __call__(self, told: Told) -> list[AnyMessage]:
        start = told.hour_ns(self.offset) + self.minutes * 60 * SECOND_NS
        resource = resource_of(told, self.resource)
        market = next((one[1] for one in RESOURCES if one[0] == resource), "")
        return [
            Outage(
                outage=f"{market}-{self.outage}",  # an outage stays in its market
                version=self.version,
                resource=resource,
                start_ns=start,
                end_ns=start + self.hours * HOUR_NS,
                available_mw=float(self.available_mw),
                cancelled=self.cancelled,
            )
        ]


@dataclass(frozen=True)
class AdjustmentStep:
    """A version of a person's correction, in force for some minutes."""

    adjustment: str
    version: int
    book: str
    location: int
    offset: int
    hours: int
    mw: int
    minutes_in_force: int

    def __call__(self, told: Told) -> list[AnyMessage]:
        names = list(PLACES["caiso"])
        start = told.hour_ns(self.offset)
        return [
            ManualAdjustment(
                adjustment=self.adjustment,
                version=self.version,
                author="someone",
                reason="a plant said so by telephone",
                book=self.book,
                market="caiso",
                location=UNKNOWN if self.location >= 100 else names[self.location % len(names)],
                start_ns=start,
                end_ns=start + self.hours * HOUR_NS,
                mw=float(self.mw),
                expires_at_ns=told.now_ns + self.minutes_in_force * 60 * SECOND_NS,
            )
        ]
