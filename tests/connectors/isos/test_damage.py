"""Bodies cut short, with every field mutated, and made to exhaust memory."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.isos import MARKETS, Parsed
from state.errors import ParseError
from tests.connectors.isos import hostile
from tests.connectors.isos.forms import FORMS, Form
from tests.connectors.isos.hostile import KINDS
from tests.connectors.isos.values import Place, values_of

EVERY_FORM = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
TABLES = {name: form for name, form in FORMS.items() if form.is_table}
EVERY_TABLE = pytest.mark.parametrize("form", TABLES.values(), ids=TABLES)
NONSENSE = ("nan", "1e999", "1_0", "٣", "x\x00", "-", '"', "", "99999999999999", "0x10", "∞")
MOST_KILOBYTES = 200_000
ALL_WITHIN = 200
"""Bytes of a body's begin and of its end at each of which it is cut: its head, its last rows."""


def parse(form: Form, body: bytes) -> Parsed | None:
    """Return what a body becomes, None where it is refused as a whole, with a remedy."""
    refused = None
    try:
        return MARKETS[form.market].parse(body, received_at_ns=5, where=form.where)
    except ParseError as error:
        refused = error
    assert refused.remedy
    assert form.where in str(refused)
    return None


def whole_values(form: Form) -> dict[Place, float]:
    parsed = parse(form, form.body)
    assert parsed is not None
    assert parsed.rejected == []
    values = values_of(parsed)
    assert len(values) >= 24
    return values


def lengths_of(body: bytes, ends: set[int]) -> list[int]:
    """Every length near an end of the body, in its longest row and about each row's end.

    Between them every seventh: rows are alike.
    """
    first, last = range(1, ALL_WITHIN), range(len(body) - ALL_WITHIN, len(body))
    rows = itertools.starmap(range, itertools.pairwise(sorted({0, *ends})))
    about = (end + off for end in ends for off in (-1, 0, 1))
    found = {*first, *last, *max(rows, key=len, default=()), *about, *range(1, len(body), 7)}
    return sorted(length for length in found if 0 < length < len(body))


@EVERY_FORM
def test_a_body_cut_short_says_nothing_that_the_whole_does_not(form: Form):
    whole = whole_values(form)
    ends = {at + 1 for at, byte in enumerate(form.body) if byte == ord("\n")}
    for length in lengths_of(form.body, ends):
        parsed = parse(form, form.body[:length])
        if parsed is None:
            continue
        assert form.is_table, "JSON and XML are whole or nothing"
        assert values_of(parsed).items() <= whole.items()
        told = [row for row in parsed.rejected if "truncated" in row.reason]
        assert bool(told) == (length not in ends or b'"T"' in form.body or b"\nT," in form.body)
        assert length not in ends or values_of(parsed) != whole or told


@EVERY_TABLE
def test_a_body_cut_at_a_rows_end_has_less_than_the_whole(form: Form):
    whole = whole_values(form)
    rows = form.body.splitlines(keepends=True)
    distinct = dict.fromkeys(rows)
    parsed = parse(form, b"".join(list(distinct)[:-2]))
    assert parsed is not None
    assert values_of(parsed).items() < whole.items()


@EVERY_TABLE
@pytest.mark.parametrize("nonsense", NONSENSE)
def test_a_mutated_field_is_rejected_or_is_what_it_says(form: Form, nonsense: str):
    whole = whole_values(form)
    rows = form.body.decode().splitlines()
    first = next(number for number, row in enumerate(rows) if row.count(",") == rows[-3].count(","))
    for number in (len(rows) // 2, len(rows) - 3):
        cells = rows[number].split(",")
        for at in range(len(cells)):
            spoilt = [*cells[:at], nonsense, *cells[at + 1 :]]
            mutated = [*rows[:number], ",".join(spoilt), *rows[number + 1 :]]
            parsed = parse(form, "".join(f"{row}\n" for row in mutated).encode())
            assert parsed is not None
            values = values_of(parsed)
            for place in values.keys() - whole.keys():
                assert nonsense.upper() in str(place[-2]).upper(), "only a name may be anything"
            assert all(whole[place] == values[place] for place in values.keys() & whole.keys())
            assert len(whole.keys() - values.keys()) <= form.row_values
    assert first < len(rows) - 3


@EVERY_FORM
def test_a_damaged_byte_never_makes_more_than_its_row_another(form: Form):
    whole = whole_values(form)
    for at in range(len(form.body) // 2, len(form.body), 29):
        for byte in (0, ord("9"), ord(","), 0xFF):
            body = bytearray(form.body)
            body[at] = byte
            parsed = parse(form, bytes(body))
            if parsed is not None:
                same = values_of(parsed).items() & whole.items()
                assert len(whole) - len(same) <= 2 * form.row_values + 24


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_bodies_are_refused_below_200_megabytes(kind: str, tmp_path: Path):
    for name, market, body in KINDS[kind]():
        (tmp_path / f"{market} {name}").write_bytes(body)
    files = sorted(tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, str(Path(hostile.__file__)), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stderr
    outcomes = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(files) >= 4
    assert [each for each in outcomes if each[0] != "refused"] == []
    assert [each for each in outcomes if int(each[1]) > MOST_KILOBYTES] == []
