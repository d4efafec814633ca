"""Sources of deals for tests: a folder, a stream's server, a Redis stream, a FIX acceptor."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis
from simplefix import FixMessage, FixParser
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from connectors.trades import TradeFeedOptions, read_options

TOKEN = "a-token-of-the-test"  # noqa: S105 - of nobody
NOW = "2026-09-08T16:00:00Z"


def deal(number: int, **changes: Any) -> dict[str, Any]:
    """Return the record of a trade."""
    return {
        "kind": "trade", "source": "etrm", "trade": f"D-{number}", "version": 1, "action": "new",
        "product": "energy", "market": "caiso", "book": "hedge", "counterparty": "CP-06",
        "location": "TH_NP15_GEN-APND", "delivery_start": "2026-09-09T02:00:00Z",
        "delivery_end": "2026-09-09T03:00:00Z", "quantity_mw": 5.0, "price_usd_per_mwh": 48.5,
        "settles_at": "DA", "executed_at": "2026-09-08T15:00:00Z", **changes,
    }  # fmt: skip


class FolderSource:
    kind = "folder"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "in"
        self._folder.mkdir()
        self._files = 0

    def options(self) -> TradeFeedOptions:
        return read_options({"kind": "folder", "folder": str(self._folder)})

    def is_followed(self) -> bool:
        return True

    def send(self, deals: list[dict[str, Any]]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, deals[0])
        writer.writeheader()
        writer.writerows(deals)
        self.drop(text.getvalue())

    def drop(self, text: str) -> None:
        self._files += 1
        part = self._folder / f"{self._files}.part"
        part.write_text(text, encoding="utf-8")
        part.rename(part.with_suffix(".csv"))

    def nonsense(self) -> None:
        self.send([deal(0, quantity_mw="1,000")])

    def leave(self) -> None:
        self._folder.rename(self._folder.with_name("away"))

    def come_back(self) -> None:
        self._folder.with_name("away").rename(self._folder)

    def close(self) -> None:
        return


class StreamSource:
    """A deal-capture stream that keeps its frames."""

    kind = "websocket"

    def __init__(self, folder: Path) -> None:
        self.token_file = folder / "token"
        self.token_file.write_text(TOKEN + "\n")
        self.frames: list[dict[str, Any]] = []
        self.asked: list[int | None] = []
        self.lost: set[int] = set()
        self.known: dict[str, dict[str, Any]] = {}
        self.moved_to = ""
        self.first: list[str] = []
        self._open: set[ServerConnection] = set()
        self.port = 0
        self._lock = threading.Lock()
        self.come_back()

    def options(self) -> TradeFeedOptions:
        return read_options(
            {
                "kind": "websocket", "url": f"ws://127.0.0.1:{self.port}/deals",
                "token_file": str(self.token_file), "heartbeat_seconds": 2.0,
                "first_pause_seconds": 0.05, "longest_pause_seconds": 0.1,
            }
        )  # fmt: skip

    def is_followed(self) -> bool:
        return bool(self._open)

    def send(self, deals: list[dict[str, Any]]) -> None:
        for each in deals:
            self.frame([each])

    def frame(self, deals: list[Any]) -> None:
        """Send one frame; one whose number is in ``lost`` gets lost."""
        with self._lock:
            number = len(self.frames) + 1
            frame = {"kind": "deals", "sequence": number, "sent_at": NOW, "deals": deals}
            self.frames.append(frame)
            self.known |= {str(each.get("trade")): each for each in deals}
            if number not in self.lost:
                self.say(json.dumps(frame))

    def say(self, text: str) -> None:
        for connection in list(self._open):
            with contextlib.suppress(ConnectionClosed):
                connection.send(text)

    def nonsense(self) -> None:
        self.frame([{"kind": "tick", "at": NOW}])

    def beat(self) -> None:
        frame = {"kind": "heartbeat", "sequence": len(self.frames), "sent_at": NOW}
        self.say(json.dumps(frame))

    def leave(self) -> None:
        self._server.shutdown()
        for connection in list(self._open):
            connection.close()

    def come_back(self) -> None:
        self._server: Server = serve(
            self._serve, "127.0.0.1", self.port, process_request=self._let_in
        )
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.leave()

    def _let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return connection.respond(401, "nobody's token")
        if not self.moved_to:
            return None
        answer = connection.respond(302, "elsewhere")
        answer.headers["Location"] = self.moved_to
        return answer

    def _serve(self, connection: ServerConnection) -> None:
        try:
            while True:
                self._answer(connection, json.loads(connection.recv()))
        except ConnectionClosed:
            self._open.discard(connection)

    def _answer(self, connection: ServerConnection, question: dict[str, Any]) -> None:
        with self._lock:
            after = question["after"]
            self.asked.append(after)
            self._open.add(connection)
            if self.first:
                for text in self.first:
                    connection.send(text)
            elif after is None:
                snapshot = {
                    "kind": "deals", "sequence": len(self.frames), "sent_at": NOW,
                    "snapshot": True, "deals": list(self.known.values()),
                }  # fmt: skip
                connection.send(json.dumps(snapshot))
            else:
                for frame in self.frames[after:]:
                    connection.send(json.dumps(frame))


class RedisSource:
    kind = "redis"

    def __init__(self, client: redis.Redis, url: str, stream: str) -> None:
        self._client, self._url, self.stream = client, url, stream

    def options(self) -> TradeFeedOptions:
        return read_options(
            {
                "kind": "redis", "url": self._url, "stream": self.stream,
                "first_pause_seconds": 0.05, "longest_pause_seconds": 0.1,
            }
        )  # fmt: skip

    def is_followed(self) -> bool:
        return True

    def send(self, deals: list[dict[str, Any]]) -> None:
        for each in deals:
            self._client.xadd(self.stream, {"record": json.dumps(each)})

    def nonsense(self) -> None:
        self._client.xadd(self.stream, {"deal": "x"})

    def leave(self) -> None:
        self._client.rename(self.stream, f"{self.stream}-away")
        self._client.set(self.stream, "no stream")

    def come_back(self) -> None:
        self._client.rename(f"{self.stream}-away", self.stream)

    def pending(self) -> int:
        return int(self._client.xpending(self.stream, "tieline")["pending"])

    def close(self) -> None:
        self._client.delete(self.stream)


class FixSource:
    """A FIX acceptor that keeps what it sent, and sends it again when asked."""

    kind = "fix"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.heard: list[FixMessage] = []
        self.sent: dict[int, tuple[str, list[tuple[int, Any]]]] = {}
        self.lost: set[int] = set()
        self.damaged: set[int] = set()
        self.stretched: set[int] = set()
        self.next = 1
        self.holds = False
        self._held = b""
        self._line: socket.socket | None = None
        self._lock = threading.RLock()
        self._port = 0
        self.come_back()

    def options(self, **changes: Any) -> TradeFeedOptions:
        contract = {
            "market": "caiso", "location": "TH_NP15_GEN-APND",
            "delivery_start": "2026-09-09T02:00:00Z", "delivery_end": "2026-09-09T03:00:00Z",
        }  # fmt: skip
        mapping = {
            "contracts": {"NP15-H19": contract}, "books": {"A1": "hedge"}, "counterparty": "CP-06"
        }  # fmt: skip
        return read_options(
            {
                "kind": "fix", "host": "127.0.0.1", "port": self._port, "tls": False,
                "sender": "DESK", "target": "VENUE", "heartbeat_seconds": 1, "source": "etrm",
                "session_file": str(self._folder / "session.json"), "mapping": mapping,
                "first_pause_seconds": 0.05, "longest_pause_seconds": 0.1, **changes,
            }
        )  # fmt: skip

    def is_followed(self) -> bool:
        return True

    def send(self, deals: list[dict[str, Any]]) -> None:
        for each in deals:
            self.report(
                [
                    (571, f"R-{each['trade']}"), (487, 0), (1003, each["trade"]),
                    (55, "NP15-H19"), (32, abs(each["quantity_mw"])), (54, 1), (1, "A1"),
                    (31, each["price_usd_per_mwh"]), (75, "20260908"),
                    (60, "20260908-15:00:00"),
                ]
            )  # fmt: skip

    def report(self, pairs: list[tuple[int, Any]]) -> None:
        self.say("AE", pairs)

    def nonsense(self) -> None:
        self.report([(571, "R-0"), (487, 0), (1003, "D-0"), (55, "UNKNOWN")])

    def say(self, kind: str, pairs: list[tuple[int, Any]]) -> None:
        with self._lock:
            number, self.next = self.next, self.next + 1
            self.sent[number] = (kind, pairs)
            if number not in self.lost:
                self._put(kind, number, pairs, is_first=True)

    def leave(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        with self._lock:
            if self._line is not None:
                with contextlib.suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)
                self._line = None

    def come_back(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
        self._port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def close(self) -> None:
        self.leave()

    def kinds(self) -> list[str]:
        return [message.get(35).decode() for message in list(self.heard)]

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        parser = FixParser()
        with contextlib.suppress(OSError):
            while data := line.recv(65_536):
                parser.append_buffer(data)
                while (message := parser.get_message()) is not None:
                    self.heard.append(message)
                    self._answer(line, message)

    def _answer(self, line: socket.socket, message: FixMessage) -> None:
        kind = message.get(35)
        with self._lock:
            if kind == b"A":
                self._line = line
                if message.get(141) == b"Y":
                    self.next, self.sent = 1, {}
                    self.say("A", [(98, 0), (108, 1), (141, "Y")])
                else:
                    self.say("A", [(98, 0), (108, 1)])
            elif kind == b"1":
                self.say("0", [(112, message.get(112))])
            elif kind == b"2":
                self._send_again(int(message.get(7)))
            elif kind == b"5" and self._line is line:
                self._line = None

    def _send_again(self, first: int) -> None:
        for number in range(first, self.next):
            kind, pairs = self.sent[number]
            again: list[tuple[int, Any]] = [(43, "Y"), (122, self._moment(number))]
            if kind == "AE":
                self._put(kind, number, [*again, *pairs])
            else:
                self._put("4", number, [*again, (123, "Y"), (36, number + 1)])

    def _put(
        self, kind: str, number: int, pairs: list[tuple[int, Any]], *, is_first: bool = False
    ) -> None:
        message = FixMessage()
        message.append_pair(8, "FIX.4.4")
        head = [(35, kind), (34, number), (49, "VENUE"), (56, "DESK"), (52, self._moment(number))]
        for tag, value in [*head, *pairs]:
            message.append_pair(tag, value)
        raw = message.encode()
        if self._line is not None:
            if is_first and number in self.damaged:
                raw = raw.replace(b"NP15", b"NP16")
            if is_first and number in self.stretched:
                raw = re.sub(rb"\x019=\d+", b"\x019=999900", raw)
            self._held += raw
            if not self.holds:
                with contextlib.suppress(OSError):
                    self._line.sendall(self._held)
                self._held = b""

    def _moment(self, number: int) -> str:
        """When a message was sent first."""
        at = datetime(2026, 9, 8, 16, tzinfo=UTC).timestamp() + number
        return datetime.fromtimestamp(at, tz=UTC).strftime("%Y%m%d-%H:%M:%S.000")


Source = FolderSource | StreamSource | RedisSource | FixSource
