"""Can we listen where we are told to, and if not: who does, and which setting moves us?"""

from __future__ import annotations

import contextlib
import errno
import socket
from pathlib import Path
from typing import NamedTuple

from flows.settings import PREFIX, PROCESSES, Settings
from state.errors import ConfigError

_LISTENING = "0A"


class Listener(NamedTuple):
    """A port the house listens on, at an address, with the settings that choose both.

    Attributes:
        purpose: what for.
    """

    host: str
    port: int
    purpose: str
    host_setting: str
    port_setting: str


def listeners_of(settings: Settings) -> list[Listener]:
    """Return everything the house listens on."""
    health = [
        Listener(
            settings.metrics_host,
            settings.process_port(name),
            f"metrics and health of {name}",
            "metrics_host",
            "metrics_port",
        )
        for name in PROCESSES
        if settings.metrics_port
    ]
    return [
        Listener(settings.host, settings.dashboard_port, "the dashboard", "host", "dashboard_port"),
        Listener(
            settings.gateway_host,
            settings.gateway_port,
            "the gateway",
            "gateway_host",
            "gateway_port",
        ),
        *health,
    ]


def port_faults(settings: Settings) -> list[str]:
    """Return a line for each address that is not this machine's, and each port we cannot have."""
    found = (_fault(listener) for listener in listeners_of(settings))
    return list(dict.fromkeys(fault for fault in found if fault))


def require_free_ports(settings: Settings) -> None:
    """Refuse to start where we cannot listen at one of our ports.

    Raises:
        ConfigError: names the port, who has it, and the setting that chooses another; or the
            address that is not this machine's, and its setting.
    """
    faults = port_faults(settings)
    if faults:
        raise ConfigError(faults[0])


def _fault(listener: Listener) -> str:
    """Say why we could not listen there now, and what to do; empty where we could."""
    error = _refusal(listener.host, listener.port)
    if error is None:
        return ""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return (
            f"{listener.purpose.partition(' of ')[0]} cannot listen at {listener.host}: it is no "
            f"address of this machine; set {listener.host_setting} to one that is, or to 127.0.0.1"
        )
    if error.errno == errno.EADDRINUSE:
        return _in_use(listener)
    return (
        f"port {listener.port} ({listener.purpose}) cannot be opened at {listener.host} "
        f"({error.strerror}); set {listener.port_setting} to another"
    )


def _refusal(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error
    return None


def _in_use(listener: Listener) -> str:
    owner = owner_of(listener.port)
    ask = f"process {owner} has it; stop that, or" if owner else "ask its owner to free it, or"
    variable = f"{PREFIX}{listener.port_setting.upper()}"
    return (
        f"port {listener.port} ({listener.purpose}) is in use: {ask} set {variable} to a free port"
    )


def owner_of(port: int) -> str:
    """Return ``pid (command)`` of who listens on a port, as far as we may see; else empty."""
    inodes = _listening_inodes(port)
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):
            for entry in folder.iterdir():
                if _inode_of(entry) in inodes:
                    pid = folder.parent.name
                    name = (folder.parent / "comm").read_text(encoding="utf-8").strip()
                    return f"{pid} ({name})"
    return ""


def _inode_of(entry: Path) -> str:
    with contextlib.suppress(OSError):
        return str(entry.readlink()).removeprefix("socket:[").removesuffix("]")
    return ""


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(fields[9])
    return inodes
