"""``tieline backfill``: a stretch of the past into a live run that goes on or was stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from connectors.isos import MARKETS
from connectors.polling.backfill import MOST_DAYS, Request, Requests
from connectors.records import moment_in
from flows import logs
from flows.commands.options import AsJson, Config, LiveFile
from flows.commands.terminal import Terminal
from flows.commands.up import LIVE_RUN
from flows.defaults import defaults_of
from flows.live import Live, is_followed, requests_of
from flows.live_file import read_live_file
from flows.runs import require_folder
from flows.settings import Settings, load_settings
from flows.store_open import store_open
from state.errors import ConfigError, ParseError, UsageError
from state.moments import HOUR_NS, to_ns

_LOOK_SECONDS = 0.5
_LOOKS = 20
"""So often in a row nobody is found following before the run has ended: ingest may come again."""
_DAY_NS = 24 * HOUR_NS
_DATE_LENGTH = 10


def backfill(
    market: Annotated[str, typer.Argument(help="A market that the file of feeds follows.")],
    *,
    start: Annotated[str, typer.Option("--from", help="A market-local day, or a time.")],
    end: Annotated[str, typer.Option("--to", help="Likewise; not itself asked for.")],
    live_file: LiveFile = None,
    run: Annotated[str, typer.Option(help="The live run.")] = LIVE_RUN,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Ask a market for a stretch of the past; what the log has already is dropped there."""
    settings = load_settings(config, live=market, live_file=live_file, run=run)
    settings = settings.with_changes(data_dir=settings.data_dir.absolute())
    if settings.live_file is not None:
        require_folder(settings)
    file = read_live_file(settings.live_file, settings.live_markets)
    request = _request(market, start, end, now_ns=file.clock.clock().now_ns())
    logs.configure("backfill")
    recording, terminal = settings.run_dir / "recording", Terminal(as_json=as_json)
    requests = Requests(requests_of(recording))
    requests.put(request)
    with _shown(requests, request, terminal):
        if is_followed(recording):
            terminal.say(f"the live run {run} takes it up; Ctrl-C here does not end it there")
            is_ended = _await(requests, request, recording)
        else:
            is_ended = False
        if not is_ended:
            _ask(settings, recording)
    return _tell(requests, request, terminal)


def _await(requests: Requests, request: Request, recording: Path) -> bool:
    """Wait for a live run to end a request; return False where the run ended before.

    Raises:
        ConfigError: the run does not follow the market.
    """
    left = _LOOKS
    while left and not (progress := requests.progress(request)).ended:
        if progress.of_nobody:
            reason = (
                f"the live run does not follow {request.market}; the request is kept: start the "
                f"run with --live …,{request.market}, or stop it and give the same command again"
            )
            raise ConfigError(reason)
        time.sleep(_LOOK_SECONDS)
        left = _LOOKS if is_followed(recording) else left - 1
    return requests.progress(request).ended


def _ask(settings: Settings, recording: Path) -> None:
    """Ask from here: nobody follows the run."""
    file = read_live_file(settings.live_file, settings.live_markets)
    with store_open(settings) as client:
        defaults = defaults_of(settings)
        Live(client, settings.run, file, recording, defaults, only_backfill=True).run()


def _request(market: str, start: str, end: str, *, now_ns: int) -> Request:
    first_ns, asked_ns = (
        _moment_ns(market, name, text) for name, text in (("--from", start), ("--to", end))
    )
    last_ns = min(asked_ns, now_ns)
    if not first_ns < last_ns:
        reason = f"--from {start} is not before --to {end}, or not in the past; correct them"
        raise UsageError(reason)
    if last_ns - first_ns > MOST_DAYS * _DAY_NS:
        reason = f"--from {start} to --to {end} is more than {MOST_DAYS} days; ask in parts"
        raise UsageError(reason)
    return Request(market, first_ns, last_ns, asked_to_ns=asked_ns if asked_ns > now_ns else 0)


def _moment_ns(market: str, name: str, text: str) -> int:
    try:
        if len(text) == _DATE_LENGTH:
            zone = ZoneInfo(MARKETS[market].time_zone)
            midnight = datetime.combine(date.fromisoformat(text), clock_time(), tzinfo=zone)
            return to_ns(midnight)
        moment_ns = moment_in(name, text, int)
    except (ParseError, ValueError) as error:
        reason = f"{name} {text!r} is no day and no time ({error}); write 2026-09-08"
        raise UsageError(reason) from error
    return moment_ns or 0


@contextmanager
def _shown(requests: Requests, request: Request, terminal: Terminal) -> Iterator[None]:
    """Show a bar on a terminal as long as the block runs."""
    if terminal.as_json or not terminal.console.is_terminal:
        yield
        return
    over = threading.Event()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(), transient=True) as bar:
        task = bar.add_task(request.market, total=None)

        def show() -> None:
            while not over.wait(_LOOK_SECONDS):
                found = requests.progress(request)
                bar.update(task, completed=found.done, total=found.of or None)

        showing = threading.Thread(target=show, name="progress", daemon=True)
        showing.start()
        try:
            yield
        finally:
            over.set()
            showing.join()


def _tell(requests: Requests, request: Request, terminal: Terminal) -> int:
    """Say what came of it.

    Raises:
        ConfigError: there was nothing to ask for.
    """
    found = requests.progress(request)
    if found.ended and not found.of:
        why = "; ".join(found.left_out) or "no interval begins in it, or none is due yet"
        reason = f"{request.market}: nothing to ask for in this stretch ({why}); choose another"
        raise ConfigError(reason)
    terminal.record(
        {"market": request.market, "done": found.done, "of": found.of, "ended": found.ended,
         "failures": found.failures, "failed": list(found.failed),
         "left_out": list(found.left_out)}
    )  # fmt: skip
    for left_out in found.left_out:
        terminal.say(f"not asked for: {left_out}")
    for failed in found.failed:
        terminal.say(f"lacking: {failed}")
    remedy = "" if found.ended and not found.failures else "; give the same command again"
    came = found.done - found.failures
    terminal.say(f"{came} of {found.of} parts came whole{remedy}")
    return 0 if found.ended and not found.failures else 1
