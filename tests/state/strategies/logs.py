"""Whole logs: reference data, a usual morning, then facts and ticks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
import numpy as np
from hypothesis import strategies as st

from state.messages import (
    AnyMessage,
    CumulativePnl,
    Forecast,
    Run,
    Tick,
)
from state.moments import SECOND_NS, from_ns
from tests.state.strategies.draws import FACTS, STEPS
from tests.state.strategies.steps import PriceStep, ScheduleStep, Step, Told, VolumeStep, every_mark
from tests.state.strategies.world import (
    PLACES,
    World,
    worlds,
)


def _log(
    world: World, usual: tuple[bool, ...], before: list[Step], steps: list[tuple[Step, int | None]]
) -> list[AnyMessage]:
    told = Told(world, world.start_ns, world.opening())
    for step in (*_usual_morning(usual), *before):
        told.messages += _received(step(told), told.now_ns)
    told.messages.append(Tick(at_ns=told.now_ns))
    for step, seconds in steps:
        told.messages += _received(step(told), told.now_ns)
        if seconds is not None:
            told.now_ns += seconds * SECOND_NS
            told.messages.append(Tick(at_ns=told.now_ns))
    return told.messages


def _usual_morning(usual: tuple[bool, ...]) -> list[Step]:
    """What a desk usually has when it begins: each part of it may be missing."""
    everywhere, everyone = (0, 1, 2, 3), (0, 1, 2, 3)
    parts: list[list[Step]] = [
        [partial(every_mark, (40.0, 31.0, 55.0))],
        [
            VolumeStep(Forecast, one, -3, 60, hourly=True, values=(30.0, 45.0, 12.0))
            for one in range(5)
        ],
        [ScheduleStep(name, Run.DA, -3, 27, everyone, (28.0, 40.0, 9.0)) for name in PLACES],
        [PriceStep(name, Run.DA, -3, 27, everywhere, (37.0, 29.0, 61.0)) for name in PLACES],
        [PriceStep(name, Run.RTD, -8, 9, everywhere, (33.0, 75.0)) for name in PLACES],
    ]
    said = [step for part, known in zip(parts, usual, strict=True) if known for step in part]
    return [lambda _: [CumulativePnl(book="native", realised_usd=250.0)], *said]


def _received(messages: list[AnyMessage], at_ns: int) -> list[AnyMessage]:
    return [msgspec.structs.replace(message, received_at_ns=at_ns) for message in messages]


def logs(
    most_steps: int = 25, steps: st.SearchStrategy[tuple[Step, int | None]] = STEPS
) -> st.SearchStrategy[list[AnyMessage]]:
    """A whole log: reference data, facts before the first tick, then facts and ticks."""
    return st.builds(
        _log,
        world=worlds(),
        usual=st.tuples(*[st.booleans()] * 5),
        before=st.lists(FACTS, max_size=4),
        steps=st.lists(steps, min_size=most_steps // 3, max_size=most_steps),
    )


def told_in_words(messages: Sequence[AnyMessage]) -> str:
    """A log as text, times in UTC, for the report of a failure."""
    return "\n".join(_in_words(message) for message in messages)


def _shown(name: str, value: object) -> object:
    moment = name.endswith("_ns") and isinstance(value, int) and value
    return from_ns(value).isoformat() if moment else value


def _in_words(message: AnyMessage) -> str:
    fields = msgspec.structs.asdict(message)
    shown = {
        name: _shown(name, value)
        for name, value in fields.items()
        if name != "received_at_ns" and not (isinstance(value, np.ndarray) and value.size > 60)
    }
    return f"{type(message).__name__}({shown})"
