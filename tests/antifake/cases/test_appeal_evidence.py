"""Files that come with an appeal, another person's answer, and photos whose owner came second."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from antifake.cases import services
from antifake.cases.models import Appeal, AppealEvidence, Case, SellerDocument
from antifake.cases.queries import evidence_of
from antifake.cases.services import documents
from antifake.references.services import files
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.services import listing as listings
from marketplace.outbox.models import LogEntry
from marketplace.rulebook import services as rulebook
from marketplace.trust.models import Recall, RecallState
from marketplace.trust.services import recalls
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import NOW, check, make_brand, make_case, post_listing, remove
from tests.factories.orders import make_order
from tests.factories.pictures import drawn, picture
from tests.factories.shops import make_shop
from tests.marketplace.trust.test_recalls import work

pytestmark = pytest.mark.django_db
WORDS = "The photo is mine; the film is on my shelf."
ANSWER = "The negatives show that the photo is yours."
PDF = b"%PDF-1.4 the invoice of the camera"


@pytest.fixture
def decision():
    return remove(make_case(), make_staff())


@pytest.fixture
def today():
    now = timezone.now()
    return remove(make_case(at=now), make_staff(), at=now)


def owner_of(decision):
    return decision.case.listing.shop.owner


def appealed(decision, uploads=(), at=NOW):
    by_id = owner_of(decision).pk
    words = {"decision_id": decision.pk, "by_id": by_id, "text": WORDS}
    return services.appeal(**words, uploads=uploads, at=at)


def test_files_come_with_an_appeal_for_staff_alone(today):
    client = Client()
    client.force_login(owner_of(today))
    files = [
        SimpleUploadedFile("camera.jpg", picture(7), "image/jpeg"),
        SimpleUploadedFile("invoice.pdf", PDF, "application/pdf"),
    ]
    address = reverse("cases:appeal", args=[today.pk])
    for _twice in range(2):
        answer = client.post(address, {"text": WORDS, "proofs": files})
        assert answer.status_code in {302, 422}
        for file in files:
            file.seek(0)
    assert AppealEvidence.objects.count() == SellerDocument.objects.count() == 2
    page = client.get(reverse("cases:decision", args=[today.pk])).content.decode()
    assert "With 2 files" in page

    staff = Client()
    staff.force_login(make_staff())
    appeal = Appeal.objects.get()
    desk = staff.get(reverse("admin:cases_appeal_change", args=[appeal.pk])).content.decode()
    for item in appeal.evidence.all():
        where = reverse("admin:cases_document", args=[item.document_id])
        assert where in desk
        assert b"".join(staff.get(where).streaming_content)
        assert client.get(where).status_code in {302, 403, 404}
    assert LogEntry.objects.filter(action="document.seen").count() == 2


def test_a_wrong_file_leaves_neither_appeal_nor_file_behind(decision):
    with pytest.raises(BadInput):
        appealed(decision, uploads=[PDF, b"GIF89a no picture at all"])
    assert not Appeal.objects.exists()
    assert not SellerDocument.objects.exists()
    folder = documents.DOCUMENTS.folder
    folders = files.storage().listdir(folder)[0]
    assert all(not files.storage().listdir(f"{folder}/{one}")[1] for one in folders)
    with pytest.raises(BadInput, match="at most 5"):
        appealed(decision, uploads=[PDF] * 6)


def test_a_form_with_a_wrong_file_keeps_its_words(today):
    client = Client()
    client.force_login(owner_of(today))
    wrong = SimpleUploadedFile("virus.exe", b"MZ", "image/jpeg")
    answer = client.post(
        reverse("cases:appeal", args=[today.pk]), {"text": WORDS, "proofs": [wrong]}
    )
    assert answer.status_code == 422
    assert WORDS in answer.content.decode()


def test_the_database_itself_refuses_the_first_decider_s_answer(decision):
    appeal = appealed(decision)
    answered = {"state": "lost", "decided_by": decision.by, "answer": ANSWER, "decided_at": NOW}
    with pytest.raises(IntegrityError, match="another person"), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(**answered)
    with pytest.raises(NotAllowed):
        services.decide_appeal(
            appeal_id=appeal.pk, by_id=decision.by_id, won=False, answer=ANSWER, at=NOW
        )


def test_an_appeal_counts_to_the_last_second_of_six_months(decision):
    last = decision.statement.redress_until
    with pytest.raises(WrongState, match="over"):
        appealed(decision, at=last + timedelta(seconds=1))
    assert appealed(decision, at=last).state == "open"


@pytest.mark.parametrize(("won", "state"), [(True, "made_good"), (False, "recovered")])
def test_what_the_platform_advanced_waits_for_the_answer(won, state):
    shop = make_shop(payout_account_sealed="IBAN 1", shipping_minor=0)
    listing = post_listing("Running shoes", shop=shop)
    check(listing)
    make_order(listing.variants.get(), state="settled", at=NOW)
    listings.edit(
        listing_id=listing.pk,
        by_id=shop.owner_id,
        category_id=listing.category_id,
        title="N1ke shoes",
        description="",
        at=NOW,
    )
    make_brand()
    check(listing)
    later = NOW + timedelta(days=2)
    decision = remove(Case.objects.get(listing=listing), make_staff(), at=later)
    work(at=later)
    appeal = appealed(decision, at=later)
    assert recalls.recover_due(at=NOW + timedelta(days=80)) == 0
    services.decide_appeal(
        appeal_id=appeal.pk, by_id=make_staff().pk, won=won, answer=ANSWER, at=later
    )
    work(at=later)
    recalls.recover_due(at=later)
    assert Recall.objects.get().state == RecallState(state)


def test_the_owner_of_a_photo_that_a_faker_showed_first_is_judged_by_a_person():
    rulebook.publish(
        key="cases.confirmed_fake_bound",
        value=99_950,
        valid_from=NOW,
        reason="A test.",
        by_id=None,
        at=NOW,
    )
    make_brand()
    taken = drawn(31)
    fake = post_listing("N1ke shoes", pictures=[taken])
    check(fake)
    remove(Case.objects.get(listing=fake), make_staff())
    later = NOW + timedelta(days=3)
    owner = make_shop()
    mine = post_listing("My own clay bowl", shop=owner, pictures=[taken], at=later)
    scan = check(mine, at=later)
    assert (scan.outcome, scan.ground) == ("hold", "confirmed_fake")
    case = Case.objects.get(scan=scan)
    assert not case.decisions.exists()
    (item,) = [one for one in evidence_of(scan.pk) if one.matched_first_seen]
    assert item.matched_first_seen <= NOW < later <= item.first_seen
    desk = Client()
    desk.force_login(make_staff())
    page = desk.get(reverse("admin:cases_case_change", args=[case.pk])).content.decode()
    assert "Who was first here need not have taken it" in page
    assert make_person() != owner.owner
