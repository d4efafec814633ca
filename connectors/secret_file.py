"""Secrets in files: read where they are needed, never shown."""

from __future__ import annotations

from pathlib import Path

from state.errors import ConfigError


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
        raise ConfigError(reason) from error
    if not secret:
        reason = f"{setting}: {path} is empty; put the secret on its first line"
        raise ConfigError(reason)
    return secret
