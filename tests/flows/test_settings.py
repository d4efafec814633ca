"""Settings: where each comes from, and what a person is told about a wrong one."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from connectors.sinks import read_options
from flows.commands.simulate import simulate
from flows.settings import DEFAULT_DAY, PROCESSES, Settings, load_settings
from state.errors import ConfigError

SECRET = "s3cret-that-nobody-may-see"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine the test runs on are none of its business."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TIELINE_{name.upper()}", raising=False)
    monkeypatch.delenv("TIELINE_CONFIG", raising=False)


def write(folder: Path, text: str) -> Path:
    path = folder / "tieline.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(**arguments: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(**arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_anything_the_shipped_evening_plays_on_loopback_with_an_embedded_store():
    settings = load_settings()

    assert settings.day == DEFAULT_DAY
    assert settings.embedded
    assert settings.host == settings.metrics_host == "127.0.0.1"


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write(tmp_path, "speed: 1\nworkers: 2\ncompany: from-file\n")
    monkeypatch.setenv("TIELINE_SPEED", "2")
    monkeypatch.setenv("TIELINE_WORKERS", "3")

    settings = load_settings(path, speed=4.0, workers=None)

    assert (settings.speed, settings.workers, settings.company) == (4.0, 3, "from-file")


def test_the_file_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TIELINE_CONFIG", str(write(tmp_path, "dashboard_port: 9999\n")))

    assert load_settings().dashboard_port == 9999


def test_an_unknown_key_is_refused_with_the_nearest_name(tmp_path: Path):
    assert "'sped' is no setting; did you mean 'speed'?" in refusal(
        config=write(tmp_path, "sped: 60\n")
    )


def test_a_misspelt_variable_is_refused_and_a_stranger_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TIELINE_REALDATA", "/somewhere")
    load_settings()
    monkeypatch.setenv("TIELINE_DASHBORD_PORT", "1")

    assert "did you mean TIELINE_DASHBOARD_PORT?" in refusal()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speed: 1\nspeed: 2\n", "'speed' is written twice (line 2)"),
        ("? [speed]\n: 1\n", "line 1: a key is a sequence; name each setting by a word"),
        ("{speed: " * 60 + "1" + "}" * 60, "line 1: it is nested too deep"),
        ("- speed\n", "must hold 'setting: value' lines, holds a list"),
        ("speed: [1\n", "not YAML"),
        ("speed: -1\n", "setting speed: Input should be greater than or equal to 0, was -1"),
        ("speed: .nan\n", "line 1: speed is .nan, which YAML reads as float"),
        (
            "speed: 2\nstart_at: 16:30\n",
            "line 2: start_at is 16:30, which YAML reads as int",
        ),
        ("run: 2026-09-08\n", "line 1: run is 2026-09-08, which YAML reads as timestamp; quote it"),
        ("company: on\n", "line 1: company is on, which YAML reads as bool; quote it"),
        ("dashboard_port: 010\n", "line 1: dashboard_port is 010, which YAML reads as int"),
        ("start_at: 750\n", "setting start_at: Input should be a valid string, was 750"),
        ("start_at: '25:00'\n", "setting start_at: must be a time of the day as HH:MM"),
        ("dashboard_port: 70000\n", "setting dashboard_port"),
        ("live: ','\n", "setting live: names no market"),
        ("host: ''\n", "setting host: String should have at least 1 character, was ''"),
        ("host: '::1'\n", "setting host: must be an address of IPv4 or a name, was '::1'"),
        ("host: '127.0.0.1:80'\n", "setting host: must be an address of IPv4 or a name"),
        ("metrics_host: ''\n", "setting metrics_host: String should have at least 1 character"),
        ("gateway_host: ''\n", "setting gateway_host: String should have at least 1 character"),
        ("sinks: console\n", "setting sinks"),
        ("sinks: [console]\n", "sinks: each is a section like {kind: console}"),
        ("sinks: [{kind: telegraph}]\n", "sink kind 'telegraph' is unknown"),
        ("sinks: [{kind: console}, {kind: console}]\n", "two sinks are named 'console'"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_what_is_wrong(tmp_path: Path, text: str, said: str):
    assert said in refusal(config=write(tmp_path, text))


def test_a_value_of_the_file_is_blamed_on_the_file(tmp_path: Path):
    path = write(tmp_path, "speed: -1\n")

    assert refusal(config=path).endswith(f"was -1; correct speed in {path}")


def test_a_value_of_the_environment_is_blamed_on_its_variable_whatever_the_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TIELINE_SPEED", "-2")

    said = refusal(config=write(tmp_path, "speed: 3\n"))

    assert said.endswith("was '-2'; correct TIELINE_SPEED")


def test_a_secret_that_yaml_misreads_is_not_shown(tmp_path: Path):
    said = refusal(config=write(tmp_path, "sinks: [{kind: webhook, secret: 12:34:56}]\n"))

    assert "secret is something which YAML reads as int" in said
    assert "12:34" not in said


def test_a_quoted_time_and_a_setting_left_empty_are_read(tmp_path: Path):
    settings = load_settings(write(tmp_path, "start_at: '16:30'\nusers_file:\n"))

    assert (settings.start_at, settings.users_file) == ("16:30", None)


def test_a_wrong_option_is_not_blamed_on_the_environment():
    assert refusal(speed=-1.0).endswith("correct what the command line says")


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    assert str(tmp_path / "no.yaml") in refusal(config=tmp_path / "no.yaml")


def test_no_secret_is_ever_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    settings = load_settings(
        store_url=f"redis://:{SECRET}@store:6379/0",
        sinks=[{"kind": "webhook", "url": f"https://host/{SECRET}", "secret": SECRET}],
    )

    print(settings, repr(settings), settings.store_address(), settings.model_dump())  # noqa: T201
    bad = f"sinks: [{{kind: webhook, url: 'https://host/{SECRET}', secret: {SECRET}, colour: 1}}]"

    assert SECRET not in capsys.readouterr().out
    assert SECRET not in refusal(config=write(tmp_path, bad))
    assert settings.store_address() == "redis://store:6379/0"


def test_a_child_process_gets_the_very_same_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    secret_file = tmp_path / "secret"
    secret_file.write_text(SECRET, encoding="utf-8")
    sinks = [
        {"kind": "console"},
        {"kind": "webhook", "url": "https://h/p", "secret_file": str(secret_file)},
        {"kind": "apprise", "url": f"json://user:{SECRET}@host", "minimum_severity": "breach"},
    ]
    settings = load_settings(
        store_url=f"redis://:{SECRET}@h/0", sinks=sinks, speed=7.5, data_dir=tmp_path, run="r"
    )
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    assert load_settings().model_dump() == settings.model_dump()
    assert json.loads(settings.environment()["TIELINE_SINKS"])[2]["url"].startswith("json://user")


def test_a_password_file_is_read_without_its_line_end_and_must_not_be_empty(tmp_path: Path):
    path = tmp_path / "password"
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    assert load_settings(store_password_file=path).store_password() == SECRET

    path.write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"store_password_file.*is empty"):
        load_settings(store_password_file=path).store_password()


def test_each_process_has_a_port_of_its_own():
    settings = load_settings(metrics_port=7000)

    ports = [settings.process_port(name) for name in PROCESSES]
    assert ports == [7000, 7001, 7002, 7003, 7004, 7005]


def test_the_gateway_listens_on_loopback_without_tls_unless_told_otherwise(tmp_path: Path):
    assert load_settings().gateway_address == "ws://127.0.0.1:8790"
    secured = load_settings(gateway_certificate=tmp_path, gateway_host="gate.example.net")
    assert secured.gateway_address == "wss://gate.example.net:8790"


def test_lists_of_settings_reach_a_child_process_as_they_are(monkeypatch: pytest.MonkeyPatch):
    given = load_settings(gateway_origins=["https://desk.example.net"], sinks=[{"kind": "console"}])
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)

    assert load_settings().model_dump() == given.model_dump()


def test_sinks_are_read_by_their_own_options():
    assert load_settings(sinks=[{"kind": "console"}]).sinks == (read_options({"kind": "console"}),)


def test_a_simulated_market_takes_none_of_the_ports_of_a_house() -> None:
    settings = Settings()
    house = {settings.dashboard_port, settings.gateway_port}
    house |= {settings.process_port(name) for name in PROCESSES}
    assert inspect.signature(simulate).parameters["port"].default not in house
