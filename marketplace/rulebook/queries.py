"""Reads of the rulebook."""

from __future__ import annotations

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


def history(key: str) -> QuerySet[RuleValue]:
    """Return every value a rule was ever given, the latest first."""
    return RuleValue.objects.filter(key=key).order_by("-valid_from")
