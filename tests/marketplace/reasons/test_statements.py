import uuid

import psycopg2
import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from marketplace.errors import BadInput
from marketplace.inbox.models import Message
from marketplace.listings.models import Withholding
from marketplace.reasons import queries, rules, services
from marketplace.reasons.models import StatementOfReasons
from marketplace.reasons.words import in_words
from marketplace.trust.models import Sanction, Strike
from tests.factories.accounts import make_staff, make_user
from tests.factories.reasons import make_statement, statement_facts

pytestmark = pytest.mark.django_db


def test_a_statement_is_stored_and_its_addressee_told():
    user = make_user()
    statement = make_statement(addressee_id=user.pk)

    assert queries.of_user(user.pk).get() == statement
    message = Message.objects.get(user=user)
    assert message.link == queries.path_of(statement)
    assert "appeal" in message.body


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visibility": []}, "decision"),
        ({"visibility": ["DECISION_VISIBILITY_SHOUTED_AT"]}, "decision_visibility"),
        ({"monetary": "DECISION_MONETARY_FINE"}, "decision_monetary"),
        ({"provision": "ALL"}, "decision_provision"),
        ({"account": "GONE"}, "decision_account"),
        ({"ground": "BECAUSE"}, "decision_ground"),
        ({"ground_reference": " "}, "decision_ground_reference"),
        ({"facts": ""}, "decision_facts"),
        ({"facts": "x" * 5_001}, "decision_facts"),
        ({"explanation": ""}, "explanation"),
        ({"explanation": "x" * 2_001}, "explanation"),
        ({"category": "STATEMENT_CATEGORY_COUNTERFEIT"}, "category"),
        ({"content_type": []}, "content_type"),
        ({"content_type": ["CONTENT_TYPE_SMELL"]}, "content_type"),
        ({"source_type": "SOURCE_RUMOUR"}, "source_type"),
        ({"automated_decision": "MAYBE"}, "automated_decision"),
        ({"redress": ""}, "redress"),
    ],
)
def test_a_statement_that_the_law_would_not_accept_is_refused(changes, field):
    user = make_user()
    with pytest.raises(BadInput) as refusal:
        services.state(addressee_id=user.pk, **statement_facts(**changes))
    assert refusal.value.field == field
    assert not StatementOfReasons.objects.exists()


def test_facts_of_exactly_5000_characters_are_stored():
    make_statement(addressee_id=make_user().pk, facts="x" * rules.FACTS_MAX)


