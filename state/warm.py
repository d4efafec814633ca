"""Compile every loop once, so that no start of a monitor has to: ``python -m state.warm``.

A compiled loop is kept on disk beside its module; a miniature log, folded once, needs them all. A
process loads a loop from there at its first call, which takes as long as hundreds of messages: what
folds messages as they come folds the miniature before the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from state.calendar import local_midnight_ns
from state.company import Company
from state.compiled import ArrayTable, note_loops_kept
from state.contracts.identities import IdentityIndex
from state.limits.standing import OK, next_standing, pinned_standing
from state.market.lines import LineTable
from state.messages import (
    AnyMessage,
    Books,
    FactorHistory,
    Forecast,
    LocationKind,
    Locations,
    Market,
    Policy,
    PricePublication,
    ProductTrade,
    Resource,
    ResourceKind,
    Run,
    SettlesAt,
    StressScenarios,
    Tick,
    Trade,
    TradeAction,
    TradeCheck,
)
from state.moments import HOUR_NS, SECOND_NS
from state.pretrade.sizes import keep_linear, keep_share, keep_tail
from state.straight_loops import LAYOUT, take_deals

_DAYS = 30
_POLICY = """
name: warm
version: "1"
title: a limit to hold figures against
limits:
  - {id: cover, rule: coverage, title: cover, clause: none, unit: ratio, floor: 0.9, ceiling: 1.1, warn_at: 0.5, clear_at: 0.9, materiality: minor}
  - {id: credit, rule: credit_volume_share, title: credit, clause: none, unit: ratio, ceiling: 1, warn_at: 1, clear_at: 1, materiality: minor}
  - {id: drift, rule: drift, title: drift, clause: none, unit: ppb, ceiling: 1, warn_at: 1, clear_at: 1, materiality: minor}
  - {id: loss, rule: stop_loss, title: loss, clause: none, unit: $, loss: 1000, warn_at: 0.5, clear_at: 0.9, materiality: minor}
  - {id: var, rule: var, title: var, clause: none, unit: $, ceiling: 1000, warn_at: 0.5, clear_at: 0.9, materiality: minor}
"""  # noqa: E501 - a flow mapping is one line
_STRESS = """
name: warm
version: "1"
title: a scenario to strike
scenarios:
  - {id: up, title: up, text: up, prices: [{run: DA, level: 1}, {run: RTD, shift: 1}]}
