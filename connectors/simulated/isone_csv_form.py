"""The form of ISO-NE's CSV reports: comments, a header of names and one of types, data, a count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from connectors.simulated.isone_form import ZONE
from connectors.simulated.published import cell, column_of
from state.messages import PricePublication
from state.moments import from_ns

_LOCATION = ("Location ID", "Location Name", "Location Type")
_PRICES = ("Energy Component", "Congestion Component", "Marginal Loss Component")
_COMPONENTS = ("lmp", "energy", "congestion", "loss")
_FIRST_ID = 4000


def day_ahead_csv(day: date, publications: Sequence[PricePublication]) -> bytes:
    """Return the day-ahead report of a day: its hours by their end, ``02X`` the second of two."""
    rows = [
        (f"{day:%m/%d/%Y}", _hour_ending(publication), *own)
        for publication in publications
        for own in _rows(publication)
    ]
    header = ("Date", "Hour Ending", *_LOCATION, "Locational Marginal Price", *_PRICES)
    return _report("Day-Ahead Energy Market Hourly LMP Report", day, header, rows)


def five_minute_csv(day: date, publications: Sequence[PricePublication]) -> bytes:
    """Return the real-time report of some hours of a day: intervals by the time they begin."""
    rows = [
        (f"{from_ns(publication.interval_start_ns).astimezone(ZONE):%H:%M:%S}", *own)
        for publication in publications
        for own in _rows(publication)
    ]
    header = ("Local Time", *_LOCATION, "LMP", *_PRICES)
    return _report("Preliminary Real-Time Five Minute LMP Report", day, header, rows)


def _hour_ending(publication: PricePublication) -> str:
    local = from_ns(publication.interval_start_ns).astimezone(ZONE)
    hour = (local.replace(tzinfo=None) + timedelta(hours=1)).hour or 24
    return f"{hour:02}{'X' * local.fold}"


def _rows(publication: PricePublication) -> Iterator[tuple[str, ...]]:
    columns = [column_of(publication, name) for name in _COMPONENTS]
    rows = zip(publication.locations, *columns, strict=True)
    for number, (name, *values) in enumerate(rows, start=_FIRST_ID):
        kind = "HUB" if name.endswith("HUB") else "NETWORK NODE"
        yield (str(number), name, kind, *map(cell, values))


def _report(title: str, day: date, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    stretch = f"Report for: {day:%m/%d/%Y} - {day:%m/%d/%Y}"
    types = ["String"] * len(header)
    lines: list[Iterable[str]] = [("C", title), ("C", stretch), ("H", *header), ("H", *types)]
    lines += [("D", *row) for row in rows]
    lines.append(("T", str(len(rows))))
    return "".join(",".join(f'"{text}"' for text in line) + "\n" for line in lines).encode()
