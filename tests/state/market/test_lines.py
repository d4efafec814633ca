"""Lines get stable numbers, one by one or together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from state.market.lines import LineKey, LineTable

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
    assert several.lines(np.array(together, dtype=np.int64).T).tolist() == expected
    assert several.snapshot() == single.snapshot()
    assert several.pairs == single.pairs
    assert several.pair.tolist() == single.pair.tolist()
    for one, other in zip(single.of_run, several.of_run, strict=True):
        assert np.array_equal(one.columns, other.columns)
    assert [several.line(key) for key in together] == expected
