"""A source's host: one client, one bucket of requests, and no address but its own two at most.

Whoever asks a host shares its bucket, back-fill included. Redirects are not followed, proxies of
the environment are not used, and a body beyond :data:`MOST_BYTES` is not read to its end.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import NamedTuple, Self

import httpx

from connectors.clock import MarketClock
from connectors.isos.bodies import MOST_BYTES
from connectors.polling.followed import Asked
from state.errors import ConfigError, TielineError
from state.moments import SECOND_NS

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
_MOST_SEEN = 1_000
_KEPT_HEADERS = ("date", "content-type", "content-disposition", "etag", "last-modified")
_AGENT = "tieline"


class TransportFault(TielineError):
    """Says that a host gave no answer."""


class Answer(NamedTuple):
    """What a host answered.

    Attributes:
        status: of HTTP.
        headers: those worth keeping, by name in lower case.
        body: as it came.
        where: what to call it in errors: the address without its query.
        asked: the whole question.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    where: str
    asked: str = ""


class Bucket:
    """Lets one request through every so many seconds of market time, first come, first served.

    Args:
        every_seconds: between two requests.
        clock: of the market.
    """

    def __init__(self, every_seconds: float, clock: MarketClock) -> None:
        self._gap_ns = int(every_seconds * SECOND_NS)
        self._clock = clock
        self._free_ns = self._rest_until_ns = 0
        self._lock = threading.Lock()

    def wait(self, stop: threading.Event) -> bool:
        """Wait for a request's turn; return whether to stop instead."""
        with self._lock:
            turn_ns = max(self._clock.now_ns(), self._free_ns)
            self._free_ns = turn_ns + self._gap_ns
        stopped = self._clock.wait_until(turn_ns, stop)
        while not stopped and self._clock.now_ns() < self._rest_until_ns:
            stopped = self._clock.wait_until(self._rest_until_ns, stop)
        return stopped

    def pause(self, seconds: float) -> None:
        """Let nobody through for a while, whoever waits: the host was asked too often."""
        with self._lock:
            until_ns = self._clock.now_ns() + int(seconds * SECOND_NS)
            self._rest_until_ns = max(self._rest_until_ns, until_ns)


class Host:
    """Asks one host.

    Args:
        base_url: ``https://oasis.caiso.com``; nothing beside it is ever asked.
        every_seconds: between two requests, of market time.
        clock: of the market.
        headers: sent with every request.
        fallback_url: another address of the same source; it shares the bucket.

    Attributes:
        bucket: that every request goes through.
        has_fallback: whether there is one.

    Raises:
        ConfigError: an address is none.
    """

    def __init__(
        self,
        base_url: str,
        *,
        every_seconds: float,
        clock: MarketClock,
        headers: Mapping[str, str] | None = None,
        fallback_url: str = "",
    ) -> None:
        self._base = _address(base_url)
        self.has_fallback = bool(fallback_url)
        self._fallback = _address(fallback_url) if fallback_url else self._base
        self.bucket = Bucket(every_seconds, clock)
        logging.getLogger("httpx").setLevel(logging.CRITICAL)  # it prints addresses
        self._client = httpx.Client(
            timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": _AGENT, **(headers or {})},
        )
        self._seen: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, query: dict[str, str], *, fallback: bool = False) -> Answer:
        """Ask once; conditionally where the answer of before is remembered.

        Args:
            path: of the address.
            query: its parameters.
            fallback: ask the fallback instead.

        Raises:
            TransportFault: there was no whole answer.
        """
        address = (self._fallback if fallback else self._base).copy_with(path=path)
        asked = str(address.copy_merge_params(query))
        try:
            with self._client.stream(
                "GET", address, params=query, headers=self._seen.get(asked, {})
            ) as response:
                body = _body_of(response)
        except (httpx.HTTPError, OSError) as error:
            reason = f"{address.host} gave no answer ({type(error).__name__})"
            raise TransportFault(reason) from error
        headers = {
            name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
        }
        return Answer(response.status_code, headers, body, f"{address.host}{path}", asked)

    def remember(self, answer: Answer) -> None:
        """Ask for what an answer held on the condition that it changed: it could be read."""
        conditions = _conditions(answer.headers)
        if answer.status == httpx.codes.OK and conditions:
            if len(self._seen) == _MOST_SEEN:
                self._seen.clear()
            self._seen[answer.asked] = conditions


def host_of(asked: Asked, clock: MarketClock) -> Host:
    """Open a client of a host that is to be asked."""
    return Host(
        asked.base_url,
        every_seconds=asked.every_seconds,
        clock=clock,
        headers=asked.headers,
        fallback_url=asked.fallback_url,
    )


def _address(base_url: str) -> httpx.URL:
    try:
        address = httpx.URL(base_url)
    except httpx.InvalidURL:
        address = httpx.URL()
    if address.scheme not in {"http", "https"} or not address.host or address.query:
        reason = f"{base_url!r} is no address of a host; write https://host"
        raise ConfigError(reason)
    return address


def _body_of(response: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:  # the parser refuses it by its size; the rest is not worth reading
            break
    return b"".join(parts)


def _conditions(headers: dict[str, str]) -> dict[str, str]:
    conditions = {
        "if-none-match": headers.get("etag"),
        "if-modified-since": headers.get("last-modified"),
    }
    return {name: value for name, value in conditions.items() if value}
