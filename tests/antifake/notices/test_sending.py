"""A notice: asked for what is missing, withheld at once where that is due, else a person's."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from antifake.cases.models import Case
from antifake.notices import queries, services
from antifake.notices.models import ItemState, Notice, NoticeItem, NoticeState
from antifake.references.models import Authorisation
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.models import Listing, ListingState, SearchRow, Withholding
from marketplace.outbox.models import Job
from marketplace.reasons.models import StatementOfReasons
from tests.factories.accounts import make_person, make_staff
from tests.factories.listings import make_listing
from tests.factories.notices import (
    NOW,
    draft,
    make_goods,
    make_holder,
    make_right,
    send,
    trust_record,
)
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def states(notice):
    return list(notice.items.order_by("listing_id").values_list("state", flat=True))


def test_what_is_missing_is_asked_for_one_by_one_and_nothing_is_lost():
    right, [goods] = make_right(), make_goods()
    notice = services.begin(
        key=uuid.uuid4(), holder_id=right.owner_id, by_id=right.owner_id, at=NOW
    )
    facts = {"notice_id": notice.pk, "by_id": right.owner_id, "at": NOW}
    asked = []
    parts = {"right_id": right.pk, "reason": "It carries our registered name.", "sworn_name": "I N"}
    given = {}
    for name in ("nothing", *parts, "links", "good_faith"):
        if name == "links":
            services.add_links(**facts, text=f"https://x.example/l/{goods.pk}/ nonsense")
        elif name != "nothing":
            given[name] = parts.get(name, True)
        services.write(**facts, words=services.Words(**given))
        notice = services.send(**facts)
        asked.append(queries.missing_of(notice)[:1])
    assert asked == [["right"], ["links"], ["links"], ["links"], ["good_faith"], []]
    assert (notice.state, notice.unread) == (NoticeState.SENT, "nonsense")
    assert Message.objects.filter(kind="notice.received").count() == 1


def test_a_trusted_holder_s_notice_withholds_in_the_same_commit_with_reasons_and_later_mail():
    right, goods = make_right(), make_goods(2)
    trust_record(right)
    notice = send(right, goods)
    assert (notice.state, states(notice)) == (NoticeState.WITHHELD, [ItemState.WITHHELD] * 2)
    assert not Listing.objects.live().filter(pk__in=[one.pk for one in goods]).exists()
    assert not SearchRow.objects.filter(pk__in=[one.pk for one in goods]).exists()
    for item in notice.items.all():
        statement = item.statement
        assert statement.source_type == "SOURCE_ARTICLE_16"
        assert statement.automated_decision == "AUTOMATED_DECISION_FULLY"
        assert (statement.source, item.ground) == (notice.ref, "record")
        assert "Nordvik" in statement.decision_facts
    owner = goods[0].shop.owner_id
    [message] = Message.objects.filter(user=owner, kind="reasons.statement")
    [mail] = Job.objects.filter(kind="inbox.deliver", payload__message_id=message.pk)
    wait = mail.run_at - Job.objects.filter(payload__has_key="message_id").earliest("run_at").run_at
    assert wait >= timedelta(0)
    assert not Case.objects.exists()


def test_sending_twice_or_by_eight_at_once_withholds_once(transactional_db):
    right, goods = make_right(), make_goods(3)
    trust_record(right)
    notice = draft(right, goods)

    def press():
        services.send(notice_id=notice.pk, by_id=right.owner_id, at=NOW)
        connection.close()

    hands = [threading.Thread(target=press) for _ in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    services.send(notice_id=notice.pk, by_id=right.owner_id, at=NOW)
    assert Withholding.objects.count() == StatementOfReasons.objects.count() == 3
    assert Message.objects.filter(kind="reasons.statement").count() == 1


@pytest.mark.parametrize("why", ["unverified", "no record", "limited", "authorised", "too many"])
def test_without_every_condition_a_person_decides(why):
    right = make_right(verified=why != "unverified")
    goods = make_goods(filler=0 if why == "too many" else None)
    if why != "no record":
        trust_record(right)
    if why == "authorised":
        Authorisation.objects.create(brand_id=right.brand_id, shop=goods[0].shop, since=NOW)
    if why == "limited":
        earlier = send(right, [make_listing()])
        services.strike_sender(
            notice_id=earlier.pk,
            act="organised",
            facts="It named goods of a competitor.",
            by_id=make_staff().pk,
            at=NOW,
        )
    notice = send(right, goods)
    assert (notice.state, states(notice)) == (NoticeState.SENT, [ItemState.WAITING])
    assert Listing.objects.get(pk=goods[0].pk).state == ListingState.LIVE
    case = Case.objects.get(listing=goods[0])
    assert case.due_at == NOW + timedelta(hours=24)
    assert "registered name" in case.scan.findings.get().sentence


@pytest.mark.parametrize(
    ("count", "others", "withheld"), [(1, 4, True), (1, 3, False), (2, 7, False)]
)
def test_more_than_a_fifth_of_a_shop_needs_a_person(count, others, withheld):
    right = make_right()
    trust_record(right)
    notice = send(right, make_goods(count, filler=others))
    assert (ItemState.WITHHELD in states(notice)) == withheld


def test_two_notices_do_not_get_past_the_fifth():
    right, shop = make_right(), make_shop()
    trust_record(right)
    goods = make_goods(2, shop=shop, filler=4)
    assert states(send(right, goods[:1])) == [ItemState.WITHHELD]
    assert states(send(right, goods[1:])) == [ItemState.WAITING]


def test_goods_that_are_no_more_on_sale_are_said_so_and_300_is_the_most():
    right = make_right()
    ended = make_listing(state=ListingState.ENDED)
    assert states(send(right, [ended])) == [ItemState.GONE]
    notice = draft(right, [])
    category = ended.category
    many = [make_listing(shop=ended.shop, category=category).pk for _ in range(301)]
    facts = {"notice_id": notice.pk, "by_id": right.owner_id, "at": NOW}
    with pytest.raises(BadInput, match="300"):
        services.add_goods(**facts, listing_ids=many)
    services.add_goods(**facts, listing_ids=many[:300])
    assert notice.items.count() == 300


def test_statements_do_not_grow_with_the_goods():
    right = make_right()
    trust_record(right)
    counts = []
    for count in (3, 30):
        goods = make_goods(count)
        notice = draft(right, [*goods, *make_goods(count, filler=0)])
        with CaptureQueriesContext(
            connection,
        ) as asked:
            services.send(notice_id=notice.pk, by_id=right.owner_id, at=NOW)
        assert set(states(notice)) == {ItemState.WITHHELD, ItemState.WAITING}
        counts.append(len(asked))
    assert counts[1] - counts[0] <= 4, counts  # a job more for each ten goods to compare
    assert counts[0] < 90


def test_strangers_cannot_write_send_or_use_another_s_right():
    right, goods = make_right(), make_goods()
    notice, stranger = draft(right, goods), make_holder()
    for act in (services.send, services.withdraw, services.new_link):
        with pytest.raises(NotAllowed):
            act(notice_id=notice.pk, by_id=stranger.pk, at=NOW)
    with pytest.raises(NotAllowed):
        services.begin(key=uuid.uuid4(), holder_id=stranger.pk, by_id=make_person().pk, at=NOW)
    mine = services.begin(key=uuid.uuid4(), holder_id=stranger.pk, by_id=stranger.pk, at=NOW)
    with pytest.raises(BadInput):
        services.write(
            notice_id=mine.pk, by_id=stranger.pk, words=services.Words(right_id=right.pk), at=NOW
        )


def test_the_database_refuses_a_sent_notice_that_is_incomplete_and_a_hold_without_reasons():
    right, goods = make_right(), make_goods()
    notice = draft(right, goods, good_faith=False)
    for wrong in (
        lambda: Notice.objects.filter(pk=notice.pk).update(state="sent", sent_at=NOW),
        lambda: NoticeItem.objects.update(state="withheld", withheld_at=NOW, ground="record"),
        lambda: NoticeItem.objects.update(state="waiting"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_a_withdrawn_notice_gives_back_at_once_and_cannot_be_sent_again():
    right, goods = make_right(), make_goods(2)
    trust_record(right)
    notice = send(right, goods)
    for _ in range(2):
        notice = services.withdraw(notice_id=notice.pk, by_id=right.owner_id, at=NOW)
    assert (notice.state, states(notice)) == (NoticeState.WITHDRAWN, [ItemState.WITHDRAWN] * 2)
    assert Listing.objects.live().filter(pk__in=[one.pk for one in goods]).count() == 2
    assert SearchRow.objects.filter(pk__in=[one.pk for one in goods]).count() == 2
    with pytest.raises(WrongState):
        services.send(notice_id=notice.pk, by_id=right.owner_id, at=NOW)
    assert queries.accuracy_of(right.owner_id, at=NOW).wrong == 0
