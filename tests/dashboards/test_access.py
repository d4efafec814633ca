from __future__ import annotations

import json
from pathlib import Path

import pytest
from tornado.web import create_signed_value

from dashboards.access import (
    Access,
    Lockout,
    Person,
    Role,
    hash_password,
    new_links,
    password_matches,
    read_users,
)
from dashboards.signin import COOKIE, SignIn
from state.errors import ConfigError
from state.messages import ActionKind
from tests.dashboards.serving import PASSWORDS, write_users

HASH = hash_password("made up")
RISK, VIEWER = (json.dumps({"role": role, "password": HASH}) for role in ("risk", "viewer"))


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Access:
    path = write_users(tmp_path_factory.mktemp("users") / "users.json")
    return Access(users_file=path)


def test_the_right_password_lets_its_person_in(access: Access):
    assert access.by_password("dora", PASSWORDS["dora"]) == Person("dora", Role.DESK)


@pytest.mark.parametrize(
    ("name", "password"),
    [("dora", ""), ("dora", PASSWORDS["rita"]), ("nobody", PASSWORDS["dora"]), ("", "")],
)
def test_anything_else_lets_nobody_in(access: Access, name: str, password: str):
    assert access.by_password(name, password) is None


def test_the_same_password_is_kept_in_two_forms():
    assert hash_password("twice") != hash_password("twice")
    assert "twice" not in hash_password("twice")


@pytest.mark.parametrize(
    "kept",
    [
        "md5$1$1$1$00$00",
        "plain",
        "scrypt$16384$8$1$$",
        "scrypt$16384$8$1$00$00",
        HASH.replace("$16384$", "$99999999999999999999999$"),
        HASH + "\n",
    ],
)
def test_a_password_kept_in_no_form_of_ours_is_refused_and_not_told(kept: str):
    with pytest.raises(ValueError, match="not kept as scrypt") as refused:
        password_matches(kept, "x")
    assert kept not in str(refused.value)


def test_a_link_signs_in_once():
    links = new_links()
    access = Access(links=links)
    assert access.by_link(links[Role.RISK]) == Person("risk", Role.RISK)
    assert access.by_link(links[Role.RISK]) is None
    assert access.by_link("") is None
    assert access.by_link(links[Role.DESK]) == Person("desk", Role.DESK)


def test_who_used_a_link_is_known_afterwards():
    access = Access(links=new_links())
    assert access.person("desk") == Person("desk", Role.DESK)
    assert access.person("viewer") is None


def test_a_changed_password_ends_the_sessions_it_was_given_for_and_nobody_elses(tmp_path: Path):
    path, secret = write_users(tmp_path / "users.json"), "s" * 40
    before = Access(users_file=path)
    cookies = {
        name: create_signed_value(secret, COOKIE, before.badge(person)).decode()
        for name in PASSWORDS
        if (person := before.person(name))
    }
    users = json.loads(path.read_text())
    users["dora"]["password"] = hash_password(PASSWORDS["dora"])
    path.write_text(json.dumps(users))

    after = SignIn(Access(users_file=path), secret=secret)

    assert after.person_of(cookies["dora"]) is None
    assert after.person_of(cookies["rita"]) == Person("rita", Role.RISK)
    by_name = create_signed_value(secret, COOKIE, "dora").decode()
    assert after.person_of(by_name) is None


def test_a_cookie_that_was_taken_back_is_nobodys_and_another_one_is_as_it_was(access: Access):
    secret = "s" * 40
    sign_in = SignIn(access, secret=secret)
    cookies = {
        name: create_signed_value(secret, COOKIE, access.badge(person)).decode()
        for name in PASSWORDS
        if (person := access.person(name))
    }
    sign_in.sign_out(cookies["dora"])
    sign_in.sign_out("forged")
    assert sign_in.person_of(cookies["dora"]) is None
    assert sign_in.person_of(cookies["rita"]) == Person("rita", Role.RISK)
    assert sign_in._ended == {cookies["dora"]}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "malformed|truncated"),
        ('{"a": {"role": "boss", "password": "x"}}', "boss"),
        ('{"a": {"role": "desk", "password": "plain"}}', "a password is not kept as scrypt"),
        ('{"a": {"role": "desk"}}', "password"),
        (f'{{"a": {RISK}, "b": {RISK}, "a": {VIEWER}}}', "'a' is there twice"),
        (f'{{"a": {{"role": "risk", "role": "desk", "password": "{HASH}"}}}}', "'role' is there"),
    ],
)
def test_a_bad_users_file_is_one_clear_line(tmp_path: Path, content: str, reason: str):
    path = tmp_path / "users.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=reason) as raised:
        read_users(path)
    assert str(path) in str(raised.value)


def test_a_users_file_that_is_no_text_is_one_clear_line(tmp_path: Path):
    path = tmp_path / "users.json"
    path.write_bytes(b'{"\xff": {}}')
    with pytest.raises(ConfigError, match="cannot be used: it is no UTF-8 text from byte 2 on;"):
        read_users(path)


def test_a_missing_users_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"gone\.json"):
        read_users(tmp_path / "gone.json")


def test_five_wrong_tries_lock_a_caller_out_and_nobody_else():
    lockout = Lockout()
    for second in range(5):
        assert lockout.wait("10.0.0.9", now=second) == 0
        lockout.fail("10.0.0.9", now=second)
    assert lockout.wait("10.0.0.9", now=5) == 59
    assert lockout.wait("10.0.0.8", now=5) == 0
    assert lockout.wait("10.0.0.9", now=64) == 0


def test_a_right_try_forgets_the_wrong_ones():
    lockout = Lockout(tries=2)
    lockout.fail("caller", now=0)
    lockout.succeed("caller")
    lockout.fail("caller", now=1)
    assert lockout.wait("caller", now=2) == 0


def test_guessing_from_many_addresses_does_not_fill_the_memory():
    lockout = Lockout(most_callers=10)
    for caller in range(1000):
        lockout.fail(str(caller), now=caller)
    assert len(lockout._failures) <= 10


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.VIEWER, set()),
        (Role.DESK, set(ActionKind) - {ActionKind.WAIVE, ActionKind.CLOSE, ActionKind.LIFT}),
        (Role.RISK, set(ActionKind)),
    ],
)
def test_a_role_may_what_its_line_says(role: Role, kinds: set[ActionKind]):
    assert {kind for kind in ActionKind if Person("x", role).may(kind)} == kinds


def test_a_users_file_is_json_of_names(tmp_path: Path):
    users = json.loads(write_users(tmp_path / "users.json").read_text())
    assert sorted(users) == ["dora", "rita", "vera"]
