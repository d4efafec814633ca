"""Puts a story together: prices, portfolio, publications and records become a day folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from replay_data.blotter import Blotter
from replay_data.calibration import load_tables
from replay_data.dealing import Prompt, deals_of_day
from replay_data.folder import Contents, write_folder
from replay_data.forwards import DELIVERY_MONTHS, Forwards, factor_history
from replay_data.hostile import Publisher, bad_records, spoil
from replay_data.live_contracts import awards, cumulative_pnl, open_contracts, outlooks
from replay_data.locations import CAISO, CAISO_HUBS, SPP, locations_message
from replay_data.model import PriceHistory, Weather, simulate
from replay_data.operations import Operations
from replay_data.outcomes import backtest_history
from replay_data.portfolio import BOOKS, COMPANY, COUNTERPARTIES, LOADS, SUPPLY, shapes_of
from replay_data.prices import MarketPrices
from replay_data.publications import SECOND_NS, Caiso, Receipt
from replay_data.records import LocalDay, Record, record
from replay_data.settlement import evening, late_deal
from replay_data.spp import Spp, days_touching
from replay_data.spp_company import CENTRAL, SppCompany, books_with_spp
from replay_data.stories import STORIES, Story
from replay_data.written_policy import (
    checks,
    contracts_of_years,
    expected_of_itself,
    months_held,
    product_history,
    product_marks,
    sold_before,
    traders,
)
from state.messages import FactorHistory, Market, Message, Policy, Run

HISTORY_SEED = 20262
SPP_SEED = 20261
FORMAT = 1
PACIFIC = "America/Los_Angeles"
POLICIES = Path(__file__).parent.parent / "policies"
IN_FORCE = (("desk-limits", "1"), ("data-limits", "1"))
"""Name and version of the policies of every day."""

OF_THE_RISK_STAFF = (
    ("svce", "2017-05-10"), ("counterparty-limits", "1"), ("close-limits", "1"),
)  # fmt: skip
"""Those of a day under the written policy beside them."""

ROOT = Path(__file__).parent


@lru_cache(maxsize=1)
def history() -> PriceHistory:
    """Return the one history all days are cut from, the stories' weather pinned into it."""
    pinned: dict[Any, Weather] = {}
    for story in STORIES:
        pinned[story.day] = story.weather[0]
        pinned[story.day + timedelta(days=1)] = story.weather[1]
    return simulate(load_tables(), HISTORY_SEED, pinned)


@lru_cache(maxsize=1)
def caiso_prices() -> MarketPrices:
    """Return CAISO's locations over the history."""
    return MarketPrices.draw("caiso", PACIFIC, CAISO, history(), HISTORY_SEED + 1)


@lru_cache(maxsize=1)
def caiso_forwards() -> Forwards:
    """Return CAISO's forward curves over the history."""
    return Forwards.draw(caiso_prices(), HISTORY_SEED + 2)


@lru_cache(maxsize=1)
def spp_prices() -> MarketPrices:
    """Return SPP's locations over a history of its own."""
    own = simulate(load_tables(), SPP_SEED, {})
    return MarketPrices.draw("spp", CENTRAL, SPP, own, SPP_SEED + 1)


def spp_side(day: LocalDay, seed: int) -> SppCompany:
    """Return SPP's feed and the company in it, over CAISO's day."""
    span = (day.grid.start_ns, day.grid.end_ns)
    prices = spp_prices()
    feed = Spp(prices, days_touching(LocalDay(day.day, CENTRAL), span), span)
    return SppCompany(prices, Forwards.draw(prices, SPP_SEED + 2), feed, seed)


