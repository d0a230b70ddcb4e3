from datetime import timedelta

import psycopg2
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import BadInput
from marketplace.outbox.models import LogEntry
from marketplace.rulebook import queries, services
from marketplace.rulebook.models import RuleValue
from marketplace.rulebook.rules import CATALOGUE, allowed
from tests.factories.accounts import make_staff, make_user

pytestmark = pytest.mark.django_db

KEY = "orders.commission_bp"


def publish(now, **changes):
    facts = {
        "key": KEY,
        "value": 250,
        "valid_from": now + timedelta(days=30),
        "reason": "A fair year.",
        "by_id": None,
        "at": now,
        **changes,
    }
    return services.publish(**facts)


def test_every_founding_value_lies_within_its_bounds_and_says_why():
    assert all(allowed(rule, rule.founding) and rule.why for rule in CATALOGUE.values())


@given(value=st.integers(-10_000, 10_000))
def test_bounds_include_both_ends(value):
    rule = CATALOGUE[KEY]
    assert allowed(rule, value) == (0 <= value <= 1_500)


def test_the_founding_value_holds_until_another_is_published(now):
    assert queries.value(KEY, at=now) == 300
    publish(now)

    assert queries.value(KEY, at=now + timedelta(days=29)) == 300
    assert queries.value(KEY, at=now + timedelta(days=30)) == 250
    publish(now, value=200, valid_from=now + timedelta(days=60))
    assert queries.value(KEY, at=now + timedelta(days=59)) == 250
    assert queries.value(KEY, at=now + timedelta(days=61)) == 200


def test_a_value_costs_one_query(now, django_assert_num_queries):
    with django_assert_num_queries(1):
        queries.value(KEY, at=now)


def test_an_unknown_rule_is_a_mistake(now):
    with pytest.raises(KeyError):
        queries.value("orders.luck", at=now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": "orders.luck"}, "key"),
        ({"value": 1_501}, "value"),
        ({"value": -1}, "value"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_publishing_is_refused_with_the_field_named(now, changes, field):
    with pytest.raises(BadInput) as refusal:
        publish(now, **changes)
    assert refusal.value.field == field
    assert not RuleValue.objects.exists()


def test_the_past_cannot_be_changed(now):
    with pytest.raises(BadInput, match="past"):
        publish(now, valid_from=now - timedelta(seconds=1))


def test_one_moment_has_one_value(now):
    publish(now)
    with pytest.raises(BadInput, match="already"):
        publish(now, value=200)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleValue.objects.bulk_create(
            [RuleValue(key=KEY, value=1, valid_from=now, reason="x", published_at=now)] * 2
        )


def test_publishing_is_recorded_with_its_reason(now):
    staff = make_staff()
    publish(now, by_id=staff.pk)
    entry = LogEntry.objects.get(action="rule.published")
    assert entry.actor == staff.ref
    assert entry.data["reason"] == "A fair year."


def test_staff_publish_in_the_admin_and_change_nothing_there(client):
    client.force_login(make_staff())
    form = {"key": KEY, "value": "250", "reason": "A fair year."}
    answer = client.post(reverse("admin:rulebook_rulevalue_add"), form)
    assert answer.status_code == 302
    row = RuleValue.objects.get()
    assert queries.value(KEY, at=timezone.now()) == 250

    address = reverse("admin:rulebook_rulevalue_change", args=[row.pk])
    assert client.post(address, {**form, "value": "100"}).status_code == 403
    assert (
        "Commission" in client.get(reverse("admin:rulebook_rulevalue_changelist")).content.decode()
    )


def test_the_admin_shows_what_is_wrong_with_a_value(client):
    client.force_login(make_staff())
    form = {"key": KEY, "value": "9999", "reason": "Greed."}
    answer = client.post(reverse("admin:rulebook_rulevalue_add"), form)
    assert "outside" in answer.content.decode()
    client.force_login(make_user())
    assert client.get(reverse("admin:rulebook_rulevalue_add")).status_code == 302


def test_the_application_cannot_rewrite_a_rule(now, app_connection):
    publish(now)
    with app_connection.cursor() as cursor:
        for statement in (
            "UPDATE rulebook_rulevalue SET value = '1'",
            "DELETE FROM rulebook_rulevalue",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
