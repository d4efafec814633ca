"""Secrets in files: read where they are needed, never shown, sent to no other machine in clear."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from connectors.sinks.address import names_loopback
from state.errors import ConfigError, UsageError


def read_secret(path: Path | None, *, setting: str) -> str:
    """Read a secret from a file; a trailing line end is not part of it.

    Raises:
        ConfigError: the file cannot be read or is empty.
    """
    try:
        secret = Path(path or "").read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or type(error).__name__
        reason = f"{setting}: cannot read {path} ({cause}); name a readable file"
        raise UsageError(reason) from error
    if not secret:
        reason = f"{setting}: {path} is empty; put the secret on its first line"
        raise ConfigError(reason)
    return secret


def is_private(url: str) -> bool:
    """Say whether a secret may go to an address: by TLS, or to this machine.

    >>> [is_private(url) for url in ("https://h", "http://h", "http://127.0.0.1:9", "wss://h/x")]
    [True, False, True, True]
    """
    parts = urlsplit(url)
    return parts.scheme.lower() in {"https", "wss"} or names_loopback(parts.hostname or "")


def require_private(url: str, *, setting: str) -> None:
    """Refuse an address that would get a secret in clear.

    Raises:
        ConfigError: it would.
    """
    if not is_private(url):
        reason = f"{setting}: {url} would get the secret in clear; use https"
        raise UsageError(reason)
