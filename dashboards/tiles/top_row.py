"""The top row: the desk's question answered in six figures, each with its age.

Below it, when each market closes for bids next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from dashboards import formats
from dashboards.frame import Frame
from dashboards.tiles.freshness import worst_feed
from dashboards.tiles.limit_marks import (
    STOP_LOSS,
    VALUE_AT_RISK,
    find_limit,
    limit_of_hour,
    tone_of_state,
    word_of_state,
)
from dashboards.tiles.tile import Scene
from state.gates import DailyGate, next_closures
from state.messages import FIRM
from state.moments import MINUTE_NS, SECOND_NS
from state.screens.limits_seen import LimitRow
from state.screens.positions_seen import PositionView
from state.screens.prices_seen import PriceView

HOURS_SHOWN = 3
_NEAR_NS = 10 * MINUTE_NS


@dataclass(frozen=True)
class Card:
    """One figure.

    Attributes:
        tone: class of the main figure: ``long``, ``short``, ``bad``, ``unknown`` or none.
        flag: a reservation or a state that must be read with the figure, and the class of its mark.
        freshness: of the worst feed behind it.
        age: of the oldest input, ready to read.
    """

    title: str
    figure: str
    unit: str = ""
    tone: str = ""
    flag: str = ""
    flag_mark: str = "unknown"
    note: str = ""
    note_tone: str = ""
    age: str = formats.UNKNOWN
    hint: str = ""
    freshness: str = ""


def values(scene: Scene) -> dict[str, object]:
    """Return the cards."""
    of_market, of_all = worst_feed(scene.frame, scene.market), worst_feed(scene.frame)
    cards = [replace(card, freshness=of_market) for card in (*_hours(scene), _spread(scene))]
    cards += [replace(card, freshness=of_all) for card in (_pnl(scene), _value_at_risk(scene))]
    return {"cards": cards, "current": scene.frame.is_current, "gates": _gates(scene.frame)}


@dataclass(frozen=True)
class Gate:
    """The next closure of one gate.

    Attributes:
        at: local time of the gate.
        left: until then, in run time.
        tone: ``warn`` when it is near.
        source: where the gate is said.
    """

    title: str
    at: str
    left: str
    tone: str
    source: str


def _gates(frame: Frame) -> list[Gate]:
    tick_ns = frame.clock.tick_ns if frame.clock else 0
    if not tick_ns:
        return []
    found = []
    for market in frame.markets:
        for _, gate, closes_ns in next_closures(market, tick_ns):
            zone = gate.zone.key if isinstance(gate, DailyGate) else frame.zone_of(market)
            left_ns = closes_ns - tick_ns
            found.append(
                Gate(
                    title=f"{market.upper()} {gate.name}",
                    at=formats.minute(closes_ns, zone),
                    left=formats.age(left_ns / SECOND_NS),
                    tone="warn" if left_ns <= _NEAR_NS else "",
                    source=gate.source,
                )
            )
    return found


def _waiting(title: str, note: str) -> Card:
    return Card(title=title, figure="waiting", tone="waiting", note=note)


def _hours(scene: Scene) -> list[Card]:
    days = scene.frame.days(scene.market)
    hours = [(day, hour) for day in days for hour in range(len(day.axis.labels))]
    current = days[0].axis.current if days else -1
    if current < 0:
        titles = ("Now", "Next hour", "Hour after")
        return [_waiting(title, "no position of today yet") for title in titles]
    ahead = hours[current : current + HOURS_SHOWN]
    cards = [_hour(scene, day, hour, first=not step) for step, (day, hour) in enumerate(ahead)]
    missing = HOURS_SHOWN - len(cards)
    return cards + [_waiting("Tomorrow", "no position of tomorrow yet")] * missing


def _hour(scene: Scene, day: PositionView, hour: int, *, first: bool) -> Card:
    label = f"HE{day.axis.labels[hour]}"
    title = f"Now {label}" if first else label
    mw, reason = float(day.total_open_mw[hour]), day.unknown[hour]
    age = scene.frame.age_of(day.oldest_input_ns)
    if reason or math.isnan(mw):
        note = reason or "position not known"
        return Card(title, "UNKNOWN", tone="unknown", note=note, age=age)
    side = formats.side(mw)
    limit = limit_of_hour(scene.frame.limits, day.axis, hour)
    return Card(
        title=title,
        figure=f"{formats.arrow(mw)} {side} {formats.megawatts(mw)}",
        tone=side.lower(),
        note=f"{_state(limit)}{_coverage(float(day.coverage[hour]))}{_waived(limit)}",
        note_tone=tone_of_state(limit),
        age=age,
        hint=f"{formats.signed(float(day.total_open_mwh[hour]), 1)} MWh still to be delivered",
    )


def _coverage(share: float) -> str:
    return "cover n/a" if math.isnan(share) else f"cover {formats.percent(share, 1)}"


def _spread(scene: Scene) -> Card:
    ladder = scene.frame.prices(scene.market)
    hub = main_hub(ladder) if ladder else None
    if ladder is None or hub is None:
        return _waiting("RT − DA", "no prices yet")
    spread = float(ladder.spread[hub])
    title = f"RT − DA, {ladder.locations[hub]}"
    age = scene.frame.age_of(ladder.rtd_received_ns)
    if math.isnan(spread):
        missing = "RTD" if math.isnan(ladder.rtd[hub]) else "DA"
        return Card(title, "UNKNOWN", tone="unknown", note=f"no {missing} price yet", age=age)
    rtd = formats.price(float(ladder.rtd[hub]))
    at = formats.interval(ladder.rtd_interval_ns, ladder.time_zone)
    figure = formats.signed(spread, 2)
    return Card(title, figure, unit="$/MWh", note=f"RTD {rtd} · {at}", age=age)


def main_hub(ladder: PriceView) -> int | None:
    """Return the row of the first hub, or of the first location where there is no hub."""
    hubs = [row for row, kind in enumerate(ladder.kinds) if kind == "hub"]
    return hubs[0] if hubs else (0 if ladder.locations else None)


def _pnl(scene: Scene) -> Card:
    view, firm = scene.frame.pnl, scene.frame.firm_pnl
    if view is None or firm is None:
        return _waiting("P&L today", "no value yet")
    age = scene.frame.age_of(view.oldest_input_ns)
    if firm.unknown:
        return Card("P&L today", "UNKNOWN", tone="unknown", note=firm.unknown, age=age)
    realised, unrealised = (
        formats.signed(usd / 1000, 1) for usd in (firm.realised_usd, firm.unrealised_usd)
    )
    limit = find_limit(scene.frame.limits, STOP_LOSS, scope=FIRM)
    return Card(
        title="P&L today",
        figure=formats.dollars(firm.today_usd, sign=True),
        tone=tone_of_state(limit),
        flag=word_of_state(limit),
        flag_mark=limit.state if limit else "",
        note=f"realised {realised} · open {unrealised} k${_waived(limit)}",
        age=age,
        hint=firm.estimated,
    )


def _state(limit: LimitRow | None) -> str:
    word = word_of_state(limit)
    return f"{word} · " if word else ""


def _waived(limit: LimitRow | None) -> str:
    return " · WAIVED" if limit and limit.waived_until_ns else ""


def _value_at_risk(scene: Scene) -> Card:
    view = scene.frame.risk
    row = (
        next((r for r in view.rows if r.node == FIRM and r.horizon == "total"), None)
        if view
        else None
    )
    if view is None or row is None:
        return _waiting("VaR, firm", "no scenarios yet")
    title = f"VaR {formats.percent(view.confidence)}, firm"
    limit = find_limit(scene.frame.limits, VALUE_AT_RISK, scope=FIRM)
    used = f"{formats.percent(limit.utilisation)} of limit" if limit else "no limit"
    return Card(
        title=title,
        figure=formats.dollars(row.var_usd),
        tone="unknown" if math.isnan(row.var_usd) else "",
        flag="" if row.complete else "incomplete",
        note=f"{_state(limit)}{used}{_waived(limit)} · ES {formats.dollars(row.es_usd)}",
        note_tone=tone_of_state(limit),
        age=scene.frame.age_of(view.oldest_input_ns),
        hint=view.holding,
    )
