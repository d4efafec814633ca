"""How people get into the dashboard of a run: named people with passwords, or one-time links."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from structlog.testing import capture_logs

from dashboards.access import Access, Person, Role, read_users
from flows import processes
from flows.commands import app
from flows.settings import Settings
from flows.signin import kept_sign_in, link_lines, make_sign_in
from tests.dashboards.serving import write_users
from tests.small_days import write_day
from tests.typed import typed


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", run="r")


@pytest.fixture
def with_people(settings: Settings, tmp_path: Path) -> Settings:
    return settings.with_changes(users_file=write_users(tmp_path / "users.json"))


def started_dashboard(settings: Settings) -> Any:
    """Start the dashboard's process up to the server, and return what that would be told."""
    with mock.patch("dashboards.app.serve") as serve:
        processes._dashboard(processes.Duty(mock.Mock(), settings, until_ended=False))
    return serve.call_args.args[0]


def access_of_the_dashboard(settings: Settings) -> Access:
    """Return whom the dashboard's process would let in."""
    started = started_dashboard(settings)
    return Access(users_file=started.users_file, links=started.links)


def test_without_a_users_file_each_link_signs_in_once(settings: Settings):
    made = make_sign_in(settings)

    access = access_of_the_dashboard(settings)
    assert set(link_lines(settings, made)) == {"desk", "risk"}
    for role in (Role.DESK, Role.RISK):
        assert access.by_link(made.links[role]) == Person(role.value, role)
        assert access.by_link(made.links[role]) is None


def test_with_a_users_file_no_link_is_made_or_told(with_people: Settings):
    made = make_sign_in(with_people)

    assert made.links == {}
    assert link_lines(with_people, made) == {}


def test_a_link_made_before_there_was_a_users_file_lets_nobody_in(
    settings: Settings, with_people: Settings
):
    before = make_sign_in(settings)

    access = access_of_the_dashboard(with_people)
    assert [access.by_link(link) for link in before.links.values()] == [None, None]
    assert access.person("risk") is None
    assert access.person("rita") is not None


def test_links_are_made_again_where_the_users_file_is_gone(
    settings: Settings, with_people: Settings
):
    before = make_sign_in(settings)
    access_of_the_dashboard(with_people)

    access = access_of_the_dashboard(settings)
    kept = kept_sign_in(settings)

    assert [access.by_link(link) for link in before.links.values()] == [None, None]
    assert kept is not None
    assert set(kept.links) == {Role.DESK, Role.RISK}


def test_cookies_of_links_are_none_once_people_have_passwords_nor_the_other_way_round(
    settings: Settings, with_people: Settings
):
    secrets = []
    for each in (settings, with_people, settings):
        access_of_the_dashboard(each)
        kept = kept_sign_in(each)
        assert kept is not None
        secrets.append(kept.secret)

    assert len(set(secrets)) == 3


def test_a_dashboard_tells_its_links_at_every_start_while_they_let_somebody_in(
    settings: Settings, with_people: Settings
):
    def told(asked: Settings) -> list[str]:
        with capture_logs() as lines:
            access_of_the_dashboard(asked)
        return [line["link"] for line in lines if line["event"] == "dashboard.sign_in"]

    first = told(settings)

    assert len(first) == 2
    assert told(settings) == first
    assert told(with_people) == []


def test_a_dashboard_of_its_own_keeps_its_secret_so_that_people_stay_signed_in(
    with_people: Settings,
):
    access_of_the_dashboard(with_people)
    kept = kept_sign_in(with_people)
    access_of_the_dashboard(with_people)

    assert kept is not None
    assert kept_sign_in(with_people) == kept


@pytest.mark.parametrize(
    ("address", "by_tls"),
    [("", False), ("http://desk.example", False), ("HTTPS://desk.example", True)],
)
def test_cookies_go_by_tls_alone_where_the_dashboards_address_is_of_it(
    settings: Settings,
    address: str,
    by_tls: bool,  # noqa: FBT001 - drawn
):
    assert started_dashboard(settings.with_changes(dashboard_url=address)).by_tls is by_tls


@pytest.mark.parametrize("content", ["{}", '{"alice": {"role": "risk", "password": "plain"}}'])
def test_a_users_file_that_lets_nobody_in_is_refused_before_anything_starts(
    tmp_path: Path, content: str
):
    (tmp_path / "users.json").write_text(content, encoding="utf-8")
    (tmp_path / "tieline.yaml").write_text("users_file: users.json\n", encoding="utf-8")
    day = write_day(tmp_path / "small")

    done = typed(tmp_path, "up", "--day", str(day), "--config", "tieline.yaml")

    assert done.returncode == 1
    assert "the users file users.json cannot be used" in done.stderr
    assert "`tieline user NAME --role ROLE` makes an entry" in done.stderr
    assert not (tmp_path / "var").exists()


def test_the_command_asks_twice_for_a_password_and_prints_only_its_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    answers = iter(["correct horse", "wrong", "correct horse", "correct horse"])
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: next(answers))

    assert app.invoke(["user", "alice", "--role", "risk"]) == 0

    printed = capsys.readouterr().out
    path = tmp_path / "users.json"
    path.write_text(printed, encoding="utf-8")
    alice = Access(users_file=path).by_password("alice", "correct horse")
    assert alice is not None
    assert alice.role is Role.RISK
    assert list(read_users(path)) == ["alice"]
    assert "horse" not in printed


def test_a_question_that_is_left_ends_with_the_exit_code_of_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("getpass.getpass", mock.Mock(side_effect=KeyboardInterrupt))

    assert app.invoke(["user", "alice", "--role", "risk"]) == app.INTERRUPTED
    assert "unexpected" not in capsys.readouterr().err


def test_a_question_at_the_end_of_the_input_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("getpass.getpass", mock.Mock(side_effect=EOFError))

    assert app.invoke(["user", "alice", "--role", "risk"]) == app.ERROR
    out, err = capsys.readouterr()
    assert out == ""
    assert "tieline: the input ended before the password of alice was there twice" in err


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("correct\x01horse", "the password of alice has a control character"),
        ("correct\udce9horse", "the password of alice is no UTF-8 text; set the terminal to UTF-8"),
    ],
)
def test_a_password_that_no_form_gives_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], password: str, said: str
):
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: password)

    assert app.invoke(["user", "alice", "--role", "risk"]) == app.ERROR

    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert "horse" not in err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "must not be empty"),
        ("al\udcffice", "'al\\udcffice' is not UTF-8"),
        ("alice ", "'alice ' has a blank at its end or a character"),
        ("al\tice", "'al\\tice' has a blank at its end or a character"),
    ],
)
def test_a_name_that_no_file_could_hold_is_refused_before_a_password_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, said: str
):
    asked = mock.Mock()
    monkeypatch.setattr("getpass.getpass", asked)

    assert app.invoke(["user", name, "--role", "risk"]) == app.WRONG_USAGE
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    asked.assert_not_called()
