"""``tieline up``: everything on one machine, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from connectors.gateway.address import tls_context
from connectors.log.days import Day
from dashboards.access import read_users
from flows import logs, signin
from flows.commands.options import AsJson, Config, Live, LiveFile
from flows.commands.terminal import Terminal
from flows.days import check_start, find_day
from flows.foreground import foreground
from flows.house import DayEnd, house_specs, new_run, note_replayed, remove_old_runs, show_run
from flows.live_file import read_live_file
from flows.live_opening import require_opening
from flows.loops import keep_loops
from flows.ports import require_free_ports
from flows.processes import gateway_address
from flows.settings import DEFAULT_DAY, DEFAULT_START, PROCESSES, Settings, load_settings
from flows.store_reach import reach_store
from flows.stress_file import read_scenarios
from flows.supervise import Supervisor, write_lock
from flows.tokens import make_tokens, read_callers
from state.errors import UsageError

LIVE_RUN = "live"
"""What a live run is called that has no name of its own; a second start goes on with it."""

_KEPT_RUNS = 2
"""Old replayed runs that stay beside the new one."""


def up(
    *,
    day: Annotated[
        str | None, typer.Option("--day", help="A shipped day, or a folder in the same form.")
    ] = None,
    start_at: Annotated[
        str | None, typer.Option("--from", help="Market-local HH:MM to start the day at.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", help="Market seconds per second (60).")
    ] = None,
    live: Live = None,
    live_file: LiveFile = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Start everything on one machine; Ctrl-C stops it."""
    chosen = {"day": day, "start_at": start_at, "speed": speed}
    of_a_day = [name for name, value in chosen.items() if value is not None]
    if live is not None and of_a_day:
        option = {"start_at": "from"}.get(of_a_day[0], of_a_day[0])
        reason = f"--live and --{option} exclude each other: follow markets, or play a day"
        raise UsageError(reason)
    settings = load_settings(config, live=live, live_file=live_file, **chosen)
    settings, shown = prepare_live(settings) if settings.live_markets else prepare(settings)
    logs.configure("up")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with write_lock(settings.data_dir / "run" / "up.lock"), foreground():
        require_free_ports(settings)
        terminal = Terminal(as_json=as_json)
        if not keep_loops(settings.data_dir / "run", terminal.warn):
            return _stopped(terminal)
        if not settings.live_markets:
            remove_old_runs(settings.data_dir, keep=_KEPT_RUNS)
            settings = new_run(settings, shown.name)
        return _run_house(settings, shown, terminal)


class Shown(NamedTuple):
    """What the terminal says of what is played or followed.

    Attributes:
        name: of the day, or the markets.
        line: what happens, in words.
        ends: whether it is over some time.
    """

    name: str
    line: str
    ends: bool


def prepare_live(settings: Settings) -> tuple[Settings, Shown]:
    """Check everything that can be wrong before feeds are asked; a live run goes on where it was.

    Raises:
        ConfigError: a file of feeds, a sink, a token, a user, a certificate or a scenario is wrong.
        LogError: a store of one's own does not answer.
    """
    markets = settings.live_markets
    file = read_live_file(settings.live_file, markets)
    _check_ways_out_and_in(settings)
    changes = {
        "live_file": settings.live_file and settings.live_file.absolute(),
        "data_dir": settings.data_dir.absolute(),
        "run": settings.run or LIVE_RUN,
    }
    settings = settings.with_changes(**changes)
    require_opening(file, settings.run_dir / "recording")
    shown = Shown(",".join(markets), f"following {', '.join(markets)} live", ends=False)
    return settings, shown


