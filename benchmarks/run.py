"""``make bench``: the command ``tieline bench``, from a tree."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script finds only its own folder

from flows.commands.app import main

if __name__ == "__main__":
    main(["bench", *sys.argv[1:]])
