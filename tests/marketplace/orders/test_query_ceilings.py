"""The pages of buyers and sellers ask the database as often for a thousand rows as for ten."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from marketplace.orders.models import Order
from tests.factories.accounts import make_person
from tests.factories.listings import make_photo
from tests.factories.orders import make_goods
from tests.factories.trade_books import make_many

pytestmark = pytest.mark.django_db
# As measured, and two more: five of each are session, person, terms and the like.
CEILINGS = {
    "orders:mine": 10,
    "orders:desk": 15,
    "orders:desk?state=way": 15,
    "orders:desk?state=back": 15,
    "orders:money": 21,
    "orders:sales": 8,
    "orders:statement": 8,
}


@pytest.fixture
def goods():
    goods = make_goods(on_hand=1)  # low, so that the desk warns
    make_photo(listing=goods.listing)
    return goods


def asked(client, page):
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(page)
        if answer.streaming:
            assert len(answer.getvalue()) > 100
    assert answer.status_code == 200
    return len(queries)


def test_no_page_asks_more_with_more_rows(client, goods):
    buyer, shop = make_person(), goods.listing.shop
    now = timezone.now()
    args = {
        "orders:sales": [shop.pk],
        "orders:statement": [shop.pk, now.year, now.month],
    }
    counts = {page: [] for page in CEILINGS}
    for more in (10, 90, 900):
        make_many(more, variant=goods, buyer=buyer, at=now)
        for page, found in counts.items():
            client.force_login(buyer if page == "orders:mine" else shop.owner)
            name, _mark, query = page.partition("?")
            address = f"{reverse(name, args=args.get(name, []))}?{query}"
            client.get(address)  # what is asked once a session
            found.append(asked(client, address))

    assert Order.objects.count() == 1_000
    for page, (ten, hundred, thousand) in counts.items():
        assert ten == hundred == thousand <= CEILINGS[page], (page, counts[page])
