"""Who may connect to the gateway: the tokens file, the tokens of a run, and the command."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from connectors.gateway.callers import ENDPOINTS
from dashboards.access import Role
from flows.commands import app
from flows.settings import Settings
from flows.tokens import MAY, callers_of, make_tokens, new_entry, read_callers, write_token
from state.errors import ConfigError

TOKEN = "made-up-for-this-test"  # noqa: S105 - made up


def tokens_file(folder: Path, entries: Any) -> Path:
    path = folder / "tokens.json"
    text = entries if isinstance(entries, str) else json.dumps(entries)
    path.write_text(text, encoding="utf-8")
    return path


def entry(token: str = TOKEN, **changes: Any) -> dict[str, Any]:
    made = new_entry(token, role=Role.DESK)
    return {"role": made.role.value, "token": made.token, **changes}


def test_a_caller_is_known_by_its_token_with_its_role_and_books(tmp_path: Path):
    callers = read_callers(tokens_file(tmp_path, {"etrm": entry(books=["A", "B"])}))

    caller = callers.by_token(TOKEN)
    assert caller is not None
    assert (caller.name, caller.role, caller.endpoints) == ("etrm", "desk", MAY[Role.DESK])
    assert caller.books == {"A", "B"}
    assert callers.by_token(TOKEN + " ") is None
    assert callers.by_token(entry()["token"].removeprefix("sha256$")) is None


def test_every_role_sees_and_only_a_desk_books():
    assert {role: "/trades" in may for role, may in MAY.items()} == {
        Role.VIEWER: False,
        Role.DESK: True,
        Role.RISK: False,
    }
    assert all("/updates" in may and may <= set(ENDPOINTS) for may in MAY.values())


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ("{", "cannot be used"),
        ({"etrm": {"role": "boss", "token": "sha256$" + "0" * 64}}, "Invalid enum value 'boss'"),
        ({"etrm": entry(book="A")}, "unknown field `book`"),
        ({"etrm": entry() | {"token": TOKEN}}, "gateway token etrm --role desk --out FILE`"),
        (f'{{"etrm": {json.dumps(entry())}, "etrm": {json.dumps(entry("x"))}}}', "there twice"),
        ({"etrm": entry(), "other": entry()}, "two callers of the tokens file"),
    ],
)
def test_a_file_that_lets_in_nobody_knows_whom_is_refused(
    tmp_path: Path, entries: Any, reason: str
):
    with pytest.raises(ConfigError) as refused:
        read_callers(tokens_file(tmp_path, entries))

    assert reason in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    path = tmp_path / "tokens.json"
    path.write_bytes(b'{"\xff": {}}')

    with pytest.raises(ConfigError, match="cannot be used: it is no UTF-8 text from byte 2 on;"):
        read_callers(path)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"nowhere\.json cannot be used.*it holds \{"):
        read_callers(tmp_path / "nowhere.json")


def test_a_run_without_a_file_has_a_token_a_role_for_its_owner_alone(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, run="r")
    files = make_tokens(settings)
    tokens = {role: path.read_text() for role, path in files.items()}
    callers = callers_of(settings)

    assert {role: callers.by_token(token).role for role, token in tokens.items()} == {
        role: role.value for role in Role
    }
    assert len(set(tokens.values())) == len(Role)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files.values())
    assert {role: path.read_text() for role, path in make_tokens(settings).items()} == tokens


def test_the_command_writes_a_token_and_prints_only_its_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "etrm.token"
    command = ["gateway", "token", "etrm", "--role", "desk", "--out", str(out), "--book", "A"]
    assert app.invoke(command) == 0
    printed = capsys.readouterr().out

    token = out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert token not in printed
    caller = read_callers(tokens_file(tmp_path, printed)).by_token(token)
    assert caller is not None
    assert (caller.name, caller.role, caller.books) == ("etrm", "desk", {"A"})

    assert app.invoke(command) == 1
    assert "is never overwritten" in capsys.readouterr().err
    assert out.read_text() == token


def test_a_folder_that_is_none_is_named_and_not_a_file_on_the_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "file").touch()
    out = str(tmp_path / "file" / "etrm.token")

    assert app.invoke(["gateway", "token", "etrm", "--role", "desk", "--out", out]) == 1
    refused = capsys.readouterr().err
    assert str(tmp_path / "file") in refused
    assert ".part" not in refused


@pytest.mark.parametrize(
    ("name", "book", "said"),
    [
        ("", "A", "'name': a name must not be empty"),
        ("etrm", "", "'--book': a name must not be empty"),
        ("etrm", " ", "'--book': a name must not be empty"),
        ("etrm\udcff", "A", "'name': 'etrm\\udcff' is not UTF-8"),
        ("etrm", "A\udcff", "'--book': 'A\\udcff' is not UTF-8"),
        ("et\nrm", "A", "'name': 'et\\nrm' has a blank at its end or a character that"),
        ("etrm", "A ", "'--book': 'A ' has a blank at its end or a character that"),
    ],
)
def test_a_name_that_no_file_could_hold_is_refused_before_a_token_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, book: str, said: str
):
    out = tmp_path / "etrm.token"

    code = app.invoke(
        ["gateway", "token", name, "--role", "desk", "--out", str(out), "--book", book]
    )

    printed, refused = capsys.readouterr()
    assert (code, printed, refused.count("\n")) == (3, "", 1)
    assert said in refused
    assert not out.exists()


def test_a_token_that_finds_no_room_leaves_no_file_that_stands_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(descriptor: int, *_: object, **__: object) -> Full:
        os.close(descriptor)
        return Full()

    monkeypatch.setattr("flows.tokens.os.fdopen", opened)
    with pytest.raises(OSError, match="No space left"):
        write_token(tmp_path / "etrm.token", TOKEN)

    assert not list(tmp_path.iterdir())
