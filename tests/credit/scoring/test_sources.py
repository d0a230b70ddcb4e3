"""Sources: what may be off, that nobody gains by it, and that every choice is kept."""

from itertools import product

import pytest
from django.test import Client
from django.urls import reverse

from credit.scoring import queries, rules, services
from credit.scoring.models import Score, SourceChoice
from credit.scoring.rules.sources import OPTIONAL, SOURCES
from marketplace.errors import BadInput, NotAllowed
from marketplace.outbox.models import LogEntry
from tests.factories.accounts import make_user
from tests.factories.loans import ask_for, make_borrower

CARD = rules.shop_card().card


def test_every_attribute_of_the_card_has_exactly_one_source():
    named = [key for one in SOURCES for key in one.attributes]
    assert sorted(named) == sorted(one.key for one in CARD.attributes)


@pytest.mark.parametrize("source", OPTIONAL)
def test_no_row_of_an_optional_source_gives_less_than_no_record(source):
    """Through every row, with every row of the attributes that it is paired with."""
    place = {one.key: number for number, one in enumerate(CARD.attributes)}
    [key] = OPTIONAL[source].attributes
    mates = sorted(
        {end for pair in CARD.pairs if key in (pair.first, pair.second) for end in _ends(pair)}
        - {key}
    )
    one = CARD.attributes[place[key]]
    spans = [range(len(CARD.attributes[place[mate]].points)) for mate in mates]
    for rest in product(*spans):
        rows = [attribute.missing for attribute in CARD.attributes]
        for mate, row in zip(mates, rest, strict=True):
            rows[place[mate]] = row
        off = CARD.score_rows(rows).total
        for row in range(one.missing):
            rows[place[key]] = row
            assert CARD.score_rows(rows).total >= off, (key, row, rest)


def _ends(pair):
    return {pair.first, pair.second}


@pytest.mark.django_db
def test_switched_off_it_is_not_read_and_on_again_all_is_as_before(now):
    shop = make_borrower(at=now)
    before = queries.current(shop.pk)
    for _ in range(2):
        services.choose_source(
            shop_id=shop.pk, source="regulars", on=False, by_id=shop.owner_id, at=now
        )
    without = queries.current(shop.pk)
    assert without.features["repeat_permille"] is None
    assert without.points <= before.points
    assert queries.replay(without.pk).points == without.points
    # The day's look at the facts keeps to the choice.
    services.rescore(shop_id=shop.pk, cause="clock.day", at=now)
    assert queries.current(shop.pk) == without

    services.choose_source(shop_id=shop.pk, source="regulars", on=True, by_id=shop.owner_id, at=now)
    after = queries.current(shop.pk)
    assert (after.points, after.contributions) == (before.points, before.contributions)
    assert [one.on for one in SourceChoice.objects.order_by("pk")] == [False, True]
    assert LogEntry.objects.filter(action="score.source_chosen").count() == 2


@pytest.mark.django_db
def test_a_reason_says_that_the_source_is_off_and_not_that_nobody_came_back(now):
    shop = make_borrower(at=now)
    services.choose_source(
        shop_id=shop.pk, source="regulars", on=False, by_id=shop.owner_id, at=now
    )
    told = {one.key: one.sentence for one in queries.reasons(queries.current(shop.pk), limit=30)}
    assert "switched this source off" in told["repeat_permille"]


@pytest.mark.django_db
def test_needed_sources_and_other_peoples_shops_are_refused(now):
    shop = make_borrower(at=now)
    with pytest.raises(BadInput):
        services.choose_source(
            shop_id=shop.pk, source="loans", on=False, by_id=shop.owner_id, at=now
        )
    with pytest.raises(NotAllowed):
        services.choose_source(
            shop_id=shop.pk, source="regulars", on=False, by_id=make_user().pk, at=now
        )
    assert not SourceChoice.objects.exists()


@pytest.mark.django_db
def test_the_page_tells_the_effect_and_a_tap_switches(now):
    shop = make_borrower(at=now)
    ask_for(shop, at=now)
    client = Client()
    client.force_login(shop.owner)
    page = reverse("scoring:sources")
    assert b"Switched off, it would take" in client.get(page).content

    choose = reverse("scoring:choose_source", args=[shop.pk])
    for _ in range(2):
        assert client.post(choose, {"source": "account", "on": "off"}).status_code == 302
    assert b"Switched on, it would give" in client.get(page).content
    assert Score.objects.filter(shop=shop).latest("pk").features["payout_months"] is None
