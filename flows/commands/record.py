"""``tieline record``: the live log of markets as a day folder, without a house around it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from connectors.log.recording import has_begun, stamp
from connectors.log.redis import RedisLog
from connectors.records import moment_in
from flows import logs
from flows.archive import archive, require_new
from flows.commands.archive import tell
from flows.commands.options import Config, Live, LiveFile
from flows.defaults import defaults_of
from flows.live import Live as LiveRun
from flows.live_file import read_live_file
from flows.live_opening import require_opening
from flows.settings import Settings, load_settings
from flows.store_open import store_open
from flows.writable import require_writable_folder
from state.errors import ParseError, UsageError
from state.moments import SECOND_NS

RECORD_RUN = "record"

_MADE = "made"
"""The file in the folder of a run of which a day was made."""


def record(
    target: Annotated[Path, typer.Argument(help="The day's folder, made anew at the end.")],
    *,
    live: Live,
    live_file: LiveFile,
    until: Annotated[
        str | None, typer.Option(help="When to end, as 2026-09-08T23:00:00-07:00 (at Ctrl-C).")
    ] = None,
    config: Config = None,
) -> int:
    """Follow markets into a log until Ctrl-C, and make a day of it; nothing is folded or shown."""
    require_new(target)
    run = f"{RECORD_RUN}-{target.resolve().name}"
    settings = load_settings(config, live=live, live_file=live_file, run=run)
    settings = _not_made(settings.with_changes(data_dir=settings.data_dir.absolute()))
    file = read_live_file(settings.live_file, settings.live_markets)
    recording, stop = settings.run_dir / "recording", threading.Event()
    until_ns = _moment_ns(until)
    if until_ns is not None and not has_begun(recording):
        _require_to_come(until_ns, file.clock.clock().now_ns())
    require_opening(file, recording)
    require_writable_folder(target.absolute().parent)
    logs.configure("record")
    with store_open(settings) as client:
        following = LiveRun(client, settings.run, file, recording, defaults_of(settings))
        if until_ns is not None:
            clock = file.clock.clock()

            def end() -> None:
                clock.wait_until(until_ns, stop)
                stop.set()

            threading.Thread(target=end, name="until", daemon=True).start()
        following.run(stop)
        log = RedisLog(client, settings.run)
        folder = archive(recording, target, company=settings.company, log=log)
    (settings.run_dir / _MADE).touch()
    return tell(folder)


def _not_made(settings: Settings) -> Settings:
    """Name a run of which no day was made yet: one of another folder's day is over."""
    name, number = settings.run, 1
    while (settings.run_dir / _MADE).exists():
        number += 1
        settings = settings.with_changes(run=f"{name}-{number}")
    return settings


def _moment_ns(text: str | None) -> int | None:
    try:
        return None if text is None else moment_in("--until", text, int)
    except ParseError as error:
        raise UsageError(str(error)) from error


def _require_to_come(until_ns: int, now_ns: int) -> None:
    """Refuse an end before which nothing can be recorded; what is under way may catch up."""
    if until_ns < now_ns + SECOND_NS:
        reason = (
            f"--until {stamp(until_ns)} is past: it is {stamp(now_ns)} there; name a later time"
        )
        raise UsageError(reason)
