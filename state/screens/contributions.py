"""The view of where the risk comes from: nodes, parts, tail, methods; made once an interval.

It costs milliseconds, not microseconds, so it is made when a settlement interval ends, and when a
run pauses or ends (so that what stays on the screen is the last state), not on every message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from state.arrays import Matrix, Numbers
from state.desk import Desk
from state.market.book import MarketBook
from state.market.horizon import BLOCKS
from state.risk import MEASURES
from state.risk.contributions import (
    Contributions,
    components,
    contributions,
    incremental,
    marginal,
    tail_scenarios,
)
from state.risk.conventions import figures_of
from state.risk.factors import MarketShocks
from state.risk.held import (
    Held,
    forward_pnl,
    held_by,
    pnl_at,
    pnl_of_all,
    pnl_of_units,
)
from state.risk.historical import value_at_risk
from state.risk.intrinsic import intrinsic
from state.risk.measure import FEWEST_SCENARIOS, RiskFigure, Settings, figure
from state.risk.not_linear import NotLinear, not_linear
from state.risk.positions import Positions
from state.risk.sample import Sample
from state.risk.tree import summed
from state.screens.contributions_seen import (
    ContributionRow,
    ContributionView,
    MethodRow,
    NodeRisk,
    TailDay,
)

LOCATIONS_SHOWN = 20
"""Those that contribute most to ES, either way; the rest are one row."""

POSITIONS_SHOWN = 15
"""Those that contribute most to VaR, either way; the rest are one row."""

NO_ENERGY = "capacity, certificates, allowances"
"""The part that is at no location and in no block."""

HOLDING = "intraday: held to delivery; forward: 1 day"
_PATHS = 4000
ANEW = "monte-carlo-anew"
"""The row of the Monte Carlo that values what is not linear on every path."""


@dataclass(frozen=True)
class _Market:
    """A market with scenarios, and what it holds."""

    book: MarketBook
    shocks: MarketShocks
    held: Held

    @property
    def names(self) -> list[str]:
        return self.book.tables.locations.names


def contribution_view(desk: Desk, tick_ns: int) -> ContributionView:
    """Show the risk of every node, of every part of the firm, and by every method."""
    portfolio = desk.portfolio
    dates = portfolio.scenarios.dates
    total = portfolio.firm_pnl()
    confidence = portfolio.parameters.confidence
    by_book = np.add.reduce(portfolio.pnl[:, :-1], axis=0)
    gross_usd = float(np.add.reduce(np.abs(by_book)).max(initial=0.0))
    tail = tail_scenarios(total, confidence=confidence, gross_usd=gross_usd)
    markets = list(_markets(desk))
    rows, by_location = _rows(desk, markets, by_book, tail) if len(dates) else ([], total[None])
    return ContributionView(
        at_ns=tick_ns,
        confidence=confidence,
        complete=bool(portfolio.complete()[-1, -1]),
        holding=HOLDING,
        window_days=portfolio.parameters.window,
        scenarios=len(dates),
        oldest=dates[0] if dates else "",
        newest=dates[-1] if dates else "",
        nodes=_nodes(desk),
        rows=rows,
        tail=[TailDay(date=dates[at], pnl_usd=float(total[at])) for at in tail.tolist()],
        methods=_methods(desk, markets, total, by_location),
        intrinsic=[name for market in markets for name in intrinsic(market.book)],
        changes=portfolio.parameters.changes,
    )


def _nodes(desk: Desk) -> list[NodeRisk]:
    nodes = desk.hierarchy.nodes(desk.books)
    by_horizon = desk.portfolio.pnl[:, :-1]
    by_book = np.concatenate((by_horizon, by_horizon[:1] + by_horizon[1:]))
    confidence = desk.portfolio.parameters.confidence
    var, es = value_at_risk(summed(nodes, by_book), confidence=confidence)
    return [
        NodeRisk(
            node=node.name,
            kind=str(node.kind),
            depth=node.depth,
            parent=node.parent,
            var_usd=var[:, number].copy(),
            es_usd=es[:, number].copy(),
        )
        for number, node in enumerate(nodes)
    ]


def _rows(
    desk: Desk, markets: list[_Market], by_book: Matrix, tail: Numbers
) -> tuple[list[ContributionRow], Matrix]:
    """Return the rows of every partition, and the P&L of the locations shown and the rest."""
    confidence, total = desk.portfolio.parameters.confidence, desk.portfolio.firm_pnl()
    gross = np.zeros(len(desk.books))
    for market in markets:
        gross += market.held.gross_by_book
    books = _part_rows(
        "book", desk.books, gross, contributions(by_book, total, tail, confidence=confidence)
    )
    units = np.zeros(len(total))
    for market in markets:
        units += pnl_of_units(market.shocks, market.book)
    energy = total - units
    locations, by_location = _location_rows(markets, total, energy, tail, confidence)
    blocks = _block_rows(markets, total, tail, confidence)
    if units.any():
        found = contributions(units[None], total, tail, confidence=confidence)
        for rows, partition in ((locations, "location"), (blocks, "block")):
            rows.extend(_part_rows(partition, [NO_ENERGY], np.zeros(1), found))
        by_location = np.concatenate((by_location, units[None]))
    positions = _position_rows(markets, total, tail, confidence)
    return [*books, *locations, *blocks, *positions], by_location


def _markets(desk: Desk) -> Iterator[_Market]:
    for name, book in desk.markets.items():
        shocks = desk.portfolio.scenarios.shocks.get(name)
        if shocks is not None:
            yield _Market(book, shocks, held_by(book, books=len(desk.books)))


def _part_rows(
    partition: str, names: list[str], gross: Matrix, found: Contributions
) -> list[ContributionRow]:
    per_mwh = marginal(found.component_var, gross)
    rows = [
        ContributionRow(
            partition=partition,
            part=name,
            gross_mwh=float(gross[at]),
            component_var_usd=float(found.component_var[at]),
            component_es_usd=float(found.component_es[at]),
            incremental_var_usd=float(found.incremental_var[at]),
            incremental_es_usd=float(found.incremental_es[at]),
            marginal_var_usd_per_mwh=float(per_mwh[at]),
        )
        for at, name in enumerate(names)
    ]
    rows.sort(key=lambda row: (-abs(row.component_es_usd), row.part))
    return rows


# Locations ---------------------------------------------------------------------------------------


def _location_rows(
    markets: list[_Market],
    total: Matrix,
    energy: Matrix,
    tail: Numbers,
    confidence: float,
) -> tuple[list[ContributionRow], Matrix]:
    if not markets:
        return [], energy[None]
    gross = np.concatenate([market.held.gross_mwh for market in markets])
    worst = np.concatenate([_by_location(market, None, tail) for market in markets])
    # Which matter is seen in the tail; only they are then worked out over every scenario.
    component_var, component_es = components(worst, np.arange(len(tail)))
    order = np.lexsort((np.arange(len(gross)), -np.abs(component_es)))
    shown = np.sort(order[:LOCATIONS_SHOWN])
    rest = np.sort(order[LOCATIONS_SHOWN:])
    rest = rest[gross[rest] > 0.0]
    shown = shown[gross[shown] > 0.0]
    pnl = np.concatenate([np.zeros((0, len(total))), *_each(markets, shown)])
    names = [name for market in markets for name in _titles(markets, market)]
    titles, held = [names[place] for place in shown], gross[shown]
    by_var, by_es = component_var[shown], component_es[shown]
    if len(rest):
        pnl = np.concatenate((pnl, energy[None] - np.add.reduce(pnl, axis=0)))
        titles = [*titles, f"{len(rest)} others"]
        held = np.append(held, np.add.reduce(gross[rest]))
        by_var = np.append(by_var, np.add.reduce(component_var[rest]))
        by_es = np.append(by_es, np.add.reduce(component_es[rest]))
    found = Contributions(by_var, by_es, *incremental(pnl, total, confidence=confidence))
    return _part_rows("location", titles, held, found), pnl


def _titles(markets: list[_Market], market: _Market) -> list[str]:
    before = _before(markets, market)
    return [f"{before}{name}" for name in market.names] if before else market.names


def _before(markets: list[_Market], market: _Market) -> str:
    """Return what tells a market's places from those of others; nothing where it is alone."""
    return "" if len(markets) == 1 else f"{market.book.market.market}/"


