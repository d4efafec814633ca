"""Follows the net open positions while a written policy is in force, and holds its tolerances.

Nothing of it is a cost of a message: what moved is noted, and taken in at the next tick, of which
one with nothing new is a few comparisons. Without a written policy nothing is followed; a screen
or a report that asks has everything added up anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from state.alerts.causes import MessageCause
from state.calendar import local_midnight_ns
from state.limits.reading import Cause, Identity, Reading
from state.messages import Trade
from state.nop.at_call import options_edition
from state.nop.energy import MarketEnergy
from state.nop.price_risk import basis_of, var_of_open
from state.nop.rows import covered_on, limited_on, next_roll, rows_on
from state.nop.tolerances import identity_of, scopes_of
from state.nop.volumes import PhysicalVolumes
from state.periods import PERIODS, Span, month_after
from state.policy.bands import Band, bands_on
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import NopKind
from state.screens.nop_seen import NopRow, NopView
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

TIME = Cause(kind="time", key="tick", text="time passed")
_AT_ONCE = 256
"""Contracts beyond which adding everything up anew, to the same bits, is quicker."""

_LIMITED = (NopKind.ENERGY, NopKind.CAPACITY, NopKind.RPS)


class NopWatch:
    """Keeps the physical volumes of every market current, and the tolerances read."""

    def __init__(self) -> None:
        self._volumes: dict[str, PhysicalVolumes] = {}
        self._stamp: tuple[Any, ...] | None = None
        self._since = date.min
        self._cause: Cause = TIME
        self._told: dict[str, Cause] = {}  # by market, of contracts that came before a restart
        self._bands: dict[str, tuple[RiskPolicy, date, list[Band]]] = {}
        self._still: dict[str, tuple[tuple[Any, ...], list[NopRow]]] = {}

    def is_behind(self, desk: Desk) -> bool:
        """Say whether :meth:`tick` finds anything to do."""
        if not desk.written_policies or today_of(desk) is None:
            return False
        if any(volumes.is_behind for volumes in self._volumes.values()):
            return True
        return self._stamp is None or self._stamp != _stamp(desk)

    def note(self, cause: Cause) -> None:
        """Note what moves a position at the next tick, besides contracts."""
        if self._volumes:
            self._cause = cause

    def read_anew(self) -> None:
        """Hold everything against the tolerances at the next tick: they changed."""
        self._stamp = None
        self._still.clear()

    def follow(self, desk: Desk) -> bool:
        """Take in what moved; say whether a position may be another than it was.

        Contracts of the hours before the first period, as most are within a day, move none.
        """
        if not desk.written_policies or today_of(desk) is None:
            return False
        stamp = _stamp(desk)
        if stamp == self._stamp and not any(each.is_behind for each in self._volumes.values()):
            return False
        # All of them: what one market has taken in must not hide that another moved.
        moved = [self._follow(name, market) for name, market in desk.markets.items()]
        if not any(moved) and stamp == self._stamp:
            return False
        self._stamp = stamp
        return True

    def tick(self, desk: Desk, at_ns: int, position: int) -> list[Transition]:
        """Hold the positions, as :meth:`follow` left them, against their tolerances."""
        today = today_of(desk)
        if today is None:
            return []
        cause, self._cause = self._cause, TIME
        energy = [MarketEnergy(volumes, today) for volumes in self._volumes.values()]
        transitions: list[Transition] = []
        self._since = next_roll(today)
        still = _still_stamp(desk, today)
        for policy in desk.written_policies.values():
            rows = self._rows(desk, energy, policy, today, still)
            begins = (row.begins for row in rows if row.nop == NopKind.ENERGY)
            self._since = min(self._since, *map(date.fromisoformat, begins))
            for reading in readings_of(policy, rows, today, desk.time_zone):
                transitions += desk.alerts.read(reading, cause, at_ns, position)
        return transitions

    def _rows(
        self,
        desk: Desk,
        energy: list[MarketEnergy],
        policy: RiskPolicy,
        today: date,
        still: tuple[Any, ...],
    ) -> list[NopRow]:
        """Return the positions a policy binds: energy's anew, the others' where they moved."""
        bands = self.bands(policy, today)
        known = self._still.get(policy.name)
        if known is None or known[0] != still:
            others = [band for band in bands if band.nop is not NopKind.ENERGY]
            known = self._still[policy.name] = still, covered_on(desk, energy, others, today)
        moving = [band for band in bands if band.nop is NopKind.ENERGY]
        return covered_on(desk, energy, moving, today) + known[1]

    def _follow(self, name: str, market: MarketBook) -> bool:
        """Take in what moved of a market; say whether any period may have."""
        volumes, since_ns = self._volumes.get(name), self._since_ns(market)
        known = volumes is not None and not volumes.is_outdated
        if volumes is not None and known and len(volumes.moved) <= _AT_ONCE:
            last = volumes.follow(since_ns)
        else:
            last = None if volumes is None else volumes.last_moved(since_ns)
            if market.forward is not None:
                self._volumes[name] = volumes = PhysicalVolumes(market, market.forward)
                market.contracts.moved = volumes.moved
        told = self._told.pop(name, None)
        if last is not None and (told is None or isinstance(last, Trade)):
            self._cause = MessageCause(last, market.market.time_zone)
        elif told is not None:
            self._cause = told
        return last is not None or told is not None or not known

    def _since_ns(self, market: MarketBook) -> int:
        if self._since == date.min:
            return 0
        return local_midnight_ns(self._since, market.market.time_zone)

    def energy(self, desk: Desk) -> list[MarketEnergy]:
        """Return the energy of every market as it stands now, followed or added up anew."""
        found = []
        for name, market in desk.markets.items():
            volumes = self._volumes.get(name)
            if (volumes is None or volumes.is_behind) and market.forward is not None:
                volumes = PhysicalVolumes(market, market.forward)
            if volumes is not None:
                found.append(MarketEnergy(volumes, today_of(desk)))
        return found

    def bands(self, policy: RiskPolicy, today: date) -> list[Band]:
        """Return the tolerances that bind on a date; those of today are made once."""
        known = self._bands.get(policy.name)
        if known is None or known[0] is not policy or known[1] != today:
            known = self._bands[policy.name] = (policy, today, bands_on(policy, today))
        return known[2]

    def beside(self, desk: Desk) -> dict[str, PhysicalVolumes]:
        """Return the volumes of every market of a desk like this one's, to enter contracts in."""
        found = {}
        for name, market in desk.markets.items():
            kept = self._volumes.get(name)
            if kept is not None and not kept.is_outdated:
                found[name] = kept.beside(market)
            elif market.forward is not None:
                found[name] = PhysicalVolumes(market, market.forward)
        return found

    def snapshot(self) -> list[Any]:
        """Return the cause of what the next tick reads, and since when contracts move a position.

        Nothing where nothing is followed. A contract that waits for the tick is the cause whatever
        comes before it, so each market's last is told beside what else moved a position.
        """
        if not self._volumes:
            return []
        told = dict(self._told)
        for name, volumes in self._volumes.items():
            last = volumes.last_moved(self._since_ns(volumes.market))
            if last is not None:
                told[name] = MessageCause(last, volumes.market.market.time_zone)
        since, waiting = self._since.isoformat(), [[name, *_saved(told[name])] for name in told]
        return [*_saved(self._cause), since, *([waiting] if waiting else [])]

    def restore(self, desk: Desk, saved: list[Any]) -> None:
        """Take over a snapshot; volumes are added up anew, to the same bits.

        What comes before the next tick is followed as if nothing had happened: it is the cause.
        """
        if saved:
            *cause, since = saved[:5]
            self._cause, self._since = Cause(*cause), date.fromisoformat(since)
            for name, market in desk.markets.items():
                self._follow(name, market)
            self._told = {name: Cause(*one) for waiting in saved[5:] for name, *one in waiting}


