"""Where each role's tour starts, and the pages that no link leads to.

A page that only a mailed link, a sent form or a rare state shows is brought about here, through
the pages themselves where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from secrets import randbelow, token_hex

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib import admin
from django.db.models import Model, Q
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from antifake.cases.models import Case, CaseState
from antifake.notices import services as notices
from ewtp.demo import world
from marketplace.accounts.models import User
from marketplace.listings.models import GoodsImport, Listing, Variant, WishedListing
from marketplace.orders.models import Order
from marketplace.quotes.models import Quote
from marketplace.shops import services as shops
from marketplace.shops.models import MemberRole, Shop
from tests.e2e.people import People
from tests.e2e.portal import withheld_item
from tests.e2e.tour import SETTLED, Stop, click_through, label_of
from tests.walks.test_crawl import ROLES

PASSWORD = "long-enough-and-not-common-7"
HOMES = [Stop("storefront:home", "/"), Stop("accounts:me", "/me/")]


def stops_of(role: str, people: People) -> list[Stop]:
    """Return where this role's tour starts."""
    mail = ROLES[role]
    if mail is None:
        return [HOMES[0], *_visitors()]
    user = User.objects.get(pk=people.id_of(mail))
    found = [*HOMES, *_orders(user), *_goods(user), *_tables(user), *_quotes(user)]
    more = {
        "rights holder": _holders,
        "buyer": _buyers,
        "seller": _sellers,
        "integrator": _invited,
        "staff": _desk,
    }
    return [*found, *more.get(role, _nothing)(user, people)]


def _nothing(user: User, people: People) -> list[Stop]:
    return []


def press(page: Page, **values: str) -> None:
    """Fill the page's main form and send it past the browser's own checks."""
    form = page.locator("main form").first
    form.evaluate("one => one.noValidate = true")
    for name, value in values.items():
        form.locator(f"[name={name}]").fill(value)
    click_through(form.locator("button[type=submit]").first)


def _visitors() -> Iterator[Stop]:
    variant = Variant.objects.filter(listing__in=Listing.objects.live()).order_by("pk")[0]
    user = User.objects.get(pk=Order.objects.earliest("pk").buyer_id)
    reset = [user_pk_to_url_str(user), default_token_generator.make_token(user)]
    yield Stop("nothing-found", "/search?q=zzzz")
    yield Stop("not-found", "/nowhere/", status=404)
    yield _stop("account_inactive")
    yield _stop("account_reset_password_done")
    yield _stop("account_reset_password_from_key", *reset)
    yield _stop("account_reset_password_from_key_done")
    add = f"/cart/add/?variant_id={variant.pk}&quantity=1"
    yield Stop("visitor-adds", add, fresh=True)
    yield Stop("visitor-s-cart", add, act=press, fresh=True)
    yield Stop("orders:guest_checkout", add, act=_to_checkout, fresh=True)
    yield Stop("guest-checkout-refused", add, act=_refused_as_guest, acted=422, fresh=True)
    yield Stop("guest-s-order", add, act=_order_as_guest, fresh=True)
    yield Stop("accounts:guest", add, act=_home_of_guest, fresh=True)
    yield _stop("accounts:guest_link", "a-link-that-was-sent")
    report = reverse("reports:report", args=[variant.listing_id])
    yield Stop("reports:outcome", report, act=_report, fresh=True)
    yield _newcomer("login-refused", "account_login", press)
    yield _newcomer("signup-refused", "account_signup", press)
    yield _newcomer("account_email_verification_sent", "account_signup", _sign_up_by_mail)
    yield _newcomer("account_verify_phone", "account_signup", _sign_up_by_phone)
    yield _newcomer("account_confirm_login_code", "account_request_login_code", _ask_for_code)
    yield _newcomer("mfa_authenticate", "account_login", _sign_in_as_staff)


def _newcomer(label: str, name: str, act: Callable[[Page], None]) -> Stop:
    """Somebody without any cookie opens the page `name` and does `act`."""
    return Stop(label, reverse(name), act=act, fresh=True)


