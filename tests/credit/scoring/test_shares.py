"""Links by which a seller shows the score: one purpose, a time, a log, an end."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from credit.scoring import queries, services
from credit.scoring.models import ShareLink, ShareView
from marketplace.errors import BadInput, NotAllowed
from tests.factories.accounts import make_person
from tests.factories.scoring import make_settled_order, make_strike
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def now_is():
    """The moment that pages use."""
    return timezone.now()


@pytest.fixture
def shop(now):
    shop = make_shop(name="Agaseke")
    for month in range(5):
        make_settled_order(shop=shop, at=now - timedelta(days=30 * month))
    services.rescore(shop_id=shop.pk, cause="order.settled", at=now)
    return shop


def make(shop, now, **given):
    given = {"purpose": "vehicle", "scope": "band", "hours": 72, "key": uuid4()} | given
    return services.make_link(shop_id=shop.pk, by_id=shop.owner_id, at=now, **given)


def opened(client, link):
    return client.get(reverse("scoring:check", args=[link.token_sealed]))


def test_a_link_shows_what_its_scope_says_and_no_more(client, shop, now_is):
    make_strike(shop=shop, at=now_is)
    score = services.rescore(shop_id=shop.pk, cause="strike.recorded", at=now_is)
    pages = {
        scope: opened(client, make(shop, now_is, scope=scope)).content.decode()
        for scope in ("band", "score", "full")
    }

    for text in pages.values():
        assert score.get_band_display().lower() in text.lower()
        assert "simulated market" in text
        assert "Hiring a car" in text
    # As a number of its own: three figures may stand in any random token.
    shown = {scope for scope, text in pages.items() if re.search(rf"\b{score.points}\b", text)}
    assert shown == {"score", "full"}
    assert "Trade network" not in pages["score"]
    assert "Trade network" in pages["full"]
    assert "Counterfeit goods" in pages["full"]
    assert "Counterfeit goods" not in pages["score"]


def test_a_clean_record_says_none(client, shop, now_is):
    assert "None" in opened(client, make(shop, now_is, scope="full")).content.decode()


def test_each_opening_is_kept_and_shown_to_the_seller(client, shop, now_is):
    link = make(shop, now_is)
    opened(client, link)
    opened(client, link)
    client.head(reverse("scoring:check", args=[link.token_sealed]))

    assert ShareView.objects.filter(link=link).count() == 2
    client.force_login(shop.owner)
    assert "opened 2 times" in client.get(reverse("scoring:shares")).content.decode()


def test_an_ended_or_overdue_link_opens_nothing(client, shop, now_is):
    ended = make(shop, now_is)
    services.revoke_link(link_id=ended.pk, by_id=shop.owner_id, at=now_is)
    services.revoke_link(link_id=ended.pk, by_id=shop.owner_id, at=now_is)
    over = make(shop, now_is - timedelta(hours=100))

    assert opened(client, ended).status_code == 404
    assert opened(client, over).status_code == 404
    assert client.get(reverse("scoring:check", args=["x"])).status_code == 404
    assert not ShareView.objects.exists()


def test_the_token_is_stored_hashed_and_sealed(shop, now):
    link = make(shop, now)
    row = ShareLink.objects.filter(pk=link.pk).extra(select={"stored": "token_sealed"})

    assert link.token_sealed not in str(row.values_list("stored", flat=True)[0])
    assert link.token_hash != link.token_sealed
    assert queries.live_link(token=link.token_sealed, at=now) == link


def test_the_same_form_sent_twice_makes_one_link(shop, now):
    key = uuid4()

    assert make(shop, now, key=key).pk == make(shop, now, key=key).pk


@pytest.mark.parametrize("wrong", [{"purpose": "friends"}, {"scope": "all"}, {"hours": 9999}])
def test_unknown_words_are_refused(shop, now, wrong):
    with pytest.raises(BadInput):
        make(shop, now, **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        ShareLink.objects.create(
            shop=shop, by=shop.owner, key=uuid4(), purpose="friends", scope="band",
            token_hash="x", token_sealed="x", created_at=now, expires_at=now + timedelta(1),
        )  # fmt: skip


def test_only_the_owner_shares(shop, now):
    packer = make_member(shop=shop, role="packer").user
    for nobody in (packer, make_person()):
        with pytest.raises(NotAllowed):
            services.make_link(
                shop_id=shop.pk, purpose="vehicle", scope="band", hours=72, key=uuid4(),
                by_id=nobody.pk, at=now,
            )  # fmt: skip


def test_the_pages_make_show_and_end_a_link(client, shop):
    client.force_login(shop.owner)
    made = client.post(
        reverse("scoring:make_share", args=[shop.pk]),
        {"key": uuid4(), "purpose": "premises", "scope": "score", "hours": 72},
        follow=True,
    )
    link = ShareLink.objects.get()

    assert link.token_sealed in made.content.decode()
    assert "data:image/svg+xml" in made.content.decode()
    ended = client.post(reverse("scoring:revoke_share", args=[link.pk]), follow=True)
    assert "opens nothing any more" in ended.content.decode()
    assert client.post(reverse("scoring:make_share", args=[shop.pk]), {}).status_code == 422


def test_somebody_elses_link_is_not_there(client, shop, now):
    link = make(shop, now)
    client.force_login(make_shop().owner)

    assert client.get(reverse("scoring:share", args=[link.pk])).status_code == 404
    assert client.post(reverse("scoring:revoke_share", args=[link.pk])).status_code == 404


def test_a_flood_of_looks_is_turned_away(client, shop, now_is):
    link = make(shop, now_is)

    answers = [opened(client, link).status_code for _look in range(61)]

    assert answers[:60] == [200] * 60
    assert answers[60] == 429
