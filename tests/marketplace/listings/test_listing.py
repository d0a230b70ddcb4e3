"""A listing's life, move by move."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings import rules
from marketplace.listings.models import Listing, ListingState, Variant
from marketplace.listings.services import listing as listings
from marketplace.listings.services.listing import VariantRow
from marketplace.outbox.models import Event, LogEntry
from marketplace.shops.models import ShopState
from tests.factories.accounts import make_person
from tests.factories.listings import (
    make_category,
    make_listing,
    make_ready_draft,
    make_statement,
    make_variant,
)
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def reload(listing):
    return Listing.objects.get(pk=listing.pk)


def events(listing):
    return list(
        Event.objects.filter(subject=listing.ref).order_by("pk").values_list("name", flat=True)
    )


def posted(now):
    draft = make_ready_draft()
    return listings.post(listing_id=draft.pk, by_id=draft.shop.owner_id, at=now)


def edit(listing, now, **changes):
    words = {
        "category_id": listing.category_id,
        "title": listing.title,
        "description": listing.description,
    }
    by_id = listing.shop.owner_id
    return listings.edit(listing_id=listing.pk, by_id=by_id, at=now, **{**words, **changes})


def withhold(listing, now, source="decision:1"):
    statement = make_statement(listing=listing)
    return listings.withhold(
        listing_id=listing.pk, source=source, statement_id=statement.pk, at=now
    )


def test_posting_hands_the_draft_over_for_the_check_once(now):
    listing = posted(now)
    listings.post(listing_id=listing.pk, by_id=listing.shop.owner_id, at=now)

    assert (listing.state, listing.posted_at) == (ListingState.PENDING, now)
    event = Event.objects.get(name="listing.posted")
    assert event.data == {
        "shop_id": listing.shop_id,
        "listing_id": listing.pk,
        "content_version": listing.content_version,
        "state": "pending",
    }
    log = LogEntry.objects.get(subject=listing.ref, action="listing.moved")
    assert log.actor == listing.shop.owner.ref


@pytest.mark.parametrize(
    ("missing", "words"), [("title", "title"), ("variants", "price"), ("photos", "photo")]
)
def test_posting_says_what_is_missing(now, missing, words):
    draft = make_ready_draft()
    if missing == "title":
        Listing.objects.filter(pk=draft.pk).update(title=" ")
    else:
        getattr(draft, missing).all().delete()
    with pytest.raises(BadInput, match=words):
        listings.post(listing_id=draft.pk, by_id=draft.shop.owner_id, at=now)
    assert reload(draft).state == ListingState.DRAFT


def test_a_shop_that_is_not_open_cannot_post(now):
    draft = make_ready_draft(shop=make_shop(state=ShopState.APPLIED))
    with pytest.raises(WrongState):
        listings.post(listing_id=draft.pk, by_id=draft.shop.owner_id, at=now)


def test_a_stranger_can_neither_draft_nor_edit_nor_post_nor_end(now):
    stranger, draft = make_person(), make_ready_draft()
    words = {"category_id": draft.category_id, "title": "Mine", "description": ""}
    attempts = [
        lambda: listings.create_draft(shop_id=draft.shop_id, by_id=stranger.pk, at=now, **words),
        lambda: listings.edit(listing_id=draft.pk, by_id=stranger.pk, at=now, **words),
        lambda: listings.set_variants(listing_id=draft.pk, by_id=stranger.pk, rows=[], at=now),
        lambda: listings.post(listing_id=draft.pk, by_id=stranger.pk, at=now),
        lambda: listings.end(listing_id=draft.pk, by_id=stranger.pk, at=now),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()


def test_the_same_form_sent_twice_makes_one_draft(now):
    shop, key = make_shop(), uuid.uuid4()
    words = {"category_id": make_category().pk, "title": "Basket", "description": ""}
    first, second = (
        listings.create_draft(shop_id=shop.pk, by_id=shop.owner_id, key=key, at=now, **words)
        for _twice in range(2)
    )
    assert first == second


def test_publishing_the_checked_version_puts_it_on_sale_once(now):
    listing = posted(now)
    for _twice in range(2):
        listings.publish(listing_id=listing.pk, content_version=1, at=now)
    assert (reload(listing).state, reload(listing).published_at) == (ListingState.LIVE, now)
    assert events(listing) == ["listing.posted", "listing.published"]


def test_a_check_of_an_older_version_does_not_publish(now):
    listing = posted(now)
    edit(listing, now, title="Something else")
    listings.publish(listing_id=listing.pk, content_version=1, at=now)
    assert reload(listing).state == ListingState.PENDING
    listings.publish(listing_id=listing.pk, content_version=2, at=now)
    assert reload(listing).state == ListingState.LIVE


@pytest.mark.parametrize("state", [ListingState.DRAFT, ListingState.ENDED])
def test_drafts_and_ended_listings_are_never_published(now, state):
    listing = make_listing(state=state)
    listings.publish(listing_id=listing.pk, content_version=1, at=now)
    assert reload(listing).state == state


def test_an_edit_of_goods_on_sale_takes_them_back_to_the_check(now):
    listing = make_listing()
    edit(listing, now, title="Other words")
    after = reload(listing)
    assert (after.state, after.content_version) == (ListingState.PENDING, 2)
    assert events(listing) == ["listing.edited"]
    assert Event.objects.get().data["content_version"] == 2


def test_saving_without_a_change_leaves_goods_on_sale(now):
    listing = make_listing()
    edit(listing, now, title=f" {listing.title} ")
    assert (reload(listing).state, events(listing)) == (ListingState.LIVE, [])


def test_editing_a_draft_counts_no_version_and_tells_nobody(now):
    draft = make_listing(state=ListingState.DRAFT)
    edit(draft, now, title="Better")
    assert (reload(draft).content_version, events(draft)) == (1, [])


def test_price_and_stock_change_at_once_but_a_new_name_is_checked_first(now):
    listing = make_listing()
    variant = make_variant(listing=listing, name="small")
    by_id = listing.shop.owner_id

    def write(**changes):
        row = {"name": "small", "price_minor": 1250, "on_hand": 10, "seen_on_hand": 10}
        rows = [VariantRow(variant_id=variant.pk, **{**row, **changes})]
        listings.set_variants(listing_id=listing.pk, by_id=by_id, rows=rows, at=now)
        return reload(listing).state

    assert write(price_minor=999, on_hand=12) == ListingState.LIVE
    variant.refresh_from_db()
    assert (variant.price_minor, variant.on_hand) == (999, 12)
    assert write(name="Gucci small") == ListingState.PENDING


def test_new_choices_sent_twice_are_added_once(now):
    draft = make_listing(state=ListingState.DRAFT)
    rows = [VariantRow(name="small", price_minor=100, on_hand=5), VariantRow("large", 200, 5)]
    for _twice in range(2):
        listings.set_variants(listing_id=draft.pk, by_id=draft.shop.owner_id, rows=rows, at=now)
    found = Variant.objects.order_by("pk").values_list("name", "price_minor", "on_hand")
    assert list(found) == [("small", 100, 5), ("large", 200, 5)]


def test_choices_of_another_listing_twins_and_free_goods_are_refused(now):
    draft, foreign = make_listing(state=ListingState.DRAFT), make_variant()
    for rows in (
        [VariantRow("a", 100, 1, variant_id=foreign.pk)],
        [VariantRow("a", 100, 1), VariantRow("a ", 100, 1)],
        [VariantRow("a", 0, 1)],
        [VariantRow("a", 100, -1)],
    ):
        with pytest.raises(BadInput):
            listings.set_variants(listing_id=draft.pk, by_id=draft.shop.owner_id, rows=rows, at=now)
    assert not draft.variants.exists()


def test_a_choice_is_added_to_a_draft_once_and_to_nothing_posted(now):
    draft, live = make_listing(state=ListingState.DRAFT), make_listing()
    choice = {"name": "red", "price_minor": 100, "on_hand": 1, "at": now}
    assert listings.add_variant(listing_id=draft.pk, **choice) == listings.add_variant(
        listing_id=draft.pk, **choice
    )
    with pytest.raises(WrongState):
        listings.add_variant(listing_id=live.pk, **choice)


def test_a_listing_returns_only_when_the_last_source_is_lifted(now):
    listing = make_listing()
    for source in ("decision:1", "scan:9", "decision:1"):
        withhold(listing, now, source)
    assert reload(listing).state == ListingState.WITHHELD
    assert listing.withholdings.count() == 2

    listings.lift(listing_id=listing.pk, source="decision:1", at=now)
    assert reload(listing).state == ListingState.WITHHELD
    for _twice in range(2):
        listings.lift(listing_id=listing.pk, source="scan:9", at=now)
    assert reload(listing).state == ListingState.LIVE
    assert events(listing).count("listing.lifted") == 2


def test_withheld_while_waiting_and_checked_meanwhile_goes_on_sale_when_lifted(now):
    listing = posted(now)
    withhold(listing, now)
    listings.publish(listing_id=listing.pk, content_version=1, at=now)
    assert reload(listing).state == ListingState.WITHHELD
    listings.lift(listing_id=listing.pk, source="decision:1", at=now)
    assert (reload(listing).state, reload(listing).published_at) == (ListingState.LIVE, now)


def test_withheld_while_waiting_and_never_checked_waits_again_when_lifted(now):
    listing = posted(now)
    withhold(listing, now)
    listings.lift(listing_id=listing.pk, source="decision:1", at=now)
    assert reload(listing).state == ListingState.PENDING
    assert Event.objects.get(name="listing.lifted").data["state"] == "pending"


def test_edited_while_withheld_waits_for_its_check_when_lifted(now):
    listing = make_listing()
    withhold(listing, now)
    edit(listing, now, title="Own photos now")
    listings.lift(listing_id=listing.pk, source="decision:1", at=now)
    assert reload(listing).state == ListingState.PENDING


def test_a_lifted_source_cannot_withhold_again(now):
    listing = make_listing()
    withhold(listing, now)
    listings.lift(listing_id=listing.pk, source="decision:1", at=now)
    with pytest.raises(WrongState):
        withhold(listing, now)
    assert reload(listing).state == ListingState.LIVE


def test_a_withheld_draft_cannot_be_posted(now):
    draft = make_ready_draft()
    withhold(draft, now)
    assert reload(draft).state == ListingState.DRAFT
    with pytest.raises(WrongState):
        listings.post(listing_id=draft.pk, by_id=draft.shop.owner_id, at=now)


def test_an_ended_listing_stays_ended(now):
    listing = make_listing()
    by_id = listing.shop.owner_id
    for _twice in range(2):
        listings.end(listing_id=listing.pk, by_id=by_id, at=now)
    withhold(listing, now)
    listings.lift(listing_id=listing.pk, source="decision:1", at=now)
    assert reload(listing).state == ListingState.ENDED
    with pytest.raises(WrongState):
        edit(listing, now, title="Again")


def test_the_table_of_moves_knows_every_state():
    assert set(rules.MOVES) == set(ListingState.values)
    assert set().union(*rules.MOVES.values()) <= set(ListingState.values)


@pytest.mark.parametrize(
    "wrong", [{"state": "sold"}, {"published_at": None}, {"content_version": 2}]
)
def test_the_database_refuses_unknown_states_and_unchecked_goods_on_sale(wrong):
    listing = make_listing()
    with pytest.raises(IntegrityError), transaction.atomic():
        Listing.objects.filter(pk=listing.pk).update(**wrong)
