"""Reviews: who may write one, what they add up to, how they go and come back."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from marketplace.care import queries, rules
from marketplace.care.models import ListingStars, Review, ShopStars
from marketplace.care.services import reviews, rulings, talk
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.orders.services import escrow
from marketplace.outbox.models import Event
from tests.factories.accounts import make_person, make_staff
from tests.factories.care import OPENED, make_dispute, make_review, make_ruling
from tests.factories.orders import make_goods, make_order

LATER = OPENED + timedelta(days=1)
database = pytest.mark.django_db


def counted(review):
    one = ListingStars.objects.get(listing=review.listing)
    shop = ShopStars.objects.get(shop=review.shop)
    return (one.count, one.stars_sum, shop.count, shop.stars_sum)


def assert_counts_are_true():
    assert reviews.recount() == 0


@database
def test_a_review_is_written_once_by_the_buyer_of_received_goods():
    order = make_order(state="settled")
    line = order.lines.get()
    ask = {"line_id": line.pk, "by_id": order.buyer_id, "stars": 4, "text": "Good.", "at": OPENED}
    for stranger in (make_person().pk, order.shop.owner_id):
        with pytest.raises(NotAllowed):
            reviews.post(**ask | {"by_id": stranger})
    for wrong in ({"stars": 0}, {"stars": 6}, {"text": "x" * 1_001}):
        with pytest.raises(BadInput):
            reviews.post(**ask | wrong)
    first = reviews.post(**ask)
    assert reviews.post(**ask | {"stars": 1}) == first
    assert counted(first) == (1, 4, 1, 4)
    assert Event.objects.filter(name="review.posted").count() == 1
    assert_counts_are_true()


@database
@pytest.mark.parametrize("state", ["awaiting_payment", "paid_held", "shipped", "delivered"])
def test_before_the_order_has_ended_there_is_no_review(state):
    with pytest.raises(WrongState):
        make_review(make_order(state=state))


@database
def test_goods_that_never_came_are_not_reviewed():
    order = make_order(state="shipped")
    dispute = make_dispute(order, reason="not_arrived", state="escalated")
    make_ruling(dispute)
    order.refresh_from_db()
    with pytest.raises(WrongState):
        make_review(order)


@database
def test_the_shop_answers_once():
    review = make_review()
    ask = {"review_id": review.pk, "by_id": review.shop.owner_id, "text": "Thanks!", "at": LATER}
    with pytest.raises(NotAllowed):
        reviews.answer(**ask | {"by_id": review.by_id})
    with pytest.raises(BadInput):
        reviews.answer(**ask | {"text": " "})
    reviews.answer(**ask)
    assert reviews.answer(**ask).answer == "Thanks!"
    with pytest.raises(WrongState):
        reviews.answer(**ask | {"text": "And more."})


@database
def test_a_withdrawn_review_counts_no_more_and_its_author_has_the_reasons():
    review, staff = make_review(stars=1), make_staff()
    ask = {"review_id": review.pk, "by_id": staff.pk, "by_ref": f"user:{staff.pk}"}
    ask |= {"reason": "It names a private address.", "at": LATER}
    with pytest.raises(NotAllowed):
        reviews.withdraw(**ask | {"by_id": review.shop.owner_id})
    with pytest.raises(BadInput):
        reviews.withdraw(**ask | {"reason": "no"})
    for _ in range(2):
        gone = reviews.withdraw(**ask)
    assert counted(review) == (0, 0, 0, 0)
    assert gone.statement.addressee_id == review.by_id
    assert not queries.reviews_of_listing(review.listing_id).exists()
    assert_counts_are_true()
    for _ in range(2):
        reviews.restore(review_id=review.pk, by_id=staff.pk, at=LATER)
    assert counted(review) == (1, 1, 1, 1)
    assert_counts_are_true()


@database
def test_a_ruling_may_withdraw_the_review_and_a_changed_ruling_brings_it_back():
    order = make_order(state="settled")
    review = make_review(order, stars=1)
    dispute = make_dispute(order, state="escalated")
    ruling = make_ruling(dispute, kind="nothing", withdraw_review=True)
    review.refresh_from_db()
    assert review.withdrawn_by_ref == f"ruling:{ruling.pk}"
    assert counted(review) == (0, 0, 0, 0)
    row = rulings.appeal(
        ruling_id=ruling.pk, by_id=order.buyer_id, text="It is broken, look.", at=LATER
    )
    rulings.decide_appeal(
        appeal_id=row.pk,
        by_id=make_staff().pk,
        changed=True,
        kind="money",
        answer="The break is on every photo.",
        at=LATER,
    )
    review.refresh_from_db()
    assert review.withdrawn_at is None
    assert_counts_are_true()


@database
def test_counts_follow_many_reviews_and_a_recount_mends_what_is_wrong(capsys):
    goods = make_goods(on_hand=99)
    made = [
        make_review(make_order(goods, state="settled"), stars=stars) for stars in (5, 5, 4, 1, 3)
    ]
    staff = make_staff()
    reviews.withdraw(
        review_id=made[3].pk, by_id=staff.pk, by_ref="user:1", reason="Only insults.", at=LATER
    )
    assert counted(made[0]) == (4, 17, 4, 17)
    assert_counts_are_true()
    ListingStars.objects.update(count=1, stars_sum=3)
    call_command("recount_reviews")
    assert "1 counts were wrong" in capsys.readouterr().out
    assert counted(made[0]) == (4, 17, 4, 17)
    assert queries.market_mean_hundredths() == 425


@database
def test_the_shown_stars_are_the_bayesian_mean():
    goods = make_goods(on_hand=99)
    assert queries.stars_of_listing(goods.listing_id, at=LATER) == queries.Stars(0, 400)
    review = make_review(make_order(goods, state="settled"), stars=1)
    stars = queries.stars_of_listing(review.listing_id, at=LATER)
    assert (stars.count, stars.mean_hundredths, stars.mean) == (1, 350, "3.5")  # (5·4 + 1) / 6
    assert queries.stars_of_shop(review.shop_id, at=LATER) == stars


@given(st.lists(st.integers(1, 5), max_size=50), st.integers(0, 100), st.integers(100, 500))
def test_the_mean_lies_between_the_prior_and_the_reviews(stars, prior_count, prior_mean):
    mean = rules.bayesian_mean_hundredths(
        count=len(stars),
        stars_sum=sum(stars),
        prior_count=prior_count,
        prior_mean_hundredths=prior_mean,
    )
    if not stars and not prior_count:
        assert mean == 0
        return
    plain = 100 * sum(stars) / len(stars) if stars else prior_mean
    low, high = sorted((plain, prior_mean if prior_count else plain))
    assert low - 1 <= mean <= high + 1


@database
def test_the_database_refuses_a_review_without_stars_and_a_withdrawal_without_reasons():
    make_review()
    with pytest.raises(IntegrityError, match="review_stars"), transaction.atomic():
        Review.objects.update(stars=6)
    with pytest.raises(IntegrityError, match="review_withdrawn"), transaction.atomic():
        Review.objects.update(withdrawn_at=LATER, withdrawn_by_ref="user:1")


@database
def test_a_withdrawn_dispute_takes_no_review_away():
    order = make_order(state="shipped")
    dispute = make_dispute(order, reason="not_arrived")
    talk.withdraw(dispute_id=dispute.pk, by_id=order.buyer_id, at=LATER)
    escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)
    assert make_review(order, at=LATER).pk
