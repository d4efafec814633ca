"""Examines a machine, its settings and its store: one finding a subject, each with a remedy."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import redis

from connectors.gateway.address import tls_context
from connectors.log.days import Day
from dashboards.access import read_users
from flows.days import SHIPPED, find_day, shipped_days
from flows.ports import port_faults
from flows.processes import gateway_address
from flows.settings import Settings
from flows.store_reach import connect_once
from flows.stress_file import DEFAULT_FILE, read_scenarios
from flows.tokens import read_callers
from state.errors import TielineError
from state.policy.documents import read
from state.policy.lint import lint
from state.policy.risk_policy import RiskPolicy, parts
from state.policy.schema import LimitPolicy
from state.policy.stress import StressFile, load_stress

LEAST_FREE_BYTES = 1_000_000_000
MOST_MEMORY_SHARE = 0.7
MOST_CLOCK_SKEW_SECONDS = 1.0
OLDEST_STORE = (6, 2)
LOOPBACK = ("127.0.0.1", "::1", "localhost")

State = Literal["ok", "warn", "fail"]


class Finding(NamedTuple):
    """What was found about one subject.

    Attributes:
        remedy: what to do; empty where nothing is to be done.
    """

    subject: str
    state: State
    says: str
    remedy: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> list[Finding]:
    """Run every check; one that fails itself is a finding and hides no other."""
    return [finding for check in CHECKS for finding in _run(check, settings)]


def _run(check: Check, settings: Settings) -> list[Finding]:
    subject = check.__name__.removeprefix("_check_")
    try:
        return list(check(settings))
    except (TielineError, redis.RedisError) as error:
        return [Finding(subject, "fail", str(error))]
    except OSError as error:
        remedy = "let Tieline reach it, or name another path"
        says = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return [Finding(subject, "fail", says, remedy)]


def _check_python(settings: Settings) -> Iterator[Finding]:
    del settings
    version = ".".join(str(part) for part in sys.version_info[:3])
    known = (3, 11) <= sys.version_info[:2] < (3, 13)
    remedy = "" if known else "use Python 3.11 or 3.12; bytewax has no wheel for others"
    yield Finding("python", "ok" if known else "fail", version, remedy)


def _check_data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.exists():
        yield Finding("data", "ok", f"{folder} will be made at the first start")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.W_OK):
        remedy = "make it writable, or set TIELINE_DATA_DIR to another folder"
        yield Finding("data", "fail", f"{folder} cannot be written", remedy)
    elif mode & 0o077:
        remedy = f"chmod 700 {folder}: snapshots and the store hold positions"
        yield Finding("data", "warn", f"others may enter {folder} (mode {mode:o})", remedy)
    else:
        yield Finding("data", "ok", f"{folder} is private")


def _check_disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    enough = free >= LEAST_FREE_BYTES
    remedy = "" if enough else "free some: a full disk stops the log, and with it everything"
    yield Finding("disk", "ok" if enough else "warn", f"{free / 1e9:.1f} GB free", remedy)


def _check_ports(settings: Settings) -> Iterator[Finding]:
    faults = port_faults(settings)
    for fault in faults:
        yield Finding("ports", "warn", fault, "none of this matters to a Tieline that runs now")
    if not faults:
        own = f"{settings.dashboard_port}, {settings.gateway_port}"
        yield Finding("ports", "ok", f"{own} and the metrics ports are free")


def _check_store(settings: Settings) -> Iterator[Finding]:
    if settings.embedded and not settings.run:
        yield Finding("store", "ok", "embedded; `tieline up` starts and checks it")
        return
    address = settings.store_address() or "the embedded store"
    with connect_once(settings) as client:
        try:
            client.ping()
        except (redis.RedisError, OSError) as error:
            remedy = "start it, or correct TIELINE_STORE_URL and its password file"
            says = f"{address} does not answer: {type(error).__name__}"
            yield Finding("store", "fail", says, remedy)
            return
        yield from _examine_store(client, address)


def _examine_store(client: redis.Redis, address: str) -> Iterator[Finding]:
    facts = client.info()
    yield _version(facts, address)
    yield _eviction(facts)
    yield _memory(facts)
    yield from _durability(client, facts)
    yield _skew(client)


def _version(facts: dict[str, Any], address: str) -> Finding:
    product = "Valkey" if "valkey_version" in facts else "Redis"
    version = str(facts.get("valkey_version") or facts.get("redis_version"))
    numbers = tuple(int(part) for part in version.split(".")[:2])
    old = numbers < OLDEST_STORE
    remedy = "upgrade it to 6.2 or later" if old else ""
    return Finding("store", "fail" if old else "ok", f"{product} {version} at {address}", remedy)


def _eviction(facts: dict[str, Any]) -> Finding:
    policy = str(facts.get("maxmemory_policy", "unknown"))
    if policy == "noeviction":
        return Finding("eviction", "ok", "noeviction")
    remedy = "set maxmemory-policy noeviction; any other one throws the log away"
    return Finding("eviction", "fail", f"maxmemory-policy {policy}", remedy)


def _memory(facts: dict[str, Any]) -> Finding:
    used, most = int(facts.get("used_memory", 0)), int(facts.get("maxmemory", 0))
    says = f"{used / 1e6:.0f} MB used"
    if most and used > MOST_MEMORY_SHARE * most:
        remedy = (
            "raise maxmemory, or run `tieline log trim POSITION` (docs/log.md): a trimmed live "
            "run can no longer be archived; when it is full, writes fail"
        )
        return Finding("memory", "warn", f"{says} of {most / 1e6:.0f} MB", remedy)
    return Finding("memory", "ok", says)


def _durability(client: redis.Redis, facts: dict[str, Any]) -> Iterator[Finding]:
    if not int(facts.get("aof_enabled", 0)):
        remedy = "set appendonly yes and appendfsync always"
        yield Finding("durability", "fail", "no append-only file: a crash loses the log", remedy)
        return
    try:
        found = cast("dict[str, str]", client.config_get("appendfsync"))
    except redis.ResponseError:
        yield Finding("durability", "warn", "appendfsync cannot be read", "ask its administrator")
        return
    sync = found.get("appendfsync", "unknown")
    if sync == "always":
        yield Finding("durability", "ok", "append-only file, synced at every write")
    else:
        remedy = "set appendfsync always, or accept to lose the last second when power fails"
        yield Finding("durability", "warn", f"appendfsync {sync}", remedy)


def _skew(client: redis.Redis) -> Finding:
    seconds, micros = client.time()
    skew = abs(time.time() - seconds - micros / 1e6)
    says = f"{skew * 1000:.0f} ms between this machine and the store"
    if skew <= MOST_CLOCK_SKEW_SECONDS:
        return Finding("clock", "ok", says)
    return Finding("clock", "fail", says, "synchronise both machines (NTP)")


def _check_days(settings: Settings) -> Iterator[Finding]:
    named = {find_day(settings.day)}
    for folder in sorted(named | {SHIPPED / name for name in shipped_days()}):
        try:
            day = Day.open(folder)
        except TielineError as error:
            yield Finding("day", "fail", str(error))
        else:
            yield Finding("day", "ok", f"{day.manifest.name}: {len(day):,} items")


def _check_policies(settings: Settings) -> Iterator[Finding]:
    del settings
    folder = Path(__file__).resolve().parents[1] / "policies"
    for path in sorted(folder.glob("*.yaml")):
        policy = read(path.read_text(encoding="utf-8"))
        if not isinstance(policy, StressFile):  # scenarios are checked as a run would read them
            yield Finding("policy", "ok", f"{policy.label}: {_size(policy)}")


def _size(policy: LimitPolicy | RiskPolicy) -> str:
    if isinstance(policy, LimitPolicy):
        return f"{len(policy.limits)} limits"
    return f"{len(list(parts(policy)))} parts, {len(lint(policy))} to settle"


def _check_scenarios(settings: Settings) -> Iterator[Finding]:
    file = load_stress(read_scenarios(settings.stress_file or DEFAULT_FILE).source)
    yield Finding("stress", "ok", f"{file.label}: {len(file.scenarios)} scenarios")


def _check_sinks(settings: Settings) -> Iterator[Finding]:
    for options in settings.sinks:
        options.open()
        yield Finding("sink", "ok", f"{options.name} ({options.kind})")
    if not settings.sinks:
        yield Finding("sink", "ok", "the terminal only; name others under `sinks`")


def _check_users(settings: Settings) -> Iterator[Finding]:
    if settings.users_file is not None:
        people = read_users(settings.users_file)
        mode = stat.S_IMODE(settings.users_file.stat().st_mode)
        if mode & 0o077:
            remedy = f"chmod 600 {settings.users_file}: it holds the hashes of passwords"
            says = f"others may open {settings.users_file} (mode {mode:o})"
            yield Finding("users", "warn", says, remedy)
        else:
            yield Finding("users", "ok", f"{len(people)} may sign in")
    else:
        yield Finding("users", "ok", "one-time links for desk and risk are made for each run")


def _check_gateway(settings: Settings) -> Iterator[Finding]:
    if settings.gateway_tokens_file is not None:
        callers = read_callers(settings.gateway_tokens_file)
        yield Finding("gateway", "ok", f"{len(callers)} may connect")
    else:
        yield Finding("gateway", "ok", "a token a role is made for each run")
    secured = tls_context(gateway_address(settings)) is not None
    if not secured and settings.gateway_host not in LOOPBACK:
        remedy = "name gateway_certificate and gateway_key, or listen on 127.0.0.1"
        says = f"{settings.gateway_address} is open to other machines, unencrypted"
        yield Finding("gateway", "warn", says, remedy)


CHECKS: tuple[Check, ...] = (
    _check_python,
    _check_data,
    _check_disk,
    _check_ports,
    _check_store,
    _check_days,
    _check_policies,
    _check_scenarios,
    _check_sinks,
    _check_users,
    _check_gateway,
)
"""What is examined, in the order in which it is told."""
