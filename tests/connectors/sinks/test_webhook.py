from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from connectors.sinks import DELIVERED, Outcome, Sink, Verdict, read_options
from connectors.sinks.address import ForbiddenAddress, permitted_address
from connectors.sinks.webhook import SIGNATURE, TIMESTAMP, signature
from state.errors import ConfigError
from tests.connectors.sinks.endpoints import Endpoint, Request, notice

SECRET = "a secret of some length"  # noqa: S105 - of these tests


def sink_to(url: str, **options: object) -> Sink:
    told = {"kind": "webhook", "name": "hook", "url": url, "secret": SECRET}
    return read_options(told | options).open()


def resolve_as(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Let names resolve to the given addresses in turn; literal addresses stay themselves."""
    real, asked, waiting = socket.getaddrinfo, [], list(answers)

    def getaddrinfo(host: str, port: int, *args: object, **kwargs: object) -> object:
        if str(host)[0].isdigit() or ":" in str(host):
            return real(host, port, *args, **kwargs)
        asked.append(host)
        return real(waiting.pop(0), port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_key_no_header_can_hold_is_escaped():
    with Endpoint() as endpoint:
        assert sink_to(endpoint.url).send(notice(case="clock/Übung\r\nX: y/7")) == DELIVERED
    (request,) = endpoint.requests
    assert request.key == "clock/%C3%9Cbung%0D%0AX%3A%20y/7/1"
    assert "x" not in request.headers


@pytest.fixture(scope="module")
def receiver() -> dict[str, Any]:
    """The receiver that docs/notification.md gives to people."""
    page = Path(__file__).parents[3] / "docs" / "notification.md"
    (program,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 - our own page
    return names


def headers_of(request: Request, **changes: str) -> dict[str, str]:
    return {name.title(): value for name, value in request.headers.items()} | changes


def test_the_body_holds_the_notice_and_the_header_its_key():
    with Endpoint() as endpoint:
        assert sink_to(endpoint.url).send(notice(link="http://desk/x")) == DELIVERED
    (request,) = endpoint.requests
    assert request.headers["idempotency-key"] == "nop-firm-he19/1"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "key": "nop-firm-he19/1",
        "case": "nop-firm-he19",
        "sequence": 1,
        "change": "breached",
        "headline": "coverage 84.0 % under 90 %",
        "severity": "breach",
        "clause": "desk limits §2",
        "scope": "firm",
        "period": "",
        "value": "",
        "limit": "",
        "passive": True,
        "cause": "trade T-7 sold 50 MW",
        "link": "http://desk/x",
        "run": "live",
        "replay": False,
        "at": "2023-11-14T22:13:20Z",
        "since": "2023-11-14T21:56:40Z",
    }


def test_the_documented_receiver_accepts_what_we_sign_and_nothing_else(receiver: dict[str, Any]):
    with Endpoint() as endpoint:
        sink_to(endpoint.url).send(notice())
    (request,) = endpoint.requests
    verified, secret = receiver["verified"], SECRET.encode()
    assert verified(headers_of(request), request.body, secret)
    assert not verified(headers_of(request), request.body, secret + b"x")
    assert not verified(headers_of(request), request.body + b" ", secret)
    later = str(int(request.headers["tieline-timestamp"]) + 1)
    assert not verified(headers_of(request, **{TIMESTAMP: later}), request.body, secret)


def test_the_documented_receiver_refuses_what_was_sent_before(receiver: dict[str, Any]):
    long_ago = str(int(time.time()) - 301)
    headers = {TIMESTAMP: long_ago, SIGNATURE: signature(SECRET.encode(), long_ago, b"{}")}
    assert not receiver["verified"](headers, b"{}", SECRET.encode())
    assert receiver["verified"](headers, b"{}", SECRET.encode(), oldest_seconds=600)


def test_the_secret_may_be_kept_in_a_file(tmp_path: Path):
    (tmp_path / "secret").write_text(SECRET + "\n")
    with Endpoint() as endpoint:
        sink_to(endpoint.url, secret=None, secret_file=tmp_path / "secret").send(notice())
    (request,) = endpoint.requests
    timestamp = request.headers["tieline-timestamp"]
    signed = signature(SECRET.encode(), timestamp, request.body)
    assert request.headers["tieline-signature"] == signed


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, DELIVERED),
        (204, DELIVERED),
        (408, Outcome(Verdict.RETRY, "answered 408")),
        (429, Outcome(Verdict.RETRY, "answered 429")),
        (500, Outcome(Verdict.RETRY, "answered 500")),
        (503, Outcome(Verdict.RETRY, "answered 503")),
        (400, Outcome(Verdict.REFUSED, "answered 400")),
        (404, Outcome(Verdict.REFUSED, "answered 404")),
    ],
)
def test_what_may_pass_is_tried_again_and_what_will_not_is_refused(status: int, outcome: Outcome):
    with Endpoint(lambda _: status) as endpoint:
        assert sink_to(endpoint.url).send(notice()) == outcome


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_refused_and_never_followed(status: int):
    with Endpoint() as canary, Endpoint(lambda _: (status, canary.url)) as endpoint:
        outcome = sink_to(endpoint.url).send(notice())
    assert outcome == Outcome(Verdict.REFUSED, f"answered {status}; redirects are not followed")
    assert canary.requests == []


def test_an_endpoint_that_is_gone_or_hangs_is_tried_again():
    with Endpoint() as endpoint:
        gone = endpoint.url
    assert sink_to(gone).send(notice()) == Outcome(Verdict.RETRY, "no answer (ConnectError)")
    with Endpoint() as endpoint:
        endpoint.behave = endpoint.hang
        outcome = sink_to(endpoint.url, connect_seconds=0.2).send(notice())
    assert outcome == Outcome(Verdict.RETRY, "no answer (ReadTimeout)")


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch):
    with Endpoint() as proxy, Endpoint() as endpoint:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sink_to(endpoint.url).send(notice()) == DELIVERED
    assert proxy.requests == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"url": "http://hooks.example/x"}, "url must be https"),
        ({"url": "ftp://hooks.example/x"}, "url: is no address"),
        ({"url": "hooks.example"}, "url: is no address"),
        ({"secret": None}, "either secret or secret_file"),
        ({"secret_file": "x"}, "either secret or secret_file"),
        ({"secret": "short"}, "needs 16 characters"),
        ({"secret": None, "secret_file": "/nowhere/secret"}, "cannot read"),
        ({"ca_file": "/nowhere/ca.pem"}, "holds no certificates"),
        ({"allow_networks": ["10.0.0.0/33"]}, "allow_networks"),
    ],
)
def test_a_webhook_that_cannot_work_is_refused_at_the_start(options: dict[str, Any], says: str):
    with pytest.raises(ConfigError, match=says):
        sink_to(**({"url": "https://hooks.example/x"} | options))


PRIVATE = [
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - to be refused
    "224.0.0.1",
    "fe80::1",
    "fd00::1",
    "::",
    "::ffff:10.1.2.3",
    "64:ff9b::a01:203",
    "2002:a01:203::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_our_own_network_is_refused_unless_listed(address: str):
    with pytest.raises(ForbiddenAddress):
        permitted_address(address, 443)
    listed = read_options(
        {"kind": "webhook", "url": "https://x", "secret": SECRET, "allow_networks": [address]}
    ).allow_networks
    assert permitted_address(address, 443, listed=listed)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_reached_only_by_its_own_name(address: str, monkeypatch: pytest.MonkeyPatch):
    assert permitted_address(address, 80)
    resolve_as(monkeypatch, "127.0.0.1")
    with pytest.raises(ForbiddenAddress, match=r"resolves to 127\.0\.0\.1, which is not public"):
        permitted_address("hooks.example", 80)


@pytest.mark.parametrize("disguised", ["2130706433", "0x7f000001", "127.1", "017700000001"])
def test_loopback_in_another_notation_is_refused(disguised: str):
    with pytest.raises(ForbiddenAddress):
        permitted_address(disguised, 80)


def test_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch):
    public, private = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in ("93.184.216.34", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [public, private])
    with pytest.raises(ForbiddenAddress, match=r"10\.0\.0\.1"):
        permitted_address("hooks.example", 443)


def test_a_forbidden_target_is_refused_with_the_remedy_and_never_connected(
    monkeypatch: pytest.MonkeyPatch,
):
    with Endpoint() as endpoint:
        sink = sink_to(f"http://hooks.example:{endpoint.port}/x", allow_http=True)
        resolve_as(monkeypatch, "127.0.0.1")
        outcome = sink.send(notice())
    assert outcome.verdict is Verdict.REFUSED
    assert "list it to allow it in allow_networks" in outcome.reason
    assert endpoint.requests == []


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch):
    """The name answers differently the next moment (rebinding): it is not asked again."""
    with Endpoint() as endpoint:
        url = f"http://hooks.example:{endpoint.port}/x"
        sink = sink_to(url, allow_http=True, allow_networks=["127.0.0.1/32"])
        asked = resolve_as(monkeypatch, "127.0.0.1", "127.0.0.2")
        assert sink.send(notice()) == DELIVERED
    assert asked == ["hooks.example"]
    assert endpoint.requests[0].headers["host"] == f"hooks.example:{endpoint.port}"


def test_a_name_that_does_not_resolve_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    sink = sink_to("https://hooks.example/x")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert sink.send(notice()) == Outcome(Verdict.RETRY, "no answer (gaierror)")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for hooks.example that signs itself, with its key in the same file."""
    path = tmp_path / "cert.pem"
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-batch"),
            *("-keyout", tmp_path / "key.pem", "-out", path, "-subj", "/CN=hooks.example"),
            *("-addext", "subjectAltName=DNS:hooks.example"),
        ],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("openssl cannot make a certificate here")
    path.write_text(path.read_text() + (tmp_path / "key.pem").read_text())
    return path


def serve_tls_once(certificate: Path) -> tuple[int, list[str]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    names: list[str] = []
    context.sni_callback = lambda _, name, __: names.append(name or "")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        plain, _ = listener.accept()
        try:
            with context.wrap_socket(plain, server_side=True) as secured:
                request = b""
                while not request.endswith(b"}"):
                    request += secured.recv(65_536)
                secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1]), names


@pytest.mark.parametrize(
    ("host", "outcome"),
    [
        ("hooks.example", DELIVERED),
        ("other.example", Outcome(Verdict.RETRY, "no answer (ConnectError)")),
    ],
)
def test_tls_checks_the_name_although_the_connection_is_to_an_address(
    host: str, outcome: Outcome, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    port, names = serve_tls_once(certificate)
    url = f"https://{host}:{port}/x"
    sink = sink_to(url, ca_file=certificate, allow_networks=["127.0.0.0/8"])
    resolve_as(monkeypatch, "127.0.0.1")
    assert sink.send(notice()) == outcome
    assert names == [host]
