"""The code of ``docs/days.md``, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parents[2] / "docs" / "days.md"


def code() -> dict[str, Any]:
    """Run the document's Python and return what it defines."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    names: dict[str, Any] = {}
    exec("\n".join(blocks), names)  # noqa: S102 - the document's own code is what is tested
    return names
