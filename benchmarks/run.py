"""Measure the product: ``make bench``, or ``python benchmarks/run.py latency --minutes 1``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # a script finds only its own folder by itself

import msgspec  # noqa: E402 - after the path
import typer  # noqa: E402 - as above
from rich.console import Console  # noqa: E402 - as above

from benchmarks import core, latency, replay  # noqa: E402 - as above
from benchmarks.figures import get_ahead  # noqa: E402 - as above
from benchmarks.report import Measured, show  # noqa: E402 - as above
from flows.commands.options import AsJson  # noqa: E402 - as above
from flows.days import find_day  # noqa: E402 - as above
from flows.settings import DEFAULT_DAY  # noqa: E402 - as above
from state.errors import TielineError  # noqa: E402 - as above


class Benchmark(StrEnum):
    """What can be measured."""

    LATENCY = "latency"
    REPLAY = "replay"
    CORE = "core"


def main(
    which: Annotated[list[Benchmark] | None, typer.Argument(help="All when none is named.")] = None,
    day: Annotated[str, typer.Option(help="A shipped day or a folder.")] = DEFAULT_DAY,
    minutes: Annotated[float, typer.Option(min=0.05, help="Of the latency run.")] = 10.0,
    runs: Annotated[int, typer.Option(min=1, help="Of replay and core.")] = 5,
    as_json: AsJson = False,  # noqa: FBT002 - an option of the command line
    ahead: Annotated[  # noqa: FBT002 - as above
        bool, typer.Option("--ahead", help="Run before all other work of a shared machine.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the JSON to a file.")] = None,
) -> None:
    """Measure and print; exit code 1 when a bar is missed."""
    console = Console()
    try:
        if ahead:
            get_ahead()
        folder = find_day(day)
        found: dict[str, Measured] = {}
        for each in which or [Benchmark.CORE, Benchmark.REPLAY, Benchmark.LATENCY]:
            found[each] = _measure(each, folder, minutes, runs)
            if not as_json:
                show(found[each], console)
    except TielineError as error:
        Console(stderr=True).print(str(error), style="bold red")
        raise typer.Exit(2) from error
    text = msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"
    if as_json:
        sys.stdout.write(text)
    if out:
        out.write_text(text, encoding="utf-8")
    raise typer.Exit(0 if _all_held(found) else 1)


def _measure(which: Benchmark, folder: Path, minutes: float, runs: int) -> Measured:
    if which is Benchmark.LATENCY:
        return latency.measure(folder, minutes=minutes)
    if which is Benchmark.REPLAY:
        return replay.measure(folder, runs=runs)
    return core.measure(folder, runs=runs)


def _all_held(found: dict[str, Measured]) -> bool:
    results = (each for each in found.values() if not isinstance(each, core.Core))
    return all(bar.held for each in results for bar in each.bars())


if __name__ == "__main__":
    typer.run(main)
