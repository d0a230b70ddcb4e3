"""Every page, for every role, on a phone and on a desk: it opens, fits, and keeps quiet."""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.urls import get_resolver
from playwright.sync_api import Browser, Page

from tests.e2e import checks
from tests.e2e.people import People
from tests.e2e.stops import stops_of
from tests.e2e.tour import Tour, Width, options_of
from tests.live import Site
from tests.walks.test_crawl import ROLES, named_urls

# These differ by who looks; any other page is audited once, whoever opens it first.
PERSONAL = {"storefront:home", "accounts:me"}
# No person ever opens these in a browser, or they show no page of their own.
NO_PAGE = {
    "storefront:robots": "for search engines",
    "storefront:sitemap": "for search engines",
    "storefront:sitemap_page": "for search engines",
    "storefront:saved_search": "leads to the search itself",
    "healthz": "for operators' probes",
    "readyz": "for operators' probes",
    "notices:picture": "a picture, where a holder added one",
    "notices:outcomes": "a table to download",
    "care:photo": "a picture, where a side of a dispute sent one",
    "talk:photo": "a picture, where a side of a conversation sent one",
    "quotes:photo": "a picture, where a buyer added some to a request",
    "quotes:agreed": "leads from an order to the page of its quote",
    "listings:import_progress": "a fragment, by scripts, while an import is at work",
    "orders:webhook": "the payment provider calls it",
    "orders:carrier_webhook": "the carrier calls it",
    "account_set_password": "sends people who have a password to where they change it",
    "inspections:photo": "a picture, where an inspector took one",
}
# They take a form and show no page; NOT_BY_LINK tells when the form is there.
FORMS_ALONE = {
    "cases:check_new",
    "care:accept",
    "care:answer",
    "care:appeal",
    "care:arrived",
    "care:refuse",
    "care:say_where",
    "care:send_back",
    "hooks:resume",
    "inspections:accept",
    "inspections:conclude",
    "inspections:hand_over",
    "listings:autosave",
    "loans:ask",
    "loans:desk_write_off",
    "loans:sign",
    "notices:choose",
    "notices:remove",
    "listings:autosave_new",
    "orders:agree_share",
    "orders:call_off_lines",
    "orders:decline_share",
    "shops:call_off_change",
    "storefront:change_search",
    "storefront:stop_watch",
    "storefront:watch",
    "shops:call_off_closure",
}


class Tours:
    """Every role's tour with every screen, walked when first asked for and then remembered."""

    def __init__(self, browser: Browser, market: Site, people: People) -> None:
        self._browser, self._market, self._people = browser, market, people
        self._walked: dict[tuple[str, Width], Tour] = {}
        self._audited: dict[Width, set[str]] = defaultdict(set)

    def of(self, role: str, width: Width) -> Tour:
        if (role, width) not in self._walked:
            self._walked[role, width] = self._walk(role, width)
        return self._walked[role, width]

    def _walk(self, role: str, width: Width) -> Tour:
        mail = ROLES[role]
        known = {"storage_state": self._people.signed_in(mail)} if mail else {}
        context = self._browser.new_context(
            base_url=self._market.address, **options_of(width), **known
        )

        def look(page: Page, label: str) -> list[str]:
            faults = checks.too_wide(page)
            if label in PERSONAL or label not in self._audited[width]:
                self._audited[width].add(label)
                faults += checks.axe(page)
            return faults

        try:
            return Tour(context, stops_of(role, self._people), look).run()
        finally:
            context.close()


@pytest.fixture(scope="session")
def tours(browser: Browser, market: Site, people: People) -> Tours:
    return Tours(browser, market, people)


class _Crawl:
    """One screen: one process's work (`--dist loadscope`), for its tours share what they saw."""

    width: Width

    @pytest.mark.parametrize("role", ROLES)
    def test_every_page_opens_fits_and_breaks_no_rule(self, tours: Tours, role: str) -> None:
        tour = tours.of(role, self.width)
        if tour.faults:
            pytest.fail(f"{len(tour.faults)} faults\n{tour.report()}", pytrace=False)

    def test_every_named_url_was_opened_in_the_browser(self, tours: Tours) -> None:
        reached = set().union(*(tours.of(role, self.width).names for role in ROLES))
        missed = named_urls(get_resolver().url_patterns) - reached - set(NO_PAGE) - FORMS_ALONE
        assert missed == set()


class TestOnAPhone(_Crawl):
    width = Width.PHONE


class TestOnADesk(_Crawl):
    width = Width.DESK