def _report(page: Page) -> None:
    page.locator("main [name=reason]").first.check()
    press(page)


def _to_checkout(page: Page) -> None:
    press(page)
    click_through(page.locator("main a[href='/checkout/']").first)


def _refused_as_guest(page: Page) -> None:
    _to_checkout(page)
    press(page, contact="nobody")


def _order_as_guest(page: Page) -> None:
    _to_checkout(page)
    with page.expect_response(lambda answer: "refresh=1" in (answer.request.post_data or "")):
        page.locator("main [name=country]").select_option("SE")
    page.wait_for_function(SETTLED)
    contact = f"guest-{token_hex(4)}@demo.example"
    press(page, contact=contact, recipient="Nora Lind", lines="Storgatan 1, Stockholm")


def _home_of_guest(page: Page) -> None:
    _order_as_guest(page)
    click_through(page.locator("nav.site-nav a").last)


def _sign_up_by_mail(page: Page) -> None:
    page.locator("main form input[type=checkbox]").check()  # the terms
    press(page, email=f"new-{token_hex(4)}@demo.example", password1=PASSWORD)


def _sign_up_by_phone(page: Page) -> None:
    page.locator("main form input[type=checkbox]").check()
    press(page, phone=f"+49151{randbelow(10**8):08d}", password1=PASSWORD)


def _sign_in_as_staff(page: Page) -> None:
    press(page, login=world.STAFF.mail, password=world.PASSWORD)


def _ask_for_code(page: Page) -> None:
    press(page, email=f"nobody-{token_hex(4)}@demo.example")


def _orders(user: User) -> Iterator[Stop]:
    """One order in each state, bought or sold by the user."""
    theirs = Order.objects.filter(Q(buyer=user) | Q(shop__owner=user)).order_by("state", "-pk")
    for pk in theirs.distinct("state").values_list("pk", flat=True):
        yield _stop("orders:detail", pk)


def _goods(user: User) -> Iterator[Stop]:
    """The shop's goods in each state, as their seller sees and edits them."""
    theirs = Listing.objects.filter(shop__owner=user).order_by("state", "-pk").distinct("state")
    for pk in theirs.values_list("pk", flat=True):
        yield _stop("storefront:listing", pk)
        yield _stop("listings:edit", pk)


def _tables(user: User) -> Iterator[Stop]:
    """One table of goods in each state: those that are done can be undone."""
    theirs = GoodsImport.objects.filter(shop__owner=user).order_by("state", "-pk")
    for pk in theirs.distinct("state").values_list("pk", flat=True):
        yield _stop("listings:import", pk)


def _quotes(user: User) -> Iterator[Stop]:
    """One quote in each state that the user's shop gave: an open one can be withdrawn."""
    theirs = Quote.objects.filter(shop__owner=user).order_by("state", "-pk")
    for pk in theirs.distinct("state").values_list("pk", flat=True):
        yield _stop("quotes:detail", pk)


def _buyers(user: User, people: People) -> Iterator[Stop]:
    variant = Variant.objects.filter(listing__in=Listing.objects.live()).order_by("pk")[0]
    add = f"/cart/add/?variant_id={variant.pk}&quantity=1"
    yield Stop("orders:cart empty", "/cart/")
    yield Stop("orders:add", add)
    yield Stop("orders:cart", add, act=press)
    yield Stop("orders:checkout", "/checkout/")
    yield Stop("checkout-refused", "/checkout/", act=_check_out_nowhere, acted=422)
    yield Stop("orders:group", "/checkout/", act=_check_out_declined)
    yield Stop("profile-refused", "/me/profile/", act=lambda page: press(page, display_name=""))
    wished = WishedListing.objects.filter(user=user, listing__in=Listing.objects.live()).earliest(
        "pk"
    )
    yield Stop("storefront:listing wished", reverse("storefront:listing", args=[wished.listing_id]))
    yield _stop("account_reauthenticate")
    yield _stop("account_set_password")


