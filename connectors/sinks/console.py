"""The console: one line a notice on standard output."""

from __future__ import annotations

import sys
from typing import ClassVar, Literal, TextIO

from connectors.sinks import DELIVERED, Notice, Outcome, SinkOptions, Verdict
from connectors.sinks.wording import line


class ConsoleOptions(SinkOptions):
    """The console has no options of its own."""

    kind: Literal["console"]

    def open(self) -> ConsoleSink:
        """Make the sink."""
        return ConsoleSink()


class ConsoleSink:
    """Writes notices where the process prints.

    Args:
        stream: standard output unless named.
    """

    outside: ClassVar[bool] = False

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def send(self, notice: Notice) -> Outcome:
        """Write one line, without a character that a terminal would obey."""
        try:
            self._stream.write(line(notice) + "\n")
            self._stream.flush()
        except OSError as error:
            return Outcome(Verdict.RETRY, f"cannot write: {error.strerror}")
        return DELIVERED
