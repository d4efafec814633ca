from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from dashboards.address import choice_of, query_of
from dashboards.tiles.tile import Choice


def read(query: str) -> Choice:
    return choice_of(
        {name: [word.encode() for word in words] for name, words in parse_qs(query).items()}
    )


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(page="risk", theme="light", case="case-var", market="spp"),
        Choice(kiosk=True, day=1, rows="book", since="log 1283000"),
        Choice(page="credit", find="cp & 07", sort="exposure", scenario="load +10 %"),
    ],
)
def test_an_address_leads_to_what_was_chosen(choice: Choice):
    assert read(query_of(choice)) == choice


def test_an_address_says_neither_notice_nor_help_nor_cell():
    passing = Choice(notice="acknowledge: sent", help=True, cell=("TH_SP15", 18))
    assert query_of(passing) == "page=desk"


@pytest.mark.parametrize("since", ["log", "log -1", "log ٣", f"log {'9' * 16}", "-300", "soon"])
def test_a_moment_that_nothing_is_told_since_is_the_usual_one(since: str):
    assert choice_of({"since": [since.encode()]}).since == Choice().since
