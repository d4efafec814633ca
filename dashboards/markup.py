"""Text on screens: every value passes through one place that makes it harmless.

Templates escape by themselves; in addition each value loses control characters and is cut at a
length no name or headline needs.
"""

from __future__ import annotations

import re

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboards.theme import HERE

LONGEST = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


def harmless(value: object) -> object:
    r"""Strip control and direction characters from a text and cut it; other values pass.

    >>> harmless("a\x1b[31mb\u202e")
    'a [31mb '
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = _CONTROL.sub(" ", value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


TEMPLATES = Environment(
    loader=FileSystemLoader([HERE / "tiles", HERE / "templates"]),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=harmless,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: object) -> str:
    """Fill a template of ``dashboards/``; all values are escaped."""
    return TEMPLATES.get_template(template).render(**values)
