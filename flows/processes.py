"""The processes of the house: what each runs, and when it counts as ready.

Every process may be killed at any time; to start is to recover.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FrameType
from typing import NoReturn
from urllib.parse import quote, urlsplit

import redis
import structlog

from connectors.gateway.address import Address
from connectors.log.days import Day
from connectors.log.embedded import store_command
from connectors.log.redis import RedisLog
from connectors.sinks import read_options
from flows import logs
from flows.days import find_day
from flows.health import Health, beat, health_missing
from flows.memory import loading
from flows.metrics import register_run
from flows.owned import die_with_owner
from flows.runs import with_run
from flows.settings import EVERYWHERE, Settings, in_url
from flows.store_reach import connect_once, open_store, store_location
from state.errors import UsageError
from state.store import StoreReader, StoreWriter

_SWITCH_SECONDS = 0.0005
"""For how long one feed's thread may work before the one that appends has its turn."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Duty:
    """What a process works with.

    Attributes:
        settings: with the run named.
        until_ended: end with the replayed day instead of waiting for a signal.
    """

    client: redis.Redis
    settings: Settings
    until_ended: bool


def run_process(name: str, settings: Settings, *, until_ended: bool = False) -> int:
    """Be one process of the house until it is interrupted.

    Args:
        name: one of :data:`flows.settings.PROCESSES`.
        settings: without a run's name, the run is the one the screens show.
        until_ended: ingest and monitor end with the day instead of waiting.

    Returns:
        The exit code: 0 after SIGINT or SIGTERM.
    """
    die_with_owner()
    logs.configure(name)
    if name == "store":
        become_store(settings)
    interrupts = _note_interrupts()
    try:
        settings = settings if settings.run else with_run(settings, open_store)
        duty = Duty(open_store(settings), settings, until_ended)
        _answer_for(name, duty)
        _WORK[name](duty)
    except KeyboardInterrupt:
        if not interrupts:
            raise
    return 0


def become_store(settings: Settings) -> NoReturn:
    """Turn this process into the embedded store's server.

    Raises:
        ConfigError: the settings name a store elsewhere.
    """
    if not settings.embedded:
        reason = f"the store is {settings.store_address()}, not the embedded one; start it there"
        raise UsageError(reason)
    command = store_command(settings.run_dir / "store")
    os.execv(command[0], command)  # noqa: S606 - the very purpose


def _note_interrupts() -> list[int]:
    """Make SIGTERM act like SIGINT until the process listens itself, and remember it."""
    noted: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    return noted


def _answer_for(name: str, duty: Duty) -> None:
    """Serve health and metrics, and give signs of life, beside the work."""
    settings = duty.settings
    if settings.metrics_port:
        asked = replace(duty, client=connect_once(settings))  # who asks does not wait for a store
        if name == "monitor":
            register_run(asked.client, settings.run)
        missing = _or_store_away(_MISSING[name](asked))
        port = settings.process_port(name)
        Health(name, port, missing=missing, host=settings.metrics_host).start()
    beat(name, StoreWriter(duty.client, settings.run).beat)


def _or_store_away(missing: Callable[[], str]) -> Callable[[], str]:
    """Say of a store that is away that it is."""

    def looked_at() -> str:
        try:
            return missing()
        except redis.RedisError as error:
            return f"the store does not answer: {type(error).__name__}"

    return looked_at


def _missing_opening(duty: Duty) -> Callable[[], str]:
    run_log = RedisLog(duty.client, duty.settings.run)
    return lambda: (
        _missing_start("ingest", run_log)
        or ("" if run_log.last_position() else "the opening is not in the log yet")
    )


def _missing_views(duty: Duty) -> Callable[[], str]:
    run_log = RedisLog(duty.client, duty.settings.run)
    reader = StoreReader(duty.client, duty.settings.run)
    return lambda: (
        _missing_start("monitor", run_log)
        or ("" if reader.position() else "no view has been written yet")
    )


def _missing_start(name: str, run_log: RedisLog) -> str:
    """Say that a process is only about to start: a run that goes on has all that others made."""
    return "" if run_log.has_started(name) else "it has not found where to go on yet"


def _missing_store(duty: Duty) -> Callable[[], str]:
    return lambda: "" if duty.client.ping() else "the store gives no answer to a ping"


def _missing_screens(duty: Duty) -> Callable[[], str]:
    return lambda: screens_missing(duty.settings)


def screens_missing(settings: Settings) -> str:
    """Return why the dashboard does not answer, empty when it does."""
    return health_missing(f"http://{in_url(settings.host)}:{settings.dashboard_port}/livez")


def _ingest(duty: Duty) -> None:
    if duty.settings.live_markets:
        _follow(duty)
    else:
        _play(duty)


