"""Options by kind: what a configured sink or trade feed says of itself, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from state.errors import ConfigError

Options = TypeVar("Options", bound=BaseModel)


def read_kind(
    kinds: Mapping[str, str],
    settings: Mapping[str, object],
    options: type[Options],
    *,
    called: str,
    see: str = "",
) -> Options:
    """Read the settings of one; without a name it is called after its kind.

    Args:
        kinds: ``module:class`` of each kind's options, imported when one is configured.
        settings: its kind, its name and what else its options hold.
        options: what the options of every kind are.
        called: how errors call it.
        see: where the options are written down.

    Raises:
        ConfigError: the kind is unknown or an option is wrong; no value is shown, because it may
            be a secret.
    """
    kind = settings.get("kind")
    if kind not in kinds:
        reason = f"{called} kind {kind!r} is unknown; choose one of {', '.join(kinds)}"
        raise ConfigError(reason)
    module, name = kinds[str(kind)].split(":")
    read: type[Options] = getattr(import_module(module), name)
    if not issubclass(read, options):
        reason = f"{name} of {module} holds no options of a {called}"
        raise TypeError(reason)
    try:
        return read.model_validate({"name": kind, **settings})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        option = ".".join(str(part) for part in first["loc"])
        place = f"{called} {settings.get('name', kind)!r}{option and f': {option}'}"
        says = first["msg"].removeprefix("Value error, ")
        reason = f"{place}: {says}{see and f'; see {see}'}"
        raise ConfigError(reason) from None
