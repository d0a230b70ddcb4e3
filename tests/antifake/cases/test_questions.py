""" "Do you own this photo?" and "I may sell X": asked, answered, read by staff."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from antifake.cases import queries
from antifake.cases.models import AuthorisationClaim, PhotoQuestion, QuestionState, SellerDocument
from antifake.cases.services import documents, questions
from antifake.references.models import Authorisation
from antifake.references.services import files
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.models import ListingState
from marketplace.listings.services import photos
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import NOW, check, make_brand, post_listing
from tests.factories.learning import WORDS, make_claim, make_question, photo_finding
from tests.factories.pictures import as_bytes, drawn
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PDF = b"%PDF-1.4 a letter"


def answer(question, **facts):
    by_id = facts.pop("by_id", question.shop.owner_id)
    facts = {"own": True, "words": WORDS, "at": NOW, **facts}
    return questions.answer(question_id=question.pk, by_id=by_id, **facts)


def test_a_copied_photo_makes_a_question_and_stays_on_sale():
    check(post_listing("Basket", seeds=[1]))
    later = NOW + 3 * DAY
    copy = post_listing("Woven basket", pictures=[drawn(1).resize((320, 240))], at=later)
    check(copy, at=later)
    assert copy.state == ListingState.LIVE
    question = PhotoQuestion.objects.get()
    assert (question.state, question.known_days) == (QuestionState.OPEN, 3)
    assert question.due_at == later + 7 * DAY
    message = Message.objects.get(kind="photo.question")
    assert message.user_id == copy.shop.owner_id
    assert message.link == reverse("cases:question", args=[question.pk])


def test_a_shop_is_asked_once_for_one_piece_of_evidence():
    shop = make_shop()
    question = make_question(post_listing(shop=shop))
    answer(question)
    again = photo_finding(post_listing(shop=shop))
    facts = {"scan_id": question.scan_id, "listing_id": question.listing_id, "findings": [again]}
    assert questions.ask(**facts, at=NOW + DAY) == 0
    assert PhotoQuestion.objects.count() == 1


def test_many_findings_cost_as_many_queries_as_few():
    listing = post_listing(seeds=[1, 2])
    scan_id = check(listing).pk
    counts = []
    for first, most in ((0, 2), (10, 8)):
        found = [
            photo_finding(listing, key=f"market_photo:{n}") for n in range(first, first + most)
        ]
        # Each question leaves its own line in the audit trail, and a letter that was sent before
        # is read; all else is constant.
        with CaptureQueriesContext(connection) as seen:
            questions.ask(
                scan_id=scan_id, listing_id=listing.pk, findings=found, at=NOW + first * DAY
            )
        others = ("outbox_logentry", "inbox_message", "outbox_job")
        counts.append(sum(not any(one in query["sql"] for one in others) for query in seen))
    assert counts[0] == counts[1]


def test_an_answer_needs_words_and_a_hand_of_the_shop():
    question = make_question(post_listing())
    with pytest.raises(BadInput):
        answer(question, words="mine")
    with pytest.raises(NotAllowed):
        answer(question, by_id=make_person().pk)
    for _ in range(2):
        assert answer(question, upload=PDF).state == QuestionState.OWN
    with pytest.raises(WrongState):
        answer(question, own=False)
    assert SellerDocument.objects.count() == 1


def test_an_accepted_answer_is_no_news_any_more():
    check(post_listing("Basket", seeds=[1]))
    later = NOW + DAY
    copy = post_listing("Woven basket", seeds=[1], at=later)
    scan = check(copy, at=later)
    assert scan.findings.exists()
    question = PhotoQuestion.objects.get()
    staff = make_staff()
    review = {"question_id": question.pk, "by_id": staff.pk, "at": later}
    with pytest.raises(WrongState):
        questions.review(accepted=True, **review)
    answer(question)
    assert queries.cleared_keys(copy.shop_id) == frozenset()
    questions.review(accepted=True, **review)
    assert queries.cleared_keys(copy.shop_id) == {question.key}
    twin = post_listing("Another basket", shop=copy.shop, seeds=[1], at=later)
    assert question.key not in set(check(twin, at=later).findings.values_list("key", flat=True))
    questions.review(accepted=False, **review)
    assert queries.cleared_keys(copy.shop_id) == frozenset()


def test_who_works_in_the_shop_does_not_read_its_answers_as_staff():
    staff = make_staff()
    question = make_question(post_listing(shop=make_shop(owner=staff)))
    answer(question)
    with pytest.raises(NotAllowed):
        questions.review(question_id=question.pk, by_id=staff.pk, accepted=True, at=NOW)


def test_a_photo_that_was_taken_off_closes_its_question_until_it_is_back():
    listing = post_listing(seeds=[1, 2])
    question = make_question(listing)
    photos.remove_photo(photo_id=question.photo_id, by_id=listing.shop.owner_id, at=NOW + DAY)
    facts = {"scan_id": question.scan_id, "listing_id": listing.pk}
    questions.ask(**facts, findings=[], at=NOW + DAY)
    question.refresh_from_db()
    assert question.state == QuestionState.REPLACED
    with pytest.raises(WrongState):
        answer(question)
    assert questions.ask(**facts, findings=[photo_finding(listing)], at=NOW + 2 * DAY) == 1
    question.refresh_from_db()
    assert question.state == QuestionState.OPEN


def test_a_question_that_nobody_answered_runs_out_and_holds_nothing():
    question = make_question(post_listing())
    assert questions.expire_due(at=NOW + 6 * DAY) == 0
    assert questions.expire_due(at=NOW + 8 * DAY) == 1
    question.refresh_from_db()
    assert question.state == QuestionState.EXPIRED
    assert answer(question).state == QuestionState.OWN


def test_a_confirmed_fake_is_no_question():
    listing = post_listing()
    assert not questions.is_asked(finding=photo_finding(listing, kind="confirmed_fake"))
    assert not questions.is_asked(
        finding=photo_finding(listing, kind="exact_file", confirmed_fake="d:1")
    )
    assert questions.is_asked(finding=photo_finding(listing, kind="exact_file", matched_photo_id=1))


def test_a_confirmed_document_authorises_the_shop():
    shop = make_shop()
    claim = make_claim(shop)
    assert make_claim(shop, brand=claim.brand) == claim
    staff = make_staff()
    facts = {"claim_id": claim.pk, "by_id": staff.pk, "at": NOW}
    with pytest.raises(BadInput):
        documents.decide_claim(granted=False, note="no", **facts)
    for _ in range(2):
        documents.decide_claim(granted=True, note="", **facts)
    assert Authorisation.objects.filter(shop=shop, brand=claim.brand).count() == 1
    with pytest.raises(WrongState):
        documents.decide_claim(granted=False, note="We were wrong about it.", **facts)
    assert Message.objects.filter(kind="claim.decided", user_id=shop.owner_id).count() == 1


def test_documents_are_private_go_to_staff_alone_and_are_erased():
    shop = make_shop()
    claim = make_claim(shop)
    path = documents.DOCUMENTS.file_of(name=claim.document.name)
    assert storages["originals"].exists(path)
    with pytest.raises(NotAllowed):
        documents.download(document_id=claim.document_id, by_id=shop.owner_id, at=NOW)
    row, opened = documents.download(document_id=claim.document_id, by_id=make_staff().pk, at=NOW)
    assert opened[:4] == b"RIFF"  # a cleaned picture, not what came
    assert row.suffix == "webp"
    with storages["originals"].open(path) as stored:
        assert opened[8:40] not in stored.read()  # encrypted at rest
    assert documents.DOCUMENTS.erase_due(at=NOW + 300 * DAY) >= 1
    assert not storages["originals"].exists(path)
    row.refresh_from_db()
    assert row.key_sealed == ""


def test_a_file_without_a_row_goes_and_what_is_no_document_is_refused():
    shop, brand = make_shop(), make_brand("Lumeria")
    facts = {"shop_id": shop.pk, "brand_id": brand.pk, "by_id": shop.owner_id, "words": ""}
    for upload in (b"MZ not a document", b"%PDF-" + b"0" * files.MOST_BYTES):
        with pytest.raises(BadInput):
            documents.send_claim(**facts, upload=upload, at=NOW)
    with pytest.raises(NotAllowed):
        documents.send_claim(**{**facts, "by_id": make_person().pk}, upload=PDF, at=NOW)
    assert AuthorisationClaim.objects.count() == SellerDocument.objects.count() == 0


def test_the_seller_answers_on_a_page_and_staff_read_it(client):
    question = make_question(post_listing("Basket"))
    page = reverse("cases:question", args=[question.pk])
    client.force_login(question.shop.owner)
    assert page in client.get(reverse("cases:questions")).content.decode()
    assert client.post(page, {"whose": "own", "words": "x"}).status_code == 422
    sent = {"whose": "own", "words": WORDS, "document": as_file(as_bytes(drawn(3)))}
    assert client.post(page, sent).status_code == 302
    shown = client.get(page).content.decode()
    assert WORDS in shown
    assert "permille" not in shown
    client.force_login(make_person())
    assert client.get(page).status_code == 404

    client.force_login(make_staff())
    desk = reverse("admin:cases_photoquestion_change", args=[question.pk])
    assert WORDS in client.get(desk).content.decode()
    client.post(reverse("admin:cases_question_review", args=[question.pk]), {"outcome": "accept"})
    question.refresh_from_db()
    assert question.accepted
    file = client.get(reverse("admin:cases_document", args=[question.document_id]))
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"].startswith("attachment")
    file.close()


def test_the_seller_sends_a_document_on_a_page_and_staff_confirm_it(client):
    shop, brand = make_shop(), make_brand("Lumeria")
    client.force_login(shop.owner)
    page = reverse("cases:documents")
    assert client.post(page, {"brand": brand.pk}).status_code == 422
    sent = {"brand": brand.pk, "document": as_file(PDF), "words": "A letter."}
    assert client.post(page, sent).status_code == 302
    claim = AuthorisationClaim.objects.get()
    assert "Lumeria" in client.get(page).content.decode()
    client.force_login(make_staff())
    desk = reverse("admin:cases_authorisationclaim_change", args=[claim.pk])
    assert "A letter." in client.get(desk).content.decode()
    decide = reverse("admin:cases_claim_decide", args=[claim.pk])
    assert client.post(decide, {"outcome": "refused", "note": ""}).status_code == 422
    client.post(decide, {"outcome": "granted", "note": ""})
    assert Authorisation.objects.filter(shop=shop, brand=brand).exists()


def as_file(data):
    return SimpleUploadedFile("proof.bin", data)
