"""The walk through time: what is delivered, what turned realised, and midnight's baseline."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from state.calendar import local_date, local_midnight_ns
from state.messages import Message, Tick
from state.moments import HOUR_NS
from tests.state.oracle.facts import CORRECTION_DAYS, Facts
from tests.state.oracle.figures import Figures, HourKey
from tests.state.oracle.held import held
from tests.state.oracle.money import cash_flows, forward_rows, forward_scale, interval_value
from tests.state.oracle.scenarios import Moves, moves, order_statistics
from tests.state.oracle.volumes import Row, coverage_parts_mw, lacks_schedule, open_mw

CellKey = tuple[str, str, str, int]
"""Market, book, location and interval."""


class Oracle:
    """Applies messages like the core does, and computes everything anew when asked."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.first_day: dict[str, date] = {}
        self.delivered: dict[tuple[str, int], dict[Row, float]] = {}
        self.realised: set[tuple[str, str, int]] = set()
        self.frozen_usd: dict[tuple[str, str], float] = defaultdict(float)
        self.frozen_days: set[tuple[str, date]] = set()
        self.baseline_cells: dict[str, dict[CellKey, float]] = {}
        self.baseline_other: dict[str, dict[str, float]] = {}
        self.baseline_cumulative: dict[str, float] = {}

    def apply(self, message: Message) -> None:
        if isinstance(message, Tick):
            self._tick(message.at_ns)
        else:
            self.facts.apply(message)

    # Time -----------------------------------------------------------------------------------

    def _tick(self, at_ns: int) -> None:
        last = self.facts.now_ns
        if last is None:
            self._begin(at_ns)
        elif at_ns > last:
            for moment in self._moments(last, at_ns):
                self._reach(moment)

    def _begin(self, at_ns: int) -> None:
        facts = self.facts
        for market, terms in facts.markets.items():
            self.first_day[market] = local_date(at_ns, terms.time_zone)
        self._reach(at_ns)
        for market in facts.markets:
            self._take_baseline(market)

    def _moments(self, last: int, at_ns: int) -> list[int]:
        """Every time in (last, at] at which something is due, and the tick itself."""
        facts = self.facts
        due = {one.expires_at_ns for one in facts.adjustments.values()}
        for market in facts.markets:
            due.update(facts.intervals(market, last, at_ns))
        return sorted({moment for moment in due if last < moment <= at_ns} | {at_ns})

    def _reach(self, at_ns: int) -> None:
        for market in self.facts.markets:
            self._deliver(market, at_ns)
        earlier, self.facts.now_ns = self.facts.now_ns, at_ns
        for market in self.facts.markets:
            self._realise(market)
            if earlier is not None and self._day(market, earlier) != self._day(market, at_ns):
                self._freeze_old_days(market)
                self._take_baseline(market)

    def _day(self, market: str, at_ns: int) -> date:
        return local_date(at_ns, self.facts.markets[market].time_zone)

    def _deliver(self, market: str, at_ns: int) -> None:
        """An interval's position as it stood at its end."""
        since = self.facts.now_ns or self._midnight(market, self.first_day[market])
        step = self.facts.step_ns(market)
        for start in self.facts.intervals(market, since - step, at_ns):
            if start + step <= at_ns and (market, start) not in self.delivered:
                self.delivered[market, start] = open_mw(self.facts, market, start)

    def _realise(self, market: str) -> None:
        for priced, run, location, start in self.facts.price:
            if (priced, run) == (market, "RTD") and (market, start) in self.delivered:
                self.realised.add((market, location, start))

    def _take_baseline(self, market: str) -> None:
        self.baseline_cells[market] = self._cells(market, self._held(market))
        self.baseline_other[market] = self._forward_by_book(market)
        for book in self.facts.books:
            self.baseline_other[market][book] = (
                self.baseline_other[market].get(book, 0.0) + self.frozen_usd[market, book]
            )
        self.baseline_cumulative = dict(self.facts.cumulative_usd)

    def _freeze_old_days(self, market: str) -> None:
        """What is older than the correction horizon keeps its value for ever."""
        oldest = self.facts.today(market) - timedelta(days=CORRECTION_DAYS)
        old = [start for start in self._held(market) if self._day(market, start) < oldest]
        for (_, book, *_), usd in self._cells(market, old).items():
            self.frozen_usd[market, book] += usd
        day = self.first_day[market]
        while day < oldest:  # one without a price has no value, and is closed all the same
            self.frozen_days.add((market, day))
            day += timedelta(days=1)

    # Days held ------------------------------------------------------------------------------

    def _midnight(self, market: str, day: date) -> int:
        return local_midnight_ns(day, self.facts.markets[market].time_zone)

    def _held(self, market: str) -> list[int]:
        """Every interval from the first day to tomorrow that can still change."""
        begin = self._midnight(market, self.first_day[market])
        end = self._midnight(market, self.facts.today(market) + timedelta(days=2))
        return [
            start
            for start in self.facts.intervals(market, begin, end)
            if (market, self._day(market, start)) not in self.frozen_days
        ]

    def _cells(self, market: str, starts: list[int]) -> dict[CellKey, float]:
        return {
            (market, book, location, start): usd
            for start in starts
            for (book, location), usd in interval_value(self.facts, market, start).items()
        }

    def _forward_by_book(self, market: str) -> dict[str, float]:
        sums: dict[str, float] = defaultdict(float)
        for (where, book, *_), (_, usd) in forward_rows(self.facts).items():
            if where == market:
                sums[book] += usd
        for (where, book, *_), (_, usd) in held(self.facts).items():
            if where == market:
                sums[book] += usd
        return sums

    # Figures --------------------------------------------------------------------------------

    def figures(self) -> Figures:
        """Compute every figure; empty before the first tick."""
        figures = Figures()
        if self.facts.now_ns is None:
            return figures
        for market in self.first_day:
            self._position(market, figures)
        for (_, *key), (mwh, usd) in forward_rows(self.facts).items():
            figures.forward_mwh[tuple(key)] = mwh
            figures.forward_usd[tuple(key)] = usd
        self._pnl(figures)
        self._risk(figures)
        return figures

    def _position(self, market: str, figures: Figures) -> None:
        day = self.facts.today(market)
        for offset in (0, 1):
            start = self._midnight(market, day + timedelta(days=offset))
            end = self._midnight(market, day + timedelta(days=offset + 1))
            for hour in range((end - start) // HOUR_NS):
                key = (market, (day + timedelta(days=offset)).isoformat(), hour)
                begin = start + hour * HOUR_NS
                self._hour(key, begin, figures)

    def _hour(self, key: HourKey, begin: int, figures: Figures) -> None:
        facts, market = self.facts, key[0]
        every = list(facts.intervals(market, begin, begin + HOUR_NS))
        ahead = [start for start in every if (market, start) not in self.delivered]
        shown = [open_mw(facts, market, start) for start in ahead] or [
            self.delivered[market, start] for start in every
        ]
        figures.total_mw[key] = 0.0
        for rows in shown:
            for row, mw in rows.items():
                figures.add_open_mw(key, row, mw / len(shown))
        if ahead:
            parts = [coverage_parts_mw(facts, market, start) for start in ahead]
            covering, load = sum(part[0] for part in parts), sum(part[1] for part in parts)
            figures.open_mwh[key] = figures.total_mw[key] * len(ahead) / len(every)
            figures.load_mw[key] = load / len(ahead)
            figures.coverage[key] = covering / load if load > 0 else None
            if any(lacks_schedule(facts, market, start) for start in ahead):
                figures.lacks_schedule.add(key)

    def _pnl(self, figures: Figures) -> None:
        figures.scale_usd += forward_scale(self.facts)
        for market in self.first_day:
            self._market_pnl(market, figures)
            for start in self._held(market):
                figures.scale_usd += sum(abs(u) for _, u in cash_flows(self.facts, market, start))
        for book in self.facts.books:
            carried = self.facts.cumulative_usd.get(book, 0.0)
            figures.add_pnl(book, "value", carried)
            figures.add_pnl(book, "today", carried - self.baseline_cumulative.get(book, 0.0))
            figures.close_pnl(book)
        figures.close_pnl("firm")

    def _market_pnl(self, market: str, figures: Figures) -> None:
        now, then = self._cells(market, self._held(market)), self.baseline_cells.get(market, {})
        today = self.facts.today(market)
        for cell in now.keys() | then.keys():
            _, book, location, start = cell
            change = now.get(cell, 0.0) - then.get(cell, 0.0)
            figures.add_pnl(book, "value", now.get(cell, 0.0))
            figures.add_pnl(book, "today", change)
            if self._day(market, start) < today:
                figures.add_pnl(book, "corrections", change)
            elif (market, location, start) in self.realised:
                figures.add_pnl(book, "realised", change)
        forward, before = self._forward_by_book(market), self.baseline_other.get(market, {})
        for book in self.facts.books:
            other = forward.get(book, 0.0) + self.frozen_usd[market, book]
            figures.add_pnl(book, "value", other)
            figures.add_pnl(book, "today", other - before.get(book, 0.0))

    def _risk(self, figures: Figures) -> None:
        sums: Moves = moves(self.facts, self.unrealised())
        figures.scenario_dates = [day for _, day in sums.history.usable]
        figures.firm_scenarios = sums.of("firm", "total")
        figures.risk_scale_usd = sums.scale_usd
        for node in (*sorted(self.facts.books), "firm"):
            for horizon in ("intraday", "forward", "total"):
                figures.risk[node, horizon] = order_statistics(sums.of(node, horizon))
                figures.complete[node, horizon] = (node, horizon) not in sums.incomplete

    def unrealised(self) -> dict[str, set[tuple[str, int]]]:
        """Every location and interval held that is not realised, by market."""
        cells: dict[str, set[tuple[str, int]]] = {}
        for market in self.first_day:
            held = self._held(market)
            names = [location for where, location in self.facts.hubs if where == market]
            cells[market] = {
                (location, start)
                for location in names
                for start in held
                if (market, location, start) not in self.realised
            }
        return cells
