"""`tieline var` as a validator types it: files, and figures computed by hand here."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from tests.typed import Done, typed

ROOT = Path(__file__).parents[2]
FILES = ("--history", "prices.csv", "--exposures", "exposures.csv")
FACTORS = ("DJIA", "FTSE", "CAC", "NIKKEI")
INVESTED = {"DJIA": 4000.0, "FTSE": 3000.0, "CAC": 1000.0, "NIKKEI": 2000.0}
METHODS = [
    "historical", "age-weighted", "volatility-weighted", "filtered", "filtered-garch",
    "parametric", "parametric-ewma", "extreme-value", "monte-carlo",
]  # fmt: skip


def four_indices() -> np.ndarray:
    """501 days of four indices, the last fifty wilder."""
    chance = np.random.default_rng(2008)
    moves = chance.standard_t(5, (4, 500)) * 0.008
    moves[1:] += 0.6 * moves[0]
    moves[:, 450:] *= 2.5
    return 100 * np.cumprod(np.concatenate((np.ones((4, 1)), 1 + moves), axis=1), axis=1)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write_history(tmp_path, four_indices())
    write_exposures(tmp_path, INVESTED)
    return tmp_path


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The answer with nothing but relative changes asked for."""
    folder = tmp_path_factory.mktemp("plain")
    write_history(folder, four_indices())
    write_exposures(folder, INVESTED)
    return answer(folder, "--changes", "relative")


