"""A command as a person types it, without the seconds a process of its own takes to start."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from flows.commands import app


class Done(NamedTuple):
    """What a command ended with."""

    returncode: int
    stdout: str
    stderr: str


def typed(folder: Path, *arguments: str) -> Done:
    """Run a command in a folder, through everything but the start of Python.

    What the environment says of a house is not for it.
    """
    out, errors = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(errors),
    ):
        for name in [name for name in os.environ if name.startswith("TIELINE_")]:
            del os.environ[name]
        code = app.invoke(list(arguments))
    return Done(code, out.getvalue(), errors.getvalue())
