"""The real programs, as production logs: people in play, and not a word of them in any line."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.utils import timezone

from marketplace.inbox import services as inbox
from marketplace.outbox.models import Job
from tests.factories.accounts import make_user
from tests.factories.orders import make_goods
from tests.live import Browser, site, until

pytestmark = [pytest.mark.walks, pytest.mark.django_db(transaction=True)]

MAIL, PHONE, PASSWORD = "marlene.b@example.org", "+250788123456", "long-enough-and-not-common-7"
STREET, NAME, CARD = "17 Rue des Tisserands", "Marlene Brandt", "tok_declined"
SMS_WORDS = "Your parcel waits at the corner shop"


def mailed(folder) -> str:
    return "".join(path.read_text() for path in folder.glob("*.log"))


def reset_password(browser: Browser, mails) -> str:
    """Ask for a new password, open the mailed link; return the token in it."""
    page = browser.open("/account/password/reset/")
    browser.send(page, "/account/password/reset/", {"email": MAIL})
    until(lambda: "/account/password/reset/key/" in mailed(mails), "the mail with the link")
    path = re.findall(r"/account/password/reset/key/(\S+?)/", mailed(mails))[-1]
    browser.session.get(f"{browser.address}/account/password/reset/key/{path}/", timeout=20)
    return path


def sign_up(browser: Browser, mails) -> str:
    """Open an account and type in the mailed code; return the code."""
    page = browser.open("/account/signup/")
    values = {"email": MAIL, "password1": PASSWORD, "terms": "on"}
    page = browser.send(page, "/account/signup/", values)
    where = urlsplit(page.response.url).path
    found = re.findall(r"^([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", mailed(mails), re.MULTILINE)
    browser.send(page, where, {"code": found[-1]})
    return found[-1]


def check_out(browser: Browser, variant) -> None:
    page = browser.open(f"/l/{variant.listing_id}/")
    browser.send(page, "/cart/add/", {"quantity": "1"})
    page = browser.open("/checkout/")
    values = {"recipient": NAME, "lines": STREET, "country": "FR", "card": CARD}
    if page.form("/checkout/").find("input", attrs={"name": "saved", "value": "new"}):
        values["saved"] = "new"
    browser.send(page, "/checkout/", values)


def test_no_log_of_any_program_holds_a_person_or_a_secret(tmp_path):
    mails = tmp_path / "mails"
    variant = make_goods()
    by_phone = make_user(phone=PHONE)
    more = {
        "EWTP_LOG_FORMAT": "json",
        "EWTP_LOG_LEVEL": "INFO",
        "EWTP_DEBUG": "",
        "EWTP_MAIL_ROOT": str(mails),
        "EWTP_SMS_PROVIDER": "tests.factories.carriers.BrokenSms",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    with site(tmp_path, tmp_path / "media", more=more, before=("collectstatic",)) as live:
        browser = Browser(live.address)
        code = sign_up(browser, mails)
        cookies = dict(browser.session.cookies)
        check_out(browser, variant)
        token = reset_password(Browser(live.address), mails)
        again = Browser(live.address)
        page = again.open("/account/login/")
        again.send(page, "/account/login/", {"login": MAIL, "password": "wrong" + PASSWORD})
        again.session.get(live.address + f"/search?q={MAIL}", timeout=20)
        again.session.get(live.address + f"/nowhere/{PHONE}/", timeout=20)
        inbox.notify(
            user_id=by_phone.pk,
            kind="test",
            key="sms",
            subject=SMS_WORDS,
            body=SMS_WORDS,
            at=timezone.now(),
        )
        until(lambda: Job.objects.exclude(last_error="").exists(), "the failing job")
    failed = Job.objects.exclude(last_error="").get()
    assert failed.last_error.startswith("ValueError at ")

    logs = {name: live.log(name) for name in live.running}
    written = "".join(logs.values())
    own = {
        "mail": MAIL,
        "local part": MAIL.partition("@")[0],
        "phone": PHONE.lstrip("+"),
        "password": PASSWORD,
        "street": STREET,
        "name": NAME,
        "card": CARD,
        "SMS": SMS_WORDS,
        "reset token": token,
        "code": code,
        **{f"cookie {name}": value for name, value in cookies.items()},
        "secret key": settings.SECRET_KEY,
        "pepper": settings.PEPPER,
        "sealing key": settings.SEALING_KEY,
        "seal key": settings.SEAL_KEY,
    }
    for url in (settings.DATABASE_URL, settings.DATABASE_APP_URL, settings.REDIS_URL):
        password = urlsplit(url).password
        if password:
            own[f"password in {urlsplit(url).scheme} {len(own)}"] = unquote(password)
    assert {what for what, word in own.items() if word in written} == set()

    # Celery's farewell goes past every logger; it says that it stops, and nothing else.
    said = [line for line in written.splitlines() if line and not line.startswith("worker: ")]
    assert [line for line in said if not line.startswith("{")] == []
    lines = [json.loads(line) for line in said]
    assert {line["program"] for line in lines} >= {"web", "worker"}
    requests = [line for line in lines if line["logger"] == "ewtp.access"]
    assert {"account_signup", "orders:checkout", "storefront:search", "-"} <= {
        line["route"] for line in requests
    }
    assert all(re.fullmatch(r"[0-9a-f]{32}", line["request_id"]) for line in requests)
    told = [line for line in lines if line.get("job_id") == failed.pk and "error" in line]
    assert told[0]["kind"] == "inbox.deliver"
    assert told[0]["error"]["stack"]
    print(f"{len(lines)} lines of {sorted(logs)}, {len(own)} known strings, none found")
