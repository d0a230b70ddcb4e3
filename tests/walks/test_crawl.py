"""Every feature is reached by links from its role's home page: a crawl per role, then a tally."""

from __future__ import annotations

import re
from collections import Counter, deque
from urllib.parse import urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone

from ewtp.demo import story, world
from marketplace.accounts.models import User
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState

HTMX = re.compile(".*")
ROLES = {
    "visitor": None,
    "buyer": "buyer@demo.example",
    "seller": "farmer@demo.example",
    "second seller": "workshop@demo.example",
    "struck seller": "copycat@demo.example",
    "staff": "staff@demo.example",
    "rights holder": "rights@demo.example",
    "risk officer": "risk@demo.example",
    "inspector": "inspector@demo.example",
    "integrator": "integrator@demo.example",
    "grower": "grower@demo.example",
}
# Enough for the stories; each is photographed and checked when it is offered.
SOME_GOODS = {good.title for shop in world.SHOPS[:6] for good in shop.goods[:7]}
# Reached by machines, by a mailed link or code, or only in a state no demo person is in.
NOT_BY_LINK = {
    "notices:choose": 'a form beside what was found in "Find copies"',
    "healthz": "for operators' probes",
    "readyz": "for operators' probes",
    "orders:webhook": "the payment provider calls it",
    "orders:carrier_webhook": "the carrier calls it",
    "accounts:guest": "the home of whoever ordered without an account",
    "accounts:guest_claim": "a form on the guest's home",
    "accounts:guest_link": "from a link that we send",
    "orders:guest_checkout": "a visitor's cart with goods in it",
    "orders:guest_renew": "a form on the guest's home",
    "account_inactive": "shown to a locked account",
    "account_email_verification_sent": "after signing up",
    "account_reset_password_done": "after asking for a reset",
    "account_reset_password_from_key": "from a mailed link",
    "account_reset_password_from_key_done": "after a reset",
    "account_reauthenticate": "before a sensitive change",
    "account_confirm_login_code": "after asking for a code",
    "account_verify_phone": "after giving a phone number",
    "account_set_password": "for an account without a password",
    "mfa_authenticate": "at the log-in of whoever has a second factor",
    "mfa_reauthenticate": "before a sensitive change",
    "mfa_download_recovery_codes": "when the codes are shown",
    "shops:join": "from a link that the owner sends",
    "shops:accept": "a form, while an invitation waits",
    "shops:change_role": "a form beside each helper",
    "shops:remove_member": "a form beside each helper",
    "orders:call_off_lines": "a form, while several goods of one order wait to be sent",
    "listings:import_progress": "by scripts, while an import is at work",
    "listings:autosave": "by scripts, while a draft is typed",
    "cases:check_new": "by scripts, while new goods are typed",
    "notices:answer": "from a statement, where a notice withholds goods: the market has no such",
    "notices:counter": "a thread, once a seller answered such a notice",
    "notices:status": "from a link that is shown once",
    "notices:picture": "a reference photo, where its holder added one",
    "listings:autosave_new": "by scripts, while a draft is typed",
    "shops:call_off_change": "a form, while a changed account waits",
    "shops:call_off_closure": "a form, while a closure is planned",
    "shops:withdraw": "a form, while an invitation is open",
    "shops:change_shipping": "beside each way of sending",
    "shops:stop_shipping": "a form beside each way of sending",
    "shops:end_discount": "a form beside each discount",
    "talk:photo": "a picture in a conversation, where a side sent one",
    "talk:answer": "a form under a question that waits",
    "talk:ask": "on the goods' page, for whoever does not sell them",
    "reports:outcome": "from the link given for a report",
    "inspections:hand_over": "a form, while an inspection is with an inspector",
    "inspections:conclude": "a form of the inspector, while the goods are there",
    "care:photo": "evidence, where a side of a dispute sent some",
    "care:answer": "a form under a review that was not answered yet",
    "care:accept": "a form, while an offer of the other side is open",
    "care:refuse": "a form, while an offer of the other side is open",
    "care:say_where": "a form, once goods shall go back",
    "care:send_back": "a form, once the shop said where to",
    "care:arrived": "a form, once the goods are on their way back",
    "care:appeal": "a form under a ruling",
    "loans:ask": "a form under a refusal that nobody has asked about",
    "loans:loan": "a loan's page: the crawl's shops sold too little to borrow",
    "loans:contract": "from a loan's page",
    "loans:statement": "from a loan's page",
    "loans:statement_file": "a file, from a loan's statement",
    "loans:cut": "from My loans, where a limit was cut",
    "loans:desk_cut": "from the risk desk's list, where a limit was cut",
    "loans:sign": "a form, while a loan is offered",
    "loans:repay": "a form on a loan's page",
    "loans:more_time": "a form on a loan's page",
    "loans:desk_loan": "a loan's page at the risk desk",
    "loans:desk_write_off": "a form, while a loan is late",
    "loans:desk_plan": "a form on a loan's page at the risk desk",
    "quotes:photo": "a picture, where a buyer added some to a request",
    "quotes:withdraw": "a form, while a quote of one's own is open",
    "storefront:drop_wish": "a form on goods that one wishes for",
    "hooks:resume": "a form, while a webhook is paused",
    "orders:group": "right after a checkout",
    "orders:pay": "a form on the group page",
    "orders:checkout": "a cart with goods in it",
    "orders:quantity": "a cart with goods in it",
    "storefront:robots": "for search engines",
    "storefront:sitemap": "for search engines",
    "storefront:sitemap_page": "for search engines",
    "storefront:saved_search": "beside each saved search",
    "storefront:change_search": "a form beside each saved search",
    "storefront:stop_watch": "a form beside each choice one waits for",
    "storefront:watch": "a form on the page of sold-out goods",
}


