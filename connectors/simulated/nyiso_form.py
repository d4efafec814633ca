"""NYISO's own forms: texts in quotes, local time without a zone, real time by the interval's end.

The sign of congestion is NYISO's: LBMP = energy + losses - congestion. Energy is not published.
Actual load has CR LF at the ends of its lines, the others LF, as the files that were read here do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.simulated.published import cell, column_of
from state.messages import AreaVolume, PricePublication
from state.moments import SECOND_NS, from_ns

ZONE = ZoneInfo("America/New_York")
ALL = "NYISO"
_PRICES = (
    '"Time Stamp","Name","PTID","LBMP ($/MWHr)","Marginal Cost Losses ($/MWHr)",'
    '"Marginal Cost Congestion ($/MWHr)"'
)
_LOAD = '"Time Stamp","Time Zone","Name","PTID","Load"'
_PTIDS = {
    "WEST": 61752, "GENESE": 61753, "CENTRL": 61754, "NORTH": 61755, "MHK VL": 61756,
    "CAPITL": 61757, "HUD VL": 61758, "MILLWD": 61759, "DUNWOD": 61760, "N.Y.C.": 61761,
    "LONGIL": 61762, "PJM": 61847,
}  # fmt: skip
_NO_ZONE = 999_999
"""Written for a name that is none of NYISO's zones."""


def real_time_csv(publications: Sequence[PricePublication]) -> bytes:
    """Return realtime_zone of a day, stamped with the ends of its intervals."""
    lines = [_PRICES]
    for publication in publications:
        end_ns = publication.interval_start_ns + publication.interval_seconds * SECOND_NS
        lines += _priced(publication, f"{_local(end_ns):%m/%d/%Y %H:%M:%S}")
    return _text(lines, "\n")


def day_ahead_csv(publications: Sequence[PricePublication]) -> bytes:
    """Return damlbmp_zone of a day, stamped with the begins of its hours."""
    lines = [_PRICES]
    for publication in publications:
        lines += _priced(publication, f"{_local(publication.interval_start_ns):%m/%d/%Y %H:%M}")
    return _text(lines, "\n")


def load_csv(volumes: Sequence[AreaVolume]) -> bytes:
    """Return pal of a day."""
    lines = [_LOAD]
    for volume in volumes:
        local = _local(volume.interval_start_ns)
        stamp = f'"{local:%m/%d/%Y %H:%M:%S}","{local:%Z}"'
        for name, mw in zip(volume.areas, volume.mw.tolist(), strict=True):
            if name != ALL and not math.isnan(mw):
                lines.append(f'{stamp},"{name}",{_ptid(name)},{cell(mw)}')
    return _text(lines, "\r\n")


def forecast_csv(volumes: Sequence[AreaVolume]) -> bytes:
    """Return isolf: a column a zone, and the whole market, their sum where it has none, last."""
    zones = sorted({name for volume in volumes for name in volume.areas} - {ALL})
    titles = (name.title() if name.isalpha() or " " in name else name for name in zones)
    lines = [",".join(f'"{title}"' for title in ("Time Stamp", *titles, ALL))]
    for volume in volumes:
        mw = dict(zip(volume.areas, volume.mw.tolist(), strict=True))
        values = [*(mw.get(zone, math.nan) for zone in zones), mw.get(ALL, sum(mw.values()))]
        stamp = f"{_local(volume.interval_start_ns):%m/%d/%Y %H:%M}"
        lines.append(",".join((f'"{stamp}"', *map(cell, values))))
    return _text(lines, "\n")


def _priced(publication: PricePublication, stamp: str) -> list[str]:
    columns = [column_of(publication, name) for name in ("lmp", "loss", "congestion")]
    return [
        f'"{stamp}","{name}",{_ptid(name)},{cell(lmp)},{cell(loss)},{cell(0.0 - congestion)}'
        for name, lmp, loss, congestion in zip(publication.locations, *columns, strict=True)
    ]


def _ptid(name: str) -> int:
    return _PTIDS.get(name, _NO_ZONE)


def _local(at_ns: int) -> datetime:
    return from_ns(at_ns).astimezone(ZONE)


def _text(lines: Sequence[str], end: str) -> bytes:
    return "".join(f"{line}{end}" for line in lines).encode()
