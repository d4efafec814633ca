"""The sheet that is followed is the one that would be made anew, after every message."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, note

from state.alerts.figures import Figures
from state.company import Company
from state.limits.sheet import Sheet
from state.messages import AnyMessage, Policy
from tests.state.strategies import examples, logs, told_in_words
from tests.state.worked import company, curve, reference, tick, trade

POLICY = Policy(
    policy="desk-limits",
    version="1",
    source=(Path(__file__).parents[3] / "policies" / "desk-limits.yaml").read_text("utf-8"),
)


def written(sheet: Sheet):
    columns = [
        (each.figure, each.scopes, each.periods, each.period_ends_ns, each.unknown, each.inputs)
        for each in sheet.readings
    ]
    return columns, sheet.values.tobytes(), sheet.claims.tobytes()


def kept(folded: Company):
    return written(folded.desk.figures.follow(folded.desk, folded.tick_ns))


def made_anew(folded: Company):
    return written(Figures().follow(folded.desk, folded.tick_ns))


@examples(20)
@given(logs())
def test_following_gives_what_making_anew_gives_to_the_last_bit(messages: list[AnyMessage]):
    note(told_in_words(messages))
    folded = Company("company")
    for position, message in enumerate([POLICY, *messages], start=1):
        folded.apply(message, position)
        if folded.tick_ns:
            assert kept(folded) == made_anew(folded)


def test_a_message_that_moves_values_alone_leaves_the_sheet_where_it_is():
    folded = company(*reference(), curve(40, 40, "2026-07"), POLICY, tick(8), trade(10, 40, 12))
    sheet = folded.desk.figures.follow(folded.desk, folded.tick_ns)

    folded.apply(trade(5, 41, 13, trade="second"), folded.position + 1)

    assert folded.desk.figures.follow(folded.desk, folded.tick_ns) is sheet
