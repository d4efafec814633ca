"""Whether a path can be written, asked before the work whose outcome goes there."""

from __future__ import annotations

import tempfile
from pathlib import Path


def require_writable_folder(folder: Path) -> None:
    """Make a folder, unless it is there, and see that files can be written into it.

    Raises:
        OSError: they cannot; it names the path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def require_writable_file(path: Path) -> None:
    """See that a file can be written, and leave it as it is.

    Raises:
        OSError: it cannot; it names the path.
    """
    is_new = not path.exists()
    with path.open("ab"):
        pass
    if is_new:
        path.unlink()
