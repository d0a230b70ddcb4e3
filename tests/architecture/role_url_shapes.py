"""The shapes of the rows in role_url_rows: who gets what at one address."""

from __future__ import annotations

from dataclasses import dataclass

# What a role gets: 200 the page; 302 it is done, or a form sent empty; 422 a form with errors;
# LOGIN asked to sign in; 403 and 404 refused; 405 the wrong method.
LOGIN, READ, ACT, BOTH = "login", ("get",), ("post",), ("get", "post")
ROLES = ("visitor", "stranger", "seller", "buyer", "staff", "packer", "bookkeeper", "holder")


@dataclass(frozen=True)
class Row:
    """An address: its methods, the ids it takes, and what each role of ROLES gets."""

    methods: tuple[str, ...]
    expected: tuple[object, ...]
    ids: tuple[str, ...] = ()


def public(*, methods=READ, ids=(), answer=200):
    return Row(methods, (answer,) * len(ROLES), ids)


def personal(*, methods=READ, ids=(), answer=200):
    """Everybody has one of their own; visitors sign in first."""
    return Row(methods, (LOGIN, *[answer] * (len(ROLES) - 1)), ids)


def of(*insiders, methods=READ, ids=(), answer=200):
    """Only these roles; to everybody else it does not exist."""
    others = [answer if role in insiders else 404 for role in ROLES[1:]]
    return Row(methods, (LOGIN, *others), ids)


def desk(*, methods=READ, ids=(), answer=200):
    """Staff's; others are told so, visitors sign in first."""
    others = [answer if role == "staff" else 403 for role in ROLES[1:]]
    return Row(methods, (LOGIN, *others), ids)


def each(methods=READ, ids=(), *, others, **of_role):
    """What each named role gets, and `others` the rest."""
    return Row(methods, tuple(of_role.get(role, others) for role in ROLES), ids)


def by_token(method="get", *ids):
    """The API: a session opens nothing there, only a token does (tests/marketplace/developers)."""
    return Row((method,), (401,) * len(ROLES), ids)
