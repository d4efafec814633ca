"""Sends a figure only what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.models import ColumnDataSource


def update_source(source: ColumnDataSource, columns: Mapping[str, Sequence[Any]]) -> None:
    """Patch the cells that differ; replace the columns only when their length changed."""
    shown = source.data
    if any(len(shown[name]) != len(values) for name, values in columns.items()):
        source.data = {name: list(values) for name, values in columns.items()}
        return
    patches = {name: _changes(shown[name], values) for name, values in columns.items()}
    changed = {name: changes for name, changes in patches.items() if changes}
    if changed:
        source.patch(changed)


def _changes(shown: Sequence[Any], values: Sequence[Any]) -> list[tuple[int, Any]]:
    pairs = zip(shown, values, strict=True)
    return [(index, new) for index, (old, new) in enumerate(pairs) if old != new]
