"""The webhook: a notice as JSON, posted once, signed with HMAC-SHA256.

``docs/notification.md`` tells a receiver how to verify the signature.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import ssl
import time
from contextlib import closing
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import quote

import httpx
import msgspec
from pydantic import AfterValidator, BeforeValidator, SecretStr, model_validator

from connectors.secret_file import read_secret
from connectors.sinks import DELIVERED, Notice, Outcome, Seconds, SinkOptions, Verdict
from connectors.sinks.address import (
    ForbiddenAddress,
    Network,
    names_loopback,
    permitted_address,
)
from connectors.sinks.wording import utc
from state.errors import ConfigError, UsageError

SIGNATURE = "Tieline-Signature"
TIMESTAMP = "Tieline-Timestamp"

_TRY_AGAIN = frozenset({408, 425, 429})
_FIRST_SERVER_ERROR = 500
_LEAST_SECRET_CHARACTERS = 16


def _usable(url: SecretStr) -> SecretStr:
    try:
        parsed = httpx.URL(url.get_secret_value())
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        reason = "is no address; write https://host/path"
        raise ValueError(reason)
    return url


class WebhookOptions(SinkOptions):
    """Where a webhook goes.

    Attributes:
        url: the address; its path may be a secret, so it is never printed.
        secret, secret_file: one of the two; what both sides sign with.
        allow_http: permits an address without TLS; a loopback one needs no permission.
        allow_networks: private networks that may be reached (``10.20.0.0/16``).
        ca_file: certificates to trust besides the usual ones.
        connect_seconds: how long to wait for a connection, and for each byte of an answer.
    """

    kind: Literal["webhook"]
    url: Annotated[SecretStr, AfterValidator(_usable)]
    secret: SecretStr | None = None
    secret_file: Path | None = None
    allow_http: bool = False
    allow_networks: tuple[Annotated[Network, BeforeValidator(ip_network)], ...] = ()
    ca_file: Path | None = None
    connect_seconds: Seconds = 5.0

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        if (self.secret is None) == (self.secret_file is None):
            reason = "give either secret or secret_file"
            raise ValueError(reason)
        target = httpx.URL(self.url.get_secret_value())
        if target.scheme == "http" and not (self.allow_http or names_loopback(target.host)):
            reason = "url must be https; allow_http permits an address without TLS"
            raise ValueError(reason)
        return self

    def open(self) -> WebhookSink:
        """Make the sink.

        Raises:
            ConfigError: a file cannot be read or the secret is too short.
        """
        return WebhookSink(self)

    def signing_secret(self) -> bytes:
        """Return the secret; the line end of a file is no part of it.

        Raises:
            ConfigError: the file cannot be read or the secret is too short.
        """
        if self.secret_file is None:
            text = self.secret.get_secret_value() if self.secret else ""
        else:
            text = read_secret(self.secret_file, setting=f"sink {self.name!r}: secret_file")
        if len(text) < _LEAST_SECRET_CHARACTERS:
            reason = f"sink {self.name!r}: secret needs {_LEAST_SECRET_CHARACTERS} characters"
            raise UsageError(reason)
        return text.encode()


class WebhookSink:
    """Posts to one address; follows no redirect and no proxy, and connects where it looked."""

    outside: ClassVar[bool] = True

    def __init__(self, options: WebhookOptions) -> None:
        logging.getLogger("httpx").setLevel(logging.CRITICAL)  # it prints addresses
        logging.getLogger("httpcore").setLevel(logging.CRITICAL)
        self._url = httpx.URL(options.url.get_secret_value())
        self._secret = options.signing_secret()
        self._listed = options.allow_networks
        self._client = httpx.Client(
            timeout=options.connect_seconds,
            follow_redirects=False,
            trust_env=False,
            verify=_trust(options),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def send(self, notice: Notice) -> Outcome:
        """Post once; any 2xx is delivered, what may pass is to be tried again."""
        try:
            with closing(self._client.send(self._request(notice), stream=True)) as answer:
                return _judge(answer.status_code)
        except ForbiddenAddress as error:
            return Outcome(Verdict.REFUSED, f"url: {error} in allow_networks")
        except (httpx.TransportError, OSError) as error:
            return Outcome(Verdict.RETRY, f"no answer ({type(error).__name__})")

    def _request(self, notice: Notice) -> httpx.Request:
        """Address the request to the checked address, and TLS and the receiver to the name."""
        content = payload(notice)
        timestamp = str(int(time.time()))
        host, port = self._url.host, self._url.port or _port(self._url)
        address = permitted_address(host, port, listed=self._listed)
        headers = {
            "Host": self._url.netloc.decode(),
            "Content-Type": "application/json",
            "Idempotency-Key": quote(notice.key),
            TIMESTAMP: timestamp,
            SIGNATURE: signature(self._secret, timestamp, content),
        }
        return self._client.build_request(
            "POST",
            self._url.copy_with(host=address),
            content=content,
            headers=headers,
            extensions={"sni_hostname": host},
        )


def payload(notice: Notice) -> bytes:
    """Return the JSON body: the notice's fields, its key, and times as ISO-8601 in UTC."""
    fields = msgspec.structs.asdict(notice)
    times = {name: _iso(fields.pop(f"{name}_ns")) for name in ("at", "since")}
    return msgspec.json.encode({"key": notice.key, **fields, **times})


def signature(secret: bytes, timestamp: str, content: bytes) -> str:
    """Sign a body together with the time it was sent, so that an old one cannot be sent again.

    >>> signature(b"0123456789abcdef", "1700000000", b"{}")[:20]
    'sha256=e4f8e2ecae229'
    """
    signed = hmac.new(secret, timestamp.encode() + b"." + content, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def _judge(status: int) -> Outcome:
    if httpx.codes.is_success(status):
        return DELIVERED
    if status in _TRY_AGAIN or status >= _FIRST_SERVER_ERROR:
        return Outcome(Verdict.RETRY, f"answered {status}")
    if httpx.codes.is_redirect(status):
        return Outcome(Verdict.REFUSED, f"answered {status}; redirects are not followed")
    return Outcome(Verdict.REFUSED, f"answered {status}")


def _trust(options: WebhookOptions) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if options.ca_file is None:
        return context
    try:
        context.load_verify_locations(options.ca_file)
    except OSError as error:
        reason = f"sink {options.name!r}: ca_file {options.ca_file} holds no certificates"
        raise ConfigError(reason) from error
    return context


def _port(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80


def _iso(at_ns: int) -> str:
    return utc(at_ns).removesuffix(" UTC").replace(" ", "T") + "Z"
