"""How often something may be tried: counters in PostgreSQL, shared by every web process.

Counters need neither Redis nor a process's memory. A counter's key is a keyed hash, so the table
names nobody; one statement counts and decides, so a crowd cannot slip through between two.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from marketplace.accounts.models import Throttle

_log = logging.getLogger(__name__)
_MINUTE, _HOUR, _DAY = (timedelta(seconds=s) for s in (60, 3600, 86_400))


@dataclass(frozen=True)
class Limit:
    """At most `most` in each window; `kind` keeps counters apart."""

    kind: str
    most: int
    window: timedelta


@dataclass(frozen=True)
class Limits:
    """What holds for one kind of request. None: not limited in this way.

    `network` counts all requests from a /24 (IPv4) or /64 (IPv6); `pair` those about one account
    from one network; `account` all about one account, wherever from. A browser in which the
    person has signed in before counts against `device` alone: whatever others do, it is not
    locked out.

    `named_by` are the form fields in which the page reads whom a request is about; without any
    it is about whoever is signed in. `repaid`: a right answer does not count. What sends a
    message always counts: each one costs money or somebody's patience.
    """

    network: Limit | None = None
    pair: Limit | None = None
    account: Limit | None = None
    device: Limit | None = None
    named_by: tuple[str, ...] = ()
    repaid: bool = True


# NIST SP 800-63B section 5.2.2 allows 100 failed tries an account; OWASP's device cookies
# (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies) give
# each known browser its own budget. Mobile carriers put thousands of people behind one /24, so
# networks get more room than accounts; people behind a busy one sign in by code.
LOG_IN = Limits(
    network=Limit("log-in/network", 60, 15 * _MINUTE),
    pair=Limit("log-in/pair", 5, 15 * _MINUTE),
    account=Limit("log-in/account", 100, _DAY),
    device=Limit("log-in/device", 10, 15 * _MINUTE),
    named_by=("login",),
)
# A code is asked for here, guessed below. 60 requests an hour times three guesses (allauth ends
# the third wrong one) are 180 tries at one of 20^8 codes.
ASK_CODE = Limits(
    network=Limit("code/network", 60, _HOUR),
    pair=Limit("code/pair", 5, 15 * _MINUTE),
    account=Limit("code/account", 60, _HOUR),
    device=Limit("code/device", 10, _HOUR),
    named_by=("email", "phone"),
    repaid=False,
)
GUESS_CODE = Limits(network=Limit("guess/network", 60, 15 * _MINUTE))
RESET = Limits(
    network=Limit("reset/network", 60, _HOUR),
    pair=Limit("reset/pair", 5, _HOUR),
    account=Limit("reset/account", 60, _HOUR),
    device=Limit("reset/device", 10, _HOUR),
    named_by=("email",),
    repaid=False,
)
SIGN_UP = Limits(
    network=Limit("sign-up/network", 60, _HOUR),
    pair=Limit("sign-up/pair", 5, _HOUR),
    account=Limit("sign-up/account", 30, _HOUR),
    named_by=("email", "phone"),
    repaid=False,
)
# Whoever gets here knows the password already; six digits, 50 tries a day.
SECOND_FACTOR = Limits(
    pair=Limit("second/pair", 10, 15 * _MINUTE),
    account=Limit("second/account", 50, _DAY),
    device=Limit("second/device", 10, 15 * _MINUTE),
)
# RFC 6238 section 5.2: a code that was accepted is not accepted again. With one step of
# tolerance on either side it would be right for 90 seconds.
CODE_ONCE = Limit("second/used", 1, timedelta(seconds=90))
# A signed-in person types a password or a code again.
AGAIN = Limits(account=Limit("again/account", 10, 5 * _MINUTE))
# A signed-in person has a code sent to an address or number of his choosing.
CHANGE = Limits(
    network=Limit("change/network", 60, _HOUR),
    account=Limit("change/account", 10, _HOUR),
    repaid=False,
)
# Each guest checkout may store a person and write to an address of the visitor's choosing.
GUEST = Limits(
    network=Limit("guest/network", 60, _HOUR),
    pair=Limit("guest/pair", 10, _HOUR),
    account=Limit("guest/account", 30, _HOUR),
    named_by=("contact",),
    repaid=False,
)
# One of 2^192 links is guessed by nobody: this only keeps a flood off the table.
GUEST_LINK = Limits(network=Limit("guest-link/network", 60, 15 * _MINUTE))
# A visitor's first goods store a cart that nobody has signed for.
NEW_CART = Limit("cart/network", 300, _HOUR)

# A counter beyond its limit is not written again: a flood costs reads, not dead rows.
_TAKE = """
    INSERT INTO accounts_throttle AS t (key, count, ends_at) VALUES (%(key)s, 1, %(ends)s)
    ON CONFLICT (key) DO UPDATE
       SET count = CASE WHEN t.ends_at <= %(at)s THEN 1 ELSE t.count + 1 END,
           ends_at = CASE WHEN t.ends_at <= %(at)s THEN excluded.ends_at ELSE t.ends_at END
     WHERE t.ends_at <= %(at)s OR t.count < %(most)s
    RETURNING count, ends_at
