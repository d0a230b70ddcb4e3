"""Trying again after a refusal: it counts as evidence, it is limited, and it teaches nothing."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from antifake.cases import services
from antifake.cases.models import Case, Decision, RefusedContent
from antifake.cases.queries.sellers import links_of, seller_view
from antifake.references import queries as references
from marketplace.errors import WrongState
from marketplace.listings.models import ListingState
from marketplace.listings.services import listing as listings
from marketplace.rulebook import services as rulebook
from tests.factories.accounts import make_staff
from tests.factories.antifake import (
    NOW,
    check,
    known_shop,
    make_brand,
    make_case,
    post_listing,
    remove,
)
from tests.factories.identity import make_identity
from tests.factories.pictures import drawn
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
SHOE = 31


def refused(title="N1ke running shoes", *, shop=None, seed=SHOE, policy="counterfeit"):
    """A decision that took a listing with its own photo down."""
    if not references.brands_for(0):
        make_brand()
    scan = check(post_listing(title, shop=shop, pictures=[drawn(seed)]))
    return services.decide(
        case_id=Case.objects.get(scan=scan).pk,
        verdict="remove",
        policy=policy,
        severity=3,
        note="It is a fake, as the label shows.",
        by_id=make_staff().pk,
        at=NOW,
    )


def view(listing):
    return seller_view(listing, references.views_of(listing.pk), at=NOW)


def kinds(scan):
    return {finding.kind for finding in scan.findings.all()}


def test_the_same_words_or_the_same_photo_again_are_found_and_held():
    shop = refused().case.listing.shop
    words = check(post_listing("Nike running shoes, red", shop=shop, seeds=[44]))
    assert {"seller_history", "refused_again"} <= kinds(words)
    assert Case.objects.get(scan=words).listing.state == ListingState.WITHHELD
    photo = check(post_listing("Garden chair", shop=shop, pictures=[drawn(SHOE)]))
    assert "refused_again" in kinds(photo)


@pytest.mark.parametrize("has_sold", [True, False])
def test_honest_goods_of_the_same_shop_wait_only_where_it_has_hardly_sold(has_sold):
    shop = refused(shop=known_shop() if has_sold else make_shop()).case.listing.shop
    other = post_listing("Garden chair", shop=shop, seeds=[45])
    assert kinds(check(other)) == {"seller_history"}
    assert other.state == (ListingState.LIVE if has_sold else ListingState.WITHHELD)


def test_an_appeal_that_is_won_ends_it():
    decision = refused()
    shop = decision.case.listing.shop
    appeal = services.appeal(
        decision_id=decision.pk, by_id=shop.owner_id, text="These are my own shoes.", at=NOW
    )
    services.decide_appeal(
        appeal_id=appeal.pk, by_id=make_staff().pk, won=True, answer="They are indeed.", at=NOW
    )
    assert RefusedContent.objects.exists()
    again = view(post_listing("N1ke running shoes", shop=shop, seeds=[46]))
    assert (again.removed_fakes, again.refused_alike) == (0, 0)


def test_own_photos_for_goods_whose_photos_were_anothers_are_no_try_again():
    shop = refused(policy="stolen_photo").case.listing.shop
    assert view(post_listing("N1ke running shoes", shop=shop, seeds=[47])).refused_alike == 0
    same = post_listing("Chair", shop=shop, pictures=[drawn(SHOE)])
    check(same)
    assert view(same).refused_alike == 1


def test_what_was_refused_is_kept_as_it_was_scanned():
    decision = refused()
    kept = RefusedContent.objects.get(decision=decision)
    assert set(kept.words) == {"nike", "running", "shoes"}
    assert len(kept.sha256s) == 1
    assert len(bytes(kept.uprights)) in (0, 32)


def test_shops_are_linked_by_keyed_hashes_and_by_their_owner_alone():
    decision = refused()
    owner = decision.case.listing.shop.owner
    make_identity(user=owner, at=NOW)
    shop, stranger = make_shop(), make_shop()
    others = {
        "phone": "+4915112345678",
        "document_number": "g 7777777",
        "vat_number": "",
        "at": NOW,
    }
    make_identity(user=shop.owner, register_number="CS-1", **others)
    others |= {"phone": "+4915112345679", "document_number": "g 8888888"}
    make_identity(
        user=stranger.owner, register_number="CS-2", payment_account="GH99 9999 0000 1111", **others
    )
    assert links_of(shop).kinds == ("payment",)
    assert links_of(stranger).kinds == ()
    again = view(post_listing("N1ke running shoes", shop=shop, seeds=[48]))
    assert again.refused_alike == 1
    second = make_shop(owner=owner)
    assert "person" in links_of(second).kinds


def test_a_record_takes_the_same_number_of_queries_whatever_it_holds(
    django_assert_max_num_queries,
):
    shop = refused().case.listing.shop
    for seed in (51, 52, 53):
        check(post_listing(f"Chair {seed}", shop=shop, seeds=[seed]))
    listing = post_listing("Chair", shop=shop, seeds=[54])
    photos = references.views_of(listing.pk)
    with django_assert_max_num_queries(14):
        seller_view(listing, photos, at=NOW)


def rule(key, value):
    rulebook.publish(key=key, value=value, valid_from=NOW, reason="A test.", by_id=None, at=NOW)


def edit(listing, title, at=NOW):
    facts = {"category_id": listing.category_id, "title": title, "description": ""}
    return listings.edit(listing_id=listing.pk, by_id=listing.shop.owner_id, at=at, **facts)


def test_changes_to_held_goods_are_limited_a_day_and_free_again_after():
    rule("listings.retries_a_day", 5)
    listing = make_case().listing
    for number in range(5):
        edit(listing, f"N1ke shoes {number}")
    with pytest.raises(WrongState, match="changed 5 times within a day"):
        edit(listing, "Nike5")
    listing.refresh_from_db()
    assert listing.title == "N1ke shoes 4"
    edit(listing, "Nike6", at=NOW + timedelta(days=1, minutes=1))


def test_goods_that_were_never_held_may_be_changed_as_often_as_one_likes():
    rule("listings.retries_a_day", 5)
    listing = post_listing()
    for number in range(9):
        edit(listing, f"Basket {number}")


def test_the_refused_change_stays_in_the_form(client):
    rule("listings.retries_a_day", 5)
    listing = make_case().listing
    for number in range(5):
        edit(listing, f"N1ke shoes {number}", at=NOW)
    client.force_login(listing.shop.owner)
    page = reverse("listings:edit", args=[listing.pk])
    # The clock of the web is today's: count what was changed as changed today.
    rows = listing.versions.all()
    rows.update(at=listing.versions.first().at.now(tz=NOW.tzinfo))
    listing.withholdings.update(since=rows.first().at)
    variant = listing.variants.get()
    form = {
        "title": "Nikey shoes",
        "description": "",
        "category": listing.category_id,
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 0,
        "form-0-variant": variant.pk,
        "form-0-price": "12.50",
        "form-0-on_hand": "5",
        "form-0-seen": "5",
    }
    answer = client.post(page, form).content.decode()
    assert "changed 5 times within a day" in answer
    assert "Nikey shoes" in answer


def test_new_goods_are_limited_a_day_while_a_fresh_takedown_stands():
    rule("listings.posts_after_removal_a_day", 2)
    shop = refused().case.listing.shop
    post_listing("Chair", shop=shop, seeds=[61])
    with pytest.raises(WrongState, match="The draft is kept"):
        post_listing("Table", shop=shop, seeds=[62])
    assert shop.listings.filter(title="Table", state=ListingState.DRAFT).exists()


def test_sellers_see_no_score_threshold_or_weight_on_any_page_about_their_goods(client):
    case = make_case()
    listing, owner = case.listing, case.listing.shop.owner
    client.force_login(owner)
    row = case.scan.findings.order_by("-contribution").first()
    pages = ["cases:mine", "listings:mine", "listings:edit", "listings:versions"]
    texts = [
        client.get(reverse(name, args=[] if name.endswith("mine") else [listing.pk]))
        for name in pages
    ]
    texts.append(client.get(reverse("reasons:statement", args=[statement(listing)])))
    decision = remove(case, make_staff())
    texts.append(client.get(reverse("cases:decision", args=[decision.pk])))
    for page in texts:
        assert page.status_code == 200
        text = page.content.decode().split("<main")[-1]
        for secret in (
            f"{case.risk_permille} of",
            f"{row.contribution:.1f} ",
            "log-odds",
            "permille",
            "threshold",
            "probability",
            "distance",
            row.detector,
        ):
            assert secret not in text, (page.request["PATH_INFO"], secret)
    assert Decision.objects.count() == 1
    messages = json.dumps(list(owner.messages.values("subject", "body")))
    assert not re.search(rf"\b{case.risk_permille}\b", messages)


def statement(listing):
    return listing.withholdings.get(lifted_at=None).statement.puid
