"""A company with round numbers, for examples that a person can follow with a pencil.

Market ``west`` is in Pacific time with hourly settlement intervals unless told otherwise, so that
MW and MWh are the same number. The day is Wednesday, 15 July 2026; its first tick is at 08:00.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from state.company import Company
from state.messages import (
    AnyMessage,
    Award,
    AwardKind,
    Block,
    Books,
    CurveMarks,
    FactorHistory,
    Forecast,
    LocationKind,
    Locations,
    ManualAdjustment,
    Market,
    Message,
    MeterValues,
    Outage,
    PricePublication,
    ProductMarks,
    ProductTrade,
    Resource,
    ResourceKind,
    Run,
    Schedule,
    SettlesAt,
    Tick,
    Trade,
    TradeAction,
    VolumeOutlook,
)
from state.moments import HOUR_NS, to_ns
from state.screens.view import View
from tests.state.oracle import Figures, figures_of_views

DAY = date(2026, 7, 15)
ZONE = ZoneInfo("America/Los_Angeles")
NAN = float("nan")
BOTH = (Block.ON_PEAK, Block.OFF_PEAK)


def at(hour: float, day: date = DAY) -> int:
    """So many real hours after local midnight, in UTC nanoseconds."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)
    return to_ns(midnight + timedelta(hours=hour))


def tick(hour: float, day: date = DAY) -> Tick:
    return Tick(at_ns=at(hour, day))


def market(**changes: object) -> Market:
    terms: dict[str, Any] = {"settlement_seconds": 3600, "load_price_fmm_weight": 0.25}
    terms.update(changes)
    return Market(market="west", time_zone="America/Los_Angeles", **terms)


def resource(name: str, location: str, kind: ResourceKind, book: str = "book") -> Resource:
    return Resource(
        resource=name,
        market="west",
        book=book,
        location=location,
        resource_kind=kind,
        capacity_mw=200.0,
    )


def reference(**terms: object) -> list[AnyMessage]:
    """A hub, a load zone and a node; a load, a plant and a storage unit; two books."""
    return [
        market(**terms),
        Locations(
            market="west",
            locations=("HUB", "ZONE", "NODE", "LONELY"),
            kinds=(LocationKind.HUB, LocationKind.LOAD_ZONE, LocationKind.NODE, LocationKind.NODE),
            hubs=("HUB", "HUB", "HUB", ""),
        ),
        Books(company="company", books=("book", "other"), desks=("desk", "desk")),
        resource("town", "ZONE", ResourceKind.LOAD),
        resource("plant", "NODE", ResourceKind.THERMAL),
    ]


def price(
    run: Run,
    hour: float,
    day: date = DAY,
    *,
    seconds: int = 3600,
    congestion: Sequence[float] = (),
    **lmp: float,
) -> PricePublication:
    return PricePublication(
        market="west",
        run=run,
        interval_start_ns=at(hour, day),
        interval_seconds=seconds,
        locations=tuple(lmp),
        lmp=np.array(list(lmp.values())),
        congestion=np.array(congestion, dtype=float),
    )


def schedule(
    run: Run, hour: float, day: date = DAY, *, seconds: int = 3600, **mw: Sequence[float]
) -> Schedule:
    return Schedule(
        market="west",
        run=run,
        interval_start_ns=at(hour, day),
        interval_seconds=seconds,
        resources=tuple(mw),
        mw=np.array(list(mw.values()), dtype=float).ravel(),
    )


def forecast(name: str, hour: float, *mw: float, day: date = DAY, seconds: int = 3600) -> Forecast:
    return Forecast(
        resource=name,
        interval_start_ns=at(hour, day),
        interval_seconds=seconds,
        mw=np.array(mw, dtype=float),
    )


def meter(name: str, hour: float, *mw: float, day: date = DAY, seconds: int = 3600) -> MeterValues:
    return MeterValues(
        resource=name,
        interval_start_ns=at(hour, day),
        interval_seconds=seconds,
        mw=np.array(mw, dtype=float),
    )


def outlook(name: str, month: str, on_peak: float, off_peak: float) -> VolumeOutlook:
    return VolumeOutlook(
        resource=name, months=(month, month), blocks=BOTH, mw=np.array([on_peak, off_peak])
    )


def outage(mw: float, hour: float, hours: float = 1, version: int = 1, **changes: object) -> Outage:
    terms: dict[str, Any] = {"outage": "O1", "resource": "plant"}
    terms.update(changes)
    return Outage(
        version=version,
        start_ns=at(hour),
        end_ns=at(hour + hours),
        available_mw=mw,
        **terms,
    )


