"""Staff who have not set up the second factor get nothing but the page to set one up."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Role
from tests.architecture.role_url_rows import TABLE
from tests.architecture.test_role_url_matrix import address_of, ids, people
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

__all__ = ["ids", "people"]  # fixtures

# What they may see all the same: probes, the terms, and what is not there outside a demo.
OPEN = {"healthz", "readyz", "accounts:terms", "accounts:demo"}


def desks():
    """Return (name, address) of the admin's own pages, every model's list and form among them."""
    plain = [(f"admin:{name}", reverse(f"admin:{name}")) for name in ("index", "password_change")]
    plain.append(("admin:app_list", reverse("admin:app_list", args=["accounts"])))
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        plain.append((name, reverse(f"{name}_changelist")))
        plain.append((name, reverse(f"{name}_add")))
        plain += [(name, reverse(f"{name}_{page}", args=[1])) for page in ("change", "history")]
    return plain


def test_every_staff_page_and_every_other_refuses_staff_without_a_second_factor(ids):
    browser = Client(raise_request_exception=False)
    browser.force_login(make_user(role=Role.STAFF))
    rows = [(name, address_of(name, row, ids)) for name, row in TABLE.items() if name not in OPEN]
    addresses = [*rows, *desks()]
    wrong = []
    for name, address in addresses:
        for method in ("get", "post"):
            answer = getattr(browser, method)(address)
            led = answer.status_code == 302 and answer.url.startswith(reverse("mfa_activate_totp"))
            if not led:
                wrong.append(f"{method} {name}: {answer.status_code}")
    print(f"{len(addresses)} addresses, each by GET and POST")
    assert wrong == []
