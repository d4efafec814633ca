"""``tieline gateway``: tokens of those who may connect, and the form of every message."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from dashboards.access import Role
from flows.commands.options import all_named, named
from flows.writable import require_writable_folder
from state.errors import ConfigError

app = typer.Typer(help="Tokens of those who may connect; the form of every message.")


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Whose: a person or a system.", callback=named)],
    *,
    role: Annotated[Role, typer.Option(help="What it may do.")],
    out: Annotated[Path, typer.Option(help="Where the token is written, for you alone.")],
    book: Annotated[
        list[str] | None,
        typer.Option(help="A book it may trade in and see; else all.", callback=all_named),
    ] = None,
) -> int:
    """Write a new token to a file, and print its entry for the tokens file."""
    from flows.tokens import new_entry, new_token, write_token

    require_writable_folder(out.absolute().parent)
    made = new_token()
    if not write_token(out, made):
        reason = f"{out} exists; a token is never overwritten: choose another file, or remove it"
        raise ConfigError(reason)
    entry = {name: new_entry(made, role=role, books=book)}
    sys.stdout.write(msgspec.json.encode(entry).decode() + "\n")
    return 0


@app.command()
def schema() -> int:
    """Print the JSON Schema of every message, by endpoint."""
    sys.stdout.write(schema_text())
    return 0


def schema_text() -> str:
    """Return the schema as it lies in the documentation."""
    from connectors.gateway.forms import schema as made

    return json.dumps(made(), ensure_ascii=False, indent=2) + "\n"
