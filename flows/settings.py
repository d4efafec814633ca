"""The settings of every process: defaults, then a file, then ``TIELINE_…``, then the command line.

A wrong setting is one line of :class:`~state.errors.UsageError` before anything starts; it names
the setting, the value and the remedy. Secrets are ``SecretStr`` and are never printed.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from connectors.log.clock_time import FORM, is_clock_time
from connectors.secret_file import read_secret
from connectors.sinks import SinkOptions, read_options
from flows.settings_file import printable, read_settings_file
from state.errors import ConfigError, UsageError

PREFIX = "TIELINE_"
"""What every environment variable of a setting begins with."""

DEFAULT_DAY = "2026-09-08-caiso-scarcity"
"""The day `tieline up` plays when none is named."""

DEFAULT_START = "16:30"
"""Where the default day starts: the hour before the evening ramp, market-local."""

PROCESSES = ("store", "ingest", "monitor", "notify", "dashboard", "gateway")
"""The processes of the house, in the order in which they start."""

Port = Annotated[int, Field(ge=1, le=65535)]
Host = Annotated[str, Field(min_length=1)]  # an empty one would be every address of the machine


EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only set in a container
"""Addresses that mean all of a machine's, and where the machine itself reaches them."""


def in_url(host: str) -> str:
    """Return the address at which this machine reaches what listens at a host, for a URL."""
    own = EVERYWHERE.get(host, host)
    return f"[{own}]" if ":" in own else own


def _sinks(given: object) -> object:
    """Read each sink by the options of its kind."""
    if not isinstance(given, list | tuple):
        return given
    return tuple(
        sink if isinstance(sink, SinkOptions) else read_options(_section(sink)) for sink in given
    )


def _section(given: object) -> dict[str, object]:
    if not isinstance(given, dict):
        reason = "sinks: each is a section like {kind: console}"
        raise ConfigError(reason)
    return given


def _start(given: str) -> str:
    """Refuse what is no time of the day; empty means the day's beginning."""
    if given and not is_clock_time(given):
        reason = f"must be a time of the day as {FORM}"
        raise ValueError(reason)
    return given


def _run(given: str) -> str:
    """Refuse a path: a run has its folder beside the other runs, nowhere else."""
    if "/" in given or given in (".", ".."):
        reason = "must be a name, not a path"
        raise ValueError(reason)
    return given


def _markets_in(given: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in given.split(",") if name.strip())


def _live(given: str) -> str:
    """Refuse commas and blanks alone, of which a day would be played."""
    if given and not _markets_in(given):
        reason = "names no market; name those to follow, or nothing at all to play a day"
        raise ValueError(reason)
    return given


def _dashboard_host(given: str) -> str:
    """Refuse an address that the server of the screens cannot name as an origin."""
    if ":" in given and given not in EVERYWHERE:
        reason = "must be an address of IPv4 or a name"
        raise ValueError(reason)
    return given


class Settings(BaseSettings):
    """Everything a process needs to know before it starts.

    Attributes:
        company: names the log's key in the monitor; one company a run.
        run: the run's name; empty lets `tieline up` choose one.
        store_url: a Redis or Valkey; empty starts the embedded store.
        store_password_file: its password, kept out of the environment.
        data_dir: where runs, snapshots and the embedded store live.
        day: a shipped day's name or a folder.
        live: markets to follow live, separated by commas; empty plays the day.
        live_file: what a live run follows (docs/live.md).
        stress_file: stress scenarios where a day brings none; the product's own when unset.
        start_at: market-local HH:MM at which a replay starts, empty for its beginning.
        speed: market seconds per wall second; 0 is as fast as possible.
        replay_reaches_outside: whether a replayed day may reach sinks beyond the terminal.
        dashboard_url: how browsers reach the dashboard, where not at ``host:dashboard_port``.
        metrics_port: the first of six ports, one a process in the order of their names above;
            0 serves none.
        gateway_host, gateway_port: where trades come in and updates go out.
        gateway_tokens_file: who may connect there; unset makes a token a role in the run's folder.
        gateway_origins: pages that may connect from a browser, as ``https://host``.
        gateway_certificate, gateway_key: files of TLS.
        gateway_frames_per_second, gateway_trades_per_second: what one connection may send.
        snapshot_every_ticks: ticks between two snapshots of the monitor.
        sinks: where alerts go besides the store; the terminal when none is named.
        workers: Bytewax workers of the monitor.
        users_file: people with passwords, who alone may sign in to the dashboard; unset makes
            and prints one-time links for desk and risk.
        stale_seconds: age of the last tick at which dashboard and notify call the clock dead.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    company: Annotated[str, Field(min_length=1)] = "company"
    run: Annotated[str, AfterValidator(_run)] = ""
    store_url: SecretStr = SecretStr("")
    store_password_file: Path | None = None
    data_dir: Path = Path("var/tieline")
    day: str = DEFAULT_DAY
    live: Annotated[str, AfterValidator(_live)] = ""
    live_file: Path | None = None
    start_at: Annotated[str, AfterValidator(_start)] = ""
    stress_file: Path | None = None
    speed: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 60.0
    host: Annotated[Host, AfterValidator(_dashboard_host)] = "127.0.0.1"
    dashboard_port: Port = 8780
    dashboard_url: str = ""
    metrics_host: Host = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65535 - len(PROCESSES))] = 9780
    gateway_host: Host = "127.0.0.1"
    gateway_port: Port = 8790
    gateway_tokens_file: Path | None = None
    gateway_origins: tuple[str, ...] = ()
    gateway_certificate: Path | None = None
    gateway_key: Path | None = None
    gateway_frames_per_second: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 2_000.0
    gateway_trades_per_second: Annotated[float, Field(ge=500, allow_inf_nan=False)] = 50_000.0
    snapshot_every_ticks: Annotated[int, Field(ge=1)] = 900
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    replay_reaches_outside: bool = False
    sinks: Annotated[tuple[SinkOptions, ...], BeforeValidator(_sinks)] = ()
    users_file: Path | None = None
    stale_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 5.0

    @model_validator(mode="after")
    def _sink_names_differ(self) -> Self:
        names = [sink.name for sink in self.sinks]
        for name in names:
            if names.count(name) > 1:
                reason = f"two sinks are named {name!r}; give each its own name"
                raise ValueError(reason)
        return self

    @property
    def live_markets(self) -> tuple[str, ...]:
        """Return the markets that are followed live, none where a day is played."""
        return _markets_in(self.live)

    @property
    def embedded(self) -> bool:
        """Whether `tieline up` starts its own store."""
        return not self.store_url.get_secret_value()

    @property
    def run_dir(self) -> Path:
        """Return the folder of the run: its embedded store and its snapshots."""
        return self.data_dir / "runs" / (self.run or "live")

    @property
    def address(self) -> str:
        """Return the dashboard's address as a browser reaches it, without a slash at its end."""
        return (self.dashboard_url or f"http://{self.host}:{self.dashboard_port}").rstrip("/")

    @property
    def gateway_address(self) -> str:
        """Return the gateway's address as a program on this machine reaches it."""
        scheme = "wss" if self.gateway_certificate else "ws"
        return f"{scheme}://{self.gateway_host}:{self.gateway_port}"

    def store_address(self) -> str:
        """Return the store's address without user and password, fit to be printed."""
        parts = urlsplit(self.store_url.get_secret_value())
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def store_password(self) -> str:
        """Return the store's password, empty when none is kept in a file."""
        if self.store_password_file is None:
            return ""
        return read_secret(self.store_password_file, setting="store_password_file")

    def process_port(self, process: str) -> int:
        """Return the port of a process's metrics and health."""
        return self.metrics_port + PROCESSES.index(process)

    def health_address(self, process: str) -> str:
        """Return where this machine asks whether a process is ready."""
        return f"http://{in_url(self.metrics_host)}:{self.process_port(process)}/readyz"

    def with_changes(self, **changes: object) -> Settings:
        """Return these settings with some of them changed."""
        return self.model_copy(update=changes)

    def environment(self) -> dict[str, str]:
        """Return the environment that gives a child process these very settings."""
        return {
            PREFIX + name.upper(): _plain_text(getattr(self, name))
            for name in type(self).model_fields
            if getattr(self, name) is not None
        }


