"""The binary form of messages: kept for ever, read for ever."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.errors import WireError
from state.messages import KINDS, AnyMessage, Tick, Trade
from state.wire import VERSION, content_digest, decode, decode_state, encode, encode_state
from tests.connectors.message_strategies import BY_KIND
from tests.state.wire_samples import MESSAGES, VERSION_1

Read = Callable[[bytes], object]


def same(one: AnyMessage, other: AnyMessage) -> bool:
    """Say whether two messages are of one type and equal in every bit of every field."""
    return type(one) is type(other) and all(
        _same_value(getattr(one, name), getattr(other, name)) for name in one.__struct_fields__
    )


def _same_value(one: Any, other: Any) -> bool:
    if isinstance(one, Trade):
        return same(one, other)
    if isinstance(one, np.ndarray | float):
        return np.asarray(one).tobytes() == np.asarray(other).tobytes()
    return bool(one == other)


def test_there_is_a_frozen_sample_of_every_kind():
    assert set(VERSION_1) == set(KINDS)
    assert {message.__struct_config__.tag for message in MESSAGES} == set(KINDS)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__struct_config__.tag)
def test_bytes_of_version_1_are_read_for_ever(message: AnyMessage):
    frozen = bytes.fromhex(VERSION_1[str(message.__struct_config__.tag)])
    assert frozen[0] == 1
    assert same(decode(frozen), message)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_comes_back_bit_for_bit(kind: str):
    @settings(max_examples=20)
    @given(message=BY_KIND[kind])
    def comes_back(message: AnyMessage) -> None:
        data = encode(message)
        again = decode(data)
        assert same(again, message)
        assert encode(again) == data

    comes_back()


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__struct_config__.tag)
def test_what_is_read_is_read_only(message: AnyMessage):
    again = decode(encode(message))
    for name in again.__struct_fields__:
        value = getattr(again, name)
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable
        with pytest.raises(AttributeError):
            setattr(again, name, value)


@pytest.mark.parametrize("read", [decode, decode_state])
def test_a_later_version_is_refused_by_its_number(read: Read):
    later = bytes((VERSION + 1,)) + encode(Tick(at_ns=5))[1:]
    with pytest.raises(WireError, match=rf"wire version {VERSION + 1}.*1 to {VERSION}.*upgrade"):
        read(later)


@pytest.mark.parametrize("read", [decode, decode_state])
@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01", b"\x01\xc1\xc1"])
def test_what_is_no_entry_is_refused(read: Read, data: bytes):
    with pytest.raises(WireError):
        read(data)


@given(data=st.binary())
def test_random_bytes_raise_nothing_but_a_wire_error(data: bytes):
    with pytest.raises(WireError):
        decode(b"\x01" + data)


def test_a_message_cut_anywhere_is_refused():
    data = encode(MESSAGES[-1])
    for length in range(len(data)):
        with pytest.raises(WireError):
            decode(data[:length])


def test_an_unknown_kind_or_a_missing_field_is_refused():
    for content in ({"kind": "gossip"}, {"kind": "cumulative_pnl", "book": "B"}):
        with pytest.raises(WireError):
            decode(b"\x01" + msgspec.msgpack.encode(content))


def test_a_column_of_a_broken_number_is_refused():
    outlook = {"kind": "volume_outlook", "resource": "R", "months": [], "blocks": []}
    with pytest.raises(WireError):
        decode(b"\x01" + msgspec.msgpack.encode(outlook | {"mw": b"1234567"}))


class Exploding:
    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("a pickle was loaded",)


@pytest.mark.parametrize("prefix", [b"", b"\x01"])
def test_nothing_is_ever_unpickled(prefix: bytes):
    bomb = pickle.dumps(Exploding())
    for read in (decode, decode_state):
        with pytest.raises(WireError):
            read(prefix + bomb)
    with pytest.raises(WireError):
        decode_state(b"\x01" + msgspec.msgpack.encode(msgspec.msgpack.Ext(7, bomb)))


def test_what_has_no_form_cannot_be_encoded():
    with pytest.raises(NotImplementedError, match="Exploding"):
        encode_state({"x": Exploding()})


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__struct_config__.tag)
def test_the_digest_of_content_ignores_the_receipt_and_nothing_else(message: AnyMessage):
    later = msgspec.structs.replace(message, received_at_ns=message.received_at_ns + 1)
    assert content_digest(later) == content_digest(message)
    for name in message.__struct_fields__:
        if name != "received_at_ns":
            changed = msgspec.structs.replace(message, **{name: other_than(getattr(message, name))})
            assert content_digest(changed) != content_digest(message), name


def other_than(value: object) -> object:
    if isinstance(value, np.ndarray):
        return np.append(value, 1.0)
    if isinstance(value, str | tuple):
        return "other" if isinstance(value, str) else (*value, "other")
    if isinstance(value, bytes):
        return b"other"
    return value + 1 if isinstance(value, int | float) else 1


def test_one_bit_of_a_column_changes_the_digest():
    column = np.array([1.0, np.nan])
    message = KINDS["meter"](resource="R", interval_start_ns=0, interval_seconds=300, mw=column)
    moved = msgspec.structs.replace(message, mw=np.nextafter(column, 2))
    assert content_digest(moved) != content_digest(message)


shapes = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple)


@given(
    shape=shapes, kind=st.sampled_from(["f8", "f4", "i8", "i4", "b1", "u1"]), seed=st.integers(0)
)
def test_saved_arrays_keep_type_shape_and_bits_and_may_be_written(
    shape: tuple[int, ...], kind: str, seed: int
):
    array = (np.random.default_rng(seed).random(shape) * 9).astype(kind)
    again = decode_state(encode_state({"a": [array, "text", None, {"b": 1.5}]}))
    assert again["a"][1:] == ["text", None, {"b": 1.5}]
    assert again["a"][0].dtype == array.dtype
    assert again["a"][0].shape == array.shape
    assert again["a"][0].tobytes() == array.tobytes()
    assert again["a"][0].flags.writeable
