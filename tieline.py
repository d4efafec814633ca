"""The front door: ``tieline`` on the command line, ``python tieline.py`` in a tree."""

from __future__ import annotations

from flows.memory import loading

with loading():
    from flows.commands.app import main

if __name__ == "__main__":
    main()
