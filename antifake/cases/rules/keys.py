"""The desk's keys: what each does, how people may change them. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping

# Action → key. Reasons are always 1–9. One letter each, as in other desks: A allow, R remove; J and
# K go through lists, / searches (browsers keep Ctrl-K for themselves).
DEFAULT_KEYS = {
    "allow": "a",
    "remove": "r",
    "ask": "e",
    "escalate": "u",
    "undo": "z",
    "next": "n",
    "blur": "b",
    "down": "j",
    "up": "k",
    "search": "/",
    "help": "?",
}


def chosen(own: Mapping[str, str]) -> dict[str, str]:
    """Return everybody's keys with one's own in their place.

    A key that somebody gave to another action before ours came keeps theirs: ours has none.

    >>> chosen({"allow": "j"})["allow"], chosen({"allow": "j"})["down"]
    ('j', '')
    """
    taken = set(own.values())
    return {
        action: own.get(action) or ("" if key in taken else key)
        for action, key in DEFAULT_KEYS.items()
    }


def faults(keys: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with a set of keys, by action: "long", "digit" or "twice".

    >>> faults({"allow": "a", "remove": "a", "next": "7", "undo": "zz"})
    {'remove': 'twice', 'next': 'digit', 'undo': 'long'}
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    for action, key in keys.items():
        if len(key) != 1 or key.isspace():
            found[action] = "long"
        elif key.isdigit():
            found[action] = "digit"
        elif key in seen:
            found[action] = "twice"
        seen.add(key)
    return found