def write_history(folder: Path, levels: np.ndarray, gaps: dict[str, list[int]] | None = None):
    with (folder / "prices.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["date", *FACTORS])
        for at in range(levels.shape[1]):
            day = date(2006, 8, 7) + timedelta(days=at)
            cells = [
                "" if at in (gaps or {}).get(name, []) else repr(float(levels[row, at]))
                for row, name in enumerate(FACTORS)
            ]
            writer.writerow([day.isoformat(), *cells])


def write_exposures(folder: Path, amounts: dict[str, float]):
    lines = [f"{name},{amount}" for name, amount in amounts.items()]
    (folder / "exposures.csv").write_text("\n".join(["factor,amount", *lines]) + "\n")


def tieline_var(folder: Path, *options: str) -> Done:
    return typed(folder, "var", *FILES, *options)


def answer(folder: Path, *options: str, code: int = 0) -> dict[str, Any]:
    done = tieline_var(folder, "--json", *options)
    assert done.returncode == code, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def by_method(content: dict[str, Any]) -> dict[str, tuple[float, float]]:
    return {each["method"]: (each["var_usd"], each["es_usd"]) for each in content["methods"]}


def test_every_method_side_by_side_equals_what_is_computed_by_hand(plain: dict[str, Any]):
    levels = four_indices()
    amounts = np.array(list(INVESTED.values()))
    moves = levels[:, 1:] / levels[:, :-1] - 1
    pnl = amounts @ moves
    worst = np.sort(pnl)
    found = by_method(plain)
    assert list(found) == METHODS
    assert found["historical"] == pytest.approx((-worst[4], -worst[:5].mean()))
    assert found["age-weighted"] == pytest.approx(age_weighted(pnl))
    scaled = np.sort(amounts @ np.array([scaled_by_hand(row) for row in moves]))
    assert found["volatility-weighted"] == pytest.approx((-scaled[4], -scaled[:5].mean()))
    filtered = np.sort(scaled_by_hand(pnl))
    assert found["filtered"] == pytest.approx((-filtered[4], -filtered[:5].mean()))
    covariance = np.cov(moves, ddof=0)
    assert found["parametric"] == pytest.approx(normal(amounts @ covariance @ amounts))
    assert found["parametric-ewma"] == pytest.approx(
        normal(amounts @ ewma_covariance(moves) @ amounts)
    )
    assert found["monte-carlo"] == pytest.approx(found["parametric"], rel=0.06)
    assert found["extreme-value"] == pytest.approx(found["historical"], rel=0.25)
    assert found["filtered-garch"] == pytest.approx(found["filtered"], rel=0.25)


def age_weighted(pnl: np.ndarray) -> tuple[float, float]:
    left, var, tail = 0.01, math.nan, 0.0
    for at in np.argsort(pnl):
        weight = 0.995 ** (499 - at) * 0.005 / (1 - 0.995**500)
        taken = min(weight, left)
        tail -= pnl[at] * taken
        left -= taken
        if left <= 1e-15:
            var = -pnl[at]
            break
    return var, tail / 0.01


def scaled_by_hand(moves: np.ndarray) -> np.ndarray:
    variances = [moves.var()]
    for move in moves:
        variances.append(0.94 * variances[-1] + 0.06 * move * move)
    return moves * np.sqrt(variances[-1] / np.array(variances[:-1]))


def ewma_covariance(moves: np.ndarray) -> np.ndarray:
    covariance = np.cov(moves, ddof=0)
    for move in moves.T:
        covariance = 0.94 * covariance + 0.06 * np.outer(move, move)
    return covariance


def normal(variance: float) -> tuple[float, float]:
    z, deviation = NormalDist().inv_cdf(0.99), math.sqrt(variance)
    return z * deviation, NormalDist().pdf(z) / 0.01 * deviation


def test_every_figure_carries_what_one_must_know_to_read_it(plain: dict[str, Any]):
    assert (plain["window"], plain["scenarios"]) == (500, 500)
    assert (plain["oldest"], plain["newest"]) == ("2006-08-08", "2007-12-20")
    assert (plain["complete"], plain["findings"]) == (True, [])
    for each in plain["methods"]:
        assert each["confidence"] == 0.99
        assert each["holding"] == "1 day"
        assert each["settings"]


@pytest.mark.parametrize(
    ("options", "method", "setting", "value"),
    [
        (["--lambda-age", "0.97"], "age-weighted", "lambda", "0.97"),
        (["--lambda-ewma", "0.97"], "volatility-weighted", "lambda", "0.97"),
        (["--lambda-ewma", "0.97"], "parametric-ewma", "covariance", "EWMA, lambda 0.97"),
        (["--garch-alpha", "0.05", "--garch-beta", "0.9"], "filtered-garch", "filter", "given"),
        (["--quantile", "linear"], "historical", "quantile", "linear"),
        (["--tail", "beyond"], "historical", "tail", "beyond"),
        (["--divisor", "n-1"], "parametric", "covariance", "equal weights, divided by n-1"),
        (["--mean", "sample"], "parametric", "mean", "sample"),
        (["--threshold", "160"], "extreme-value", "threshold", "160.00"),
        (["--threshold-share", "0.1"], "extreme-value", "beyond", "50"),
        (["--tail-fit", "pwm"], "extreme-value", "fit", "pwm"),
        (["--paths", "5000"], "monte-carlo", "paths", "5,000"),
        (["--seed", "7"], "monte-carlo", "seed", "7"),
    ],
)
def test_each_parameter_is_settable_shown_and_has_its_effect(
    files: Path, plain: dict[str, Any], options: list[str], method: str, setting: str, value: str
):
    told = answer(files, "--changes", "relative", *options)

    row = next(each for each in told["methods"] if each["method"] == method)
    assert row["settings"][setting] == value
    assert by_method(plain)[method] != by_method(told)[method]


def test_confidence_window_and_holding_period_are_settable(files: Path):
    plain = answer(files, "--changes", "relative", "--window", "400", "--confidence", "0.95")
    ten = answer(
        files, "--changes", "relative", "--window", "400", "--confidence", "0.95",
        "--holding-days", "10", "--scaling", "square-root-of-time",
    )  # fmt: skip
    observed = answer(files, "--changes", "relative", "--holding-days", "10")

    assert plain["scenarios"] == 400
    for method, (var, es) in by_method(plain).items():
        assert by_method(ten)[method] == pytest.approx((var * 10**0.5, es * 10**0.5)), method
    assert observed["scenarios"] == 491
    assert observed["holding"] == "10 days as observed, overlapping"


def test_for_people_it_is_a_table_with_every_method(files: Path, plain: dict[str, Any]):
    done = subprocess.run(
        [sys.executable, str(ROOT / "tieline.py"), "var", *FILES, "--changes", "relative"],
        cwd=files,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.split()[0] in METHODS] == METHODS
    assert "99 %" in lines[0]
    assert "500 scenarios of a window of 500, 2006-08-08 to 2007-12-20, 0 left out" in lines[1]
    historical = next(line for line in lines if line.startswith("historical"))
    var, _ = by_method(plain)["historical"]
    assert f"{var:,.2f}" in historical


def test_a_factor_without_enough_history_is_named_and_the_answer_incomplete(files: Path):
    write_history(files, four_indices(), {"CAC": list(range(60))})

    done = tieline_var(files, "--changes", "relative")
    content = answer(files, "--changes", "relative", code=2)

    assert done.returncode == 2
    assert "3 of 4 factors covered: INCOMPLETE" in done.stdout
    assert "not covered: CAC, missing on 60 of 501 dates" in done.stderr
    assert content["complete"] is False
    assert list(content["uncovered"]) == ["CAC"]
    write_history(files, four_indices())
    write_exposures(files, {name: amount for name, amount in INVESTED.items() if name != "CAC"})
    without = answer(files, "--changes", "relative")
    assert by_method(without) == by_method(content)


def test_an_empty_cell_leaves_its_dates_out_and_is_told_with_its_place(files: Path):
    write_history(files, four_indices(), {"FTSE": [100]})

    done = tieline_var(files, "--changes", "relative")
    content = answer(files, "--changes", "relative", code=2)

    assert "FTSE is empty in prices.csv line 102 column 3 (FTSE)" in done.stderr
    assert content["left_out"] == ["2006-11-15", "2006-11-16"]
    assert content["scenarios"] == 498


def test_an_empty_cell_before_the_window_leaves_nothing_out_and_is_no_finding(files: Path):
    write_history(files, four_indices(), {"FTSE": [100]})

    before = answer(files, "--changes", "relative", "--window", "399")
    on_its_edge = answer(files, "--changes", "relative", "--window", "400", code=2)

    assert (before["left_out"], before["findings"]) == ([], [])
    assert on_its_edge["left_out"] == ["2006-11-16"]


def test_a_window_longer_than_the_history_is_told_with_what_there_is(files: Path):
    done = tieline_var(files, "--changes", "relative", "--window", "600", "--holding-days", "2")
    content = answer(
        files, "--changes", "relative", "--window", "600", "--holding-days", "2", code=2
    )

    assert done.returncode == 2
    said = "a window of 600 changes was asked for and the history has 499"
    assert said in done.stderr
    assert said in content["findings"][0]
    assert "499 scenarios of a window of 600 asked for, 499 in the history" in done.stdout
    assert (content["window"], content["history"], content["scenarios"]) == (600, 499, 499)


def write_even_losses(folder: Path) -> None:
    """Changes evenly spread from -100 to 100: the losses end, as those of shape -1 do."""
    moves = np.random.default_rng(7).permutation(np.linspace(-100.0, 100.0, 500))
    levels = np.tile(1e5 + np.concatenate(([0.0], np.cumsum(moves))), (4, 1))
    write_history(folder, levels)
    write_exposures(folder, {"DJIA": 1.0})


def test_a_tail_fit_held_at_the_bound_of_its_shape_says_so(files: Path):
    write_even_losses(files)
    words = ("--threshold", "80")

    done = tieline_var(files, *words)
    row = next(each for each in answer(files, *words)["methods"] if "shape" in each["settings"])
    by_moments = next(
        each
        for each in answer(files, *words, "--tail-fit", "pwm")["methods"]
        if "shape" in each["settings"]
    )

    assert row["settings"]["shape"] == "-0.5000"
    assert row["note"].startswith("the shape is held at its bound -0.5")
    assert "held at its bound" in " ".join(done.stdout.split())
    assert float(by_moments["settings"]["shape"]) == pytest.approx(-1.0, abs=0.05)
    assert "held" not in by_moments["note"]


@pytest.mark.parametrize(
    ("threshold", "says"),
    [
        ("99.5", "2 losses beyond the threshold, at least 5; lower it below 98.40"),
        ("0", "50.00% of the scenarios lie beyond"),
    ],
)
def test_a_threshold_that_leaves_too_few_losses_or_no_tail_is_told(
    files: Path, threshold: str, says: str
):
    write_even_losses(files)
    told = answer(files, "--threshold", threshold, code=2 if threshold == "99.5" else 0)

    row = next(each for each in told["methods"] if each["method"] == "extreme-value")
    assert says in row["note"]
    assert (row["var_usd"] is None) == (threshold == "99.5")


@pytest.mark.parametrize("changes", ["absolute", "relative"])
def test_a_profit_that_is_no_number_names_its_factor_date_and_remedy(files: Path, changes: str):
    levels = four_indices()
    levels[2, 7:] = 1e-300 if changes == "relative" else 1e200
    levels[2, 8:] = 100.0
    write_history(files, levels)

    done = tieline_var(files, "--changes", changes, "--json")

    assert done.returncode == 1
    assert done.stdout == ""
    when = "2006-08-15" if changes == "relative" else "2006-08-14"
    assert f"the P&L of CAC on {when} is" in done.stderr
    assert "correct its exposure, or its levels" in done.stderr


def test_no_covered_factor_gives_no_number_at_all(files: Path):
    gaps = {name: list(range(60)) for name in FACTORS}
    write_history(files, four_indices(), gaps)

    content = answer(files, "--changes", "relative", code=2)

    assert {figure for pair in by_method(content).values() for figure in pair} == {None}


def test_negative_prices_are_refused_for_relative_changes_and_taken_for_absolute(files: Path):
    levels = four_indices()
    levels[3, 7] = -12.5
    write_history(files, levels)

    relative = tieline_var(files, "--changes", "relative")
    absolute = answer(files, "--changes", "absolute")

    assert relative.returncode == 1
    assert relative.stdout == ""
    assert "NIKKEI is -12.5" in relative.stderr
    assert "prices.csv line 9 column 5 (NIKKEI)" in relative.stderr
    assert "--changes absolute" in relative.stderr
    pnl = np.array(list(INVESTED.values())) @ np.diff(levels)
    assert by_method(absolute)["historical"][0] == pytest.approx(-np.sort(pnl)[4])


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--confidence", "1.5"], 3, "confidence 1.5 is not above 0 and below 1"),
        (["--lambda-ewma", "0"], 3, "lambda_ewma 0 is not above 0"),
        (["--garch-alpha", "0.1"], 3, "garch_alpha and garch_beta go together"),
        (["--threshold", "-1"], 3, "threshold -1 is no loss in money, at least 0"),
        (["--threshold", "inf"], 3, "threshold inf is no loss in money"),
        (["--threshold", "9", "--threshold-share", "0.1"], 3, "give one of them"),
        (["--changes", "log"], 3, "'--changes': 'log' is not one of"),
        (["--holding-days", "0"], 3, "holding-days"),
        (["--history", "nowhere.csv"], 3, "nowhere.csv"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_its_exit_code(
    files: Path, options: list[str], code: int, says: str
):
    done = tieline_var(files, *options)

    assert done.returncode == code
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_short_history_says_that_its_tail_is_thin(files: Path):
    write_history(files, four_indices()[:, :30])

    content = answer(files, code=2)

    assert "too little history: the tail holds less than one scenario of 29" in content["findings"]
    assert by_method(content)["extreme-value"] == (None, None)
