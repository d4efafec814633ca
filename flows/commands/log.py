"""``tieline log``: backup, restore and trim the log of a run."""

from __future__ import annotations

import typer

app = typer.Typer(help="Backup, restore and trim the log of a run.", no_args_is_help=True)
