"""A live run as a process of its own, to be killed: store, run, file of feeds, recording."""

from __future__ import annotations

import sys
from pathlib import Path

from connectors.log.redis import connect
from flows.live import Live
from flows.live_file import read_live_file


def main() -> None:
    """Follow what the file says until killed."""
    url, run, file, folder = sys.argv[1:]
    with connect(url) as client:
        Live(client, run, read_live_file(Path(file), ()), Path(folder)).run()


if __name__ == "__main__":
    main()
