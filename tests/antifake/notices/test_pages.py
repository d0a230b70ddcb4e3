"""The portal's pages, the seller's side, the page without an account, and staff's, over HTTP."""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from antifake.cases.services import rescans
from antifake.notices import services
from antifake.notices.models import Notice, NoticeItem, NoticeState
from antifake.references import services as references
from antifake.references.models import Agency, Right, Wording
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.services import listing as listings
from tests.factories.accounts import make_staff, make_user
from tests.factories.antifake import post_listing
from tests.factories.notices import (
    PROOF,
    make_goods,
    make_holder,
    make_right,
    send,
    trust_record,
)
from tests.factories.pictures import as_bytes, drawn

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def form_key(client, name):
    page = client.get(reverse(name)).content.decode()
    return re.search(r'name="key" value="([^"]+)"', page).group(1)


def test_a_right_is_registered_verified_and_its_progress_shown():
    post_listing()
    holder, staff = make_holder(), make_staff()
    client, desk = signed_in(holder), signed_in(staff)
    values = {
        "key": form_key(client, "notices:new_right"),
        "kind": "trademark",
        "name": "Nordvik",
        "holder": "Nordvik Strikk",
        "number": "NO-1",
        "territory": "no, se",
        "expires_on": "2030-01-01",
    }
    address = reverse("notices:new_right")
    refused = client.post(address, {**values, "territory": "Norway"})
    assert refused.status_code == 422
    assert "Nordvik Strikk" in refused.content.decode()
    for _ in range(2):
        proof = SimpleUploadedFile("proof.pdf", PROOF, content_type="application/pdf")
        answer = client.post(address, {**values, "proof": proof})
        assert answer.status_code == 302
    right = Right.objects.get()
    assert right.territory == ["NO", "SE"]
    assert right.expires_at.isoformat() == "2030-01-02T12:00:00+00:00"

    shown = desk.get(reverse("admin:references_right_change", args=[right.pk]))
    assert "Nordvik Strikk" in text_of(shown)
    handed = desk.get(reverse("admin:notices_proof", args=[right.proofs.get().file_id]))
    assert handed.content == PROOF
    assert "no-store" in handed["Cache-Control"]
    refuse = reverse("admin:notices_refuse", args=[right.pk])
    assert desk.post(refuse, {"note": ""}).status_code == 422
    desk.post(reverse("admin:notices_verify", args=[right.pk]))
    right.refresh_from_db()
    run = rescans.begin(cause="brand", subject=f"brand:{right.brand_id}", at=timezone.now())
    page = text_of(client.get(reverse("notices:right", args=[right.pk])))
    assert run.due == 1
    assert "Gone through 0 of 1" in page
    client.post(reverse("notices:add_wording", args=[right.pk]), {"text": "eight-pointed star"})
    assert Wording.objects.get().text == "eight-pointed star"
    photo = SimpleUploadedFile("a.jpg", as_bytes(drawn(1)), content_type="image/jpeg")
    client.post(reverse("notices:add_photo", args=[right.pk]), {"photo": photo})
    stored = right.brand.photos.get()
    picture = reverse("notices:picture", args=[right.pk, stored.name])
    assert client.get(picture)["Content-Type"] == "image/webp"
    assert signed_in(make_holder()).get(picture).status_code == 404


def test_one_form_names_many_goods_and_what_lacks_is_asked_for_with_all_kept():
    right, goods = make_right(), make_goods(2)
    trust_record(right, at=timezone.now())
    client = signed_in(right.owner)
    values = {
        "key": form_key(client, "notices:new"),
        "right": right.pk,
        "links": "\n".join(f"https://market.example/l/{one.pk}/" for one in goods) + "\nrubbish",
        "reason": "They carry our registered name.",
        "do": "send",
    }
    answer = client.post(reverse("notices:new"), values)
    notice = Notice.objects.get(state=NoticeState.INCOMPLETE)
    assert answer.url == reverse("notices:notice", args=[notice.pk])
    page = client.get(answer.url).content.decode()
    assert "Still missing" in page
    assert "They carry our registered name." in page
    assert "rubbish" in page
    assert page.count("Leave out") == 2
    values |= {"links": "", "sworn_name": "Ingrid Nordvik", "good_faith": "on"}
    sent = [client.post(answer.url, values) for _ in range(2)]
    assert all("/status/" in one.url for one in sent)
    assert {item.state for item in notice.items.all()} == {"withheld"}
    stranger = Client().get(sent[-1].url)
    assert goods[0].title in text_of(stranger)
    assert stranger["Referrer-Policy"] == "no-referrer"
    assert Client().get(sent[0].url).status_code == 404  # the newer link ended it
    for one in goods:
        assert Client().get(reverse("storefront:listing", args=[one.pk])).status_code == 404
    table = client.get(reverse("notices:outcomes")).content.decode()
    assert f"{notice.pk}," in table
    client.post(reverse("notices:withdraw", args=[notice.pk]))
    assert Client().get(reverse("storefront:listing", args=[goods[0].pk])).status_code == 200


