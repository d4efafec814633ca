"""A day of one market as if it were another's: its prices and records, by the other's names.

Load, wind and solar are left out: they are what the day's own market is about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from connectors.isos import MARKETS
from state.errors import ConfigError
from state.messages import PricePublication, Run


class Borrowed(NamedTuple):
    """What stands for what.

    Attributes:
        own: the day's market.
        market: the one it is published as.
        names: a location's name there, by its own; one that is left out keeps its own.
        runs: that the market has; what settles at another one does at the last of them.
    """

    own: str
    market: str
    names: Mapping[str, str] = {}
    runs: Collection[str] = tuple(Run)

    def check(self, locations: Collection[str]) -> None:
        """Check that the names fit the locations of the day.

        Raises:
            ConfigError: a name is none of them, or two locations would have the same.
        """
        for name in self.names:
            if name not in locations:
                reason = f"the map names {name!r}, no location of {self.own} in the day"
                raise ConfigError(reason)
        seen: dict[str, str] = {}
        for name in sorted(locations):
            other = seen.setdefault(self.names.get(name, name), name)
            if other != name:
                reason = f"{other} and {name} would both be {self.names.get(name, name)}; map each"
                raise ConfigError(reason)

    def price(self, message: PricePublication) -> PricePublication:
        """Return a price as the market's."""
        locations = tuple(self.names.get(name, name) for name in message.locations)
        return structs.replace(message, market=self.market, locations=locations)

    def record(self, line: bytes) -> bytes | None:
        """Return a record as one of the market; None for what is of a run that it has not.

        A line that is no record stays as it is: whoever reads it says what is wrong with it.
        """
        try:
            content: Any = self._rewritten(msgspec.json.decode(line))
        except msgspec.DecodeError:
            return line
        body = content.get("body", content) if isinstance(content, dict) else None
        if not isinstance(body, dict):
            return line
        if body.get("run") in set(Run) - set(self.runs):
            return None
        if body.get("kind") == "market" and body.get("market") == self.market:
            body["time_zone"] = MARKETS[self.market].time_zone
            body["runs"] = [run for run in body.get("runs", Run) if run in self.runs]
        return msgspec.json.encode(content)

    def records(self, lines: Iterable[bytes]) -> list[bytes]:
        """Return the records that there are."""
        return [found for line in lines if (found := self.record(line)) is not None]

    def _rewritten(self, content: Any) -> Any:
        match content:
            case str():
                return self._words().sub(self._word, content)
            case dict():
                return {key: self._member(key, value) for key, value in content.items()}
            case [str() | list() | dict(), *_]:
                return [self._rewritten(item) for item in content]
        return content

    def _member(self, key: str, value: Any) -> Any:
        is_elsewhere = key == "settles_at" and value in set(Run) - set(self.runs)
        return str(Run.RTD) if is_elsewhere else self._rewritten(value)

    def _words(self) -> re.Pattern[str]:
        # The longest first; a part of a longer name is none: `market-caiso-crr` stays.
        names = sorted({self.own, *self.names}, key=len, reverse=True)
        return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")

    def _word(self, found: re.Match[str]) -> str:
        return self.market if found[0] == self.own else self.names[found[0]]
