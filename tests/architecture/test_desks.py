"""The staff's desks: what may be typed in by hand, and what none of them shows."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, get_fields_from_path

from marketplace.accounts.sealing import SealedTextField
from tests.factories.accounts import make_staff, make_user
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db

# What staff type in by hand; all else goes through buttons and services.
TYPED = {
    "listings.category": {"add", "change"},
    "rulebook.rulevalue": {"add"},
    # Of a stored rate only its end.
    "trade.taxrate": {"add", "change"},
    "references.brand": {"add"},
    "references.referencephoto": {"add"},
    "references.authorisation": {"add", "delete"},
    # Read-only fields; roles and closing go through services.
    "accounts.user": {"change"},
    "shops.shop": {"change"},
}


@pytest.fixture
def request_of_staff(rf):
    request = rf.get("/")
    request.user = make_staff()
    return request


def test_staff_type_in_by_hand_only_what_is_listed(request_of_staff):
    may = {}
    for model, desk_of in admin.site._registry.items():
        asked = {
            "add": desk_of.has_add_permission(request_of_staff),
            "change": desk_of.has_change_permission(request_of_staff),
            "delete": desk_of.has_delete_permission(request_of_staff),
        }
        granted = {name for name, given in asked.items() if given}
        if granted:
            may[model._meta.label_lower] = granted
    assert may == TYPED


@pytest.mark.parametrize("label", ["accounts.user", "shops.shop"])
def test_what_staff_may_change_has_no_field_to_type_in(request_of_staff, label):
    desk_of = next(d for m, d in admin.site._registry.items() if m._meta.label_lower == label)
    subject = make_shop() if label == "shops.shop" else make_user()
    assert desk_of.get_form(request_of_staff, subject).base_fields == {}


def test_no_desk_shows_what_is_sealed(request_of_staff):
    """Sealed columns are plain in Python: a desk that lists all fields would show them."""
    shown = []
    for model, desk_of in admin.site._registry.items():
        sealed = {f.name for f in model._meta.fields if isinstance(f, SealedTextField)}
        if sealed:
            fields = set(flatten_fieldsets(desk_of.get_fieldsets(request_of_staff, model())))
            seen = sealed & (fields | set(desk_of.list_display))
            shown += [f"{model.__name__}.{name}" for name in seen]
    assert shown == []


# Made by staff, and few.
FEW = {"listings.category"}


def test_no_desk_s_filter_names_everybody():
    """Django's filter by a relation is a list of all rows of the other table, people among them."""
    wide = []
    for model, desk_of in admin.site._registry.items():
        for name in desk_of.list_filter:
            if isinstance(name, str):
                field = get_fields_from_path(model, name)[-1]
                if field.is_relation and field.related_model._meta.label_lower not in FEW:
                    wide.append(f"{model.__name__}.{name}")
    assert wide == []
