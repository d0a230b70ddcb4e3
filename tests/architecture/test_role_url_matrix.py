"""Who may do what where: one row for every named address of ours. An address without a row fails.

Every row is asked as each role, with each method, about the same owner's things.
"""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from antifake.cases import services as cases
from antifake.cases.services import rescans
from antifake.references.models import ReferencePhoto
from marketplace.accounts import services as accounts
from marketplace.inbox import services as inbox
from marketplace.listings.models import ListingState
from marketplace.listings.queries import photo_file
from marketplace.orders.services import cart
from marketplace.shops import services as shops
from marketplace.shops.models import Discount, ShippingMethod
from tests.architecture.role_url_rows import LOGIN, ROLES
from tests.architecture.role_url_rows import TABLE as ROWS
from tests.architecture.role_url_rows_of_antifake import ANTIFAKE
from tests.architecture.role_url_rows_of_credit import CREDIT
from tests.factories.accounts import make_staff, make_user
from tests.factories.antifake import make_case, remove
from tests.factories.care import one_of_each
from tests.factories.desk import one_of_each_at_the_desk
from tests.factories.developers import make_token
from tests.factories.guests import make_guest
from tests.factories.hooks import one_of_each as one_webhook
from tests.factories.identity import make_identity
from tests.factories.importing import make_import
from tests.factories.inspections import one_of_each_inspected
from tests.factories.learning import one_of_each_asked
from tests.factories.listings import make_listing, make_photo, make_variant
from tests.factories.loans import one_of_each as one_of_each_loan
from tests.factories.notices import make_holder, one_of_each_notice
from tests.factories.orders import make_goods, make_order
from tests.factories.quotes import one_of_each as one_of_each_quote
from tests.factories.reports import make_report
from tests.factories.scoring import one_of_each as one_of_each_score
from tests.factories.shares import make_share
from tests.factories.shops import make_member, make_shop
from tests.factories.talk import one_of_each as one_of_each_talk
from tests.factories.transparency import make_bundle
from tests.factories.wishes import make_saved_search

pytestmark = pytest.mark.django_db
TABLE = {**CREDIT, **ANTIFAKE, **ROWS}  # the last rows of ROWS stay last

# allauth's and the admin's own addresses; theirs to test. Ours inside the admin are above.
THEIRS = ("account_", "mfa_", "admin:")
# Signed by the provider instead: tests/ewtp/test_outsiders.py.
WITHOUT_TOKEN = {"orders:webhook", "orders:carrier_webhook"}
# Where guests are buyers like others; what each page shows them is its own affair.
BUYERS_ROOMS = {"storefront", "orders", "care", "talk", "inbox", "reasons", "transparency"}
BUYERS_ROOMS |= {"reports"}


def ours() -> set[str]:
    """Return the names of our addresses; in the admin, those that our packages' views serve."""
    found = set()
    waiting = [("", entry) for entry in get_resolver().url_patterns]
    while waiting:
        space, entry = waiting.pop()
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            waiting += [(inner, one) for one in entry.url_patterns]
        elif entry.name and (not f"{space}{entry.name}".startswith(THEIRS) or _is_button(entry)):
            found.add(f"{space}{entry.name}")
    return found


def _is_button(entry: URLPattern) -> bool:
    """Say whether one of our admin classes added this address to those that Django makes."""
    made = ("_changelist", "_add", "_history", "_delete", "_change")
    label = (entry.name or "").partition("_")[0]
    own = {"shops", "cases", "references", "listings", "orders", "accounts", "outbox", "inbox"}
    own |= {
        "care",
        "ledger",
        "reasons",
        "rulebook",
        "trust",
        "scoring",
        "talk",
        "transparency",
        "notices",
    }
    return label in own and not (entry.name or "").endswith(made)


@pytest.fixture
def people(now):
    made = {name: make_user() for name in ("stranger", "seller", "buyer", "packer", "bookkeeper")}
    return {**made, "staff": make_staff(), "holder": make_holder()}


