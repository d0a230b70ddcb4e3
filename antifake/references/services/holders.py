"""Rights as their holders register them; staff verify, and the catalogue is looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from antifake.references.models import (
    Brand,
    Right,
    RightKind,
    RightProof,
    RightState,
    Wording,
)
from antifake.references.queries.rights import acts_for
from antifake.references.services import files
from antifake.references.services.rights import register_brand
from marketplace.accounts.models import User
from marketplace.accounts.rules import COUNTRIES
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox import services as inbox
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook

NOTE_LETTERS = 10
WORDINGS = 20
BATCH = 100
# A proof is needed as long as notices may rest on it, and to answer for them: the longest right
# (20 years for a patent, TRIPS art. 33) is looked at anew by then.
PROOF_STAYS = timedelta(days=3_650)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a holder says about a right; `expires_at` None for works alone."""

    kind: str
    name: str
    holder: str
    number: str = ""
    territory: Sequence[str] = ()
    words: str = ""
    expires_at: datetime | None = None


def register_right(
    *, key: UUID, owner_id: int, by_id: int, claim: Claim, upload: bytes, at: datetime
) -> Right:
    """Store a right with its proof; a person looks at it. Safe to repeat with the same `key`.

    Raises NotAllowed to whoever does not act for the owner, BadInput for what is missing.
    """
    if owner_id not in acts_for(by_id):
        raise NotAllowed(_("You do not act for this rights holder."))
    _check(claim, at=at)
    there = Right.objects.filter(key=key, owner_id=owner_id).first()
    if there is not None:
        return there
    if not upload:
        raise BadInput(_("Add the certificate, or another proof of the right."), "proof")
    with files.PROOFS.kept(upload=upload, field="proof") as file, transaction.atomic():
        facts = {
            "owner_id": owner_id,
            "kind": claim.kind,
            "name": claim.name.strip(),
            "holder": claim.holder.strip(),
            "number": claim.number.strip(),
            "territory": sorted(set(claim.territory)),
            "words": claim.words.strip(),
            "expires_at": claim.expires_at,
            "due_at": _next_look(claim.expires_at, at=at),
            "registered_at": at,
        }
        right, created = Right.objects.get_or_create(key=key, defaults=facts)
        if right.owner_id != owner_id:
            raise NotAllowed(_("This form was sent by somebody else."))
        if created:
            sealed = file.attach(by_id=by_id, due_at=at + PROOF_STAYS, at=at)
            RightProof.objects.create(right=right, file=sealed)
            _record("right.registered", right, by_id=by_id, at=at)
    return right


@transaction.atomic
def verify_right(*, right_id: int, by_id: int, at: datetime) -> Right:
    """Note that staff looked at the proofs; its name is protected, the catalogue looked at again.

    Safe to repeat. Raises WrongState when it was refused or is over, or when the name is
    registered for somebody else; NotAllowed to all but staff, and in one's own matter.
    """
    right = _locked_for_ruling(right_id, by_id=by_id)
    if right.state == RightState.VERIFIED:
        return right
    if right.state != RightState.CLAIMED:
        raise WrongState(_("This right was answered, or is over."))
    right.brand = _brand_of(right, by_id=by_id, at=at)
    right.state, right.decided_by_id, right.decided_at = RightState.VERIFIED, by_id, at
    right.save(update_fields=["brand", "state", "decided_by", "decided_at"])
    _record("right.verified", right, by_id=by_id, at=at)
    _tell(
        right,
        "verified",
        subject=_("“%(name)s” is verified"),
        body=_("All goods on sale are looked at again. The page shows how far that is."),
        at=at,
    )
    return right


@transaction.atomic
def refuse_right(*, right_id: int, note: str, by_id: int, at: datetime) -> Right:
    """Answer that the proofs do not prove it; a new one may be registered. Safe to repeat.

    Raises WrongState when it was answered otherwise, BadInput without words; else as above.
    """
    right = _locked_for_ruling(right_id, by_id=by_id)
    if right.state == RightState.REFUSED:
        return right
    if right.state != RightState.CLAIMED:
        raise WrongState(_("This right was answered, or is over."))
    note = note.strip()
    if len(note) < NOTE_LETTERS:
        raise BadInput(_("Write the reason in a sentence: the holder will read it."), "note")
    right.state, right.note = RightState.REFUSED, note
    right.decided_by_id, right.decided_at, right.due_at = by_id, at, None
    right.save(update_fields=["state", "note", "decided_by", "decided_at", "due_at"])
    _record("right.refused", right, by_id=by_id, at=at)
    _tell(right, "refused", subject=_("“%(name)s” was not accepted"), body=note, at=at)
    return right


