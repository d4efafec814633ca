"""A day with something of everything, and what a round of the recompute says of it."""

from __future__ import annotations

from pathlib import Path

from state.company import Company
from state.messages import AnyMessage, AwardKind, Policy, Run, SettlesAt
from state.screens.views import Transition
from tests.state.worked import (
    adjustment,
    award,
    curve,
    forecast,
    history,
    outage,
    outlook,
    price,
    reference,
    schedule,
    tick,
    trade,
)

POLICY = (Path(__file__).parents[3] / "policies" / "desk-limits.yaml").read_text("utf-8")


def everything() -> list[AnyMessage]:
    """A day with something of every kind, after a first hour of real time."""
    levels = {
        f"HUB/{run}/HE{hour:02d}": [40.0, 45.0 + hour, 43.0] for run in Run for hour in range(1, 25)
    }
    levels |= {f"{place}/basis/{run}": [0.0, 1.0, 3.0] for place in ("ZONE", "NODE") for run in Run}
    levels |= {
        f"HUB/curve/{block}/2026-0{month}": [50.0, 51.0, 49.0]
        for block in ("on_peak", "off_peak")
        for month in (7, 8, 9)
    }
    return [
        *reference(),
        history(levels),
        Policy(policy="desk-limits", version="1", source=POLICY),
        curve(50.0, 40.0, "2026-07", "2026-08", "2026-09"),
        price(Run.DA, 10, HUB=44, NODE=45, ZONE=46),
        forecast("town", 9, 100.0, 110.0, 120.0),
        forecast("plant", 9, 60.0, 70.0),
        outlook("plant", "2026-08", 30.0, 20.0),
        outage(65.0, 10),
        schedule(Run.DA, 10, town=(90.0,), plant=(50.0,)),
        schedule(Run.FMM, 10, plant=(55.0,)),
        trade(10, 40.0, 10, 24 * 60, settles_at=SettlesAt.RTD),
        trade(-3, 45.0, 9, 900, trade="S1", product="swap", location="NODE", book="other"),
        trade(0.5, 35.0, 9, 24 * 50, trade="P1", product="ppa", resource="plant", location="NODE"),
        trade(1.0, 9.0, 12, 90, trade="S2", profile_mw=[float(mw % 7) for mw in range(90)]),
        trade(4, 41.5, 8.5, 40.25, trade="Q1"),
        award(AwardKind.VIRTUAL_SUPPLY, 10, 5.0, 6.0),
        adjustment(3.0, 11, expires=15),
        tick(8),
        price(Run.RTD, 8, HUB=51.0, NODE=52.0, ZONE=53.0),
        price(Run.RTD, 9, HUB=51.0, NODE=52.0, ZONE=53.0),
        tick(10.5),
    ]


def drifted(folded: Company, hour: float) -> list[Transition]:
    transitions = folded.apply(tick(hour), folded.position + 1)
    return [one for one in transitions if one.row.limit == "drift"]
