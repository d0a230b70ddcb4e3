"""The check while a seller types: what helps, no figures, counted for each person."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from antifake.cases import services
from antifake.cases.models import Case, DraftCheck
from antifake.cases.services import drafts
from antifake.references import services as references
from marketplace.accounts import throttles
from marketplace.errors import WrongState
from marketplace.listings.services import drafts as discarding
from marketplace.listings.services import listing as listings
from marketplace.listings.services import photos
from marketplace.outbox.models import Job
from marketplace.reasons.models import StatementOfReasons
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import NOW, check, make_brand, post_listing, run_jobs
from tests.factories.listings import make_category
from tests.factories.pictures import as_bytes, drawn
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def make_draft(title="Hand-woven basket", *, shop=None, seeds=(), key=None):
    shop = shop or make_shop()
    listing = listings.create_draft(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        category_id=make_category().pk,
        title=title,
        description="",
        key=key,
        at=NOW,
    )
    for seed in seeds:
        photos.add_photo(listing_id=listing.pk, data=as_bytes(drawn(seed)), at=NOW)
    return listing


def card(listing, title=None, description="", *, at=NOW):
    return drafts.card(
        shop_id=listing.shop_id,
        shop_name=listing.shop.name,
        by_id=listing.shop.owner_id,
        listing=listing,
        title=listing.title if title is None else title,
        description=description,
        at=at,
    )


def looked(listing):
    key = drafts.photos_key(
        photo_ids=listing.photos.order_by("position").values_list("pk", flat=True)
    )
    found = drafts.look_at_draft(listing_id=listing.pk, key=key)
    drafts.keep_look(listing_id=listing.pk, key=key, found=found, at=NOW)
    return key


@pytest.mark.parametrize(
    ("title", "state"),
    [
        ("Hand-woven basket", "green"),
        ("Phone case for Lumeria", "green"),
        ("Lumeria lamp", "document"),
        ("Lum3ria lamp", "document"),
        ("Hand grenade, live", "forbidden"),
    ],
)
def test_the_words_alone_name_the_card(title, state):
    make_brand("Lumeria")
    assert card(make_draft(), title).state == state


def test_a_shop_with_a_confirmed_document_needs_none():
    shop, brand = make_shop(), make_brand("Lumeria")
    references.authorise(brand_id=brand.pk, shop_id=shop.pk, at=NOW)
    assert card(make_draft(shop=shop), "Lumeria lamp").state == "green"


def test_a_newcomer_reads_that_a_person_looks_first_until_one_has_allowed_such_goods():
    make_brand("Lumeria")
    make_brand("Umucyo")
    shop = make_shop()
    waits = "fewer than 3 orders"
    assert any(waits in hint.sentence for hint in card(make_draft("Lumeria lamp", shop=shop)).hints)
    case = Case.objects.get(scan=check(post_listing("Lumeria lamp", shop=shop)))
    assert waits in StatementOfReasons.objects.get(subject=case.listing.ref).decision_facts
    staff = make_staff()
    services.decide(case_id=case.pk, verdict="allow", note="", by_id=staff.pk, at=NOW)
    assert card(make_draft("Lumeria lamp, large", shop=shop)).state == "green"
    other = card(make_draft("Umucyo basket", shop=shop))
    assert other.state == "document"
    assert not any(waits in hint.sentence for hint in other.hints)
    assert check(post_listing("Umucyo basket", shop=shop)).outcome == "publish"


@pytest.mark.django_db(transaction=True)
def test_photos_are_looked_at_by_a_worker_once_and_then_named():
    check(post_listing("Basket", seeds=[1]))
    draft = make_draft(seeds=[5, 1])
    first = card(draft)
    assert (first.state, first.looking) == ("green", True)
    assert card(draft).looking
    assert run_jobs(kind=drafts.CHECK) == 1
    then = card(draft)
    assert (then.state, then.looking) == ("copy", False)
    assert [hint.sentence for hint in then.hints] == [
        "Photo 2 looks like one that was there before."
    ]
    assert Job.objects.filter(kind=drafts.CHECK).count() == 1


def test_another_photo_is_another_look():
    check(post_listing("Basket", seeds=[1]))
    draft = make_draft(seeds=[1])
    looked(draft)
    photos.add_photo(listing_id=draft.pk, data=as_bytes(drawn(6)), at=NOW)
    assert card(draft).looking
    looked(draft)
    assert DraftCheck.objects.count() == 1


def test_a_look_never_stands_in_the_way_of_deleting_a_draft():
    draft = make_draft(seeds=[1])
    key = looked(draft)
    discarding.discard_draft(listing_id=draft.pk, by_id=draft.shop.owner_id, at=NOW)
    assert drafts.look_at_draft(listing_id=draft.pk, key=key) is None
    drafts.keep_look(listing_id=draft.pk, key=key, found=[], at=NOW)
    assert DraftCheck.objects.count() == 0


def test_looks_are_forgotten_after_a_day_since_the_market_grows():
    looked(make_draft(seeds=[1]))
    assert drafts.forget_old(at=NOW + timedelta(hours=23)) == 0
    assert drafts.forget_old(at=NOW + timedelta(hours=25)) == 1


def test_probing_is_limited_for_each_person():
    draft = make_draft(seeds=[1])
    person = f"user:{draft.shop.owner_id}"
    for limit, left in ((drafts.PHOTO_LOOKS, 0), (drafts.LOOKS, 1)):
        for _ in range(limit.most - left):
            throttles.take(limit=limit, subject=person, at=NOW)
    assert card(draft).photos_later
    with pytest.raises(WrongState):
        card(draft)
    assert card(make_draft(seeds=[2])).looking


def test_the_card_costs_as_many_queries_for_much_as_for_little():
    make_brand("Lumeria")
    make_brand("Umucyo")
    counts = []
    for title, seeds in (("Lum3ria lamp", [1]), ("Lum3ria Umucyo lamp Lumeria", [2, 3, 4, 5])):
        draft = make_draft(title, seeds=seeds)
        looked(draft)
        with CaptureQueriesContext(connection) as seen:
            card(draft)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_editor_shows_the_card_and_no_figure_of_it(client):
    brand = make_brand("Lumeria", seeds=[1])
    draft = make_draft("Lum3ria lamp", seeds=[1])
    looked(draft)
    client.force_login(draft.shop.owner)
    address = reverse("cases:check", args=[draft.pk])
    assert address in client.get(reverse("listings:edit", args=[draft.pk])).content.decode()
    for page in (client.get(address), client.post(address, {"title": "Lum3ria lamp"})):
        text = page.content.decode()
        assert "Likely a copy" in text
        assert f"brand={brand.pk}" in text
        assert "private" in page.headers["Cache-Control"]
        shown = re.sub(r"<[^>]*>", " ", text)
        assert not re.search(r"permille|log.odds|threshold|distance|\d+ ?%|0\.\d", shown)
    client.force_login(make_person())
    assert client.get(address).status_code == 404


def test_a_form_opened_anew_finds_its_draft_by_its_key(client):
    check(post_listing("Basket", seeds=[1]))
    key = uuid.uuid4()
    draft = make_draft(seeds=[1], key=key)
    looked(draft)
    client.force_login(draft.shop.owner)
    new = reverse("cases:check_new")
    for sent, text in (({"key": str(key)}, "Likely a copy"), ({"key": "x"}, "Nothing in the way")):
        assert text in client.post(new, {"title": "Basket", **sent}).content.decode()
    client.force_login(make_person())
    assert client.post(new, {"title": "Basket"}).status_code == 404
