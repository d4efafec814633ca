"""Are the ports free, and if not: who has them, and which setting moves us elsewhere?"""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from flows.settings import PREFIX, PROCESSES, Settings
from state.errors import ConfigError

_LISTENING = "0A"


def ports_of(settings: Settings) -> list[tuple[int, str, str]]:
    """Return every port the house listens on: the port, what for, and its setting."""
    health = [
        (settings.process_port(name), f"metrics and health of {name}", "metrics_port")
        for name in PROCESSES
        if settings.metrics_port
    ]
    return [
        (settings.dashboard_port, "the dashboard", "dashboard_port"),
        (settings.gateway_port, "the gateway", "gateway_port"),
        *health,
    ]


def port_faults(settings: Settings) -> list[str]:
    """Return a line for each port that something else uses."""
    return [
        _in_use(port, purpose, setting)
        for port, purpose, setting in ports_of(settings)
        if not is_free(settings.host, port)
    ]


def require_free_ports(settings: Settings) -> None:
    """Refuse to start while something else uses one of our ports.

    Raises:
        ConfigError: names the port, who has it, and the setting that chooses another.
    """
    faults = port_faults(settings)
    if faults:
        raise ConfigError(faults[0])


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _in_use(port: int, purpose: str, setting: str) -> str:
    owner = owner_of(port)
    ask = f"process {owner} has it; stop that, or" if owner else "ask its owner to free it, or"
    return f"port {port} ({purpose}) is in use: {ask} set {PREFIX}{setting.upper()} to a free port"


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
