"""Who may do what where: one row for every named address of ours. An address without a row fails.

Every row is asked as each role, with each method, about the same owner's things.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from antifake.cases import services as cases
from antifake.references.models import ReferencePhoto
from marketplace.accounts import services as accounts
from marketplace.inbox import services as inbox
from marketplace.listings.models import ListingState
from marketplace.listings.queries import photo_file
from marketplace.orders.services import cart
from marketplace.shops import services as shops
from tests.factories.accounts import make_staff, make_user
from tests.factories.antifake import make_case, remove
from tests.factories.identity import make_identity
from tests.factories.listings import make_listing, make_photo
from tests.factories.orders import make_goods, make_order
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db

# What a role gets: 200 the page; 302 it is done, or a form sent empty; 422 a form with errors;
# LOGIN asked to sign in; 403 and 404 refused; 405 the wrong method.
LOGIN, READ, ACT, BOTH = "login", ("get",), ("post",), ("get", "post")
ROLES = ("visitor", "stranger", "seller", "buyer", "staff", "packer", "bookkeeper")


@dataclass(frozen=True)
class Row:
    """An address: its methods, the ids it takes, and what each role of ROLES gets."""

    methods: tuple[str, ...]
    expected: tuple[object, ...]
    ids: tuple[str, ...] = ()


def public(*, methods=READ, ids=(), answer=200):
    return Row(methods, (answer,) * len(ROLES), ids)


def personal(*, methods=READ, ids=(), answer=200):
    """Everybody has one of their own; visitors sign in first."""
    return Row(methods, (LOGIN, *[answer] * (len(ROLES) - 1)), ids)


def of(*insiders, methods=READ, ids=(), answer=200):
    """Only these roles; to everybody else it does not exist."""
    others = [answer if role in insiders else 404 for role in ROLES[1:]]
    return Row(methods, (LOGIN, *others), ids)


def desk(*, methods=READ, ids=(), answer=200):
    """Staff's; others are told so, visitors sign in first."""
    others = [answer if role == "staff" else 403 for role in ROLES[1:]]
    return Row(methods, (LOGIN, *others), ids)


def each(methods=READ, ids=(), *, others, **of_role):
    """What each named role gets, and `others` the rest."""
    return Row(methods, tuple(of_role.get(role, others) for role in ROLES), ids)


