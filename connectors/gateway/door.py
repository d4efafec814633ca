"""The door: who is let in to what, before anything is read from them, and the server behind it.

A refusal says what is refused, where, and what to do, as the text of an HTTP answer. A token
travels in a header, ``Authorization: Bearer …``, or as a subprotocol from a browser, which can
set no header; never in the address, which ends up in logs.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl
from weakref import WeakKeyDictionary

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from connectors.gateway.address import Address, tls_context
from connectors.gateway.callers import ENDPOINTS, Caller, Callers
from connectors.gateway.checks import ChecksIn
from connectors.gateway.trades import TradesIn
from connectors.gateway.updates import Updates
from connectors.records import MOST_BYTES
from state.errors import ConfigError, TielineError

SUBPROTOCOL = Subprotocol("tieline.v1")
TOKEN_PROTOCOL = "tieline.token."  # noqa: S105 - what goes before a token
MOST_CLIENTS = 64

_CLOSE_SECONDS = 2.0
_OPEN_SECONDS = 5.0
_PING_SECONDS = 20.0
_SEND_BUFFER_BYTES = 256 * 1024
"""What the kernel holds for a client that does not read; grown by itself it would hide one."""
_MOST_DIGITS = 18
_BEARER = "Bearer "

log = structlog.get_logger()


class Admission(NamedTuple):
    """Who was let in to what.

    Attributes:
        books: of a filter of updates; empty for all.
        after: the position that updates are resumed from.
    """

    caller: Caller
    path: str
    books: frozenset[str] = frozenset()
    after: int | None = None


class TurnedAwayError(TielineError):
    """Says to a client why it is not let in."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Door:
    """Lets clients in and leads them to what they asked for.

    Args:
        callers: everybody with a token.
        origins: of pages that may connect.
        trades, checks, updates: what is behind the door.
    """

    def __init__(
        self,
        callers: Callers,
        origins: Sequence[str],
        *,
        trades: TradesIn,
        checks: ChecksIn,
        updates: Updates,
    ) -> None:
        self._callers = callers
        self._origins = frozenset(origins)
        self._trades = trades
        self._checks = checks
        self._updates = updates
        self._admitted: WeakKeyDictionary[ServerConnection, Admission] = WeakKeyDictionary()
        self._inside = 0

    async def look_at(self, connection: ServerConnection, request: Request) -> Response | None:
        """Let a request pass, or answer it with the reason why not."""
        await self._updates.has_begun()  # nobody is sent away from a run that says it is ready
        try:
            admission = self.admission(request)
        except TurnedAwayError as error:
            log.warning("client.refused", status=error.status.value, reason=str(error))
            answer = connection.respond(error.status, f"{error}\n")
            if error.status is HTTPStatus.UNAUTHORIZED:
                answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        self._admitted[connection] = admission
        return None

    def admission(self, request: Request) -> Admission:
        """Return who asks for what.

        Raises:
            TurnedAwayError: they are not let in.
        """
        path, _, query = request.path.partition("?")
        if path not in ENDPOINTS:
            reason = f"there is no {path[:60]!r} here; use one of {', '.join(ENDPOINTS)}"
            raise TurnedAwayError(HTTPStatus.NOT_FOUND, reason)
        self._check_origin(request)
        caller = self._caller(request)
        if path not in caller.endpoints:
            may = ", ".join(sorted(caller.endpoints)) or "nothing"
            reason = f"the role {caller.role} may use {may}, not {path}; use another token"
            raise TurnedAwayError(HTTPStatus.FORBIDDEN, reason)
        if self._inside >= MOST_CLIENTS:
            reason = f"{MOST_CLIENTS} clients are connected, as many as may be; close one of them"
            raise TurnedAwayError(HTTPStatus.SERVICE_UNAVAILABLE, reason)
        if not self._updates.position:
            reason = "the run has not begun: nothing is in its read model yet; connect again soon"
            raise TurnedAwayError(HTTPStatus.SERVICE_UNAVAILABLE, reason)
        return self._asked(path, query, caller)

    def _check_origin(self, request: Request) -> None:
        for origin in request.headers.get_all("Origin"):
            if origin not in self._origins:
                reason = (
                    f"pages of {origin[:100]!r} may not connect; name it in gateway_origins if "
                    "they are yours"
                )
                raise TurnedAwayError(HTTPStatus.FORBIDDEN, reason)

    def _caller(self, request: Request) -> Caller:
        token = _token_of(request)
        caller = self._callers.by_token(token) if token else None
        if caller is None:
            what = "the token is nobody's" if token else "no token came with the request"
            reason = f"{what}; send the header 'Authorization: Bearer TOKEN' with yours"
            raise TurnedAwayError(HTTPStatus.UNAUTHORIZED, reason)
        return caller

    def _asked(self, path: str, query: str, caller: Caller) -> Admission:
        pairs = parse_qsl(query, keep_blank_values=True)
        said = dict(pairs)
        known = {"books", "after"} if path == "/updates" else set()
        for name in said:
            if name not in known:
                words = " and ".join(sorted(known)) or "nothing"
                reason = f"{path} has no {name[:60]!r}; it takes {words} in its address"
                raise TurnedAwayError(HTTPStatus.BAD_REQUEST, reason)
        if len(said) < len(pairs):
            reason = f"{path} is asked for the same twice; give each once, as books=A,B&after=1"
            raise TurnedAwayError(HTTPStatus.BAD_REQUEST, reason)
        books = frozenset(said["books"].split(",") if "books" in said else ())
        if "" in books:
            reason = (
                f"books is {said['books'][:60]!r}, in which a book has no name; "
                "leave it out for all of them"
            )
            raise TurnedAwayError(HTTPStatus.BAD_REQUEST, reason)
        foreign = caller.foreign(sorted(books))
        if foreign:
            raise TurnedAwayError(HTTPStatus.FORBIDDEN, caller.refusal(foreign[:60]))
        return Admission(caller, path, books or caller.books, self._after(said.get("after")))

    def _after(self, text: str | None) -> int | None:
        if text is None:
            return None
        is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        if not is_number or int(text) > self._updates.position:
            reason = (
                f"after is {text[:30]!r}, expected a log position up to {self._updates.position}, "
                "where this run stands; leave it out to begin with a whole snapshot"
            )
            raise TurnedAwayError(HTTPStatus.BAD_REQUEST, reason)
        return int(text)

    async def lead(self, connection: ServerConnection) -> None:
        """Serve one connection until its end."""
        admission = self._admitted[connection]
        caller, path = admission.caller, admission.path
        self._inside += 1
        with contextlib.suppress(OSError):  # it may have gone a moment ago
            own = connection.transport.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        log.info("client.came", caller=caller.name, path=path)
        try:
            if path == "/trades":
                await self._trades.serve(connection, caller)
            elif path == "/check":
                await self._checks.serve(connection, caller)
            else:
                await self._updates.serve(connection, admission.books, admission.after)
        except* ConnectionClosed:
            pass
        finally:
            self._inside -= 1
            log.info("client.went", caller=caller.name, path=path)


