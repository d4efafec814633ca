"""A file that is there whole or not at all, whatever ends the process that writes it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def write_whole(path: Path, body: bytes) -> None:
    """Write a file beside its place and put it there; what stood there stays until then.

    What is no file (a terminal, a pipe) is written as it is, and so is a file in a folder into
    which nothing new may be written.

    Raises:
        OSError: it cannot be written; no part of it is left.
    """
    place = path.resolve()  # of a link the file it names
    if place.exists() and not (place.is_file() and os.access(place.parent, os.W_OK)):
        place.write_bytes(body)
        return
    part = place.with_name(f"{place.name}.part")
    try:
        part.touch()
        if place.exists():
            shutil.copymode(place, part)
        part.write_bytes(body)
        part.replace(place)
    except OSError:
        part.unlink(missing_ok=True)
        raise
