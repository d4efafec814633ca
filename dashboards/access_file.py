"""A file of those who may come in: JSON of one object a name, each name once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from state.errors import ConfigError


def read_entries(path: Path, of: Any) -> Any:
    """Read such a file as what it is of.

    Raises:
        FileNotFoundError: it is not there.
        ConfigError: it may not be read, or is no file.
        ValueError: it is no UTF-8, malformed, or names somebody twice: the last would count.
    """
    body = _bytes_of(path)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        reason = f"it is no UTF-8 text from byte {error.start} on"
        raise ValueError(reason) from error
    entries = msgspec.json.decode(body, type=of)
    json.loads(text, object_pairs_hook=_each_once)
    return entries


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = f"cannot read {path} ({error.strerror}); name a file that Tieline may read"
        raise ConfigError(reason) from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            reason = f"{name!r} is there twice"
            raise ValueError(reason)
    return dict(pairs)
