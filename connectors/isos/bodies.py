"""From the bytes of an answer to the text of its one report: bare, or alone in a zip."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from connectors.isos.faults import markup_fault
from state.errors import ParseError

MOST_BYTES = 32_000_000
"""No report read here comes near it: an hour of every CAISO node has about 20 MB."""
MOST_RATIO = 200
"""Reports shrink to a tenth or a fortieth; a bomb to a thousandth."""

_HARMLESS_BYTES = 1_000_000
# One character beyond Latin-1 lets Python hold all of them in two or four bytes.
_MOST_WIDE = MOST_BYTES // 4
_END_OF_DIRECTORY = b"PK\x05\x06"
_MOST_DIRECTORY = 100_000
_ASK_AGAIN = "the download broke off or was damaged; ask again"
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)


def text_of(body: bytes, *, where: str) -> str:
    """Return the text of the CSV or JSON report in a body.

    Raises:
        NoDataYet: the answer says that nothing is published yet.
        ParseError: the body is empty, cut, damaged, too large, a web page or an error.
    """
    text = opened(body, where=where)
    if text.lstrip()[:1] == "<":
        raise markup_fault(text, where=where)
    return text


def opened(body: bytes, *, where: str) -> str:
    """Return the text in a body, whatever it says.

    Raises:
        ParseError: the body is empty, cut, damaged or too large.
    """
    if not body:
        what = "the body is empty (0 bytes)"
        remedy = "ask again; if it stays empty the source has no such interval"
        raise ParseError(what, where=where, remedy=remedy)
    if len(body) > MOST_BYTES:
        raise _too_large(len(body), where=where, most=MOST_BYTES)
    return _decoded(_only_member(body, where=where) if body[:2] == b"PK" else body, where=where)


def _decoded(data: bytes, *, where: str) -> str:
    if len(data) > _MOST_WIDE and not data.isascii():
        raise _too_large(len(data), where=where, most=_MOST_WIDE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is 0x{data[error.start]:02x}, which is no text"
        raise ParseError(what, where=where, remedy="give a CSV report or a zip of one") from error


def _only_member(body: bytes, *, where: str) -> bytes:
    try:
        _check_directory(body, where=where)
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            member = _checked_member(archive, where=where)
            with archive.open(member) as stream:
                # Only a read of so many bytes stops inflating there, whatever was declared.
                return stream.read(member.file_size + 1)
    except _ZIP_FAULTS as error:
        what = f"the zip of {len(body):,} bytes cannot be read ({error})"
        raise ParseError(what, where=where, remedy=_ASK_AGAIN) from error


def _check_directory(body: bytes, *, where: str) -> None:
    """Refuse a zip whose list of members would not fit in memory, before it is read."""
    at = body.rfind(_END_OF_DIRECTORY)
    if at < 0:
        return  # zipfile says what is wrong
    (size,) = struct.unpack_from("<L", body, at + 12)
    if size > _MOST_DIRECTORY:
        what = f"the zip lists its members in {size:,} bytes, more than one member needs"
        raise ParseError(what, where=where, remedy="give one report at a time")


def _checked_member(archive: zipfile.ZipFile, *, where: str) -> zipfile.ZipInfo:
    """Return the archive's one member if its declared size is sane.

    The CRC of the whole is checked when it is read, so that a false declaration is an error.
    """
    members = archive.infolist()
    if len(members) != 1:
        what = f"the zip has {len(members)} members, not one"
        raise ParseError(what, where=where, remedy="give one report at a time")
    member = members[0]
    if member.file_size > MOST_BYTES:
        raise _too_large(member.file_size, where=where, most=MOST_BYTES)
    if member.file_size > max(_HARMLESS_BYTES, MOST_RATIO * member.compress_size):
        what = f"the zip grows from {member.compress_size:,} to {member.file_size:,} bytes"
        raise ParseError(what, where=where, remedy="refused as a zip bomb; check the source")
    if not member.filename.lower().endswith((".csv", ".xml", ".json")):
        what = f"report not supported: the zip holds {member.filename[:100]!r}"
        raise ParseError(what, where=where, remedy="give a zip of one CSV report")
    return member


def _too_large(size: int, *, where: str, most: int) -> ParseError:
    what = f"the report has {size:,} bytes, more than {most:,}"
    return ParseError(what, where=where, remedy="ask for fewer locations or a shorter time")
