"""What the gateway sends is what its schema says, whatever a view holds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from connectors.gateway import forms
from connectors.gateway.filtered import is_of, view_of
from connectors.gateway.shapes import shape_of, shaped
from flows.commands import app
from flows.commands.gateway import schema_text
from tests.dashboards import handmade

ROOT = Path(__file__).parents[3]
VIEWS = [
    handmade.clock(),
    handmade.position(),
    handmade.pnl(),
    handmade.risk(),
    handmade.limits(),
]


def decoded(value: msgspec.Struct) -> Any:
    """Return a value as a client that trusts the schema alone decodes it."""
    return msgspec.json.decode(forms.encode(shaped(value)), type=shape_of(type(value)))


def test_the_schema_in_the_documentation_is_the_one_the_command_prints(
    capsys: pytest.CaptureFixture[str],
):
    assert app.invoke(["gateway", "schema"]) == 0
    printed = capsys.readouterr().out

    assert printed == schema_text()
    kept = (ROOT / "docs" / "gateway.schema.json").read_text(encoding="utf-8")
    assert kept == printed, "run `tieline gateway schema > docs/gateway.schema.json`"


def test_the_schema_has_every_message_of_every_endpoint():
    made = forms.schema()
    named = {
        name.removeprefix("#/$defs/")
        for endpoint in made["endpoints"].values()
        for way in endpoint.values()
        for each in way
        for name in ([each["$ref"]] if "$ref" in each else [])
    }

    assert set(made["endpoints"]) == {"/trades", "/check", "/updates"}
    assert {"Acknowledgement", "Refusal", "Answer", "Snapshot", "Change", "Standstill"} <= named
    assert named <= set(made["$defs"])
    assert {"TradeRecord", "ProductTradeRecord", "TradeCheckRecord"} <= set(made["$defs"])


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: type(view).__name__)
def test_a_view_is_what_the_schema_says(view: Any):
    told = decoded(view)

    assert told.__struct_config__.tag == type(view).__struct_config__.tag
    assert len(told.__struct_fields__) == len(view.__struct_fields__)


def test_what_is_not_known_is_null_and_never_zero():
    row = handmade.limit(value=math.nan, headroom=math.nan, utilisation=math.nan, since_ns=0)
    told = decoded(row)

    assert (told.value, told.headroom, told.utilisation, told.since) == (None, None, None, None)
    position = handmade.position()
    hidden = np.array(position.coverage, dtype=float)
    hidden[3] = math.nan
    column = decoded(msgspec.structs.replace(position, coverage=hidden)).coverage
    assert column[3] is None
    assert column[4] == hidden[4]


def test_what_is_over_every_measure_says_so():
    assert decoded(handmade.limit(utilisation=math.inf)).utilisation == "over"
    assert decoded(handmade.limit(utilisation=0.5)).utilisation == 0.5


def test_times_are_written_with_their_offset():
    assert decoded(handmade.limit(since_ns=1_500_000_000)).since == "1970-01-01T00:00:01.5Z"


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: type(view).__name__)
def test_a_view_of_some_books_is_what_the_schema_says_too(view: Any):
    told = decoded(view_of(view, {"no book at all"}))

    assert not [row for row in getattr(told, "rows", []) if row]
    assert view_of(view, frozenset()) is view


def test_a_scope_is_of_a_book_by_a_whole_part_of_its_name():
    assert is_of("caiso/WEST", {"WEST"})
    assert not is_of("caiso/WEST-2", {"WEST"})
    assert not is_of("firm", {"WEST"})