"""


def miniature() -> Iterator[AnyMessage]:
    """Yield a log of one market, two locations and a trade for each run, the first held before."""
    dates = tuple(f"2026-06-{day:02d}" for day in range(1, _DAYS + 1))
    factors = tuple(f"m/H/{run}/HE{hour:02d}" for run in Run for hour in range(1, 25))
    basis = tuple(f"m/N/basis/{run}" for run in Run)
    names = (*factors, *basis)
    levels = np.sin(np.arange(len(names) * _DAYS, dtype=np.float64))
    yield Market(market="m", time_zone="UTC", settlement_seconds=1800)
    yield Locations(
        market="m",
        locations=("H", "N"),
        kinds=(LocationKind.HUB, LocationKind.NODE),
        hubs=("H", "H"),
    )
    yield Books(company="warm", books=("a",), desks=("d",))
    yield FactorHistory(market="m", factors=names, dates=dates, levels=levels)
    yield Policy(policy="warm", version="1", source=_POLICY)
    yield from _trading()


def _trading() -> Iterator[AnyMessage]:
    midnight_ns = local_midnight_ns(date(2026, 7, 1), "UTC")
    yield Resource(
        resource="load",
        market="m",
        book="a",
        location="H",
        resource_kind=ResourceKind.LOAD,
        capacity_mw=1.0,
    )
    tomorrow_ns = midnight_ns + 24 * HOUR_NS
    held, *made = (_trade(run, midnight_ns) for run in Run)
    yield held
    for hour in range(24):  # where an hour has no mark, no deal goes straight through
        yield _price(Run.DA, tomorrow_ns + hour * HOUR_NS, ("H", "N"))
    yield Tick(at_ns=midnight_ns + 1)
    yield Forecast(
        resource="load", interval_start_ns=midnight_ns, interval_seconds=3600, mw=np.ones(1)
    )
    yield from made
    yield _trade(Run.RTD, tomorrow_ns, name="straight")
    yield TradeCheck(check="warm", candidate=_trade(Run.RTD, midnight_ns, name="asked"), lot=0.5)
    # What no history covers makes every later check undecided.
    yield _trade(Run.RTD, midnight_ns + _DAYS * 24 * HOUR_NS, name="ahead")
    yield from _option(midnight_ns)
    for locations in (("H", "N"), ("N",)):
        yield from (_price(run, midnight_ns + len(locations) * HOUR_NS, locations) for run in Run)
    yield StressScenarios(scenarios="warm", version="1", source=_STRESS)
    for hour in (3, 24, 48):  # the VaR struck at the second midnight is observed at the third
        yield Tick(at_ns=midnight_ns + hour * HOUR_NS + SECOND_NS)
        yield _price(Run.RTD, midnight_ns + HOUR_NS, ("N",), usd_per_mwh=float(hour))


def _price(
    run: Run, start_ns: int, locations: tuple[str, ...], *, usd_per_mwh: float = 1.0
) -> PricePublication:
    return PricePublication(
        market="m",
        run=run,
        interval_start_ns=start_ns,
        interval_seconds=3600 if run is Run.DA else 1800,
        locations=locations,
        lmp=np.full(len(locations), usd_per_mwh),
    )


def _trade(run: Run, midnight_ns: int, *, name: str = "") -> Trade:
    return Trade(
        source="warm",
        trade=name or run,
        version=1,
        action=TradeAction.NEW,
        product="energy",
        market="m",
        book="a",
        counterparty="c",
        location="N",
        delivery_start_ns=midnight_ns,
        delivery_end_ns=midnight_ns + 24 * HOUR_NS,
        quantity_mw=1.0,
        price_usd_per_mwh=1.0,
        settles_at=SettlesAt(run),
    )


def _option(midnight_ns: int) -> Iterator[AnyMessage]:
    """Yield what a simulation values anew: an option, and a price to mark one of its hours at."""
    yield PricePublication(
        market="m",
        run=Run.DA,
        interval_start_ns=midnight_ns + 60 * HOUR_NS,
        interval_seconds=3600,
        locations=("H",),
        lmp=np.ones(1),
    )
    yield ProductTrade(
        source="warm",
        trade="option",
        version=1,
        action=TradeAction.NEW,
        product="dispatchable",
        market="m",
        book="a",
        counterparty="c",
        location="H",
        delivery_start_ns=midnight_ns,
        delivery_end_ns=midnight_ns + 72 * HOUR_NS,
        quantity_mw=1.0,
        price_usd_per_mwh=0.0,
        settles_at=SettlesAt.RTD,
        strike_usd_per_mwh=1.0,
        volatility_usd_per_mwh=1.0,
    )


def _call_rest() -> None:
    """Do what the miniature knows too little for: sizes that pass, and deals that come together."""
    passing, one = np.ones(2, dtype=np.bool_), np.ones(1)
    keep_linear(np.zeros(1, dtype=np.int64), one, one, one, one, one, one, one, passing)
    keep_tail(one, one, 1, 0.5, passing)
    next_standing(OK, 0.0, 0.0, 0.0, 0.0)
    pinned_standing(0.0, 0.0, 0.0)
    keep_share(0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.5, passing)
    IdentityIndex().first_known(np.zeros(1, dtype=np.int64))
    lines = LineTable()
    lines.make_room(lines.capacity + 1)
    lines.find(0, 0, 0, False)  # noqa: FBT003 - the parts of a key
    none = np.zeros((0, 3))
    take_deals(ArrayTable(LAYOUT).numbers, none.astype(np.int64), none, 0, none)


def load_loops() -> None:
    """Fold the miniature and build what the screens read: half a second once all is compiled."""
    company = Company("warm")
    for position, message in enumerate(miniature(), start=1):
        company.apply(message, position)
    company.views()
    _call_rest()
    for market in company.desk.markets.values():
        for _, day in market.open_days():
            day.open_lines.size(0)  # what only a large house needs
    note_loops_kept()


if __name__ == "__main__":
    load_loops()
