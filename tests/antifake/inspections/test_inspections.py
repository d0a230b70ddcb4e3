"""Somebody independent looks: custody, the signed word, what it binds and what it earns."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from antifake.cases import services as cases
from antifake.inspections import services, signing
from antifake.inspections.models import HandOver, Inspection, Result, State
from antifake.inspections.services import results
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.services import listing as listings
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOW, make_case, remove
from tests.factories.inspections import (
    QUESTION,
    WORDS,
    make_inspection,
    make_inspector,
    make_result,
    send,
)
from tests.factories.orders import make_goods
from tests.factories.pictures import picture
from tests.factories.reports import make_report
from tests.factories.shops import make_member

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_seller_s_good_result_earns_the_mark_until_it_ends_or_the_goods_change():
    row = make_inspection(inspector=make_inspector())
    result = make_result(row)
    listing = row.listing
    listing.refresh_from_db()
    assert (result.until - result.at).days == 365
    assert listing.is_marked(result.until - timedelta(seconds=1))
    assert not listing.is_marked(result.until)
    listings.edit(
        listing_id=listing.pk,
        by_id=listing.shop.owner_id,
        category_id=listing.category_id,
        title="Another bowl",
        description="",
        at=LATER,
    )
    listing.refresh_from_db()
    assert not listing.is_marked(LATER)


def test_a_later_bad_result_takes_the_mark_away():
    row = make_inspection(inspector=make_inspector())
    make_result(row)
    again = make_inspection(row.listing, inspector=make_inspector(), at=LATER)
    make_result(again, outcome="not_genuine", at=LATER)
    row.listing.refresh_from_db()
    assert not row.listing.is_marked(LATER)


def test_the_result_is_signed_and_a_changed_letter_is_seen():
    row = make_inspection(inspector=make_inspector())
    send(row, words="Ada of the post had it.")
    result = make_result(row)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(result.public_key))
    key.verify(bytes.fromhex(result.signature), result.signed.encode())
    facts = json.loads(result.signed)
    photo = result.inspection.photos.get()
    assert facts["photos_sha256"] == [photo.sha256]
    assert [link["taker"] for link in facts["custody"]] == ["inspector"]
    page = Client().get(reverse("inspections:verify", args=[result.code])).content.decode()
    assert "The signature is ours" in page
    assert "Ada of the post" not in page
    forged = result.signed.replace('"genuine"', '"unclear"')
    signed = {"signature": result.signature, "public_key": result.public_key}
    assert not signing.is_signed(text=forged, **signed)
    Result.objects.filter(pk=result.pk).update(signed=forged)
    page = Client().get(reverse("inspections:verify", args=[result.code]))
    assert "Do not trust this result" in page.content.decode()


def test_a_signature_of_the_key_before_stays_ours(settings):
    result = make_result()
    settings.SEAL_KEY, settings.SEAL_KEY_OLD = "a-new-key", settings.SEAL_KEY
    signed = {"signature": result.signature, "public_key": result.public_key}
    assert signing.is_signed(text=result.signed, **signed)
    settings.SEAL_KEY_OLD = ""
    assert not signing.is_signed(text=result.signed, **signed)


@pytest.mark.parametrize(
    ("outcome", "verdict", "other"),
    [("genuine", "allow", "remove"), ("not_genuine", "remove", "allow")],
)
def test_a_clear_result_binds_the_case(outcome, verdict, other):
    report = make_report()
    row = make_inspection(report.listing, case_id=report.case_id, inspector=make_inspector())
    make_result(row, outcome=outcome)
    words = {"policy": "misleading", "severity": 3, "note": "As the inspector found.", "at": LATER}
    staff = make_staff().pk
    with pytest.raises(WrongState, match="binds this case"):
        cases.decide(case_id=report.case_id, verdict=other, by_id=staff, **words)
    decided = cases.decide(case_id=report.case_id, verdict=verdict, by_id=staff, **words)
    assert decided.verdict == verdict


def test_a_result_binds_the_answer_to_an_appeal_and_an_unclear_one_nothing():
    case = make_case()
    decision = remove(case, make_staff())
    appeal = cases.appeal(
        decision_id=decision.pk, by_id=case.listing.shop.owner_id, text="It is mine.", at=NOW
    )
    unclear = make_inspection(case.listing, case_id=case.pk, inspector=make_inspector())
    make_result(unclear, outcome="unclear")
    clear = make_inspection(case.listing, case_id=case.pk, inspector=make_inspector(), at=LATER)
    make_result(clear, outcome="genuine", at=LATER)
    answer = {"by_id": make_staff().pk, "answer": "As the inspector found.", "at": LATER}
    with pytest.raises(WrongState, match="binds this case"):
        cases.decide_appeal(appeal_id=appeal.pk, won=False, **answer)
    assert cases.decide_appeal(appeal_id=appeal.pk, won=True, **answer).state == "won"


def test_there_is_no_result_without_an_unbroken_chain_to_the_inspector():
    row = make_inspection(inspector=make_inspector())
    owner = row.listing.shop.owner
    facts = {"inspection_id": row.pk, "by_id": row.inspector_id, "words": WORDS, "at": LATER}
    with pytest.raises(WrongState, match="not in your hands"):
        services.conclude(outcome="genuine", photos=[picture(7)], **facts)
    send(row, taker="carrier", by=owner)
    with pytest.raises(BadInput, match="somebody else holds"):
        send(row, giver="seller", taker="inspector")
    with pytest.raises(NotAllowed):
        send(row, giver="carrier", taker="inspector", by=owner)
    with pytest.raises(BadInput, match="ahead"):
        send(row, giver="carrier", taker="inspector", happened_at=LATER)
    with pytest.raises(BadInput, match="seal"):
        send(row, giver="carrier", taker="inspector", seal_number=" ")
    key = uuid4()
    assert send(row, giver="carrier", key=key) == send(row, giver="carrier", key=key)
    with pytest.raises(BadInput, match="photos"):
        services.conclude(outcome="genuine", photos=[], **facts)
    with pytest.raises(BadInput):
        services.conclude(outcome="genuine", photos=[picture(7), b"no picture"], **facts)
    first = services.conclude(outcome="genuine", photos=[picture(7)], **facts)
    assert services.conclude(outcome="unclear", photos=[picture(8)], **facts) == first
    assert len(_files()) == row.photos.count() == 1
    assert list(row.hand_overs.values_list("number", flat=True)) == [1, 2]


def _files():
    folders = results.storage().listdir(results.FOLDER)[0]
    return [name for one in folders for name in results.storage().listdir(f"inspections/{one}")[1]]


def test_only_an_inspector_without_a_part_in_it_takes_it_on_and_only_one():
    row = make_inspection()
    friend = make_inspector()
    make_member(shop=row.listing.shop, user=friend)
    for wrong in (make_staff(), friend, row.listing.shop.owner):
        with pytest.raises(NotAllowed):
            services.accept(inspection_id=row.pk, by_id=wrong.pk, at=NOW)
    first = make_inspector()
    for _twice in range(2):
        services.accept(inspection_id=row.pk, by_id=first.pk, at=NOW)
    with pytest.raises(WrongState):
        services.accept(inspection_id=row.pk, by_id=make_inspector().pk, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Inspection.objects.filter(pk=row.pk).update(by=first)


def test_asking_is_once_a_form_once_at_a_time_and_five_times_a_month():
    goods = [make_goods()]
    goods += [make_goods(shop=goods[0].listing.shop) for _n in range(5)]
    listing, owner = goods[0].listing, goods[0].listing.shop.owner
    asked = {"by_id": owner.pk, "question": QUESTION, "at": NOW}
    key = uuid4()
    rows = [services.ask(listing_id=listing.pk, key=key, **asked) for _twice in range(2)]
    assert rows[0] == rows[1]
    with pytest.raises(WrongState, match="already"):
        services.ask(listing_id=listing.pk, key=uuid4(), **asked)
    for variant in goods[1:5]:
        services.ask(listing_id=variant.listing_id, key=uuid4(), **asked)
    with pytest.raises(WrongState, match="month"):
        services.ask(listing_id=goods[5].listing_id, key=uuid4(), **asked)
    with pytest.raises(NotAllowed):
        services.order(listing_id=listing.pk, key=uuid4(), **asked)
    case = make_case()
    with pytest.raises(BadInput, match="other goods"):
        make_inspection(listing, case_id=case.pk)


def test_what_nobody_concludes_lapses_and_stays_so():
    row = make_inspection(inspector=make_inspector())
    assert services.lapse_due(at=row.due_at - timedelta(seconds=1)) == 0
    assert services.lapse_due(at=row.due_at) == 1
    assert services.lapse_due(at=row.due_at) == 0
    row.refresh_from_db()
    assert row.state == State.LAPSED
    with pytest.raises(WrongState):
        send(row)


def test_the_whole_way_over_the_pages():
    now = timezone.now()
    listing = make_goods().listing
    seller, inspector = signed_in(listing.shop.owner), make_inspector(at=now)
    asked = {"key": str(uuid4()), "listing": listing.pk, "question": QUESTION}
    assert seller.post(reverse("inspections:mine"), asked).status_code == 302
    row = Inspection.objects.get()
    desk = signed_in(inspector)
    page = reverse("inspections:detail", args=[row.pk])
    assert listing.title in desk.get(reverse("inspections:mine")).content.decode()
    assert signed_in(make_inspector()).get(page).status_code == 200
    desk.post(reverse("inspections:accept", args=[row.pk]))
    assert signed_in(make_inspector()).get(page).status_code == 404
    hand = {"key": str(uuid4()), "giver": "seller", "taker": "inspector", "seal_number": "S-9"}
    for _twice in range(2):
        desk.post(reverse("inspections:hand_over", args=[row.pk]), hand)
    assert HandOver.objects.count() == 1
    photo = SimpleUploadedFile("bowl.jpg", picture(9), "image/jpeg")
    values = {"outcome": "genuine", "words": WORDS, "photos": [photo]}
    assert desk.post(reverse("inspections:conclude", args=[row.pk]), values).status_code == 302
    shown = Client().get(reverse("storefront:listing", args=[listing.pk])).content.decode()
    assert reverse("inspections:verify", args=[Result.objects.get().code]) in shown
    name = row.photos.get().name
    where = reverse("inspections:photo", args=[row.pk, name])
    assert seller.get(where).status_code == 200
    assert signed_in(make_inspector()).get(where).status_code == 404
