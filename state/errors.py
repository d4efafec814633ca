"""The errors Tieline raises.

::

    TielineError
    ├── ConfigError        a setting, policy or day is wrong; nothing has started
    │   └── UsageError     an option, argument or setting has a value that cannot be
    ├── ParseError         an outside payload cannot become messages
    │   └── NoDataYet      the source said, correctly, that there is nothing yet
    ├── WireError          bytes in the log or a snapshot cannot be read
    ├── StateError         an invariant of the core does not hold
    └── LogError           the log refused, lost its head or lost its tail
"""

from __future__ import annotations


class TielineError(Exception):
    """Is the root of all errors raised on purpose."""


class ConfigError(TielineError):
    """Says that a setting, a policy or a day folder is wrong, and how to mend it."""


class UsageError(ConfigError):
    """Says that an option, an argument or a setting has a value that cannot be, and what can."""


class ParseError(TielineError):
    """Says what in an outside payload is wrong, where, and the remedy.

    Args:
        what: what is wrong, naming the field and the value.
        where: the payload, file, member or row it was found in.
        remedy: what a person can do about it.
        field: of a record, that is wrong; empty where it is no field, or no record at all.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "", field: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.field = field

    def __str__(self) -> str:
        place = f" in {self.where}" if self.where else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.what}{place}{remedy}"


class NoDataYet(ParseError):
    """Says that the source answered correctly that it has no data for the request."""


class WireError(TielineError):
    """Says that stored bytes are not of a form this release can read."""


class StateError(TielineError):
    """Says that an invariant of the core does not hold; the process must not go on."""


class LogError(TielineError):
    """Says that the log refused an operation or has lost entries a reader still needs."""
