from __future__ import annotations

import re

import pytest
from jinja2 import UndefinedError

from dashboards.markup import LONGEST, TEMPLATES, harmless, render
from dashboards.theme import HERE


def test_foreign_text_is_escaped_in_text_and_attributes():
    html = render("failed.html", tile="<b>\"'&", kind="x")
    assert "<b>" not in html
    assert "&lt;b&gt;&#34;&#39;&amp;" in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x00b\x1b[31m", "a b [31m"), ("abc\u202etxt.exe", "abc txt.exe"), ("HE02*", "HE02*")],
)
def test_control_and_direction_characters_do_not_reach_a_screen(text: str, shown: str):
    assert harmless(text) == shown


def test_a_text_without_end_is_cut():
    assert len(str(harmless("x" * 100_000))) == LONGEST


def test_a_template_with_a_misspelt_value_fails_instead_of_showing_nothing():
    with pytest.raises(UndefinedError):
        render("failed.html", tile="x")


def test_no_template_switches_escaping_off():
    paths = [*HERE.glob("tiles/*.html"), *HERE.glob("templates/*.html")]
    assert len(paths) > 12
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape", text), path


def test_every_template_can_be_parsed():
    for path in HERE.glob("tiles/*.html"):
        TEMPLATES.get_template(path.name)