def _saved(cause: Cause) -> list[Any]:
    return [cause.kind, cause.key, cause.text, cause.active]


def today_of(desk: Desk) -> date | None:
    """Return the company's date, that of its first market; None before the first tick."""
    first = desk.first_market
    return None if first is None else first.today


def _stamp(desk: Desk) -> tuple[Any, ...]:
    """Return what changes whenever a position may, but for contracts and outlooks."""
    today = today_of(desk)
    parts: list[Any] = [policy.label for policy in desk.written_policies.values()]
    for market in desk.markets.values():
        forward = market.forward
        marks = -1 if forward is None else forward.marks_edition
        resources = market.tables.resources.edition
        held = (market.certificates.edition, market.stated.edition)
        failures, options = market.contracts.deliveries.edition, options_edition(market, today)
        parts.append((market.today, marks, resources, *held, failures, options))
    return tuple(parts)


def _still_stamp(desk: Desk, today: date) -> tuple[Any, ...]:
    """Return what changes whenever a position other than energy's may."""
    parts: list[Any] = [today]
    for name, market in desk.markets.items():
        origin = None if market.forward is None else market.forward.origin
        told = (market.contracts.outlooks_edition, market.tables.resources.edition)
        parts.append((name, origin, *told, market.certificates.edition, market.stated.edition))
    return tuple(parts)


