"""``tieline parse MARKET FILE…``: what a raw payload becomes, or what is wrong with it."""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from connectors.isos import MARKETS, Feed, Parsed
from connectors.records import RECORDS, to_json_line
from flows.commands.options import AsJson
from flows.commands.terminal import printable
from flows.outcomes import Outcome, as_words, component_alarms, outcome_of
from state.errors import ParseError

PARSERS: dict[str, Feed] = {**MARKETS, RECORDS.name: RECORDS}
"""What can be parsed: the bodies of each market, and records."""

_OK, _ERROR, _FINDINGS = 0, 1, 2
_MOST_ALARMS = 10

Summary = Annotated[
    bool,
    typer.Option("--summary", help="Counts, ranges and what is odd of each file, as a table."),
]


def parse(
    market: Annotated[str, typer.Argument(help=" | ".join(PARSERS))],
    files: Annotated[list[Path], typer.Argument(help="Bodies as the market published them.")],
    *,
    summary: Summary = False,
    as_json: AsJson = False,
) -> int:
    """Print what payloads become, or what is wrong with them.

    The exit code is 1 when something could not be used, 2 when all was and a price is not the
    sum of its components.
    """
    if market not in PARSERS:
        reason = f"{market!r} is no market; one of {', '.join(PARSERS)}"
        raise typer.BadParameter(reason)
    codes = [
        _summarise(market, path, as_json=as_json) if summary else _parse_file(market, path)
        for path in files
    ]
    return _ERROR if _ERROR in codes else max(codes)


def _summarise(market: str, path: Path, *, as_json: bool) -> int:
    """Print a file's outcome as a row of a table, or as a JSON line."""
    try:
        body, received_at_ns = path.read_bytes(), path.stat().st_mtime_ns
    except OSError as error:
        _complain(_unreadable(path, error))
        return _ERROR
    feed = PARSERS[market]
    outcome = outcome_of(feed, body, received_at_ns=received_at_ns, where=path.name)
    if as_json:
        content = {"file": path.name, **outcome._asdict()}
        sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(printable(f"| {path.name} | {as_words(outcome)} |") + "\n")
    return _code_of(outcome)


def _code_of(outcome: Outcome) -> int:
    if outcome.verdict != "read" or outcome.rejected:
        return _ERROR
    return _FINDINGS if outcome.alarms else _OK


def _parse_file(market: str, path: Path) -> int:
    try:
        body = path.read_bytes()
        received_at_ns = path.stat().st_mtime_ns
        parsed = PARSERS[market].parse(body, received_at_ns=received_at_ns, where=str(path))
    except (ParseError, OSError) as error:
        _complain(_unreadable(path, error) if isinstance(error, OSError) else str(error))
        return _ERROR
    alarms = _print(parsed)
    if parsed.rejected:
        return _ERROR
    return _FINDINGS if alarms else _OK


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path} cannot be read ({error.strerror}); name a file that holds one body"


def _print(parsed: Parsed) -> bool:
    """Print messages, what was rejected and what is to be said; return whether prices alarm."""
    for message in parsed.messages:
        sys.stdout.write(to_json_line(message) + "\n")
    for row in parsed.rejected:
        _complain(row.reason)
    for note in parsed.notes:
        _complain(note)
    alarms = component_alarms(parsed.messages)
    found = False
    for alarm in islice(alarms, _MOST_ALARMS):
        found = True
        _complain(alarm)
    more = sum(1 for _ in alarms)
    if more:
        _complain(f"and {more:,} more prices that are not the sum of their components")
    return found


def _complain(reason: str) -> None:
    sys.stderr.write(printable(" ".join(reason.split())) + "\n")
