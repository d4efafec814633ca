"""Read whatever a file of policies holds: limits, a written policy, or stress scenarios."""

from __future__ import annotations

from functools import lru_cache
from inspect import cleandoc
from typing import Any

import msgspec

from state.policy.load import limits_in
from state.policy.load_risk import risk_policy_in
from state.policy.risk_policy import RiskPolicy
from state.policy.schema import LimitPolicy
from state.policy.stress import StressFile, stress_in
from state.policy.yaml_text import parse

AnyPolicy = LimitPolicy | RiskPolicy | StressFile

FORMS: dict[str, type[Any]] = {
    "risk-policy": RiskPolicy,
    "limits": LimitPolicy,
    "stress": StressFile,
}
"""What a file may hold, by the name people ask for its schema with."""


@lru_cache(maxsize=8)
def read(text: str) -> AnyPolicy:
    """Read a file: ``kind: risk_policy`` is a written policy, ``scenarios`` are stress scenarios.

    A text is read once: a check of it, a start and an opening ask for the same few.

    Raises:
        ConfigError: names the line, the field, its value and the remedy.
    """
    document = parse(text)
    fields = document.values if isinstance(document.values, dict) else {}
    if "kind" in fields:
        return risk_policy_in(document)
    return stress_in(document) if "scenarios" in fields else limits_in(document)


def json_schema(form: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a form in :data:`FORMS`."""
    schema = msgspec.json.schema(FORMS[form])
    for part in schema["$defs"].values():
        if "description" in part:
            part["description"] = cleandoc(part["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