@pytest.fixture
def ids(people, now):
    """One of everything, the seller's and the buyer's."""
    seller, buyer = people["seller"], people["buyer"]
    shop = make_shop(owner=seller)
    for role in ("packer", "bookkeeper"):
        make_member(shop=shop, user=people[role], role=role)
    helper = make_member(shop=shop, role="packer")
    invitation, token = shops.invite_member(
        shop_id=shop.pk, by_id=seller.pk, role="packer", contact=buyer.email, at=timezone.now()
    )
    draft = make_listing(shop=shop, state=ListingState.DRAFT)
    photo = make_photo(listing=draft)
    default_storage.save(photo_file(photo.name, "thumb"), ContentFile(b"pixels"))
    paid = make_order(make_goods(shop=shop), buyer=buyer, state="paid_held", at=now)
    order = make_order(make_goods(shop=shop), buyer=buyer, at=timezone.now())
    after_sales = one_of_each(shop, buyer)
    talks = one_of_each_talk(shop, buyer)
    line = cart.add_to_cart(
        buyer_id=buyer.pk, variant_id=make_goods(shop=shop).pk, quantity=1, at=now
    )
    case = make_case(shop=shop, at=timezone.now())
    decision = remove(case, make_staff(), severity=1, at=timezone.now())
    appeal = cases.appeal(
        decision_id=decision.pk, by_id=seller.pk, text="It is our own work.", at=timezone.now()
    )
    address = accounts.add_address(
        user_id=seller.pk, recipient="Ama", lines="1 High St", country="GH", at=now
    )
    message = inbox.notify(
        user_id=seller.pk, kind="test", key="matrix", subject="Hello", body="Hello", at=now
    )
    share = make_share(shop=shop, user=people["bookkeeper"], agreed=False, at=now)
    services_at = {"by_id": seller.pk, "at": timezone.now()}
    shops.change_payout_account(shop_id=shop.pk, account="RW12 3456", **services_at)
    return {
        "shop": shop.pk,
        "account_change": shop.account_changes.get().pk,
        "helper": helper.pk,
        "share": share.pk,
        "method": ShippingMethod.objects.create(shop=shop, name="Letter", first_minor=300).pk,
        "discount": Discount.objects.create(shop=shop, percent_bp=1, from_minor=1, since=now).pk,
        "invitation": invitation.pk,
        "token": token,
        "slug": shop.slug,
        "shelf_slug": draft.category.slug,
        "draft_choice": make_variant(listing=draft).pk,
        "saved_search": make_saved_search(user=buyer).pk,
        "kind": "shelves",
        "number": 0,
        "draft": draft.pk,
        "photo": photo.name,
        "size": "thumb",
        "order": order.pk,
        "paid": paid.pk,
        "paid_group": paid.group_id,
        "year": 2026,
        "month": 3,
        "bought_line": order.lines.get().pk,
        "group": order.group_id,
        "line": line.pk,
        "case": case.pk,
        "decision": decision.pk,
        "appeal": appeal.pk,
        "rescan": rescans.begin(cause="brand", subject="brand:1", at=now).pk,
        "puid": decision.statement.puid,
        "sanction": shop.sanctions.get().pk,
        **one_of_each_at_the_desk(case, people["staff"], timezone.now()),
        "bundle": make_bundle(case, people["staff"]).pk,
        "address": address.pk,
        "identity": make_identity(user=seller, at=now).pk,
        "message": message.pk,
        "reference": ReferencePhoto.objects.first().name,
        **after_sales,
        **talks,
        **one_of_each_quote(shop, buyer),
        **one_of_each_asked(shop),
        **one_of_each_notice(shop, people["holder"], people["staff"], at=timezone.now()),
        **one_webhook(shop, timezone.now()),
        **one_of_each_loan(seller, timezone.now()),
        **one_of_each_score(shop, timezone.now()),
        "live": make_goods(shop=shop).listing_id,
        **one_of_each_inspected(shop, timezone.now()),
        "report_token": make_report(at=timezone.now()).token,
        "api_token": make_token(user=seller)[0].pk,
        "endpoints": "own-goods",
        "original": case.listing.originals.get().pk,
        "goods_import": make_import(shop=shop, state="stopped").pk,
        "table_kind": "csv",
    }


def browser(people, role, **options):
    opened = Client(raise_request_exception=False, **options)
    if role != "visitor":
        opened.force_login(people[role])
    return opened


def got(answer):
    """Return what a role got: LOGIN or the status."""
    at_the_door = (reverse("account_login"), reverse("admin:login"))
    if answer.status_code == 302 and answer.url.startswith(at_the_door):
        return LOGIN
    return answer.status_code


def address_of(name, row, ids):
    return reverse(name, args=[ids[key] for key in row.ids])


def test_every_address_of_ours_has_its_row():
    assert ours() - set(TABLE) == set(), "write a row for each of these"
    assert set(TABLE) - ours() == set(), "rows without an address"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_its_row_says(people, ids, role):
    wrong = []
    person = browser(people, role)
    for name, row in TABLE.items():
        expected = row.expected[ROLES.index(role)]
        allowed = expected if isinstance(expected, tuple) else (expected,)
        for method in row.methods:
            answer = getattr(person, method)(address_of(name, row, ids))
            if name.startswith("admin:") and got(answer) == LOGIN and role != "visitor":
                # The desk's door: it refuses whoever is signed in and is no staff.
                answer = person.get(answer.url)
            if got(answer) not in allowed:
                wrong.append(f"{method} {name}: {got(answer)}, not {expected}")
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_other_methods_are_refused(people, ids, role):
    refused = {405, 403, 404, LOGIN}
    wrong = []
    person = browser(people, role)
    for name, row in TABLE.items():
        if name in {"healthz", "readyz"}:
            continue  # they say the same to everybody and change nothing
        for method in {"get", "post", "put", "patch", "delete"} - set(row.methods):
            answer = getattr(person, method)(address_of(name, row, ids))
            if got(answer) not in refused:
                wrong.append(f"{method} {name}: {got(answer)}")
    assert wrong == []


def test_a_guest_gets_a_buyer_s_pages_and_nothing_else(people, ids):
    """All that is not for buyers leads to the page that invites guests to open an account."""
    for_all = {
        "notices:status",
        "scoring:check",
        "healthz",
        "readyz",
        "listings:photo",
        "accounts:terms",
        "accounts:demo",
    }
    wrong = []
    person = Client(raise_request_exception=False)
    person.force_login(make_guest())
    for name, row in TABLE.items():
        room = name.partition(":")[0]
        address = address_of(name, row, ids)
        if name in for_all or name in WITHOUT_TOKEN:
            continue
        buyers = room in BUYERS_ROOMS and not address.startswith("/desk/")
        for method in row.methods:
            answer = getattr(person, method)(address)
            invited = answer.status_code == 302 and answer.url == reverse("accounts:guest")
            if not (buyers or invited or name.startswith("accounts:guest")):
                wrong.append(f"{method} {name}: {answer.status_code}")
    assert wrong == []


def test_nothing_is_done_without_the_form_s_token(people, ids):
    wrong = []
    person = browser(people, "staff", enforce_csrf_checks=True)
    for name, row in TABLE.items():
        if name in WITHOUT_TOKEN:
            continue
        answer = person.post(address_of(name, row, ids))
        # 401: the API, where no session counts.
        if answer.status_code not in {401, 403, 405} or (
            "post" in row.methods and answer.status_code == 405
        ):
            wrong.append(f"{name}: {answer.status_code}")
    assert wrong == []
