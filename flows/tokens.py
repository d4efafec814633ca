"""Who may connect to the gateway: the tokens file, or a token a role made for the run.

The file holds one object a caller, and of each token its SHA-256 alone::

    {"etrm": {"role": "desk", "token": "sha256$…", "books": ["HEDGE"]}}
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import msgspec

from connectors.gateway.callers import Caller, Callers, digest_of
from dashboards.access import Role
from dashboards.access_file import read_entries
from flows.settings import Settings
from state.errors import ConfigError

MAY: dict[Role, frozenset[str]] = {
    Role.VIEWER: frozenset({"/updates"}),
    Role.DESK: frozenset({"/updates", "/check", "/trades"}),
    Role.RISK: frozenset({"/updates", "/check"}),
}
"""What each role may use of the gateway; only a desk, and the systems it trades with, book."""

_SCHEME = "sha256$"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FORM = '{"name": {"role": "viewer, desk or risk", "token": "sha256$…", "books": []}}'


class Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One caller of the tokens file.

    Attributes:
        token: ``sha256$`` and the hexadecimal digest of the token.
        books: those it may trade in and see; empty for all.
    """

    role: Role
    token: str
    books: list[str] = []


def callers_of(settings: Settings) -> Callers:
    """Return who may connect: those of the tokens file, or one a role for this run.

    Raises:
        ConfigError: the file, or what is kept for the run, cannot be used.
    """
    if settings.gateway_tokens_file is not None:
        return read_callers(settings.gateway_tokens_file)
    tokens = {role: path.read_text("ascii") for role, path in make_tokens(settings).items()}
    made = {role.value: new_entry(tokens[role], role=role) for role in tokens}
    return _callers(made)


def read_callers(path: Path) -> Callers:
    """Read the tokens file.

    Raises:
        ConfigError: it is missing or malformed, names somebody twice, or two callers share a token.
    """
    try:
        entries: dict[str, Entry] = read_entries(path, of=dict[str, Entry])
    except (OSError, ValueError) as error:
        reason = f"the tokens file {path} cannot be used: {error}; it holds {_FORM}"
        raise ConfigError(reason) from error
    for name, entry in entries.items():
        if not _DIGEST.fullmatch(entry.token.removeprefix(_SCHEME)):
            reason = (
                f"the tokens file {path} holds no digest for {name!r}; make one with "
                f"`tieline gateway token {name} --role {entry.role} --out FILE`"
            )
            raise ConfigError(reason)
    callers = _callers(entries)
    if len(callers) < len(entries):
        reason = f"two callers of the tokens file {path} have the same token; make each its own"
        raise ConfigError(reason)
    return callers


def make_tokens(settings: Settings) -> dict[Role, Path]:
    """Make a token a role for a run, unless it has them; return the files, for their owner alone.

    Nothing of a token is ever printed: who may read the file may connect.
    """
    folder = settings.run_dir / "gateway"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {role: folder / f"{role}.token" for role in Role}
    for path in files.values():
        write_token(path, new_token())
    return files


def new_token() -> str:
    """Make a token: 256 bits by chance."""
    return secrets.token_urlsafe(32)


def new_entry(token: str, *, role: Role, books: list[str] | None = None) -> Entry:
    """Return the entry under which a token is known."""
    return Entry(role=role, token=_SCHEME + digest_of(token), books=books or [])


def write_token(path: Path, token: str) -> bool:
    """Write a token for its owner alone, whole or not at all, unless there is one.

    Returns:
        Whether it was written.
    """
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token)
        path.hardlink_to(fresh)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    return True


def _callers(entries: dict[str, Entry]) -> Callers:
    return Callers(
        {
            entry.token.removeprefix(_SCHEME): Caller(
                name, entry.role.value, MAY[entry.role], frozenset(entry.books)
            )
            for name, entry in entries.items()
        }
    )
