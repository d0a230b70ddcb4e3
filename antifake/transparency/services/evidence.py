"""Evidence leaves the house only through here, and each look at it is written down."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.translation import gettext as _

from antifake.cases.models import Case
from antifake.transparency.models import Bundle
from antifake.transparency.queries import evidence
from antifake.transparency.rules import bundle as rules
from marketplace.accounts.models import User
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.outbox import services as outbox


@transaction.atomic
def make_bundle(
    *,
    key: UUID,
    case_id: int,
    authority: str,
    reference: str,
    ground: str,
    by_id: int,
    at: datetime,
) -> Bundle:
    """Put together what is known of a case for an authority, and keep it as it was given.

    `reference` is the authority's own number, `ground` the order or law it names. Safe to
    repeat: a known key returns its bundle. Raises NotAllowed to all but staff, BadInput without
    words or for a case that is not there.
    """
    _staff(by_id)
    there = Bundle.objects.filter(key=key).first()
    if there is not None:
        return there
    asked = {"authority": authority, "reference": reference, "ground": ground}
    for field, words in asked.items():
        if not rules.WORDS_MIN <= len(words.strip()) <= rules.WORDS_MAX:
            raise BadInput(_("Say who asks, under which number, and on what ground."), field)
    found = Case.objects.select_related("listing__shop__owner", "scan").filter(pk=case_id)
    case = found.first()
    if case is None:
        raise BadInput(_("There is no case with this number."), field="case_id")
    data = rules.packed(evidence.files_of(case, asked=asked, at=at), at)
    made = Bundle(
        key=key, case=case, by_id=by_id, at=at, sha256=rules.sha256(data), size_bytes=len(data)
    )
    made.authority, made.reference, made.ground = (words.strip() for words in asked.values())
    if not _storage().exists(made.file):
        _storage().save(made.file, ContentFile(data))
    made.save(force_insert=True)
    _record("evidence.bundled", made, by_id, at=at)
    return made


@transaction.atomic
def open_bundle(*, bundle_id: int, by_id: int, at: datetime) -> bytes:
    """Return a bundle's ZIP, and write down who took it.

    Raises NotAllowed to all but staff, WrongState when the file is gone or not what was given.
    """
    _staff(by_id)
    bundle = Bundle.objects.get(pk=bundle_id)
    if not _storage().exists(bundle.file):
        raise WrongState(_("This file is gone."))
    with _storage().open(bundle.file) as file:
        data = bytes(file.read())
    if rules.sha256(data) != bundle.sha256:
        raise WrongState(_("This file is not the one that was given."))
    _record("evidence.taken", bundle, by_id, at=at)
    return data


def _storage() -> Storage:
    return storages["originals"]


def _staff(by_id: int) -> None:
    user = User.objects.get(pk=by_id)
    if not (user.is_staff and user.is_active):
        raise NotAllowed(_("Only platform staff give evidence to authorities."))


def _record(action: str, bundle: Bundle, by_id: int, *, at: datetime) -> None:
    outbox.record(
        action=action,
        actor=f"user:{by_id}",
        subject=bundle.ref,
        data={"case_id": bundle.case_id, "sha256": bundle.sha256, "authority": bundle.authority},
        at=at,
    )
