"""Public questions, the shop's one answer, saved replies."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message as InboxMessage
from marketplace.listings.models import ListingState
from marketplace.talk import queries, rules
from marketplace.talk.models import Question, SavedReply
from marketplace.talk.services import questions, replies
from tests.factories.accounts import make_person, make_staff
from tests.factories.guests import make_guest
from tests.factories.listings import make_listing
from tests.factories.orders import NOON
from tests.factories.shops import make_member, make_shop
from tests.factories.talk import make_question, make_reply, refuses

pytestmark = pytest.mark.django_db


def answer(question, by=None, text="Thirty centimetres.", at=NOON):
    by = by or question.shop.owner
    return questions.answer(question_id=question.pk, by_id=by.pk, text=text, at=at)


def withdraw(question, staff, reason="It is about something else."):
    return questions.withdraw(question_id=question.pk, by_id=staff.pk, reason=reason, at=NOON)


def test_a_question_is_shown_once_it_is_answered():
    question = make_question()
    assert queries.questions_of(question.listing_id, 5) == []
    assert queries.asked_by(user_id=question.by_id, listing_id=question.listing_id) == [question]
    answer(question)
    assert queries.questions_of(question.listing_id, 5) == [question]


@pytest.mark.parametrize("count", [1, 10])
def test_questions_cost_one_query_with_all_that_is_shown(count, django_assert_num_queries):
    listing = make_listing()
    for _more in range(count):
        answer(make_question(listing))
    with django_assert_num_queries(1):
        shown = queries.questions_of(listing.pk, 10)
        assert [(one.by.display_name, one.shop.name) for one in shown]
    assert len(shown) == count


def test_the_same_form_asks_once():
    listing, by = make_listing(), make_person()
    facts = {"listing_id": listing.pk, "by_id": by.pk, "key": "one", "text": "How wide?"}
    assert questions.ask(at=NOON, **facts) == questions.ask(at=NOON, **facts)
    assert Question.objects.count() == 1


def test_an_answer_is_given_once_and_never_changed():
    question = make_question()
    answer(question)
    assert answer(question).answer == "Thirty centimetres."
    with pytest.raises(WrongState):
        answer(question, text="Forty.")
    for column in ("answer", "text"):
        refuses(f"UPDATE talk_question SET {column} = 'Forty.'", match="was decided")
    assert InboxMessage.objects.filter(kind="talk.answer", user=question.by).count() == 1


def test_packers_answer_and_bookkeepers_and_strangers_do_not():
    question = make_question()
    for person in (make_member(shop=question.shop, role="bookkeeper").user, make_person()):
        with pytest.raises(NotAllowed):
            answer(question, by=person)
    assert answer(question, by=make_member(shop=question.shop).user).answered_at == NOON


def test_guests_and_the_shop_s_own_people_do_not_ask():
    listing = make_listing()
    for person in (listing.shop.owner, make_guest()):
        with pytest.raises(NotAllowed):
            make_question(listing, by=person)
    draft = make_listing(state=ListingState.DRAFT)
    with pytest.raises(WrongState):
        make_question(draft)


@pytest.mark.parametrize("text", ["Call +250 788 123 456", "cheaper by PayPal?", "see www.x.com"])
def test_what_everybody_reads_leads_nowhere_else(text):
    with pytest.raises(BadInput, match="Everybody reads"):
        make_question(text=text)
    question = make_question()
    with pytest.raises(BadInput, match="Everybody reads"):
        answer(question, text=text)


def test_open_questions_of_a_shop_are_one_note():
    listing = make_listing()
    for _more in range(3):
        make_question(listing)
    assert InboxMessage.objects.filter(kind="talk.question").count() == 1
    assert queries.waiting_questions(listing.shop.owner_id) == 3
    answer(listing.questions.earliest("pk"))
    order = [bool(one.answer) for one in queries.questions_for(listing.shop.owner_id)]
    assert order == [False, False, True]


def test_staff_withdraw_with_reasons_and_another_person_restores():
    staff, question = make_staff(), make_question()
    answer(question)
    with pytest.raises(BadInput):
        withdraw(question, staff, reason="No")
    with pytest.raises(NotAllowed):
        withdraw(question, make_person())
    withdrawn = withdraw(question, staff)
    assert withdraw(question, staff) == withdrawn
    assert withdrawn.statement.addressee_id == question.by_id
    assert queries.questions_of(question.listing_id, 5) == []
    with pytest.raises(NotAllowed, match="colleague"):
        questions.restore(question_id=question.pk, by_id=staff.pk, at=NOON)
    questions.restore(question_id=question.pk, by_id=make_staff().pk, at=NOON)
    assert queries.questions_of(question.listing_id, 5) == [question]


def test_nothing_is_withdrawn_without_a_statement():
    question = make_question()
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(withdrawn_at=NOON)


def test_a_saved_reply_is_kept_once_a_title_and_by_who_answers():
    shop = make_shop()
    reply = make_reply(shop)
    assert make_reply(shop) == reply
    with pytest.raises(BadInput, match="already"):
        make_reply(shop, text="Other words")
    bookkeeper = make_member(shop=shop, role="bookkeeper").user
    with pytest.raises(NotAllowed):
        replies.add(shop_id=shop.pk, by_id=bookkeeper.pk, title="a", text="b", at=NOON)
    other = make_reply(shop, title="Soon")
    facts = {"reply_id": other.pk, "by_id": shop.owner_id}
    with pytest.raises(BadInput, match="already"):
        replies.change(title="Thanks", text="x", at=NOON, **facts)
    assert replies.change(title="Later", text="x", at=NOON, **facts).title == "Later"
    for _twice in range(2):
        replies.delete(**facts)
    assert list(queries.replies_of(shop.pk)) == [reply]
    assert not queries.replies_for(bookkeeper.pk)


def test_a_shop_has_room_for_so_many_saved_replies():
    shop = make_shop()
    SavedReply.objects.bulk_create(
        SavedReply(shop=shop, title=f"{number}", text="x", changed_at=NOON)
        for number in range(rules.REPLIES_MAX)
    )
    with pytest.raises(WrongState):
        make_reply(shop)
