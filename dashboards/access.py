"""Who may look and who may act: people, roles, passwords, one-time links and lock-out.

Passwords are kept as scrypt hashes in a JSON file of one object a person (``tieline user``)::

    {"alice": {"role": "risk", "password": "scrypt$16384$8$1$<salt>$<hash>"}}
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from dashboards.access_file import read_entries
from state.errors import ConfigError
from state.messages import ActionKind

_SCRYPT = (2**14, 8, 1)
_SCRYPT_MEMORY = 64 * 1024 * 1024
_KEPT = re.compile(
    r"scrypt\$([1-9]\d{0,8})\$([1-9]\d?)\$([1-9]\d?)\$((?:[\da-f]{2})+)\$([\da-f]{64})", re.ASCII
)


class Role(StrEnum):
    """What a person may do."""

    VIEWER = "viewer"
    DESK = "desk"
    RISK = "risk"


MAY: dict[Role, frozenset[ActionKind]] = {
    Role.VIEWER: frozenset(),
    Role.DESK: frozenset(
        {
            ActionKind.ACKNOWLEDGE,
            ActionKind.ASSIGN,
            ActionKind.COMMENT,
            ActionKind.RESOLVE,
            ActionKind.DONE,
        }
    ),
    Role.RISK: frozenset(ActionKind),
}
"""The actions of each role; only the middle office waives a breach or closes a case."""


FRONT_OFFICE = "Front Office"
"""The body of the written policy whose duties the desk does."""


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    name: str
    role: Role

    def may(self, kind: ActionKind) -> bool:
        """Say whether this person may act so."""
        return kind in MAY[self.role]

    def answers_for(self, body: str) -> bool:
        """Say whether this person may record a duty of a body as done; risk may for everybody.

        >>> Person("dora", Role.DESK).answers_for("Middle Office")
        False
        """
        return self.may(ActionKind.DONE) and (self.role is Role.RISK or body == FRONT_OFFICE)


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    role: Role
    password: str


_Entries = Annotated[dict[str, _Entry], msgspec.Meta(min_length=1)]


def hash_password(password: str) -> str:
    """Return the form in which a password is kept.

    >>> password_matches(hash_password("correct horse"), "correct horse")
    True
    """
    cost, block, parallel = _SCRYPT
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, cost, block, parallel)
    return f"scrypt${cost}${block}${parallel}${salt.hex()}${digest.hex()}"


def password_matches(kept: str, password: str) -> bool:
    """Compare a password with its kept form, in time that does not depend on either.

    Raises:
        ValueError: the kept form is malformed.
    """
    found = _KEPT.fullmatch(kept)
    if found is None:
        reason = "a password is not kept as scrypt$cost$block$parallel$salt$hash"
        raise ValueError(reason)
    cost, block, parallel, salt, digest = found.groups()
    made = _scrypt(password, bytes.fromhex(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(made, bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=_SCRYPT_MEMORY, dklen=32
    )


_NOBODY = hash_password(secrets.token_hex(16))
"""Compared when the name is unknown, so that an answer takes as long as for a known one."""


def read_users(path: Path) -> dict[str, _Entry]:
    """Read the users file.

    Raises:
        ConfigError: the file is missing, malformed, names nobody or somebody twice, or a password
            is no scrypt hash.
    """
    try:
        users: dict[str, _Entry] = read_entries(path, of=_Entries)
        for entry in users.values():
            password_matches(entry.password, "")
    except (OSError, ValueError) as error:
        reason = (
            f"the users file {path} cannot be used: {error}; it holds one object a person, "
            '{"name": {"role": "viewer, desk or risk", "password": "scrypt$…"}}; '
            "`tieline user NAME --role ROLE` makes an entry"
        )
        raise ConfigError(reason) from error
    return users


@dataclass
class Lockout:
    """Counts wrong tries by caller and says how long the next one has to wait.

    >>> lockout = Lockout(tries=2, seconds=60.0)
    >>> lockout.fail("caller", now=0); lockout.fail("caller", now=1)
    >>> lockout.wait("caller", now=11), lockout.wait("caller", now=61)
    (50.0, 0.0)
    """

    tries: int = 5
    seconds: float = 60.0
    most_callers: int = 10_000
    _failures: dict[str, tuple[int, float]] = field(default_factory=dict)

    def wait(self, caller: str, *, now: float) -> float:
        """Return for how many more seconds a caller is refused without a look."""
        count, last = self._failures.get(caller, (0, 0.0))
        return max(0.0, last + self.seconds - now) if count >= self.tries else 0.0

    def fail(self, caller: str, *, now: float) -> None:
        """Count a try as wrong until it proves right; a lock that has run out starts anew."""
        count, last = self._failures.get(caller, (0, now))
        if now - last >= self.seconds:
            count = 0
        if len(self._failures) >= self.most_callers:
            self._failures.pop(next(iter(self._failures)))
        self._failures[caller] = (count + 1, now)

    def succeed(self, caller: str) -> None:
        """Forget a caller's tries: one was right."""
        self._failures.pop(caller, None)


class Access:
    """Decides who somebody is.

    Args:
        users_file: people with passwords; None when there are only links.
        links: one-time tokens by role; the person that uses one is called like the role.
    """

    def __init__(
        self, *, users_file: Path | None = None, links: Mapping[Role, str] | None = None
    ) -> None:
        self._users = read_users(users_file) if users_file else {}
        self._links = dict(links or {})
        self._people = {name: Person(name, entry.role) for name, entry in self._users.items()}
        for role in self._links:
            self._people.setdefault(role.value, Person(role.value, role))

    @property
    def has_passwords(self) -> bool:
        """Whether anybody can sign in by password."""
        return bool(self._users)

    def person(self, name: str) -> Person | None:
        """Return a person by name, None when there is (no longer) such a one."""
        return self._people.get(name)

    def badge(self, person: Person) -> str:
        """Return what a person's cookie says: the name, and which password it was given for."""
        entry = self._users.get(person.name)
        kept = hashlib.sha256(entry.password.encode()).hexdigest() if entry else ""
        return f"{kept}:{person.name}"

    def bearer(self, badge: str) -> Person | None:
        """Return a badge's person, None when there is (no longer) such a one or password."""
        person = self.person(badge.partition(":")[2])
        return person if person and self.badge(person) == badge else None

    def by_password(self, name: str, password: str) -> Person | None:
        """Return the person whose password this is; takes as long for a wrong one."""
        entry = self._users.get(name)
        right = password_matches(entry.password if entry else _NOBODY, password)
        return self._people[name] if entry and right else None

    def by_link(self, token: str) -> Person | None:
        """Use a one-time token up and return its person."""
        for role, known in list(self._links.items()):
            if hmac.compare_digest(known.encode(), token.encode()):
                del self._links[role]
                return self._people[role.value]
        return None


def new_links() -> dict[Role, str]:
    """Make one-time tokens for the roles that act."""
    return {role: secrets.token_urlsafe(24) for role in (Role.DESK, Role.RISK)}
