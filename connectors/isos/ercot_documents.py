"""ERCOT: the list of documents of a report, from which a poller learns what is new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from connectors.isos.bodies import text_of
from connectors.isos.items import json_items, json_object, member_of
from connectors.isos.tables import name_in, required, utc_ns_in

LIST_MEMBER = "ListDocsByRptTypeRes"
"""The member of an answer that is a list of documents."""

_COLUMNS = (
    required("Document.DocID"),
    required("Document.ConstructedName"),
    required("Document.PublishDate"),
)


class Document(NamedTuple):
    """A document that may be downloaded.

    Attributes:
        document: its number, which never stands for another one.
        name: of the file.
        published_ns: as listed; in the repeated hour its offset cannot be relied on.
        is_csv: a CSV, and not the XML twin.
        is_again: a later publication of the same figures.
        in_repeated_hour: published in the second of two equal hours.
    """

    document: str
    name: str
    published_ns: int
    is_csv: bool
    is_again: bool
    in_repeated_hour: bool


def is_document_list(members: Mapping[str, object]) -> bool:
    """Say whether an answer is a list of documents."""
    return LIST_MEMBER in members


def documents_in(members: dict[str, msgspec.Raw], *, where: str) -> list[Document]:
    """Return the documents of a list, the oldest first.

    Raises:
        NoDataYet: there is none.
        ParseError: the list cannot be read.
    """
    found: list[Document] = []

    def take(document: str, name: str, published: str) -> None:
        file = name_in(name, "ConstructedName")
        found.append(
            Document(
                document=name_in(document, "DocID"),
                name=file,
                published_ns=utc_ns_in(published, "PublishDate"),
                is_csv="_csv" in file,
                is_again="_retry" in file,
                in_repeated_hour="xhr" in file,
            )
        )

    text = member_of(members, LIST_MEMBER, "DocumentList", where=where)
    json_items(text, where=where).read_columns(_COLUMNS, take)
    return sorted(found, key=lambda document: (document.published_ns, document.document))


def summary_of(members: dict[str, msgspec.Raw], *, where: str) -> tuple[str, ...]:
    """Return what a list of documents holds, in words.

    Raises:
        NoDataYet: there is none.
        ParseError: the list cannot be read.
    """
    documents = documents_in(members, where=where)
    csv = sum(document.is_csv for document in documents)
    again = sum(document.is_again for document in documents)
    newest = documents[-1].name if documents else "none"
    return (f"a list of {len(documents)} documents, {csv} of them CSV; newest {newest}",) + (
        (f"{again} published again",) if again else ()
    )


def documents_of(body: bytes, *, where: str) -> list[Document]:
    """Return the documents that an answer lists, the oldest first; none where it is no list.

    Raises:
        NoDataYet: the list is empty.
        ParseError: the list cannot be read.
    """
    text = text_of(body, where=where)
    if text.lstrip()[:1] != "{":
        return []
    members = json_object(text, LIST_MEMBER, where=where)
    return documents_in(members, where=where) if is_document_list(members) else []