def readings_of(
    policy: RiskPolicy, rows: list[NopRow], today: date, zone: str
) -> Iterator[Reading]:
    """Return the rows with a tolerance as the limits read them, one reading a kind.

    A row of the policy that binds nothing today is there as not applicable.
    """
    for nop in _LIMITED:
        own = [row for row in rows if row.nop == nop and row.limit]
        read = {identity_of(row) for row in own}
        out = [
            scope
            for table in policy.tolerances
            if table.nop is nop
            for row in table.rows
            for scope in scopes_of(row, nop)
            if scope not in read
        ]
        if not own and not out:
            continue
        roll_ns = local_midnight_ns(next_roll(today), zone)
        starts = [local_midnight_ns(date.fromisoformat(row.begins), zone) for row in own]
        ends = [local_midnight_ns(date.fromisoformat(row.ends), zone) for row in own]
        yield Reading(
            figure=f"nop_{nop}",
            unit="ratio",
            scopes=(*map(identity_of, own), *out),
            periods=(*(row.period for row in own), *("",) * len(out)),
            period_starts_ns=(*starts, *(0,) * len(out)),
            period_ends_ns=(*ends, *(roll_ns,) * len(out)),
            values=np.array([row.coverage for row in own] + [math.nan] * len(out)),
            unknown=(*(row.reason for row in own), *("",) * len(out)),
            applicable=np.array(
                [row.state != "not_applicable" for row in own] + [False] * len(out), dtype=np.bool_
            ),
            inputs=("",) * (len(own) + len(out)),
        )


def _as_held(desk: Desk, row: NopRow) -> NopRow:
    """Show a row in the state its limit holds it in: a breach ends inside the edge, not at it."""
    identity = row.limit, identity_of(row), row.period
    held, until_ns = desk.alerts.state_of(*identity), _waived_until_ns(desk, identity)
    return msgspec.structs.replace(row, state=held or row.state, waived_until_ns=until_ns)


def _as_rolled(desk: Desk, row: NopRow, roll_ns: int) -> NopRow:
    """Show a row of the next roll: a breach of a period that goes on holds at the edge.

    So does its waiver, where it is not over by then.
    """
    identity = row.limit, identity_of(row), row.period
    holds = row.state == "warn" and row.floor < row.ceiling
    if holds and desk.alerts.standing(identity) == "breach":
        row = msgspec.structs.replace(row, state="breach")
    until_ns = _waived_until_ns(desk, identity)
    return msgspec.structs.replace(row, waived_until_ns=until_ns if until_ns > roll_ns else 0)


def _waived_until_ns(desk: Desk, identity: Identity) -> int:
    """Return until when the breach of a tolerance is let be; 0 where it is not."""
    case = desk.alerts.book.open_case(identity)
    return case.row.waiver.until_ns if case and case.row.waiver else 0


def nop_view(desk: Desk) -> NopView:
    """Show the net open positions under the first written policy in force, and what comes next."""
    today = today_of(desk)
    policy = next(iter(desk.written_policies.values()), None)
    if today is None:
        return NopView(
            today="", policy="", rows=[], roll="", ahead=[], var_usd=math.nan,
            var_reason="no tick yet", oldest_input_ns=0,
        )  # fmt: skip
    energy, roll = desk.nop.energy(desk), next_roll(today)
    whole = PERIODS["through_five_years"].span(today) or Span(month_after(today, 1), roll)
    var, reason = var_of_open(desk, energy, whole)
    ahead = [] if policy is None else limited_on(desk, energy, policy, roll)
    roll_ns = local_midnight_ns(roll, desk.time_zone)
    received = [
        record.received_ns
        for name, record in desk.feeds.records.items()
        if name.rpartition("/")[2] in {"curve", "load_forecast", "trades"}
    ]
    return NopView(
        today=today.isoformat(),
        policy="" if policy is None else policy.label,
        rows=[_as_held(desk, row) for row in rows_on(desk, energy, policy, today)],
        roll=roll.isoformat(),
        ahead=[_as_rolled(desk, row, roll_ns) for row in ahead],
        var_usd=var,
        var_reason=reason,
        var_basis=basis_of(desk.portfolio),
        oldest_input_ns=min(received, default=0),
        failures="; ".join(
            f"{name}: {market.contracts.deliveries.words}"
            if len(desk.markets) > 1
            else market.contracts.deliveries.words
            for name, market in desk.markets.items()
        ),
    )