def _follow(duty: Duty) -> None:
    from flows.defaults import defaults_of
    from flows.live import Live
    from flows.live_file import read_live_file

    settings = duty.settings
    sys.setswitchinterval(_SWITCH_SECONDS)
    Live(
        duty.client,
        settings.run,
        read_live_file(settings.live_file, settings.live_markets),
        settings.run_dir / "recording",
        defaults_of(settings),
    ).run()


def _play(duty: Duty) -> None:
    from flows import ingest
    from flows.stress_file import DEFAULT_FILE, read_scenarios

    played = ingest.Played(
        run=duty.settings.run,
        day=Day.open(find_day(duty.settings.day)),
        speed=duty.settings.speed,
        start_at=duty.settings.start_at,
        until_ended=duty.until_ended,
        scenarios=read_scenarios(duty.settings.stress_file or DEFAULT_FILE),
    )
    ingest.run(duty.client, played)


def _monitor(duty: Duty) -> None:
    with loading():
        from flows import monitor
        from state.company import Company
        from state.warm import load_loops

        load_loops()
    monitored = monitor.Monitored(
        run=duty.settings.run,
        company=duty.settings.company,
        fold=Company,
        snapshots=duty.settings.run_dir / "snapshots",
        every_ticks=duty.settings.snapshot_every_ticks,
        until_ended=duty.until_ended,
    )
    monitor.run(duty.client, monitored, workers=duty.settings.workers)


def _notify(duty: Duty) -> None:
    from flows import notify

    orders = notify.Orders(
        run=duty.settings.run,
        sinks=duty.settings.sinks or (read_options({"kind": "console"}),),
        replay=not duty.settings.live_markets,
        allow_outside=duty.settings.replay_reaches_outside,
        stale_after_seconds=duty.settings.stale_seconds,
        dashboard_url=duty.settings.address,
    )
    notify.run(
        orders,
        store_url=store_location(duty.settings),
        store_password=duty.settings.store_password(),
    )


def _dashboard(duty: Duty) -> None:
    with loading():
        from dashboards import app
        from flows import signin

    settings = duty.settings
    kept = signin.kept_sign_in(settings) or signin.make_sign_in(settings)
    for role, link in signin.link_lines(settings, kept).items():
        log.info("dashboard.sign_in", role=role, link=link)
    app.serve(
        app.Settings(
            store_url=_location_with_password(settings),
            run=settings.run,
            host=settings.host,
            port=settings.dashboard_port,
            origins=signin.origins(settings),
            users_file=settings.users_file,
            links=kept.links,
            secret=kept.secret,
            by_tls=urlsplit(settings.address).scheme == "https",
            stale_after_seconds=settings.stale_seconds,
        )
    )


def _gateway(duty: Duty) -> None:
    from flows import gateway
    from flows.tokens import callers_of

    settings = duty.settings
    orders = gateway.Orders(
        run=settings.run,
        address=gateway_address(settings),
        callers=callers_of(settings),
        frames_per_second=settings.gateway_frames_per_second,
        trades_per_second=settings.gateway_trades_per_second,
        stale_seconds=settings.stale_seconds,
    )
    gateway.run(duty.client, orders)


def gateway_address(settings: Settings) -> Address:
    """Return where the gateway listens, and for which pages."""
    return Address(
        host=settings.gateway_host,
        port=settings.gateway_port,
        origins=settings.gateway_origins,
        certificate=settings.gateway_certificate,
        key=settings.gateway_key,
    )


def _missing_gateway(duty: Duty) -> Callable[[], str]:
    settings = duty.settings
    reader = StoreReader(duty.client, settings.run)
    return lambda: (
        listening_missing(settings)
        or ("" if reader.position() else "the run has not begun: no view has been written yet")
    )


def listening_missing(settings: Settings) -> str:
    """Return why nobody listens for the gateway's clients, empty when somebody does."""
    host = EVERYWHERE.get(settings.gateway_host, settings.gateway_host)
    try:
        with socket.create_connection((host, settings.gateway_port), timeout=1.0):
            return ""
    except OSError as error:
        return f"no answer: {type(error).__name__}"


def _location_with_password(settings: Settings) -> str:
    """Return the store's URL with the password of the file in it."""
    location, password = store_location(settings), settings.store_password()
    if not password:
        return location
    parts = urlsplit(location)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f":{quote(password, safe='')}@{host}").geturl()


_WORK: dict[str, Callable[[Duty], None]] = {
    "ingest": _ingest,
    "monitor": _monitor,
    "notify": _notify,
    "dashboard": _dashboard,
    "gateway": _gateway,
}
_MISSING: dict[str, Callable[[Duty], Callable[[], str]]] = {
    "ingest": _missing_opening,
    "monitor": _missing_views,
    "notify": _missing_store,
    "dashboard": _missing_screens,
    "gateway": _missing_gateway,
}
