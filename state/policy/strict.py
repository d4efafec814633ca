"""From parsed YAML to a strict schema: what does not fit is named with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from state.policy.yaml_text import Document, refuse

Kind = TypeVar("Kind")

_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`")


class Finding(NamedTuple):
    """Something wrong at a place in a document (``$.limits[2].unit``) that has the right form."""

    path: str
    what: str
    remedy: str


def refuse_first(document: Document, findings: Iterator[Finding]) -> None:
    """Refuse a document for the first thing found in it.

    Raises:
        ConfigError: names its line, what is wrong and the remedy.
    """
    finding = next(findings, None)
    if finding is not None:
        raise refuse(document.line_of(finding.path), finding.what, finding.remedy)


def repeated(names: Sequence[str], path: str, field: str) -> Iterator[Finding]:
    """Yield the entries of a list that bear the name of an earlier one."""
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding(f"{path}[{index}].{field}", f"{field} {name} appears twice", "rename one")


def convert(document: Document, kind: type[Kind], *, whole: str, remedy: str) -> Kind:
    """Return a document as a struct of a schema.

    Args:
        document: what was parsed.
        kind: the schema.
        whole: what the document as a whole is called in errors.
        remedy: what to say when something does not fit.

    Raises:
        ConfigError: names the line, the field, its value and the remedy.
    """
    try:
        return msgspec.convert(document.values, kind)
    except msgspec.ValidationError as error:
        what, path = _place(str(error))
        if unknown := _UNKNOWN_FIELD.fullmatch(what):
            line, field = document.line_of_key(path, unknown[1]), f"{path}.{unknown[1]}"
            raise refuse(line, f"{field.removeprefix('$.')}: unknown field", remedy) from error
        said = document.node_at(path).value
        value = f" is {said!r}" if isinstance(said, str) and what.startswith("Expected") else ""
        field = path.removeprefix("$").removeprefix(".") or whole
        raise refuse(document.line_of(path), f"{field}{value}: {what}", remedy) from error


def _place(error: str) -> tuple[str, str]:
    """Split a validation error into what it says and the path it is about."""
    what, _, place = error.partition(" - at `")
    return what, place.removesuffix("`") or "$"
