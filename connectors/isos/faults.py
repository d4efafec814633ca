"""What an answer in HTML or XML, in place of the report asked for, says went wrong."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from state.errors import NoDataYet, ParseError

_NO_DATA = "1000"
_NO_FILE = ("BlobNotFound", "NoSuchKey")
"""What a store of files says of one that is not there yet."""
_REMEDIES = {
    "1004": "ask for at most 30 days in one request",
    "1015": "the report is still being made; ask again in a minute",
}
_TAG = re.compile(r"<[^>]*>")
_MOST_WORDS = 200
_MOST_READ = 20_000
_MOST_XML = 100_000


class Refused(ParseError):
    """Says that the source answered with an error of its own."""


class Throttled(ParseError):
    """Says that the source was asked too often."""


def markup_fault(text: str, *, where: str) -> ParseError:
    """Return the error that an HTML or XML body stands for.

    >>> str(markup_fault("<html><body>Please retry later</body></html>", where="a.zip"))
    "the answer is a web page: 'Please retry later' in a.zip; ask less often: at most one \
request in 5 seconds from one address"
    """
    if _is_page(text):
        return _page_fault(text, where=where)
    codes = _error_codes(text)
    if codes is None:
        return ParseError(
            "the answer is XML that cannot be read",
            where=where,
            remedy="ask again; ask for CSV (resultformat=6)",
        )
    code, description = codes
    if code in _NO_FILE:
        what, remedy = f"there is no such file yet ({code})", "ask again later"
        return NoDataYet(what, where=where, remedy=remedy)
    if code == _NO_DATA:
        return NoDataYet(
            f"no data yet (ERR_CODE {code}: {description})",
            where=where,
            remedy="ask again later, or for an interval that has been published",
        )
    if code:
        return Refused(
            f"the source refused: ERR_CODE {code}: {description}",
            where=where,
            remedy=_REMEDIES.get(code, "correct the request"),
        )
    return ParseError(
        "report not supported: XML data", where=where, remedy="ask for CSV (resultformat=6)"
    )


def _is_page(text: str) -> bool:
    return re.search(r"<(!doctype\s+)?html", text[:2000], re.IGNORECASE) is not None


def _page_fault(text: str, *, where: str) -> ParseError:
    words = " ".join(_TAG.sub(" ", text[:_MOST_READ]).split())[:_MOST_WORDS]
    throttled = re.search(r"retry|acceptable use|too many|429", words, re.IGNORECASE)
    remedy = (
        "ask less often: at most one request in 5 seconds from one address"
        if throttled
        else "open the address in a browser to see what answers in its place"
    )
    fault = Throttled if throttled else Refused
    return fault(f"the answer is a web page: {words!r}", where=where, remedy=remedy)


def _error_codes(text: str) -> tuple[str, str] | None:
    """Return ERR_CODE and ERR_DESC, empty where absent; None for XML nobody should read."""
    if len(text) > _MOST_XML:
        return "", ""
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        return None
    try:
        root = ET.fromstring(text.encode())  # noqa: S314 - no DTD and small, checked above
    except (ET.ParseError, ValueError, LookupError):
        return None
    found = {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}
    code = found.get("ERR_CODE") or found.get("Code") or ""
    return code.strip(), found.get("ERR_DESC", "").strip()
