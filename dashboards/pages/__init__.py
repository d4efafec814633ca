"""The pages, in the order of their tabs: a new page is one file here and one line below."""

from __future__ import annotations

from dashboards.pages import analysis, cases, credit, desk, feeds, nop, policy, risk
from dashboards.pages.layout import Page

PAGES: dict[str, Page] = {
    page.name: page
    for page in (
        desk.PAGE,
        risk.PAGE,
        nop.PAGE,
        policy.PAGE,
        credit.PAGE,
        analysis.PAGE,
        cases.PAGE,
        feeds.PAGE,
    )
}
