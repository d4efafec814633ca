"""``tieline bench``: how fast the product is, next to what else one would use."""

from __future__ import annotations

import sys
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import AsJson
from flows.settings import DEFAULT_DAY
from state.errors import ConfigError

_TREE = Path(__file__).resolve().parents[2]
_HELD, _MISSED = 0, 2


class BenchPart(StrEnum):
    """What can be measured."""

    CORE = "core"
    FLOW = "flow"
    CHAIN = "chain"
    PEERS = "peers"
    GROWTH = "growth"
    CHECKS = "checks"
    DAY = "day"
    REPLAY = "replay"
    LATENCY = "latency"
    LIVE = "live"
    GATEWAY = "gateway"
    ALERT = "alert"
    FEEDS = "feeds"


Count = Annotated[int | None, typer.Option(min=1, help="Of the workloads, instead of the bars'.")]


def bench(
    parts: Annotated[
        list[BenchPart] | None, typer.Argument(help="The first five when none is named.")
    ] = None,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="A small size, in seconds; it holds no bars.")
    ] = False,
    books: Count = None,
    nodes: Count = None,
    trades: Count = None,
    scenarios: Count = None,
    publications: Count = None,
    runs: Annotated[int, typer.Option(min=1, help="Rounds; figures are their medians.")] = 5,
    day: Annotated[str, typer.Option(help="For all parts over a day.")] = DEFAULT_DAY,
    minutes: Annotated[float, typer.Option(min=0.05, help="Of latency and live.")] = 10.0,
    fault_every: Annotated[
        int, typer.Option(min=0, help="Of live: one request in so many meets a fault.")
    ] = 0,
    ahead: Annotated[
        bool, typer.Option("--ahead", help="Run before all other work of a shared machine.")
    ] = False,
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="Also write the JSON to a file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Also draw them: a .svg or .png.")] = None,
) -> int:
    """Measure the core, the flow, the chain and the peers under two workloads.

    Exit code 2 when a bar is missed.
    """
    require_benchmarks(_TREE)
    from benchmarks.command import Wanted, execute, size_of

    size = size_of(
        quick=quick,
        books=books,
        nodes=nodes,
        trades=trades,
        scenarios=scenarios,
        publications=publications,
    )
    wanted = Wanted(
        parts=tuple(part.value for part in parts or ()),
        size=size,
        day=day,
        minutes=minutes,
        fault_every=fault_every,
        runs=runs,
        ahead=ahead,
        as_json=as_json,
        out=out,
        plot=plot,
    )
    return _HELD if execute(wanted) else _MISSED


def require_benchmarks(tree: Path) -> None:
    """Make the benchmarks importable from the tree that this file lies in.

    Raises:
        ConfigError: the product was installed without them.
    """
    if not (tree / "benchmarks" / "__init__.py").is_file():
        reason = (
            "the benchmarks are in the source tree, not in the installed package; "
            "run `make bench` or `tieline bench` in a checkout"
        )
        raise ConfigError(reason)
    if find_spec("benchmarks") is None:
        sys.path.insert(0, str(tree))
