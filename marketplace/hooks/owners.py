"""Whose an endpoint may be. Rooms above say what they know of their own kind of owner.

This room stands below shops and must not know them; `shops` registers itself in its apps.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from marketplace.accounts.models import User


@dataclass(frozen=True)
class OwnerKind:
    """One kind of owner, asked by its number."""

    # (user id, owner id): may this person see and change its webhooks, at this very moment?
    may: Callable[[int, int], bool]
    # user id: (owner id, name) of all whose webhooks this person may change.
    of: Callable[[int], list[tuple[int, str]]]
    # owner id: the people who are told; nobody means that it is closed and nothing is sent.
    people: Callable[[int], list[int]]


kinds: dict[str, OwnerKind] = {}


def register(name: str, kind: OwnerKind) -> None:
    """Make `name` ("shop", as in "shop:12") a kind of owner. Called by `ready` of its room."""
    kinds[name] = kind


def may(*, user_id: int, ref: str) -> bool:
    """Say whether a person may see and change the webhooks of an owner."""
    kind, number = _read(ref)
    return kind is not None and kind.may(user_id, number)


def of(user_id: int) -> list[tuple[str, str]]:
    """Return (ref, name) of every owner whose webhooks a person may change."""
    return [
        (f"{name}:{number}", title)
        for name, kind in kinds.items()
        for number, title in kind.of(user_id)
    ]


def people(ref: str) -> list[int]:
    """Return the ids of the people behind an owner; none when it is closed."""
    kind, number = _read(ref)
    return kind.people(number) if kind is not None else []


def _read(ref: str) -> tuple[OwnerKind | None, int]:
    name, _colon, number = ref.partition(":")
    return kinds.get(name), int(number) if number.isdecimal() else 0


def _oneself(user_id: int) -> list[tuple[int, str]]:
    return [(user_id, _("Myself"))]


def _if_open(user_id: int) -> list[int]:
    return list(User.objects.filter(pk=user_id, is_active=True).values_list("pk", flat=True))


PERSON = OwnerKind(may=lambda user_id, owner_id: user_id == owner_id, of=_oneself, people=_if_open)
