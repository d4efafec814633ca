"""A file of policies on the disk."""

from __future__ import annotations

from pathlib import Path

from state.errors import ConfigError, UsageError
from state.policy.documents import AnyPolicy, read


def read_policy(path: Path) -> tuple[AnyPolicy, str]:
    """Read a file of policies, and its text.

    Raises:
        ConfigError: it cannot be read, or says something it may not.
    """
    try:
        source = path.read_text(encoding="utf-8")
        return read(source), source
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a file of the form of docs/limits.md or docs/policy.md"
        reason = f"cannot read the policy {path}: {error}; {remedy}"
        raise UsageError(reason) from error
    except ConfigError as error:
        reason = f"{path}: {error}"
        raise ConfigError(reason) from None
