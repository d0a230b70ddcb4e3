"""Log lines: what they carry, how an id travels, and what must never be in them."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from ewtp import logs
from marketplace.errors import BadInput
from marketplace.outbox import registry, services
from marketplace.outbox.context import job_at_work, request_id
from marketplace.outbox.models import Event, Job, LogEntry
from tests.factories.accounts import make_user
from tests.factories.outbox import make_job


@pytest.fixture
def lines(monkeypatch):
    """Everything that is logged, as a program in production writes it; read it as objects."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLine())
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [handler])
    before = root.level
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.setLevel(before)


@pytest.fixture
def kind(monkeypatch):
    """Register kinds of jobs for one test."""
    monkeypatch.setattr(registry, "kinds", {})
    monkeypatch.setattr(registry, "_origins", {})


def wrong(*words: object) -> None:
    raise ValueError(*words)


def test_a_line_says_when_where_and_who(lines):
    logging.getLogger("marketplace.orders").info("paid %d", 7)
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line.pop("program")
    assert line == {
        "level": "INFO",
        "logger": "marketplace.orders",
        "message": "paid 7",
        "request_id": "-",
    }


@pytest.mark.django_db
def test_each_request_has_one_line_and_its_id_in_the_answer(lines):
    answer = Client().get(reverse("storefront:search"), {"q": "eva@example.org"})
    (line,) = [line for line in lines() if line["logger"] == "ewtp.access"]
    assert line["request_id"] == answer["X-Request-ID"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "storefront:search", 200)
    assert line["duration_ms"] > 0
    assert "eva@" not in json.dumps(lines())


AN_ID = "08861ef950a642f4a96d3528973d9014"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (AN_ID, True),
        (str(uuid.UUID(AN_ID)), True),
        ("0788123456", False),
        ("x" * 32, False),
        (AN_ID + "\nforged", False),
        ("", False),
    ],
)
def test_only_a_well_formed_id_is_taken_from_outside(given, kept):
    answer = Client().get("/healthz", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) is kept
    assert len(answer["X-Request-ID"]) >= 32


@pytest.mark.django_db
def test_a_token_in_a_path_is_not_logged(lines):
    token = "MQ-set-this-is-secret"
    browser = Client(raise_request_exception=False)
    browser.get(f"/account/password/reset/key/{token}/")
    browser.get(f"/nowhere/{token}/")
    browser.post("/payments/events/", f"token={token}", content_type="text/plain")
    browser.get("/", headers={"Host": f"{token}.example.org"})
    Client(enforce_csrf_checks=True).post(
        reverse("account_login"), headers={"Referer": f"https://x.example.org/{token}"}
    )
    assert len(lines()) >= 5
    assert token not in json.dumps(lines())


@pytest.mark.django_db
def test_an_error_is_told_by_type_place_and_state_but_not_by_its_values(lines):
    user = make_user(phone="+250788123456", email="eva@example.org")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO accounts_userrole (user_id, role, granted_at)"
                " SELECT user_id, role, granted_at FROM accounts_userrole WHERE user_id = %s",
                [user.pk],
            )
    except IntegrityError:
        logging.getLogger("marketplace").exception("it broke")
    (line,) = lines()
    assert line["error"]["type"] == "IntegrityError"
    assert line["error"]["cause"]["sqlstate"] == "23505"
    assert any("test_logs" in place for place in line["error"]["stack"])
    assert "already exists" not in json.dumps(line)


def test_our_own_errors_keep_their_words(lines):
    try:
        raise BadInput("We do not know this country.")
    except BadInput:
        logging.getLogger("marketplace").exception("refused")
    assert lines()[0]["error"]["message"] == "We do not know this country."


def test_foreign_words_lose_addresses_numbers_and_traces(lines):
    logging.getLogger("somebody").warning("cannot reach eva@example.org at %s", "+250788123456")
    try:
        wrong("4111 1111 1111 1111")
    except ValueError as error:
        words = ("Task %s raised: %s\n%s", "run_job", error, "trace")
        logging.getLogger("celery.app.trace").exception(*words)
    logging.getLogger("gunicorn.error").warning("Invalid request from ip=10.9.8.7: x")
    logging.getLogger("gunicorn.error").error("Error handling %s", "/x?q=1", exc_info=True)
    told = json.dumps(lines())
    for secret in ("eva@", "250788", "4111", "10.9.8.7", "/x?q=1"):
        assert secret not in told
    assert len(lines()) == 4


def test_what_ends_a_program_is_one_line_too(lines):
    try:
        wrong("+250788123456")
    except ValueError:
        logs.tell_uncaught(*sys.exc_info())
    assert lines()[0]["error"]["type"] == "ValueError"
    assert "250788" not in json.dumps(lines())


@pytest.mark.django_db(transaction=True)
def test_the_id_travels_into_jobs_and_the_jobs_they_make(lines, kind, now):
    def first(context):
        logging.getLogger("marketplace").info("first")
        services.enqueue(kind="test.second", key="second", payload={}, run_at=context.at)

    def second(context):
        services.record(action="x", actor="system", subject="x:1", data={}, at=context.at)
        services.emit("test.happened", subject="x:1", data={}, at=context.at)

    registry.handle("test.first", first)
    registry.handle("test.second", second)
    asked = uuid.uuid4().hex
    token = request_id.set(asked)
    services.enqueue(kind="test.first", key="first", payload={}, run_at=now)
    request_id.reset(token)
    for key in ("first", "second"):
        assert services.run(job_id=Job.objects.get(key=key).pk)

    assert set(Job.objects.values_list("request_id", flat=True)) == {asked}
    assert LogEntry.objects.get().request_id == Event.objects.get().request_id == asked
    line = next(line for line in lines() if line["message"] == "first")
    assert (line["request_id"], line["kind"]) == (asked, "test.first")
    assert line["job_id"] == Job.objects.get(key="first").pk
    assert (request_id.get(), job_at_work.get()) == ("-", None)


@pytest.mark.django_db(transaction=True)
def test_what_a_clock_s_job_starts_is_traced_back_to_the_job(kind, now):
    registry.handle(
        "test.clock",
        lambda context: (
            services.record(action="x", actor="system", subject="x:1", data={}, at=context.at)
            and None
        ),
    )
    job = services.enqueue(kind="test.clock", key="clock", payload={}, run_at=now)
    services.run(job_id=job.pk)
    assert LogEntry.objects.get().request_id == f"job-{job.pk}"


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_leaves_no_personal_datum_in_row_or_log(lines, kind):
    secrets = ("+250788123456", "eva@example.org", "12 Hill Road", "4111111111111111")
    registry.handle("test.work", lambda _context: wrong(*secrets))
    job = make_job(kind="test.work")
    assert not services.run(job_id=job.pk)
    job.refresh_from_db()
    assert re.search(r"ValueError at .*:\d+", job.last_error)
    for secret in secrets:
        assert secret not in job.last_error
        assert secret not in json.dumps(lines())
