"""A rights holder at work: a right with its proof, a notice that was wrong, a draft."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from antifake.cases import services as cases
from antifake.cases.models import Case
from antifake.notices import services as notices
from antifake.notices.models import Notice
from antifake.references import services as references
from antifake.references.models import Right
from ewtp.demo import world
from marketplace.accounts.models import User
from marketplace.listings.models import Listing

_HOLDER, _AGENT = world.OTHERS[0], world.OTHERS[3]
_PROOF = b"%PDF-1.4\n% Trademark certificate of Nordvik Strikk.\n%%EOF\n"
_WORDING = "pattern"
_WRONG, _WAITING = "Indigo scarf, hand-dyed cotton", "Tie-dye tote, indigo"
_DRAFTED = "Indigo cushion cover, 45 cm"
_REASON = "The star on it is our registered Nordvik pattern, used without our agreement."
_ALLOWED = "The pattern is a traditional resist dye; nothing on it is the registered star."


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return what happened when, each with its key."""
    begun = now - timedelta(days=40)
    yield begun, "right:registered", _register
    yield begun + timedelta(hours=20), "right:verified", _verify
    yield begun + timedelta(days=1), "right:words", _prepare
    yield begun + timedelta(days=2), "notice:wrong", partial(_send, _WRONG)
    yield begun + timedelta(days=2, hours=9), "notice:allowed", _allow
    yield now - timedelta(hours=3), "notice:waiting", partial(_send, _WAITING)
    yield now - timedelta(hours=2), "notice:draft", partial(_draft, _DRAFTED)


def _register(at: datetime) -> None:
    name, holder = world.BRANDS[1]
    mine = _user(_HOLDER).pk
    references.register_right(
        key=_key("right"),
        owner_id=mine,
        by_id=mine,
        claim=references.Claim(
            kind="trademark",
            name=name,
            holder=holder,
            number="NO-298431",
            territory=("NO", "SE", "DK"),
            words="Clothing, textiles, and the eight-pointed star woven into them.",
            expires_at=at + timedelta(days=1_400),
        ),
        upload=_PROOF,
        at=at,
    )


def _verify(at: datetime) -> None:
    staff = _user(world.STAFF).pk
    references.verify_right(right_id=_right().pk, by_id=staff, at=at)


def _prepare(at: datetime) -> None:
    mine = _user(_HOLDER).pk
    references.add_wording(right_id=_right().pk, text=_WORDING, by_id=mine, at=at)
    references.name_agent(holder_id=mine, email=_AGENT.mail, at=at)


def _draft(title: str, at: datetime) -> None:
    _written(title, at)


def _written(title: str, at: datetime) -> Notice:
    mine, right = _user(_HOLDER).pk, _right()
    notice = notices.begin(key=_key(title), holder_id=mine, by_id=mine, at=at)
    words = notices.Words(right_id=right.pk, reason=_REASON, sworn_name=_HOLDER.name)
    goods = list(Listing.objects.filter(title=title).values_list("pk", flat=True))
    facts: dict[str, Any] = {"notice_id": notice.pk, "by_id": mine, "at": at}
    if notice.sent_at is None:
        notices.write(**facts, words=words)
        notices.add_goods(**facts, listing_ids=goods)
    return notice


def _send(title: str, at: datetime) -> None:
    notice, mine = _written(title, at), _user(_HOLDER).pk
    facts: dict[str, Any] = {"notice_id": notice.pk, "by_id": mine, "at": at}
    if notice.sent_at is None:
        words = notices.Words(
            right_id=_right().pk, reason=_REASON, sworn_name=_HOLDER.name, good_faith=True
        )
        notices.write(**facts, words=words)
    notices.send(**facts)


def _allow(at: datetime) -> None:
    staff = _user(world.STAFF).pk
    case = Case.objects.get(listing__title=_WRONG, scan__occasion__startswith="notice:")
    cases.claim(case_id=case.pk, by_id=staff, at=at)
    cases.decide(case_id=case.pk, verdict="allow", note=_ALLOWED, by_id=staff, at=at)


def _right() -> Right:
    return Right.objects.get(key=_key("right"))


def _key(of: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"demo/rights/{of}")


def _user(person: world.Person) -> User:
    return User.objects.get(email=person.mail)
