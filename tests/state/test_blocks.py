"""Views in blocks: what is stored is the whole view, and what moved is few of its fields."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from state.blocks import StoredView, fields_of, plain_view, views_in
from state.errors import WireError
from state.screens.cases_seen import CaseView
from state.screens.checks_seen import ANSWERS_SHOWN, CheckAnswer, CheckView
from state.screens.forward_seen import ForwardRow, ForwardView
from state.screens.limits_seen import LimitRow, LimitView
from state.screens.pnl_seen import PnlCurveView
from state.screens.view import View
from state.store import read_view
from state.wire import encode_state
from tests.state.transitions import transition

LENGTHS = [0, 1, 8, 9, 64, 65, 200]


def limit(number: int, value: float = 1.0) -> LimitRow:
    return LimitRow(
        limit=f"var-{number:04d}",
        title="Value at risk",
        clause="§4.6",
        policy="p 1",
        scope="firm",
        period="",
        period_start_ns=0,
        unit="$",
        state="ok",
        standing="ok",
        reason="",
        value=value,
        limit_low=math.nan,
        limit_high=10.0,
        utilisation=value / 10.0,
        warn_at=0.8,
        headroom=10.0 - value,
        value_text=f"${value:,.0f}",
        limit_text="$10",
        headroom_text=f"${10 - value:,.0f}",
        since_ns=number,
        case="",
    )


def limits(*rows: LimitRow) -> LimitView:
    return LimitView(rows=list(rows), shown=len(rows), total=len(rows))


def forward(count: int) -> ForwardView:
    rows = [
        ForwardRow(
            book="B",
            hub="H",
            block="onpk",
            month=f"{number}",
            open_mwh=-0.0,
            open_mw=1.5 * number,
            mark_usd_per_mwh=math.inf,
            value_usd=-2.0,
        )
        for number in range(count)
    ]
    return ForwardView(rows=rows, marks_received_ns=1)


def curve(count: int) -> PnlCurveView:
    total = np.sin(np.arange(3.0 * count)).reshape(3, count)
    books = [f"B{number}" for number in range(count)]
    return PnlCurveView(books=books, at_ns=list(range(count)), total=total, realised=-total.T)


def cases(count: int) -> CaseView:
    rows = [transition(f"case-{number:03d}", number).row for number in range(count)]
    return CaseView(cases=rows[::-1])


def stored(name: str, view: View) -> StoredView:
    return views_in(fields_of(name, view))[name]


def moved(before: View, after: View) -> dict[str, bytes]:
    """Return the fields a writer writes when one view follows another."""
    known, fields = fields_of("view", before), fields_of("view", after)
    return {name: data for name, data in fields.items() if known.get(name) != data}


@pytest.mark.parametrize("count", LENGTHS)
@pytest.mark.parametrize("kind", [forward, curve, cases, lambda n: limits(*map(limit, range(n)))])
def test_a_view_of_any_length_comes_back_bit_for_bit(kind: Any, count: int) -> None:
    view = kind(count)
    read = read_view(stored("view", view))
    assert type(read) is type(view)
    assert encode_state(read) == encode_state(view)


def test_the_bits_of_a_matrix_come_back_and_cannot_be_changed() -> None:
    total = np.full((40, 24), np.nan)
    total[3, 4] = -0.0
    read = read_view(stored("view", replace(curve(1), total=total)))
    assert isinstance(read, PnlCurveView)
    assert read.total.tobytes() == total.tobytes()
    assert not read.total.flags.writeable


def test_a_row_that_moves_is_a_small_part_of_what_is_stored() -> None:
    rows = [limit(number) for number in range(200)]
    before = limits(*rows)
    rows[70] = limit(70, value=2.0)
    news = moved(before, limits(*rows))

    whole = sum(map(len, fields_of("view", before).values()))
    assert set(news) == {
        f"#view#rows.{column}#1"
        for column in ("value", "utilisation", "headroom", "value_text", "headroom_text")
    }
    assert sum(map(len, news.values())) < whole / 10


def test_rows_that_change_places_leave_their_blocks_as_they_were() -> None:
    rows = [limit(number) for number in range(200)]
    swapped = [rows[150], *rows[:150], *rows[151:]]

    assert set(moved(limits(*rows), limits(*swapped))) == {"view"}
    read = read_view(stored("view", limits(*swapped)))
    assert encode_state(read) == encode_state(limits(*swapped))


def test_a_row_of_a_matrix_that_moves_is_one_block() -> None:
    before = np.zeros((300, 24))
    after = before.copy()
    after[150, 7] = 1.0
    [name] = moved(replace(curve(1), total=before), replace(curve(1), total=after))
    assert name == "#view#total#75"


def test_blocks_of_an_earlier_longer_value_are_passed_over() -> None:
    left = {**fields_of("view", curve(200)), **fields_of("view", curve(65))}
    assert encode_state(read_view(views_in(left)["view"])) == encode_state(curve(65))


def test_views_whose_names_hold_the_mark_are_kept_apart() -> None:
    both = fields_of("price/a", curve(65)) | fields_of("price/a#total#0", curve(70))
    found = views_in(both)
    assert list(found) == ["price/a", "price/a#total#0"]
    assert [len(plain_view(view)["books"]) for view in found.values()] == [65, 70]


def test_a_block_that_is_missing_is_named() -> None:
    fields = fields_of("view", curve(200))
    del fields["#view#books#3"]
    with pytest.raises(WireError, match=r"no block 'books#3'; start the monitor again"):
        read_view(views_in(fields)["view"])


@pytest.mark.parametrize("broken", [b"", b"\x01\xc1", encode_state(5), encode_state([1, 2])])
@pytest.mark.parametrize("block", ["#view#total#1", "#view#books#1", "#view#rows.book#0"])
def test_a_block_of_another_form_is_refused(block: str, broken: bytes) -> None:
    fields = fields_of("view", forward(200) if "rows" in block else curve(200))
    fields[block] = broken
    with pytest.raises(WireError):
        read_view(views_in(fields)["view"])


def checks(first: int, last: int) -> CheckView:
    answers = [
        CheckAnswer(check=f"C-{n}", trade="t", at_ns=n, position=3 * n, decision="accept", number=n)
        for n in range(first, last + 1)
    ]
    return CheckView(checks=answers[::-1])


@pytest.mark.parametrize("last", [1, 2, 49, 50, 51, 130])
def test_another_answer_is_written_alone(last: int) -> None:
    first = max(1, last - ANSWERS_SHOWN + 1)
    view, after = checks(first, last), checks(max(1, last - ANSWERS_SHOWN + 2), last + 1)
    read = read_view(stored("checks", view))
    assert encode_state(read) == encode_state(view)
    blocks = [data for name, data in moved(view, after).items() if name != "view"]
    assert blocks == [encode_state([after.checks[0]])]


def test_an_answer_is_encoded_once_and_another_of_its_turn_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded: list[str] = []

    def noted(value: Any) -> bytes:
        if isinstance(value, list) and isinstance(value[0], CheckAnswer):
            encoded.append(value[0].check)
        return encode_state(value)

    before, after = checks(1, ANSWERS_SHOWN), checks(2, ANSWERS_SHOWN + 1)
    kept = CheckView(checks=[after.checks[0], *before.checks[:-1]])
    fields_of("view", before)
    monkeypatch.setattr("state.blocks.encode_state", noted)
    fields_of("view", kept)
    assert encoded == [after.checks[0].check]
    assert encode_state(read_view(stored("view", kept))) == encode_state(kept)
