"""Structures as JSON values, for files and for ``--json``."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import numpy as np


def plain(value: msgspec.Struct) -> dict[str, Any]:
    """Return a view as JSON values: what is not known is null, what is over is text."""
    built = msgspec.to_builtins(value, enc_hook=_listed)
    return cast("dict[str, Any]", _finite(built))


def _listed(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    reason = f"{type(value).__name__} has no JSON form"
    raise NotImplementedError(reason)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else str(value)
    return value
