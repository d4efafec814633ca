"""What feeds do wrong, done to one day on purpose; ``docs/days.md`` lists it for people.

Every fault is at a given moment, so that a test and a person can look for its effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from replay_data import oasis
from replay_data.locations import SP15, Place
from replay_data.prices import CENTI_MILLS, MarketPrices, RunPrices
from replay_data.publications import MINUTE_NS, SECOND_NS, Receipt
from replay_data.records import LocalDay, Record, body_of
from state.messages import LocationKind, Run, SettlesAt, Trade, TradeAction

_HALF = 2


class Publisher(NamedTuple):
    """Publishes RTD intervals of a day anew, with other contents."""

    prices: MarketPrices
    day: LocalDay

    def interval(self, clock: str) -> int:
        """Return the index of the RTD interval that begins at a local clock time."""
        return (self.day.at(clock) - self.day.grid.start_ns) // (5 * MINUTE_NS)

    def again(
        self,
        name: str,
        clock: str,
        received: str,
        *,
        change_usd: float = 0.0,
        places: slice = slice(None),
    ) -> Receipt:
        """Publish an interval again, all prices moved, over some of the locations."""
        full = self.prices.on(self.day, Run.RTD)
        moved = full._replace(energy=full.energy + round(change_usd * CENTI_MILLS))
        some = moved._replace(congestion=moved.congestion[places], loss=moved.loss[places])
        return self.publish(name, self.prices.places[places], some, clock, received)

    def publish(
        self, name: str, places: tuple[Place, ...], prices: RunPrices, clock: str, received: str
    ) -> Receipt:
        """Publish an interval over some places."""
        at = self.day.at(received) + 7 * SECOND_NS
        index = self.interval(clock)
        _, body = oasis.PriceTable(Run.RTD, self.day, places, prices).body([index], at)
        return Receipt(at, "caiso", f"hostile/{name}.zip", body)


def spoil(receipts: Iterable[Receipt], publisher: Publisher) -> list[Receipt]:
    """Return a day's receipts with everything done to them."""
    kept = _without_missing(_late(list(receipts), publisher), publisher)
    damaged = _damaged(kept, publisher)
    return [*damaged, *_corrections(publisher), *_oddities(publisher), *_answers(publisher)]


def _of_interval(item: Receipt, publisher: Publisher, clocks: tuple[str, ...]) -> bool:
    stamps = [oasis.gmt(publisher.day.at(clock))[:16] for clock in clocks]
    wanted = [f"RTD/{stamp.replace('-', '').replace(':', '')}_" for stamp in stamps]
    return item.payload.startswith(tuple(wanted))


LATE = ("12:30", "12:35", "12:40", "12:45")
MISSING = ("14:00", "14:05")
HALVED = "16:00"
TRUNCATED = "07:35"
EMPTY = "08:05"


def _late(receipts: list[Receipt], publisher: Publisher) -> list[Receipt]:
    """Hold four intervals back and let them come in reverse order."""
    late = [item for item in receipts if _of_interval(item, publisher, LATE)]
    moments = [publisher.day.at("13:05") + number * 20 * SECOND_NS for number in range(len(late))]
    held = [
        item._replace(received_at_ns=at)
        for item, at in zip(sorted(late, reverse=True), moments, strict=True)
    ]
    return [item for item in receipts if item not in late] + held


def _without_missing(receipts: list[Receipt], publisher: Publisher) -> list[Receipt]:
    """Leave out the intervals that never come, and the one that comes in two halves."""
    gone = (*MISSING, HALVED)
    return [item for item in receipts if not _of_interval(item, publisher, gone)]


