"""What commands print of texts that come from outside."""

from __future__ import annotations

import pytest
from rich.table import Table

from flows.commands.terminal import Terminal


def test_brackets_in_a_foreign_name_are_no_markup(capsys: pytest.CaptureFixture[str]):
    """A counterparty ``North [/x]`` ended ``tieline check``, of ``[red]`` nothing was shown."""
    names = ("North [red] Power", "South [/x]")
    table = Table(box=None, title="East [bold]")
    for name in names:
        table.add_row(name)

    Terminal(as_json=False).table(table, width=60)

    printed = capsys.readouterr().out
    assert all(name in printed for name in (*names, "East [bold]"))
