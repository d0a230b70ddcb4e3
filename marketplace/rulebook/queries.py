"""Reads of the rulebook."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from marketplace.rulebook.models import RuleValue
from marketplace.rulebook.rules import CATALOGUE


def value(key: str, *, at: datetime) -> int:
    """Return the value of a rule in force at a moment, in the rule's own unit.

    Raises KeyError if the catalogue has no such rule.
    """
    rule = CATALOGUE[key]
    published = (
        RuleValue.objects.filter(key=key, valid_from__lte=at)
        .order_by("-valid_from")
        .values_list("value", flat=True)
        .first()
    )
    return rule.founding if published is None else int(published)


def values(keys: Collection[str], *, at: datetime) -> dict[str, int]:
    """Return the values of several rules in force at a moment, in one query; else as `value`."""
    published = (
        RuleValue.objects.filter(key__in=keys, valid_from__lte=at)
        .order_by("key", "-valid_from")
        .distinct("key")
        .values_list("key", "value")
    )
    founding = {key: CATALOGUE[key].founding for key in keys}
    return founding | {key: int(value) for key, value in published}


def history(key: str) -> QuerySet[RuleValue]:
    """Return every value a rule was ever given, the latest first."""
    return RuleValue.objects.filter(key=key).order_by("-valid_from")
