"""One company over one long log of every kind of message, held against full recomputes.

``python -m tests.state.long_log --messages 1000000`` draws, folds and compares, and says how far
the running figures were from what they are when computed anew; ``--minutes`` ends it early.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import yaml
from hypothesis import HealthCheck, given, settings

from state.company import Company
from state.desk import Desk
from state.drift.compare import differences, nothing, worst_of
from state.drift.difference import LEAST_MW, Difference, largest
from state.market.unmarked import unmarked_by_book
from state.messages import (
    AnyMessage,
    LocationKind,
    Locations,
    Opening,
    Policy,
    Run,
    SettlesAt,
    StressScenarios,
    Tick,
    Trade,
    TradeAction,
)
from state.moments import SECOND_NS, to_ns
from tests.state.oracle.unmarked import looked_at
from tests.state.strategies.contracts import AdjustmentStep, OutageStep, ProductStep, TradeStep
from tests.state.strategies.draws import FACTS
from tests.state.strategies.logs import _usual_morning
from tests.state.strategies.steps import PriceStep, Step, Told
from tests.state.strategies.world import BOOKS, World

POLICIES = Path(__file__).parents[2] / "policies"
MOMENTS = (1, 1, 1, 7, 7, 60, 60, 60, 300, 300, 900, 3600)
"""Seconds from one tick to the next; a leap over midnights now and then is drawn besides."""

_LEAPS = (43_200, 86_400, 90_000)
_STEPS_OF_A_NAME = 150
"""After so many steps contracts, outages and adjustments get new names: four versions each."""

_STEPS_OF_A_WORLD = 1500
_SAID_LATELY = 60
_MOST_INTERVALS = 6
_MESSAGES_PER_LOOK = 1000
_POOL = 1200
_SHARE_OF_ALL_SCENARIOS = 0.05
_REMOTE = "REMOTE"
_START = datetime(2026, 3, 6, 21, 40, tzinfo=ZoneInfo("America/Los_Angeles")).astimezone(UTC)
RARE: tuple[tuple[str, float], ...] = (
    ("leap", 0.002), ("opening", 0.004), ("force", 0.002), ("remote", 0.01),
)  # fmt: skip
"""What is drawn seldom, and how often a step is one of it."""


def steps_of(count: int) -> dict[str, list[Step]]:
    """Draw steps by kind, the same ones each time."""
    found: dict[str, list[Step]] = {}

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(FACTS)
    def draw(step: Step) -> None:
        kind = step.func.__name__ if isinstance(step, partial) else type(step).__name__
        found.setdefault(kind, []).append(step)

    draw()
    return found


@dataclass
class LongLog:
    """Draws messages for a company, which it must be told after each of them.

    Attributes:
        world: the reference data in force.
        random: where chance comes from.
        steps: the pool of recipes by kind; each kind is drawn as often as any other.
    """

    random: Random
    steps: dict[str, list[Step]]
    company: Company
    told: Told = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        world = World(to_ns(_START), 300, 0, 24, ((3, 5),), ("caiso", "spp"))
        self.told = Told(world, world.start_ns, [])

    def messages(self) -> Iterator[AnyMessage]:
        """Draw for ever, each message when the one before has been applied."""
        yield from self._said(self.told.world.opening())
        yield Locations(
            market="caiso", locations=(_REMOTE,), kinds=(LocationKind.NODE,), hubs=("",)
        )
        yield from self._said(self._in_force(which=2))
        for step in _usual_morning((True,) * 5):
            yield from self._said(step(self.told))
        yield Tick(at_ns=self.told.now_ns)
        while True:
            self.number += 1
            yield from self._step()

    def _step(self) -> Iterator[AnyMessage]:
        if self.number % _STEPS_OF_A_WORLD == 0:
            yield from self._another_world()
        chance = self.random.random()
        for what, share in RARE:
            if chance < share:
                yield from self._rare(what)
                return
            chance -= share
        step = self._named(self.random.choice(self.steps[self.random.choice(sorted(self.steps))]))
        yield from self._said(step(self.told))
        if self.random.random() < 0.7:
            yield self._tick(self.random.choice(MOMENTS))

    def _rare(self, what: str) -> Iterator[AnyMessage]:
        if what == "leap":
            yield self._tick(self.random.choice(_LEAPS))
        elif what == "remote":
            yield from self._said([self._at_the_remote_node()])
        elif what == "opening":
            yield Opening(at_ns=self.told.now_ns, state=self.company.snapshot())
        else:
            yield from self._said(self._in_force(self.random.randrange(3)))

    def _at_the_remote_node(self) -> Trade:
        """Return a contract of today or tomorrow at the node that no curve marks."""
        choose, hour_ns = self.random.choice, 3600 * SECOND_NS
        start_ns = self.told.now_ns // hour_ns * hour_ns
        start_ns += choose((0, 4, 20, 80, 81)) * hour_ns // 4
        return Trade(
            source="blotter",
            trade=f"remote-{self.number}",
            version=1,
            action=TradeAction.NEW,
            product="energy",
            market="caiso",
            book=choose(BOOKS),
            location=_REMOTE,
            settles_at=choose((SettlesAt.DA, SettlesAt.FMM, SettlesAt.RTD)),
            delivery_start_ns=start_ns,
            delivery_end_ns=start_ns + choose((1, 2, 5)) * hour_ns,
            quantity_mw=choose((-10.0, 5.0, 12.5)),
            price_usd_per_mwh=40.0,
            profile_mw=np.zeros(0),
            counterparty="",
        )

    def _another_world(self) -> Iterator[AnyMessage]:
        """Records of the same things anew, marks and history of the months now ahead."""
        seed = self.random.randrange(1000)
        self.told.world = replace(
            self.told.world, start_ns=self.told.now_ns, history_seed=seed, holes=((seed, seed),)
        )
        yield from self._said(self.told.world.opening())
        for step in _usual_morning((True,) * 5):
            yield from self._said(step(self.told))

    def _in_force(self, which: int) -> list[AnyMessage]:
        names = [("desk-limits",), ("data-limits",), ("desk-limits", "data-limits")][which]
        text = self._scenarios()
        policies = [
            Policy(policy=name, version="1", source=(POLICIES / f"{name}.yaml").read_text("utf-8"))
            for name in names
        ]
        return [*policies, StressScenarios(scenarios="stress", version="1", source=text)]

    def _scenarios(self) -> str:
        """Return all shipped scenarios now and then, one of them most times: no figure compared
        here hangs on them, and they take most of the time of a tick."""
        text = (POLICIES / "stress-scenarios.yaml").read_text("utf-8")
        if self.random.random() < _SHARE_OF_ALL_SCENARIOS:
            return text
        file = yaml.safe_load(text)
        file["scenarios"] = [self.random.choice(file["scenarios"])]
        return yaml.safe_dump(file, sort_keys=False)

    def _named(self, step: Step) -> Step:
        age = self.number // _STEPS_OF_A_NAME
        match step:
            case TradeStep():
                return replace(step, trade=f"{step.trade}-{age}")
            case ProductStep():
                return replace(step, plain=replace(step.plain, trade=f"{step.plain.trade}-{age}"))
            case OutageStep():
                return replace(step, outage=f"{step.outage}-{age}")
            case PriceStep():
                run = Run.RTD if (step.market, step.run) == ("spp", Run.FMM) else step.run
                return replace(step, count=min(step.count, _MOST_INTERVALS), run=run)
            case AdjustmentStep():
                return replace(step, adjustment=f"{step.adjustment}-{age}")
        return step

    def _said(self, messages: Iterable[AnyMessage]) -> Iterator[AnyMessage]:
        for message in messages:
            received = msgspec.structs.replace(message, received_at_ns=self.told.now_ns)
            self.told.messages.append(received)
            yield received
        del self.told.messages[:-_SAID_LATELY]

    def _tick(self, seconds: int) -> Tick:
        self.told.now_ns += seconds * SECOND_NS
        return Tick(at_ns=self.told.now_ns)


_NONE_UNMARKED = Difference("MWh without a mark", 0.0, "nowhere", 0.0, 0.0)


@dataclass
class Found:
    """What a long log came to.

    Attributes:
        messages: applied, by kind.
        compared: how many full recomputes.
        worst: the largest difference of each figure.
        lacked: how many comparisons found MWh without a mark.
        days: of market time.
    """

    messages: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    worst: list[Difference] = field(default_factory=lambda: [*nothing(), _NONE_UNMARKED])
    lacked: int = 0
    days: float = 0.0

    def compare(self, desk: Desk) -> None:
        """Recompute everything."""
        self.compared += 1
        self.worst = worst_of(self.worst, differences(desk))
        for name, market in desk.markets.items():
            kept, anew = unmarked_by_book(market), looked_at(market)
            at = partial("{} {}".format, name)
            found = largest(_NONE_UNMARKED.figure, (kept, anew), anew, LEAST_MW, at)
            self.worst = worst_of(self.worst, [found])
            self.lacked += bool(anew.any())

    @property
    def relative(self) -> float:
        """The largest of all."""
        return max(one.relative for one in self.worst)

    def text(self) -> str:
        """Return it in words."""
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.messages.most_common())
        figures = "\n".join(
            f"  {one.figure}: {one.relative:.3g} ({one.place})" for one in self.worst
        )
        return (
            f"{self.messages.total():,} messages over {self.days:.0f} days, compared "
            f"{self.compared} times: largest relative difference {self.relative:.3g}\n"
            f"{figures}\n  messages: {kinds}"
        )


def fold(
    messages: int,
    *,
    seed: int,
    every: int,
    look: Callable[[Company, Found], bool] | None = None,
) -> Found:
    """Fold a long log; recompute everything after a tick each so many messages, and at the end.

    Args:
        messages: how many.
        seed: of the log.
        every: messages between two comparisons.
        look: is shown each comparison, and says whether to go on.
    """
    company, found = Company("company"), Found()
    log = LongLog(Random(seed), steps_of(_POOL), company)  # noqa: S311 - no secret
    begun_ns, due = log.told.now_ns, every
    for position, message in enumerate(log.messages(), start=1):
        company.apply(message, position)
        if position % _MESSAGES_PER_LOOK == 0:
            company.changed_views()
            company.refusals()
        found.messages[str(message.__struct_config__.tag)] += 1
        if isinstance(message, Tick) and position >= due:
            due += every
            found.days = (log.told.now_ns - begun_ns) / (86_400 * SECOND_NS)
            found.compare(company.desk)
            go_on = look is None or look(company, found)
            if position >= messages or not go_on:
                return found
    raise AssertionError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.state.long_log", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    ends = time.monotonic() + 60.0 * chosen.minutes

    def look(_: Company, found: Found) -> bool:
        done = found.messages.total()
        print(f"{done:,}: {found.relative:.3g}", flush=True)  # noqa: T201 - the command's answer
        return bool(time.monotonic() < ends)

    every = max(1, chosen.messages // 100)
    found = fold(chosen.messages, seed=chosen.seed, every=every, look=look)
    print(found.text())  # noqa: T201 - the command's answer
    return 0 if found.relative <= 1e-9 else 2


if __name__ == "__main__":
    sys.exit(main())
