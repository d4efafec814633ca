"""How commands speak: rich on a terminal, plain lines elsewhere, JSON lines when asked."""

from __future__ import annotations

import json
import sys

from rich.console import Console
from rich.table import Table


class Terminal:
    """Prints a command's answer.

    Args:
        as_json: one JSON object a line on standard output and nothing else there.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        # What is printed is foreign: brackets in a name are no markup, in tables either.
        self.console = Console(markup=False, highlight=False, soft_wrap=True, emoji=False)
        self.errors = Console(
            stderr=True, markup=False, highlight=False, soft_wrap=True, emoji=False
        )

    def say(self, text: str, *, style: str | None = None) -> None:
        """Print a line for people; silent when the answer is JSON."""
        if not self.as_json:
            self.console.print(text, style=style)

    def table(self, table: Table, *, width: int) -> None:
        """Print a table, as wide as this where no terminal says how wide; silent as JSON."""
        if self.as_json:
            return
        if not self.console.is_terminal:
            self.console.width = width
        self.console.print(table)

    def warn(self, text: str) -> None:
        """Print a line on standard error."""
        self.errors.print(text, style="yellow")

    def record(self, content: dict[str, object]) -> None:
        """Print one JSON line; silent when the answer is for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
            sys.stdout.flush()


def printable(text: str) -> str:
    r"""Return text without control characters: a trade's comment must not steer a terminal.

    >>> printable("a\x1b[31mb")
    'a[31mb'
    """
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")
