"""What became of a body: counts, ranges, and what is odd about it.

``tieline parse --summary`` prints it, and docs/feeds.md shows it of every real file at hand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from connectors.isos import Feed, Parsed
from state.alerts.components import TOLERANCE_USD_PER_MWH, component_gap
from state.calendar import MarketCalendar, local_date
from state.errors import NoDataYet, ParseError
from state.messages import AnyMessage, AreaVolume, FloatColumn, PricePublication
from state.moments import SECOND_NS, from_ns

_HOUR = 3600
_DAY_HOURS = 24
_MOST_NOTES = 5
Published = PricePublication | AreaVolume


class Outcome(NamedTuple):
    """What became of one body.

    Attributes:
        verdict: ``read``, ``no data yet`` or ``refused``.
        reason: why it was not read; empty where it was.
        contents: one line a kind of content: how many intervals over how many names, from when
            to when, and the least and greatest value.
        quirks: what is odd about it, and is no fault of the parser's.
        alarms: prices that are not the sum of their components.
        rejected: rows that could not be used.
    """

    verdict: str
    reason: str = ""
    contents: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    rejected: int = 0


def outcome_of(feed: Feed, body: bytes, *, received_at_ns: int, where: str) -> Outcome:
    """Parse a body and say what became of it; nothing is raised."""
    try:
        parsed = feed.parse(body, received_at_ns=received_at_ns, where=where)
    except NoDataYet as error:
        return Outcome("no data yet", error.what)
    except ParseError as error:
        return Outcome("refused", error.what)
    return read_outcome(feed, parsed)


def read_outcome(feed: Feed, parsed: Parsed) -> Outcome:
    """Say what became of a body that was read."""
    groups: defaultdict[tuple[str, int], list[Published]] = defaultdict(list)
    for message in parsed.messages:
        if isinstance(message, PricePublication | AreaVolume):
            groups[_kind_of(message), message.interval_seconds].append(message)
    contents = [f"{count} {tag}" for tag, count in _other_kinds(parsed).items()]
    quirks: list[str] = []
    for (kind, seconds), messages in sorted(groups.items()):
        contents.append(f"{kind}: {_content_of(messages)}")
        quirks += _quirks_of(messages, seconds, feed.time_zone)
    repeated = Counter(quirks)
    told = [f"{quirk} ({count}×)" if count > 1 else quirk for quirk, count in repeated.items()]
    return Outcome(
        verdict="read",
        contents=tuple(contents),
        quirks=(*told, *_notes_of(parsed)),
        alarms=tuple(component_alarms(parsed.messages)),
        rejected=len(parsed.rejected),
    )


def component_alarms(messages: Sequence[AnyMessage]) -> Iterator[str]:
    """Say of each price that is not the sum of its components where and by how much."""
    for message in messages:
        if not isinstance(message, PricePublication):
            continue
        gaps = component_gap(message)
        for place in np.flatnonzero(np.abs(gaps) > TOLERANCE_USD_PER_MWH):
            start = from_ns(message.interval_start_ns).isoformat()
            yield (
                f"LMP of {message.locations[place]} at {start} is {message.lmp[place]:g}, "
                f"{gaps[place]:+g} off the sum of its components; it enters, and alarms"
            )


def as_words(outcome: Outcome) -> str:
    """Return an outcome as one cell of a table."""
    if outcome.verdict != "read":
        said = outcome.reason.startswith(outcome.verdict)
        return outcome.reason if said else f"{outcome.verdict}: {outcome.reason}"
    parts = list(outcome.contents) or ["read: no message"]
    parts += outcome.quirks
    if outcome.rejected:
        parts.append(f"rejected {_counted(outcome.rejected, 'row')}")
    if outcome.alarms:
        parts.append(f"{_counted(len(outcome.alarms), 'price')} off the sum of the components")
    return "; ".join(parts)


def _other_kinds(parsed: Parsed) -> Counter[str]:
    """Count the messages that are no publication, as records of trades are none."""
    return Counter(
        str(type(message).__struct_config__.tag)
        for message in parsed.messages
        if not isinstance(message, PricePublication | AreaVolume)
    )


def _kind_of(message: Published) -> str:
    if isinstance(message, PricePublication):
        return f"{message.run} price"
    return f"{message.series} {message.run}"


def _content_of(messages: Sequence[Published]) -> str:
    starts = {message.interval_start_ns for message in messages}
    names = {name for message in messages for name in _names_of(message)}
    values = np.concatenate([_values_of(message) for message in messages])
    seconds = messages[0].interval_seconds
    unit = {_HOUR: "hour"}.get(seconds, f"{seconds // 60}-minute interval")
    first = from_ns(min(starts))
    span = f"{first:%Y-%m-%d %H:%M} to {from_ns(max(starts) + seconds * SECOND_NS):%m-%d %H:%M}Z"
    low, high = f"{values.min():,.2f}", f"{values.max():,.2f}"
    return f"{_counted(len(starts), unit)} × {len(names)}, {span}, {low} to {high}"


def _names_of(message: Published) -> tuple[str, ...]:
    return message.locations if isinstance(message, PricePublication) else message.areas


def _values_of(message: Published) -> FloatColumn:
    return message.lmp if isinstance(message, PricePublication) else message.mw


def _quirks_of(messages: Sequence[Published], seconds: int, time_zone: str) -> Iterator[str]:
    starts = sorted({message.interval_start_ns for message in messages})
    steps = [(later - earlier) // (seconds * SECOND_NS) for earlier, later in pairwise(starts)]
    missing = sum(steps) - len(steps)
    if missing:
        yield f"{_counted(missing, 'interval')} missing in between"
    names = {name for message in messages for name in _names_of(message)}
    held: defaultdict[int, set[str]] = defaultdict(set)
    for message in messages:
        held[message.interval_start_ns].update(_names_of(message))
    short = sum(len(of_start) < len(names) for of_start in held.values())
    if short:
        yield f"{_counted(short, 'interval')} without every name"
    issues = len(messages) - len(starts)
    if issues:
        yield f"{_counted(issues, 'later issue')} of the same interval"
    if seconds == _HOUR:
        yield from _quirks_of_days(starts, time_zone)
    prices = [message for message in messages if isinstance(message, PricePublication)]
    if prices:
        yield from _quirks_of_prices(prices)


def _quirks_of_days(starts: Sequence[int], time_zone: str) -> Iterator[str]:
    calendar = MarketCalendar(time_zone)
    hours = Counter(local_date(start, time_zone) for start in starts)
    partial = [day for day, count in hours.items() if count < calendar.hours_of(day)]
    for day in sorted(hours):
        if calendar.hours_of(day) != _DAY_HOURS and day not in partial:
            yield f"{hours[day]} hours on {day}"
    if partial:
        yield f"{len(partial)} of {_counted(len(hours), 'day')} not whole"


def _quirks_of_prices(prices: Sequence[PricePublication]) -> Iterator[str]:
    absent = [
        name
        for name in ("energy", "congestion", "loss")
        if not any(len(getattr(price, name)) for price in prices)
    ]
    if absent:
        yield f"no {', '.join(absent)}"
    for name in ("energy", "congestion", "loss"):
        short = sum(_is_short(getattr(price, name)) for price in prices)
        if short and name not in absent:
            yield f"{name} missing in {short} of {len(prices)}"
    with_ghg = sum(len(price.ghg) > 0 for price in prices)
    if with_ghg:
        yield f"greenhouse gas in {with_ghg} of {len(prices)}"
    negative = sum(int(np.count_nonzero(price.lmp < 0.0)) for price in prices)
    if negative:
        yield f"{_counted(negative, 'price')} below 0"


def _is_short(column: FloatColumn) -> bool:
    return not len(column) or bool(np.isnan(column).any())


def _notes_of(parsed: Parsed) -> Iterator[str]:
    yield from parsed.notes[:_MOST_NOTES]
    if len(parsed.notes) > _MOST_NOTES:
        yield f"and {len(parsed.notes) - _MOST_NOTES} more of that"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
