"""The opening of a live run: the records that come before its first tick, read from their file."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from connectors import records
from connectors.log.recording import has_begun
from flows.live_file import LiveFile
from state.errors import ParseError, UsageError
from state.messages import AnyMessage

_GZIP = b"\x1f\x8b"


def read_opening(path: Path, *, received_at_ns: int) -> list[AnyMessage]:
    """Read an opening.

    Raises:
        UsageError: the file cannot be read, or a record in it is none.
    """
    try:
        parsed = records.parse(_lines(path), received_at_ns=received_at_ns, where=str(path))
    except ParseError as error:
        reason = f"no opening: {error}"
        raise UsageError(reason) from error
    if parsed.rejected:
        raise UsageError(parsed.rejected[0].reason)
    return parsed.messages


def require_opening(file: LiveFile, recording: Path) -> None:
    """See that a run which has not begun yet can be opened; one that goes on needs no opening.

    Raises:
        UsageError: it cannot.
    """
    if not has_begun(recording):
        read_opening(file.opening, received_at_ns=file.clock.clock().now_ns())


def _lines(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw[:2] == _GZIP else raw
    except (OSError, EOFError, zlib.error) as error:
        reason = f"opening {path} cannot be read ({error}); name a file of records, one a line"
        raise UsageError(reason) from error
