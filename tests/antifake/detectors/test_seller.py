"""What a seller's record adds, and what an authorisation takes away."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from antifake.cases.learning.model import probability
from antifake.cases.rules.alike import is_alike, words_of
from antifake.detectors.authorised import Authorised
from antifake.detectors.base import Bank, KnownBrand, PhotoView, SellerView, Subject
from antifake.detectors.newcomer_brand import LEAST_ORDERS
from antifake.detectors.seller import Seller

OWN = KnownBrand(1, "Nike", authorised=True)


def seller_findings(*, completed_orders=LEAST_ORDERS, **record):
    view = SellerView(completed_orders=completed_orders, **record)
    subject = Subject(7, 2, "Shoes", seller=view)
    return {f.kind: f for f in Seller().examine(subject, Bank())}


def test_a_clean_record_and_no_record_say_nothing():
    assert seller_findings(age_days=3, posted_last_day=5) == {}
    assert Seller().examine(Subject(7, 2, "Shoes"), Bank()) == []


def test_removed_fakes_links_and_tries_again_each_say_their_part():
    found = seller_findings(removed_fakes=1, refused_alike=1, linked_to_removed=("payment",))
    assert {kind: one.log_odds for kind, one in found.items()} == {
        "seller_history": 1.2,
        "seller_linked": 1.5,
        "refused_again": 3.0,
    }
    assert all(one.distance <= one.threshold for one in found.values())
    assert all(":7:" in one.key for one in found.values())  # of this listing alone


def test_a_removed_fake_makes_a_person_look_where_nothing_else_is_known_of_a_shop():
    new, tried = (
        seller_findings(removed_fakes=1, completed_orders=orders)["seller_history"]
        for orders in (LEAST_ORDERS - 1, LEAST_ORDERS)
    )
    assert (probability([new]).permille, probability([tried]).permille) == (527, 63)
    assert ":7:" in new.key  # allowed is one listing, not the shop's next one


def test_a_new_shop_that_posts_very_many_goods_is_noted_an_old_one_not():
    assert "seller_history" in seller_findings(age_days=2, posted_last_day=40)
    assert seller_findings(age_days=200, posted_last_day=400) == {}


@given(some.integers(1, 500), some.integers(1, 500))
def test_more_removed_fakes_never_weigh_less(one, other):
    low, high = sorted((one, other))
    lighter = seller_findings(removed_fakes=low)["seller_history"]
    heavier = seller_findings(removed_fakes=high)["seller_history"]
    assert lighter.log_odds <= heavier.log_odds <= 2.5
    assert lighter.distance >= heavier.distance


@pytest.mark.parametrize(
    ("title", "kinds"),
    [("Nike shoes", ["authorised"]), ("NIKE Shoes", ["authorised"]), ("Nikelab", []), ("Toy", [])],
)
def test_an_authorisation_is_noted_where_its_brand_is_named(title, kinds):
    bank = Bank(brands=(OWN, KnownBrand(2, "Adidas")))
    found = Authorised().examine(Subject(7, 2, title), bank)
    assert [one.kind for one in found] == kinds
    assert all(one.log_odds < 0 for one in found)


def photo(sha256="a", upright=b"\0" * 32, quality=80):
    return PhotoView(1, 0, sha256, (upright,), quality)


def alike(title, photos=(), *, refused="N1ke running shoes", sha256s=(), uprights=b""):
    return is_alike(
        words=words_of(title),
        photos=photos,
        refused_words=words_of(refused),
        refused_sha256s=sha256s,
        refused_uprights=uprights,
    )


def test_a_title_counts_as_tried_again_when_most_of_its_words_return_disguised_or_not():
    assert alike("Nike running shoes")
    assert alike("Shoes N.i.k.e running") or alike("running shoes n1ke")
    assert not alike("Running shoes")
    assert not alike("Nike cap")
    assert not alike("Shoes", refused="Shoes")  # one word is a kind of goods


def test_a_photo_counts_as_tried_again_by_its_file_or_by_its_looks():
    assert alike("Cap", [photo("b")], sha256s=["b"])
    assert alike("Cap", [photo(upright=b"\0" * 31 + b"\xff")], uprights=b"\0" * 32)
    assert not alike("Cap", [photo(upright=b"\xff" * 32)], uprights=b"\0" * 32)
    assert not alike("Cap", [photo(quality=10)], uprights=b"\0" * 32)
