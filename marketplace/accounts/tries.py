"""One try to get in, as a request shows it: from where, about whom, in which browser."""

from __future__ import annotations

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from marketplace.accounts import devices, throttles
from marketplace.accounts.columns import canonical_email
from marketplace.accounts.models import User
from marketplace.accounts.queries import by_phone
from marketplace.accounts.rules import e164
from marketplace.accounts.throttles import Limit, Limits

# What stands in `request` between the guard and the answer.
KEYS, NOT_TRIED, NEW_TOKEN = "_tries_taken", "_not_tried", "_device_token"


def take(
    request: HttpRequest, limits: Limits, *, at: datetime, person: User | None = None
) -> list[str] | None:
    """Count a try; return its counters' keys, or None when there were too many.

    `person` is whom it is about, where the request does not name him. A browser in which this
    person has signed in before has a budget of its own. Others are counted by network first: a
    flood from one is refused before anybody is looked up.
    """
    token, keys = request.COOKIES.get(devices.COOKIE, ""), _Keys(at)
    if token and limits.device:
        account, user_id = _about(request, limits, person)
        if user_id and devices.is_known(user_id=user_id, token=token):
            return keys.of((limits.device, f"{account} {devices.token_hash(token)}"))
    net = throttles.network(get_adapter().get_client_ip(request))
    if keys.of((limits.network, net)) is None:
        return None
    account, _user_id = _about(request, limits, person)
    return keys.of((limits.pair, f"{account} {net}"), (limits.account, account))


class _Keys:
    """The counters that one try has gone through."""

    def __init__(self, at: datetime) -> None:
        self.at, self.taken = at, list[str]()

    def of(self, *wanted: tuple[Limit | None, str]) -> list[str] | None:
        """Count for each limit there is; None as soon as one is exhausted."""
        for limit, subject in wanted:
            if limit is None:
                continue
            key = throttles.take(limit=limit, subject=subject, at=self.at)
            if not key:
                return None
            self.taken.append(key)
        return self.taken


def _about(request: HttpRequest, limits: Limits, person: User | None) -> tuple[str, int | None]:
    """Return whom a try is about: a name for the counters, and the person's id if known.

    Only fields that the page itself reads name somebody: a decoy in another one counts nothing.
    The two names of one account count as one; a name without account counts in the same way,
    however it is written.
    """
    login = ""
    if person is None and limits.named_by:
        named = (request.POST.get(field, "").strip() for field in limits.named_by)
        login = next((name for name in named if name), "")[:254]
        person = User.objects.filter(email=login).first() or by_phone(login)
    elif person is None and isinstance(request.user, User):
        person = request.user
    return (person.ref, person.pk) if person else (f"name:{_one_form(login)}", None)


def _one_form(login: str) -> str:
    try:
        return e164(login)
    except ValueError:
        return canonical_email(login)


def remember_device(request: HttpRequest, user: User, *, at: datetime) -> None:
    """Know this browser from now on; the guard puts its token into a cookie."""
    token = request.COOKIES.get(devices.COOKIE, "")
    setattr(request, NEW_TOKEN, devices.remember(user_id=user.pk, token=token, at=at))
