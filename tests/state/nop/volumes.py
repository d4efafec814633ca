"""The physical volumes of a company: as they are kept, and as they add up anew."""

from __future__ import annotations

from typing import Any

from state.nop.volumes import PhysicalVolumes
from tests.state.nop.company import Following


def kept(desk: Following) -> PhysicalVolumes:
    return desk.company.desk.nop._volumes["west"]


def anew(desk: Following) -> PhysicalVolumes:
    market = desk.company.desk.markets["west"]
    assert market.forward is not None
    return PhysicalVolumes(market, market.forward)


def amounts(volumes: PhysicalVolumes) -> dict[Any, list[int]]:
    found = {}
    for key, row in volumes.rows.items():
        for what in range(len(volumes.amounts)):
            if volumes.amounts[what, row].any():
                found[what, *key] = volumes.amounts[what, row].tolist()
    return found
