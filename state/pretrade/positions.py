"""The tolerances of the net open positions that a trade may move (risk policy §4.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from state.calendar import local_date
from state.contracts.trades import Versions
from state.limits.edges import Edge
from state.messages import Trade
from state.nop.at_call import AT_CALL
from state.nop.energy import Covered, MarketEnergy, covered_over
from state.nop.rows import held_to
from state.nop.tolerances import identity_of, scope_of
from state.nop.watch import today_of
from state.nop.whole import ratio
from state.periods import Span, month_after
from state.policy.bands import Band
from state.policy.risk_policy import RiskPolicy
from state.policy.tolerances import NopKind
from state.pretrade.beside import DeskBeside
from state.pretrade.bounds import Bound, Found
from state.products import PRODUCTS
from state.screens.nop_seen import NopRow

if TYPE_CHECKING:
    from state.desk import Desk
    from state.pretrade.situation import Situation


class Name(NamedTuple):
    """A tolerance on a position; of capacity also on each month by itself."""

    limit: str
    scope: str
    period: str
    month: str = ""


class Position(NamedTuple):
    """What is covered of what is owed; NaN, with the reason, where it is not known."""

    coverage: float
    reason: str
    applies: bool


Positions = dict[Name, Position]

_HELD = {"capacity": NopKind.CAPACITY, "rec": NopKind.RPS}
"""The positions that what is held counts in; all else that is physical, or at call, is energy."""


@dataclass(frozen=True)
class Touched:
    """Which tolerances a trade may move.

    Attributes:
        today: the company's date; None before the first tick.
        bands: of all written policies, with each's.
    """

    today: date | None
    bands: list[tuple[RiskPolicy, Band]]

    def positions(self, beside: DeskBeside) -> Positions:
        """Return the positions as a desk beside has them."""
        if self.today is None or not self.bands:
            return {}
        energy, found = beside.energy(), {}
        for _, band in self.bands:
            label = band.span.label
            if band.nop is NopKind.ENERGY:
                scope = scope_of(band.row.title, "")
                found[Name(band.row.id, scope, label)] = _energy(energy, band)
                continue
            for row in held_to(beside.desk, energy, [band], self.today):
                found[Name(row.limit, identity_of(row), label)] = _position(row)
            for month in months_of(band):
                for row in held_to(beside.desk, energy, [month], self.today):
                    name = Name(row.limit, identity_of(row), label, month.span.label)
                    found[name] = _position(row)
        return found


def _energy(markets: list[MarketEnergy], band: Band) -> Position:
    # What the row of the page says, without what nobody is asked: values, rates, blocks.
    found = covered_over(markets, band.span) if markets else Covered(0.0, 0.0, 0.0)
    return Position(found.coverage, found.reason, bool(found.reason) or found.load > 0.0)


def _position(row: NopRow) -> Position:
    return Position(row.coverage, row.reason, row.state != "not_applicable")


def touched_by(desk: Desk, versions: Versions) -> Touched:
    """Return which tolerances the versions of a trade may move."""
    today = today_of(desk)
    trades = [trade for trade in versions if trade is not None]
    if today is None or not desk.written_policies or not trades:
        return Touched(today, [])
    return Touched(
        today,
        [
            (policy, band)
            for policy in desk.written_policies.values()
            for band in desk.nop.bands(policy, today)
            if any(_reaches(trade, band, desk) for trade in trades)
        ],
    )


def _kind_of(trade: Trade) -> NopKind | None:
    if trade.product in _HELD:
        return _HELD[trade.product]
    supplies = PRODUCTS[trade.product].is_physical or trade.product in AT_CALL
    return NopKind.ENERGY if supplies else None


def _reaches(trade: Trade, band: Band, desk: Desk) -> bool:
    """Say whether a contract counts in a period: by its months, certificates by their vintage."""
    if band.nop is not _kind_of(trade):
        return False
    if band.nop is NopKind.RPS:
        return True
    zone = desk.markets[trade.market].market.time_zone
    first = local_date(trade.delivery_start_ns, zone).replace(day=1)
    last = local_date(trade.delivery_end_ns - 1, zone)
    return first < band.span.end and month_after(last, 1) > band.span.first


def months_of(band: Band) -> Iterator[Band]:
    """Yield the months of capacity: its figure is the nearest month's, another at another size."""
    if band.nop is NopKind.CAPACITY:
        first = band.span.first.replace(day=1)
        while first < band.span.end:
            yield Band(band.nop, band.row, Span(first, month_after(first, 1)))
            first = month_after(first, 1)


def tolerances(situation: Situation) -> Found:
    """Return a bound for every tolerance of §4.6 whose position the trade moves.

    Of capacity each month that it moves says which sizes pass, even where the row's own figure, the
    nearest month's, moves at another size alone.
    """
    found, stages = Found(), (situation.before.nop, situation.start.nop, situation.after.nop)
    in_force = {band.row.id: (policy, band) for policy, band in situation.touched.bands}
    for name in stages[-1]:
        before, _, after = (stage[name._replace(month="")] for stage in stages)
        if not after.applies or not _moves(*(stage[name] for stage in stages)):
            continue
        policy, band = in_force[name.limit]
        bound = Bound(
            limit=name.limit,
            clause=f"{policy.name.upper()} {band.row.at}",
            policy=policy.label,
            scope=name.scope,
            period=name.period,
            unit="ratio",
            edge=Edge.BAND,
            low=ratio(band.floor, 100.0),
            high=ratio(band.ceiling, 100.0),
            least=0.0,
            before=before.coverage,
            start=stages[1][name].coverage,
            after=stages[2][name].coverage,
            unknown=before.reason or after.reason,
            by_size=band.nop is not NopKind.CAPACITY or bool(name.month),
        )
        (found.sizing if name.month else found.bounds).append(bound)
    return found


def _moves(before: Position, start: Position, after: Position) -> bool:
    """Say whether a position moves, or is not known, so that nothing shows whether it does."""
    known = not (before.reason or start.reason or after.reason)
    return not known or not (before.coverage == start.coverage == after.coverage)
