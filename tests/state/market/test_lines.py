"""Lines get stable numbers, one by one or together."""

import copy

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from state.market.lines import LineKey, LineTable, key_of, pair_of

KEYS = st.tuples(
    st.integers(0, 3), st.integers(0, 40), st.integers(0, 2), st.booleans()
)  # few books and runs, so that many come twice


@given(st.lists(KEYS, max_size=120), st.lists(KEYS, min_size=1, max_size=120))
def test_lines_asked_for_together_get_the_numbers_they_get_one_by_one(
    before: list[LineKey], together: list[LineKey]
) -> None:
    single, several = LineTable(), LineTable()
    for key in before:
        assert single.line(key) == several.line(key)
    expected = [single.line(key) for key in together]
    keys = np.array([key_of(*key) for key in together])
    assert several.lines(keys).tolist() == expected
    assert several.snapshot() == single.snapshot()
    assert several.pair.tolist() == single.pair.tolist()
    for one, other in zip(single.of_run, several.of_run, strict=True):
        assert np.array_equal(one.columns, other.columns)
    assert [several.line(key) for key in together] == expected
    assert [several.find(*key) for key in together] == expected


@given(st.lists(KEYS, min_size=1, max_size=60), st.lists(KEYS, max_size=60))
def test_a_copy_goes_on_by_itself(before: list[LineKey], after: list[LineKey]) -> None:
    table, alone = LineTable(), LineTable()
    for key in before:
        assert table.line(key) == alone.line(key)
    copied = copy.deepcopy(table)
    assert [copied.line(key) for key in after] == [alone.line(key) for key in after]
    assert copied.snapshot() == alone.snapshot()
    for own, other in zip(copied.of_run, alone.of_run, strict=True):
        assert np.array_equal(own.columns, other.columns)
    assert len(table) == len(set(before))


@given(st.lists(KEYS, max_size=200), st.lists(KEYS, max_size=60))
def test_pairs_are_numbered_as_their_first_lines_appear(
    keys: list[LineKey], asked: list[LineKey]
) -> None:
    table, pairs = LineTable(), dict[int, int]()
    for book, place, run, financial in keys:
        table.line((book, place, run, financial))
        pairs.setdefault(pair_of(book, place), len(pairs))
    assert table.pair_count == len(pairs)
    found = table.pairs_of(pair_of(book, place) for book, place, *_ in asked).tolist()
    assert found == [pairs.get(pair_of(book, place), -1) for book, place, *_ in asked]
    assert [table.find(*key) >= 0 for key in asked] == [key in keys for key in asked]
