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
from flows.settings import Settings, load_settings
from flows.store_open import store_open
from state.errors import ConfigError, ParseError

_LOOK_SECONDS = 0.5
_DAY_NS = 86_400 * 10**9
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
    file = read_live_file(settings.live_file, settings.live_markets)
    request = _request(market, start, end, now_ns=file.clock.clock().now_ns())
    logs.configure("backfill")
    recording, terminal = settings.run_dir / "recording", Terminal(as_json=as_json)
    requests = Requests(requests_of(recording))
    requests.put(request)
    with _shown(requests, request, terminal):
        if is_followed(recording):
            terminal.say(f"the live run {run} takes it up; Ctrl-C here does not end it there")
            while not requests.progress(request).ended:
                time.sleep(_LOOK_SECONDS)
        else:
            _ask(settings, recording)
    return _tell(requests, request, terminal)


def _ask(settings: Settings, recording: Path) -> None:
    """Ask from here: nobody follows the run."""
    file = read_live_file(settings.live_file, settings.live_markets)
    with store_open(settings) as client:
        defaults = defaults_of(settings)
        Live(client, settings.run, file, recording, defaults, only_backfill=True).run()


def _request(market: str, start: str, end: str, *, now_ns: int) -> Request:
    first_ns, last_ns = (
        _moment_ns(market, name, text) for name, text in (("--from", start), ("--to", end))
    )
    last_ns = min(last_ns, now_ns)
    if not first_ns < last_ns:
        reason = f"--from {start} is not before --to {end}, or not in the past; correct them"
        raise ConfigError(reason)
    if last_ns - first_ns > MOST_DAYS * _DAY_NS:
        reason = f"--from {start} to --to {end} is more than {MOST_DAYS} days; ask in parts"
        raise ConfigError(reason)
    return Request(market, first_ns, last_ns)


def _moment_ns(market: str, name: str, text: str) -> int:
    try:
        if len(text) == _DATE_LENGTH:
            zone = ZoneInfo(MARKETS[market].time_zone)
            midnight = datetime.combine(date.fromisoformat(text), clock_time(), tzinfo=zone)
            return int(midnight.timestamp()) * 10**9
        moment_ns = moment_in(name, text, int)
    except (ParseError, ValueError) as error:
        reason = f"{name} {text!r} is no day and no time ({error}); write 2026-09-08"
        raise ConfigError(reason) from error
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
    found = requests.progress(request)
    terminal.record(
        {"market": request.market, "done": found.done, "of": found.of, "ended": found.ended,
         "failed": list(found.failed)}
    )  # fmt: skip
    for failed in found.failed:
        terminal.say(f"no answer: {failed}")
    remedy = "" if found.ended and not found.failed else "; give the same command again"
    answered = found.done - len(found.failed)
    terminal.say(f"{answered} of {found.of} questions were answered{remedy}")
    return 0 if found.ended and not found.failed else 1
