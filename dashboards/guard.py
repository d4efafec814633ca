"""Closes a connection whose browser has stopped reading, before it fills this server's memory."""

from __future__ import annotations

from typing import Any

import structlog
from bokeh.server.connection import ServerConnection
from bokeh.server.server import Server
from tornado.ioloop import PeriodicCallback

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


class SlowConsumerGuard:
    """Looks at every connection each second.

    Args:
        server: a Bokeh server.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._looking = PeriodicCallback(self.look, _LOOK_EVERY_MS)

    def start(self) -> None:
        """Begin to look, on the server's loop."""
        self._server.io_loop.add_callback(self._looking.start)

    def stop(self) -> None:
        """Stop looking."""
        self._looking.stop()

    def look(self) -> None:
        """Close the connections that are too far behind; their pages reload themselves."""
        for connection in tuple(self._server._tornado._clients):  # noqa: SLF001 - as above
            waiting = unread_bytes(connection)
            if waiting > MOST_UNREAD_BYTES:
                log.warning("connection.too_slow", unread_bytes=waiting)
                stream_of(connection).close()
