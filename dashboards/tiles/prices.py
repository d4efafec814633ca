"""The price ladder: day-ahead, fifteen-minute and five-minute price side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboards import formats
from dashboards.tiles.sparkline import sparkline
from dashboards.tiles.tile import Choice, Scene
from state.screens.prices_seen import PriceView

SPARK_WIDTH = 76
SPARK_HEIGHT = 15

MOST_LINES = 150
"""Of more locations the first are shown, hubs before all; the search finds the others."""

_ORDER = {"hub": 0, "load_zone": 1}


@dataclass(frozen=True)
class PriceLine:
    """One location of the ladder."""

    location: str
    kind: str
    da: str
    fmm: str
    rtd: str
    spread: str
    spread_tone: str
    spark: str


def values(scene: Scene) -> dict[str, object]:
    """Return the ladder, hubs first, filtered by what is searched."""
    ladder = scene.frame.prices(scene.market)
    if ladder is None:
        return {"lines": [], "waiting": "no prices yet", "find": scene.choice.find}
    zone, rows = ladder.time_zone, _rows(ladder, scene.choice)
    return {
        "lines": [_line(ladder, row) for row in rows[:MOST_LINES]],
        "more": max(0, len(rows) - MOST_LINES),
        "waiting": "",
        "find": scene.choice.find,
        "locations": len(ladder.locations),
        "runs": [
            ("RTD", ladder.rtd_interval_ns, ladder.rtd_received_ns),
            ("FMM", ladder.fmm_interval_ns, ladder.fmm_received_ns),
            ("DA", ladder.da_interval_ns, ladder.da_received_ns),
        ],
        "interval": lambda at_ns: formats.interval(at_ns, zone),
        "age": scene.frame.age_of,
        "market": scene.market,
    }


def _rows(ladder: PriceView, choice: Choice) -> list[int]:
    rows = [row for row, name in enumerate(ladder.locations) if choice.finds(name)]
    return sorted(rows, key=lambda row: (_ORDER.get(ladder.kinds[row], 2), row))


def _line(ladder: PriceView, row: int) -> PriceLine:
    da, fmm, rtd = (float(column[row]) for column in (ladder.da, ladder.fmm, ladder.rtd))
    spread = float(ladder.spread[row])
    return PriceLine(
        location=ladder.locations[row],
        kind=ladder.kinds[row].replace("_", " "),
        da=formats.price(da),
        fmm=formats.price(fmm),
        rtd=formats.price(rtd),
        spread=formats.signed(spread, 2),
        spread_tone="muted" if math.isnan(spread) else "",
        spark=sparkline(ladder.history_of(row), SPARK_WIDTH, SPARK_HEIGHT),
    )