def trade(mw: float, usd_per_mwh: float, hour: float, hours: float = 1, **changes: object) -> Trade:
    terms: dict[str, Any] = {
        "source": "blotter",
        "trade": "T1",
        "version": 1,
        "action": TradeAction.NEW,
        "product": "energy",
        "market": "west",
        "book": "book",
        "counterparty": "CP-01",
        "location": "HUB",
        "settles_at": SettlesAt.DA,
    }
    terms.update(changes)
    start = at(hour, terms.pop("day", DAY))
    terms["profile_mw"] = np.array(terms.get("profile_mw", ()), dtype=float)
    return Trade(
        delivery_start_ns=start,
        delivery_end_ns=start + round(hours * HOUR_NS),
        quantity_mw=mw,
        price_usd_per_mwh=usd_per_mwh,
        **terms,
    )


def contract(
    product: str, mw: float, usd_per_mwh: float, hour: float, hours: float = 1, **terms: Any
) -> ProductTrade:
    """A contract with terms of its product; those of a plain trade may be given too."""
    plain = {name: terms.pop(name) for name in list(terms) if name in Trade.__struct_fields__}
    if "day" in terms:
        plain["day"] = terms.pop("day")
    made = trade(mw, usd_per_mwh, hour, hours, product=product, **plain)
    return ProductTrade(**msgspec.structs.asdict(made), **terms)


def marks(**by_kind: float) -> ProductMarks:
    """$ a unit, named ``product__kind__period`` with _ for - in the period."""
    names = [name.split("__") for name in by_kind]
    return ProductMarks(
        market="west",
        as_of="2026-07-14",
        products=tuple(name[0] for name in names),
        kinds=tuple(name[1] for name in names),
        periods=tuple(name[2].replace("_", "-") for name in names),
        price_usd_per_unit=np.array(list(by_kind.values())),
    )


def award(kind: AwardKind, hour: float, *mw: float) -> Award:
    return Award(
        award=f"V-{kind}",
        market="west",
        book="book",
        location="NODE",
        award_kind=kind,
        interval_start_ns=at(hour),
        interval_seconds=3600,
        mw=np.array(mw, dtype=float),
    )


def adjustment(mw: float, hour: float, *, expires: float, version: int = 1) -> ManualAdjustment:
    return ManualAdjustment(
        adjustment="M1",
        version=version,
        author="someone",
        reason="told by telephone",
        book="book",
        market="west",
        location="NODE",
        start_ns=at(hour),
        end_ns=at(hour + 1),
        mw=mw,
        expires_at_ns=at(expires),
    )


def curve(on_peak: float, off_peak: float, *months: str) -> CurveMarks:
    return CurveMarks(
        market="west",
        as_of="2026-07-14",
        hubs=("HUB",) * 2 * len(months),
        blocks=BOTH * len(months),
        months=tuple(month for month in months for _ in BOTH),
        price_usd_per_mwh=np.array([on_peak, off_peak] * len(months)),
    )


def history(levels: Mapping[str, Sequence[float]], first: date = date(2025, 6, 1)) -> FactorHistory:
    """Levels of the named factors (``HUB/DA/HE10``) on consecutive dates."""
    days = len(next(iter(levels.values())))
    return FactorHistory(
        market="west",
        factors=tuple(f"west/{name}" for name in levels),
        dates=tuple((first + timedelta(days=day)).isoformat() for day in range(days)),
        levels=np.array(list(levels.values()), dtype=float).ravel(),
    )


def company(*messages: Message | Iterable[Message]) -> Company:
    """Fold messages, and lists of them, in order."""
    folded = Company("company")
    flat: list[Any] = []
    for one in messages:
        flat.extend([one] if isinstance(one, Message) else one)
    for position, message in enumerate(flat, start=1):
        folded.apply(message, position)
    return folded


def views(*messages: Message | Iterable[Message]) -> dict[str, View]:
    return company(*messages).views()


def figures(*messages: Message | Iterable[Message]) -> Figures:
    return figures_of_views(views(*messages))


def open_at(seen: Figures, hour: int, day: date = DAY) -> float:
    """The company's open MW of an hour."""
    return seen.total_mw["west", day.isoformat(), hour]


def coverage_at(seen: Figures, hour: int, day: date = DAY) -> float | None:
    return seen.coverage["west", day.isoformat(), hour]


def pnl(seen: Figures, name: str, book: str = "book") -> float:
    return seen.pnl.get((book, name), 0.0)
