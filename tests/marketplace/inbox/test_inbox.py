from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from marketplace.accounts.models import Channel, SandboxDelivery, User
from marketplace.inbox import queries, services
from marketplace.inbox.models import Message
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

PHONE = "+250788123456"


def tell(user, now, key="order-1", **facts):
    facts = {"subject": "Paid", "body": "Your order is paid.", "link": "/orders/1/", **facts}
    return services.notify(user_id=user.pk, kind="order.paid", key=key, at=now, **facts)


def test_a_fact_makes_one_message_and_one_job(now):
    user = make_user()
    assert tell(user, now) == tell(user, now, body="Told once more.")

    assert Message.objects.get().body == "Your order is paid."
    job = Job.objects.get(kind=services.DELIVER)
    assert job.queue == "mail"
    assert job.payload == {"message_id": Message.objects.get().pk}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("facts", "channel", "to"),
    [
        ({"email": "ama@example.org", "phone": PHONE}, Channel.EMAIL, "ama@example.org"),
        ({"phone": PHONE}, Channel.SMS, PHONE),
    ],
)
def test_the_job_carries_a_message_to_mail_or_else_to_the_phone(now, facts, channel, to):
    message = tell(make_user(**facts), now)
    job = Job.objects.get(kind=services.DELIVER)

    assert outbox.run(job_id=job.pk)

    sent = SandboxDelivery.objects.get()
    assert (sent.channel, sent.to_sealed) == (channel, to)
    assert "/orders/1/" in sent.body_sealed
    assert sent.idempotency_key == f"job-{job.pk}"
    message.refresh_from_db()
    assert message.delivered_at is not None
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_carrying_the_same_job_twice_delivers_once(now):
    message = tell(make_user(), now)
    for _time in range(2):
        services.carry(message_id=message.pk, key="job-1", at=now)
    assert SandboxDelivery.objects.count() == 1

    services.mark_delivered(message_id=message.pk, at=now)
    services.carry(message_id=message.pk, key="job-2", at=now)
    services.mark_delivered(message_id=message.pk, at=now + timedelta(hours=1))
    assert SandboxDelivery.objects.count() == 1
    message.refresh_from_db()
    assert message.delivered_at == now


def note(user, key):
    return services.Note(user.pk, "order.paid", key, "Paid", "Your order is paid.", "/orders/1/")


def test_what_is_said_at_once_goes_out_in_one_job(now):
    notes = [note(make_user(), f"order-{number}") for number in range(4)]
    messages = services.notify_all(notes=notes, at=now)
    assert services.notify_all(notes=notes, at=now) == messages

    job = Job.objects.get(kind=services.DELIVER)
    assert outbox.run(job_id=job.pk)
    assert {one.idempotency_key for one in SandboxDelivery.objects.all()} == {
        f"message-{one.pk}" for one in messages
    }
    assert not Message.objects.filter(delivered_at=None).exists()


def test_a_crowd_is_told_in_several_jobs_and_a_known_message_hides_no_other(now):
    notes = [note(make_user(), f"order-{number}") for number in range(6)]
    services.notify_all(notes=notes[:1], at=now)
    services.notify_all(notes=notes, at=now)

    for job in Job.objects.filter(kind=services.DELIVER):
        assert outbox.run(job_id=job.pk)
    assert not Message.objects.filter(delivered_at=None).exists()
    assert SandboxDelivery.objects.count() == 6


def test_a_refused_message_keeps_back_no_other_and_is_tried_again(now, settings, mailoutbox):
    settings.MAIL_PROVIDER = "marketplace.accounts.providers.django_mail.DjangoMail"
    ben = make_user(email="ben@example.org")
    good, other = make_user(email="ama@example.org"), make_user(email="eva@example.org")
    notes = [note(ben, "a"), note(good, "b"), note(other, "c")]
    first, *_rest = services.notify_all(notes=notes, at=now)
    # A line break in an address: the mail library refuses to put it into a head.
    User.objects.filter(pk=ben.pk).update(email="ben@example\n.org")
    job = Job.objects.get(kind=services.DELIVER)

    assert not outbox.run(job_id=job.pk)
    assert [mail.to for mail in mailoutbox] == [["ama@example.org"], ["eva@example.org"]]
    assert list(Message.objects.filter(delivered_at=None)) == [first]

    User.objects.filter(pk=ben.pk).update(email="ben@example.org")
    Job.objects.filter(pk=job.pk).update(run_at=now)
    assert outbox.run(job_id=job.pk)
    assert [mail.to for mail in mailoutbox][2:] == [["ben@example.org"]]


def test_mail_goes_out_through_djangos_backend_with_its_key(now, settings, mailoutbox):
    settings.MAIL_PROVIDER = "marketplace.accounts.providers.django_mail.DjangoMail"
    message = tell(make_user(email="ama@example.org"), now)
    services.carry(message_id=message.pk, key="job-1", at=now)

    [mail] = mailoutbox
    assert mail.to == ["ama@example.org"]
    assert mail.message()["Idempotency-Key"] == "job-1"
    assert mail.message()["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"


def test_a_closed_account_gets_no_mail(now):
    user = make_user()
    message = tell(user, now)
    user.is_active = False
    user.save()
    services.carry(message_id=message.pk, key="job-1", at=now)
    assert not SandboxDelivery.objects.exists()


def test_a_message_is_read_once_and_by_its_addressee(now, client):
    user, other = make_user(), make_user()
    message = tell(user, now)
    assert queries.unread_count(user.pk) == 1

    client.force_login(other)
    address = reverse("inbox:read", args=[message.pk])
    assert client.post(address).status_code == 404
    client.force_login(user)
    assert client.get(address).status_code == 405
    assert client.post(address).url == "/orders/1/"
    assert queries.unread_count(user.pk) == 0


def test_unread_messages_come_first(now, client):
    user = make_user()
    first = tell(user, now, key="a", subject="Alpha")
    second = tell(user, now, key="b", subject="Beta")
    services.mark_read(message_id=second.pk, user_id=user.pk, at=now)
    assert list(queries.of_user(user.pk)) == [first, second]

    tell(make_user(), now, key="c", subject="Gamma")
    client.force_login(user)
    page = client.get(reverse("inbox:list")).content.decode()
    assert "Alpha" in page
    assert "1 unread message" in page
    assert "Gamma" not in page


@pytest.mark.parametrize("link", ["https://elsewhere.example/", "//elsewhere.example/"])
def test_the_database_refuses_links_that_lead_away(now, link):
    with pytest.raises(IntegrityError), transaction.atomic():
        tell(make_user(), now, link=link)
