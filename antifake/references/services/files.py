"""Files that prove something: encrypted in private storage, opened for staff alone, erased in time.

A picture is cleaned like every upload. A PDF is never opened by us: it is kept as it came, and
handed to staff as a download that runs nothing. Each file is encrypted under a key of its own,
which stands sealed in its row (marketplace.accounts.sealing).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.translation import gettext as _

from antifake.references.models import SealedFile, SealedRow
from marketplace.accounts import sealing
from marketplace.accounts.models import User
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.services import pictures
from marketplace.outbox import services as outbox

PDF = b"%PDF-"
MOST_BYTES = 5 * 1024 * 1024
ORPHAN_AFTER = timedelta(hours=24)
BATCH = 200
_Row = TypeVar("_Row", bound=SealedRow)


@dataclass(slots=True)
class Kept(Generic[_Row]):
    """A file that is written; it goes again unless `attach` is called."""

    model: type[_Row]
    name: str
    key: str
    suffix: str
    sha256: str
    size_bytes: int
    attached: bool = False

    def attach(self, *, by_id: int, due_at: datetime, at: datetime, **owner: int) -> _Row:
        """Write the row, in the transaction that needs it; the file is erased at `due_at`.

        `owner` is what a row says besides: `shop_id` of a seller's document.
        """
        row = self.model._default_manager.create(
            name=self.name,
            key_sealed=self.key,
            suffix=self.suffix,
            sha256=self.sha256,
            size_bytes=self.size_bytes,
            by_id=by_id,
            stored_at=at,
            due_at=due_at,
            **owner,
        )
        self.attached = True
        return row


def storage() -> Storage:
    """Return the private storage: readable by this program alone, served by nobody."""
    return storages["originals"]


@dataclass(frozen=True, slots=True)
class Drawer(Generic[_Row]):
    """A folder of the private storage, and the table that tells of the files in it."""

    folder: str
    model: type[_Row]

    def file_of(self, *, name: str) -> str:
        """Return where a file lies in the private storage."""
        return f"{self.folder}/{name[:2]}/{name}"

    @contextmanager
    def kept(self, *, upload: bytes, field: str) -> Iterator[Kept[_Row]]:
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
            model=self.model,
            name=secrets.token_hex(16),
            key=key,
            suffix="pdf" if is_pdf else "webp",
            sha256=hashlib.sha256(upload).hexdigest(),
            size_bytes=len(shown),
        )
        committed = False
        try:
            storage().save(self.file_of(name=made.name), ContentFile(sealed))
            yield made
            committed = made.attached
        finally:
            if not committed:
                storage().delete(self.file_of(name=made.name))

    def opened(self, *, row: _Row) -> bytes:
        """Decrypt a file. The caller has asked who looks, and writes it down.

        Raises WrongState when it is erased.
        """
        try:
            with storage().open(self.file_of(name=row.name)) as stored:
                return sealing.unseal_file(row.key_sealed, stored.read())
        except FileNotFoundError as error:
            raise WrongState(_("This file is gone.")) from error

    def erase_due(self, *, at: datetime) -> int:
        """Erase files whose time is over, and files without a row; return how many of both."""
        with transaction.atomic():
            due = self.model._default_manager.filter(due_at__lte=at, erased_at=None).order_by("pk")
            rows = list(due.select_for_update(no_key=True, skip_locked=True)[:BATCH])
            for row in rows:
                row.erased_at, row.key_sealed = at, ""
                row.save(update_fields=["erased_at", "key_sealed"])
        for row in rows:
            storage().delete(self.file_of(name=row.name))
        return len(rows) + self._sweep(at)

    def _sweep(self, at: datetime) -> int:
        """Erase files that a crash left without a row; a young one may be on its way."""
        gone = 0
        try:
            folders = sorted(storage().listdir(self.folder)[0])
        except FileNotFoundError:  # nothing was ever sent
            return 0
        for folder in folders:
            names = set(storage().listdir(f"{self.folder}/{folder}")[1])
            rows = self.model._default_manager.filter(name__in=names)
            for name in sorted(names - set(rows.values_list("name", flat=True))):
                if storage().get_modified_time(self.file_of(name=name)) <= at - ORPHAN_AFTER:
                    storage().delete(self.file_of(name=name))
                    gone += 1
        return gone


PROOFS = Drawer("proofs", SealedFile)


@transaction.atomic
def download(*, file_id: int, by_id: int, at: datetime) -> tuple[SealedFile, bytes]:
    """Decrypt a proof for staff, and write down who looked.

    Raises NotAllowed to all but staff, WrongState when it is erased.
    """
    row = SealedFile.objects.get(pk=file_id)
    by = User.objects.get(pk=by_id)
    if not (by.is_staff and by.is_active):
        raise NotAllowed(_("Only staff may open this file."))
    opened = PROOFS.opened(row=row)
    data = {"file_id": row.pk, "sha256": row.sha256}
    outbox.record(action="proof.seen", actor=by.ref, subject=f"file:{row.pk}", data=data, at=at)
    return row, opened