class DayMaker:
    """Everything of one shipped day.

    Args:
        story: what makes the day.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        self.day = LocalDay(story.day, PACIFIC)
        self.operations = Operations(
            self.day, story.seed, story.surprise, story.outage, story.scheduled_at
        )
        shapes = shapes_of(story.day)
        self.caiso = Caiso(caiso_prices(), self.day, story.spike, *shapes)
        yesterday = story.day - timedelta(days=1)
        self.months = months_held(story.day) if story.under_policy else DELIVERY_MONTHS
        self.marks = caiso_forwards().marks(story.day, yesterday, self.months)
        self.new_marks = caiso_forwards().marks(story.day, story.day, self.months)
        strikes = ((0, self.marks), (self.day.at("15:31"), self.new_marks))
        generator = np.random.Generator(np.random.PCG64(story.seed))
        self.blotter = Blotter(self.day, generator, strikes)
        sold_as = "energy" if story.under_policy else "swap"
        open_contracts(self.blotter, self.operations, sold_as=sold_as)
        self.live = list(self.blotter.deals)
        if story.under_policy:
            self.live += contracts_of_years(self.day, story.seed, strikes)
        self.spp = spp_side(self.day, story.seed) if story.with_spp else None

    def opening(self) -> Iterator[Record]:
        """Yield what the company knows before the first tick."""
        day = self.day
        for message in self._reference():
            yield record(message, "opening", day.grid.start_ns - 3600 * 10**9, day)
        yield from self.caiso.opening()
        marked = day.at("15:30", days=-1)
        yield record(self.marks, "marks", marked, day)
        if self.story.under_policy:
            yield record(product_marks(day), "marks", marked, day)
        for outlook in outlooks(day, self.months):
            yield record(outlook, "forecasts", marked, day)
        for trade in self.live:
            yield record(trade, "trades", day.grid.start_ns - 3600 * 10**9, day)
        for award in awards(day, 1.0):
            yield record(award, "awards", day.at("13:12", days=-1), day)
        yield from self.operations.opening()
        if self.spp is not None:
            yield from self.spp.opening()

    def _reference(self) -> list[Message]:
        return [
            Market(market="caiso", time_zone=PACIFIC),
            locations_message("caiso", CAISO),
            BOOKS if self.spp is None else books_with_spp(),
            *COUNTERPARTIES,
            *(traders() if self.story.under_policy else ()),
            *LOADS,
            *SUPPLY,
            *_policies(IN_FORCE),
            *(_policies(OF_THE_RISK_STAFF) if self.story.under_policy else ()),
            *self._factors(),
            *cumulative_pnl(self.story.seed),
            *([sold_before(self.story.day)] if self.story.under_policy else ()),
            *(expected_of_itself(self.story.day) if self.story.under_policy else ()),
        ]

    def _factors(self) -> list[FactorHistory]:
        day = self.story.day
        found = factor_history(caiso_prices(), caiso_forwards(), day, self.months)
        if self.story.under_policy:
            found.append(product_history(found[0].dates, day, self.story.seed))
        return found

    def receipts(self) -> Iterator[Receipt]:
        """Yield the raw bodies received during the day, in no order."""
        published = self.caiso.receipts()
        if self.story.hostile:
            yield from spoil(published, Publisher(caiso_prices(), self.day))
        else:
            yield from published
        if self.spp is not None:
            yield from self.spp.feed.receipts()

    def records(self) -> Iterator[Record]:
        """Yield the day's records, in no order."""
        day = self.day
        da = caiso_prices().on(day, Run.DA)
        names = caiso_prices().names
        prompt = Prompt({hub: da.lmp[names.index(hub)] / 1e5 for hub in CAISO_HUBS})
        dealt = list(deals_of_day(self.blotter, prompt, self.story.short, self.story.bet))
        if self.story.under_policy:
            dealt.append(late_deal(day, dealt))
        for at, deal in dealt:
            if at < day.grid.end_ns:
                yield record(deal, "trades", at, day)
        yield from self.operations.day()
        if self.story.under_policy:
            for at, check in checks(self.blotter):
                yield record(check, "checks", at, day)
            for at, source, message in evening(day, dealt):
                yield record(message, source, at, day)
        yield record(self.new_marks, "marks", day.at("15:31"), day)
        for award in awards(day.next(), 0.8):
            yield record(award, "awards", day.at("13:12"), day)
        if self.spp is not None:
            yield from self.spp.records()
        if self.story.hostile:
            yield from bad_records(day)

    def manifest(self) -> dict[str, Any]:
        """Return the manifest."""
        day = self.day
        return {
            "format": FORMAT,
            "name": self.story.name,
            "title": self.story.title,
            "company": COMPANY,
            "markets": ["caiso"] if self.spp is None else ["caiso", "spp"],
            "date": self.story.day.isoformat(),
            "time_zone": PACIFIC,
            "from_ns": day.grid.start_ns,
            "to_ns": day.grid.end_ns - SECOND_NS,
            "seed": self.story.seed,
            "generator": f"python -m replay_data write {self.story.name}",
            "source": "simulated: replay_data/model.py, calibrated as docs/days.md says",
            "openings": {},
            "digest": "",
            "timing_digest": "",
            "notes": self.story.notes,
        }

    def _whole_opening(self) -> list[Record]:
        """Return the opening with what became of earlier VaRs, behind the P&L of the year."""
        opening = list(self.opening())
        outcomes = backtest_history(self.manifest(), self.day, opening, self.story.seed)
        at_ns = self.day.grid.start_ns - 3600 * 10**9
        records = [record(one, "opening", at_ns, self.day) for one in outcomes]
        kinds = [isinstance(one.body, dict) and one.body["kind"] for one in opening]
        place = len(kinds) - kinds[::-1].index("cumulative_pnl")
        return [*opening[:place], *records, *opening[place:]]

    def write(self, root: Path = ROOT) -> Path:
        """Write the folder and return it."""
        folder = root / self.story.name
        opening = self._whole_opening()
        contents = Contents(opening, self.receipts(), self.records())
        write_folder(folder, self.manifest(), self.day, contents)
        return folder


def _policies(names: Sequence[tuple[str, str]]) -> list[Policy]:
    """Return policies, each with its text as it is now."""
    return [
        Policy(policy=name, version=version, source=_file_of(name, version).read_text("utf-8"))
        for name, version in names
    ]


def _file_of(name: str, version: str) -> Path:
    """Return the file of a policy; that of a dated version has it in its name."""
    dated = POLICIES / f"{name}-{version}.yaml"
    return dated if dated.exists() else POLICIES / f"{name}.yaml"
