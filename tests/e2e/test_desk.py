"""A clear case takes one key: no mouse, no second key, and the next case is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from antifake.cases import services
from antifake.cases.models import Case, Decision, Verdict
from ewtp.demo import world
from marketplace.shops.models import Shop
from tests.e2e.tour import Width
from tests.factories.desk import make_held


@pytest.fixture
def waiting(free_hands: None) -> Iterator[list[Case]]:
    """Two clear cases more urgent than all others, allowed in the end."""
    now = timezone.now()
    shop = Shop.objects.get(name=world.SHOPS[0].name)
    with transaction.atomic():
        cases = [make_held(shop=shop, at=now) for _ in range(2)]
        Case.objects.filter(pk__in=[case.pk for case in cases]).update(rank=1e6)
    yield cases
    for case in Case.objects.filter(pk__in=[case.pk for case in cases]).exclude(state="decided"):
        services.decide(
            case_id=case.pk,
            verdict=Verdict.ALLOW,
            note="",
            by_id=case.claimed_by_id or _somebody(),
            at=timezone.now(),
        )


def _somebody() -> int:
    """Somebody of the staff."""
    return int(Decision.objects.filter(by__isnull=False).earliest("pk").by_id)


def test_one_key_decides_a_clear_case_another_takes_it_back(
    opened: Callable[..., BrowserContext], waiting: list[Case]
) -> None:
    page: Page = opened(world.STAFF.mail, Width.DESK).new_page()
    page.goto("/admin/cases/case/queue/")
    page.keyboard.press("n")
    page.wait_for_url(f"**/{waiting[0].pk}/change/**")
    expect(page.locator("[data-lost]")).to_be_hidden()
    page.keyboard.press("a")
    page.wait_for_url(f"**/{waiting[1].pk}/change/**")
    assert Decision.objects.get(case=waiting[0]).verdict == Verdict.ALLOW
    page.keyboard.press("z")
    page.wait_for_url(f"**/{waiting[0].pk}/change/**")
    assert Decision.objects.filter(case=waiting[0], verdict=Verdict.UNDO).exists()
    page.keyboard.press("a")
    page.wait_for_url(f"**/{waiting[1].pk}/change/**")
    page.keyboard.press("n")
    page.wait_for_url(lambda address: f"/{waiting[1].pk}/" not in address)


def test_keys_go_through_the_list_open_what_is_chosen_and_find(
    opened: Callable[..., BrowserContext], waiting: list[Case]
) -> None:
    page: Page = opened(world.STAFF.mail, Width.DESK).new_page()
    page.goto("/admin/cases/case/queue/")
    rows = page.locator("[data-row]")
    for key, row in (("j", 0), ("j", 1), ("k", 0), ("k", 0), ("j", 1)):
        page.keyboard.press(key)
        expect(rows.nth(row)).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("[data-help]")).to_contain_text("Down the list")
    page.keyboard.press("/")
    page.keyboard.type("jk")
    expect(page.get_by_role("searchbox")).to_have_value("jk")
    page.get_by_role("searchbox").fill(waiting[1].listing.title)
    page.keyboard.press("Enter")
    page.wait_for_url("**/case/?q=**")
    page.go_back()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{waiting[1].pk}/change/**")