def load_settings(config: Path | None = None, **chosen: object) -> Settings:
    """Load the settings of this process.

    Args:
        config: a YAML file; also named by ``TIELINE_CONFIG``.
        chosen: what the command line says; ``None`` means it says nothing.

    Raises:
        UsageError: in one line, the setting that is wrong and the remedy.
    """
    said = {name: value for name, value in chosen.items() if value is not None}
    try:
        return _layered(config, said)
    except ConfigError as error:
        raise UsageError(str(error)) from error


def _layered(config: Path | None, said: dict[str, object]) -> Settings:
    named = os.environ.get(PREFIX + "CONFIG")
    path = config or (Path(named) if named else None)
    from_file = {} if path is None else _read_file(path)
    _refuse_misspelt_environment()

    class _Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del init_settings, dotenv_settings, file_secret_settings
            command_line = InitSettingsSource(settings_cls, said)
            return command_line, env_settings, InitSettingsSource(settings_cls, from_file)

    try:
        return _Layered()
    except ValidationError as error:
        raise ConfigError(_one_line(error, partial(_origin, said=said, path=path))) from None
    except SettingsError as error:
        reason = f"environment: {error}; lists and objects are written as JSON"
        raise ConfigError(reason) from None


def _read_file(path: Path) -> dict[str, Any]:
    content = read_settings_file(path)
    for name in content:
        if name not in Settings.model_fields:
            reason = f"{path}: {_unknown(str(name))}"
            raise ConfigError(reason)
    return content


def _refuse_misspelt_environment() -> None:
    """A ``TIELINE_`` name that is nearly a setting is a slip; others belong to someone else."""
    for variable in os.environ:
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or name in Settings.model_fields:
            continue
        near = difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=0.8)
        if near:
            meant = PREFIX + near[0].upper()
            reason = f"environment: {variable} is no setting; did you mean {meant}?"
            raise ConfigError(reason)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=0.5)
    remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(Settings.model_fields)}"
    return f"{name!r} is no setting; {remedy}"


def _one_line(error: ValidationError, origin: Callable[[str], str]) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    says = first["msg"].removeprefix("Value error, ")
    value = first["input"]
    shown = f", was {value!r}" if isinstance(value, (str, int, float)) and printable(place) else ""
    if not place:
        return f"settings: {says}"
    return f"setting {place}: {says}{shown}; correct {origin(place.partition('.')[0])}"


def _origin(name: str, said: dict[str, object], path: Path | None) -> str:
    """Say where a setting's value came from: what is said first holds."""
    if name in said:
        return "what the command line says"
    variable = next((each for each in os.environ if each.upper() == PREFIX + name.upper()), "")
    return variable or f"{name} in {path}"


def _plain_text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        plain = [
            each.model_dump(exclude_unset=True) if isinstance(each, SinkOptions) else each
            for each in value
        ]
        return json.dumps(plain, default=_plain_text)
    return str(value)
