"""Walk 4 in the browser: a right, a notice about a copy, the seller's answer, and two ways back.

The matcher finds the copies itself. Earlier history is written directly: a fake that a person
confirmed, a shop with a dozen other goods. A deadline comes by moving its row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from secrets import token_hex

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from antifake.cases.models import Case, Decision, RescanRun
from antifake.notices.models import CounterNotice, ItemState, NoticeItem
from antifake.references.models import Right
from ewtp.demo import world
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.listings.models import Listing, ListingState
from marketplace.outbox import services as outbox
from marketplace.shops.models import Shop
from tests.e2e.acts import follow, look, press, read, sign_up
from tests.e2e.people import People
from tests.e2e.portal import RUN_SECONDS, fill_shop, goods_showing, known_fake
from tests.e2e.tour import Width, click_through
from tests.factories.notices import PROOF, make_right
from tests.factories.pictures import as_bytes, drawn
from tests.factories.shops import make_shop
from tests.live import until

HOLDER = "Ingrid Nordvik"
REASON = "The star on it is our registered pattern, used without our agreement."
WORDS = "We bought them from the holder last spring, and the invoice is here."
REPLY = "We know no such invoice."
PDF = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": PROOF}


def newcomer(page: Page, role: str) -> User:
    """Sign somebody up on this page."""
    mail = f"{role}-{token_hex(4)}@example.org"
    sign_up(page, mail)
    return User.objects.get(email=mail)


def shop_of(seller: User, name: str) -> Shop:
    """A shop with a dozen goods."""
    shop = make_shop(owner=seller, name=name, slug=name.lower().replace(" ", "-"))
    fill_shop(shop)
    return shop


def write(page: Page) -> None:
    """Write why and who; good faith is forgotten, asked for, and nothing written is lost."""
    page.get_by_label("Why they breach it").fill(REASON)
    page.get_by_label("Your full name, in place of a signature").fill(HOLDER)
    press(page, "Send the notice")
    read(page, "Still missing")
    expect(page.get_by_label("Why they breach it")).to_have_value(REASON)


def send(page: Page) -> None:
    page.get_by_label("I believe in good faith").check()
    press(page, "Send the notice")
    page.wait_for_url("**/rights/status/**")


def answer(page: Page, item: NoticeItem) -> CounterNotice:
    page.goto("/rights/received/")
    follow(page, item.listing.title)
    page.get_by_label("Why the notice is wrong").fill(WORDS)
    page.get_by_label("A proof").set_input_files(PDF)
    press(page, "Send the answer")
    read(page, WORDS, "Given back on")
    return CounterNotice.objects.get(item=item)


def state_of(goods: Listing) -> str:
    return Listing.objects.get(pk=goods.pk).state


def answered(page: Page, goods: Listing) -> int:
    """Open a listing's page; return the status of the answer."""
    said = page.goto(f"/l/{goods.pk}/")
    assert said is not None
    return said.status


@pytest.mark.usefixtures("free_hands")
def test_a_copy_is_withheld_at_once_and_a_person_gives_it_back(
    opened: Callable[..., BrowserContext], people: People
):
    fake = drawn(4101)
    known_fake(as_bytes(fake), name="Cheap Stars", by_id=people.id_of(world.SECOND_STAFF.mail))
    holder, seller, visitor = (opened(None).new_page() for _ in range(3))
    desk = opened(world.STAFF.mail, Width.DESK).new_page()

    # A rights holder registers a right with its certificate; staff verify it; the market is seen.
    user = newcomer(holder, "holder")
    accounts.grant_role(user_id=user.pk, role="rights_holder", by_id=None, at=timezone.now())
    right = register(holder, desk)
    until(
        RescanRun.objects.filter(subject=f"brand:{right.brand_id}", done_at__isnull=False).exists,
        "the look at everything on sale",
        RUN_SECONDS,
    )
    holder.goto(f"/rights/{right.pk}/")
    read(holder, "Verified", "It is through.")
    look(holder)

    # A seller shows the fake's picture, made smaller. The holder finds it by the picture.
    shop = shop_of(newcomer(seller, "seller"), "Wool House")
    small = as_bytes(fake.resize((480, 360)), quality=70)
    jumper = goods_showing(small, shop=shop, title="Jumper with a star")
    assert answered(visitor, jumper) == 200
    search(visitor, jumper, found=1)
    find(holder, as_bytes(fake))
    press(holder, "Name the ticked goods in one notice")
    look(holder)
    write(holder)
    look(holder)
    send(holder)
    read(holder, jumper.title, "Withheld at once")
    look(holder)
    status = holder.url

    # Gone for everybody when the answer comes; the seller reads why, at once.
    item = NoticeItem.objects.get(listing=jumper)
    assert (item.state, item.ground) == (ItemState.WITHHELD, "copy")
    assert answered(visitor, jumper) == 404
    search(visitor, jumper, found=0)
    seller.goto("/inbox/")
    look(seller)
    click_through(seller.get_by_role("main").get_by_role("button", name="Open").first)
    seller.goto(f"/rights/received/{item.pk}/")
    read(seller, REASON)
    look(seller)
    follow(seller, "The decision and its reasons")
    read(seller, "Somebody sent us a notice", "A photo is that of goods which a person found")
    look(seller)

    # The seller answers, the sender replies, a person who knows neither decides for the seller.
    counter = answer(seller, item)
    look(seller)
    holder.goto("/rights/")
    read(holder, "Sellers answered")
    look(holder)
    follow(holder, jumper.title)
    read(holder, WORDS)
    look(holder)
    holder.get_by_label("Your reply").fill(REPLY)
    press(holder, "Send the reply")
    case = Case.objects.get(scan__occasion=counter.ref)
    desk.goto(f"/admin/cases/case/{case.pk}/change/")
    press(desk, "Claim this case")
    read(desk, WORDS, REPLY)
    look(desk)
    desk.get_by_text("Say it otherwise").click()
    desk.get_by_label("Reason in words").fill("The invoice is genuine.")
    press(desk, "Allow")
    decision = Decision.objects.get(case=case)
    assert (decision.verdict, decision.by_id) == ("allow", people.id_of(world.STAFF.mail))

    # Back for everybody; both sides read it, and the holder's record counts it against them.
    until(lambda: state_of(jumper) == ListingState.LIVE, "the listing to return")
    assert answered(visitor, jumper) == 200
    search(visitor, jumper, found=1)
    seller.goto(f"/rights/received/{item.pk}/")
    read(seller, "Decided for the seller", "The invoice is genuine.")
    look(seller)
    holder.goto(status)
    read(holder, "Withheld, then given back")
    holder.goto("/rights/")
    read(holder, "0 of 1")
    shop.refresh_from_db()
    assert shop.sanction_level == 0