def _sellers(user: User, people: People) -> Iterator[Stop]:
    """A shop with somebody who helps, an open invitation, and the page behind its link."""
    shop, now = Shop.objects.filter(owner=user).earliest("pk"), timezone.now()
    helper = people.id_of(world.BUYERS[1].mail)
    invite = partial(shops.invite_member, shop_id=shop.pk, by_id=user.pk, at=now)
    if not shop.members.filter(user_id=helper).exists():
        shops.accept(user_id=helper, token=invite(role=MemberRole.PACKER)[1], at=now)
    _invitation, token = invite(role=MemberRole.BOOKKEEPER)
    yield _stop("shops:join", token)
    yield _stop("notices:answer", withheld_item(user.pk).pk)
    yield _stop("shops:members")
    yield Stop("shops:invite", reverse("shops:members"), act=_invite)


def _holders(user: User, people: People) -> Iterator[Stop]:
    """A thread with a seller, the page behind a link, and what a picture finds."""
    item = withheld_item(people.id_of(ROLES["seller"]))
    token = notices.new_link(notice_id=item.notice_id, by_id=user.pk, at=timezone.now())
    yield _stop("notices:status", token)
    yield _stop("notices:counter", item.counter.pk)
    yield Stop("notice-refused", reverse("notices:new"), act=press)


def _invite(page: Page) -> None:
    form = page.locator("main form[action$='/invite/']").first
    form.locator("[name$=role][value=packer]").check()
    click_through(form.get_by_role("button"))


def _invited(user: User, people: People) -> Iterator[Stop]:
    """Somebody whom a shop has asked to help."""
    shop = Shop.objects.get(owner_id=people.id_of(ROLES["seller"]))
    shops.invite_member(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        role=MemberRole.PACKER,
        contact=ROLES["integrator"],
        at=timezone.now(),
    )
    yield _stop("shops:invitations")


def _check_out_nowhere(page: Page) -> None:
    page.locator("main [name=saved][value=new]").check()
    press(page)


def _check_out_declined(page: Page) -> None:
    """Order with a card that is declined: the page that asks to pay again."""
    page.locator("main [name=card][value=tok_declined]").check()
    press(page)


def _desk(user: User, people: People) -> Iterator[Stop]:
    """Every page of the admin that staff may open, whether linked or not."""
    request = RequestFactory().get("/admin/")
    request.user = user
    yield Stop("admin:index", "/admin/")
    yield _stop("mfa_reauthenticate")
    yield _stop("admin:cases_queue")
    yield _stop("admin:cases_settings")
    for case in Case.objects.filter(state=CaseState.OPEN, escalated_by=None).order_by("pk")[:1]:
        yield _stop("admin:cases_together", case.pk)
        next_case = reverse("admin:cases_queue")
        yield Stop("admin:cases_case_change claimed by me", next_case, act=_take_next)
    for model, desk in admin.site._registry.items():
        if desk.has_view_permission(request):
            yield _stop(f"admin:{_of(model)}_changelist")
            thing = desk.get_queryset(request).first()
            yield from _of_thing(model, thing, ["change", "history"] if thing else [])
            yield from _of_thing(model, thing, _more(desk, request, thing))


def _take_next(page: Page) -> None:
    click_through(page.locator("[data-action=next]").first)


def _more(desk: admin.ModelAdmin, request: object, thing: Model | None) -> list[str]:
    may = {"add": desk.has_add_permission(request)}
    if thing is not None:
        may["delete"] = desk.has_delete_permission(request, thing)
    return [page for page, allowed in may.items() if allowed]


def _of_thing(model: type[Model], thing: Model | None, pages: list[str]) -> Iterator[Stop]:
    for page in pages:
        arguments = [] if page == "add" else [thing.pk]
        yield _stop(f"admin:{_of(model)}_{page}", *arguments)


def _of(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def _stop(name: str, *arguments: object) -> Stop:
    address = reverse(name, args=arguments)
    return Stop(label_of(address) or name, address)
