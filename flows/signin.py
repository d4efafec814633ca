"""How people get into a run's dashboard: by password, or by links kept for its restarts."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from dashboards.access import Role, new_links
from flows.settings import Settings

_KEPT = "sign-in.json"


class SignIn(msgspec.Struct, frozen=True):
    """What the dashboard is started with.

    Attributes:
        secret: signs cookies and sessions.
        links: one-time tokens by role; none where people have passwords.
    """

    secret: str
    links: dict[Role, str]


def make_sign_in(settings: Settings) -> SignIn:
    """Make a sign-in and keep it in the run's folder, for its owner alone."""
    made = SignIn(secrets.token_urlsafe(32), {} if settings.users_file else new_links())
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(_kept(settings), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(made))
    return made


def kept_sign_in(settings: Settings) -> SignIn | None:
    """Return the sign-in that was made for this run, None where there is none to go on with.

    A sign-in with links counts only while there is no users file, one without only while there
    is: with a new one the old links and cookies are good for nothing, whatever comes after.
    """
    try:
        kept = msgspec.json.decode(_kept(settings).read_bytes(), type=SignIn)
    except (OSError, msgspec.DecodeError):
        return None
    return kept if bool(kept.links) == (settings.users_file is None) else None


def link_lines(settings: Settings, sign_in: SignIn) -> dict[str, str]:
    """Return the address that signs in once, by role."""
    where = settings.address
    return {role.value: f"{where}/login?token={token}" for role, token in sign_in.links.items()}


def origins(settings: Settings) -> tuple[str, ...]:
    """Return the hosts a browser may come from besides the server's own."""
    host = urlsplit(settings.dashboard_url).netloc
    return (host,) if host else ()


def last_signed_into(settings: Settings) -> str:
    """Return the run of the data folder that got its screens last, empty where none did."""
    made = list((settings.data_dir / "runs").glob(f"*/{_KEPT}"))
    return max(made, key=lambda path: path.stat().st_mtime_ns).parent.name if made else ""


def _kept(settings: Settings) -> Path:
    return settings.run_dir / _KEPT
