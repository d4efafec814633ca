"""The volumes of the company's resources on one market day: forecast, schedules, meter.

Forecast, award, FMM, RTD and meter of one resource supersede each other and never add; see
docs/meanings.md, "Volumes of a resource".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from state.arrays import Flags, Matrix, with_room
from state.calendar import MarketDay
from state.market.volume_loops import (
    FORECAST,
    SCHEDULED_DA,
    derive_volumes,
    enter_stage,
    find_gaps,
    sum_volumes,
)
from state.messages import FloatColumn, Resource, ResourceKind
from state.wire import decode, encode

AT_DAY, AT_INTERVAL = range(2)
"""When a forecast is kept, to be held against the meter: as its day, as its interval begins."""


class VolumeGrid:
    """Holds every stage of every resource's volume, and the legs that follow.

    Attributes:
        stage: MW in the resource's own direction, shape (6 stages, resources, intervals); NaN
            where not published.
        available_mw: the outage limit; infinite without an outage.
        scheduled: where the market's day-ahead schedule is known.
        expected: expected real-time volume Q, MW in the resource's own direction.
        legs: MW, + supply and − load, by the price they settle at, shape (4, resources,
            intervals).
        is_load: which resources withdraw.
        foreseen: MW of the forecast as it was when the day began, and when each interval did,
            shape (2, resources, intervals); NaN where there was none or nobody looked.
        begun: intervals that have begun.
        edition: grows with every change; not saved.
    """

    def __init__(self, day: MarketDay) -> None:
        self.day = day
        self.is_load = np.zeros(0, dtype=np.bool_)
        self.stage = np.full((6, 0, day.intervals), np.nan)
        self.available_mw = np.full((0, day.intervals), np.inf)
        self.scheduled = np.zeros(day.intervals, dtype=np.bool_)
        self.expected = np.zeros((0, day.intervals))
        self.legs = np.zeros((4, 0, day.intervals))
        self.foreseen = np.full((2, 0, day.intervals), np.nan)
        self.begun = 0
        self.edition = 0

    @property
    def has_load(self) -> bool:
        """Whether any resource withdraws."""
        return bool(self.is_load.any())

    def add_resource(self, *, is_load: bool) -> None:
        """Make room for one more resource."""
        self.is_load = np.append(self.is_load, is_load)
        resources = len(self.is_load)
        self.stage = with_room(self.stage, resources, axis=1, empty=np.nan)
        self.foreseen = with_room(self.foreseen, resources, axis=1, empty=np.nan)
        self.legs = with_room(self.legs, resources, axis=1)
        self.available_mw = with_room(self.available_mw, resources, axis=0, empty=np.inf)
        self.expected = with_room(self.expected, resources, axis=0)

    def enter(self, stage: int, resources: list[int], mw: Matrix, *, first: int) -> list[int]:
        """Enter consecutive values by resource; NaN leaves what was there.

        Returns:
            The resources that changed, in order.
        """
        changed = np.zeros(len(self.is_load), dtype=np.bool_)
        # A copy: what a message holds may be read-only, for which loops are compiled apart.
        numbers, own = np.array(resources, dtype=np.int64), np.array(mw, order="C")
        enter_stage(self.stage[stage], numbers, own, first, changed)
        return np.flatnonzero(changed).tolist()

    def mark_scheduled(self, mw: Matrix, *, first: int) -> bool:
        """Note that the day-ahead schedule is known where any resource has a value."""
        part = self.scheduled[first : first + mw.shape[1]]
        known = np.isfinite(mw).any(axis=0) & ~part
        part |= known
        return bool(known.any())

    def begin(self, begun: int) -> None:
        """Keep the forecasts of the interval that begins, and of the day with its first.

        Where several begin at once, nobody looked when the earlier ones did.
        """
        if begun <= self.begun:
            return
        forecast = self.stage[FORECAST]
        if begun == 1:
            self.foreseen[AT_DAY] = forecast
        self.foreseen[AT_INTERVAL, :, begun - 1] = forecast[:, begun - 1]
        self.begun = begun

    def derive(self, resources: Sequence[int], span: tuple[int, int]) -> None:
        """Recompute expected volume and legs of some resources over a span."""
        self.edition += 1
        entered = (self.stage, self.available_mw, self.scheduled, self.is_load)
        numbers = np.array(resources, dtype=np.int64)
        derive_volumes(numbers, span, entered, self.expected, self.legs)

    def sums(self) -> Matrix:
        """Return expected supply and load, scheduled day-ahead supply and load; (4, intervals)."""
        return sum_volumes(self.stage, self.expected, self.is_load)

    def gaps(self, delivered: int) -> tuple[Flags, Flags]:
        """Say which resources are not in the day-ahead schedule, or not known at all.

        Args:
            delivered: intervals that are over, and are not looked at.
        """
        return find_gaps(self.stage, self.scheduled, delivered)

    def without_forecast(self) -> Flags:
        """Return where no stage of a resource is known at all, shape (resources, intervals)."""
        return np.asarray(np.isnan(self.stage).all(axis=0))

    def without_schedule(self) -> Flags:
        """Return where the market's day-ahead schedule is known but a resource is not in it."""
        return np.asarray(self.scheduled & np.isnan(self.stage[SCHEDULED_DA]))

    def day_ahead_of(self, resource: int) -> FloatColumn:
        """Return MW of a resource scheduled day-ahead; NaN before the market's schedule is known.

        What the market's schedule leaves out counts as scheduled 0.
        """
        own = self.stage[SCHEDULED_DA, resource]
        return np.where(self.scheduled & np.isnan(own), 0.0, own)

    def snapshot(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs; expectation and legs follow from it."""
        return {
            "stage": self.stage,
            "available_mw": self.available_mw,
            "scheduled": self.scheduled,
            "is_load": self.is_load,
            "foreseen": self.foreseen,
            "begun": self.begun,
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.stage = saved["stage"]
        self.available_mw = saved["available_mw"]
        self.scheduled = saved["scheduled"]
        self.is_load = saved["is_load"]
        # A state saved before forecasts were kept has none; what begins from now on has.
        none = np.full((2, *self.available_mw.shape), np.nan)
        self.foreseen, self.begun = saved.get("foreseen", none), saved.get("begun", 0)
        self.expected = np.zeros(self.available_mw.shape)
        self.legs = np.zeros((4, *self.available_mw.shape))
        self.derive(range(len(self.is_load)), (0, self.day.intervals))


class ResourceTable:
    """Gives the resources of a market stable indexes.

    Attributes:
        row: the row each resource lies in.
        members: the resources of each row that has any.
        edition: grows with every record; not saved.
    """

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.row: list[int] = []
        self.members: dict[int, list[int]] = {}
        self.records: list[Resource] = []
        self.edition = 0

    def __len__(self) -> int:
        return len(self.records)

    @property
    def is_load(self) -> list[bool]:
        """Which resources withdraw."""
        return [record.resource_kind is ResourceKind.LOAD for record in self.records]

    def add(self, record: Resource, row: int) -> int:
        """Take in a resource that is new; return its index."""
        self.index[record.resource] = number = len(self.records)
        self.records.append(record)
        self.edition += 1
        self.row.append(row)
        self.members.setdefault(row, []).append(number)
        return number

    def change(self, record: Resource) -> None:
        """Take over a changed record of a known resource."""
        self.records[self.index[record.resource]] = record
        self.edition += 1

    def withdraws(self, resource: str) -> bool:
        """Say whether a resource is a load."""
        return self.records[self.index[resource]].resource_kind is ResourceKind.LOAD

    def keeps_place(self, record: Resource) -> bool:
        """Say whether a record of a known resource leaves it where it is, and what it is."""
        known = self.records[self.index[record.resource]]
        return all(
            getattr(known, name) == getattr(record, name)
            for name in ("market", "book", "location", "resource_kind")
        )

    def snapshot(self) -> list[list[Any]]:
        """Return what :meth:`restore` needs."""
        return [[encode(record), row] for record, row in zip(self.records, self.row, strict=True)]

    def restore(self, saved: list[list[Any]]) -> None:
        """Take over a snapshot."""
        for data, row in saved:
            record = decode(data)
            if isinstance(record, Resource):
                self.add(record, row)
