"""One running site for each story, and the people who play in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from marketplace.accounts import second_factor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import TraderIdentity, User
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Category
from tests.factories.accounts import code_of
from tests.live import Browser, Page, Site, site

IBAN = "DE89 3704 0044 0532 0130 00"  # the example in ISO 13616
IDENTITY = {
    "country": "DE",
    "street": "Lindenhof 3\n79098 Freiburg",
    "phone": "+49 30 901820",
    "payment_holder": "Lindenhof",
    "payment_account": IBAN,
    "document_number": "L01X00T47",
    "certified": "on",
}
PASSWORD = "long-enough-and-not-common-7"


@pytest.fixture
def live(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    """Web, worker, scheduler and sweeper on the test database."""
    Category.objects.create(slug="toys", name="Toys and games")
    with site(tmp_path, tmp_path / "media") as running:
        yield running
    assert ledger.check() == []


@pytest.fixture
def person(live: Site) -> Callable[..., Browser]:
    """Return a browser whose person signed up; an operator makes some of them staff."""

    def enter(mail: str, *, staff: bool = False) -> Browser:
        browser = Browser(live.address)
        page = browser.sign_up(mail, PASSWORD)
        browser.send(page, "/account/confirm-email/", {"code": live.mailed_code(mail)})
        user = User.objects.get(email=mail)
        if staff:
            now = timezone.now()
            accounts.grant_role(user_id=user.pk, role="staff", by_id=None, at=now)
            second_factor.give(user_id=user.pk, at=now)
            page = browser.log_in(mail, PASSWORD)
            browser.send(page, "/account/2fa/authenticate/", {"code": code_of(user)})
        return browser

    return enter


def open_shop(seller: Browser, staff: Browser, name: str, currency: str = "EUR") -> None:
    """A seller applies and says who answers for the shop; staff verify and approve."""
    page = seller.open("/shops/apply/")
    values = {"name": name, "country": "DE", "currency": currency, "payout_account": IBAN}
    page = seller.send(page, "/shops/apply/", {**values, "shipping": "5.00"})
    assert name in page.text, page.text
    page = seller.open("/me/identity/")
    seller.send(page, "/me/identity/", {**IDENTITY, "legal_name": name})
    identity = TraderIdentity.objects.latest("pk")
    page = staff.open(f"/admin/accounts/traderidentity/{identity.pk}/change/")
    staff.send(page, "/verify/")
    shops = staff.open("/admin/shops/shop/")
    links = {a.get_text().strip(): a["href"] for a in shops.soup.find_all("a", href=True)}
    staff.send(staff.open(links[name]), "/approve/")


def put_on_sale(seller: Browser, title: str, photo: bytes, price: str = "25.00") -> Page:
    """A seller fills the one form, with a photo, and presses “Put on sale”."""
    page = seller.open("/sell/new/")
    form = page.form("/sell/new/")
    price_field = next(
        tag["name"] for tag in form.find_all("input") if tag.get("name", "").endswith("-price")
    )
    values = {
        "title": title,
        "description": "Beech, oiled. 30 cm long.",
        price_field: price,
        price_field.replace("-price", "-on_hand"): "10",
    }
    files = [("photos", ("train.jpg", photo, "image/jpeg"))]
    return seller.send(page, "/sell/new/", values, files=files, button="post=1")


def balance(kind: str, owner: str) -> int:
    account = ledger.account_id(kind=kind, owner_ref=owner, currency="EUR")
    return ledger.balance_minor(account_id=account) if account else 0


def clocks(live: Site, at: datetime) -> None:
    """Run every clock for a later moment, as an operator would."""
    subprocess.run(
        [sys.executable, "manage.py", "clocks", "--at", at.isoformat()],
        cwd=settings.BASE_DIR,
        env=live.environment,
        check=True,
        timeout=120,
        capture_output=True,
    )