def test_goods_found_by_words_or_picture_go_into_one_notice():
    right = make_right()
    listing = post_listing("Blue pot", seeds=[1], at=timezone.now())
    references.describe_photos(photo_ids=listing.photos.values_list("pk", flat=True))
    listings.publish(listing_id=listing.pk, content_version=1, at=timezone.now())
    client = signed_in(right.owner)
    by_words = text_of(client.get(reverse("notices:find"), {"q": "blue pot"}))
    photo = SimpleUploadedFile("a.jpg", as_bytes(drawn(1)), content_type="image/jpeg")
    by_picture = text_of(client.post(reverse("notices:find"), {"photo": photo}))
    for page in (by_words, by_picture):
        assert "Blue pot" in page
    assert "The same picture" in by_picture
    assert client.post(reverse("notices:find"), {}).status_code == 422
    values = {"key": str(uuid.uuid4()), "right": right.pk, "listing": [listing.pk]}
    answers = [client.post(reverse("notices:choose"), values) for _ in range(2)]
    assert answers[0].url == answers[1].url
    item = NoticeItem.objects.get()
    assert (item.listing, item.notice.right) == (listing, right)
    remove = reverse("notices:remove", args=[item.notice_id, listing.pk])
    client.post(remove)
    assert not NoticeItem.objects.exists()


def test_the_seller_reads_the_reasons_and_answers_and_the_sender_replies():
    right, [goods] = make_right(), make_goods()
    trust_record(right, at=timezone.now())
    notice = send(right, [goods], at=timezone.now())
    item = notice.items.get()
    seller, holder = signed_in(goods.shop.owner), signed_in(right.owner)
    assert goods.title in text_of(seller.get(reverse("notices:received")))
    page = reverse("notices:answer", args=[item.pk])
    assert "registered name" in text_of(seller.get(page))
    assert seller.post(page, {"text": "no"}).status_code == 422
    for _ in range(2):
        assert seller.post(page, {"text": "We bought them from the holder."}).status_code == 302
    thread = reverse("notices:counter", args=[item.counter.pk])
    assert "We bought them" in text_of(holder.get(thread))
    assert holder.post(thread, {"text": "", "do": "reply"}).status_code == 422
    assert "Sellers answered" in text_of(holder.get(reverse("notices:home")))
    for other in (make_holder(), make_user()):
        assert signed_in(other).get(thread).status_code == 404
        assert signed_in(other).get(page).status_code == 404
    holder.post(thread, {"do": "concede"})
    goods.refresh_from_db()
    assert goods.state == ListingState.LIVE
    assert "The sender took it back" in text_of(seller.get(page))


def test_staff_see_the_notice_and_rule_on_bad_faith():
    right, [goods] = make_right(), make_goods()
    notice = send(right, [goods], at=timezone.now())
    desk = signed_in(make_staff())
    page = reverse("admin:notices_notice_change", args=[notice.pk])
    assert goods.title in text_of(desk.get(page))
    case = reverse("admin:cases_case_change", args=[notice.items.get().case_id])
    assert "registered name" in text_of(desk.get(case))
    strike = reverse("admin:notices_strike", args=[notice.pk])
    assert desk.post(strike, {"act": "knowing", "facts": ""}).status_code == 422
    desk.post(strike, {"act": "knowing", "facts": "It names a competitor's own design."})
    assert "in bad faith" in text_of(desk.get(page))
    home = text_of(signed_in(right.owner).get(reverse("notices:home")))
    assert "a person looks at everything you send" in home


def test_agents_are_named_and_ended_and_others_find_no_portal():
    right, agent = make_right(), make_user()
    client = signed_in(right.owner)
    home = reverse("notices:home")
    assert signed_in(agent).get(home).status_code == 404
    client.post(reverse("notices:agents"), {"email": agent.email})
    assert right.name in text_of(signed_in(agent).get(home))
    end = reverse("notices:end_agency", args=[Agency.objects.get().pk])
    assert signed_in(make_holder()).post(end).status_code == 404
    client.post(end)
    assert signed_in(agent).get(home).status_code == 404


def test_a_link_ends_in_time():
    right = make_right()
    notice = send(right, make_goods(), at=timezone.now())
    token = services.new_link(notice_id=notice.pk, by_id=right.owner_id, at=timezone.now())
    assert services.opened_by(token=token, at=timezone.now()) == notice
    notice.refresh_from_db()
    assert token not in str(Notice.objects.filter(pk=notice.pk).values())
    assert services.opened_by(token=token, at=notice.token_until) is None
    assert not Listing.objects.filter(state=ListingState.WITHHELD).exists()