# They may open the order; what the services then let each do: tests/marketplace/shops.
TRADERS = ("seller", "buyer", "packer", "bookkeeper")
TABLE = {
    **dict.fromkeys(("healthz", "readyz"), public(methods=BOTH)),
    "storefront:home": public(),
    "storefront:search": public(),
    "storefront:listing": each(ids=("draft",), others=404, seller=200, packer=200),
    "storefront:shop": public(ids=("slug",)),
    "accounts:me": personal(),
    "accounts:profile": personal(methods=BOTH),
    "accounts:add_address": personal(methods=BOTH),
    "accounts:delete_address": personal(methods=ACT, ids=("address",), answer=302),
    "accounts:identity": personal(methods=BOTH),
    "accounts:sessions": personal(methods=BOTH, answer=(200, 302)),
    "accounts:terms": each(BOTH, visitor=(200, LOGIN), others=(200, 302)),
    "accounts:demo": public(methods=BOTH, answer=404),
    "inbox:list": personal(),
    "inbox:read": of("seller", methods=ACT, ids=("message",), answer=302),
    "reasons:statement": of("seller", "staff", ids=("puid",)),
    "shops:desk": each(others=302, visitor=LOGIN, seller=200, packer=200, bookkeeper=200),
    "shops:apply": personal(methods=BOTH),
    "shops:members": of("seller"),
    "shops:invite": of("seller", methods=ACT, ids=("shop",), answer=422),
    "shops:change_role": of("seller", methods=ACT, ids=("helper",), answer=302),
    "shops:remove_member": of("seller", methods=ACT, ids=("helper",), answer=302),
    "shops:withdraw": of("seller", methods=ACT, ids=("invitation",), answer=302),
    "shops:invitations": personal(),
    "listings:mine": personal(),
    "listings:new": each(BOTH, others=302, visitor=LOGIN, seller=(200, 302)),
    "listings:edit": of("seller", methods=BOTH, ids=("draft",), answer=(200, 302)),
    "listings:end": of("seller", methods=ACT, ids=("draft",), answer=302),
    "listings:stock": of("seller", "packer", methods=BOTH, ids=("draft",), answer=(200, 302)),
    "listings:counts": of("seller", "packer", ids=("shop",)),
    "listings:photo": each(ids=("photo", "size"), others=404, seller=200, packer=200, staff=200),
    "orders:cart": personal(),
    "orders:add": public(methods=BOTH, answer=302),
    "orders:quantity": personal(methods=ACT, ids=("line",), answer=302),
    "orders:checkout": each(BOTH, others=(302, 422), visitor=LOGIN, buyer=(200, 422)),
    "orders:group": of("buyer", ids=("group",)),
    "orders:pay": of("buyer", methods=ACT, ids=("group",), answer=302),
    "orders:mine": personal(),
    "orders:detail": of(*TRADERS, ids=("order",)),
    "orders:ship": of(*TRADERS, methods=ACT, ids=("order",), answer=302),
    "orders:confirm": of(*TRADERS, methods=ACT, ids=("order",), answer=302),
    "orders:cancel": of(*TRADERS, methods=ACT, ids=("order",), answer=302),
    "orders:desk": personal(),
    "orders:money": personal(),
    "orders:figures": of("seller", "packer", "bookkeeper", ids=("shop",)),
    "orders:webhook": public(methods=ACT, answer=403),
    "trust:standing": personal(),
    "scoring:score": personal(),
    "cases:mine": personal(),
    "cases:decision": of("seller", "staff", ids=("decision",)),
    "cases:appeal": of("seller", "staff", methods=ACT, ids=("decision",), answer=422),
    "admin:accounts_traderidentity_show": desk(methods=ACT, ids=("identity",), answer=302),
    "admin:accounts_traderidentity_verify": desk(methods=ACT, ids=("identity",), answer=302),
    "admin:accounts_traderidentity_refuse": desk(methods=ACT, ids=("identity",), answer=302),
    "admin:shops_shop_approve": desk(methods=ACT, ids=("shop",), answer=302),
    "admin:shops_shop_refuse": desk(methods=ACT, ids=("shop",), answer=302),
    "admin:cases_next": desk(methods=ACT, answer=302),
    "admin:cases_claim": desk(methods=ACT, ids=("case",), answer=302),
    "admin:cases_unclaim": desk(methods=ACT, ids=("case",), answer=302),
    "admin:cases_decide": desk(methods=ACT, ids=("case",), answer=422),
    "admin:cases_answer": desk(methods=ACT, ids=("appeal",), answer=422),
    "admin:references_photo": desk(ids=("reference",)),
    "admin:listings_original": desk(ids=("original",)),
    # Last: whoever accepts works in the shop from then on.
    "shops:accept": of("buyer", methods=ACT, ids=("invitation",), answer=302),
    "shops:join": personal(methods=BOTH, ids=("token",), answer=(200, 302)),
}
# allauth's and the admin's own addresses; theirs to test. Ours inside the admin are above.
THEIRS = ("account_", "mfa_", "admin:")
# Signed by the provider instead: tests/ewtp/test_outsiders.py.
WITHOUT_TOKEN = {"orders:webhook"}


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
    own |= {"ledger", "reasons", "rulebook", "trust", "scoring"}
    return label in own and not (entry.name or "").endswith(made)


@pytest.fixture
def people(now):
    made = {name: make_user() for name in ("stranger", "seller", "buyer", "packer", "bookkeeper")}
    return {**made, "staff": make_staff()}


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
    order = make_order(make_goods(shop=shop), buyer=buyer, at=timezone.now())
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
    return {
        "shop": shop.pk,
        "helper": helper.pk,
        "invitation": invitation.pk,
        "token": token,
        "slug": shop.slug,
        "draft": draft.pk,
        "photo": photo.name,
        "size": "thumb",
        "order": order.pk,
        "group": order.group_id,
        "line": line.pk,
        "case": case.pk,
        "decision": decision.pk,
        "appeal": appeal.pk,
        "puid": decision.statement.puid,
        "address": address.pk,
        "identity": make_identity(user=seller, at=now).pk,
        "message": message.pk,
        "reference": ReferencePhoto.objects.first().name,
        "original": case.listing.originals.get().pk,
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


def test_nothing_is_done_without_the_form_s_token(people, ids):
    wrong = []
    person = browser(people, "staff", enforce_csrf_checks=True)
    for name, row in TABLE.items():
        if name in WITHOUT_TOKEN:
            continue
        answer = person.post(address_of(name, row, ids))
        if answer.status_code not in {403, 405} or (
            "post" in row.methods and answer.status_code == 405
        ):
            wrong.append(f"{name}: {answer.status_code}")
    assert wrong == []
