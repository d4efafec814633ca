"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option("--config", help="Settings as YAML; TIELINE_… and options go before it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON lines.")]
Day = Annotated[str, typer.Argument(help="A shipped day's name, or a folder in the same form.")]
Run = Annotated[str | None, typer.Option("--run", help="The run; by default the one shown.")]
