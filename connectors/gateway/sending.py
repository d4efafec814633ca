"""Sending to clients: nobody waits for one that does not read."""

from __future__ import annotations

import asyncio

import structlog
from websockets.asyncio.server import ServerConnection

SEND_SECONDS = 10.0
"""How long a client may leave what it was sent unread."""

_TOO_SLOW = 1008
_LONGEST_REASON = 123
"""Bytes that fit into a closing frame."""

log = structlog.get_logger()


async def send(connection: ServerConnection, text: bytes) -> None:
    """Send one message; a client that does not read is cut off.

    Raises:
        ConnectionClosed: the client is gone, or was cut off.
    """
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await connection.send(text, text=True)
    except TimeoutError:
        await cut_off(connection, f"nothing was read for {SEND_SECONDS:g} s; read faster")
        await connection.send(b"")  # raises that it is closed


async def cut_off(connection: ServerConnection, reason: str) -> None:
    """Close a connection with a reason."""
    log.warning("client.cut_off", reason=reason)
    await connection.close(_TOO_SLOW, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))


def bytes_of(received: str | bytes) -> bytes:
    """Return a frame as bytes, whether it came as text or as binary."""
    return received.encode() if isinstance(received, str) else received
