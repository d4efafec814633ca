"""`tieline policy` as a risk officer types it: what is in force, unsettled, and the schema."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from connectors.records import to_record
from flows.commands import app
from flows.commands.policy import schema_text
from flows.replay import with_policy
from flows.standing import company_of
from state.messages import Policy
from state.policy.documents import read
from tests.small_days import record_line, write_day

ROOT = Path(__file__).parents[2]
SVCE = ROOT / "policies" / "svce-2017-05-10.yaml"
DESK = ROOT / "policies" / "desk-limits.yaml"
CLOSE = ROOT / "policies" / "close-limits.yaml"

Capture = pytest.CaptureFixture[str]


def said(capsys: Capture, *arguments: str) -> tuple[int, str]:
    code = app.invoke(["policy", *arguments])
    out, err = capsys.readouterr()
    assert not err, err
    return code, out


def remarks(capsys: Capture, *arguments: str) -> list[dict[str, str]]:
    _, out = said(capsys, "lint", *arguments, "--json")
    return [json.loads(line) for line in out.splitlines()]


def test_show_prints_every_row_with_its_clause_and_page(capsys: Capture):
    code, out = said(capsys, "show", str(SVCE))

    assert code == 0
    assert "svce 2017-05-10: SVCE Energy Risk Management Policy" in out
    row = next(line for line in out.splitlines() if line.startswith("Second calendar year"))
    assert " ".join(row.split()) == "Second calendar year 70 % 90 % n/a §4.6 p. 8"
    for words in ("5,000,000 ?", "50 ~", "as needed", "§5.3 p. 10", "§6.3 p. 12", "§7 p. 14"):
        assert words in out


def test_show_says_what_each_period_is_on_a_date(capsys: Capture):
    _, july = said(capsys, "show", str(SVCE), "--on", "2026-07-31")
    _, october = said(capsys, "show", str(SVCE), "--on", "2026-10-01")

    assert july.count("not in force") == 3, "the rows of August and October"
    assert october.count("not in force") == 1, "the row of August"
    assert "2027-Q1" in october


def test_show_as_json_is_the_policy_as_data(capsys: Capture):
    _, out = said(capsys, "show", str(SVCE), "--json")
    record = json.loads(out)

    assert record["policy"] == "svce 2017-05-10"
    assert record["tolerances"][0]["rows"][1]["minimum"]["value"] == 85


def test_show_prints_the_numbers_a_scope_has_of_its_own(capsys: Capture):
    _, out = said(capsys, "show", str(DESK))

    assert "150,000" in out
    assert "400,000" in out


def test_show_prints_the_policies_in_force_at_the_end_of_a_day(capsys: Capture, tmp_path: Path):
    """The written policy stands beside the limits of the day it was put under."""
    for folder in ("limits", "both"):
        (tmp_path / folder).mkdir()
    day = with_policy(write_day(tmp_path / "day", last_second=5), DESK, tmp_path / "limits")
    day = with_policy(day, SVCE, tmp_path / "both")

    code, out = said(capsys, "show", "--replayed", str(day), "--json")

    assert code == 0
    assert [json.loads(line)["policy"] for line in out.splitlines()] == [
        "desk-limits 1",
        "svce 2017-05-10",
    ]


def test_an_edited_written_policy_takes_the_place_of_the_day_s_of_its_name(tmp_path: Path):
    edited = tmp_path / "edited.yaml"
    text = SVCE.read_text(encoding="utf-8").replace("title: ", "title: Edited ", 1)
    edited.write_text(text, encoding="utf-8")
    for folder in ("written", "edited"):
        (tmp_path / folder).mkdir()
    day = with_policy(write_day(tmp_path / "day", last_second=5), SVCE, tmp_path / "written")
    day = with_policy(day, edited, tmp_path / "edited")

    desk = company_of(str(day)).desk
    assert desk.policy_messages["svce"].source == text
    assert desk.feeds.dead_letters == 0


@pytest.fixture
def ruled(tmp_path: Path) -> Path:
    """A day whose opening has two policies of limits and the written one."""
    folder = write_day(tmp_path / "ruled", last_second=5)
    opening = folder / "opening.jsonl.gz"
    lines = gzip.decompress(opening.read_bytes()).decode()
    for path in (DESK, CLOSE, SVCE):
        text = path.read_text(encoding="utf-8")
        policy = read(text)
        message = Policy(policy=policy.name, version=policy.version, source=text)
        lines += record_line(0, to_record(message), "opening") + "\n"
    opening.write_bytes(gzip.compress(lines.encode()))
    return folder


@pytest.mark.parametrize(
    ("name", "in_force"),
    [
        ("desk-limits", ["close-limits 1", "desk-limits 1", "svce 2017-05-10"]),
        ("other-limits", ["other-limits 1", "svce 2017-05-10"]),
    ],
)
def test_limits_take_the_place_of_those_of_their_name_else_of_all_and_of_no_written_policy(
    ruled: Path, tmp_path: Path, name: str, in_force: list[str]
):
    edited = tmp_path / "edited.yaml"
    text = DESK.read_text(encoding="utf-8").replace("name: desk-limits", f"name: {name}", 1)
    edited.write_text(text.replace("title: ", "title: Edited ", 1), encoding="utf-8")
    (tmp_path / "put").mkdir()

    desk = company_of(str(with_policy(ruled, edited, tmp_path / "put"))).desk
    assert desk.policy_labels == in_force
    assert desk.policies[name].title.startswith("Edited ")


@pytest.mark.parametrize(
    ("rule", "id"),
    [
        ("approved but zero", "limit-convergence-bids"),
        ("period vocabularies", "periods-to-close"),
        ("period vocabularies", "periods-to-monitor"),
        ("cross-reference", "reference-credit-limits"),
        ("tells itself", "duty-tell-trader"),
        ("tells itself", "duty-tell-credit"),
        ("tiers that fall", "limit-balance-of-month"),
        ("band without width", "nop-capacity-prompt-quarter"),
        ("no tolerance", "nop-kinds"),
        ("no number", "open-position-var"),
        ("no number", "credit-share-owed"),
        ("approved without a limit", "market-carb-auctions"),
        ("no deadline", "duty-cure-nop"),
        ("months without a row", "nop-capacity"),
        ("cell", "limit-60-months"),
        ("part", "limit-caiso-energy"),
        ("obligation", "nop-capacity-prompt-year-october"),
        ("reading", "reading-contract-or-sum"),
    ],
)
def test_lint_names_what_is_unsettled_with_its_clause(capsys: Capture, rule: str, id: str):  # noqa: A002
    found = [
        each for each in remarks(capsys, str(SVCE)) if (each["rule"], each["id"]) == (rule, id)
    ]

    assert found
    assert all(each["at"].startswith("§") and each["holds"] for each in found)


def test_lint_finds_nothing_any_more_where_it_was_settled(capsys: Capture, tmp_path: Path):
    """Each check can be silenced by the sentence that settles it, and by nothing else."""
    settled = {
        "cross-reference": ("says: §6.5", "says: §6.3"),
        "months without a row": ("season: {first: 8, last: 9}", "season: {first: 1, last: 9}"),
        "no tolerance": ("items: [capacity, energy, rps, carbon_free]", "items: [energy]"),
    }
    before = [each["rule"] for each in remarks(capsys, str(SVCE))]
    for rule, (open_, closed) in settled.items():
        text = SVCE.read_text(encoding="utf-8")
        assert open_ in text
        path = tmp_path / "policy.yaml"
        path.write_text(text.replace(open_, closed), encoding="utf-8")
        after = [each["rule"] for each in remarks(capsys, str(path))]

        assert sorted(set(before) - set(after)) == [rule]


def test_lint_exits_with_2_where_something_is_unsettled_and_0_where_nothing_is(capsys: Capture):
    code, out = said(capsys, "lint", str(SVCE))
    assert code == 2
    assert out.startswith("svce 2017-05-10: ")

    code, out = said(capsys, "lint", str(DESK))
    assert (code, out) == (0, "desk-limits 1: 0 to settle\n")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "scopes: [firm]",
            "scopes: [frim]",
            "intraday-coverage: no firm is called frim; did you mean firm? There are caiso/firm, ",
        ),
        (
            "ceiling: 1 #",
            "ceiling: 1\n    own: [{scope: exposures, ceiling: 1}] #",
            "drift: no figure is called exposures; did you mean exposure? There are exposure, ",
        ),
    ],
)
def test_lint_names_a_scope_that_no_house_can_have(
    capsys: Capture, tmp_path: Path, old: str, new: str, told: str
):
    path = tmp_path / "limits.yaml"
    path.write_text(DESK.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    code, out = said(capsys, "lint", str(path))

    assert code == 2
    assert told in out
    assert out.rstrip().endswith("; it binds nothing there")


def test_lint_of_a_day_names_a_scope_that_is_no_book_of_it(capsys: Capture, tmp_path: Path):
    path = tmp_path / "limits.yaml"
    text = DESK.read_text(encoding="utf-8")
    path.write_text(text.replace("{scope: firm, loss", "{scope: laod, loss"), encoding="utf-8")
    (tmp_path / "put").mkdir()
    day = with_policy(write_day(tmp_path / "day", last_second=5), path, tmp_path / "put")

    assert said(capsys, "lint", str(path))[0] == 0, "the file alone tells no books"
    [found] = remarks(capsys, "--replayed", str(day))
    assert (found["rule"], found["id"]) == ("unknown scope", "stop-loss")
    assert found["what"].startswith("no book is called laod; there are B1, firm")


@pytest.mark.parametrize(
    ("wrong", "meant"), [("RDT", "RTD"), ("rtd", "RTD"), ("caios/RTD", "caiso/RTD")]
)
def test_lint_names_a_feed_that_nobody_brings_with_what_may_be_meant(
    capsys: Capture, tmp_path: Path, wrong: str, meant: str
):
    path = tmp_path / "limits.yaml"
    text = DESK.read_text(encoding="utf-8")
    path.write_text(text.replace("feed: RTD,", f"feed: {wrong},"), encoding="utf-8")

    code, out = said(capsys, "lint", str(path))

    assert code == 2
    assert f"gap, unknown feed: feeds, {wrong}: no feed is called so; did you mean {meant}?" in out
    assert "There are DA, FMM, RTD, " in out
    assert out.rstrip().endswith("its age is watched only once a feed of that name comes")


@pytest.mark.parametrize("name", ["caiso/RTD", "trades/etrm", "spp/load_short_term", "trades"])
def test_lint_knows_the_feeds_of_a_market_of_trades_and_of_live_reports(
    capsys: Capture, tmp_path: Path, name: str
):
    path = tmp_path / "limits.yaml"
    text = DESK.read_text(encoding="utf-8")
    path.write_text(text.replace("feed: FMM,", f"feed: {name},"), encoding="utf-8")

    assert said(capsys, "lint", str(path))[0] == 0


def test_lint_of_a_day_knows_the_feeds_that_came(capsys: Capture, tmp_path: Path):
    """A day may bring a feed that this release has no name for."""
    path = tmp_path / "limits.yaml"
    text = DESK.read_text(encoding="utf-8").replace("feed: FMM,", "feed: blotter,")
    path.write_text(text, encoding="utf-8")
    lines = [record_line(1, {"kind": "nothing"}, source="blotter")]
    small = write_day(tmp_path / "day", last_second=5, records=lines)
    (tmp_path / "put").mkdir()
    day = with_policy(small, path, tmp_path / "put")

    assert said(capsys, "lint", str(path))[0] == 2
    assert remarks(capsys, "--replayed", str(day)) == []


def test_the_schema_in_the_documentation_is_the_one_the_command_prints(capsys: Capture):
    code, out = said(capsys, "schema")

    assert code == 0
    assert out == schema_text("risk-policy")
    kept = (ROOT / "docs" / "risk-policy.schema.json").read_text(encoding="utf-8")
    assert kept == out, "run `tieline policy schema > docs/risk-policy.schema.json`"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["show", "no.yaml"], 3, "no.yaml"),
        (["show", str(SVCE), "--on", "tomorrow"], 3, "--on tomorrow"),
        (["show", str(SVCE), "--on", "9999-12-31"], 3, "--on 9999-12-31: a date as 2026-09-08"),
        (["lint", str(SVCE), "--replayed", "2026-07-14-caiso-summer"], 3, "leave one out"),
        (["schema", "charter"], 3, "'charter' is no form; use one of risk-policy"),
        (["show", "--replayed", "no-such-day"], 3, "no day 'no-such-day'"),
    ],
)
def test_a_wrong_use_is_one_line(arguments: list[str], code: int, words: str, capsys: Capture):
    assert app.invoke(["policy", *arguments]) == code
    assert words in capsys.readouterr().err


def test_a_mistake_in_a_file_is_one_line_with_its_place(capsys: Capture, tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text("kind: risk_policy\nversion: 12:30\n", encoding="utf-8")

    assert app.invoke(["policy", "lint", str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"tieline: {path}: line 2: version is 12:30")
