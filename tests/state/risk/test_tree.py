"""The tree book, desk, firm, and whatever a configuration puts between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import from_record, to_record
from state.company import Company
from state.messages import FIRM, Books
from state.risk.tree import Hierarchy, NodeKind, summed
from state.wire import decode, encode

BOOKS = ["SOLAR", "WIND", "LOAD", "PROP"]


def record(desks: tuple[str, ...], **more: Any) -> Books:
    return Books(company="C", books=tuple(BOOKS), desks=desks, **more)


def shape(hierarchy: Hierarchy, books: list[str] = BOOKS) -> list[tuple[str, str, int, str]]:
    return [(node.name, str(node.kind), node.depth, node.parent) for node in hierarchy.nodes(books)]


def test_books_stand_below_their_desks_and_desks_below_the_firm():
    hierarchy = Hierarchy()
    hierarchy.apply(record(("supply", "supply", "retail", "trading")))

    assert shape(hierarchy) == [
        ("firm", "firm", 0, ""),
        ("supply", "desk", 1, "firm"),
        ("SOLAR", "book", 2, "supply"),
        ("WIND", "book", 2, "supply"),
        ("retail", "desk", 1, "firm"),
        ("LOAD", "book", 2, "retail"),
        ("trading", "desk", 1, "firm"),
        ("PROP", "book", 2, "trading"),
    ]


def test_any_depth_is_data():
    hierarchy = Hierarchy()
    hierarchy.apply(
        record(
            ("solar", "wind", "west", ""),
            nodes=("solar", "wind", "west"),
            parents=("renewables", "renewables", "renewables"),
        )
    )

    assert shape(hierarchy) == [
        ("firm", "firm", 0, ""),
        ("renewables", "desk", 1, "firm"),
        ("solar", "desk", 2, "renewables"),
        ("SOLAR", "book", 3, "solar"),
        ("wind", "desk", 2, "renewables"),
        ("WIND", "book", 3, "wind"),
        ("west", "desk", 2, "renewables"),
        ("LOAD", "book", 3, "west"),
        ("PROP", "book", 1, "firm"),
    ]


def test_a_later_record_moves_a_book_and_adds_others():
    hierarchy = Hierarchy()
    hierarchy.apply(record(("A", "A", "B", "B")))
    hierarchy.apply(Books(company="C", books=("PROP", "NEW"), desks=("A", "B")))

    nodes = {(node.name, node.kind): node.books for node in hierarchy.nodes([*BOOKS, "NEW"])}

    assert nodes["A", NodeKind.DESK] == (0, 1, 3)
    assert nodes["B", NodeKind.DESK] == (2, 4)


def test_a_desk_may_have_the_name_of_its_book():
    hierarchy = Hierarchy()
    hierarchy.apply(record(("SOLAR", "WIND", "LOAD", "firm")))

    assert [node.name for node in hierarchy.nodes(BOOKS)] == [
        "firm", "SOLAR", "SOLAR", "WIND", "WIND", "LOAD", "LOAD", "PROP",
    ]  # fmt: skip


def test_parents_that_stand_above_themselves_over_two_records_end_somewhere():
    hierarchy = Hierarchy()
    hierarchy.apply(record(("A", "A", "B", "B"), nodes=("A",), parents=("B",)))
    hierarchy.apply(Books(company="C", books=(), desks=(), nodes=("B",), parents=("A",)))

    nodes = hierarchy.nodes(BOOKS)

    assert {node.name for node in nodes} >= set(BOOKS)
    assert nodes[0].books == (0, 1, 2, 3)


@given(
    desks=st.lists(st.sampled_from(["", "firm", "A", "B", "C"]), min_size=4, max_size=4),
    parents=st.lists(st.sampled_from(["", "firm", "A", "B", "C", "D"]), min_size=3, max_size=3),
    seed=st.integers(0, 2**32),
)
def test_every_book_is_there_once_and_every_node_is_the_sum_of_its_children(
    desks: list[str], parents: list[str], seed: int
):
    hierarchy = Hierarchy()
    hierarchy.apply(record(tuple(desks), nodes=("A", "B", "C"), parents=tuple(parents)))
    nodes = hierarchy.nodes(BOOKS)
    by_book = np.random.default_rng(seed).normal(size=(2, 4, 7))

    total = summed(nodes, by_book)

    assert sorted(n.name for n in nodes if n.kind is NodeKind.BOOK) == sorted(BOOKS)
    assert nodes[0].name == FIRM
    assert total[:, 0] == pytest.approx(by_book.sum(axis=1))
    for number, node in enumerate(nodes):
        below = [
            at
            for at, each in enumerate(nodes)
            if each.parent == node.name and each.depth == node.depth + 1 and at > number
            and set(each.books) <= set(node.books)
        ]  # fmt: skip
        if node.kind is not NodeKind.BOOK:
            assert total[:, number] == pytest.approx(total[:, below].sum(axis=1))


def test_it_is_saved_with_the_company():
    company = Company("C")
    company.apply(record(("A", "A", "B", "B"), nodes=("A",), parents=("G",)), 1)

    restored = Company.restore(company.snapshot())

    assert restored.desk.hierarchy.nodes(BOOKS) == company.desk.hierarchy.nodes(BOOKS)
    assert [node.name for node in restored.desk.hierarchy.nodes(BOOKS)][:2] == ["firm", "G"]


def test_a_record_travels_as_bytes_and_as_json():
    deep = record(("A", "A", "B", "B"), nodes=("A",), parents=("G",))

    assert decode(encode(deep)) == deep
    assert from_record(to_record(deep), received_at_ns=0) == deep
    plain = to_record(record(("A", "A", "B", "B")))
    assert from_record(
        {name: value for name, value in plain.items() if name not in {"nodes", "parents"}},
        received_at_ns=0,
    ) == record(("A", "A", "B", "B"))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"nodes": ("A",)}, "columns have different lengths"),
        ({"nodes": ("A", "B"), "parents": ("B", "A")}, "stands above itself"),
        ({"nodes": ("A",), "parents": ("A",)}, "stands above itself"),
        ({"nodes": (" ",), "parents": ("A",)}, "nodes holds an empty name"),
    ],
)
def test_a_record_that_makes_no_tree_is_refused(more: dict[str, Any], says: str):
    company = Company("C")

    company.apply(record(("A", "A", "B", "B"), **more), 1)

    assert [says in reason for _, reason in company.refusals()] == [True]
    assert company.desk.books == []
