"""A slice of the benchmark: several reviewers at once, each on a connection of his own."""

import pytest
from django.db import connection
from django.utils import timezone

from antifake.cases import services
from antifake.cases.models import Case
from bench import review as bench
from tests.factories.crowds import started

pytestmark = pytest.mark.django_db(transaction=True)
CASES, REVIEWERS = 32, 8


def test_eight_reviewers_decide_every_case_once_and_leave_no_claim():
    bench.fill(cases=CASES, shops=6, at=timezone.now())
    people = bench.staff(REVIEWERS)
    looks = []
    crew = [
        started(lambda by_id=by_id: bench.review(by_id, by_id, told=looks.append))
        for by_id in people
    ]
    assert sum(one.result(timeout=120) for one in crew) == CASES
    counted = bench.count()
    assert counted["decided"] == CASES
    assert (counted["double_decisions"], counted["strikes_too_many"]) == (0, 0)
    assert (counted["stuck_claims"], counted["waiting"]) == (0, 0)
    assert len(looks) == CASES + REVIEWERS
    assert bench.percentile(looks, 95) > 0
    connection.close()


def test_one_person_s_eight_clicks_take_one_case():
    bench.fill(cases=9, shops=3, at=timezone.now())
    [person] = bench.staff(1)
    clicks = [
        started(lambda: services.take_next(by_id=person, at=timezone.now())) for _ in range(8)
    ]
    assert len({one.result(timeout=60) for one in clicks}) == 1
    assert Case.objects.filter(claimed_by_id=person).count() == 1
