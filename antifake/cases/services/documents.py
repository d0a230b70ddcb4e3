"""What sellers send as proof: sealed files, and claims to be allowed to sell a brand."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases import rules
from antifake.cases.models import AuthorisationClaim, ClaimState, SellerDocument
from antifake.cases.services.claims import check_staff_of, wake
from antifake.references import services as references
from antifake.references.models import Brand
from antifake.references.services import files
from marketplace.accounts import throttles
from marketplace.accounts.throttles import Limit
from marketplace.errors import BadInput, WrongState
from marketplace.inbox import services as inbox
from marketplace.outbox import services as outbox
from marketplace.shops.models import Shop
from marketplace.shops.queries import require
from marketplace.shops.rules import Act

# As long as a decision may be appealed (appeals.window_days), and a month to answer it.
STAYS = timedelta(days=210)
SENT = Limit("cases/documents", 20, timedelta(days=1))
DOCUMENTS = files.Drawer("documents", SellerDocument)
Kept = files.Kept[SellerDocument]


def kept(*, upload: bytes) -> AbstractContextManager[Kept]:
    """Check an upload and write its file, as `files.Drawer.kept` does."""
    return DOCUMENTS.kept(upload=upload, field="document")


def attach(*, file: Kept, shop_id: int, by_id: int, at: datetime) -> SellerDocument:
    """Write the row of a kept file, in the transaction that needs it."""
    return file.attach(shop_id=shop_id, by_id=by_id, due_at=at + STAYS, at=at)


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
            document=attach(file=file, shop_id=shop_id, by_id=by_id, at=at),
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
    claim = AuthorisationClaim.objects.select_for_update(no_key=True, of=["self"]).get(pk=claim_id)
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
    opened = DOCUMENTS.opened(row=row)
    data = {"document_id": row.pk, "sha256": row.sha256}
    outbox.record(
        action="document.seen",
        actor=f"user:{by_id}",
        subject=f"shop:{row.shop_id}",
        data=data,
        at=at,
    )
    return row, opened


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
