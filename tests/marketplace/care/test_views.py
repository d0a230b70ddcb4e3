"""The pages of disputes and reviews, as both sides and staff meet them."""

import re
import uuid

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from marketplace.care.models import Dispute, EvidencePhoto, Offer, Review, Ruling
from marketplace.care.services import evidence, opening, talk
from marketplace.errors import BadInput, WrongState
from marketplace.orders.models import Refund
from tests.factories.accounts import make_staff, make_user
from tests.factories.care import TEXT, make_dispute, make_review
from tests.factories.orders import make_order
from tests.factories.pictures import picture
from tests.factories.uploads import SVG

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return make_order(state="shipped", buyer=make_user(), at=timezone.now())


@pytest.fixture
def buyer(client, order):
    client.force_login(order.buyer)
    return client


def page(client, name, *args, **options):
    return client.get(reverse(name, args=args), **options)


def form_of(order, **fields):
    told = {"key": uuid.uuid4().hex, "line": "", "reason": "damaged", "wants": "money"}
    return {**told, "amount": "", "text": TEXT, **fields}


def opened(order, **fields):
    return make_dispute(order, at=timezone.now(), **fields)


def test_a_buyer_finds_the_way_from_the_order_to_a_dispute_without_scripts(buyer, order):
    shown = page(buyer, "orders:detail", order.pk).content.decode()
    care = reverse("care:of_order", args=[order.pk])
    assert f'href="{care}"' in shown
    assert reverse("care:open", args=[order.pk]) in buyer.get(care).content.decode()
    form = page(buyer, "care:open", order.pk).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', form)[1]
    photo = SimpleUploadedFile("handle.jpg", picture(3), "image/jpeg")
    sent = {**form_of(order, key=key, amount="1.25"), "photos": photo}
    answer = buyer.post(reverse("care:open", args=[order.pk]), sent)
    dispute = Dispute.objects.get()
    assert answer.url == reverse("care:dispute", args=[dispute.pk])
    assert dispute.amount_minor == 125
    shown = buyer.get(answer.url).content.decode()
    name = EvidencePhoto.objects.get().name
    assert reverse("care:photo", args=[name, "thumb"]) in shown
    assert TEXT in shown


def test_the_open_form_sent_twice_is_one_dispute_and_a_wrong_one_keeps_its_words(buyer, order):
    there = reverse("care:open", args=[order.pk])
    wrong = buyer.post(there, form_of(order, amount="99999", text="The handle came off."))
    assert wrong.status_code == 422
    assert "The handle came off." in wrong.content.decode()
    sent = form_of(order)
    for _ in range(2):
        assert buyer.post(there, sent).status_code == 302
    assert Dispute.objects.count() == 1


@pytest.mark.parametrize("data", [SVG, b"words", b""])
def test_what_is_no_picture_opens_no_dispute_and_leaves_no_file(order, data):
    with pytest.raises(BadInput):
        opened(order, photos=[picture(1), data])
    assert not Dispute.objects.exists()
    assert not default_storage.exists("evidence") or not any(
        default_storage.listdir(f"evidence/{folder}")[1]
        for folder in default_storage.listdir("evidence")[0]
    )


def test_a_refused_dispute_leaves_no_file_and_too_many_photos_are_refused(order):
    opened(order)
    with pytest.raises(BadInput, match="at most 6"), evidence.EVIDENCE.kept(uploads=[b""] * 7):
        pass
    with pytest.raises(WrongState, match="already"):
        opening.open_dispute(
            order_id=order.pk,
            by_id=order.buyer_id,
            key="again",
            reason="damaged",
            wants="money",
            text=TEXT,
            photos=[picture(1)],
            at=timezone.now(),
        )
    assert not EvidencePhoto.objects.exists()
    folders = default_storage.listdir("evidence")[0]
    assert not any(default_storage.listdir(f"evidence/{one}")[1] for one in folders)


def test_evidence_is_for_both_sides_and_staff_alone(client, order):
    opened(order, photos=[picture(1)])
    there = reverse("care:photo", args=[EvidencePhoto.objects.get().name, "large"])
    assert client.get(there).status_code == 302
    for person, status in (
        (order.buyer, 200),
        (order.shop.owner, 200),
        (make_staff(), 200),
        (make_user(), 404),
    ):
        client.force_login(person)
        answer = client.get(there)
        assert answer.status_code == status
        if status == 200:
            assert answer["Cache-Control"] == "private, no-cache"
            assert b"".join(answer.streaming_content).startswith(b"RIFF")


def test_the_seller_offers_and_the_buyer_accepts_on_their_pages(client, order):
    dispute = opened(order)
    client.force_login(order.shop.owner)
    there = reverse("care:offer", args=[dispute.pk])
    sent = {"key": uuid.uuid4().hex, "kind": "money", "amount": "3", "text": "Sorry."}
    for _ in range(2):
        client.post(there, sent)
    offer = Offer.objects.get()
    client.force_login(order.buyer)
    accept = reverse("care:accept", args=[offer.pk])
    assert accept in page(client, "care:dispute", dispute.pk).content.decode()
    for _ in range(2):
        client.post(accept)
    assert Refund.objects.get().amount_minor == 300
    assert "Settled" in page(client, "care:dispute", dispute.pk).content.decode()


