"""A validator's files: read exactly, or refused with the place and the remedy."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from connectors.factor_files import read_exposures, read_history, require_positive
from state.errors import ParseError

HISTORY = "date,NP15,SP15\n2024-01-01,40,60\n2024-01-02,,59.5\n2024-01-03,-1.5e1,61\n"


def written(folder: Path, text: str | bytes, name: str = "prices.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        HISTORY,
        HISTORY.replace("\n", "\r\n"),
        "\ufeff" + HISTORY,
        HISTORY.replace("NP15", '" NP15 "').replace("-1.5e1", '"-15.0"'),
        HISTORY + "\n\n",
    ],
    ids=["plain", "CRLF", "byte order mark", "quoted", "empty lines"],
)
def test_a_history_is_dates_and_columns_of_levels(tmp_path: Path, text: str):
    table = read_history(written(tmp_path, text))

    assert table.dates == ("2024-01-01", "2024-01-02", "2024-01-03")
    assert table.factors == ("NP15", "SP15")
    assert table.levels[1].tolist() == [60.0, 59.5, 61.0]
    assert [str(each) for each in table.levels[0]] == ["40.0", "nan", "-15.0"]
    assert table.gaps("NP15", 0) == [f"{tmp_path / 'prices.csv'} line 3 column 2 (NP15)"]
    assert table.gaps("NP15", 2) == table.gaps("SP15", 0) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("40,60", "40"), "2 cells where the header has 3 in {} line 2"),
        (("40,60", "40,60,1"), "4 cells where the header has 3 in {} line 2"),
        (("59.5", "n/a"), "'n/a' is no number in {} line 3 column 3 (SP15)"),
        (("59.5", "nan"), "'nan' is no number in {} line 3 column 3 (SP15)"),
        (("59.5", "inf"), "'inf' is no number in {} line 3 column 3 (SP15)"),
        (("59.5", "1e999"), "'1e999' is no number in {} line 3 column 3 (SP15)"),
        (("59.5", "1_000"), "'1_000' is no number in {} line 3 column 3 (SP15)"),
        (("59.5", '"1,043.2"'), "'1,043.2' is no number in {} line 3 column 3 (SP15)"),
        (("59.5", "$59"), "'$59' is no number in {} line 3 column 3 (SP15)"),
        (("2024-01-02", "2024-01-01"), "date 2024-01-01 repeats 2024-01-01 in {} line 3 column 1"),
        (("2024-01-02", "2024-01-05"), "date 2024-01-03 stands after 2024-01-05 in {} line 4"),
        (("2024-01-02", "02.01.2024"), "'02.01.2024' is no date in {} line 3 column 1 (date)"),
        (("2024-01-02", "2024-02-30"), "'2024-02-30' is no date in {} line 3 column 1 (date)"),
        (("SP15", "NP15"), "factor 'NP15' stands twice in {} line 1 column 3"),
        (("SP15", " "), "a factor has no name in {} line 1 column 3"),
        (("date,NP15,SP15\n", ""), "2024-01-01 stands where the header should in {} line 1"),
        ((HISTORY, "date;NP15\n2024-01-01;3\n"), "the header is 'date;NP15' in {} line 1"),
        ((HISTORY, ""), "the header is '' in {} line 1"),
        (("2024-01-03,-1.5e1,61\n", ""), "2 dates make no history in {}"),
        (("59.5", '"59.5'), "in {}"),
    ],
)
def test_what_is_wrong_with_a_history_is_named_with_its_place_and_remedy(
    tmp_path: Path, wrong: tuple[str, str], says: str
):
    path = written(tmp_path, HISTORY.replace(*wrong, 1))

    with pytest.raises(ParseError) as refused:
        read_history(path)

    assert says.format(path) in str(refused.value)
    assert refused.value.remedy


def test_bytes_that_are_no_text_are_refused(tmp_path: Path):
    with pytest.raises(ParseError, match="no UTF-8"):
        read_history(written(tmp_path, HISTORY.encode("utf-16")))


def test_exposures_are_amounts_of_known_factors(tmp_path: Path):
    history = read_history(written(tmp_path, HISTORY))
    path = written(tmp_path, "Factor,Amount\nSP15,-40.5\nNP15,1e3\n", "exposures.csv")

    assert read_exposures(path, history) == {"SP15": -40.5, "NP15": 1000.0}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("factor,amount\nNP16,3\n", "factor 'NP16' is unknown in {} line 2 column 1 (factor)"),
        ("factor,amount\nNP15,3\nNP15,4\n", "factor 'NP15' stands twice in {} line 3 column 1"),
        ("factor,amount\nNP15,\n", "the amount is missing in {} line 2 column 2 (amount)"),
        ("factor,amount\nNP15,lots\n", "'lots' is no number in {} line 2 column 2 (amount)"),
        ("factor,amount\nNP15\n", "1 cells where the header has 2 in {} line 2"),
        ("name,mwh\nNP15,3\n", "the header is 'name,mwh' in {} line 1"),
        ("factor,amount\n", "no exposure in {}"),
        ("", "the header is '' in {} line 1"),
    ],
)
def test_what_is_wrong_with_exposures_is_named(tmp_path: Path, text: str, says: str):
    history = read_history(written(tmp_path, HISTORY))
    path = written(tmp_path, text, "exposures.csv")

    with pytest.raises(ParseError) as refused:
        read_exposures(path, history)

    assert says.format(path) in str(refused.value)
    assert refused.value.remedy


def test_an_unknown_factor_is_told_which_are_near(tmp_path: Path):
    history = read_history(written(tmp_path, HISTORY))
    path = written(tmp_path, "factor,amount\nNP16,3\n", "exposures.csv")

    with pytest.raises(ParseError, match=r"use a column of .*: NP15"):
        read_exposures(path, history)


def test_levels_that_are_not_positive_are_refused_for_relative_changes_of_held_factors(
    tmp_path: Path,
):
    history = read_history(written(tmp_path, HISTORY))

    require_positive(history, ["SP15"])
    with pytest.raises(ParseError) as refused:
        require_positive(history, ["SP15", "NP15"])

    assert "NP15 is -15" in str(refused.value)
    assert "line 4 column 2 (NP15)" in str(refused.value)
    assert "--changes absolute" in str(refused.value)


def test_an_empty_cell_is_not_a_zero(tmp_path: Path):
    assert math.isnan(read_history(written(tmp_path, HISTORY)).levels[0, 1])
