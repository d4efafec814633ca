"""From bytes to the text of a report."""

from __future__ import annotations

import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.isos import bodies
from connectors.isos.bodies import text_of
from state.errors import NoDataYet, ParseError
from tests.connectors.isos.written import zipped

TEXT = "A,B\n" + "".join(f"{number},{number * 7919 % 1000}\n" for number in range(400))
ERROR = """<?xml version="1.0"?><m:OASISReport xmlns:m="http://www.caiso.com/soa/OASISReport_v1.xsd">
<m:ERROR><m:ERR_CODE>{code}</m:ERR_CODE><m:ERR_DESC>{text}</m:ERR_DESC></m:ERROR></m:OASISReport>"""


def refusal(body: bytes) -> ParseError:
    with pytest.raises(ParseError) as refused:
        text_of(body, where="body")
    return refused.value


def test_a_zip_of_one_report_and_the_bare_report_are_the_same_text():
    assert text_of(zipped(("a.csv", TEXT.encode())), where="") == TEXT
    assert text_of(TEXT.encode(), where="") == TEXT


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert text_of(b"\xef\xbb\xbfA,B\n", where="") == "A,B\n"


@pytest.mark.parametrize("step", [1, 7])
def test_a_zip_cut_anywhere_is_refused_as_a_whole(step: int):
    body = zipped(("a.csv", TEXT.encode()))
    for length in range(2, len(body), step):
        error = refusal(body[:length])
        assert "cannot be read" in error.what
        assert "ask again" in error.remedy


@settings(max_examples=300)
@given(position=st.integers(min_value=0), value=st.integers(0, 255))
def test_a_damaged_byte_gives_the_whole_text_or_an_error(position: int, value: int):
    body = bytearray(zipped(("a.csv", TEXT.encode())))
    body[position % len(body)] = value
    with suppress(ParseError):
        assert text_of(bytes(body), where="") == TEXT


def test_a_wrong_checksum_is_named():
    body = bytearray(zipped(("a.csv", TEXT.encode())))
    body[body.rindex(b"PK\x01\x02") + 16] ^= 1
    assert "CRC" in refusal(bytes(body)).what


def test_an_encrypted_zip_is_refused():
    body = bytearray(zipped(("a.csv", TEXT.encode())))
    body[6] |= 1
    body[body.rindex(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(bytes(body)).what


def test_a_zip_of_several_members_or_none_is_refused():
    two = zipped(("a.csv", b"A\n"), ("b.csv", b"B\n"))
    assert "2 members" in refusal(two).what
    assert "0 members" in refusal(zipped()).what


def test_a_zip_of_something_else_is_not_supported():
    assert "report not supported" in refusal(zipped(("a.exe", b"MZ"))).what


def test_a_zip_bomb_is_refused_before_it_is_inflated(monkeypatch: pytest.MonkeyPatch):
    bomb = zipped(("a.csv", b"0" * 20_000_000))

    def inflate(*_: object) -> bytes:
        pytest.fail("the bomb was inflated")

    monkeypatch.setattr(zipfile.ZipFile, "open", inflate)
    assert "zip bomb" in refusal(bomb).remedy


def test_a_zip_that_understates_its_size_is_not_inflated_further():
    bomb = bytearray(zipped(("a.csv", b"0" * 20_000_000)))
    declared = bomb.rindex(b"PK\x01\x02") + 24
    bomb[declared : declared + 4] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    error = refusal(bytes(bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "cannot be read" in error.what
    assert peak < 2_000_000


def test_a_zip_of_very_many_members_is_refused_before_they_are_listed(
    monkeypatch: pytest.MonkeyPatch,
):
    many = zipped(*((f"{number}.csv", b"") for number in range(2500)))

    def listed(*_: object) -> list[object]:
        pytest.fail("the members were listed")

    monkeypatch.setattr(zipfile.ZipFile, "infolist", listed)
    assert "lists its members in" in refusal(many).what


def test_letters_beyond_latin_are_refused_in_a_body_they_would_swell(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(bodies, "_MOST_WIDE", 10)
    assert "more than 10" in refusal("ä,b\n1,2,3,4,5\n".encode()).what
    assert text_of(b"a,b\n1,2,3,4,5\n", where="") == "a,b\n1,2,3,4,5\n"


def test_a_body_or_a_member_beyond_the_largest_report_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "MOST_BYTES", 1000)
    assert "more than 1,000" in refusal(TEXT.encode()).what
    assert "more than 1,000" in refusal(zipped(("a.csv", b"0" * 5000))).what


def test_no_data_is_told_from_an_error_by_its_code():
    no_data = ERROR.format(code=1000, text="No data returned").encode()
    for body in (no_data, zipped(("INVALID_REQUEST.xml", no_data))):
        with pytest.raises(NoDataYet, match="No data returned"):
            text_of(body, where="body")


@pytest.mark.parametrize(("code", "remedy"), [(1004, "30 days"), (1015, "minute"), (1, "request")])
def test_an_error_body_says_its_code_and_a_remedy(code: int, remedy: str):
    error = refusal(ERROR.format(code=code, text="Because").encode())
    assert not isinstance(error, NoDataYet)
    assert f"ERR_CODE {code}: Because" in error.what
    assert remedy in error.remedy


def test_a_page_says_what_it_says_and_to_ask_less_often():
    error = refusal(b"<!DOCTYPE html>\n<HTML><p>Acceptable Use Policy Violation.</p></HTML>")
    assert "Acceptable Use Policy Violation." in error.what
    assert "5 seconds" in error.remedy


def test_another_page_is_told_from_throttling():
    assert "browser" in refusal(b"<html><body>Sign in</body></html>").remedy


def test_xml_with_entities_is_never_expanded():
    bomb = '<!DOCTYPE x [<!ENTITY a "1000">]><x><ERR_CODE>&a;</ERR_CODE></x>'
    assert "cannot be read" in refusal(bomb.encode()).what


def test_xml_data_is_not_supported():
    assert "resultformat=6" in refusal(b"<x><REPORT_DATA/></x>").remedy
