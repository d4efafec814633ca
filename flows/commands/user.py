"""``tieline user``: the entry of the users file for a person and a password."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import msgspec
import typer

from dashboards.access import Role, hash_password
from flows.commands.options import named
from state.errors import ConfigError

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def user(
    name: Annotated[str, typer.Argument(help="Who signs in to the dashboard.", callback=named)],
    *,
    role: Annotated[Role, typer.Option(help="What that person may do.")],
) -> int:
    """Ask for a password twice, and print its person's entry for the users file."""
    entry = {name: {"role": role, "password": hash_password(_ask(name))}}
    sys.stdout.write(msgspec.json.encode(entry).decode() + "\n")
    return 0


def _ask(name: str) -> str:
    try:
        password: str = typer.prompt(
            f"password of {name}", hide_input=True, confirmation_prompt=True, err=True
        )
    except typer.Abort as left:
        if not isinstance(left.__context__, EOFError):  # Ctrl-C
            raise
        reason = f"the input ended before the password of {name} was there twice; type it twice"
        raise ConfigError(reason) from left
    try:
        password.encode()
    except UnicodeEncodeError as error:
        reason = f"the password of {name} is no UTF-8 text; set the terminal to UTF-8"
        raise ConfigError(reason) from error
    if _CONTROL.search(password):
        reason = (
            f"the password of {name} has a control character, which no form takes; choose another"
        )
        raise ConfigError(reason)
    return password