def prepare(settings: Settings) -> tuple[Settings, Shown]:
    """Check everything that can be wrong before anything starts.

    Raises:
        ConfigError: the day, its start, or a sink, token, user, certificate or scenario is wrong.
        LogError: a store of one's own does not answer.
    """
    folder = find_day(settings.day)
    manifest = Day.open(folder).manifest
    start_at = settings.start_at
    if settings.day == DEFAULT_DAY and not start_at:
        start_at = DEFAULT_START
    check_start(manifest, start_at)
    _check_ways_out_and_in(settings)
    start = f" from {start_at}" if start_at else ""
    speed = f"{settings.speed:g} times as fast" if settings.speed else "as fast as possible"
    line = f"playing {manifest.name}{start}, {speed}: {manifest.title}"
    return settings.with_changes(
        day=str(folder),
        start_at=start_at,
        company=manifest.company,
        data_dir=settings.data_dir.absolute(),
    ), Shown(manifest.name, line, ends=True)


def _check_ways_out_and_in(settings: Settings) -> None:
    for options in settings.sinks:
        options.open()
    if settings.gateway_tokens_file is not None:
        read_callers(settings.gateway_tokens_file)
    if settings.users_file is not None:
        read_users(settings.users_file)
    if settings.stress_file is not None:
        read_scenarios(settings.stress_file)
    tls_context(gateway_address(settings))
    if not settings.embedded:
        reach_store(settings).close()


def _run_house(settings: Settings, shown: Shown, terminal: Terminal) -> int:
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=bool(settings.live_markets))
    if not settings.live_markets:
        note_replayed(settings)
    links = signin.link_lines(settings, signin.make_sign_in(settings))
    if settings.gateway_tokens_file is None:
        make_tokens(settings)
    supervisor = Supervisor(
        house_specs(settings), pid_file=settings.data_dir / "run" / "processes.json"
    )
    supervisor.stop_on_signals()
    try:
        _start(settings, supervisor)
        if not supervisor.stopping:
            _announce(settings, shown, links, terminal)
        end = DayEnd(settings, lambda: _announce_end(shown, terminal))
        supervisor.watch(end.look if shown.ends else lambda: None)
    finally:
        supervisor.stop()
    return _stopped(terminal)


def _stopped(terminal: Terminal) -> int:
    terminal.say("stopped; nothing is left running")
    terminal.record({"event": "stopped"})
    return 0


def _start(settings: Settings, supervisor: Supervisor) -> None:
    if settings.embedded:
        supervisor.start(then=lambda: show_run(settings))
    else:
        show_run(settings)
        supervisor.start()


def _announce(settings: Settings, shown: Shown, links: dict[str, str], terminal: Terminal) -> None:
    where = settings.address
    terminal.record(
        {
            "event": "up",
            "address": where,
            "sign_in": links,
            "gateway": {
                "address": settings.gateway_address,
                "tokens": str(_tokens(settings)),
            },
            "run": settings.run,
            "day" if shown.ends else "live": shown.name,
            "health": {
                name: settings.health_address(name)
                for name in PROCESSES
                if name != "store" and settings.metrics_port
            },
        }
    )
    for line in (
        "",
        f"  Tieline is up: {where}",
        *_ways_in(settings, links),
        f"  gateway: {settings.gateway_address}, tokens in {_shown(_tokens(settings))}",
        f"  {shown.line}",
        f"  run {settings.run} in {_shown(settings.data_dir)}",
        "  Ctrl-C stops everything",
        "",
    ):
        terminal.say(line)


def _ways_in(settings: Settings, links: dict[str, str]) -> list[str]:
    if settings.users_file is not None:
        return [f"  sign in with a name and password of {settings.users_file}"]
    return [f"  sign in once as {role:<5}: {link}" for role, link in links.items()]


def _tokens(settings: Settings) -> Path:
    return settings.gateway_tokens_file or settings.run_dir / "gateway"


def _announce_end(shown: Shown, terminal: Terminal) -> None:
    terminal.record({"event": "day_over", "day": shown.name})
    terminal.say(f"  {shown.name} is over; the screens stay on its last state. Ctrl-C stops.")


def _shown(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