"""
_GIVE_BACK = "UPDATE accounts_throttle SET count = count - 1 WHERE key = %s AND count > 0"


def take(*, limit: Limit, subject: str, at: datetime) -> str:
    """Count one try about `subject`; return its counter's key, or "" when there were too many."""
    key = _key(limit, subject)
    row = _count(limit, key, at)
    if row and row[0] == limit.most:
        _log.warning("The last try of a window was taken: %s", limit.kind)
    return key if row else ""


@dataclass(frozen=True, slots=True)
class Spent:
    """Where a counter stands after one more request; `is_over`: that one was too many."""

    left: int
    ends_at: datetime
    is_over: bool


def spend(*, limit: Limit, subject: str, at: datetime) -> Spent:
    """Count one request about `subject`; say how many are left, and until when."""
    key = _key(limit, subject)
    row = _count(limit, key, at)
    if row:
        return Spent(left=limit.most - row[0], ends_at=row[1], is_over=False)
    ends = Throttle.objects.filter(key=key).values_list("ends_at", flat=True).first()
    return Spent(left=0, ends_at=ends or at + limit.window, is_over=True)


def give_back(*, keys: Iterable[str]) -> None:
    """Take back tries that turned out right: they were no guesses."""
    with transaction.atomic(), connection.cursor() as cursor:
        for key in sorted(keys):
            cursor.execute(_GIVE_BACK, [key])


def sweep(*, at: datetime) -> None:
    """Forget counters whose window is over."""
    Throttle.objects.filter(ends_at__lt=at).delete()


def network(address: str) -> str:
    """Return the network of an IP address: what one subscriber holds, /24 or /64.

    >>> network("203.0.113.9"), network("2001:db8::1"), network("::ffff:203.0.113.9")
    ('203.0.113.0/24', '2001:db8::/64', '203.0.113.0/24')
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ip_network((parsed, 64 if parsed.version == 6 else 24), strict=False))


def _count(limit: Limit, key: str, at: datetime) -> tuple[int, datetime] | None:
    """Return the counter and its end after one more; None when the window is full."""
    values: dict[str, str | int | datetime] = {
        "key": key,
        "most": limit.most,
        "ends": at + limit.window,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        row: tuple[int, datetime] | None = cursor.fetchone()
    return row


def _key(limit: Limit, subject: str) -> str:
    # Under the secret key, not the pepper: a rotated pepper must leave no old row anywhere.
    salt = "marketplace.accounts.throttles"
    return salted_hmac(salt, f"{limit.kind}\0{subject}", algorithm="sha256").hexdigest()
