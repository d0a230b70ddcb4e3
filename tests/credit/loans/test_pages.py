"""What a borrower and a risk officer see and do on their pages."""

import uuid

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from credit.loans.models import Application, Loan, LoanState, Review
from credit.loans.services import reviewing
from tests.factories.accounts import make_user
from tests.factories.loans import (
    ask_for,
    make_borrower,
    make_loan,
    make_officer,
    one_of_each,
)
from tests.live import prefilled

pytestmark = pytest.mark.django_db


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def text_of(answer):
    return " ".join(BeautifulSoup(answer.content, "html.parser").main.get_text(" ").split())


def send(client, page, action, **values):
    """Fill the form of a page as a person would, and send it."""
    answer = client.get(page)
    forms = BeautifulSoup(answer.content, "html.parser").find_all("form")
    form = next(one for one in forms if one.get("action") == action and one["method"] == "post")
    return client.post(action, {**prefilled(form), **values})


def test_two_taps_from_the_prefilled_page_to_the_money():
    shop = make_borrower(at=timezone.now(), points=680)
    client, page = browser(shop.owner), reverse("loans:apply", args=[shop.pk])

    first = client.get(page)
    assert "You can have up to €500.00 now." in text_of(first)
    answer = send(client, page, page)

    loan = Loan.objects.get()
    assert answer.url == reverse("loans:loan", args=[loan.pk])
    assert (loan.principal_minor, loan.state) == (50_000, LoanState.ACTIVE)


def test_the_slider_and_the_field_choose_what_is_shown_and_signed():
    shop = make_borrower(at=timezone.now(), points=680)
    client, page = browser(shop.owner), reverse("loans:apply", args=[shop.pk])

    chosen = client.get(
        page, {"amount": "123.45", "slider": "50000", "parts": "6", "kind": "sales"}
    )

    assert "€123.45" in text_of(chosen)
    send(client, f"{page}?amount=123.45&parts=6&kind=sales", page)
    loan = Loan.objects.get()
    assert (loan.principal_minor, loan.parts, loan.kind) == (12_345, 6, "sales")


def test_the_cost_that_is_shown_is_the_cost_that_is_agreed():
    shop = make_borrower(at=timezone.now(), points=680)
    client, page = browser(shop.owner), reverse("loans:apply", args=[shop.pk])
    shown = text_of(client.get(page))
    send(client, page, page)

    loan = Loan.objects.get()
    assert f"€{loan.interest_max_minor / 100:.2f}" in shown
    assert f"{loan.cost_bp / 100:.1f} %" in shown
    contract = text_of(client.get(reverse("loans:contract", args=[loan.pk])))
    assert f"€{loan.interest_max_minor / 100:.2f}" in contract


def test_a_refusal_shows_reasons_ways_and_a_person():
    shop = make_borrower(at=timezone.now(), points=520)
    client, page = browser(shop.owner), reverse("loans:apply", args=[shop.pk])

    answer = send(client, page, page)
    made = Application.objects.get()
    assert answer.url == reverse("loans:application", args=[made.pk])
    shown = text_of(client.get(answer.url))
    assert "No, because" in shown
    assert "points of the score" in shown
    assert "The principal reasons" in text_of(client.get(reverse("loans:notice", args=[made.pk])))

    ask = reverse("loans:ask", args=[made.pk])
    send(client, answer.url, ask, said="It was the flood.")
    send_again = client.post(ask, {"said": "again"})
    assert send_again.status_code == 302
    assert Review.objects.get().said == "It was the flood."


def test_a_risk_officer_offers_a_loan_that_the_borrower_signs():
    at = timezone.now()
    shop = make_borrower(at=at, points=520)
    made = ask_for(shop, at=at)
    review = reviewing.ask(application_id=made.pk, by_id=shop.owner_id, said="", at=at)
    officer = browser(make_officer(at))
    page = reverse("loans:desk_review", args=[review.pk])

    answer = send(officer, page, page, answer="approve", amount="100.00", reasons="Known shop.")
    assert answer.status_code == 302, text_of(answer)

    loan = Loan.objects.get()
    assert (loan.state, loan.principal_minor) == (LoanState.OFFERED, 10_000)
    owner = browser(shop.owner)
    here = reverse("loans:loan", args=[loan.pk])
    send(owner, here, reverse("loans:sign", args=[loan.pk]))
    send_again = owner.post(reverse("loans:sign", args=[loan.pk]))
    assert send_again.status_code == 302
    loan.refresh_from_db()
    assert loan.state == LoanState.ACTIVE


def test_every_page_of_the_desk_opens_for_officers():
    at = timezone.now()
    ids = one_of_each(make_user(), at)
    officer = browser(make_officer(at))

    pages = [reverse(f"loans:{name}") for name in ("desk", "desk_reviews", "desk_applications")]
    pages += [
        reverse("loans:desk_review", args=[ids["loan_review"]]),
        reverse("loans:desk_application", args=[ids["loan_application"]]),
        reverse("loans:desk_loan", args=[ids["loan"]]),
    ]
    for page in pages:
        assert officer.get(page).status_code == 200, page
    assert "replays to the same bits" in text_of(officer.get(pages[4]))


def test_paying_by_hand_and_more_time_on_the_page():
    loan = make_loan(at=timezone.now())
    client, page = browser(loan.borrower), reverse("loans:loan", args=[loan.pk])

    paid = send(client, page, reverse("loans:repay", args=[loan.pk]), amount="50.00")
    assert paid.status_code == 302, text_of(paid)
    more = send(client, page, reverse("loans:more_time", args=[loan.pk]), parts="5")
    assert more.status_code == 302, text_of(more)

    loan.refresh_from_db()
    assert (loan.principal_left_minor, loan.plan) == (25_000, 2)
    wrong = client.post(
        reverse("loans:repay", args=[loan.pk]), {"amount": "999999", "key": uuid.uuid4()}
    )
    assert wrong.status_code == 422
