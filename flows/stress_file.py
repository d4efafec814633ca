"""The file of stress scenarios that a run starts with."""

from __future__ import annotations

from pathlib import Path

from flows.days import SHIPPED
from state.errors import ConfigError, UsageError
from state.messages import StressScenarios
from state.policy.stress import load_stress

DEFAULT_FILE = SHIPPED.parent / "policies" / "stress-scenarios.yaml"
"""The scenarios that come with the product."""


def read_scenarios(path: Path) -> StressScenarios:
    """Read a file of scenarios as the message that puts them in force.

    Raises:
        ConfigError: it cannot be read, or says something it may not.
    """
    try:
        source = path.read_text(encoding="utf-8")
        file = load_stress(source)
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a file of the form of docs/stress.md"
        reason = f"cannot read the scenarios {path}: {error}; {remedy}"
        raise UsageError(reason) from error
    except ConfigError as error:
        reason = f"{path}: {error}"
        raise ConfigError(reason) from None
    return StressScenarios(scenarios=file.name, version=file.version, source=source)
