"""The doctor: every finding says what is the matter and what to do."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from flows import doctor
from flows.commands import app
from flows.doctor import Finding, examine
from flows.ports import port_faults
from flows.settings import Settings
from tests.dashboards.serving import write_users
from tests.ports import free_port
from tests.small_days import write_day
from tests.stores import EmbeddedStore


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    day = write_day(tmp_path / "small")
    return Settings(data_dir=tmp_path / "data", day=str(day))


def found(settings: Settings, subject: str) -> list[Finding]:
    return [finding for finding in examine(settings) if finding.subject == subject]


@pytest.fixture
def weak_store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """A store that throws away, syncs late, and is nearly full."""
    store = EmbeddedStore(tmp_path / "weak")
    with store.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendfsync", "everysec")
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 100_000)
    yield store
    store.stop()


def test_a_healthy_machine_has_no_finding_but_ok(settings: Settings, own_store: EmbeddedStore):
    healthy = settings.with_changes(store_url=_secret(own_store.url))

    findings = examine(healthy)

    assert [each for each in findings if each.state != "ok" and each.subject != "ports"] == []
    assert {each.subject for each in findings} >= {
        "python", "data", "disk", "ports", "store", "eviction", "memory", "durability",
        "clock", "day", "policy", "sink",
    }  # fmt: skip


def test_every_finding_that_is_not_ok_has_a_remedy(settings: Settings, weak_store: EmbeddedStore):
    findings = examine(settings.with_changes(store_url=_secret(weak_store.url)))

    states = {each.subject: each.state for each in findings}
    assert states["eviction"] == "fail"
    assert states["durability"] == "warn"
    assert states["memory"] == "warn"
    [memory] = [each.remedy for each in findings if each.subject == "memory"]
    assert "`tieline log trim POSITION`" in memory
    assert "no longer be archived" in memory
    assert all(each.remedy for each in findings if each.state != "ok")


def test_a_store_that_is_not_there_is_a_finding_and_hides_no_other(settings: Settings):
    away = settings.with_changes(store_url=_secret("redis://:s3cret@127.0.0.1:1/0"))

    [store] = found(away, "store")

    assert store.state == "fail"
    assert "redis://127.0.0.1:1/0 does not answer" in store.says
    assert "s3cret" not in str(examine(away))
    assert found(away, "day")


def test_a_store_without_an_append_only_file_fails(
    settings: Settings, own_store: EmbeddedStore, client: redis.Redis
):
    del client
    with own_store.client() as store:
        store.config_set("appendonly", "no")

    [durability] = found(settings.with_changes(store_url=_secret(own_store.url)), "durability")

    assert durability.state == "fail"
    assert "appendonly yes" in durability.remedy


def test_an_open_data_folder_is_a_finding(settings: Settings):
    settings.data_dir.mkdir(mode=0o755)

    [data] = found(settings, "data")

    assert (data.state, data.remedy[:9]) == ("warn", "chmod 700")


def test_little_disk_is_a_finding(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)

    [disk] = found(settings, "disk")

    assert disk.state == "warn"


def test_a_port_in_use_names_its_owner(settings: Settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        ports = found(settings.with_changes(dashboard_port=port), "ports")

    assert any(f"process {os.getpid()} (" in each.says for each in ports)


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ("host", "the dashboard"),
        ("gateway_host", "the gateway"),
        ("metrics_host", "metrics and health"),
    ],
)
@pytest.mark.parametrize("address", ["203.0.113.9", "nowhere.invalid"])
def test_an_address_of_another_machine_is_told_as_such_once_with_its_setting(
    settings: Settings, setting: str, what: str, address: str
):
    ports = free_port(row=8)
    free = settings.with_changes(
        dashboard_port=ports, gateway_port=ports + 1, metrics_port=ports + 2, **{setting: address}
    )

    [fault] = port_faults(free)

    assert fault == (
        f"{what} cannot listen at {address}: it is no address of this machine; "
        f"set {setting} to one that is, or to 127.0.0.1"
    )


def test_a_port_is_looked_at_where_it_is_listened_on(settings: Settings):
    """The gateway's port is free at its own address, though taken at the dashboard's."""
    ports = free_port(row=8)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports + 1))
        taken.listen()
        elsewhere = settings.with_changes(
            dashboard_port=ports, gateway_port=ports + 1, metrics_port=ports + 2,
            gateway_host="127.0.0.2",
        )  # fmt: skip

        assert port_faults(elsewhere) == []


def test_a_gateway_open_to_other_machines_without_a_certificate_is_a_finding(settings: Settings):
    assert [each.state for each in found(settings, "gateway")] == ["ok"]
    opened = settings.with_changes(gateway_host="0.0.0.0")  # noqa: S104 - never listened on

    _, finding = found(opened, "gateway")

    assert (finding.state, finding.says) == (
        "warn",
        "ws://0.0.0.0:8790 is open to other machines, unencrypted",
    )
    assert finding.remedy.startswith("name gateway_certificate and gateway_key")


@pytest.mark.parametrize(
    ("setting", "subject"), [("gateway_tokens_file", "gateway"), ("users_file", "users")]
)
def test_a_file_of_people_that_cannot_be_used_is_a_finding(
    settings: Settings, tmp_path: Path, setting: str, subject: str
):
    [finding] = found(settings.with_changes(**{setting: tmp_path / "nowhere.json"}), subject)

    assert finding.state == "fail"
    assert "nowhere.json cannot be used" in finding.says


@pytest.mark.parametrize(
    ("setting", "subject"), [("gateway_tokens_file", "gateway"), ("users_file", "users")]
)
def test_a_file_of_people_that_cannot_be_read_is_told_as_that(
    settings: Settings, tmp_path: Path, setting: str, subject: str
):
    [finding] = found(settings.with_changes(**{setting: tmp_path}), subject)

    assert finding.says == (
        f"cannot read {tmp_path} (Is a directory); name a file that Tieline may read"
    )


def test_a_users_file_that_others_may_open_is_a_finding(settings: Settings, tmp_path: Path):
    file = write_users(tmp_path / "users.json")
    peopled = settings.with_changes(users_file=file)

    file.chmod(0o640)
    [open_to_others] = found(peopled, "users")
    file.chmod(0o600)
    [private] = found(peopled, "users")

    assert (open_to_others.state, open_to_others.remedy[:9]) == ("warn", "chmod 600")
    assert private.state == "ok"


def test_a_path_that_cannot_be_reached_is_a_finding_with_a_remedy(
    settings: Settings, tmp_path: Path
):
    folder = settings.with_changes(data_dir=tmp_path / ("x" * 300))

    for finding in (*found(folder, "data"), *found(folder, "disk")):
        assert finding.state == "fail"
        assert finding.says.endswith("File name too long")
        assert finding.remedy


def test_a_damaged_day_is_named_with_its_file(settings: Settings):
    (Path(settings.day) / "receipts.csv").write_text("wrong\n", encoding="utf-8")

    damaged = [each for each in found(settings, "day") if each.state == "fail"]

    assert len(damaged) == 1
    assert "receipts.csv" in damaged[0].says


def test_clocks_that_differ_are_a_finding(
    settings: Settings, own_store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doctor.time, "time", lambda: 0.0)

    [clock] = found(settings.with_changes(store_url=_secret(own_store.url)), "clock")

    assert clock.state == "fail"


def test_the_command_prints_json_lines_and_2_on_findings(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    settings.data_dir.mkdir(mode=0o755)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    assert app.invoke(["doctor", "--json"]) == 2

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"subject": "data", "state": "warn"}.items() <= next(
        line for line in lines if line["subject"] == "data"
    ).items()


def _secret(url: str) -> object:
    return type(Settings().store_url)(url)
