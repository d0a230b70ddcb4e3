"""Staff see dead jobs in the admin and start them again; facts are looked at, never changed."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from marketplace.accounts import second_factor
from marketplace.outbox import services
from marketplace.outbox.models import JobState, LogEntry
from tests.factories.outbox import make_job


@pytest.fixture
def officer(db, now):
    person = get_user_model()(email="officer@example.org", is_staff=True, is_superuser=True)
    person.set_password("x")
    person.save()
    second_factor.give(user_id=person.pk, at=now)
    return person


@pytest.fixture
def desk(officer):
    client = Client()
    client.force_login(officer)
    return client


def press_revive(desk, *jobs):
    return desk.post(
        reverse("admin:outbox_job_changelist"),
        {"action": "revive", "_selected_action": [job.pk for job in jobs]},
        follow=True,
    )


def test_dead_jobs_are_listed_with_their_last_words(desk):
    make_job(state=JobState.DEAD, last_error="ValueError: the parcel is on fire")
    make_job(kind="test.alive")
    page = desk.get(reverse("admin:outbox_job_changelist"), {"state__exact": "dead"})

    assert b"the parcel is on fire" in page.content
    assert b'<td class="field-kind">test.alive' not in page.content


def test_the_button_starts_dead_jobs_again_and_names_who_did_it(desk, officer):
    dead, alive = make_job(state=JobState.DEAD, attempts=5), make_job()
    page = press_revive(desk, dead, alive)

    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (JobState.PENDING, 0)
    assert LogEntry.objects.get(action="job.revived").actor == f"user:{officer.pk}"
    assert "1 job started again." in page.content.decode()
    assert "Only a dead job can be started again." in page.content.decode()


def test_who_is_not_staff_starts_nothing(desk, officer):
    officer.is_staff = officer.is_superuser = False
    officer.save()
    dead = make_job(state=JobState.DEAD, attempts=5)
    press_revive(desk, dead)

    dead.refresh_from_db()
    assert dead.state == JobState.DEAD


@pytest.mark.parametrize("model", ["job", "event", "logentry"])
def test_nothing_here_is_added_changed_or_deleted_by_hand(desk, now, model):
    row = services.record(action="a.b", actor="system", subject="s:1", data={}, at=now)
    if model == "job":
        row = make_job()
    elif model == "event":
        row = services.emit("test.happened", subject="s:1", data={}, at=now)

    assert desk.get(reverse(f"admin:outbox_{model}_changelist")).status_code == 200
    assert desk.get(reverse(f"admin:outbox_{model}_add")).status_code == 403
    assert desk.post(reverse(f"admin:outbox_{model}_delete", args=[row.pk])).status_code == 403
    assert desk.post(reverse(f"admin:outbox_{model}_change", args=[row.pk]), {}).status_code == 403
