"""The appeal half of walk 1 in the browser: a wrong takedown, its price, and all of it undone.

Buyer, visitor and the young shop go without JavaScript; the seller's appeal and the desk with it.
The month after which the shop pays itself what the platform advanced comes by moving its row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from antifake.cases.models import Appeal, AppealEvidence, Case, Decision
from credit.scoring.models import Score
from ewtp.demo import world
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Listing, ListingState, SearchRow
from marketplace.orders.models import Order, OrderState, Refund, RefundState
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState
from marketplace.shops.models import Shop
from marketplace.trust.models import Recall, RecallState, Strike
from marketplace.trust.services import recalls
from marketplace.trust.tasks import RECOVER
from tests.e2e.acts import buy, follow, look, open_shop, press, put_on_sale, read, send
from tests.e2e.tour import Width, click_through
from tests.factories.pictures import picture
from tests.live import until
from tests.walks.conftest import balance

TITLE = "Alder wood train, hand-painted"
ACCUSED = "A copy of a known train."
WORDS = "We made these trains ourselves; the plan from 2019 is with this appeal."
ANSWER = "The plan is older than theirs. You are right."
PLAN = {"name": "plan.jpg", "mimeType": "image/jpeg", "buffer": picture(4304)}
BUYER = world.BUYERS[7]


@dataclass(frozen=True)
class Shown:
    """What the seller's pages say of score, standing and money."""

    score: str
    standing: str
    due: str


@dataclass(frozen=True)
class Kept:
    """What rows and ledger say of the same, in minor units of the shop's currency."""

    points: int
    level: int
    rank: float
    payable_minor: int
    debt_minor: int


def shown(page: Page, shop: Shop) -> Shown:
    page.goto(f"/credit/?shop={shop.pk}")
    score = page.locator("main .price-large").first.inner_text()
    page.goto("/trust/")
    standing = page.locator("main .notice").first.inner_text()
    page.goto("/desk/money/")
    due = page.locator("main .figures dd").nth(1).inner_text()
    return Shown(score, standing, due)


def kept(shop: Shop, goods: Listing) -> Kept:
    shop.refresh_from_db()
    row = SearchRow.objects.filter(listing=goods).first()
    return Kept(
        points=score_of(shop).points,
        level=shop.sanction_level,
        rank=row.rank if row else 0,
        payable_minor=balance("seller_payable", shop.ref),
        debt_minor=balance("seller_debt", shop.ref),
    )


def score_of(shop: Shop) -> Score:
    return Score.objects.filter(shop=shop).latest("pk")


def idle() -> bool:
    waiting = Job.objects.filter(state__in=[JobState.PENDING, JobState.LEASED])
    return not waiting.filter(run_at__lte=timezone.now()).exists()


def deliver(order: Order, seller: Page, buyer: Page) -> None:
    """The shop sends an order and the buyer says that it came: the money is released."""
    seller.goto(f"/orders/{order.pk}/")
    seller.get_by_label("Tracking number").fill("TRACK1")
    send(seller, "Mark as sent")
    until(lambda: Order.objects.get(pk=order.pk).state == OrderState.SHIPPED, "the parcel")
    buyer.goto(f"/orders/{order.pk}/")
    send(buyer, "I have received it")
    until(lambda: Order.objects.get(pk=order.pk).state == OrderState.SETTLED, "the release")


def accuse(visitor: Page, goods: Listing) -> Case:
    """A visitor reports the goods; they stay on sale until a person has looked."""
    visitor.goto(f"/l/{goods.pk}/")
    click_through(visitor.locator("main a[href*='/reports/']").first)
    visitor.get_by_label("It is a fake").check()
    visitor.get_by_label("What did you see?").fill("It looks like a train that I own.")
    press(visitor, "Send the report")
    read(visitor, "A person will look", TITLE)
    assert Listing.objects.get(pk=goods.pk).state == ListingState.LIVE
    return Case.objects.get(listing=goods)


def take_down(desk: Page, case: Case) -> Decision:
    """Staff take the case and decide; the minute in which it may be taken back passes."""
    desk.goto(f"/admin/cases/case/{case.pk}/change/")
    press(desk, "Claim this case")
    look(desk)
    desk.get_by_text("Say it otherwise").click()
    desk.get_by_label("Rule").select_option("counterfeit")
    desk.get_by_label("How it came about").select_option("knowing")
    desk.get_by_label("Reason in words").fill(ACCUSED)
    press(desk, "Remove")
    decision = Decision.objects.get(case=case)
    mine = Job.objects.filter(kind=recalls.LIST, key=f"{recalls.LIST}:{decision.ref}")
    assert mine.update(run_at=timezone.now()) == 1
    return decision


