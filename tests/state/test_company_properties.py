"""The core against the naive oracle, under random logs of every kind of message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import msgspec
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from state.blocks import StoredView, fields_of, views_in
from state.company import Company
from state.messages import (
    KINDS,
    AnyMessage,
    Forecast,
    MeterValues,
    Opening,
    PricePublication,
    Schedule,
    Tick,
)
from state.moments import SECOND_NS
from state.screens.screens import FIGURES
from state.store import encode_frame, read_view
from state.wire import decode, encode, encode_state
from tests.state.oracle import Oracle, differences, figures_of_views
from tests.state.strategies import examples, fold, logs, told_in_words

SHOWN_AS_THEY_MOVE = FIGURES | {
    "clock", "cases", "explain", "explain_points", "forward", "limits", "pnl_curve",
}  # fmt: skip


def assert_same_figures(company: Company, oracle: Oracle) -> None:
    found = differences(figures_of_views(company.views()), oracle.figures())
    assert not found, "\n".join(found[:20])


@examples(15)
@given(logs(), st.integers(1, 3))
def test_every_figure_is_what_the_oracle_recomputes_from_all_messages(
    messages: list[AnyMessage], parts: int
):
    note(told_in_words(messages))
    company, oracle = Company("company"), Oracle()
    first_tick = next(i for i, one in enumerate(messages, start=1) if isinstance(one, Tick))
    later = len(messages) - first_tick
    checked = {first_tick + later * part // parts for part in range(parts + 1)}
    for position, message in enumerate(messages, start=1):
        company.apply(message, position)
        oracle.apply(message)
        if position in checked:
            note(f"after message {position}")
            assert_same_figures(company, oracle)


@examples(5)
@given(logs())
def test_a_batch_is_bit_for_bit_what_one_by_one_is_and_looking_changes_nothing(
    messages: list[AnyMessage],
):
    note(told_in_words(messages))
    watched = Company("company")
    for position, message in enumerate(messages, start=1):
        watched.apply(message, position)
        watched.views()

    unseen = fold(messages)

    assert watched.snapshot() == unseen.snapshot()
    assert (watched.digest, watched.timing_digest) == (unseen.digest, unseen.timing_digest)


@examples(5)
@given(logs(), st.data())
def test_figures_first_and_tables_later_show_in_the_end_what_all_at_once_shows(
    messages: list[AnyMessage], data: st.DataObject
):
    note(told_in_words(messages))
    patient, eager = Company("company"), Company("company")
    late: dict[str, bytes] = {}
    at_once: dict[str, bytes] = {}
    for position, message in enumerate(messages, start=1):
        patient.apply(message, position)
        eager.apply(message, position)
        at_once.update(encode_frame(position, eager.changed_views(), ()).views)
        if data.draw(st.integers(0, 9)) == 0:
            late.update(encode_frame(position, patient.changed_views(seldom=1), ()).views)
        elif data.draw(st.booleans()):
            tables = data.draw(st.integers(0, 2))
            few = patient.changed_views(tables=tables, seldom=0)
            assert tables or set(few) <= FIGURES | {"clock"}
            late.update(encode_frame(position, few, ()).views)
    late.update(encode_frame(len(messages), patient.changed_views(), ()).views)

    # The others are made at moments of their own; a day that is over stays as it was last shown.
    followed = {name for name in eager.views() if name.startswith("position/")} | SHOWN_AS_THEY_MOVE
    found, wanted = views_in(late), views_in(at_once)
    for name in followed & set(wanted):
        assert plain(found[name]) == plain(wanted[name]), name


def plain(stored: StoredView) -> bytes:
    """A stored view, whole, without what earlier and longer values left behind."""
    return encode_state(read_view(stored))


@examples(4)
@given(logs())
def test_every_view_comes_out_of_its_blocks_bit_for_bit(messages: list[AnyMessage]):
    note(told_in_words(messages))
    for name, view in fold(messages).views().items():
        assert plain(views_in(fields_of(name, view))[name]) == encode_state(view)


@examples(5)
@given(logs(), st.floats(0, 1))
def test_a_company_restored_at_any_message_goes_on_over_the_wire_bit_for_bit(
    messages: list[AnyMessage], share: float
):
    note(told_in_words(messages))
    cut = int(share * len(messages))
    note(f"restored after message {cut}")
    undisturbed = fold(messages)

    restored = Company.restore(fold(messages[:cut]).snapshot())
    for position, message in enumerate(messages[cut:], start=cut + 1):
        restored.apply(decode(encode(message)), position)

    assert restored.digest == undisturbed.digest
    assert restored.timing_digest == undisturbed.timing_digest
    assert restored.snapshot() == undisturbed.snapshot()


@examples(5)
@given(logs(), st.data())
def test_a_log_may_begin_with_an_opening_instead_of_what_made_it(
    messages: list[AnyMessage], data: st.DataObject
):
    note(told_in_words(messages))
    ticks = [index for index, one in enumerate(messages) if isinstance(one, Tick)]
    cut = data.draw(st.sampled_from(ticks)) + 1
    tick = messages[cut - 1]
    assert isinstance(tick, Tick)
    opening = Opening(at_ns=tick.at_ns, state=fold(messages[:cut]).snapshot())

    short = fold([opening, *messages[cut:]])

    whole = figures_of_views(fold(messages).views())
    found = differences(figures_of_views(short.views()), whole)
    assert not found, "\n".join(found[:20])


def last_of_each_key(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    return [one for one in {m.key: m for m in messages}.values() if not isinstance(one, Tick)]


@examples(5)
@given(logs(), st.data())
def test_a_duplicate_of_the_last_of_its_key_changes_no_figure(
    messages: list[AnyMessage], data: st.DataObject
):
    note(told_in_words(messages))
    company = fold(messages)
    before = figures_of_views(company.views())
    duplicate = data.draw(st.sampled_from(last_of_each_key(messages)))
    assume(not _said_differently_under_another_key(messages, duplicate))

    company.apply(msgspec.structs.replace(duplicate, received_at_ns=7), len(messages) + 1)

    found = differences(figures_of_views(company.views()), before)
    assert not found, "\n".join(found[:20])


def _said_differently_under_another_key(
    messages: Sequence[AnyMessage], duplicate: AnyMessage
) -> bool:
    """Whether a later message of another key spoke about the same cells."""
    touched = set(cells_of(duplicate))
    last = max(i for i, one in enumerate(messages) if one.key == duplicate.key)
    return any(touched.intersection(cells_of(one)) for one in messages[last + 1 :])


Publication = PricePublication | Schedule | Forecast | MeterValues


def cells_of(message: AnyMessage) -> Iterator[tuple[object, ...]]:
    """What a message speaks about, minute by minute: two that share no cell are independent."""
    match message:
        case PricePublication():
            whose = [("price", message.market, message.run, name) for name in message.locations]
            intervals = 1
        case Schedule():
            whose = [("volume", message.run, name) for name in message.resources]
            whose.append(("scheduled", message.market, message.run))
            intervals = len(message.mw) // len(message.resources)
        case Forecast() | MeterValues():
            whose = [("volume", type(message).__name__, message.resource)]
            intervals = len(message.mw)
        case _:
            yield (type(message).__name__, message.key.rsplit("/", 1)[0])
            return
    seconds = range(0, intervals * message.interval_seconds, 300)
    for name in whose:
        yield from ((*name, message.interval_start_ns + s * SECOND_NS) for s in seconds)


def independent(messages: Sequence[AnyMessage]) -> list[Publication]:
    """The publications among messages of which no two share a cell."""
    taken: set[tuple[object, ...]] = set()
    kept: list[Publication] = []
    for message in messages:
        cells = set(cells_of(message))
        if isinstance(message, Publication) and not taken & cells:
            taken |= cells
            kept.append(message)
    return kept


@examples(5)
@given(logs(), st.randoms(use_true_random=False))
def test_publications_between_two_ticks_may_arrive_in_any_order(
    messages: list[AnyMessage], random: Random
):
    first = next(i for i, one in enumerate(messages) if isinstance(one, Tick)) + 1
    ticks = [one for one in messages[first:] if isinstance(one, Tick)][:2]
    said = independent(messages[first:])
    shuffled = list(said)
    random.shuffle(shuffled)
    note(told_in_words([*messages[:first], *said, *ticks]))
    note(f"shuffled to\n{told_in_words(shuffled)}")

    as_told = fold([*messages[:first], *said, *ticks])
    otherwise = fold([*messages[:first], *shuffled, *ticks])

    found = differences(figures_of_views(otherwise.views()), figures_of_views(as_told.views()))
    assert not found, "\n".join(found[:20])


@examples(5)
@given(logs(), st.integers(1, 3600), st.integers(0, 2))
def test_a_late_tick_is_what_a_tick_every_five_minutes_would_have_been(
    messages: list[AnyMessage], seconds: int, days: int
):
    note(told_in_words(messages))
    start = next(one.at_ns for one in reversed(messages) if isinstance(one, Tick))
    end = start + (days * 86_400 + seconds) * SECOND_NS
    often = [Tick(at_ns=at) for at in range(start + 300 * SECOND_NS, end, 300 * SECOND_NS)]

    late = figures_of_views(fold([*messages, Tick(at_ns=end)]).views())
    on_time = figures_of_views(fold([*messages, *often, Tick(at_ns=end)]).views())

    found = differences(late, on_time)
    assert not found, "\n".join(found[:20])


def test_random_logs_hold_every_kind_of_message_but_openings_policies_and_scenarios():
    met: set[str] = set()

    @settings(examples(300), database=None)
    @given(logs())
    def draw(messages: list[AnyMessage]) -> None:
        met.update(str(one.__struct_config__.tag) for one in messages)

    draw()

    assert set(KINDS) - met == {"opening", "policy", "stress_scenarios"}
