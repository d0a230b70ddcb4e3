"""Writing a request: to whom it goes, who sees it, and its limits."""

import uuid
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.outbox.models import Event, LogEntry
from marketplace.quotes import queries, rules
from marketplace.quotes.models import Quote, QuoteRequest, RequestPhoto
from marketplace.quotes.services import asking, photos
from tests.factories.accounts import make_person, make_staff
from tests.factories.orders import NOON, make_goods
from tests.factories.pictures import picture
from tests.factories.quotes import fresh, make_request, make_version
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def seen(user, at=NOON):
    return [one.pk for one in queries.requests_for(user.pk, at=at)]


def test_a_request_to_the_market_is_seen_by_shops_that_sell_such_goods():
    goods, others = make_goods(), make_goods()
    request = make_request(goods)
    assert seen(goods.listing.shop.owner) == [request.pk]
    assert seen(others.listing.shop.owner) == []
    assert Event.objects.get(name="quote.requested").data["request_id"] == request.pk


def test_a_request_to_chosen_shops_is_seen_by_these_alone_and_they_are_told():
    goods = make_goods()
    other = make_goods(shop=make_shop())
    request = make_request(goods, shop_ids=[other.listing.shop_id], listing_id=other.listing_id)
    assert seen(other.listing.shop.owner) == [request.pk]
    assert seen(goods.listing.shop.owner) == []
    assert request.listing_id == other.listing_id
    assert Message.objects.get(kind="quote.requested").user_id == other.listing.shop.owner_id


def test_only_owners_see_requests_and_nobody_sees_those_of_one_s_own_shop():
    goods = make_goods()
    packer = make_member(shop=goods.listing.shop).user
    keeper = make_member(shop=goods.listing.shop, role="bookkeeper").user
    make_request(goods, buyer=packer)
    theirs = make_request(goods)
    assert (seen(packer), seen(keeper)) == ([], [])
    assert seen(goods.listing.shop.owner) == [theirs.pk]


def test_the_same_form_sent_twice_is_one_request():
    goods, buyer, key = make_goods(), make_person(), uuid.uuid4()
    assert make_request(goods, buyer=buyer, key=key) == make_request(goods, buyer=buyer, key=key)
    assert Event.objects.filter(name="quote.requested").count() == 1


def test_a_day_holds_five_requests_of_one_buyer():
    goods, buyer = make_goods(), make_person()
    for _ in range(5):
        make_request(goods, buyer=buyer)
    with pytest.raises(WrongState, match="tomorrow"):
        make_request(goods, buyer=buyer)
    make_request(goods, buyer=buyer, at=NOON + DAY + timedelta(minutes=1))


def test_whoever_proved_neither_mail_nor_phone_asks_nobody():
    buyer = make_person()
    EmailAddress.objects.create(user=buyer, email=buyer.email, verified=False)
    with pytest.raises(NotAllowed, match="prove"):
        make_request(buyer=buyer)


def test_one_s_own_shop_and_closed_shops_cannot_be_asked():
    shop, shut = make_shop(), make_shop(state="suspended")
    with pytest.raises(NotAllowed):
        make_request(buyer=shop.owner, shop_ids=[shop.pk])
    with pytest.raises(WrongState):
        make_request(shop_ids=[shut.pk])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("details", "short"),
        ("quantity", 0),
        ("quantity", rules.QUANTITY_MAX + 1),
        ("unit", ""),
        ("country", "ZZ"),
        ("category_id", 0),
        ("wanted_by", NOON.date()),
        ("shop_ids", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_in_words(field, value):
    with pytest.raises((BadInput, WrongState)):
        make_request(**{field: value})
    assert not QuoteRequest.objects.exists()


def test_photos_are_kept_with_the_request_and_go_when_it_is_refused():
    request = make_request(uploads=[picture(1)])
    photo = request.photos.get()
    assert default_storage.exists(photos.PHOTOS.file_of(name=photo.name, size="thumb"))
    before = RequestPhoto.objects.count()
    shut = make_shop(state="suspended")
    with pytest.raises(WrongState):
        make_request(uploads=[picture(2)], shop_ids=[shut.pk])
    assert RequestPhoto.objects.count() == before


def test_closing_declines_what_waits_and_tells_the_shop():
    version = make_version()
    request = version.quote.request
    for _ in range(2):
        asking.close(request_id=request.pk, by_id=request.buyer_id, at=NOON)
    quote = fresh(version.quote)
    assert (fresh(request).state, quote.state, quote.declined_for) == (
        "closed",
        "declined",
        "no_need",
    )
    assert Message.objects.filter(kind="quote.declined").count() == 1
    with pytest.raises(NotAllowed):
        asking.close(request_id=request.pk, by_id=make_person().pk, at=NOON)


def test_the_database_knows_exactly_the_moves_of_the_rules():
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM quotes_legal_moves()")
        known = set(cursor.fetchall())
    assert known == {
        *(("quotes_quoterequest", *move) for move in rules.REQUEST_MOVES),
        *(("quotes_quote", *move) for move in rules.QUOTE_MOVES),
    }


def test_the_database_refuses_illegal_moves_and_edits_of_what_was_offered():
    version = make_version()
    broken = [
        "UPDATE quotes_quoterequest SET state = 'closed', ended_at = now();"
        "UPDATE quotes_quoterequest SET state = 'open', ended_at = NULL",
        "UPDATE quotes_quote SET state = 'accepted'",
        "UPDATE quotes_quote SET state = 'withdrawn';UPDATE quotes_quote SET state = 'expired'",
        "UPDATE quotes_deal SET unit_price_minor = 1",
        "UPDATE quotes_quoteversion SET note = 'x'",
        "DELETE FROM quotes_deal",
    ]
    for sql in broken:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert Quote.objects.get(pk=version.quote_id).state == "sent"


@pytest.mark.parametrize(
    "text",
    ["Call me at +250 788 123 456, please.", "Write to ada@hotel.example and pay by Western Union"],
)
def test_words_that_lead_past_the_order_are_refused(text):
    with pytest.raises(BadInput, match="leave out"):
        make_request(details=text)
    with pytest.raises(BadInput, match="leave out"):
        make_version(note=text)


@pytest.mark.parametrize(
    "field",
    [{"title": "Baskets, WhatsApp +250788123456"}, {"unit": "+250788123456"}],
    ids=["title", "unit"],
)
def test_title_and_unit_hold_no_way_past_the_order_either(field):
    with pytest.raises(BadInput, match="leave out") as refused:
        make_request(**field)
    assert refused.value.field in field


def test_staff_see_no_pictures_of_requests_they_have_no_part_in():
    request = make_request(uploads=[picture(1)])
    assert not queries.photos_for(user_id=make_staff().pk).exists()
    assert queries.photos_for(user_id=request.buyer_id).count() == 1


def test_a_look_of_staff_into_a_request_or_a_quote_is_written_down(client):
    staff = make_staff()
    quote = make_version().quote
    client.force_login(staff)
    words = quote.request.title, quote.request.details
    for page in ("quoterequest", "quote"):
        listed = client.get(f"/admin/quotes/{page}/").content.decode()
        assert not any(word in listed for word in words)
    assert not LogEntry.objects.filter(action="quote.looked_into").exists()

    for row, page in ((quote.request, "quoterequest"), (quote, "quote")):
        assert client.get(f"/admin/quotes/{page}/{row.pk}/change/").status_code == 200
        look = LogEntry.objects.get(action="quote.looked_into", subject=row.ref)
        assert look.actor == f"user:{staff.pk}"
