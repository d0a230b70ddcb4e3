"""Walk 4: a right, a look at the market, one notice, the seller's answer, and two ways back.

Over HTTP, with a real worker; the record of earlier notices and the rest of the shop's goods are
written directly, and the clocks are moved.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from antifake.cases.models import Case, Decision, RescanRun
from antifake.notices.models import CounterNotice, NoticeItem, NoticeState
from antifake.references.models import Right
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.inbox.models import Message
from marketplace.listings.models import Listing, ListingState
from marketplace.shops.models import Shop
from tests.factories.listings import make_listing, make_variant
from tests.factories.notices import PROOF, trust_record
from tests.factories.pictures import picture
from tests.live import Browser, until
from tests.walks.conftest import clocks, open_shop, put_on_sale

pytestmark = pytest.mark.walks
WORDS = "We bought them from the holder last spring, and the invoice is here."


def state_of(listing: Listing) -> str:
    return Listing.objects.get(pk=listing.pk).state


def send_notice(holder: Browser, listing: Listing) -> NoticeItem:
    """Paste the link, forget the statement of good faith, be asked, and send."""
    page = holder.open("/rights/notices/new/")
    values = {
        "links": f"http://market.example/l/{listing.pk}/",
        "reason": "It carries our registered name without our agreement.",
        "sworn_name": "Ingrid Nordvik",
    }
    page = holder.send(page, "/rights/notices/new/", values, button="do=send")
    assert "Still missing" in page.text
    assert "registered name" in str(page.soup)
    page = holder.send(page, "/rights/notices/", {"good_faith": "on"}, button="do=send")
    assert "/rights/status/" in page.response.url
    assert listing.title in Browser(holder.address).open(page.response.url).text
    return NoticeItem.objects.get(listing=listing, notice__state=NoticeState.WITHHELD)


def answer_it(seller: Browser, item: NoticeItem) -> CounterNotice:
    page = seller.open(f"/rights/received/{item.pk}/")
    seller.send(page, f"/received/{item.pk}/", {"text": WORDS})
    return CounterNotice.objects.get(item=item)


def test_one_notice_two_answers_and_both_ways_back(live, person):
    staff = person("staff@example.org", staff=True)
    holder = person("rights@example.org")
    user = User.objects.get(email="rights@example.org")
    accounts.grant_role(user_id=user.pk, role="rights_holder", by_id=None, at=timezone.now())

    # A right with its certificate; staff verify it, and the market is looked at again.
    values = {"name": "Nordvik", "holder": "Nordvik Strikk", "number": "NO-1"}
    values |= {"kind": "trademark", "expires_on": "2035-01-01"}
    files = [("proof", ("proof.pdf", PROOF, "application/pdf"))]
    page = holder.open("/rights/new/")
    holder.send(page, "/rights/new/", values, files=files)
    right = Right.objects.get()
    page = staff.open(f"/admin/references/right/{right.pk}/change/")
    staff.send(page, "/verify/")
    until(lambda: RescanRun.objects.filter(subject__startswith="brand:").exists(), "the look")
    assert "The look at everything on sale" in holder.open(f"/rights/{right.pk}/").text

    # A seller with a shop full of goods.
    seller = person("seller@example.org")
    open_shop(seller, staff, "Wool House")
    put_on_sale(seller, "Hand-knitted jumper", picture(2))
    jumper = Listing.objects.get(title="Hand-knitted jumper")
    until(lambda: state_of(jumper) == ListingState.LIVE, "the scan to publish")
    shop = Shop.objects.get(name="Wool House")
    for number in range(12):
        one = make_listing(shop=shop, title=f"Wool {number}", category=jumper.category)
        make_variant(listing=one)
    hat = Listing.objects.get(title="Wool 3")
    right.refresh_from_db()
    trust_record(right, at=timezone.now())

    # One notice: gone from the page and from search when the answer comes; reasons at once.
    item = send_notice(holder, jumper)
    Browser(live.address).open(f"/l/{jumper.pk}/", expect=404)
    assert "Hand-knitted jumper" not in staff.open("/search?q=jumper").text
    assert Message.objects.filter(user=shop.owner, kind="reasons.statement").count() == 1
    reasons = seller.open(f"/reasons/{item.statement.puid}/").text
    assert "Somebody sent us a notice" in reasons

    # The seller answers, the sender replies, and a person decides for the seller.
    counter = answer_it(seller, item)
    page = holder.open(f"/rights/threads/{counter.pk}/")
    assert WORDS in page.text
    holder.send(page, "/threads/", {"text": "We know no such invoice."}, button="do=reply")
    case = Case.objects.get(scan__occasion=counter.ref)
    page = staff.open(f"/admin/cases/case/{case.pk}/change/")
    staff.send(page, "/claim/")
    page = staff.open(f"/admin/cases/case/{case.pk}/change/")
    assert "We know no such invoice." in page.text
    staff.send(page, "/decide/", {"note": "The invoice is genuine."}, button="verdict=allow")
    assert Decision.objects.get(case=case).verdict == "allow"
    until(lambda: state_of(jumper) == ListingState.LIVE, "the listing to return")
    Browser(live.address).open(f"/l/{jumper.pk}/")

    # Another notice; the seller answers, nobody replies, and the clock gives the goods back.
    item = send_notice(holder, hat)
    counter = answer_it(seller, item)
    assert state_of(hat) == ListingState.WITHHELD
    clocks(live, counter.due_at - timedelta(hours=1))
    assert state_of(hat) == ListingState.WITHHELD
    clocks(live, counter.due_at + timedelta(minutes=1))
    until(lambda: state_of(hat) == ListingState.LIVE, "the clock to give back")
    assert "No reply came" in seller.open(f"/rights/received/{item.pk}/").text
    assert "60 of 62" in holder.open("/rights/").text
