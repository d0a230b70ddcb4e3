"""Rows that are written unless they are there, and what the caller learns of it."""

from __future__ import annotations

import pytest

from marketplace.inbox.models import Message
from marketplace.insertion import insert_new
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


def messages(now, *keys):
    person = make_user()
    return [
        Message(user=person, key=key, kind="test", subject=key, body="", created_at=now)
        for key in keys
    ]


def test_it_tells_which_rows_are_new_in_one_statement(now, django_assert_num_queries):
    (there,) = messages(now, "there")
    there.save()
    rows = messages(now, "first", "there", "second")

    with django_assert_num_queries(1):
        new = insert_new(rows, key="key")

    assert list(new) == ["first", "second"]
    assert [one.pk for one in new.values()] == list(
        Message.objects.exclude(key="there").order_by("pk").values_list("pk", flat=True)
    )
    assert new["first"] is rows[0]
    assert rows[1].pk is None


@pytest.mark.parametrize("times", [1, 2])
def test_one_row_alone_is_new_once(now, times):
    found = [insert_new(messages(now, "alone"), key="key") for _ in range(times)]

    assert [list(new) for new in found] == [["alone"], []][:times]
    assert Message.objects.count() == 1


def test_nothing_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert_new([], key="key") == {}
