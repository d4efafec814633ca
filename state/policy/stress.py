"""What a file of stress scenarios may say, and reading it out of its YAML text.

``docs/stress.md`` explains every field. A shock says how far something moves in exactly one way:
``shift`` ($/MWh added), ``level`` (the price it goes to), or ``percent`` of the absolute value, so
that a positive percentage raises a negative price too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import msgspec

from state.messages import ResourceKind, Run
from state.policy.schema import Identifier, Name, Strict
from state.policy.strict import Finding, convert, refuse_first, repeated
from state.policy.yaml_text import Document, parse

_REMEDY = "docs/stress.md lists the fields and what they hold"
_MOST_USD_PER_MWH = 1e5

Price = Annotated[float, msgspec.Meta(ge=-_MOST_USD_PER_MWH, le=_MOST_USD_PER_MWH)]
Percent = Annotated[float, msgspec.Meta(ge=-1000, le=1000)]
HourEnding = Annotated[int, msgspec.Meta(ge=1, le=24)]
MonthsAhead = Annotated[int, msgspec.Meta(ge=0, le=72)]
Month = Annotated[str, msgspec.Meta(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Megawatt = Annotated[float, msgspec.Meta(ge=0, le=1e6)]
Names = Literal["all"] | tuple[Name, ...]


class PriceMove(Strict, frozen=True, kw_only=True):
    """How far a price moves: one of the three.

    Attributes:
        shift: $/MWh added to the price it is marked at.
        level: $/MWh it goes to, whatever it is marked at.
        percent: of the absolute value of what it is marked at, added.
    """

    shift: Price | None = None
    level: Price | None = None
    percent: Percent | None = None


class PriceShock(PriceMove, frozen=True, kw_only=True):
    """Moves the prices still to come of one run.

    Attributes:
        run: DA moves what is not priced day-ahead yet; FMM and RTD what is.
        hubs: all, or those named; a location moves with its hub.
        markets: all, or those named.
        hours: first and last hour ending, local time.
    """

    run: Run
    hubs: Names = "all"
    markets: Names = "all"
    hours: tuple[HourEnding, HourEnding] = (1, 24)


class ForwardShock(PriceMove, frozen=True, kw_only=True):
    """Moves forward marks.

    Attributes:
        blocks: of the curve.
        months_ahead: first and last delivery month, counted from the running one, which is 0.
        months: delivery months by name instead.
    """

    hubs: Names = "all"
    markets: Names = "all"
    blocks: tuple[Literal["on_peak", "off_peak"], ...] = ("on_peak", "off_peak")
    months_ahead: tuple[MonthsAhead, MonthsAhead] | None = None
    months: tuple[Month, ...] | None = None


class VolumeShock(Strict, frozen=True, kw_only=True):
    """Moves the expected volume of resources in intervals that are not delivered.

    Attributes:
        kinds: resources of these kinds.
        resources: or those named.
        hours: first and last hour ending, local time.
        percent: of the expected volume, added; -100 is nothing left.
        limit_mw: or the most it gives, as an outage does.
    """

    kinds: tuple[ResourceKind, ...] = ()
    resources: tuple[Name, ...] = ()
    hours: tuple[HourEnding, HourEnding] = (1, 24)
    percent: Annotated[float, msgspec.Meta(ge=-100, le=1000)] | None = None
    limit_mw: Megawatt | None = None


class ScenarioText(Strict, frozen=True, kw_only=True):
    """One scenario as written: a later shock replaces an earlier one where both reach.

    Attributes:
        id: its name for ever.
        text: what happens, and why these numbers.
    """

    id: Identifier
    title: Name
    text: Name
    prices: tuple[PriceShock, ...] = ()
    forward: tuple[ForwardShock, ...] = ()
    volumes: tuple[VolumeShock, ...] = ()


class StressFile(Strict, frozen=True, kw_only=True):
    """A file of scenarios."""

    name: Identifier
    version: Name
    title: Name
    scenarios: tuple[ScenarioText, ...]

    @property
    def label(self) -> str:
        """Name and version, as screens cite it."""
        return f"{self.name} {self.version}"


def load_stress(text: str) -> StressFile:
    """Read scenarios.

    Raises:
        ConfigError: names the line, the field, its value and the remedy.
    """
    return stress_in(parse(text))


def stress_in(document: Document) -> StressFile:
    """Read a file of scenarios out of its parsed text, as :func:`load_stress` does."""
    file = convert(document, StressFile, whole="stress scenarios", remedy=_REMEDY)
    refuse_first(document, _findings(file))
    return file


def _findings(file: StressFile) -> Iterator[Finding]:
    if not file.scenarios:
        yield Finding("$.scenarios", "there is no scenario", "write at least one")
    yield from repeated([scenario.id for scenario in file.scenarios], "$.scenarios", "id")
    for index, scenario in enumerate(file.scenarios):
        path = f"$.scenarios[{index}]"
        if not (scenario.prices or scenario.forward or scenario.volumes):
            remedy = "give it prices, forward or volumes"
            yield Finding(path, f"scenario {scenario.id} moves nothing", remedy)
        for name in ("prices", "forward", "volumes"):
            for number, shock in enumerate(getattr(scenario, name)):
                yield from _shock_findings(shock, f"{path}.{name}[{number}]")


def _shock_findings(shock: PriceShock | ForwardShock | VolumeShock, path: str) -> Iterator[Finding]:
    if isinstance(shock, VolumeShock):
        yield from _one_of(shock, ("percent", "limit_mw"), path)
        yield from _one_of(shock, ("kinds", "resources"), path)
    else:
        yield from _one_of(shock, ("shift", "level", "percent"), path)
        yield from _named(shock, ("hubs", "markets"), path)
    if isinstance(shock, ForwardShock):
        yield from _one_of(shock, ("months_ahead", "months"), path)
        yield from _named(shock, ("blocks",), path)
        yield from _ascending(shock.months_ahead, "months_ahead", path)
    else:
        yield from _ascending(shock.hours, "hours", path)


def _one_of(shock: Strict, names: Sequence[str], path: str) -> Iterator[Finding]:
    given = [name for name in names if getattr(shock, name) not in (None, ())]
    if len(given) != 1:
        what = f"a shock has {' and '.join(given) or 'none of ' + ', '.join(names)}"
        yield Finding(path, what, f"give exactly one of {', '.join(names)}")


def _named(shock: Strict, names: Sequence[str], path: str) -> Iterator[Finding]:
    for name in names:
        if getattr(shock, name) == ():
            yield Finding(f"{path}.{name}", f"{name} is empty", "name one, or leave it out")


def _ascending(span: tuple[int, int] | None, name: str, path: str) -> Iterator[Finding]:
    if span is not None and span[0] > span[1]:
        what = f"{name} go from {span[0]} to {span[1]}"
        yield Finding(f"{path}.{name}", what, "write the first before the last; two shocks wrap")
