"""Items of JSON and XML answers as rows."""

from __future__ import annotations

import pytest

from connectors.isos import items as module
from connectors.isos.items import Items, json_items, json_object, member_of, xml_items
from connectors.isos.tables import optional, required
from state.errors import NoDataYet, ParseError

LIST = '[{"a": 1, "b": {"c": "x", "@d": null}}, {"a": -2.50, "z": true}]'


def rows(items: Items, *names: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    items.read_columns([optional(name) for name in names], lambda *cells: found.append(cells))
    return found


def items_of(text: str) -> list[tuple[str, ...]]:
    members = json_object(text, where="answer")
    return rows(json_items(member_of(members, "items", where="answer"), where="answer"), "a")


def test_items_are_flattened_to_texts_and_missing_members_are_empty():
    assert rows(json_items(LIST, where=""), "a", "b.c", "z") == [
        ("1", "x", ""),
        ("-2.50", "", "true"),
    ]


def test_numbers_keep_every_digit_they_came_with():
    assert rows(json_items('[{"a": 1.10}]', where=""), "a") == [("1.10",)]


def test_xml_elements_have_the_names_that_json_members_have():
    xml = '<L><I><b d="4">x</b><a>1</a><n><m>2</m></n></I><I/></L>'
    found = rows(xml_items(xml, "I", where=""), "a", "b.$", "b.@d", "n.m")
    assert found == [("1", "x", "4", "2"), ("", "", "", "")]


def test_a_namespace_prefix_is_no_part_of_a_name():
    assert rows(
        xml_items('<m:L xmlns:m="u"><m:I><m:a>1</m:a></m:I></m:L>', "I", where=""), "a"
    ) == [("1",)]


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": NaN}]',
        '[{"a": Infinity}]',
        '[{"a": 1, "a": 2}]',
        '[{"a": 1}',
        '[{"a": 1}, {"a"',
        '[{"a": 1} x]',
        "[" * 100_000,
    ],
)
def test_json_that_is_not_strict_or_not_whole_is_refused(text: str):
    with pytest.raises(ParseError, match="answer"):
        items_of(f'{{"items": {text}}}')


def test_an_item_that_is_no_object_is_rejected_alone():
    found: list[str] = []
    rejected = json_items('[1, {"a": 2}]', where="").read_columns([required("a")], found.append)
    assert (found, len(rejected)) == (["2"], 1)


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<L><I><a>1</a></I>", "cannot be read"),
        ("<L><I><a>1</a><a>2</a></I></L>", "a twice"),
        ('<!DOCTYPE L [<!ENTITY e "1">]><L><I><a>&e;</a></I></L>', "DTD"),
        ("<!DOCTYPE L SYSTEM 'file:///etc/passwd'><L><I/></L>", "DTD"),
        (f"<L><I>{'<a>' * 50}</I></L>", "nested too deep"),
        ("<L><I><a>&undefined;</a></I></L>", "cannot be read"),
    ],
)
def test_xml_that_is_not_whole_or_not_safe_is_refused_as_a_whole(xml: str, reason: str):
    with pytest.raises(ParseError, match=reason) as refused:
        rows(xml_items(xml, "I", where="answer"), "a")
    assert "answer" in str(refused.value)


def test_a_list_without_items_is_no_data_yet():
    with pytest.raises(NoDataYet):
        rows(json_items("[]", where=""), "a")
    with pytest.raises(NoDataYet):
        rows(xml_items("<L/>", "I", where=""), "a")


def test_more_items_than_an_answer_has_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_ROWS", 1)
    with pytest.raises(ParseError, match="more than 1 items"):
        rows(json_items(LIST, where=""), "a")


def test_a_member_of_a_member_is_its_text_or_empty():
    members = json_object('{"a": {"b": [1]}, "c": "", "d": null}', where="")
    assert member_of(members, "a", "b", where="") == "[1]"
    assert member_of(members, "c", "b", where="") == ""
    assert member_of(members, "d", where="") == ""
    assert member_of(members, "x", "y", where="") == ""
    with pytest.raises(ParseError, match="no JSON object"):
        member_of(members, "a", "b", "c", where="")