def named_urls(patterns: list[URLPattern | URLResolver], space: str = "") -> set[str]:
    names: set[str] = set()
    for entry in patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace in {"admin", "api"}:
                # The admin's own pages are reached from its index; ours are listed below. Programs
                # call the API's: its reference names each, as tests/marketplace/developers see to.
                continue
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            names |= named_urls(entry.url_patterns, inner)
        elif entry.name:
            names.add(f"{space}{entry.name}")
    return names


def name_of(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def addresses(
    page: BeautifulSoup, here: str, tag: str | re.Pattern[str], attribute: str
) -> list[str]:
    """Return where a page's tags point to on this site: path and query."""
    targets = [
        urlsplit(urljoin(here, found[attribute] or here))
        for found in page.find_all(tag, attrs={attribute: True})
    ]
    return [
        target.path + (f"?{target.query}" if target.query else "")
        for target in targets
        if not target.netloc and target.scheme in {"", "http"}
    ]


class Crawl:
    """Follow every link from both homes; note the names reached and what went wrong."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.waiting = deque(["/", "/me/"])
        self.seen = {"/", "/me/"}
        self.of_kind: Counter[str | None] = Counter()
        self.reached: set[str | None] = set()
        self.wrong: list[str] = []
        while self.waiting:
            self.visit(self.waiting.popleft())

    def visit(self, address: str) -> None:
        answer = self.client.get(address, follow=True, REMOTE_ADDR="127.0.0.1")
        if answer.status_code != 200:
            self.wrong.append(f"{address}: {answer.status_code}")
            return
        here = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        self.reached |= {name_of(urlsplit(path).path) for path in (address, here)}
        if answer.headers["Content-Type"].startswith("text/html"):
            page = BeautifulSoup(answer.content, "html.parser")
            for tag, attribute in (("form", "action"), ("img", "src"), (HTMX, "hx-get")):
                found = addresses(page, here, tag, attribute)
                self.reached |= {name_of(path.split("?")[0]) for path in found}
            for address_there in addresses(page, here, "a", "href"):
                self.note(address, address_there)

    def note(self, page: str, address: str) -> None:
        path = address.split("?", maxsplit=1)[0]
        kind = name_of(path)
        if kind is None and not path.startswith("/static/"):
            self.wrong.append(f"{page} links to {path}, which is nowhere")
        # Three pages of a kind are enough; goods and orders differ by their state.
        most = 12 if kind in {"storefront:listing", "orders:detail"} else 3
        if kind and path not in self.seen and self.of_kind[kind] < most:
            self.of_kind[kind] += 1
            self.seen.add(path)
            self.waiting.append(address)


@pytest.fixture
def market(transactional_db, settings):
    """The demo's people, shops, some goods and cases, without the six months of orders."""
    settings.DEMO = True
    now = timezone.now()
    for step in story.steps(now):
        kind, _, rest = step.key.partition(":")
        if kind in {"buy", "ship", "there", "confirm"} and not rest.startswith(("today", "late")):
            continue
        if kind == "shelf" or (kind == "good" and rest not in SOME_GOODS):
            continue
        result = step.play(step.at)
        for job_id in Job.objects.filter(state=JobState.PENDING).values_list("pk", flat=True):
            outbox.run(job_id=job_id, at=step.at)
        outbox.record(
            action=story.PLAYED,
            actor="system",
            subject=f"step:{step.key}",
            data=result or {},
            at=step.at,
        )


def test_every_named_url_is_reached_by_links_from_a_role_s_home(market):
    reached: set[str] = set()
    wrong: dict[str, list[str]] = {}
    for role, mail in ROLES.items():
        client = Client()
        if mail:
            client.force_login(User.objects.get(email=mail))
        crawl = Crawl(client)
        reached |= {name for name in crawl.reached if name}
        if crawl.wrong:
            wrong[role] = crawl.wrong
    assert wrong == {}
    assert "admin:cases_case_change" in reached
    assert "admin:shops_shop_changelist" in reached
    assert named_urls(get_resolver().url_patterns) - reached - set(NOT_BY_LINK) == set()


def test_the_list_of_exceptions_names_only_urls_that_exist():
    assert set(NOT_BY_LINK) - named_urls(get_resolver().url_patterns) == set()