@asynccontextmanager
async def opened(address: Address, door: Door) -> AsyncIterator[Server]:
    """Listen until the context ends; clients are told that the gateway goes away.

    Raises:
        ConfigError: the certificate cannot be used, or the address cannot be listened on.
    """
    tls = tls_context(address)
    try:
        server = await serve(
            door.lead,
            address.host,
            address.port,
            ssl=tls,
            process_request=door.look_at,
            select_subprotocol=_chosen,
            compression=None,  # measured: it makes small messages 27 times slower
            max_size=MOST_BYTES,
            open_timeout=_OPEN_SECONDS,
            ping_interval=_PING_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            server_header="tieline",
        )
    except OSError as error:
        where = f"{address.host}:{address.port}"
        reason = f"cannot listen on {where} ({error.strerror}); set TIELINE_GATEWAY_PORT to another"
        raise ConfigError(reason) from error
    async with server:
        yield server


def _chosen(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Answer to a browser's offer, which must be answered; programs need offer nothing."""
    del connection
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


def _token_of(request: Request) -> str:
    said = request.headers.get_all("Authorization")
    if len(said) == 1 and said[0].startswith(_BEARER):
        return said[0].removeprefix(_BEARER).strip()
    offered = ",".join(request.headers.get_all("Sec-WebSocket-Protocol")).split(",")
    tokens = [each.strip() for each in offered if each.strip().startswith(TOKEN_PROTOCOL)]
    return tokens[0].removeprefix(TOKEN_PROTOCOL) if len(tokens) == 1 else ""
