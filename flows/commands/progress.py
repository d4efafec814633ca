"""How far a day is played: a bar on a terminal, lines elsewhere, nothing for JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from connectors.log.day_folder import read_manifest
from flows.commands.terminal import Terminal
from flows.days import local_clock
from flows.replay import Progress

_LINE_EVERY_SHARE = 0.1


@contextmanager
def reporting(
    folder: Path, terminal: Terminal, what: str = ""
) -> Iterator[Callable[[Progress], None]]:
    """Show a bar on a terminal, a line every tenth of the day elsewhere, nothing for JSON.

    Args:
        folder: of the day.
        terminal: where to.
        what: is played; empty for the day itself.
    """
    manifest = read_manifest(folder / "manifest.json")
    total = manifest.to_ns - manifest.from_ns
    started = time.monotonic()

    def share(progress: Progress) -> float:
        return max(0, progress.tick_ns - manifest.from_ns) / max(1, total)

    def words(progress: Progress) -> str:
        clock = local_clock(manifest, max(manifest.from_ns, progress.tick_ns))
        rate = progress.position / max(0.1, time.monotonic() - started)
        return f"{what}  {clock}  {progress.position:,} messages, {rate:,.0f}/s".lstrip()

    if terminal.as_json:
        yield _say_nothing
    elif terminal.console.is_terminal:
        columns = (
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
        )  # fmt: skip
        with Bar(*columns, console=Console(), transient=True) as bar:
            task = bar.add_task(what or manifest.name, total=1.0)
            yield lambda progress: bar.update(
                task, completed=share(progress), description=words(progress)
            )
    else:
        yield _lines(terminal, share, words)


def _say_nothing(progress: Progress) -> None:
    del progress


def _lines(
    terminal: Terminal,
    share: Callable[[Progress], float],
    words: Callable[[Progress], str],
) -> Callable[[Progress], None]:
    told = 0.0

    def report(progress: Progress) -> None:
        nonlocal told
        if share(progress) >= told + _LINE_EVERY_SHARE:
            told = share(progress)
            terminal.say(f"{told:4.0%}  {words(progress)}")

    return report
