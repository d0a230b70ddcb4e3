"""Walk 3 on a phone: from the score to the money, and from a no to a person and to a yes."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from credit.loans.models import Application, Loan, LoanState, Outcome, Review, ReviewState
from credit.scoring import queries as scoring
from credit.scoring import services as scores
from ewtp.demo import world
from marketplace.accounts.models import User
from marketplace.ledger import queries as ledger
from marketplace.shops.models import MemberRole, Shop
from tests.e2e.people import People
from tests.e2e.tour import Width, click_through
from tests.factories.loans import follow_ways, make_borrower, make_refused_borrower
from tests.factories.shops import make_member

# At most so many taps from the score to the money, and three minutes: the promise of "3-1-0".
TAPS_MOST, SECONDS_MOST = 3, 180
SIGN, ASK = "Sign and get the money", "Decide in writing"
BORROWER, REFUSED, OFFICER = world.BUYERS[9], world.BUYERS[10], world.OTHERS[1]


class Thumb:
    """Presses, counts how often, and sees that nothing is wider than the phone."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def link(self, name: str) -> None:
        self._press("link", name)

    def button(self, name: str) -> None:
        self._press("button", name)

    def _press(self, role: str, name: str) -> None:
        self.taps += 1
        main = self.page.get_by_role("main")
        click_through(main.get_by_role(role, name=name, exact=True).first)
        root = "document.documentElement"
        assert self.page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), self.page.url


def given_to(people: People, mail: str, shop: Shop) -> Shop:
    """A shop that somebody of the demo owns with another."""
    user = User.objects.get(pk=people.id_of(mail))
    make_member(shop=shop, user=user, role=MemberRole.OWNER)
    return shop


def wallet_minor(shop: Shop) -> int:
    held = ledger.balances_of(kind="wallet", owner_refs=[shop.ref], currency=shop.currency)
    return held.get(shop.ref, 0)


def test_from_the_score_to_the_money_in_three_taps(
    opened: Callable[..., BrowserContext], people: People
):
    shop = given_to(people, BORROWER.mail, make_borrower(at=timezone.now(), name="Loom and Reed"))
    thumb = Thumb(opened(BORROWER.mail).new_page())
    thumb.page.goto(f"/credit/?shop={shop.pk}")

    began = monotonic()
    thumb.link("Borrow against this score")
    asked = monotonic()
    thumb.button(SIGN)
    paid = monotonic()

    loan = Loan.objects.get(shop=shop)
    assert thumb.page.url.endswith(f"/loans/{loan.pk}/")
    assert (loan.state, wallet_minor(shop)) == (LoanState.ACTIVE, loan.principal_minor)
    figures = f"{thumb.taps} taps, {paid - began:.1f} s in all, {paid - asked:.1f} s to decide"
    print(f"\nfrom the score to the money: {figures}")
    assert thumb.taps <= TAPS_MOST, figures
    assert paid - began <= SECONDS_MOST, figures


def test_a_no_reaches_a_person_and_what_leads_to_yes_does(
    opened: Callable[..., BrowserContext], people: People
):
    now = timezone.now()
    shop = make_refused_borrower(at=now, late=3, called_off=2, name="Clay and Kiln")
    given_to(people, REFUSED.mail, shop)
    thumb = Thumb(opened(REFUSED.mail).new_page())
    thumb.page.goto(f"/loans/apply/{shop.pk}/")
    thumb.button(ASK)
    refused = Application.objects.get(shop=shop)
    main = thumb.page.get_by_role("main")
    expect(main).to_contain_text("No, because")
    expect(main.get_by_role("heading", name="What leads to yes")).to_be_visible()

    # A person on request, who answers with reasons.
    thumb.page.get_by_label("What should the person know?").fill("A parcel service was on strike.")
    thumb.button("Have a person look")
    review = Review.objects.get(application=refused)
    officer = opened(OFFICER.mail, Width.DESK).new_page()
    officer.goto(f"/loans/desk/reviews/{review.pk}/")
    expect(officer.get_by_role("main")).to_contain_text("A parcel service was on strike.")
    officer.get_by_label("The refusal stands").check()
    officer.get_by_label("Reasons, for the applicant").fill("Your parcels were late before it too.")
    click_through(officer.get_by_role("main").get_by_role("button", name="Decide").first)
    thumb.page.goto(f"/loans/applications/{refused.pk}/")
    expect(main).to_contain_text("Your parcels were late before it too.")
    review.refresh_from_db()
    assert review.state == ReviewState.UPHELD

    # What the page says leads to yes is done, no more than it says, and asked again it is a yes.
    ways = scoring.ways_up(refused.score, refused.terms["cutoff_points"])
    for way in ways:
        expect(main).to_contain_text(way.sentence)
    follow_ways(shop, ways, at=now)
    scores.rescore(shop_id=shop.pk, cause="order.settled", at=now)
    thumb.link("Ask again")
    thumb.button(SIGN)
    assert Application.objects.filter(shop=shop, outcome=Outcome.APPROVED).count() == 1
    assert wallet_minor(shop) == Loan.objects.get(shop=shop).principal_minor
