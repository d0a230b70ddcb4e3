"""What makes a decision fast, as far as it can be counted rather than timed."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credit.loans.models import RUNNING, Application, Lent, Loan
from credit.loans.queries import facts
from credit.loans.services import trouble
from tests.factories.loans import ask_for, make_borrower, make_loan

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 23


def applied(client, shop, key):
    form = {"key": key, "amount_minor": 20_000, "parts": 3, "kind": "even"}
    with CaptureQueriesContext(connection) as seen:
        answer = client.post(f"/loans/apply/{shop.pk}/", form)
    asked = [one["sql"] for one in seen.captured_queries]
    # The test's own transaction turns the outermost one into a savepoint.
    return answer, [sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE"))]


def test_from_the_form_to_the_money_takes_few_statements():
    # Above the points at which a lot may be drawn, which is one more question for a few.
    shop, client = make_borrower(at=timezone.now(), points=720), Client()
    client.force_login(shop.owner)

    answer, asked = applied(client, shop, uuid.uuid4())

    assert answer.status_code == 302
    assert Application.objects.get().outcome == "approved"
    assert len(asked) <= MOST_STATEMENTS, asked


def test_the_same_form_again_is_answered_from_the_record():
    shop, client, key = make_borrower(at=timezone.now(), points=680), Client(), uuid.uuid4()
    client.force_login(shop.owner)
    first, _asked = applied(client, shop, key)

    again, asked = applied(client, shop, key)

    assert (again.status_code, again["Location"]) == (302, first["Location"])
    assert len(asked) <= 8, asked


def lent_to_everybody():
    connection.check_constraints()  # what waits for the end of the transaction is done now
    running = Loan.objects.filter(state__in=RUNNING)
    kept = Lent.objects.values_list("currency").annotate(Sum("lent_minor"))
    counted = running.values_list("currency").annotate(Sum("principal_left_minor"))
    return {key: value for key, value in kept if value}, dict(counted)


def test_what_is_lent_is_kept_by_the_database_as_loans_come_and_go(now):
    assert lent_to_everybody() == ({}, {})
    loan = make_loan(at=now)
    ask_for(make_borrower(at=now, points=680, currency="USD"), at=now, amount_minor=20_000)
    kept, counted = lent_to_everybody()
    assert kept == counted == {"EUR": loan.principal_minor, "USD": 20_000}

    trouble.look_at_due(at=now + timedelta(days=40), limit=10)
    later = now + timedelta(days=400)
    trouble.write_off(loan_id=loan.pk, by_id=loan.borrower_id, at=later)
    kept, counted = lent_to_everybody()
    assert kept == counted == {"USD": 20_000}


def test_a_decision_reads_that_sum(now):
    make_loan(at=now, amount_minor=30_000)
    connection.check_constraints()
    shop = make_borrower(at=now, points=680)

    read = facts.facts(shop=shop, exposures=[], score=facts.current_score(shop.pk), at=now)

    assert read.lent_minor == 30_000