@transaction.atomic
def add_wording(*, right_id: int, text: str, by_id: int, at: datetime) -> Wording:
    """Keep words by which the holder searches. Safe to repeat.

    Raises NotAllowed to whoever does not act for the owner, BadInput for none or too many.
    """
    right = Right.objects.select_for_update(no_key=True, of=["self"]).get(pk=right_id)
    if right.owner_id not in acts_for(by_id):
        raise NotAllowed(_("You do not act for this rights holder."))
    text = " ".join(text.split())[:80]
    if not text:
        raise BadInput(_("Write the words to look for."), "text")
    there = right.wordings.filter(text=text).first()
    if there is not None:
        return there
    if right.wordings.count() >= WORDINGS:
        raise BadInput(_("That is as many wordings as one right may have."), "text")
    return Wording.objects.create(right=right, text=text, added_at=at)


@transaction.atomic
def look_at_due(*, at: datetime) -> int:
    """Remind of rights that end soon, and end those that are over; return how many."""
    due = Right.objects.filter(
        state__in=[RightState.CLAIMED, RightState.VERIFIED], due_at__lte=at
    ).order_by("pk")
    rights = list(due.select_for_update(no_key=True, of=["self"], skip_locked=True)[:BATCH])
    for right in rights:
        if right.expires_at is not None and right.expires_at <= at:
            _expire(right, at=at)
        else:
            _remind(right, at=at)
    return len(rights)


def _expire(right: Right, *, at: datetime) -> None:
    right.state, right.due_at = RightState.EXPIRED, None
    right.save(update_fields=["state", "due_at"])
    _record("right.expired", right, by_id=None, at=at)
    body = _("No new notice can rest on it. Register it again with the renewed certificate.")
    _tell(right, "expired", subject=_("“%(name)s” has expired"), body=body, at=at)


def _remind(right: Right, *, at: datetime) -> None:
    right.reminded_at, right.due_at = at, right.expires_at
    right.save(update_fields=["reminded_at", "due_at"])
    ends = date_format(right.expires_at, "DATE_FORMAT") if right.expires_at else ""
    body = _("It ends on %(date)s by what you told us. Renew it in time.") % {"date": ends}
    _tell(right, "reminded", subject=_("“%(name)s” expires soon"), body=body, at=at)


def _next_look(expires_at: datetime | None, *, at: datetime) -> datetime | None:
    if expires_at is None:
        return None
    days = rulebook.value("rights.remind_days", at=at)
    return max(at, expires_at - timedelta(days=days))


def _check(claim: Claim, *, at: datetime) -> None:
    if claim.kind not in RightKind.values:
        raise BadInput(_("Choose the kind of right."), "kind")
    if not claim.name.strip():
        raise BadInput(_("Give the protected name, or the title of the work."), "name")
    if not claim.holder.strip():
        raise BadInput(_("Name the holder of the right."), "holder")
    if any(country not in COUNTRIES for country in claim.territory):
        raise BadInput(_("Write countries as two letters each, such as DE, FR."), "territory")
    if claim.kind != RightKind.COPYRIGHT and not claim.number.strip():
        raise BadInput(_("Give the number in the register."), "number")
    if claim.kind != RightKind.COPYRIGHT and claim.expires_at is None:
        raise BadInput(_("Say until when the right is registered."), "expires_on")
    if claim.expires_at is not None and claim.expires_at <= at:
        raise BadInput(_("This right is over already."), "expires_on")


def _locked_for_ruling(right_id: int, *, by_id: int) -> Right:
    right = Right.objects.select_for_update(no_key=True, of=["self"]).get(pk=right_id)
    staff = User.objects.get(pk=by_id)
    if not (staff.is_staff and staff.is_active) or right.owner_id in acts_for(by_id):
        raise NotAllowed(_("Only staff rule on rights, and nobody on their own."))
    return right


def _brand_of(right: Right, *, by_id: int, at: datetime) -> Brand:
    """Return what detectors protect for a right: the name's brand, if it is nobody else's."""
    there = Brand.objects.filter(name__iexact=right.name).first()
    if there is not None and there.holder.casefold() != right.holder.casefold():
        raise WrongState(
            _("“%(name)s” is registered here for %(holder)s.")
            % {"name": there.name, "holder": there.holder}
        )
    return register_brand(
        name=there.name if there else right.name,
        holder=there.holder if there else right.holder,
        is_word=right.kind == RightKind.TRADEMARK,
        by_id=by_id,
        at=at,
    )


def _record(action: str, right: Right, *, by_id: int | None, at: datetime) -> None:
    data: dict[str, Any] = {"owner_id": right.owner_id, "kind": str(right.kind)}
    actor = f"user:{by_id}" if by_id else "system"
    outbox.record(action=action, actor=actor, subject=f"right:{right.pk}", data=data, at=at)


def _tell(right: Right, what: str, *, subject: str, body: str, at: datetime) -> None:
    inbox.notify(
        user_id=right.owner_id,
        kind=f"right.{what}",
        key=f"right.{what}:{right.pk}",
        subject=subject % {"name": right.name},
        body=body,
        link=reverse("notices:right", args=[right.pk]),
        at=at,
    )
