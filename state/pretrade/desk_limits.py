"""The limits in force on figures: whichever figure a trade moves is held against all of them."""

from __future__ import annotations

import numpy as np

from state.arrays import Codes, Flags
from state.limits.instances import Instances
from state.limits.settling import KNOWN, NOT_APPLICABLE
from state.limits.sheet import Sheet
from state.messages import FIRM
from state.pretrade.bounds import Bound, Found
from state.pretrade.situation import Situation


def desk_limits(situation: Situation) -> Found:
    """Return a bound for every limit on a figure that the trade moves."""
    sheets = [each.sheet for each in (situation.before, situation.start, situation.after)]
    found, after = Found(), sheets[-1]
    moved = _moved(sheets[0], sheets[1]) | _moved(sheets[0], after)
    for number, reading in enumerate(after.readings):
        tables = situation.desk.alerts.on_figure(reading.figure)
        if not tables:
            continue
        part = slice(after.firsts[number], after.firsts[number + 1])
        touched = moved[part]
        if reading.figure == "var":
            touched = touched | _exposed_unknown(situation, reading.scopes, after.claims[part])
        for place in np.flatnonzero(touched).tolist():
            if after.claims[part][place] == NOT_APPLICABLE:
                continue
            found.bounds.extend(
                _bound(table, sheets, number, place)
                for table in tables
                if table.limit.binds(reading.scopes[place])
            )
    return found


def _moved(one: Sheet, other: Sheet) -> Flags:
    same = (one.values == other.values) | (np.isnan(one.values) & np.isnan(other.values))
    return np.asarray(~same | (one.claims != other.claims))


def _exposed_unknown(situation: Situation, scopes: tuple[str, ...], claims: Codes) -> Flags:
    """Flag the nodes whose VaR is not known, so that nothing shows whether the trade moves it."""
    trade = situation.trade
    waits = trade.delivery_end_ns > situation.at_ns
    mine = np.array([scope in {trade.book, FIRM} for scope in scopes])
    return np.asarray(mine & (claims != KNOWN) & waits)


def _bound(table: Instances, sheets: list[Sheet], number: int, place: int) -> Bound:
    rule, limit = table.rule, table.limit
    after = sheets[-1].readings[number]
    edges = limit.edges_of(after.scopes[place])
    before, start, booked = (float(sheet.values[sheet.firsts[number] + place]) for sheet in sheets)
    return Bound(
        limit=limit.id,
        clause=limit.clause,
        policy=table.policy,
        scope=after.scopes[place],
        period=after.periods[place],
        unit=rule.unit,
        edge=table.edge,
        low=float("nan") if edges.low is None else edges.low,
        high=float("nan") if edges.ceiling is None else edges.ceiling,
        least=rule.least,
        most=rule.most,
        before=before,
        start=start,
        after=booked,
        unknown=after.unknown[place] or sheets[0].readings[number].unknown[place],
        node=place if rule.figure == "var" else None,
    )
