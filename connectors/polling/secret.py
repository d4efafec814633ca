"""What a source knows its caller by: from a file or the environment, and never shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo

from state.errors import ConfigError


def _beside(path: Path, info: ValidationInfo) -> Path:
    """Take a relative name from the folder of the file it is written in."""
    return Path((info.context or {}).get("folder", "")) / path


SecretFile = Annotated[Path, AfterValidator(_beside)]
"""The name of a file that holds a secret, beside the file of feeds."""


def secret_of(path: Path | None, variable: str, *, setting: str) -> SecretStr | None:
    """Return a secret from a file or, where none is named, from the environment.

    Args:
        path: of the file; a line end at its end is not part of the secret.
        variable: of the environment.
        setting: that names the file, for what is said of it.

    Returns:
        None where there is neither.

    Raises:
        ConfigError: the file cannot be read, or holds nothing.
    """
    if path is None:
        text = os.environ.get(variable, "")
        return SecretStr(text) if text else None
    try:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        reason = f"{setting}: cannot read {path} ({why}); name a readable file, or set {variable}"
        raise ConfigError(reason) from error
    if not text:
        reason = f"{setting}: {path} is empty; put the secret on its first line"
        raise ConfigError(reason)
    return SecretStr(text)