def test_a_return_goes_its_way_on_the_pages(client, order):
    dispute = opened(order, wants="return")
    now = timezone.now()
    offer = talk.offer(
        dispute_id=dispute.pk, by_id=order.shop.owner_id, key="k", kind="return", at=now
    )
    steps = [
        (order.buyer, "accept", offer.pk, {}),
        (order.shop.owner, "say_where", dispute.pk, {"address": "1 Quay"}),
        (order.buyer, "send_back", dispute.pk, {"tracking": "RR1", "carrier": "Post"}),
        (order.shop.owner, "arrived", dispute.pk, {}),
    ]
    for person, name, pk, sent in steps:
        client.force_login(person)
        there = reverse(f"care:{name}", args=[pk])
        if name != "accept":
            assert there in page(client, "care:dispute", dispute.pk).content.decode()
        assert client.post(there, sent).status_code == 302
    assert Refund.objects.get().kind == "return"


def test_staff_rule_on_their_desk_and_another_answers_the_appeal(client, order):
    dispute = opened(order, state="escalated", text=TEXT)
    judge = make_staff()
    client.force_login(judge)
    listed = page(client, "admin:care_dispute_changelist").content.decode()
    case = reverse("admin:care_dispute_change", args=[dispute.pk])
    assert case in listed
    assert TEXT in client.get(case).content.decode()
    rule = reverse("admin:care_dispute_rule", args=[dispute.pk])
    wrong = {"kind": "money", "amount": "5000", "reasons": "It is broken indeed."}
    assert client.post(rule, wrong).status_code == 422
    for _ in range(2):
        assert client.post(rule, {**wrong, "amount": "5"}).status_code == 302
    ruling = Ruling.objects.get()
    assert ruling.amount_minor == 500
    client.force_login(order.shop.owner)
    words = {"text": "It left the shop whole."}
    client.post(reverse("care:appeal", args=[ruling.pk]), words)
    answer = reverse("admin:care_appeal_answer", args=[ruling.appeal.pk])
    sent = {"outcome": "changed", "kind": "nothing", "amount": "", "answer": "You are right."}
    client.force_login(judge)
    assert client.post(answer, sent).status_code == 422
    client.force_login(make_staff())
    assert page(client, "admin:care_appeal_change", ruling.appeal.pk).status_code == 200
    assert client.post(answer, sent).status_code == 302
    client.force_login(order.buyer)
    shown = page(client, "care:dispute", dispute.pk).content.decode()
    assert "You are right." in shown


def test_a_buyer_reviews_from_the_order_and_the_shop_answers(client):
    order = make_order(state="settled", buyer=make_user(), at=timezone.now())
    line = order.lines.get()
    client.force_login(order.buyer)
    there = reverse("care:review", args=[line.pk])
    assert there in page(client, "care:of_order", order.pk).content.decode()
    assert client.post(there, {"stars": "", "text": ""}).status_code == 422
    for _ in range(2):
        assert client.post(there, {"stars": "4", "text": "Strong <b>weave</b>."}).status_code == 302
    review = Review.objects.get()
    client.force_login(order.shop.owner)
    answer = reverse("care:answer", args=[review.pk])
    assert answer in page(client, "care:received").content.decode()
    client.post(answer, {"text": "Thank you!"})
    client.logout()
    shown = page(client, "care:of_listing", review.listing_id).content.decode()
    assert "Strong &lt;b&gt;weave" in shown
    assert "Thank you!" in shown
    fragment = page(client, "care:of_shop", order.shop.slug, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert (
        reverse("care:of_listing", args=[review.listing_id])
        in page(client, "storefront:listing", review.listing_id).content.decode()
    )


def test_staff_withdraw_a_review_and_put_it_back(client):
    review = make_review(at=timezone.now())
    client.force_login(make_staff())
    assert page(client, "admin:care_review_change", review.pk).status_code == 200
    there = reverse("admin:care_review_withdraw", args=[review.pk])
    assert client.post(there, {"reason": "no"}).status_code == 422
    assert client.post(there, {"reason": "It names a private address."}).status_code == 302
    listed = page(client, "care:of_listing", review.listing_id).content.decode()
    assert review.text not in listed
    client.post(reverse("admin:care_review_restore", args=[review.pk]))
    assert review.text in page(client, "care:of_listing", review.listing_id).content.decode()


@pytest.mark.parametrize("kept", [1, 12])
def test_the_lists_ask_the_database_as_often_for_many_rows_as_for_one(
    client, django_assert_max_num_queries, kept
):
    buyer = make_user()
    for _ in range(kept):
        make_dispute(make_order(state="shipped", buyer=buyer, at=timezone.now()))
        make_review(make_order(state="settled", buyer=buyer, at=timezone.now()))
    client.force_login(buyer)
    with django_assert_max_num_queries(14):
        assert page(client, "care:mine").status_code == 200
    order = make_order(state="shipped", buyer=buyer)
    dispute = make_dispute(order)
    for number in range(kept):
        offered = {"key": f"offer-{number}", "kind": "money", "amount_minor": 1 + number}
        talk.offer(dispute_id=dispute.pk, by_id=order.shop.owner_id, at=timezone.now(), **offered)
    with django_assert_max_num_queries(30):
        assert page(client, "care:dispute", dispute.pk).status_code == 200
