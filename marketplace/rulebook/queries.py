"""Reads of the rulebook."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

from django.db.models import QuerySet

from marketplace.prepared import Given, Prepared
from marketplace.rulebook.models import RuleValue
from marketplace.rulebook.rules import CATALOGUE

_LATEST: Prepared[int] = Prepared(
    lambda: (
        RuleValue.objects.filter(key=Given("key"), valid_from__lte=Given("at"))
        .order_by("-valid_from")
        .values_list("value", flat=True)[:1]
    )
)


def value(key: str, *, at: datetime) -> int:
    """Return the value of a rule in force at a moment, in the rule's own unit.

    Raises KeyError if the catalogue has no such rule.
    """
    rule = CATALOGUE[key]
    published = _LATEST.first(key=key, at=at)
    return rule.founding if published is None else int(published)


def values(keys: Collection[str], *, at: datetime) -> dict[str, int]:
    """Return the values of several rules in force at a moment, in one query; else as `value`."""
    founding = {key: CATALOGUE[key].founding for key in keys}
    return founding | {key: int(value) for key, value in _published(tuple(keys)).ask(at=at)}


@cache
def _published(keys: tuple[str, ...]) -> Prepared[tuple[str, int]]:
    """The question for these rules: the same few sets of them are asked for again and again."""
    return Prepared(
        lambda: (
            RuleValue.objects.filter(key__in=keys, valid_from__lte=Given("at"))
            .order_by("key", "-valid_from")
            .distinct("key")
            .values_list("key", "value")
        )
    )


def history(key: str) -> QuerySet[RuleValue]:
    """Return every value a rule was ever given, the latest first."""
    return RuleValue.objects.filter(key=key).order_by("-valid_from")