def _each(markets: list[_Market], places: Numbers) -> Iterator[Matrix]:
    first = 0
    for market in markets:
        count = len(market.names)
        inside = places[(places >= first) & (places < first + count)] - first
        yield _by_location(market, inside, slice(None))
        first += count


def _by_location(market: _Market, wanted: Numbers | None, columns: Numbers | slice) -> Matrix:
    """Return the P&L of locations in some scenarios, what is beyond the grid at its hub."""
    places = np.arange(len(market.names)) if wanted is None else wanted
    mwh = np.add.reduce(market.held.mwh, axis=0)[:, places]
    pnl = pnl_at(market.shocks, mwh, places, columns)
    row_of = {place: row for row, place in enumerate(places.tolist())}
    forward = forward_pnl(market.shocks, market.held, market.names, columns)
    for (hub, _), moved in forward.items():
        if hub in row_of:
            pnl[row_of[hub]] += moved
    return pnl


# Blocks ------------------------------------------------------------------------------------------


def _block_rows(
    markets: list[_Market], total: Matrix, tail: Numbers, confidence: float
) -> list[ContributionRow]:
    names = [f"{horizon} {block}" for horizon in ("intraday", "forward") for block in BLOCKS]
    pnl, gross = np.zeros((len(names), len(total))), np.zeros(len(names))
    for market in markets:
        forward = forward_pnl(market.shocks, market.held, market.names)
        gross += market.held.gross_by_block.ravel()
        for number, block in enumerate(BLOCKS):
            pnl[number] += pnl_of_all(market.shocks, market.held.mwh[number])
            beyond = len(BLOCKS) + number
            for (_, own), moved in forward.items():
                if own is block:
                    pnl[beyond] += moved
    found = contributions(pnl, total, tail, confidence=confidence)
    return _part_rows("block", names, gross, found)


