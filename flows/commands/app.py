"""The command line: the registry of commands, exit codes, and errors as one line.

Exit codes: 0 ok, 1 error, 2 breach or findings, 3 wrong usage.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, cast

import redis
import typer
from typer.core import TyperGroup

from flows.health import release
from flows.memory import loading
from state.errors import TielineError, UsageError

OK, ERROR, FINDINGS, WRONG_USAGE = 0, 1, 2, 3
INTERRUPTED = 130
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

USAGE_ERROR: type[Any] = typer.BadParameter.__mro__[1]
"""What typer raises for a wrong option, argument or command; it has no public name of its own."""

COMMANDS = (
    "up", "run", "replay", "parse", "explain", "check", "diff", "foresight", "hedge", "reconcile",
    "stress", "var", "report", "simulate", "record", "archive", "backfill", "doctor", "user",
    "bench", "gateway", "log", "policy",
)  # fmt: skip
"""In the order of the help; each is what the module of its name calls so, or that module's app."""


class _Commands(Mapping[str, Any]):
    """The commands by name; a module is imported when its command is asked for.

    A process of the house starts in a third of the time that all of them take to import.
    """

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        with loading():
            module = import_module(f"flows.commands.{name}")
        alone = typer.Typer(rich_markup_mode=None)
        if hasattr(module, "app"):
            alone.add_typer(module.app, name=name)
        else:
            alone.command(name)(getattr(module, name))
        return typer.main.get_group(alone).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _FrontDoor(TyperGroup):
    """The group of all commands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast("Any", _Commands())


app = typer.Typer(
    name="tieline",
    help="Streaming monitor of positions, value and risk for wholesale electricity.",
    cls=_FrontDoor,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback signature
    if wanted:
        sys.stdout.write(f"tieline {release()}\n")
        raise typer.Exit


@app.callback()
def _options(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """Streaming monitor of positions, value and risk for wholesale electricity."""
    del version
    if debug:
        os.environ["TIELINE_DEBUG"] = "1"


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    sys.exit(invoke(arguments))


def invoke(arguments: list[str] | None = None) -> int:
    """Run one command; an error becomes one line on standard error and its exit code."""
    wanted = sys.argv[1:] if arguments is None else arguments
    if not wanted:
        app(args=["--help"], prog_name="tieline", standalone_mode=False)
        return WRONG_USAGE
    try:
        outcome = app(args=wanted, prog_name="tieline", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a line, never a traceback
        return _refuse(error)
    return outcome if isinstance(outcome, int) else OK


def _refuse(error: BaseException) -> int:
    """Say what went wrong and return its exit code."""
    if os.environ.get("TIELINE_DEBUG"):
        traceback.print_exception(error)
    if _is_interrupt(error):
        return INTERRUPTED
    if isinstance(error, USAGE_ERROR):
        return _say(error.format_message().replace(": Value error, ", ": ", 1), WRONG_USAGE)
    cause = _root_of(error)
    if isinstance(cause, TielineError):
        return _say(str(cause), WRONG_USAGE if isinstance(cause, UsageError) else ERROR)
    if isinstance(cause, redis.RedisError):
        return _say(_words_of_the_store(cause), ERROR)
    if isinstance(cause, OSError):
        return _say(_words_of(cause), ERROR)
    says = f"unexpected {type(cause).__name__}: {cause}; see `tieline --debug …`"
    return _say(says, ERROR)


def _words_of_the_store(error: redis.RedisError) -> str:
    """Say that the store is away, or what it refused."""
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return f"the store does not answer ({error}); start it, or correct the setting store_url"
    return f"the store did not do what it was asked ({error}); `tieline doctor` examines it"


def _words_of(error: OSError) -> str:
    """Say what the machine refused, of which file, and what to do."""
    if error.errno in _NO_ROOM:
        place = error.filename2 or error.filename  # of a copy, where it was to go
        where = f" for {place}" if place else ""
        return f"the disk has no room{where} ({error.strerror}); free some, and start again"
    if error.filename is None or not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror[:1].lower()}{error.strerror[1:]}; name another path"


def _is_interrupt(error: BaseException) -> bool:
    """Say whether somebody ended it, at work or at a question; of a fault typer names the cause."""
    left = isinstance(error, typer.Abort) and error.__cause__ is None
    return left or isinstance(error, KeyboardInterrupt)


def _root_of(error: BaseException) -> BaseException:
    """Return what was raised inside a step; Bytewax wraps it."""
    while error.__cause__ is not None and not isinstance(error, TielineError):
        error = error.__cause__
    return error


def _say(reason: str, code: int) -> int:
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(f"tieline: {' '.join(reason.split())}\n")
    return code
