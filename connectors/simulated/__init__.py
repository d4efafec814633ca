"""Simulated ISOs: a replay day, published in an ISO's own form at its own times.

What an engineer tries a configuration against, and what live feeds are proved against: no machine
needs to reach an ISO for either.
"""

from __future__ import annotations

from connectors.simulated.caiso import SimulatedCaiso
from connectors.simulated.ercot import SimulatedErcot
from connectors.simulated.isone import SimulatedIsone
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.miso import SimulatedMiso
from connectors.simulated.nyiso import SimulatedNyiso
from connectors.simulated.pjm import SimulatedPjm
from connectors.simulated.published import PublishedDay
from connectors.simulated.spp import SimulatedSpp

SIMULATED: dict[str, type[SimulatedMarket]] = {
    "caiso": SimulatedCaiso,
    "ercot": SimulatedErcot,
    "isone": SimulatedIsone,
    "miso": SimulatedMiso,
    "nyiso": SimulatedNyiso,
    "pjm": SimulatedPjm,
    "spp": SimulatedSpp,
}
"""Every market that can be simulated: a new one is one file and one line."""

__all__ = ["SIMULATED", "PublishedDay", "SimulatedMarket"]
