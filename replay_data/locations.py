"""The settlement points of the shipped days, and how each one's price hangs on the load zones.

Hubs and CAISO's load zones bear their real names; all other points are invented in the style of
their market.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replay_data.calibration import ZONES, Floats
from state.messages import LocationKind, Locations

NP15 = "TH_NP15_GEN-APND"
SP15 = "TH_SP15_GEN-APND"
ZP26 = "TH_ZP26_GEN-APND"
CAISO_HUBS = (NP15, SP15, ZP26)


class Place(NamedTuple):
    """A settlement point.

    Attributes:
        weights: of the simulated zones in its price.
        offset_usd: added to that.
        loss: its loss component as a share of the energy component.
        congestion_usd: standard deviation of its own daily congestion, $/MWh.
        midday: whether that congestion is felt from HE09 to HE18 only, as at a solar plant.
    """

    name: str
    kind: LocationKind
    hub: str
    weights: tuple[float, ...]
    offset_usd: float = 0.0
    loss: float = 0.0
    congestion_usd: float = 0.0
    midday: bool = False


_HUB_WEIGHTS = {
    NP15: (0.985, 0.0, 0.0, 0.0),
    SP15: (0.0, 0.985, 0.0, 0.0),
    ZP26: (0.44, 0.54, 0.0, 0.0),
}
_ZONE_HUBS = (NP15, SP15, SP15, SP15)
_MIDDAY = np.array([0.0] * 8 + [1.0] * 10 + [0.0] * 6)
_STEMS = {
    NP15: ("GENSITE", "GEOSITE", "HYDSITE", "WNDSITE", "GASSITE"),
    SP15: ("SOLSITE", "WNDSITE", "GASSITE", "BATSITE", "GENSITE"),
    ZP26: ("SOLSITE", "GENSITE", "BATSITE"),
}
_NODES_OF_HUB = {NP15: 11, SP15: 12, ZP26: 8}
_HUB_DIGIT = {NP15: 1, SP15: 7, ZP26: 2}


def _zones() -> list[Place]:
    rows = []
    for index, (zone, hub) in enumerate(zip(ZONES, _ZONE_HUBS, strict=True)):
        weights = tuple(float(index == other) for other in range(len(ZONES)))
        rows.append(Place(zone, LocationKind.LOAD_ZONE, hub, weights, loss=0.012))
    return rows


def _nodes(hub: str) -> list[Place]:
    nodes = []
    for number in range(1, _NODES_OF_HUB[hub] + 1):
        stem = _STEMS[hub][number % len(_STEMS[hub])]
        loss = round(-0.036 + 0.0062 * ((number * 5) % 12), 4)
        factor = 1 + loss
        nodes.append(
            Place(
                name=f"{stem}{number}_{_HUB_DIGIT[hub]}_N{(number * 7) % 20 + 1:03d}",
                kind=LocationKind.NODE,
                hub=hub,
                weights=tuple(round(factor * weight, 6) for weight in _HUB_WEIGHTS[hub]),
                offset_usd=-0.4,
                loss=loss,
                congestion_usd=round(0.6 + 0.45 * ((number * 3) % 7), 2),
                midday=stem == "SOLSITE",
            )
        )
    return nodes


CAISO: tuple[Place, ...] = (
    *(
        Place(hub, LocationKind.HUB, hub, weights, offset_usd=-0.4)
        for hub, weights in _HUB_WEIGHTS.items()
    ),
    *_zones(),
    *(node for hub in CAISO_HUBS for node in _nodes(hub)),
)

_NORTH, _SOUTH = (0.62, 0.0, 0.0, 0.0), (0.45, 0.0, 0.25, 0.0)
_SPP_STEMS = ("LOADSITE", "WINDSITE", "GASSITE", "COALSITE", "SOLSITE")
_SPP_COUNT = 20


def _spp_place(number: int) -> Place:
    stem = _SPP_STEMS[number % len(_SPP_STEMS)]
    north = number % 2 == 0
    loss = round(-0.06 + 0.007 * ((number * 7) % 18), 4)
    hub_weights = _NORTH if north else _SOUTH
    return Place(
        name=f"{stem}{number}" if stem == "LOADSITE" else f"{stem}{number}_UN",
        kind=LocationKind.LOAD_ZONE if stem == "LOADSITE" else LocationKind.NODE,
        hub="SPPNORTH_HUB" if north else "SPPSOUTH_HUB",
        weights=tuple(round((1 + loss) * weight, 6) for weight in hub_weights),
        loss=loss,
        congestion_usd=1.0 + 0.5 * ((number * 5) % 7),
    )


SPP: tuple[Place, ...] = (
    Place("SPPNORTH_HUB", LocationKind.HUB, "SPPNORTH_HUB", _NORTH, loss=-0.009),
    Place("SPPSOUTH_HUB", LocationKind.HUB, "SPPSOUTH_HUB", _SOUTH, loss=-0.041),
    *(_spp_place(number) for number in range(1, _SPP_COUNT + 1)),
)


def locations_message(market: str, places: tuple[Place, ...]) -> Locations:
    """Return the locations of a market as the message of an opening."""
    return Locations(
        market=market,
        locations=tuple(place.name for place in places),
        kinds=tuple(place.kind for place in places),
        hubs=tuple(place.hub for place in places),
    )


def place_prices(places: tuple[Place, ...], zonal: Floats) -> Floats:
    """Return prices (places, …) from zone prices (zones, …), before congestion."""
    rows = []
    for place in places:
        price = np.full(zonal.shape[1:], place.offset_usd)
        for weight, zone in zip(place.weights, zonal, strict=True):
            price = price + weight * zone
        rows.append(price)
    return np.array(rows)


def congestion_by_hour(places: tuple[Place, ...], levels: Floats) -> Floats:
    """Spread daily congestion levels (places, dates) over the clock hours.

    Returns:
        $/MWh, shape (places, dates, 24).
    """
    always = np.ones(24)
    shapes = np.array([_MIDDAY if place.midday else always for place in places])
    scale = np.array([place.congestion_usd for place in places])
    return np.asarray((scale[:, None] * levels)[:, :, None] * shapes[:, None, :])
