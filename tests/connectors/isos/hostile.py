"""Bodies that want to exhaust memory; as a script, what becomes of files of them.

The script prints of each file what became of it and the most memory the process had so far.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, ".")

from connectors.isos import MARKETS
from connectors.isos.bodies import MOST_BYTES
from state.errors import ParseError

SIZE = MOST_BYTES - 1000
HEAD = b"DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag\n"
PJM = b"datetime_beginning_utc,pnode_name,total_lmp_da\n"


def filled(head: bytes, row: bytes, tail: bytes = b"", size: int = SIZE) -> bytes:
    return head + row * ((size - len(head) - len(tail)) // len(row)) + tail


def csv() -> Iterator[tuple[str, str, bytes]]:
    yield "empty-rows", "ercot", filled(HEAD, b"\n")
    yield "commas", "ercot", filled(HEAD, b",")
    yield "short-rows", "ercot", filled(HEAD, b"1,1,1,1,1\n")
    yield "quotes", "ercot", filled(HEAD, b'"')
    yield "wide-header", "spp", filled(b"", b"a,")
    names = b"".join(b"1/1/2026 %d:00,N%d,1\n" % (at % 24, at) for at in range(1_150_000))
    yield "distinct-names", "pjm", (PJM + names)[:SIZE]


def json() -> Iterator[tuple[str, str, bytes]]:
    for market in ("ercot", "isone", "miso", "pjm"):
        yield f"{market}-deep", market, b'{"items":' + b"[" * 20_000_000
        yield f"{market}-closed", market, b'{"items":' + b"[" * 9_000_000 + b"]" * 9_000_000 + b"}"
    yield "numbers", "pjm", filled(b'{"items":[', b"1,", b"1]}", 23_000_000)
    yield "objects", "pjm", filled(b'{"items":[', b"{},", b"{}]}", 23_000_000)
    yield "members", "pjm", filled(b"{", b'"a":1,', b'"b":1}', 23_000_000)
    wide = b'{"items":[{' + b",".join(b'"m%d":1' % at for at in range(1_500_000)) + b"}]}"
    yield "one-wide-item", "pjm", wide
    yield "lists", "miso", filled(b'{"headers":["a"],"data":[', b"[],", b"[]]}", 23_000_000)


def xml() -> Iterator[tuple[str, str, bytes]]:
    bomb = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY a%d "%s">' % (at, b"&a;" * 10) for at in range(10)
    )
    root = b"<FiveMinLmps>"
    yield "entities", "isone", bomb + b"]>" + root + b"&a9;</FiveMinLmps>"
    yield "quadratic", "isone", b'<!DOCTYPE l [<!ENTITY a "' + b"a" * 100_000 + b'">]>' + root
    yield "items", "isone", filled(root, b"<FiveMinLmp/>", b"</FiveMinLmps>")
    yield "deep", "isone", filled(root + b"<FiveMinLmp>", b"<a>")
    yield "text", "isone", filled(root + b"<FiveMinLmp><BeginDate>", b"a")
    yield "attributes", "isone", filled(root + b"<FiveMinLmp ", b"a ")
    yield "other-markets", "caiso", filled(b"<x>", b"<y/>", b"</x>")


def zipped() -> Iterator[tuple[str, str, bytes]]:
    for name, size in (("small", 100_000), ("large", 500_000_000)):
        buffer = io.BytesIO()
        with (
            zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
            archive.open("a.csv", "w") as member,
        ):
            for _ in range(max(1, size // 1_000_000)):
                member.write(b"0" * min(size, 1_000_000))
        body = buffer.getvalue()
        yield name, "ercot", body
        lying = bytearray(body)
        at = lying.rindex(b"PK\x01\x02")
        lying[at + 24 : at + 28] = (1000).to_bytes(4, "little")
        yield f"{name}-lying", "ercot", bytes(lying)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{number}.csv", b"")
    yield "many-members", "ercot", buffer.getvalue()


def text() -> Iterator[tuple[str, str, bytes]]:
    wide = "\U0001f525".encode()
    yield "four-byte-letters", "nyiso", filled(b"a\n", b"a") + wide
    yield "one-line", "nyiso", filled(b"", b"a")
    yield "too-large", "nyiso", b"a" * (MOST_BYTES + 1)
    yield "a-page", "nyiso", filled(b"<html>", b"<p>retry")


KINDS: dict[str, Callable[[], Iterator[tuple[str, str, bytes]]]] = {
    "csv": csv,
    "json": json,
    "xml": xml,
    "zip": zipped,
    "text": text,
}


def outcome_of(market: str, body: bytes) -> str:
    """Say whether anything was made of a body."""
    try:
        parsed = MARKETS[market].parse(body, received_at_ns=5, where="hostile")
    except ParseError:
        return "refused"
    return "read" if parsed.messages else "refused"


def peak_kilobytes() -> int:
    """Return the most memory this process had since it began."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        outcome = outcome_of(path.name.partition(" ")[0], path.read_bytes())
        sys.stdout.write(f"{outcome} {peak_kilobytes()} {path.name}\n")
