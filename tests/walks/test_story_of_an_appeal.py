"""A visitor reports goods, staff take them down, buyers are paid; the appeal brings it all back.

Over HTTP, with real processes and clocks moved. The database is only read, to wait and to
compare, but for the minute in which a ruling may be taken back: its job is moved.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from antifake.cases.models import Appeal, AppealEvidence, Case, Decision
from credit.scoring.models import Score
from credit.scoring.queries import features
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Listing, ListingState, SearchRow
from marketplace.orders.models import Order, OrderState, Refund, RefundState
from marketplace.outbox.models import Job, JobState
from marketplace.shops.models import Shop
from marketplace.trust.models import Recall, RecallState, Strike
from marketplace.trust.services import recalls
from tests.factories.pictures import picture
from tests.live import Browser, until
from tests.walks.conftest import balance, clocks, open_shop, put_on_sale

pytestmark = pytest.mark.walks
TITLE = "Wooden train"
WORDS = "We made these trains ourselves; the plan from 2019 is with this appeal."


def idle() -> bool:
    return not Job.objects.filter(
        state__in=[JobState.PENDING, JobState.LEASED], run_at__lte=timezone.now()
    ).exists()


def score_of(shop: Shop) -> Score:
    return Score.objects.filter(shop=shop).order_by("-pk")[0]


def buy(buyer: Browser) -> Order:
    listing = Listing.objects.get(title=TITLE)
    buyer.send(buyer.open(f"/l/{listing.pk}/"), "/cart/add/", {"quantity": "1"})
    page = buyer.open("/checkout/")
    values = {"recipient": "Nora Lind", "lines": "Storgatan 1\n111 22 Stockholm", "country": "SE"}
    if page.form("/checkout/").find("input", attrs={"name": "saved", "value": "new"}):
        values["saved"] = "new"
    buyer.send(page, "/checkout/", {**values, "card": "tok_ok"})
    order = Order.objects.latest("pk")
    until(lambda: Order.objects.get(pk=order.pk).state == OrderState.PAID_HELD, "the payment", 60)
    return order


def test_a_wrong_takedown_is_undone_for_listing_standing_score_and_money(live, person):
    first, second = (person(f"{name}@example.org", staff=True) for name in ("first", "second"))
    seller, buyer = person("seller@example.org"), person("buyer@example.org")
    open_shop(seller, first, "Train makers")
    shop = Shop.objects.get()
    put_on_sale(seller, TITLE, picture(1))
    until(lambda: Listing.objects.get().state == ListingState.LIVE, "the scan to publish", 60)

    # One order is over and its money released; one is paid, its money still held.
    released = buy(buyer)
    seller.send(seller.open(f"/orders/{released.pk}/"), "/ship/", {"tracking": "TRACK1"})
    buyer.send(buyer.open(f"/orders/{released.pk}/"), "/confirm/")
    held = buy(buyer)
    until(idle, "the worker to finish", 60)
    moment = timezone.now()
    before, fair = score_of(shop), features(shop_id=shop.pk, at=moment)
    rank, money = SearchRow.objects.get().rank, balance("seller_payable", shop.ref)
    assert money > 0

    # A visitor reports it. It stays on sale until a person has looked.
    visitor = Browser(live.address)
    page = visitor.open(f"/l/{Listing.objects.get().pk}/")
    page = visitor.open(
        next(a["href"] for a in page.soup.find_all("a", href=True) if "/reports/" in a["href"])
    )
    told = visitor.send(page, "/reports/goods/", {"reason": "fake", "text": "Looks like Brio."})
    assert "A person will look" in told.text
    assert Listing.objects.get().state == ListingState.LIVE
    case = Case.objects.get()
    review = first.open(f"/admin/cases/case/{case.pk}/change/")
    first.send(review, "/claim/")
    review = first.open(f"/admin/cases/case/{case.pk}/change/")
    values = {"policy": "counterfeit", "act": "knowing", "note": "A copy of a known train."}
    first.send(review, "/decide/", values, button="verdict=remove")

    # Gone at once; the buyer is told and paid, from held money and by the platform.
    visitor.open(f"/l/{Listing.objects.get().pk}/", expect=404)
    Job.objects.filter(kind=recalls.LIST).update(run_at=timezone.now())  # a minute passes
    done = Refund.objects.filter(state=RefundState.DONE)
    until(lambda: done.count() == 2, "the refunds", 60)
    until(lambda: score_of(shop).points < before.points, "the score to show the strike", 60)
    states = dict(Recall.objects.values_list("order_id", "state"))
    assert states == {released.pk: RecallState.ADVANCED, held.pk: RecallState.HELD}
    assert balance("seller_payable", shop.ref) == money
    assert "found to be fakes" in buyer.open("/inbox/").text
    assert "Taken down" in visitor.open(told.response.url).text
    shop.refresh_from_db()
    assert shop.sanction_level > 0

    # The seller appeals with a file. While nobody has answered, no clock takes the money.
    decision = Decision.objects.get()
    page = seller.open(f"/decisions/{decision.pk}/")
    files = [("proofs", ("plan.jpg", picture(5), "image/jpeg"))]
    seller.send(page, "/appeal/", {"text": WORDS}, files=files)
    assert AppealEvidence.objects.count() == 1
    clocks(live, timezone.now() + timedelta(days=40))
    assert Recall.objects.get(order=released).state == RecallState.ADVANCED

    # Another person answers; who decided first may not.
    appeal = Appeal.objects.get()
    answer = {"answer": "The plan is older than theirs. You are right."}
    address = f"/admin/cases/appeal/{appeal.pk}/change/"
    refused = first.send(first.open(address), "/answer/", answer, button="outcome=won", expect=422)
    assert "another person must answer" in refused.text
    assert "File (webp)" in second.open(address).text
    second.send(second.open(address), "/answer/", answer, button="outcome=won")

    # Listing, ranking, standing, strikes, score and money are as before; the buyer keeps hers.
    visitor.open(f"/l/{Listing.objects.get().pk}/")
    good = Recall.objects.filter(state=RecallState.MADE_GOOD)
    until(lambda: good.count() == 2, "the recalls to be made good", 60)
    until(lambda: score_of(shop).points == before.points, "the score to return", 60)
    until(idle, "the worker to finish", 60)
    shop.refresh_from_db()
    assert (shop.sanction_level, SearchRow.objects.get().rank) == (0, rank)
    assert Strike.objects.get().voided_at is not None
    assert features(shop_id=shop.pk, at=moment) == fair
    assert score_of(shop).contributions == before.contributions
    assert balance("seller_payable", shop.ref) == money
    assert balance("seller_debt", shop.ref) == balance("refund_advances", "platform") == 0
    assert done.count() == 2
    assert "It may stay" in visitor.open(told.response.url).text
    assert ledger.trial_balance() == {"EUR": 0}
