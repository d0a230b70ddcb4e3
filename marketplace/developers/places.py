"""To what a token can be bound. Rooms above offer it: this one stands below shops."""

from __future__ import annotations

from collections.abc import Callable

# user id: (ref, name) of what the person may bind a token to, such as ("shop:12", "Kigali Baskets")
_offered: list[Callable[[int], list[tuple[str, str]]]] = []


def offer(of: Callable[[int], list[tuple[str, str]]]) -> None:
    """Let tokens be bound to what `of` returns. Called by `ready` of a room."""
    if of not in _offered:
        _offered.append(of)


def of(user_id: int) -> list[tuple[str, str]]:
    """Return (ref, name) of all that a person may bind a token to."""
    return [one for offered in _offered for one in offered(user_id)]
