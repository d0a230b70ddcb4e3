"""The inspector's word: signed, public by its code, binding for its case."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from antifake.cases import services as cases
from antifake.cases.models import Verdict
from antifake.inspections import queries, rules, signing
from antifake.inspections.models import Inspection, InspectionPhoto, Kind, Outcome, Result, State
from antifake.inspections.services.ordering import note, tell
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.services import inspected, pictures
from marketplace.rulebook import queries as rulebook

FOLDER = "inspections"
BINDS = {Outcome.GENUINE: Verdict.ALLOW, Outcome.NOT_GENUINE: Verdict.REMOVE}


def storage() -> Storage:
    """Return the private storage: pictures are served to whoever may open the inspection."""
    return storages["originals"]


def file_of(*, name: str) -> str:
    """Return where a picture lies."""
    return f"{FOLDER}/{name[:2]}/{name}"


def conclude(
    *,
    inspection_id: int,
    by_id: int,
    outcome: str,
    words: str,
    photos: Sequence[bytes],
    at: datetime,
) -> Result:
    """Say what was found; signed, and never changed. Safe to repeat: the first word stays.

    A clear result binds the case of an ordered inspection. Of a voluntary one, a good result
    earns the mark for that version of the goods.
    Raises NotAllowed to all but its inspector, WrongState when it is over or the goods did not
    come into the inspector's hands by an unbroken chain, BadInput without words or photos.
    """
    row = Inspection.objects.get(pk=inspection_id)
    if row.inspector_id != by_id:
        raise NotAllowed(_("Only the inspector who took it on can conclude it."))
    known = Result.objects.filter(inspection=row).first()
    if known is not None:
        return known
    _check(outcome, words, photos)
    with _kept(row, photos, at) as kept:
        return _write(row.pk, outcome, words.strip(), kept, at=at)


def _check(outcome: str, words: str, photos: Sequence[bytes]) -> None:
    if outcome not in Outcome.values:
        raise BadInput(_("Choose what you found."), "outcome")
    if len(words.strip()) < rules.WORDS_LETTERS:
        raise BadInput(_("Write in a sentence or two what you saw."), "words")
    if not 0 < len(photos) <= rules.PHOTOS_MOST:
        raise BadInput(_("Add one to eight photos of what you saw."), "photos")


@contextmanager
def _kept(
    row: Inspection, uploads: Sequence[bytes], at: datetime
) -> Iterator[list[InspectionPhoto]]:
    """Write pictures, outside any lock; what got no row in the end leaves no file behind."""
    kept: list[InspectionPhoto] = []
    committed = False
    try:
        for upload in uploads:
            kept.append(_stored(row, upload, at))  # noqa: PERF401 - what was stored goes again
        yield kept
        committed = all(photo.pk for photo in kept)
    finally:
        if not committed:
            for photo in kept:
                storage().delete(file_of(name=photo.name))


def _stored(row: Inspection, upload: bytes, at: datetime) -> InspectionPhoto:
    try:
        shown = pictures.clean(data=upload).large
    except BadInput as error:
        raise BadInput(error.reason, "photos") from error
    name = secrets.token_hex(16)
    storage().save(file_of(name=name), ContentFile(shown))
    return InspectionPhoto(
        inspection=row, name=name, sha256=hashlib.sha256(shown).hexdigest(), at=at
    )


@transaction.atomic
def _write(
    inspection_id: int,
    outcome: str,
    words: str,
    photos: Sequence[InspectionPhoto],
    *,
    at: datetime,
) -> Result:
    rows = Inspection.objects.select_for_update(no_key=True, of=["self"])
    row = rows.select_related("listing__shop__owner").get(pk=inspection_id)
    known = Result.objects.filter(inspection=row).first()
    if known is not None:
        return known
    if not rules.may_move(row.state, State.DONE) or at >= row.due_at:
        raise WrongState(_("The time for this inspection is over."))
    if not rules.is_with_inspector(queries.links(row)):
        raise WrongState(_("By what is written here, the goods are not in your hands."))
    for photo in photos:
        photo.save(force_insert=True)
    until = at.astimezone(UTC) + timedelta(days=rulebook.value("inspections.mark_days", at=at))
    text = rules.signed_text(_facts(row, outcome, words, photos, until=until, at=at))
    signature, public_key = signing.sign(text)
    result = Result.objects.create(
        inspection=row,
        outcome=outcome,
        words=words,
        signed=text,
        signature=signature,
        public_key=public_key,
        code=secrets.token_urlsafe(32),
        at=at,
        until=until,
    )
    row.state, row.ended_at = State.DONE, at
    row.save(update_fields=["state", "ended_at"])
    _follow(row, result, at=at)
    return result


def _facts(
    row: Inspection,
    outcome: str,
    words: str,
    photos: Sequence[InspectionPhoto],
    *,
    until: datetime,
    at: datetime,
) -> dict[str, object]:
    """Return what is signed: nothing in it names a person."""
    return {
        "inspection": row.pk,
        "listing": row.listing_id,
        "content_version": row.content_version,
        "title": row.listing.title,
        "case": row.case_id,
        "order": row.order_id,
        "kind": str(row.kind),
        "outcome": str(outcome),
        "words": words,
        "custody": [asdict(link) for link in queries.links(row)],
        "photos_sha256": [photo.sha256 for photo in photos],
        "at": at.astimezone(UTC).isoformat(),
        "until": until.isoformat(),
    }


def _follow(row: Inspection, result: Result, *, at: datetime) -> None:
    verdict = BINDS.get(Outcome(result.outcome))
    if row.case_id is not None and verdict is not None:
        cases.bind(case_id=row.case_id, verdict=verdict, by_ref=row.ref, at=at)
    if result.outcome == Outcome.NOT_GENUINE:
        inspected.take_mark(listing_id=row.listing_id, at=at)
    elif result.outcome == Outcome.GENUINE and row.kind == Kind.VOLUNTARY:
        inspected.mark_inspected(
            listing_id=row.listing_id,
            content_version=row.content_version,
            code=result.code,
            until=result.until,
            at=at,
        )
    note(row=row, action="inspection.concluded", by_id=row.inspector_id, at=at)
    for person in {row.by, row.listing.shop.owner}:
        with override(person.language):
            subject = _("The inspection of “%(title)s” is concluded") % {"title": row.listing.title}
            body = str(result.get_outcome_display())
            tell(row=row, user_id=person.pk, what="concluded", subject=subject, body=body, at=at)