def search(page: Page, goods: Listing, *, found: int) -> None:
    """Search for goods by their title."""
    page.goto(f"/search?q={goods.title}")
    links = page.get_by_role("main").get_by_role("link", name=goods.title, exact=True)
    expect(links).to_have_count(found)


def register(holder: Page, desk: Page) -> Right:
    """A holder writes down a trademark; staff look at the certificate and verify it."""
    holder.goto("/rights/")
    follow(holder, "Register a right")
    look(holder)
    holder.get_by_label("Protected name").fill("Fjellgarn")
    holder.get_by_label("Holder, as the register names them").fill("Fjellgarn Strikk")
    holder.get_by_label("Number in the register").fill("NO-401101")
    holder.get_by_label("Registered until").fill("2035-01-01")
    holder.get_by_label("Certificate or other proof").set_input_files(PDF)
    press(holder, "Register the right")
    read(holder, "Waits for a person to look at the proofs")
    right = Right.objects.latest("pk")
    desk.goto(f"/admin/references/right/{right.pk}/change/")
    look(desk)
    press(desk, "Verify")
    right.refresh_from_db()
    return right


def find(holder: Page, picture: bytes) -> None:
    """Look for goods that show a picture."""
    holder.goto("/rights/find/")
    photo = {"name": "ours.jpg", "mimeType": "image/jpeg", "buffer": picture}
    holder.get_by_label("Photo").set_input_files(photo)
    press(holder, "Find by this picture")
    read(holder, "1 listing found", "The same picture, or made from it.")
    look(holder)


def test_nobody_replies_and_the_clock_gives_the_goods_back_without_scripts(
    opened: Callable[..., BrowserContext], people: People
):
    fake, by_id = drawn(4233), people.id_of(world.SECOND_STAFF.mail)
    known_fake(as_bytes(fake), name="Cheap Moons", by_id=by_id)
    holder, seller = (opened(None, java_script_enabled=False).new_page() for _ in range(2))
    user = newcomer(holder, "holder")
    accounts.grant_role(user_id=user.pk, role="rights_holder", by_id=None, at=timezone.now())
    make_right(owner=user, staff=User.objects.get(pk=by_id), name="Maanegarn", at=timezone.now())
    shop = shop_of(newcomer(seller, "seller"), "Moon House")
    hat = goods_showing(cut(fake), shop=shop, title="Hat with a moon")

    # The picture was cut: no glance tells it, comparing it point by point does, a moment later.
    holder.goto("/rights/notices/new/")
    holder.get_by_label("Links to the goods").fill(f"http://market.example/l/{hat.pk}/")
    write(holder)
    send(holder)
    item = NoticeItem.objects.get(listing=hat)
    until(lambda: state_of(hat) == ListingState.WITHHELD, "the comparison", 60)
    holder.reload()
    read(holder, "Withheld at once")

    # The seller answers. An hour before the time is over nothing happens; then the goods return.
    counter = answer(seller, item)
    for moved, state in ((timedelta(hours=1), "withheld"), (timedelta(minutes=-1), "live")):
        now = timezone.now()
        CounterNotice.objects.filter(pk=counter.pk).update(due_at=now + moved)
        outbox.run_clock(kind="notices.lapse_due", at=now)
        assert state_of(hat) == state
    seller.reload()
    read(seller, "No reply came", "Withheld, then given back")
    assert answered(seller, hat) == 200
    holder.goto("/rights/")
    read(holder, "0 of 1")


def cut(picture: Image.Image) -> bytes:
    """Return the middle of a picture, as somebody who hides where it is from would upload it."""
    width, height = picture.size
    part = picture.crop((width // 8, height // 8, width * 7 // 8, height * 7 // 8))
    return as_bytes(part, quality=70)
