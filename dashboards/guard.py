"""Closes connections: of who is signed in no longer, and of a browser that has stopped reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from bokeh.server.connection import ServerConnection
from bokeh.server.server import Server
from tornado.ioloop import PeriodicCallback
from tornado.web import RequestHandler

log = structlog.get_logger()

MOST_UNREAD_BYTES = 8 * 1024 * 1024
_LOOK_EVERY_MS = 1000


def stream_of(connection: ServerConnection) -> Any:
    """Return the stream to a browser, None when it is closed already."""
    websocket = connection._socket.ws_connection  # noqa: SLF001 - Bokeh offers no other way
    stream = websocket.stream if websocket is not None else None
    return None if stream is None or stream.closed() else stream


def unread_bytes(connection: ServerConnection) -> int:
    """Return how many bytes wait to be sent to a browser."""
    stream = stream_of(connection)
    return len(stream._write_buffer) if stream is not None else 0  # noqa: SLF001 - as above


class ConnectionGuard:
    """Looks at every connection each second; the page of a closed one loads itself anew.

    Args:
        server: a Bokeh server.
        name_of: says who asks, None for who is not signed in (any more).
    """

    def __init__(self, server: Server, name_of: Callable[[RequestHandler], str | None]) -> None:
        self._server = server
        self._name_of = name_of
        self._looking = PeriodicCallback(self.look, _LOOK_EVERY_MS)

    def start(self) -> None:
        """Begin to look, on the server's loop."""
        self._server.io_loop.add_callback(self._looking.start)

    def stop(self) -> None:
        """Stop looking."""
        self._looking.stop()

    def look(self) -> None:
        """Close what nobody may read any more, and what would fill this server's memory."""
        for connection in tuple(self._server._tornado._clients):  # noqa: SLF001 - as above
            waiting, stream = unread_bytes(connection), stream_of(connection)
            if stream is None:
                continue
            if self._name_of(connection._socket) is None:  # noqa: SLF001 - as above
                log.info("connection.signed_out")
                stream.close()
            elif waiting > MOST_UNREAD_BYTES:
                log.warning("connection.too_slow", unread_bytes=waiting)
                stream.close()
