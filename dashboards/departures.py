"""A browser that goes away while a frame is written to it is no error, and leaves no traceback."""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.websocket import WebSocketClosedError


def pass_over_departures() -> None:
    """Let the running loop say nothing of writes to browsers that have gone, and all else.

    Panel drops what it had begun to write when a session ends, so nobody asks what came of it.
    """
    asyncio.get_running_loop().set_exception_handler(_tell)


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), WebSocketClosedError):
        loop.default_exception_handler(context)
