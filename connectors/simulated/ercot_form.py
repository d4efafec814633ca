"""ERCOT's own forms: a list of documents in JSON, each a CSV in a zip, hours by their end."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from connectors.isos.ercot_volumes import ZONE
from connectors.simulated.published import cell
from state.messages import AreaVolume, PricePublication
from state.moments import SECOND_NS, from_ns

_ZONE = ZoneInfo(ZONE)
_QUARTER_NS = 900 * SECOND_NS
_CAPPED_FROM = date(2026, 8, 27)
"""From this day on LMP is called CappedLMP, beside UncappedLMP."""

_TYPES = {"HB_BUSAVG": "SH", "HB_HUBAVG": "AH"}
_OF_PREFIX = {"HB": "HU", "LZ": "LZ", "DC": "LZ_DC"}
_NODE = "RN"
_TOTALS = ("SystemTotal", "TOTAL")


class Kind(NamedTuple):
    """A kind of documents.

    Attributes:
        report: its ``reportTypeId``.
        name: its ``ReportName``.
        friendly: what the names of its documents begin with.
        stamp: of the interval's end in them, empty where they have none.
    """

    report: int
    name: str
    friendly: str
    stamp: str = ""


SETTLEMENT = Kind(
    12301, "Settlement Point Prices at Resource Nodes, Hubs and Load Zones",
    "SPPHLZNP6905", "_%Y%m%d_%H%M",
)  # fmt: skip
DISPATCH = Kind(
    12300, "LMPs by Resource Nodes, Load Zones and Trading Hubs",
    "LMPSROSNODENP6788", "_%Y%m%d_%H%M%S",
)  # fmt: skip
DAY_AHEAD = Kind(12331, "DAM Settlement Point Prices", "DAMSPNP4190")
FORECAST = Kind(12311, "Seven-Day Load Forecast by Forecast Zone", "LFCCONGESTNP3560")
ACTUAL = Kind(12340, "System-Wide Demand", "SYSTEMWIDEDEMANDNP6235")


class Document(NamedTuple):
    """A document as it is listed.

    Attributes:
        kind: of it.
        key: what it is a publication of; no other has it.
        published_ns: when.
        of_ns: the end of what it is about.
        again: so many publications of it came before.
    """

    kind: Kind
    key: str
    published_ns: int
    of_ns: int
    again: int = 0

    @property
    def number(self) -> str:
        """Its DocID."""
        return f"{self.key}{self.again:02d}1"

    def friendly(self, suffix: str) -> str:
        """Return its friendly name; ``suffix`` is ``csv`` or ``xml``."""
        stamp = f"{_local(self.of_ns):{self.kind.stamp}}" if self.kind.stamp else ""
        retry = "_retry" if self.again else ""
        repeated = "xhr" if self.kind.stamp and _local(self.of_ns - 1).fold else ""
        return f"{self.kind.friendly}{stamp}{repeated}{retry}_{suffix}"

    def file(self, stamp: str) -> str:
        """Return the beginning of the name of a file of it."""
        return f"cdr.{self.kind.report:08d}.{'0' * 16}.{_local(self.published_ns):{stamp}}"

    def listed(self, suffix: str, size: int) -> dict[str, object]:
        """Return the item of the list for one of its two files."""
        published = _local(self.published_ns)
        stamp = published.isoformat(timespec="seconds")
        friendly = self.friendly(suffix)
        return {
            "Document": {
                "ExpiredDate": f"{(published + timedelta(days=7)).date()}T23:59:59{stamp[-6:]}",
                "ILMStatus": "EXT",
                "SecurityStatus": "P",
                "ContentSize": str(size),
                "Extension": "zip",
                "ReportTypeID": str(self.kind.report),
                "Prefix": "cdr",
                "FriendlyName": friendly,
                "ConstructedName": f"{self.file('%Y%m%d.%H%M%S000')}.{friendly}.zip",
                "DocID": self.number if suffix == "csv" else f"{self.number[:-1]}2",
                "PublishDate": stamp,
                "ReportName": self.kind.name,
                "DUNS": "0" * 16,
                "DocCount": "0",
            }
        }

    def zipped(self, text: str) -> bytes:
        """Return the document itself: one CSV in a zip."""
        name = f"{self.file('%Y%m%d.%H%M%S')}.{self.friendly('csv').removesuffix('_csv')}.csv"
        member = zipfile.ZipInfo(name, _local(self.published_ns).timetuple()[:6])
        member.compress_type = zipfile.ZIP_DEFLATED
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as archive:
            archive.writestr(member, text)
        return body.getvalue()


def listing(documents: Sequence[Document]) -> bytes:
    """Return a list of documents, the newest first, with the twin in XML of each."""
    newest = sorted(documents, key=lambda one: (one.published_ns, one.number), reverse=True)
    items = [one.listed(suffix, 4096) for one in newest for suffix in ("csv", "xml")]
    return json.dumps({"ListDocsByRptTypeRes": {"DocumentList": items}}, indent=4).encode()


def settlement_of(runs: Sequence[PricePublication]) -> PricePublication:
    """Return the settlement price of a quarter of an hour: the mean of its dispatches, in cents.

    ERCOT weighs each run by its length and adds reserve adders; a day has runs of five minutes
    and no adder, so the plain mean is all there is to say.
    """
    first = runs[0]
    if len(runs) == 1:
        return first
    columns = [_prices_of(run) for run in runs]
    names = sorted(set.intersection(*(set(column) for column in columns)))
    lmp = np.array([
        round(sum(column[name] for column in columns) / len(columns), 2) for name in names
    ])  # fmt: skip
    return PricePublication(
        market=first.market,
        run=first.run,
        interval_start_ns=first.interval_start_ns // _QUARTER_NS * _QUARTER_NS,
        interval_seconds=900,
        locations=tuple(names),
        lmp=lmp,
    )


def _prices_of(publication: PricePublication) -> dict[str, float]:
    return dict(zip(publication.locations, publication.lmp.tolist(), strict=True))


def settlement_csv(publications: Sequence[PricePublication]) -> str:
    """Return NP6-905-CD."""

    def rows() -> Iterator[str]:
        for publication in publications:
            local = _local(publication.interval_start_ns)
            quarter = local.minute // 15 + 1
            for name, price in _prices_of(publication).items():
                point, kind = _point(name)
                yield (
                    f"{local:%m/%d/%Y},{local.hour + 1},{quarter},{point},{kind},{cell(price)},"
                    f"{_flag(local)}"
                )

    header = (
        "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,SettlementPointType,"
        "SettlementPointPrice,DSTFlag"
    )
    return _lines(header, rows())


def dispatch_csv(publications: Sequence[PricePublication]) -> str:
    """Return NP6-788-CD, in the generation of columns of its day."""

    def rows() -> Iterator[str]:
        for publication in publications:
            local = _local(publication.interval_start_ns)
            for name, price in _prices_of(publication).items():
                values = f"{cell(price)},{cell(price)}" if capped else cell(price)
                yield f"{local:%m/%d/%Y %H:%M:%S},{_flag(local)},{name},{values}"

    capped = _local(publications[0].interval_start_ns).date() >= _CAPPED_FROM
    prices = "CappedLMP,UncappedLMP" if capped else "LMP"
    return _lines(f"SCEDTimestamp,RepeatedHourFlag,SettlementPoint,{prices}", rows())


def day_ahead_csv(publications: Sequence[PricePublication]) -> str:
    """Return NP4-190-CD."""

    def rows() -> Iterator[str]:
        for publication in publications:
            local = _local(publication.interval_start_ns)
            for name, price in _prices_of(publication).items():
                hour = f"{local.hour + 1:02d}:00"
                yield f"{local:%m/%d/%Y},{hour},{name},{cell(price)},{_flag(local)}"

    header = "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag"
    return _lines(header, rows())


def forecast_csv(volumes: Sequence[AreaVolume]) -> str:
    """Return NP3-560-CD, whose last header ends in blanks."""
    areas = sorted({area for one in volumes for area in one.areas} - set(_TOTALS))

    def rows() -> Iterator[str]:
        for volume in volumes:
            local, mw = _local(volume.interval_start_ns), _mw_of(volume)
            cells = ",".join(cell(mw[area]) if area in mw else "" for area in areas)
            day = f"{local:%m/%d/%Y},{local.hour + 1}:00"
            yield f"{day},{cells}{',' if areas else ''}{cell(_total(mw))},{_flag(local)}"

    names = "".join(f"{area}," for area in areas)
    return _lines(f"DeliveryDate,HourEnding,{names}SystemTotal,DSTFlag    ", rows())


def actual_csv(volumes: Sequence[AreaVolume]) -> str:
    """Return NP6-235-CD: a row each quarter of an hour, an hour's four alike."""

    def rows() -> Iterator[str]:
        for volume in volumes:
            total = _total(_mw_of(volume))
            length_ns = volume.interval_seconds * SECOND_NS
            for offset_ns in range(0, length_ns, _QUARTER_NS):
                local = _local(volume.interval_start_ns + offset_ns)
                minutes = local.hour * 60 + local.minute + 15
                ending = f"{minutes // 60:02d}:{minutes % 60:02d}"
                yield f"{local:%m/%d/%Y},{ending},{cell(total)},{_flag(local)}"

    return _lines("DeliveryDate,TimeEnding,Demand,DSTFlag", rows())


def _mw_of(volume: AreaVolume) -> dict[str, float]:
    pairs = zip(volume.areas, volume.mw.tolist(), strict=True)
    return {area: mw for area, mw in pairs if not math.isnan(mw)}


def _total(mw: dict[str, float]) -> float:
    """Return the system's MW: its own where the day has it, else the sum of the areas."""
    own = next((mw[name] for name in _TOTALS if name in mw), None)
    return sum(mw.values()) if own is None else own


def _point(location: str) -> tuple[str, str]:
    """Return name and type of a settlement point; a name in the key may hold its type."""
    point, _, kind = location.partition("/")
    return point, kind or _TYPES.get(point) or _OF_PREFIX.get(point.partition("_")[0], _NODE)


def _flag(local: datetime) -> str:
    return "Y" if local.fold else "N"


def _lines(header: str, rows: Iterator[str]) -> str:
    return "\n".join([header, *rows]) + "\n"


def _local(at_ns: int) -> datetime:
    return from_ns(at_ns).astimezone(_ZONE)
