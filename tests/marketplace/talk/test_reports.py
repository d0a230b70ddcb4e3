"""Reports, decisions with reasons, blocks and their way back, and looks that are written down."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message as InboxMessage
from marketplace.outbox.models import Event, LogEntry
from marketplace.talk import queries
from marketplace.talk.models import Block, Look, Message, Report
from marketplace.talk.services import reports, threads
from tests.factories.accounts import make_person, make_staff
from tests.factories.orders import NOON, make_order
from tests.factories.pictures import picture
from tests.factories.shops import make_member
from tests.factories.talk import make_answer, make_message, make_report, refuses, words

pytestmark = pytest.mark.django_db
WHY = "You asked for money outside the market."


def decide(report, staff, outcome="blocked", reason=WHY):
    return reports.decide(
        report_id=report.pk, by_id=staff.pk, outcome=outcome, reason=reason, at=NOON
    )


def test_who_received_a_message_reports_it_once():
    report = make_report()
    assert make_report(report.message, reason="spam") == report
    assert report.reason == "fraud"
    event = Event.objects.get(name="message.reported")
    assert event.data["message_id"] == report.message_id
    assert event.data["writer_id"] == report.message.by_id


def test_nobody_reports_his_own_message_or_a_stranger_s():
    message = make_answer()
    shop = message.thread.shop
    for person in (shop.owner, make_person(), make_member(shop=shop, role="bookkeeper").user):
        with pytest.raises(NotAllowed):
            reports.report(message_id=message.pk, by_id=person.pk, reason="spam", at=NOON)
    with pytest.raises(BadInput):
        make_report(message, reason="because")
    assert not Report.objects.exists()


def test_a_block_has_a_statement_silences_the_writer_alone_and_is_told():
    report, staff = make_report(), make_staff()
    writer = report.message.by
    assert decide(report, staff) == decide(report, staff)
    block = Block.objects.get()
    assert block.statement.addressee_id == writer.pk
    assert report.message.text_sealed not in block.statement.decision_facts
    again = {"thread_id": report.message.thread_id, "words": words(), "at": NOON}
    with pytest.raises(WrongState, match="Our staff decided"):
        threads.send(by_id=writer.pk, **again)
    packer = make_member(shop=report.message.thread.shop).user
    assert threads.send(by_id=packer.pk, **again)
    assert threads.send(by_id=report.by_id, **again)
    assert InboxMessage.objects.filter(user=report.by, kind="talk.report_decided").count() == 1


def test_a_block_holds_in_every_talk_of_the_two_and_not_elsewhere():
    order = make_order()
    bad = threads.write_about_order(
        order_id=order.pk, by_id=order.shop.owner_id, words=words(), at=NOON
    )
    decide(make_report(bad), make_staff())
    asked = make_message(order.lines.first().variant.listing, buyer=order.buyer)
    with pytest.raises(WrongState):
        make_answer(asked)
    other = make_message(order.lines.first().variant.listing)
    assert make_answer(other)


def test_another_person_of_staff_lifts_a_block():
    report, staff = make_report(), make_staff()
    decide(report, staff)
    block = Block.objects.get()
    with pytest.raises(NotAllowed, match="colleague"):
        reports.lift(block_id=block.pk, by_id=staff.pk, at=NOON)
    for _twice in range(2):
        reports.lift(block_id=block.pk, by_id=make_staff().pk, at=NOON)
    assert make_answer(report.message)


def test_a_warning_restricts_nothing_and_is_read_by_the_writer():
    report = make_report()
    waiting = make_report()
    decide(report, make_staff(), outcome="warned")
    assert list(queries.report_desk()) == [waiting, report]
    assert not Block.objects.exists()
    assert WHY in InboxMessage.objects.get(kind="talk.warned", user=report.message.by).body
    assert make_answer(report.message)


def test_only_staff_of_neither_side_decide_once_and_with_a_reason():
    report, staff = make_report(), make_staff()
    for person in (make_person(), make_member(shop=report.message.thread.shop).user):
        with pytest.raises(NotAllowed):
            decide(report, person)
    make_member(shop=report.message.thread.shop, user=(colleague := make_staff()))
    with pytest.raises(NotAllowed, match="himself"):
        decide(report, colleague)
    with pytest.raises(BadInput):
        decide(report, staff, reason="No")
    with pytest.raises(BadInput):
        decide(report, staff, outcome="open")
    decide(report, staff, outcome="nothing")
    with pytest.raises(WrongState):
        decide(report, staff, outcome="blocked")
    refuses("UPDATE talk_report SET outcome = 'warned'", match="was decided")


def test_a_look_of_staff_is_written_down_and_opens_the_pictures_for_a_while():
    asked = make_message(photos=[picture(3)])
    report, staff = make_report(make_answer(asked)), make_staff()
    seen = {"user_id": staff.pk, "is_staff": True, "at": NOON}
    assert not queries.photos_for(**seen)
    told = reports.look_at_report(report_id=report.pk, by_id=staff.pk, at=NOON)
    assert told == [asked, report.message]
    assert queries.photos_for(**seen).count() == 1
    assert not queries.photos_for(user_id=make_staff().pk, is_staff=True, at=NOON)
    entry = LogEntry.objects.get(action="talk.looked_into")
    assert (entry.actor, entry.data) == (f"user:{staff.pk}", {"because": report.ref})
    refuses("DELETE FROM talk_look", match="never changed")


def test_nobody_but_staff_looks_and_nothing_is_looked_into_without_a_cause():
    report = make_report()
    with pytest.raises(NotAllowed):
        reports.look_at_report(report_id=report.pk, by_id=make_person().pk, at=NOON)
    thread = report.message.thread
    with pytest.raises(IntegrityError), transaction.atomic():
        Look.objects.create(thread=thread, by=make_staff(), because="curious", at=NOON)


def test_a_report_shows_what_stands_around_it_not_the_whole_talk():
    order = make_order()
    for number in range(40):
        threads.write_about_order(
            order_id=order.pk, by_id=order.buyer_id, words=words(f"line {number}"), at=NOON
        )
    message = Message.objects.order_by("pk")[20]
    around = queries.messages_around(message)
    assert len(around) == 21
    assert around[10] == message
