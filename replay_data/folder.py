"""Writes a day folder: the same bytes every time it is asked for the same day."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from replay_data.publications import Receipt
from replay_data.records import LocalDay, Record, line_of

_STAMP = (2026, 1, 1, 0, 0, 0)
_RECORDED = ("openings", "digest", "timing_digest")


class Contents(NamedTuple):
    """What a day consists of.

    Attributes:
        opening: in the order in which it is applied.
        receipts: in any order; what falls on one moment keeps the order in which it is given.
        records: the same.
    """

    opening: Iterable[Record]
    receipts: Iterable[Receipt]
    records: Iterable[Record]


def write_folder(folder: Path, manifest: dict[str, Any], day: LocalDay, contents: Contents) -> None:
    """Write manifest, opening, receipts, payloads and records of a day.

    What was recorded of the folder (openings, digests) is kept if its contents are still the
    same, and dropped if they are not.
    """
    arrived = sorted(contents.receipts, key=lambda item: item.received_at_ns)
    records = sorted(contents.records, key=lambda item: item.received_at_ns)
    files = {
        "opening.jsonl.gz": _gzip(_lines(contents.opening, day)),
        "receipts.csv": _receipt_lines(arrived, day).encode(),
        "payloads.zip": _zip(arrived),
        "records.jsonl": _lines(records, day).encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(manifest | _recorded(folder, files), indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    for name, body in files.items():
        (folder / name).write_bytes(body)


def _recorded(folder: Path, files: dict[str, bytes]) -> dict[str, Any]:
    """Return what the folder's manifest holds beyond what is written; clear what is outdated."""
    known = {name: folder / name for name in files}
    if all(path.exists() and path.read_bytes() == files[name] for name, path in known.items()):
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes())
        return {name: manifest[name] for name in _RECORDED}
    for outdated in (*folder.glob("openings/*"), *folder.glob("digests.bin")):
        outdated.unlink()
    return {}


def _lines(records: Iterable[Record], day: LocalDay) -> str:
    return "".join(f"{line_of(item, day)}\n" for item in records)


def _receipt_lines(receipts: list[Receipt], day: LocalDay) -> str:
    rows = [f"{day.iso(item.received_at_ns)},{item.source},{item.payload}" for item in receipts]
    return "\n".join(["received_at,source,payload", *rows]) + "\n"


def _gzip(text: str) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream:
        stream.write(text.encode())
    return packed.getvalue()


def _zip(receipts: list[Receipt]) -> bytes:
    """Pack the bodies; a body received twice under one name is packed once."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, body in {item.payload: item.body for item in receipts}.items():
            member = zipfile.ZipInfo(name, _STAMP)
            member.create_system = 3
            already = body[:2] == b"PK"
            member.compress_type = zipfile.ZIP_STORED if already else zipfile.ZIP_DEFLATED
            archive.writestr(member, body, compresslevel=9)
    return packed.getvalue()