@pytest.mark.parametrize("missing", [{"decision_visibility": []}, {"decision_facts": ""}])
def test_the_database_refuses_a_statement_without_decision_or_facts(missing):
    stored = make_statement(addressee_id=make_user().pk)
    copy = {
        field.attname: getattr(stored, field.attname)
        for field in StatementOfReasons._meta.concrete_fields
        if not field.primary_key
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementOfReasons.objects.create(**{**copy, "puid": uuid.uuid4(), **missing})


@pytest.mark.parametrize("restriction", [Withholding, Strike, Sanction])
def test_no_restriction_can_be_stored_without_a_statement(restriction):
    assert restriction._meta.get_field("statement").null is False
    with pytest.raises(IntegrityError, match='"statement_id"'), transaction.atomic():
        restriction.objects.bulk_create([filled(restriction)])


def filled(model):
    """Return a row whose other columns hold something, so that only the statement lacks."""
    row = model()
    for field in model._meta.concrete_fields:
        if field.name in {"id", "statement"} or field.null:
            continue
        kind = field.get_internal_type()
        if field.is_relation or "Integer" in kind:
            setattr(row, field.attname, 1)
        elif kind == "BooleanField":
            setattr(row, field.attname, False)
        elif kind == "DateTimeField":
            setattr(row, field.attname, "2026-01-01T00:00:00Z")
        else:
            setattr(row, field.attname, "x")
    return row


def test_addressee_and_staff_read_a_statement_and_nobody_else(client):
    addressee = make_user()
    statement = make_statement(addressee_id=addressee.pk)
    address = reverse("reasons:statement", args=[statement.puid])

    assert client.get(address).status_code == 302
    for reader, status in ((addressee, 200), (make_staff(), 200), (make_user(), 404)):
        client.force_login(reader)
        assert client.get(address).status_code == status
    assert client.get(reverse("reasons:statement", args=[uuid.uuid4()])).status_code == 404


def test_the_page_speaks_plainly_before_it_shows_the_fields_of_the_law(client):
    addressee = make_user()
    statement = make_statement(addressee_id=addressee.pk)
    client.force_login(addressee)
    page = client.get(reverse("reasons:statement", args=[statement.puid])).content.decode()

    assert page.index("It is kept from view.") < page.index("What we found")
    assert page.index("What we found") < page.index("If you disagree")
    assert page.index("If you disagree") < page.index("decision_visibility")
    assert "Our own automated check found it. A person decided." in page


@pytest.mark.parametrize(
    ("subject", "mine", "theirs"),
    [
        ("listing:17", '<a href="/l/17/">Goods number 17</a>', "Goods number 17"),
        ("shop:3", "Your shop", "Shop number 3"),
        ("user:5", "Your account", "<bdi>user:5</bdi>"),
        ("order:9", "<bdi>order:9</bdi>", "<bdi>order:9</bdi>"),
    ],
)
def test_the_page_names_what_it_is_about(client, subject, mine, theirs):
    addressee = make_user()
    statement = make_statement(addressee_id=addressee.pk, subject=subject)
    for reader, words in ((addressee, mine), (make_staff(), theirs)):
        client.force_login(reader)
        page = client.get(reverse("reasons:statement", args=[statement.puid])).content.decode()
        assert words in page
    assert "/l/17/" not in page


def test_every_decision_of_the_law_has_words():
    statement = StatementOfReasons(
        decision_visibility=list(rules.VISIBILITY), decision_monetary=rules.MONETARY[0]
    )
    assert not any("DECISION_" in words for words in in_words(statement))


def test_statements_are_read_only_in_the_admin(client):
    statement = make_statement(addressee_id=make_user().pk)
    client.force_login(make_staff())
    address = reverse("admin:reasons_statementofreasons_change", args=[statement.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"explanation": "other"}).status_code == 403
    assert client.get(reverse("admin:reasons_statementofreasons_add")).status_code == 403


def test_the_application_cannot_rewrite_a_statement(app_connection):
    make_statement(addressee_id=make_user().pk)
    with app_connection.cursor() as cursor:
        for statement in (
            "UPDATE reasons_statementofreasons SET explanation = 'other'",
            "DELETE FROM reasons_statementofreasons",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)


# Each tried as anybody with the tables' rights would: an INSERT by hand, past all our code.
INCOMPLETE = {
    "decision_facts": "'  '",
    "explanation": "'  '",
    "decision_ground": "'BECAUSE'",
    "decision_ground_reference": "' '",
    "category": "'STATEMENT_CATEGORY_COUNTERFEIT'",
    "content_type": "'{}'",
    "decision_visibility": "'{DECISION_VISIBILITY_SHOUTED_AT}'",
    "decision_monetary": "'DECISION_MONETARY_FINE'",
    "decision_provision": "'ALL'",
    "decision_account": "'GONE'",
    "source_type": "'SOURCE_RUMOUR'",
    "automated_detection": "NULL",
    "automated_decision": "'MAYBE'",
    "application_date": "NULL",
    "end_date": "application_date - interval '1 second'",
    "redress": "''",
    "redress_until": "NULL",
    "addressee_id": "NULL",
    "subject": "''",
}


@pytest.mark.parametrize("column", INCOMPLETE)
def test_no_incomplete_statement_gets_past_the_database(column):
    make_statement(addressee_id=make_user().pk)
    names = [field.column for field in StatementOfReasons._meta.concrete_fields]
    taken = {**{name: name for name in names}, "puid": "gen_random_uuid()"}
    del taken["id"]
    copy = "INSERT INTO reasons_statementofreasons ({}) SELECT {} FROM reasons_statementofreasons"
    wrong = {**taken, column: INCOMPLETE[column]}
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(copy.format(", ".join(wrong), ", ".join(wrong.values())))
    with connection.cursor() as cursor:  # the same row untouched is let in
        cursor.execute(copy.format(", ".join(taken), ", ".join(taken.values())))


def test_a_second_of_redress_too_few_is_refused():
    stored = make_statement(addressee_id=make_user().pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementOfReasons.objects.filter(pk=stored.pk).update(redress_until=stored.created_at)
