"""YAML without its traps: every value says its type, and every value knows its line.

Refused, because a reader of the text sees something else than the parser does: duplicate keys,
anchors, aliases, tags, yes/no/on/off, ``12:30`` (750), dates, ``010`` (8), ``1_000``, nulls,
infinities and a number where a name is expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from state.errors import ConfigError

_LOADER = yaml.CSafeLoader
"""libyaml, part of the wheels: 70 ms for a policy of 1,000 lines, the parser in Python 430 ms."""

_REFERENCES = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)
_BEGINS = (
    yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken, yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)  # fmt: skip
_ENDS = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]+)?")
_MOST = 1e15
_MOST_LEVELS = 40
"""How deep a text may be nested: more than any form here has, and no parser's stack is at risk."""

_TEXT_TAG = "tag:yaml.org,2002:str"
_PATH_PART = re.compile(r"\.([^.\[]+)|\[(\d+)\]")


def refuse(line: int, what: str, remedy: str) -> ConfigError:
    """Make the error that names a line, what is wrong there, and the remedy."""
    return ConfigError(f"line {line}: {what}; {remedy}")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed text: plain values, and the node tree that knows their lines."""

    values: object
    root: yaml.Node

    def node_at(self, path: str) -> yaml.Node:
        """Return the node of ``$.limits[2].warn_at``, or of the nearest part that exists."""
        node = self.root
        for name, index in _PATH_PART.findall(path):
            child = _child(node, name, index)
            if child is None:
                break
            node = child
        return node

    def line_of(self, path: str) -> int:
        """Return the line of a path's node."""
        return int(self.node_at(path).start_mark.line) + 1

    def line_of_key(self, path: str, key: str) -> int:
        """Return the line on which a key stands in a path's node."""
        node = self.node_at(path)
        keys = [name for name, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        found = next((name for name in keys if name.value == key), node)
        return int(found.start_mark.line) + 1


def parse(text: str) -> Document:
    """Parse one YAML document.

    Raises:
        ConfigError: it is no YAML, empty, or uses something listed above.
    """
    try:
        _refuse_references(text)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise refuse(line, f"not YAML: {error.problem}", "check indentation and quotes") from error
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        what = f"not YAML: character U+{error.character:04X} is not allowed"
        raise refuse(line, what, "take it out, save the file as plain UTF-8 text") from error
    if root is None:
        raise refuse(1, "the file is empty", "write it as the documentation shows")
    return Document(_value(root, "policy"), root)


def misread(node: yaml.Node) -> str:
    """Return what YAML reads a bare word as that a person reads as text; empty for all else.

    >>> misread(yaml.compose("16:30", Loader=_LOADER)), misread(yaml.compose("60", Loader=_LOADER))
    ('int', '')
    """
    text = str(node.value)
    is_plain = text in {"true", "false"} or _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text)
    if getattr(node, "style", None) or is_plain or node.tag == _TEXT_TAG:
        return ""
    return node.tag.rpartition(":")[2]


def require_shallow(text: str) -> None:
    """Refuse deep nesting before anything walks the text as a tree.

    Raises:
        ConfigError: it is nested deeper than any form here.
        yaml.YAMLError: it is no YAML.
    """
    for _ in _shallow_tokens(text):
        pass


def _shallow_tokens(text: str) -> Iterator[yaml.Token]:
    level = 0
    for token in yaml.scan(text, Loader=_LOADER):
        level += isinstance(token, _BEGINS) - isinstance(token, _ENDS)
        if level > _MOST_LEVELS:
            line = token.start_mark.line + 1
            raise refuse(line, "it is nested too deep", "write it as the documentation shows")
        yield token


def _refuse_references(text: str) -> None:
    for token in _shallow_tokens(text):
        if isinstance(token, _REFERENCES):
            kind = type(token).__name__.removesuffix("Token").lower()
            name = token.value if isinstance(token.value, str) else _tag_of(*token.value)
            what = f"{kind} {name!r} is not allowed"
            raise refuse(token.start_mark.line + 1, what, "write the value out where it is used")


def _tag_of(handle: str | None, suffix: str) -> str:
    """Write a tag as the text has it.

    >>> _tag_of("!!", "float"), _tag_of(None, "!")
    ('!!float', '!')
    """
    return f"{handle or ''}{suffix}"


def _value(node: yaml.Node, field: str) -> object:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, field)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, f"{field}[{index}]") for index, item in enumerate(node.value)]
    return _scalar(node, field)


def _mapping(node: yaml.MappingNode, field: str) -> dict[str, object]:
    values: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise refuse(line, f"a key in {field} is a list or a mapping", "write a name")
        key = _scalar(key_node, f"key in {field}")
        if not isinstance(key, str):
            raise refuse(line, f"key {key_node.value} in {field} is no name", "quote it")
        if key in values:
            raise refuse(line, f"key {key} appears twice in {field}", "keep one of them")
        values[key] = _value(value_node, key)
    return values


def _scalar(node: yaml.Node, field: str) -> str | int | float | bool:
    text = str(node.value)
    if getattr(node, "style", None):  # quoted, or a block, which ends with a line break
        return text.rstrip("\n")
    if text in {"true", "false"}:
        return text == "true"
    if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text):
        return _number(text, node, field)
    kind = misread(node)
    if not kind:
        return text
    what = f"{field} is {text or 'empty'}, which YAML reads as {kind}"
    raise refuse(node.start_mark.line + 1, what, "quote it if it is text, else write it plainly")


def _number(text: str, node: yaml.Node, field: str) -> int | float:
    if not abs(float(text)) <= _MOST:
        remedy = f"write a number of at most {_MOST:g}"
        raise refuse(node.start_mark.line + 1, f"{field} is {text[:40]}", remedy)
    return int(text) if _INTEGER.fullmatch(text) else float(text)


def _child(node: yaml.Node, name: str, index: str) -> yaml.Node | None:
    if index and isinstance(node, yaml.SequenceNode) and int(index) < len(node.value):
        child: yaml.Node = node.value[int(index)]
        return child
    if name and isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    return None
