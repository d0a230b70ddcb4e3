"""A tour: one role with one screen follows every link, and each kind of page is looked at once."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from django.urls import Resolver404, ResolverMatch, resolve
from playwright.sync_api import BrowserContext, Locator, Page
from playwright.sync_api import Error as BrowserError

from antifake.cases.models import Appeal, Case
from marketplace.listings.models import Listing
from marketplace.orders.models import Order
from marketplace.quotes.models import Quote
from marketplace.shops.models import Shop
from tests.e2e.checks import Watch

# Whole pages of one name look different by the state of what they show.
STATE_OF = {
    "orders:detail": (Order, "order_id"),
    "quotes:detail": (Quote, "quote_id"),
    "storefront:listing": (Listing, "listing_id"),
    "listings:edit": (Listing, "listing_id"),
    "admin:cases_case_change": (Case, "object_id"),
    "admin:cases_appeal_change": (Appeal, "object_id"),
    "admin:shops_shop_change": (Shop, "object_id"),
}
# Addresses that answer with a file.
FILES = {
    "listings:photo",
    "talk:photo",
    "admin:references_photo",
    "admin:cases_difference",
    "admin:cases_document",
    "admin:jsi18n",
}
LINKS = "els => els.map(one => one.href)"
FORMS = "els => els.map(one => one.action)"
FRAGMENTS = "els => els.map(one => one.getAttribute('hx-get'))"
SETTLED = "() => !document.querySelector('.htmx-request')"


class Width(Enum):
    """The two screens on which everything must work."""

    PHONE = 390
    DESK = 1280


def options_of(width: Width) -> dict[str, object]:
    """Return how a browser window of this width is opened."""
    phone = width is Width.PHONE
    return {
        "viewport": {"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
        "is_mobile": phone,
        "has_touch": phone,
        "service_workers": "block",
        "reduced_motion": "reduce",
        "locale": "en",
    }


# A connection kept from the last file may be closed by the server, who waits two seconds for us,
# just when the next is asked for; a browser asks again by itself then, playwright's own client not.
OWN_CONNECTION = {"Connection": "close"}


@dataclass(frozen=True)
class Stop:
    """A page worth a look: what it is called, where it is, and how one gets there.

    `act` is played on the page after it opened, for what only a sent form shows; it is answered
    with `acted`. `fresh` is for people who come without a cookie.
    """

    label: str
    address: str
    status: int = 200
    act: Callable[[Page], None] | None = None
    acted: int = 200
    fresh: bool = False


def click_through(link: Locator) -> None:
    """Click what leads to another page, and wait until that page stands.

    The click itself does not wait: asked at once, the old page says that it stands.
    """
    with link.page.expect_navigation():
        link.click()


def match_of(url: str) -> ResolverMatch | None:
    """Return what our site serves at an address, if anything."""
    try:
        return resolve(urlsplit(url).path)
    except Resolver404:
        return None


def label_of(url: str) -> str | None:
    """Return the address's name, with the state of what it shows: "orders:detail shipped"."""
    match = match_of(url)
    if match is None:
        return None
    model, key = STATE_OF.get(match.view_name, (None, ""))
    if model is None:
        return match.view_name
    state = model.objects.filter(pk=match.kwargs[key]).values_list("state", flat=True).first()
    return f"{match.view_name} {state or 'gone'}"


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass
class Tour:
    """Visit `stops`, then all that is linked; `look` is called on each page and returns faults."""

    context: BrowserContext
    stops: Iterable[Stop]
    look: Callable[[Page, str], list[str]]
    follow: bool = True  # visit what is linked, too
    # What is wrong -> on which pages.
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    visited: dict[str, str] = field(default_factory=dict)  # label -> address, of what was shown
    offered: set[str] = field(default_factory=set)  # names of form targets, fragments and files
    moved: set[str] = field(default_factory=set)  # names that sent us elsewhere

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.watch = Watch(self.page)
        self.waiting = deque(self.stops)
        self.known = {stop.label for stop in self.waiting}

    @property
    def names(self) -> set[str]:
        """Names of all addresses that were opened, or that an opened page sends forms to."""
        return {label.split(" ")[0] for label in self.visited} | self.offered

    def report(self) -> str:
        """Return what is wrong, each once, and where."""
        return "\n".join(
            f"• {fault}\n    on {len(pages)}: {', '.join(pages[:6])}"
            for fault, pages in self.faults.items()
        )

    def run(self) -> Tour:
        """Walk until nothing new is linked."""
        while self.waiting:
            stop = self.waiting.popleft()
            if stop.fresh:
                self.context.clear_cookies()
            self._visit(stop)
            if stop.fresh:
                self.context.clear_cookies()
        self.page.close()
        return self

    def _visit(self, stop: Stop) -> None:
        self.watch.expected_status = stop.status
        self.page.emulate_media(color_scheme="light")
        try:
            answer = self.page.goto(stop.address, wait_until="load")
            if stop.act:
                self.watch.expected_status = stop.acted
                stop.act(self.page)
            self.page.wait_for_function(SETTLED)
        except BrowserError as error:
            if "Download is starting" in error.message:
                self._note_download(stop)
                return
            self._note_faults(stop, [*self.watch.take(), error.message[:400]])
            return
        faults = self.watch.take()
        if answer and answer.status != stop.status and not faults:
            faults.append(f"answered {answer.status}, not {stop.status}")
        self._note_where_we_are(stop)
        faults += self.look(self.page, stop.label)
        self._note_faults(stop, [*faults, *self.watch.take()])
        self._note_links()

    def _note_download(self, stop: Stop) -> None:
        self.watch.take()
        self.offered.add(stop.label)
        status = self.context.request.get(stop.address, headers=OWN_CONNECTION).status
        if status != stop.status:
            self._note_faults(stop, [f"the file answered {status}"])

    def _note_faults(self, stop: Stop, faults: list[str]) -> None:
        for fault in dict.fromkeys(faults):
            self.faults[fault].append(f"{stop.label} ({stop.address})")

    def _note_where_we_are(self, stop: Stop) -> None:
        """A page that sent us on was not shown; the one that it sent us to was."""
        here = match_of(self.page.url)
        name = stop.label.split(" ")[0]
        if here and ":" not in name and "_" not in name:
            self.visited[stop.label] = stop.address  # named here, not by the site
        elif here and here.view_name != name:
            self.moved.add(name)
        else:
            self.visited[stop.label] = stop.address
        if here:
            self.visited.setdefault(here.view_name, path_of(self.page.url))

    def _note_links(self) -> None:
        home = self._origin(self.page.url)
        for selector, script in (("form", FORMS), ("[hx-get]", FRAGMENTS)):
            for target in self.page.eval_on_selector_all(selector, script):
                match = match_of(target)
                if match:
                    self.offered.add(match.view_name)
        for target in self.page.eval_on_selector_all("a[href]", LINKS):
            if self._origin(target) == home:
                self._note(target)

    def _note(self, target: str) -> None:
        path = path_of(target)
        label = label_of(path)
        if label is None:
            if not path.startswith("/static/") and path != path_of(self.page.url):
                self.faults[f"a link to {path}, which is nowhere"].append(path_of(self.page.url))
        elif label in FILES:
            self.offered.add(label)
        elif self.follow and label not in self.known:
            self.known.add(label)
            self.waiting.append(Stop(label, path))

    @staticmethod
    def _origin(url: str) -> str:
        return re.sub(r"^(\w+://[^/]*).*", r"\1", url)
