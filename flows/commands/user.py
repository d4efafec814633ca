"""``tieline user``: the entry of the users file for a person and a password."""

from __future__ import annotations

import sys
from typing import Annotated

import msgspec
import typer

from dashboards.access import Role, hash_password


def user(
    name: Annotated[str, typer.Argument(help="Who signs in to the dashboard.")],
    *,
    role: Annotated[Role, typer.Option(help="What that person may do.")],
) -> int:
    """Ask for a password twice, and print its person's entry for the users file."""
    password = typer.prompt(
        f"password of {name}", hide_input=True, confirmation_prompt=True, err=True
    )
    entry = {name: {"role": role, "password": hash_password(password)}}
    sys.stdout.write(msgspec.json.encode(entry).decode() + "\n")
    return 0
