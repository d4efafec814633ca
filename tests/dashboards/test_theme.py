"""Whether words can be read on whatever they stand, in both themes, and reached by key."""

from __future__ import annotations

import re

import pytest

from dashboards.theme import HERE
from tests.dashboards.contrast import READABLE, contrast, rgb

WORDS = ("ink", "muted", "long", "short", "bad", "warn", "ok")
GROUNDS = ("panel", "bg", "select")
FILLED = (
    ("badink", "badfill"),
    ("warnink", "warnfill"),
    ("okink", "okfill"),
    ("unink", "unfill"),
    ("unink", "hatch"),
    ("muted", "track"),
)
DARK, LIGHT = (
    dict(re.findall(r"--(\w+):\s*(#\w{6})", block))
    for block in re.findall(r"{([^}]*--bg:[^}]*)}", (HERE / "templates" / "page.css").read_text())
)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_every_word_is_readable_on_whatever_it_stands(theme: dict[str, str]):
    pairs = [*((word, ground) for word in WORDS for ground in GROUNDS), *FILLED]
    found = {pair: round(contrast(rgb(theme[pair[0]]), rgb(theme[pair[1]])), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < READABLE} == {}


def test_every_line_that_can_be_clicked_can_be_reached_by_key():
    texts = [(path.name, path.read_text()) for path in (HERE / "tiles").glob("*.html")]
    lines = [(name, line) for name, text in texts for line in re.findall(r"<(?:tr|li)\b.*", text)]
    clicked = [(name, line.partition("data-do=")[0]) for name, line in lines if "data-do=" in line]
    own = [(name, before) for name, before in clicked if "<td" not in before]
    assert {name for name, before in own if 'tabindex="0"' not in before} == set()
    assert len(own) >= 4
