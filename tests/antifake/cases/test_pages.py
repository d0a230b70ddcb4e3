"""The seller's pages and the desk, over HTTP."""

import pytest
from django.urls import reverse
from django.utils import timezone

from antifake.cases.models import Appeal, AppealState, Case, Decision
from marketplace.listings.models import ListingState
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import NOTE, check, make_case, post_listing, remove
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
WORDS = "The photo is mine; the film is on my shelf."


def page_of(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(name, args=args))


def test_the_desk_shows_everything_and_its_buttons_decide(client):
    check(post_listing(seeds=[1]))
    case, staff = make_case(), make_staff()
    assert "N1ke shoes" in page_of(client, staff, "admin:cases_case_changelist").content.decode()
    answer = client.post(reverse("admin:cases_next"))
    assert answer.url == reverse("admin:cases_case_change", args=[case.pk])
    page = client.get(answer.url).content.decode()
    for text in ("N1ke", "Reference photo of “Nike”", "earlier photo", "3.1 Counterfeit goods"):
        assert text in page
    assert "<style" not in page.split("<body")[1]
    assert " style=" not in page

    facts = {"verdict": "remove", "policy": "counterfeit", "act": "knowing", "note": ""}
    refused = client.post(reverse("admin:cases_decide", args=[case.pk]), facts)
    assert refused.status_code == 422
    assert "Write the reason" in refused.content.decode()
    client.post(reverse("admin:cases_decide", args=[case.pk]), facts | {"note": NOTE})
    case.listing.refresh_from_db()
    assert case.listing.state == ListingState.WITHHELD
    assert Decision.objects.get().by == staff
    assert NOTE in client.get(answer.url).content.decode()


def test_the_allow_button_needs_nothing_else(client):
    case, staff = make_case(), make_staff()
    client.force_login(staff)
    facts = {"verdict": "allow", "policy": "", "act": "", "note": ""}
    answer = client.post(reverse("admin:cases_decide", args=[case.pk]), facts, follow=True)
    assert "Decided." in answer.content.decode()
    case.listing.refresh_from_db()
    assert case.listing.state == ListingState.LIVE


def test_claiming_what_somebody_holds_is_refused_in_words(client):
    case, first, second = make_case(), make_staff(), make_staff()
    for staff, text in ((first, "Put it back"), (second, "Somebody else has claimed")):
        client.force_login(staff)
        address = reverse("admin:cases_claim", args=[case.pk])
        assert text in client.post(address, follow=True).content.decode()
    client.force_login(first)
    client.post(reverse("admin:cases_unclaim", args=[case.pk]))
    case.refresh_from_db()
    assert case.claimed_by is None
    client.force_login(second)
    assert client.post(reverse("admin:cases_next")).url.endswith(f"/{case.pk}/change/")


def test_with_nothing_to_do_the_desk_says_so(client):
    client.force_login(make_staff())
    answer = client.post(reverse("admin:cases_next"), follow=True)
    assert "No case waits" in answer.content.decode()


@pytest.mark.parametrize("name", ["cases_claim", "cases_unclaim", "cases_decide"])
def test_sellers_cannot_use_the_desk(client, name):
    case = make_case()
    client.force_login(case.listing.shop.owner)
    answer = client.post(reverse(f"admin:{name}", args=[case.pk]), {"verdict": "allow"})
    assert answer.status_code == 302
    assert "login" in answer.url
    assert Case.objects.get().claimed_by is None
    assert not Decision.objects.exists()


def test_a_seller_reads_the_decision_appeals_and_reads_the_answer(client):
    case, first, second = make_case(), make_staff(), make_staff()
    owner = case.listing.shop.owner
    assert "A person looks at it" in page_of(client, owner, "cases:mine").content.decode()
    decision = remove(case, first, at=timezone.now())
    assert "Taken down" in page_of(client, owner, "cases:mine").content.decode()
    page = page_of(client, owner, "cases:decision", decision.pk).content.decode()
    for text in (NOTE, "N1ke", "You can appeal until", "The full statement of reasons"):
        assert text in page

    address = reverse("cases:appeal", args=[decision.pk])
    short = client.post(address, {"text": "no"})
    assert short.status_code == 422
    client.post(address, {"text": WORDS})
    appeal = Appeal.objects.get()
    page = page_of(client, owner, "cases:decision", decision.pk).content.decode()
    assert WORDS in page
    assert "Send the appeal" not in page

    answer = {"outcome": "won", "answer": "The negatives show that it is yours."}
    client.force_login(first)
    refused = client.post(reverse("admin:cases_answer", args=[appeal.pk]), answer)
    assert "another person must answer" in refused.content.decode()
    seen = page_of(client, second, "admin:cases_appeal_change", appeal.pk).content.decode()
    assert WORDS in seen
    client.post(reverse("admin:cases_answer", args=[appeal.pk]), answer)
    appeal.refresh_from_db()
    assert appeal.state == AppealState.WON
    page = page_of(client, owner, "cases:decision", decision.pk).content.decode()
    assert "The negatives show" in page
    assert "This decision was undone" in page
    assert "Void since" in page_of(client, owner, "trust:standing").content.decode()


def test_strangers_find_no_decision(client):
    decision = remove(make_case(), make_staff())
    stranger = make_shop().owner
    assert page_of(client, stranger, "cases:decision", decision.pk).status_code == 404
    address = reverse("cases:appeal", args=[decision.pk])
    assert client.post(address, {"text": WORDS}).status_code == 404
    assert "N1ke" not in page_of(client, stranger, "cases:mine").content.decode()


def test_pages_without_anything_to_tell_say_so(client):
    person = make_person()
    assert "Nothing here" in page_of(client, person, "cases:mine").content.decode()
    assert "You have no shop" in page_of(client, person, "trust:standing").content.decode()
    owner = make_shop().owner
    assert "No sanction" in page_of(client, owner, "trust:standing").content.decode()


@pytest.mark.parametrize("model", ["case", "appeal", "scan", "decision"])
def test_staff_can_open_every_list(client, model):
    remove(make_case(), make_staff())
    page = page_of(client, make_staff(), f"admin:cases_{model}_changelist")
    assert page.status_code == 200
