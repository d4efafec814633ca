"""``tieline parse MARKET FILE…``: what a raw payload becomes, or what is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from connectors.isos import MARKETS, Feed, Parsed
from connectors.records import RECORDS, to_json_line
from flows.commands.options import AsJson
from flows.commands.terminal import printable
from state.errors import ParseError

PARSERS: dict[str, Feed] = {**MARKETS, RECORDS.name: RECORDS}
"""What can be parsed: the bodies of each market, and records."""


def parse(
    market: Annotated[str, typer.Argument(help=" | ".join(PARSERS))],
    files: Annotated[list[Path], typer.Argument(help="Bodies as the market published them.")],
    *,
    as_json: AsJson = False,
) -> int:
    """Print what payloads become, or what is wrong with them."""
    del as_json  # it always is
    if market not in PARSERS:
        reason = f"{market!r} is no market; one of {', '.join(PARSERS)}"
        raise typer.BadParameter(reason)
    outcomes = [_parse_file(market, path) for path in files]
    return 0 if all(outcomes) else 1


def _parse_file(market: str, path: Path) -> bool:
    """Return whether everything in the file could be used."""
    try:
        body = path.read_bytes()
        received_at_ns = path.stat().st_mtime_ns
        parsed = PARSERS[market].parse(body, received_at_ns=received_at_ns, where=str(path))
    except (ParseError, OSError) as error:
        _complain(_unreadable(path, error) if isinstance(error, OSError) else str(error))
        return False
    _print(parsed)
    return not parsed.rejected


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path} cannot be read ({error.strerror}); name a file that holds one body"


def _print(parsed: Parsed) -> None:
    for message in parsed.messages:
        sys.stdout.write(to_json_line(message) + "\n")
    for row in parsed.rejected:
        _complain(row.reason)


def _complain(reason: str) -> None:
    sys.stderr.write(printable(" ".join(reason.split())) + "\n")