@pytest.mark.usefixtures("free_hands")
def test_a_wrong_takedown_is_undone_for_listing_standing_score_and_money(
    opened: Callable[..., BrowserContext], tmp_path: Path
):
    def plain(mail: str | None) -> Page:
        return opened(mail, java_script_enabled=False).new_page()

    young, buyer, visitor = plain(None), plain(BUYER.mail), plain(None)
    first = opened(world.STAFF.mail, Width.DESK).new_page()
    second = opened(world.SECOND_STAFF.mail, Width.DESK).new_page()
    shop = open_shop(young, first, "Train Makers")
    seller = opened(None, storage_state=young.context.storage_state()).new_page()

    # A shop sells twice: one order is over and its money released, one is paid and held.
    photo = tmp_path / "train.jpg"
    photo.write_bytes(picture(4303))
    goods = put_on_sale(young, TITLE, photo)
    until(lambda: Listing.objects.get(pk=goods.pk).state == ListingState.LIVE, "the check", 60)
    released, held = buy(buyer, goods), buy(buyer, goods)
    deliver(released, young, buyer)
    until(idle, "the worker to finish", 60)
    fair, owned = shown(seller, shop), kept(shop, goods)
    assert (owned.level, owned.debt_minor) == (0, 0)
    assert owned.payable_minor > 0

    # Somebody reports it, and staff take it down by mistake: gone at once, the buyer paid back.
    decision = take_down(first, accuse(visitor, goods))
    outcome = visitor.url
    gone = visitor.goto(f"/l/{goods.pk}/")
    assert gone is not None
    assert gone.status == 404
    ours = Refund.objects.filter(order__in=[released, held])
    until(lambda: ours.filter(state=RefundState.DONE).count() == 2, "the refunds", 60)
    until(lambda: score_of(shop).points < owned.points, "the score to show the strike", 60)
    visitor.goto(outcome)
    read(visitor, "Taken down")
    buyer.goto("/inbox/")
    read(buyer, "found to be fakes")
    buyer.goto(f"/orders/{released.pk}/")
    read(buyer, "The goods were found to be fakes. The money goes back.")
    advance = Recall.objects.get(order=released)
    assert advance.state == RecallState.ADVANCED
    assert kept(shop, goods).payable_minor == owned.payable_minor

    # Nobody appeals for a month: the shop pays what the platform had advanced.
    seller.goto("/trust/")
    read(seller, "Counterfeit goods", "unless you appeal")
    look(seller)
    now = timezone.now()
    for moved in (timedelta(hours=1), timedelta(minutes=-1)):
        Recall.objects.filter(pk=advance.pk).update(due_at=now + moved)
        outbox.run_clock(kind=RECOVER, at=now)
        advance.refresh_from_db()
        assert (advance.state == RecallState.RECOVERED) == (moved < timedelta(0))
    hurt, owed = shown(seller, shop), kept(shop, goods)
    assert (owed.level > 0, owed.points < owned.points) == (True, True)
    assert owed.payable_minor - owed.debt_minor < owned.payable_minor
    assert [one for one in vars(fair) if getattr(hurt, one) == getattr(fair, one)] == []

    # The seller reads why and appeals with a paper, on the phone.
    appeal_on_the_phone(seller, decision)

    # Another person answers; who decided first may not.
    appeal = Appeal.objects.get(decision=decision)
    address = f"/admin/cases/appeal/{appeal.pk}/change/"
    first.goto(address)
    first.get_by_label("Answer").fill(ANSWER)
    press(first, "Won")
    read(first, "another person must answer")
    second.goto(address)
    read(second, WORDS, "File (webp)")
    look(second)
    second.get_by_label("Answer").fill(ANSWER)
    press(second, "Won")
    good = Recall.objects.filter(order__in=[released, held], state=RecallState.MADE_GOOD)
    until(lambda: good.count() == 2, "the recalls to be made good", 60)
    until(lambda: score_of(shop).points == owned.points, "the score to return", 60)
    until(idle, "the worker to finish", 60)

    # Listing, ranking, standing, score and money are as before; the buyer keeps theirs.
    back = visitor.goto(f"/l/{goods.pk}/")
    assert back is not None
    assert back.status == 200
    visitor.goto(outcome)
    read(visitor, "It may stay")
    seller.goto(f"/decisions/{decision.pk}/")
    read(seller, "This decision was undone", ANSWER)
    look(seller)
    assert (shown(seller, shop), kept(shop, goods)) == (fair, owned)
    look(seller)
    assert Strike.objects.get(shop=shop).voided_at is not None
    assert ours.filter(state=RefundState.DONE).count() == 2
    assert ledger.check() == []


def appeal_on_the_phone(seller: Page, decision: Decision) -> None:
    """From the message to the sent appeal."""
    seller.goto("/inbox/")
    read(seller, TITLE)
    seller.goto("/decisions/")
    look(seller)
    follow(seller, TITLE)
    read(seller, ACCUSED, "A person of the platform decided.")
    look(seller)
    seller.get_by_label("Why is the decision wrong?").fill(WORDS)
    seller.get_by_label("Photos or papers that show it").set_input_files(PLAN)
    press(seller, "Send the appeal")
    read(seller, WORDS, "With 1 file")
    expect(seller.get_by_label("Why is the decision wrong?")).to_have_count(0)
    assert AppealEvidence.objects.filter(appeal__decision=decision).count() == 1
