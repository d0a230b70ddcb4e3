"""What sellers send as proof: files in private storage, and claims to be allowed to sell a brand.

A picture is cleaned like every upload. A PDF is never opened by us: it is kept as it came, and
handed to staff alone, as a download that runs nothing. At rest each file is encrypted under a key
of its own, which lies sealed in its row.
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
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases import rules
from antifake.cases.models import AuthorisationClaim, ClaimState, SellerDocument
from antifake.cases.services.claims import check_staff_of, wake
from antifake.references import services as references
from antifake.references.models import Brand
from marketplace.accounts import sealing, throttles
from marketplace.accounts.throttles import Limit
from marketplace.errors import BadInput, WrongState
from marketplace.inbox import services as inbox
from marketplace.listings.services import pictures
from marketplace.outbox import services as outbox
from marketplace.shops.models import Shop
from marketplace.shops.queries import require
from marketplace.shops.rules import Act

FOLDER = "documents"
PDF = b"%PDF-"
MOST_BYTES = 5 * 1024 * 1024
# As long as a decision may be appealed (appeals.window_days), and a month to answer it.
STAYS = timedelta(days=210)
ORPHAN_AFTER = timedelta(hours=24)
SENT = Limit("cases/documents", 20, timedelta(days=1))


@dataclass(slots=True)
class Kept:
    """A file that is written; it goes again unless `attach` is called."""

    name: str
    key: str
    suffix: str
    sha256: str
    size_bytes: int
    attached: bool = False

    def attach(self, *, shop_id: int, by_id: int, at: datetime) -> SellerDocument:
        """Write the row, in the transaction that needs it."""
        row = SellerDocument.objects.create(
            shop_id=shop_id,
            name=self.name,
            key_sealed=self.key,
            suffix=self.suffix,
            sha256=self.sha256,
            size_bytes=self.size_bytes,
            by_id=by_id,
            stored_at=at,
            due_at=at + STAYS,
        )
        self.attached = True
        return row


def storage() -> Storage:
    """Return the private storage: readable by this program alone, served by nobody."""
    return storages["originals"]


def file_of(*, name: str) -> str:
    """Return where a document lies in the private storage."""
    return f"{FOLDER}/{name[:2]}/{name}"


@contextmanager
def kept(*, upload: bytes) -> Iterator[Kept]:
    """Check an upload and write its file, outside any lock; what fails leaves no file behind.

    Raises BadInput for what is neither a picture nor a PDF, or is too large.
    """
    if len(upload) > MOST_BYTES:
        raise BadInput(_("This file is larger than 5 MB; choose a smaller one."), "document")
    is_pdf = upload.startswith(PDF)
    shown = upload if is_pdf else _picture(upload)
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


def send_claim(
    *, shop_id: int, brand_id: int, by_id: int, words: str, upload: bytes, at: datetime
) -> AuthorisationClaim:
    """Send a document that says a shop may sell a brand's goods; a person looks at it.

    Safe to repeat: the claim that waits already is returned. Raises NotAllowed to all but those
    who edit the shop's goods, BadInput for a wrong file, WrongState beyond a day's limit.
    """
    require(user_id=by_id, shop_id=shop_id, act=Act.EDIT_LISTINGS)
    claims = AuthorisationClaim.objects.filter(shop_id=shop_id, brand_id=brand_id)
    waiting = claims.filter(state=ClaimState.SENT).first()
    if waiting is not None:
        return waiting
    if not throttles.take(limit=SENT, subject=f"user:{by_id}", at=at):
        raise WrongState(_("You have sent a lot in a short time. Please try again tomorrow."))
    with kept(upload=upload) as file, transaction.atomic():
        # One at a time for a shop: the second of two clicks finds the first one's claim.
        Shop.objects.select_for_update(no_key=True, of=["self"]).get(pk=shop_id)
        waiting = claims.filter(state=ClaimState.SENT).first()
        if waiting is not None:
            return waiting
        claim = AuthorisationClaim.objects.create(
            shop_id=shop_id,
            brand_id=brand_id,
            document=file.attach(shop_id=shop_id, by_id=by_id, at=at),
            words=words.strip(),
            by_id=by_id,
            sent_at=at,
        )
        _record("claim.sent", claim, by_id=by_id, at=at)
        wake(shop_id=shop_id, at=at)
    return claim


@transaction.atomic
def decide_claim(
    *, claim_id: int, by_id: int, granted: bool, note: str, at: datetime
) -> AuthorisationClaim:
    """Confirm or refuse a shop's claim. Confirmed: the shop may use the name and its photos.

    Safe to repeat with the same answer. Raises WrongState when it was answered otherwise,
    NotAllowed to all but staff who do not work in the shop, BadInput for a refusal without words.
    """
    claim = AuthorisationClaim.objects.select_for_update(of=["self"]).get(pk=claim_id)
    outcome = ClaimState.GRANTED if granted else ClaimState.REFUSED
    if claim.state != ClaimState.SENT:
        if (claim.state, claim.decided_by_id) == (outcome, by_id):
            return claim
        raise WrongState(_("This document has been answered."))
    check_staff_of(shop_id=claim.shop_id, by_id=by_id)
    note = note.strip()
    if not granted and len(note) < rules.NOTE_LETTERS:
        raise BadInput(_("Write the reason in a sentence: the seller will read it."), "note")
    claim.state, claim.decided_by_id, claim.decided_at, claim.note = outcome, by_id, at, note
    claim.save(update_fields=["state", "decided_by", "decided_at", "note"])
    if granted:
        references.authorise(brand_id=claim.brand_id, shop_id=claim.shop_id, by_id=by_id, at=at)
    _record(f"claim.{outcome}", claim, by_id=by_id, at=at)
    _tell(claim, at=at)
    return claim


@transaction.atomic
def download(*, document_id: int, by_id: int, at: datetime) -> tuple[SellerDocument, bytes]:
    """Decrypt a document for staff who do not work in its shop, and write down who looked.

    Raises WrongState when it is erased.
    """
    row = SellerDocument.objects.get(pk=document_id)
    check_staff_of(shop_id=row.shop_id, by_id=by_id)
    try:
        with storage().open(file_of(name=row.name)) as stored:
            opened = sealing.unseal_file(row.key_sealed, stored.read())
    except FileNotFoundError as error:
        raise WrongState(_("This file is gone.")) from error
    data = {"document_id": row.pk, "sha256": row.sha256}
    outbox.record(
        action="document.seen",
        actor=f"user:{by_id}",
        subject=f"shop:{row.shop_id}",
        data=data,
        at=at,
    )
    return row, opened


def erase_due(*, at: datetime) -> int:
    """Erase documents whose time is over, and files without a row; return how many of both."""
    with transaction.atomic():
        due = SellerDocument.objects.filter(due_at__lte=at, erased_at=None).order_by("pk")
        rows = list(due.select_for_update(skip_locked=True)[:200])
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
        known = SellerDocument.objects.filter(name__in=names).values_list("name", flat=True)
        for name in sorted(names - set(known)):
            if storage().get_modified_time(file_of(name=name)) <= at - ORPHAN_AFTER:
                storage().delete(file_of(name=name))
                gone += 1
    return gone


def _picture(upload: bytes) -> bytes:
    try:
        return pictures.clean(data=upload).large
    except BadInput as error:
        raise BadInput(error.reason, "document") from error


def _record(action: str, claim: AuthorisationClaim, *, by_id: int, at: datetime) -> None:
    data = {"claim_id": claim.pk, "brand_id": claim.brand_id, "document_id": claim.document_id}
    subject = f"shop:{claim.shop_id}"
    outbox.record(action=action, actor=f"user:{by_id}", subject=subject, data=data, at=at)


def _tell(claim: AuthorisationClaim, *, at: datetime) -> None:
    brand = Brand.objects.get(pk=claim.brand_id)
    granted = claim.state == ClaimState.GRANTED
    inbox.notify(
        user_id=claim.by_id,
        kind="claim.decided",
        key=f"claim.decided:{claim.pk}",
        subject=(
            _("You may sell “%(brand)s” here")
            if granted
            else _("Your document about “%(brand)s” was not accepted")
        )
        % {"brand": brand.name},
        body=claim.note or _("A person looked at your document and confirmed it."),
        link=reverse("cases:documents"),
        at=at,
    )
