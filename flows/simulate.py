"""A simulated market beside a live run: the server, the file of feeds to follow it, its records."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import RootModel, ValidationError

from connectors.clock import MarketClock
from connectors.log.days import Day, Record
from connectors.polling import FOLLOWED
from connectors.simulated import SIMULATED, PublishedDay
from connectors.simulated.borrowed import Borrowed
from connectors.simulated.faults import FaultPlan
from connectors.simulated.server import SimulatedServer
from flows.settings_file import strictly_read
from state.errors import ConfigError, UsageError


class Simulation(NamedTuple):
    """A day that is published anew.

    Attributes:
        day: which.
        day_folder: where it lies.
        clock: along which it is published.
        market: whose.
        server: that answers.
        published: what it answers with.
        borrowed: whose day it is, where it is another market's.
    """

    day: Day
    day_folder: Path
    clock: MarketClock
    market: str
    server: SimulatedServer
    published: PublishedDay
    borrowed: Borrowed | None = None

    @classmethod
    def of(
        cls,
        folder: Path,
        market: str = "caiso",
        *,
        speed: float,
        port: int,
        faults: FaultPlan,
        start_ns: int = 0,
        names: Mapping[str, str] | None = None,
    ) -> Simulation:
        """Make the simulation of a market.

        Args:
            folder: of the day.
            market: whose; where the day has nothing of it, its first market is published as it.
            speed: market seconds per wall second.
            port: 0 for any free one.
            faults: which request meets which.
            start_ns: market time to begin at; 0 for the day's first tick.
            names: of the day's locations as the market's, where it is another's day.

        Raises:
            ConfigError: the names do not fit, or are not needed.
        """
        day = Day.open(folder)
        borrowed = _borrowed(day, market, names or {})
        published = PublishedDay.of(day, market, borrowed)
        begin_ns = start_ns or day.manifest.from_ns
        clock = MarketClock(begin_ns, time.time_ns(), speed)
        server = SimulatedServer(SIMULATED[market](published), clock, faults, port)
        if borrowed is not None:
            borrowed = borrowed._replace(runs=_runs_of(server))
        return cls(day, folder, clock, market, server, published, borrowed)

    def write_live_file(self, path: Path, opening: Path) -> None:
        """Write the file of feeds with which a live run follows this market.

        The opening of another market's day is written anew beside it.

        Raises:
            ConfigError: a file of that name is there and follows no simulated market.
        """
        if path.exists() and b"\nclock:" not in path.read_bytes():
            reason = f"{path} follows no simulated market; name another file with --live-file"
            raise UsageError(reason)
        if self.borrowed is not None:
            with gzip.open(opening) as lines:
                records = self.borrowed.records(lines)
            opening = path.resolve().with_name(f"{path.stem}-opening.jsonl")
            opening.write_bytes(b"".join(line + b"\n" for line in records))
        content = {
            "opening": str(opening),
            "inbox": str(path.resolve().parent / "inbox"),
            "clock": {
                "market_ns": self.clock.market_ns,
                "wall_ns": self.clock.wall_ns,
                "speed": self.clock.speed,
            },
            self.market: self.server.market.section(self.server.address),
        }
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def drop_records(self, inbox: Path, stop: threading.Event) -> None:
        """Drop the day's records into a folder, each when it is due, until the event is set."""
        inbox.mkdir(parents=True, exist_ok=True)
        records = (item for item in self.day.items() if isinstance(item, Record))
        for number, record in enumerate(_from(records, self.clock.market_ns)):
            if self.clock.wait_until(record.received_at_ns, stop):
                return
            body = record.body if self.borrowed is None else self.borrowed.record(record.body)
            if body is None:
                continue
            part = inbox / f"{number:06d}.part"
            part.write_bytes(body + b"\n")
            part.rename(part.with_suffix(".jsonl"))


class _Names(RootModel[dict[str, str]]):
    """The file of a map."""


def read_map(path: Path) -> dict[str, str]:
    """Read a map of locations: YAML, own name → the market's name.

    Raises:
        ConfigError: it cannot be read, or is no such map.
    """
    try:
        content = strictly_read(path.read_text(encoding="utf-8"), path)
        return _Names.model_validate(content).root
    except (OSError, UnicodeDecodeError) as error:
        reason = f"{path}: cannot be read ({error}); name a YAML file of locations"
        raise UsageError(reason) from error
    except ValidationError as error:
        reason = f"{path}: {error.errors()[0]['msg']}; write a line `own name: market's name` each"
        raise ConfigError(reason) from None


def _borrowed(day: Day, market: str, names: Mapping[str, str]) -> Borrowed | None:
    if market in day.manifest.markets:
        if names:
            reason = f"day {day.manifest.name} has {market} itself; leave out the map"
            raise UsageError(reason)
        return None
    return Borrowed(day.manifest.markets[0], market, names)


def _runs_of(server: SimulatedServer) -> frozenset[str]:
    feeds = FOLLOWED[server.market.published.market]
    section = feeds.model_validate(server.market.section(server.address))
    return frozenset(report.run for asked in section.asked() for report in asked.reports)


def _from(records: Iterator[Record], start_ns: int) -> Iterator[Record]:
    return (record for record in records if record.received_at_ns >= start_ns)


def told(simulation: Simulation) -> str:
    """Say in JSON what was asked and which faults were met."""
    faults = {str(kind): count for kind, count in simulation.server.faults.met.items()}
    return json.dumps({"requests": simulation.server.requests, "faults": faults})