def _damaged(receipts: list[Receipt], publisher: Publisher) -> list[Receipt]:
    """Cut a body, empty a body (both come whole a minute later), and repeat every twentieth."""
    spoilt = list(receipts)
    for number, item in enumerate(sorted(receipts)):
        if _of_interval(item, publisher, (TRUNCATED,)):
            spoilt.append(_first_as(item, "truncated", item.body[: len(item.body) // _HALF]))
        elif _of_interval(item, publisher, (EMPTY,)):
            spoilt.append(_first_as(item, "empty", b""))
        elif number % 20 == 0:
            spoilt.append(item._replace(received_at_ns=item.received_at_ns + 30 * SECOND_NS))
    return spoilt


def _first_as(item: Receipt, name: str, body: bytes) -> Receipt:
    """Return what came a minute before the whole body did."""
    early = item.received_at_ns - MINUTE_NS
    return Receipt(early, item.source, f"hostile/{name}.zip", body)


def _corrections(publisher: Publisher) -> Iterator[Receipt]:
    """Publish 09:00 as A, B, A, 16:00 in two halves, and three day-ahead hours again."""
    yield publisher.again("correction-b", "09:00", "10:00", change_usd=11.5)
    yield publisher.again("correction-a", "09:00", "11:00")
    yield publisher.again("first-half", HALVED, "15:56", places=slice(0, 19))
    yield publisher.again("second-half", HALVED, "15:57", places=slice(19, None))
    yield _day_ahead_again(publisher)


def _day_ahead_again(publisher: Publisher) -> Receipt:
    """Publish tomorrow's day-ahead prices of HE18 to HE20 again, 8 dollars higher."""
    tomorrow, at = publisher.day.next(), publisher.day.at("15:10")
    prices = publisher.prices.on(tomorrow, Run.DA)
    higher = prices._replace(energy=prices.energy + 8 * CENTI_MILLS)
    places = publisher.prices.places
    _, body = oasis.PriceTable(Run.DA, tomorrow, places, higher).body(range(17, 20), at)
    return Receipt(at, "caiso", "hostile/day-ahead-correction.zip", body)


ABSURD_USD = 88_888.0
ABSURD_NODE = "SOLSITE6_2_N003"


def _oddities(publisher: Publisher) -> Iterator[Receipt]:
    """Publish values that are text, not finite, absurd, beyond all sense, of an unknown node."""
    for name, clock, received, value in (
        ("text-value", "03:00", "03:01", "n/a"),
        ("nan-value", "03:05", "03:06", "NaN"),
        ("absurd-value", "03:10", "03:11", f"{ABSURD_USD:.5f}"),
        ("beyond-sense", "03:15", "03:16", "2500000.00000"),
    ):
        yield _with_value(publisher, name, (clock, received), value)
    yield publisher.again("after-absurd", "03:10", "03:20")
    yield _unknown_node(publisher)


def _with_value(publisher: Publisher, name: str, clocks: tuple[str, str], value: str) -> Receipt:
    """Publish an interval in which one node's LMP is a given text."""
    day, at = publisher.day, publisher.day.at(clocks[1])
    prices = publisher.prices.on(day, Run.RTD)
    table = oasis.PriceTable(Run.RTD, day, publisher.prices.places, prices)
    rows = table.csv([publisher.interval(clocks[0])]).split("\n")
    csv = "\n".join(_row_with(row, value) for row in rows)
    report = table.report
    member = oasis.file_name(report.query, report.market_run, report.version, day, at)
    return Receipt(at, "caiso", f"hostile/{name}.zip", oasis.zipped(member, csv, day, at)[1])


def _row_with(row: str, value: str) -> str:
    cells = row.split(",")
    if ABSURD_NODE in cells and "LMP" in cells:
        cells[-3] = value
    return ",".join(cells)


def _unknown_node(publisher: Publisher) -> Receipt:
    """Publish one node that no reference data knows, beside a hub."""
    nodes = (
        Place(SP15, LocationKind.HUB, SP15, (0.0, 1.0, 0.0, 0.0)),
        Place("NOSUCHSITE_9_N999", LocationKind.NODE, SP15, (0.0, 1.0, 0.0, 0.0)),
    )
    full = publisher.prices.on(publisher.day, Run.RTD)
    two = full._replace(congestion=full.congestion[1:3], loss=full.loss[1:3])
    return publisher.publish("unknown-node", nodes, two, "04:00", "04:01")


def _answers(publisher: Publisher) -> Iterator[Receipt]:
    """Answer polls with what is no publication."""
    day = publisher.day
    for clock in ("06:10", "06:11", "17:40"):
        yield Receipt(day.at(clock), "caiso", "hostile/throttled.html", oasis.THROTTLED)
    at = day.at("12:58")
    yield Receipt(at, "caiso", "hostile/no-data.zip", oasis.no_data_body(day, at)[1])
    header = b"INTERVALSTARTTIME_GMT,SLRS_TYPE,SCHEDULE,MW\n"
    yield Receipt(day.at("05:00"), "caiso", "hostile/other-report.csv", header)
    noise = np.random.Generator(np.random.PCG64(1)).bytes(600)
    yield Receipt(day.at("05:05"), "caiso", "hostile/noise.bin", noise)


# Trades -------------------------------------------------------------------------------------

BAD_TRADES = (
    "text-quantity",
    "nan-price",
    "unknown-book",
    "unknown-location",
    "unknown-product",
    "negative-version",
    "no-delivery",
    "conflict",
    "cancel-before-new",
    "amend-of-unknown",
)
"""What each bad trade of the hostile day is called; its name begins with ``BAD-``."""


def _good(day: LocalDay, name: str) -> Trade:
    return Trade(
        source="etrm",
        trade=f"BAD-{name}",
        version=1,
        action=TradeAction.NEW,
        product="swap",
        market="caiso",
        book="trading-sp15",
        counterparty="CP-03",
        location=SP15,
        delivery_start_ns=day.at("17:00"),
        delivery_end_ns=day.at("19:00"),
        quantity_mw=5.0,
        price_usd_per_mwh=61.0,
        settles_at=SettlesAt.RTD,
        executed_at_ns=day.at("10:00"),
    )


def _changed(**fields: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: body | fields


_SPOILERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "text-quantity": _changed(quantity_mw="twenty"),
    "unknown-book": _changed(book="no-such-book"),
    "unknown-location": _changed(location="TH_NOWHERE-APND"),
    "unknown-product": _changed(product="weather"),
    "negative-version": _changed(version=-1),
    "no-delivery": lambda body: body | {"delivery_end": body["delivery_start"]},
}


def bad_records(day: LocalDay) -> Iterator[Record]:
    """Yield the bad trades, a duplicate, a late correction and what is no record at all."""
    at = day.at("10:05")
    for number, (name, spoiler) in enumerate(_SPOILERS.items()):
        body = spoiler(body_of(_good(day, name), day))
        yield Record(at + number * MINUTE_NS, "trades", body)
    yield from _bad_texts(day)
    yield from _bad_versions(day)


def _bad_texts(day: LocalDay) -> Iterator[Record]:
    text = '{"kind":"trade","source":"etrm","trade":"BAD-nan-price","price_usd_per_mwh":NaN}'
    yield Record(day.at("10:15"), "trades", text)
    yield Record(day.at("10:16"), "trades", "by phone: buy 25 MW SP15 HE18, details follow")
    yield Record(day.at("10:17"), "trades", '{"kind":"trade","source":"etrm",')
    yield Record(day.at("10:18"), "trades", {"kind": "no-such-kind", "trade": "BAD-kind"})


def _bad_versions(day: LocalDay) -> Iterator[Record]:
    """Yield a conflict, a duplicate, a cancel before its contract, and a lone amendment."""
    at = day.at("10:30")
    conflict = _good(day, "conflict")
    other = replace(conflict, quantity_mw=9.0)
    cancel = replace(_good(day, "cancel-before-new"), version=2, action=TradeAction.CANCEL)
    amend = replace(_good(day, "amend-of-unknown"), version=3, action=TradeAction.AMEND)
    sent = (conflict, conflict, other, cancel, _good(day, "cancel-before-new"), amend)
    for number, trade in enumerate(sent):
        yield Record(at + number * MINUTE_NS, "trades", body_of(trade, day))
