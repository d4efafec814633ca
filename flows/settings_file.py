"""The file of settings: YAML, and nothing in it that YAML reads otherwise than a person does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from state.errors import ConfigError
from state.policy.yaml_text import misread, require_shallow

_SECRETIVE = ("url", "secret", "password")


def read_settings_file(path: Path) -> dict[str, Any]:
    """Read a file of settings; an empty one says nothing.

    Raises:
        ConfigError: names the file, the line where there is one, and the remedy.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = f"cannot read the settings file {path} ({_cause(error)}); name a readable file"
        raise ConfigError(reason) from None
    content = strictly_read(text, path)
    if content is None:
        return {}
    if not isinstance(content, dict):
        reason = f"{path}: must hold 'setting: value' lines, holds a {type(content).__name__}"
        raise ConfigError(reason)
    return content


def strictly_read(text: str, path: Path) -> Any:
    """Return what a file says, in which nothing is read otherwise than a person does.

    Raises:
        ConfigError: names the file, the line where there is one, and the remedy.
    """
    try:
        require_shallow(text)
        return yaml.load(text, _StrictLoader)  # noqa: S506 - a SafeLoader
    except ConfigError as error:
        reason = f"{path}: {error}"
        raise ConfigError(reason) from None
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" line {where.line + 1}" if where is not None else ""
        reason = f"{path}{line}: not YAML ({getattr(error, 'problem', error)}); mend the file"
        raise ConfigError(reason) from None


def printable(setting: str) -> bool:
    """Say whether what is written at a setting may be shown: it is no secret."""
    return not any(word in setting for word in _SECRETIVE)


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key written twice, of which YAML keeps the last, and a value it would misread."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                reason = f"line {line}: a key is a {key.id}; name each setting by a word"
                raise ConfigError(reason)
            if key.value in seen:
                reason = f"key {key.value!r} is written twice (line {line}); keep one"
                raise ConfigError(reason)
            seen.add(key.value)
            _refuse_misread(str(key.value), value, line)
        return super().construct_mapping(node, deep)


def _refuse_misread(name: str, value: yaml.Node, line: int) -> None:
    """Refuse ``16:30`` (990), ``010`` (8), ``on`` and their like; nothing at all is no value."""
    kind = misread(value) if isinstance(value, yaml.ScalarNode) else ""
    if kind and kind != "null":
        shown = f" is {value.value}," if printable(name) else " is something"
        reason = (
            f"line {line}: {name}{shown} which YAML reads as {kind}; "
            "quote it if it is text, else write it plainly"
        )
        raise ConfigError(reason)


def _cause(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
