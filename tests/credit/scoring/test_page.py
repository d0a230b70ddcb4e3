from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from credit.scoring import queries, rules, services
from credit.scoring.views import shown as views
from tests.factories.accounts import make_person
from tests.factories.scoring import make_settled_order, make_strike
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
ADDRESS = reverse("scoring:score")


def page(client, **query):
    response = client.get(ADDRESS, query)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


@pytest.fixture
def shop(now):
    shop = make_shop(name="Agaseke")
    for month in range(9):
        make_settled_order(shop=shop, at=now - timedelta(days=30 * month))
    services.rescore(shop_id=shop.pk, cause="order.settled", at=now)
    return shop


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get(ADDRESS).status_code == 302


def test_without_a_shop_the_page_says_how_to_begin(client):
    client.force_login(make_person())

    assert page(client).select_one(".empty a")["href"] == reverse("shops:apply")


def test_the_score_is_written_in_words_and_its_rows_sum_to_it(client, shop):
    client.force_login(shop.owner)
    score = queries.current(shop.pk)

    soup = page(client)

    words = f"{score.points}, {score.get_band_display().lower()}"
    assert words in soup.get_text()
    shown = [
        int(cell.get_text())
        for cell in soup.select("[aria-labelledby=score-parts] tbody td:nth-child(3).number")
    ]
    assert sum(shown) == score.points == int(soup.select_one("tfoot .number").get_text())
    assert soup.select_one("code").get_text() == rules.shop_card().hash


def test_the_dimensions_and_the_base_sum_to_the_score(client, shop):
    client.force_login(shop.owner)

    soup = page(client)

    parts = [int(part.get_text().split()[0]) for part in soup.select(".grid-wide .points")]
    assert len(parts) == 5
    base = rules.shop_card().card.base
    assert sum(parts) + base == int(soup.select_one("tfoot .number").get_text())


def test_a_strike_is_the_first_reason_and_stands_in_the_history(client, shop, now):
    make_strike(shop=shop, at=now)
    services.rescore(shop_id=shop.pk, cause="strike.recorded", at=now)
    client.force_login(shop.owner)

    soup = page(client)

    down = soup.find("h2", string="What costs most").parent
    assert "confirmed a fake" in down.li.get_text() or "strike" in down.li.get_text()
    assert down.li.a["href"] == reverse("trust:standing")
    assert "a strike was recorded" in soup.get_text()
    assert len(soup.select("circle.dot")) == 2


def test_a_short_record_is_said_to_be_short_and_not_bad(client, now):
    shop = make_shop()
    services.rescore(shop_id=shop.pk, cause="shop.approved", at=now)
    client.force_login(shop.owner)

    points = queries.current(shop.pk).points
    assert f"{points}, no record yet" in page(client).get_text()


def test_a_shop_that_was_never_scored_has_no_number(client):
    client.force_login(make_shop().owner)

    assert "No score yet" in page(client).get_text()


def test_somebody_elses_shop_is_not_there(client, shop):
    client.force_login(make_shop().owner)

    assert client.get(ADDRESS, {"shop": shop.pk}).status_code == 404


def test_a_person_with_two_shops_chooses(client, shop, now):
    other = make_shop(owner=shop.owner, name="Second")
    services.rescore(shop_id=other.pk, cause="shop.approved", at=now)
    client.force_login(shop.owner)

    assert len(page(client).select("select[name=shop] option")) == 2
    points = queries.current(other.pk).points
    assert f"{points}, no record yet" in page(client, shop=other.pk).get_text()


def test_the_page_takes_few_queries(client, shop, django_assert_max_num_queries):
    client.force_login(shop.owner)

    with django_assert_max_num_queries(12):
        page(client)


def test_the_line_stays_inside_its_drawing():
    placed = views.line_points([350, 950, 650])

    assert placed[0] == (views.CHART_MARGIN, views.CHART_HEIGHT - views.CHART_MARGIN)
    assert placed[1][1] == views.CHART_MARGIN
    assert placed[2][0] == views.CHART_WIDTH - views.CHART_MARGIN
