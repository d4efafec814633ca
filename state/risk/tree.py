"""The tree over which risk is summed: book, desk, whatever stands above desks, and the firm.

P&L vectors add, so VaR and ES of any node are order statistics of the sum over its books.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from state.arrays import Matrix
from state.messages import FIRM, Books


class NodeKind(StrEnum):
    """What a node is."""

    FIRM = "firm"
    DESK = "desk"
    BOOK = "book"


@dataclass(frozen=True)
class Node:
    """One node of the tree.

    Attributes:
        name: a book and a desk may share one; with its kind it is unique.
        depth: 0 for the firm.
        parent: name of the node above, empty for the firm.
        books: indexes of the books below it, or of the book it is, ascending.
    """

    name: str
    kind: NodeKind
    depth: int
    parent: str
    books: tuple[int, ...]


class Hierarchy:
    """Collects who stands below whom, as the company's records say.

    >>> hierarchy = Hierarchy()
    >>> record = Books(
    ...     company="C", books=("SOLAR", "LOAD"), desks=("west", "west"),
    ...     nodes=("west",), parents=("power",),
    ... )
    >>> hierarchy.apply(record)
    ('SOLAR', 'LOAD')
    >>> [(node.name, node.depth) for node in hierarchy.nodes(["SOLAR", "LOAD"])]
    [('firm', 0), ('power', 1), ('west', 2), ('SOLAR', 3), ('LOAD', 3)]
    """

    def __init__(self) -> None:
        self._desk_of: dict[str, str] = {}
        self._parent_of: dict[str, str] = {}

    def apply(self, message: Books) -> tuple[str, ...]:
        """Take over a record, which says where its books and nodes stand from now on.

        Returns:
            The books it names.
        """
        self._desk_of.update(zip(message.books, message.desks, strict=True))
        self._parent_of.update(zip(message.nodes, message.parents, strict=True))
        return message.books

    def nodes(self, books: Sequence[str]) -> list[Node]:
        """Return the tree over some books, each node before those below it.

        Siblings stand in the order in which the books first reach them, desks before books. A
        book without a desk, and a desk without a parent, stand below the firm.
        """
        below: dict[str, list[str]] = {FIRM: []}
        members: dict[str, list[int]] = {FIRM: list(range(len(books)))}
        for number, book in enumerate(books):
            above = self._above(self._desk_of.get(book, FIRM))
            for child, parent in zip(above, [*above[1:], FIRM], strict=False):
                members.setdefault(child, []).append(number)
                siblings = below.setdefault(parent, [])
                siblings.extend([child] if child not in siblings else [])
        return self._ordered(books, below, members)

    def _above(self, desk: str) -> list[str]:
        path: list[str] = []
        while desk not in {"", FIRM}:
            if desk in path:  # records that contradict each other hang it below the firm
                return path[:1]
            path.append(desk)
            desk = self._parent_of.get(desk, FIRM)
        return path

    def _ordered(
        self, books: Sequence[str], below: Mapping[str, list[str]], members: Mapping[str, list[int]]
    ) -> list[Node]:
        found: list[Node] = []

        def add(name: str, kind: NodeKind, depth: int, parent: str) -> None:
            found.append(Node(name, kind, depth, parent, tuple(members[name])))
            for desk in below.get(name, []):
                add(desk, NodeKind.DESK, depth + 1, name)
            for number in members[name]:
                if (self._above(self._desk_of.get(books[number], FIRM)) or [FIRM])[0] == name:
                    book = Node(books[number], NodeKind.BOOK, depth + 1, name, (number,))
                    found.append(book)

        add(FIRM, NodeKind.FIRM, 0, "")
        return found

    def snapshot(self) -> list[dict[str, str]]:
        """Return what :meth:`restore` needs."""
        return [self._desk_of, self._parent_of]

    def restore(self, saved: list[dict[str, str]]) -> None:
        """Take over a snapshot."""
        self._desk_of, self._parent_of = dict(saved[0]), dict(saved[1])


def summed(nodes: Sequence[Node], by_book: Matrix) -> Matrix:
    """Return the P&L of every node, each the sum over its books in their order.

    Args:
        nodes: as :meth:`Hierarchy.nodes` gives them.
        by_book: $, shape (…, books, scenarios).

    Returns:
        $, shape (…, nodes, scenarios).

    >>> firm = Node("firm", NodeKind.FIRM, 0, "", (0, 1))
    >>> book = Node("A", NodeKind.BOOK, 1, "firm", (0,))
    >>> summed([firm, book], np.array([[1.0, -2.0], [3.0, 0.5]])).tolist()
    [[4.0, -1.5], [1.0, -2.0]]
    """
    parts = [
        np.add.reduce(by_book[..., list(node.books), :], axis=-2, keepdims=True) for node in nodes
    ]
    return np.concatenate(parts, axis=-2)