# Positions ---------------------------------------------------------------------------------------


def _position_rows(
    markets: list[_Market], total: Matrix, tail: Numbers, confidence: float
) -> list[ContributionRow]:
    held = [
        Positions(market.book, market.shocks, tail, _before(markets, market)) for market in markets
    ]
    if not held:
        return []
    component = np.concatenate([own.component_var for own in held])
    gross = np.concatenate([own.gross_mwh for own in held])
    order = np.lexsort((np.arange(len(component)), -np.abs(component)))
    shown = np.sort(order[:POSITIONS_SHOWN])
    pnl, first = np.zeros((0, len(total))), 0
    titles: list[str] = []
    for own in held:
        inside = shown[(shown >= first) & (shown < first + len(own))] - first
        pnl = np.concatenate((pnl, own.pnl(inside))) if len(inside) else pnl
        titles += [own.name(at) for at in inside.tolist()]
        first += len(own)
    mwh = gross[shown]
    if rest := first - len(shown):
        pnl = np.concatenate((pnl, total[None] - np.add.reduce(pnl, axis=0)))
        titles = [*titles, f"{rest} others"]
        mwh = np.append(mwh, np.add.reduce(np.delete(gross, shown)))
    found = contributions(pnl, total, tail, confidence=confidence)
    return _part_rows("position", titles, mwh, found)


# Methods -----------------------------------------------------------------------------------------


def _methods(
    desk: Desk, markets: list[_Market], total: Matrix, by_location: Matrix
) -> list[MethodRow]:
    parameters = desk.portfolio.parameters
    dates = desk.portfolio.scenarios.dates
    whole = Sample(parts=total[None], dates=dates, window=parameters.window)
    parts = Sample(parts=by_location, dates=dates, window=parameters.window)
    settings = Settings(confidence=parameters.confidence, paths=_PATHS, seed=parameters.seed)
    rows = [
        _method(figure(measure, parts if measure.is_by_part else whole, settings))
        for measure in MEASURES.values()
    ]
    held = not_linear([(market.book, market.shocks) for market in markets])
    anew = held.bends or (held.volumes and parameters.volume_deviation)
    if anew and len(dates) >= FEWEST_SCENARIOS:
        rows.append(_simulated(desk, held, total))
    return rows


def _simulated(desk: Desk, held: NotLinear, total: Matrix) -> MethodRow:
    """Return a Monte Carlo that values anew what is not linear in prices."""
    stated = desk.portfolio.parameters
    deviation = stated.volume_deviation
    pnl = held.paths(total, seed=stated.seed, paths=stated.paths, deviation=deviation)
    var, es = figures_of(pnl, confidence=stated.confidence)
    words = [f"options of {len(held.bends)} lines and periods valued anew"] if held.bends else []
    if deviation and held.volumes:
        words.append(f"as-generated volume ± {deviation:.0%}")
    words += [f"paths {stated.paths:,}", f"seed {stated.seed}", "covariance of the scenarios"]
    return MethodRow(
        method=ANEW,
        title="Monte Carlo, normal changes, what is not linear valued anew",
        var_usd=var,
        es_usd=es,
        settings=", ".join(words),
        note="",
    )


def _method(found: RiskFigure) -> MethodRow:
    return MethodRow(
        method=found.method,
        title=found.title,
        var_usd=found.var_usd,
        es_usd=found.es_usd,
        settings=", ".join(f"{name} {value}" for name, value in found.settings.items()),
        note=found.note,
    )
