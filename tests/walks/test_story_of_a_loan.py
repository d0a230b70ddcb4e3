"""Walk 3: score → apply → money → repaid from a payout and by hand; a refusal reaches a person.

Over HTTP, with a real worker; books open after each step. Earlier sales stand in the tables.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from credit.loans.models import Application, Loan, LoanState, Repayment, WalletMove
from credit.scoring.models import Score
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Listing, ListingState
from marketplace.orders.models import Order, OrderState
from marketplace.shops.models import Shop
from tests.factories.pictures import picture
from tests.factories.scoring import make_settled_order
from tests.live import Browser, until
from tests.walks.conftest import balance, clocks, open_shop, put_on_sale

pytestmark = pytest.mark.walks
TRAIN = "Wooden train"
GUEST = {
    "recipient": "Nora Lind",
    "contact": "nora@example.org",
    "lines": "Storgatan 1\n111 22 Stockholm",
    "country": "SE",
    "card": "tok_ok",
}


def sound(step: str) -> None:
    assert ledger.check() == [], step
    assert set(ledger.trial_balance().values()) <= {0}, step


def sell(live, seller: Browser, quantity: int) -> None:
    """A guest buys, the seller sends, the guest has it."""
    guest = Browser(live.address)
    page = guest.open(f"/l/{Listing.objects.get(title=TRAIN).pk}/")
    guest.send(page, "/cart/add/", {"quantity": str(quantity)})
    guest.send(guest.open("/checkout/guest/"), "/checkout/guest/", GUEST)
    until(lambda: Order.objects.filter(state=OrderState.PAID_HELD).exists(), "the payment")
    order = Order.objects.get(state=OrderState.PAID_HELD)
    page = seller.open(f"/orders/{order.pk}/")
    seller.send(page, "/ship/", {"tracking": "SB-OK-1", "carrier": "Sandbox Post"})
    guest.send(guest.open(f"/orders/{order.pk}/"), "/confirm/")
    until(lambda: Order.objects.get(pk=order.pk).state == OrderState.SETTLED, "the release")


def reload(loan: Loan) -> Loan:
    loan.refresh_from_db()
    return loan


def test_from_the_score_to_a_loan_that_is_paid_back_and_a_refusal_that_is_answered(live, person):
    staff = person("staff@example.org", staff=True)
    seller = person("trains@example.org")
    open_shop(seller, staff, "Train makers")
    shop = Shop.objects.get(name="Train makers")
    for days in range(5, 15):
        at = timezone.now() - timedelta(days=days)
        make_settled_order(shop=shop, at=at, goods_minor=6_000)
    put_on_sale(seller, TRAIN, picture(1))
    until(lambda: Listing.objects.get(title=TRAIN).state == ListingState.LIVE, "the scan")
    sell(live, seller, 6)
    until(lambda: Score.objects.filter(shop=shop, cause="order.settled").exists(), "the new score")
    sound("the shop has traded")

    # One tap from the score, one to sign: the page is filled in and says what it costs.
    address = f"/loans/apply/{shop.pk}/"
    assert any(a["href"] == address for a in seller.open("/credit/").soup.find_all("a", href=True))
    page = seller.open(address)
    assert "It costs at most" in page.text, page.text
    page = seller.send(page, address)
    loan = Loan.objects.get(shop=shop)
    assert page.response.url.endswith(f"/loans/{loan.pk}/")
    assert loan.state == LoanState.ACTIVE
    assert balance("wallet", shop.ref) == loan.principal_minor
    sound("the money is in the wallet")

    # To the shop's own account, and nowhere else.
    page = seller.open(f"/loans/wallet/{shop.pk}/")
    seller.send(page, "/out/", {"amount": f"{loan.principal_minor / 100:.2f}"})
    until(lambda: WalletMove.objects.filter(state="done").exists(), "the money to leave")
    assert balance("wallet", shop.ref) == 0
    sound("the money is on the account")

    # The payout pays its share first. A new shop's money rests a while before.
    clocks(live, timezone.now() + timedelta(days=20))
    until(lambda: Repayment.objects.filter(loan=loan).exists(), "the claim to be booked")
    paid = Repayment.objects.get(loan=loan)
    assert paid.source == "payout"
    assert reload(loan).paid_minor == paid.amount_minor > 0
    sound("a payout repaid a part")

    # The rest by card and by hand, early: it costs less than the contract said.
    page = seller.open(f"/loans/wallet/{shop.pk}/")
    seller.send(page, "/in/", {"amount": "500.00", "card": "tok_ok"})
    page = seller.open(f"/loans/{loan.pk}/")
    owed = loan.principal_left_minor
    seller.send(page, "/repay/", {"amount": f"{owed / 100:.2f}"})
    assert reload(loan).state == LoanState.REPAID
    assert loan.interest_paid_minor < loan.interest_max_minor
    sound("the loan is paid back")

    # Somebody without sales is refused, asks for a person, and is offered a first step.
    other = person("tops@example.org")
    open_shop(other, staff, "Top makers")
    tops = Shop.objects.get(name="Top makers")
    until(lambda: Score.objects.filter(shop=tops).exists(), "the first score")
    page = other.open(f"/loans/apply/{tops.pk}/")
    page = other.send(page, f"/loans/apply/{tops.pk}/")
    refused = Application.objects.get(shop=tops)
    assert "No, because" in page.text
    page = other.send(page, "/ask/", {"said": "I begin next week."})
    officer = person("officer@example.org")
    user = User.objects.get(email="officer@example.org")
    accounts.grant_role(user_id=user.pk, role="risk_officer", by_id=None, at=timezone.now())
    page = officer.open(f"/loans/desk/reviews/{refused.review.pk}/")
    assert "I begin next week." in page.text
    answer = {"answer": "approve", "amount": "60.00", "reasons": "The plan is sound."}
    officer.send(page, f"/loans/desk/reviews/{refused.review.pk}/", answer)
    page = other.open(f"/loans/applications/{refused.pk}/")
    assert "The plan is sound." in page.text
    offered = Loan.objects.get(shop=tops)
    other.send(other.open(f"/loans/{offered.pk}/"), "/sign/")
    assert balance("wallet", tops.ref) == 6_000
    sound("a person said yes")
