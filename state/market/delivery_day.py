"""One market day in the making: prices, volumes, legs, value and exposure, kept in step.

A change enters through one method, touches a block of rows and intervals, and moves the totals by
the difference; everything else stays as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from state.arrays import Matrix, Numbers, with_room
from state.calendar import MarketDay
from state.market.changes import Change
from state.market.exposures import ExposureMove
from state.market.generation import GenerationRates
from state.market.hourly import HourlyPositions
from state.market.likeness import alike
from state.market.open_lines import OpenLines
from state.market.positions import LegGrid, whole_mw
from state.market.prices import DA, FMM, RTD, PriceGrid
from state.market.row_loops import Figures, Priced, Terms, refresh_rows
from state.market.tables import MarketTables
from state.market.volume_loops import SCHEDULED_DA
from state.market.volumes import VolumeGrid
from state.messages import FloatColumn
from state.risk.kinds import KINDS

Span = tuple[int, int]


class DeliveryDay:
    """Folds everything about one market day.

    Attributes:
        hours_per_interval: what turns MW into MWh.
        hourly, open_lines: contracts of whole hours; everything below is about the others.
        rates: what as-generated contracts pay for the output of plants.
        value: $ of every row and interval, cash included.
        base: the same at the last market-local midnight.
        realised: where an interval is delivered and priced, shape (locations, intervals).
        delivered: how many intervals are over.
        exposure: MWh by kind of shock, row and hour.
        edition: grows with every change but of lines, so that figures of a day at rest are kept;
            not saved.
        supply_edition: likewise, but not with prices: what coverage stands on; not saved.
        kept: figures computed of an edition, by name; not saved.
        rows_open_mw: the open position of all rows by interval, for the explain; not saved.
    """

    def __init__(self, day: MarketDay, tables: MarketTables, *, books: int) -> None:
        self.day = day
        self.hours_per_interval = day.interval_seconds / 3600.0
        self._tables = tables
        self.prices = PriceGrid(day, len(tables.locations), fmm_weight=tables.fmm_weight)
        self.volumes = VolumeGrid(day)
        self.legs = LegGrid(day)
        self.value, self.base = np.zeros((2, 0, day.intervals))
        self.realised = np.zeros((len(tables.locations), day.intervals), dtype=np.bool_)
        self._realised_at = np.zeros(day.intervals, dtype=np.int64)
        self.exposure = np.zeros((KINDS, 0, day.hours))
        self.hourly = HourlyPositions(day, tables.lines, self.prices)
        self.open_lines = OpenLines(self.hourly, tables.locations, self.prices, books=books)
        self._value_usd, self._realised_usd = np.zeros((2, books))
        self.delivered = self.edition = 0
        self.rows_open_mw = np.zeros(day.intervals)
        self.supply_edition = 0
        self.kept: dict[str, tuple[Any, Any]] = {}
        self.priced_late = False
        self.rates = GenerationRates()
        self.moves: list[ExposureMove] = []
        self.grow(books)

    # Room ----------------------------------------------------------------------------------------

    def grow(self, books: int) -> None:
        """Make room for the rows, locations, resources and books there are by now."""
        tables = self._tables
        self.prices.grow(len(tables.locations))
        self.realised = with_room(self.realised, len(tables.locations), axis=0)
        while len(self.volumes.is_load) < len(tables.resources):
            resource = len(self.volumes.is_load)
            self.volumes.add_resource(is_load=bool(tables.resources.is_load[resource]))
        self.legs.grow(len(tables.rows))
        rows = self.legs.capacity
        self.value = with_room(self.value, rows, axis=0)
        self.base = with_room(self.base, rows, axis=0)
        self.exposure = with_room(self.exposure, rows, axis=1)
        self._value_usd = with_room(self._value_usd, books, axis=0)
        self._realised_usd = with_room(self._realised_usd, books, axis=0)
        self.hourly.by_hub.grow(tables.locations, books)
        self.hourly.grow(books, self.realised)
        self.open_lines.grow(books)

    def beside(self, tables: MarketTables) -> DeliveryDay:
        """Return the day for other tables, whose lines hold nothing yet; what moves is its own."""
        hourly = self.hourly.beside(tables.lines)
        own = {"_tables": tables, "hourly": hourly, "open_lines": self.open_lines.beside(hourly)}
        return alike(self, kept=dict(self.kept), moves=[], **own)

    def trade_run(self, run: int) -> int:
        """Return the run a contract of a run settles at in the day's market."""
        return self._tables.trade_run(run)

    def keep_value_in(self, room: Matrix) -> None:
        """Keep value and cash by book, $, of rows and of lines in an array from now on."""
        room[0], room[1] = self._value_usd, self.hourly.value_usd
        self._value_usd, self.hourly.value_usd = room

    @property
    def value_usd(self) -> FloatColumn:
        """Value and cash of the day by book, $."""
        return self._value_usd + self.hourly.value_usd

    @property
    def realised_usd(self) -> FloatColumn:
        """What realised intervals gained since midnight, by book, $."""
        return self._realised_usd + self.hourly.realised_usd

    @property
    def canonical(self) -> tuple[FloatColumn, ...]:
        """What the digest proves, rows and lines by turns: open MW, value, realised value."""
        hourly = self.hourly
        mw = self.rows_open_mw, hourly.open_mw
        value = self._value_usd, hourly.value_usd
        return *mw, *value, self._realised_usd, hourly.realised_usd

    @property
    def corrected_usd(self) -> FloatColumn:
        """By how much the value of the whole day changed since midnight, by book, $."""
        rows = np.arange(len(self._tables.rows))
        moved = self._by_book(rows, self.value[rows] - self.base[rows])
        return moved + (self.hourly.value_usd - self.hourly.base_usd)

    @property
    def open_mw(self) -> FloatColumn:
        """The firm's open position by interval, MW."""
        rows = np.add.reduce(self.legs.open[: len(self._tables.rows)], axis=0)
        return np.asarray(rows + self.hourly.open_mw)

    # What can change -----------------------------------------------------------------------------

    def add_trade(
        self, row: int, run: int, mw: FloatColumn, *, span: Span, price: float, financial: bool
    ) -> None:
        """Add a trade's MW and cost to a row; minus the same MW takes it out again.

        Args:
            row: of the market.
            run: the run it settles at.
            mw: signed MW of every interval of the span.
            span: the intervals it touches.
            price: $/MWh paid.
            financial: True for a contract without delivery.
        """
        part = np.s_[row, span[0] : span[1]]
        grid = self.legs.financial if financial else self.legs.physical
        grid[self.trade_run(run)][part] += mw
        self.legs.cost[part] += price * mw * self.hours_per_interval
        self.refresh(np.array([row]), span)

    def add_line(self, line: int, first_hour: int, mw: FloatColumn, price: float) -> None:
        """Add MW by hour and their cost to a line; minus the same MW takes them out again."""
        hourly = self.hourly
        if hourly.past:
            self._note_past()
        hourly.add(line, first_hour, mw, price, self.open_lines.counted)

    def add_as_generated(self, resource: int, row: int, rate: FloatColumn) -> None:
        """Add to what a MWh of a resource costs a row under as-generated contracts, $/MWh."""
        self.rates.add(resource, row, rate)
        self._charge_generation({row}, (0, self.day.intervals))
        self.refresh(np.array([row]), (0, self.day.intervals))

    def set_adjustment(self, row: int, mw: FloatColumn) -> None:
        """Set a row's manual adjustments, MW by interval."""
        self.legs.adjustment[row] = mw
        self.refresh(np.array([row]), (0, self.day.intervals))

    def set_virtual(self, row: int, mw: FloatColumn) -> None:
        """Set a row's virtual awards as open position, MW by interval."""
        self.legs.virtual[row] = mw
        self.refresh(np.array([row]), (0, self.day.intervals))

    def set_available(self, resource: int, mw: FloatColumn) -> None:
        """Set a resource's outage limit, MW by interval."""
        self.volumes.available_mw[resource] = mw
        self.refresh_volume([resource], (0, self.day.intervals))

    def enter_volume(self, stage: int, resource: int, mw: FloatColumn, *, first: int) -> bool:
        """Enter one stage of a resource's volume; say whether it changed anything."""
        changed = self.volumes.enter(stage, [resource], mw[None], first=first)
        if changed:
            self.refresh_volume(changed, (first, first + len(mw)))
        return bool(changed)

    def enter_schedule(self, stage: int, resources: list[int], mw: Matrix, *, first: int) -> bool:
        """Enter a schedule, shape (resources, intervals); a day-ahead one is the switch."""
        span = (first, first + mw.shape[1])
        changed = self.volumes.enter(stage, resources, mw, first=first)
        if stage == SCHEDULED_DA and self.volumes.mark_scheduled(mw, first=first):
            self.hourly.schedule(self.volumes.scheduled)
            self.refresh_volume(list(range(len(self.volumes.is_load))), span)
            self.refresh(np.arange(len(self._tables.rows)), span)
        elif changed:
            self.refresh_volume(changed, span)
        return bool(changed)

    def publish(self, run: int, places: Numbers, lmp: FloatColumn, *, span: Span) -> bool:
        """Enter prices of one interval of a run; say whether any changed."""
        entered = self.prices.publish(run, places, lmp, span=span)
        if not len(entered.places):
            return False
        self.priced_late |= run == RTD and span[0] < self.delivered
        if run == DA and entered.fresh:
            self.supply_edition += 1  # a day-ahead schedule is expected where its price is known
        rows = self._tables.rows.at(entered.places, len(self._tables.locations))
        self._reprice(rows, self.prices.hours_around(span))
        self.hourly.publish(run, entered, span, delivered=self.delivered)
        return True

    def set_curve(self, places: Numbers, curve: Matrix) -> None:
        """Enter the curve's price of the whole day at some places, shape (hours, places)."""
        self.prices.set_curve(places, curve)
        rows = self._tables.rows.at(places, len(self._tables.locations))
        self._reprice(rows, (0, self.day.intervals))
        self.hourly.reprice(places, delivered=self.delivered)

    # Time ----------------------------------------------------------------------------------------

    def tick(self, at_ns: int) -> None:
        """Deliver the intervals that are over, realise those that are priced."""
        if self.delivered == self.day.intervals:
            return
        over = (at_ns - self.day.start_ns) // self.day.step_ns
        self.volumes.begin(int(min(self.day.intervals, over + 1)))
        delivered = int(min(self.day.intervals, max(0, over)))
        if delivered > self.delivered:
            fresh = np.s_[:, self.delivered : delivered]
            self.legs.at_end[fresh] = self.legs.open[fresh]
            self.hourly.deliver(self.delivered, delivered)
            self.delivered = delivered
            self.edition += 1
            self.supply_edition += 1
            self.realise()

    def realise(self) -> None:
        """Realise what is delivered and priced."""
        self.priced_late = False
        known = self.prices.count[RTD, : self.delivered]
        for interval in np.flatnonzero(known != self._realised_at[: self.delivered]).tolist():
            self._realise_interval(interval)

    def _realise_interval(self, interval: int) -> None:
        turned = (self.prices.out[:, interval] & (1 << RTD)).astype(np.bool_)
        places = np.flatnonzero(turned & ~self.realised[:, interval])
        self.realised[places, interval] = True
        self._realised_at[interval] += len(places)
        self.hourly.realise(interval, places)
        rows = self._tables.rows.at(places, len(self._tables.locations))
        gained = self.value[rows, interval] - self.base[rows, interval]
        self._realised_usd += self._by_book(rows, gained[:, None])
        self._reprice(rows, (interval, interval + 1))

    def rebase(self, *, past: bool, ahead: bool = False) -> None:
        """Begin a new P&L day: what everything is worth now is its base."""
        self.base = self.value.copy()
        self._realised_usd[:] = 0.0
        self.hourly.rebase(past=past, ahead=ahead)

    # Keeping in step -----------------------------------------------------------------------------

    def refresh_volume(self, resources: list[int], span: Span) -> None:
        """Recompute some resources over a span, and the rows they lie in."""
        table = self._tables.resources
        self.volumes.derive(resources, span)
        charged = self.rates.rows_of(resources)
        self._charge_generation(charged, span)
        touched = sorted({table.row[resource] for resource in resources})
        for row in touched:
            members = table.members[row]
            legs = self.volumes.legs[:, members, span[0] : span[1]]
            self.legs.volumes[:, row, span[0] : span[1]] = np.add.reduce(legs, axis=1)
        self.refresh(np.array(sorted(charged | set(touched)), dtype=np.int64), span)

    def _charge_generation(self, rows: set[int], span: Span) -> None:
        part = slice(*span)
        for row in rows:
            cost = self.rates.cost_of(row, self.volumes.expected, part)
            self.legs.generated_cost[row, part] = cost * self.hours_per_interval

    def refresh(self, rows: Numbers, span: Span) -> None:
        """Recompute legs, open position, value and exposure of some rows over a span."""
        self.supply_edition += 1
        self._reprice(rows, span)

    def _reprice(self, rows: Numbers, span: Span) -> None:
        """Do likewise after prices alone changed."""
        self.edition += 1
        self._note_past()
        if not len(rows):
            return
        hours = self.prices.hours_around(span)
        first_hour, last_hour = (edge // self.day.per_hour for edge in hours)
        usd = np.empty((len(rows), span[1] - span[0]))
        exposed = np.empty((KINDS, len(rows), last_hour - first_hour))
        where = (self._tables.rows.book, self._tables.rows.location)
        known = (self.legs.held, self._priced, self._terms)
        if refresh_rows(rows, where, span, *known, self._figures, usd, exposed):
            kinds, numbers, late = np.nonzero(exposed)
            moved = exposed[kinds, numbers, late]
            self._move(kinds, rows[numbers], late + first_hour, moved)
        block = Change(self.day.day, rows, self.day.on_peak[slice(*span)], usd)
        self._tables.changes.blocks.append(block)

    @property
    def _priced(self) -> Priced:
        prices = self.prices
        known = (prices.by_interval, prices.curve, prices.out)
        return Priced(*known, self.realised, self.volumes.scheduled)

    @property
    def _terms(self) -> Terms:
        return Terms(self.trade_run(FMM), self._tables.fmm_weight, self.day.per_hour)

    @property
    def _figures(self) -> Figures:
        by_book = (self._value_usd, self._realised_usd)
        return Figures(self.value, self.exposure, *by_book, self.rows_open_mw)

    def _note_past(self) -> None:
        """Note what a day that is over was worth before it changes."""
        past = self._tables.changes.past
        if self.hourly.past and self.day.day not in past:
            past[self.day.day] = self.value_usd

    def _by_book(self, rows: Numbers, amounts: Matrix) -> FloatColumn:
        by_row = np.add.reduce(amounts, axis=1)
        books = self._tables.rows.book[rows]
        return np.bincount(books, by_row, len(self._value_usd)).astype(np.float64)

    def _move(
        self,
        kinds: Numbers,
        rows: Numbers,
        hours: Numbers,
        mwh: FloatColumn,
    ) -> None:
        table, clock_hours = self._tables.rows, self.day.clock_hours[hours]
        self.moves.append(
            ExposureMove(kinds, table.book[rows], table.location[rows], clock_hours, mwh)
        )

    def expose_all(self) -> None:
        """Let every exposure count as moved, from zero."""
        self.hourly.expose_all()
        self.moves.clear()
        kinds, rows, hours = np.nonzero(self.exposure)
        if len(kinds):
            self._move(kinds, rows, hours, self.exposure[kinds, rows, hours])

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self, *, with_base: bool = True) -> dict[str, Any]:
        """Return what :meth:`restore` needs to go on bit for bit; see ``hourly`` for the base."""
        rows = len(self._tables.rows)
        return {
            "prices": self.prices.snapshot(),
            "volumes": self.volumes.snapshot(),
            "legs": self.legs.snapshot(rows),
            "value": self.value[:rows],
            "base": self.base[:rows],
            "realised": self.realised,
            "exposure": self.exposure[:, :rows],
            "value_usd": self._value_usd,
            "realised_usd": self._realised_usd,
            "hourly": self.hourly.snapshot(with_base=with_base),
            "delivered": self.delivered,
            "priced_late": self.priced_late,
            "rates": self.rates.snapshot(),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.prices.restore(saved["prices"])
        self.volumes.restore(saved["volumes"])
        self.legs.restore(saved["legs"])
        for name in ("value", "base", "realised", "exposure"):
            setattr(self, name, saved[name])
        self._realised_at = np.count_nonzero(self.realised, axis=0)
        self._value_usd, self._realised_usd = saved["value_usd"], saved["realised_usd"]
        self.hourly.grow(len(self._value_usd), self.realised)
        self.delivered = saved["delivered"]
        self.hourly.restore(saved["hourly"], self.volumes.scheduled, delivered=self.delivered)
        self.rows_open_mw = whole_mw(self.legs.open)
        self.priced_late = saved["priced_late"]
        self.rates.restore(saved["rates"])
