"""Files that prove something: encrypted in private storage, opened for staff alone, erased in time.

A picture is cleaned like every upload. A PDF is never opened by us: it is kept as it came, and
handed to staff as a download that runs nothing. Each file is encrypted under a key of its own.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.translation import gettext as _

from antifake.references.models import SealedFile
from marketplace.accounts import sealing
from marketplace.accounts.models import User
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.services import pictures
from marketplace.outbox import services as outbox

FOLDER = "proofs"
PDF = b"%PDF-"
MOST_BYTES = 5 * 1024 * 1024
ORPHAN_AFTER = timedelta(hours=24)
BATCH = 200


@dataclass(slots=True)
class Kept:
    """A file that is written; it goes again unless `attach` is called."""

    name: str
    key: str
    suffix: str
    sha256: str
    size_bytes: int
    attached: bool = False

    def attach(self, *, by_id: int, due_at: datetime, at: datetime) -> SealedFile:
        """Write the row, in the transaction that needs it; the file is erased at `due_at`."""
        row = SealedFile.objects.create(
            name=self.name,
            key_sealed=self.key,
            suffix=self.suffix,
            sha256=self.sha256,
            size_bytes=self.size_bytes,
            by_id=by_id,
            stored_at=at,
            due_at=due_at,
        )
        self.attached = True
        return row


def storage() -> Storage:
    """Return the private storage: readable by this program alone, served by nobody."""
    return storages["originals"]


def file_of(*, name: str) -> str:
    """Return where a file lies in the private storage."""
    return f"{FOLDER}/{name[:2]}/{name}"


@contextmanager
def kept(*, upload: bytes, field: str = "proof") -> Iterator[Kept]:
    """Check an upload and write its file, outside any lock; what fails leaves no file behind.

    Raises BadInput (naming `field`) for what is neither a picture nor a PDF, or is too large.
    """
    if len(upload) > MOST_BYTES:
        raise BadInput(_("This file is larger than 5 MB; choose a smaller one."), field)
    is_pdf = upload.startswith(PDF)
    try:
        shown = upload if is_pdf else pictures.clean(data=upload).large
    except BadInput as error:
        raise BadInput(error.reason, field) from error
    key, sealed = sealing.seal_file(shown)
    made = Kept(
        name=secrets.token_hex(16),
        key=key,
        suffix="pdf" if is_pdf else "webp",
        sha256=hashlib.sha256(upload).hexdigest(),
        size_bytes=len(shown),
    )
    committed = False
    try:
        storage().save(file_of(name=made.name), ContentFile(sealed))
        yield made
        committed = made.attached
    finally:
        if not committed:
            storage().delete(file_of(name=made.name))


@transaction.atomic
def download(*, file_id: int, by_id: int, at: datetime) -> tuple[SealedFile, bytes]:
    """Decrypt a file for staff, and write down who looked.

    Raises NotAllowed to all but staff, WrongState when it is erased.
    """
    row = SealedFile.objects.get(pk=file_id)
    by = User.objects.get(pk=by_id)
    if not (by.is_staff and by.is_active):
        raise NotAllowed(_("Only staff may open this file."))
    try:
        with storage().open(file_of(name=row.name)) as stored:
            opened = sealing.unseal_file(row.key_sealed, stored.read())
    except FileNotFoundError as error:
        raise WrongState(_("This file is gone.")) from error
    data = {"file_id": row.pk, "sha256": row.sha256}
    outbox.record(action="proof.seen", actor=by.ref, subject=f"file:{row.pk}", data=data, at=at)
    return row, opened


def erase_due(*, at: datetime) -> int:
    """Erase files whose time is over, and files without a row; return how many of both."""
    with transaction.atomic():
        due = SealedFile.objects.filter(due_at__lte=at, erased_at=None).order_by("pk")
        rows = list(due.select_for_update(skip_locked=True)[:BATCH])
        for row in rows:
            row.erased_at, row.key_sealed = at, ""
            row.save(update_fields=["erased_at", "key_sealed"])
    for row in rows:
        storage().delete(file_of(name=row.name))
    return len(rows) + _sweep(at)


def _sweep(at: datetime) -> int:
    """Erase files that a crash left without a row; a young one may be on its way."""
    gone = 0
    try:
        folders = sorted(storage().listdir(FOLDER)[0])
    except FileNotFoundError:  # nothing was ever sent
        return 0
    for folder in folders:
        names = set(storage().listdir(f"{FOLDER}/{folder}")[1])
        known = SealedFile.objects.filter(name__in=names).values_list("name", flat=True)
        for name in sorted(names - set(known)):
            if storage().get_modified_time(file_of(name=name)) <= at - ORPHAN_AFTER:
                storage().delete(file_of(name=name))
                gone += 1
    return gone
