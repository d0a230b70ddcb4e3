"""The check while a seller types: what the words show at once, and the photos once a worker looked.

It tells what would help, never figures, distances or which photo a photo is like: whoever wants
to learn how near a copy may come must not learn it here. Looks are counted for each person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.cases import queries, rules
from antifake.cases.models import DraftCheck
from antifake.cases.queries.sellers import completed_orders
from antifake.detectors import base, registry
from antifake.detectors.newcomer_brand import NEWCOMER
from antifake.references import queries as references
from antifake.references import services as descriptions
from marketplace.accounts import throttles
from marketplace.accounts.throttles import Limit
from marketplace.errors import WrongState
from marketplace.listings.models import Listing, ListingState
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState

CHECK = "cases.check_draft"
WORD_DETECTORS = frozenset({"brand_name", "newcomer_brand", "fake_words", "prohibited"})
PHOTO_DETECTORS = frozenset({"photo_match"})
# Somebody who types for ten minutes makes a look every few seconds; a day's photos are few.
LOOKS = Limit("cases/check", 200, timedelta(minutes=10))
PHOTO_LOOKS = Limit("cases/check-photos", 60, timedelta(days=1))
FORBIDDEN, COPY, DOCUMENT, WORDS, GREEN = "forbidden", "copy", "document", "words", "green"
# The gravest first: it names the card.
GRAVITY = (FORBIDDEN, COPY, DOCUMENT, WORDS, GREEN)
COPIES = frozenset({"reference_photo", "market_photo", "confirmed_fake", "exact_file"})


@dataclass(frozen=True)
class Hint:
    """One thing that stands in the way: what it is, what it asks for, and what would help."""

    state: str
    sentence: str
    advice: str
    brand_id: int = 0


@dataclass(frozen=True)
class Card:
    """What a seller is shown: the gravest hint's state. `looking`: photos are still being read;
    `photos_later`: they are compared once the goods are put on sale.
    """

    state: str
    hints: tuple[Hint, ...]
    looking: bool = False
    photos_later: bool = False


def card(
    *,
    shop_id: int,
    shop_name: str,
    by_id: int,
    listing: Listing | None,
    title: str,
    description: str,
    at: datetime,
) -> Card:
    """Return what the check says of words as typed, and of a draft's photos as far as known.

    Constant in queries. Asks for a look at photos nobody looked at yet. Raises WrongState
    beyond a person's limit. The caller has asked whether `by_id` may edit the shop's goods.
    """
    if not throttles.take(limit=LOOKS, subject=f"user:{by_id}", at=at):
        raise WrongState(_("That were many checks in a short time. It goes on in a few minutes."))
    subject = base.Subject(
        listing_id=listing.pk if listing else 0,
        shop_id=shop_id,
        title=title,
        description=description,
        shop_name=shop_name,
        seller=base.SellerView(completed_orders=completed_orders(shop_id)),
    )
    found = _examine(subject, references.bank_of_words(subject), WORD_DETECTORS)
    findings = rules.news(found, queries.cleared_keys(shop_id))
    hints = [hint for hint in map(_of_words, findings) if hint is not None]
    looking = later = False
    if listing is not None:
        ids = list(listing.photos.order_by("position").values_list("pk", flat=True))
        check = DraftCheck.objects.filter(
            listing=listing, photos_key=photos_key(photo_ids=ids)
        ).first()
        if check is not None:
            hints += _of_photos(check.found)
        elif ids and listing.state == ListingState.DRAFT:
            looking = _ask_for_look(listing.pk, photos_key(photo_ids=ids), by_id=by_id, at=at)
            later = not looking
    once = tuple(dict.fromkeys(hints))
    state = min((hint.state for hint in once), key=GRAVITY.index, default=GREEN)
    return Card(state=state, hints=once, looking=looking, photos_later=later)


def photos_key(*, photo_ids: Iterable[int]) -> str:
    """Name a set of photos in their order."""
    return hashlib.sha256(",".join(map(str, photo_ids)).encode()).hexdigest()


def look_at_draft(*, listing_id: int, key: str) -> list[list[str | int]] | None:
    """Compare a draft's photos; None when it is no draft any more or shows other photos.

    Slow (pictures are read and described): to be called outside any transaction.
    """
    listing = Listing.objects.filter(pk=listing_id, state=ListingState.DRAFT).first()
    if listing is None:
        return None
    photos = list(listing.photos.order_by("position"))
    if photos_key(photo_ids=[photo.pk for photo in photos]) != key:
        return None
    descriptions.describe_photos(photo_ids=[photo.pk for photo in photos])
    subject = base.Subject(
        listing_id=listing_id,
        shop_id=listing.shop_id,
        title="",
        photos=references.views_of(listing_id),
    )
    positions = {photo.pk: photo.position for photo in photos}
    findings = _examine(subject, references.bank_for(subject), PHOTO_DETECTORS)
    found = {
        (finding.kind, positions.get(int(finding.evidence.get("photo_id") or 0), 0))
        for finding in findings
        if finding.kind in COPIES
    }
    return [[kind, position] for kind, position in sorted(found)]


@transaction.atomic
def keep_look(
    *, listing_id: int, key: str, found: Sequence[Sequence[str | int]], at: datetime
) -> None:
    """Keep what the photos of a draft showed, in place of what earlier ones did. Repeatable."""
    # Locked, so that the draft is not deleted meanwhile.
    if not Listing.objects.select_for_update(no_key=True).filter(pk=listing_id).exists():
        return
    DraftCheck.objects.filter(listing_id=listing_id).exclude(photos_key=key).delete()
    check = DraftCheck(
        listing_id=listing_id, photos_key=key, found=[list(one) for one in found], checked_at=at
    )
    DraftCheck.objects.bulk_create([check], ignore_conflicts=True)


@transaction.atomic
def forget_old(*, at: datetime) -> int:
    """Throw away looks older than a day: what is compared with has grown since."""
    old = DraftCheck.objects.filter(checked_at__lte=at - timedelta(days=1))
    return old.delete()[0]


def _examine(subject: base.Subject, bank: base.Bank, names: frozenset[str]) -> list[base.Finding]:
    detectors = [detector for detector in registry.ALL if detector.name in names]
    return registry.examine_by(detectors, subject, bank)[0]


def _ask_for_look(listing_id: int, key: str, *, by_id: int, at: datetime) -> bool:
    """Have a worker look; say whether one will. A set of photos is counted and asked for once."""
    payload = {"listing_id": listing_id, "key": key}
    job_key = f"{CHECK}:{listing_id}:{key}:{at:%Y-%m-%d}"
    known = Job.objects.filter(key=job_key).first()
    if known is not None:
        return known.state in (JobState.PENDING, JobState.LEASED)
    if not throttles.take(limit=PHOTO_LOOKS, subject=f"user:{by_id}", at=at):
        return False
    outbox.enqueue(kind=CHECK, key=job_key, payload=payload, run_at=at, queue="scan")
    return True


def _of_words(finding: base.Finding) -> Hint | None:
    if finding.kind.startswith("prohibited"):
        advice = _("These goods may not be offered here. If yours are something else, say what.")
        return Hint(FORBIDDEN, finding.sentence, advice)
    if finding.kind == "fake_words":
        advice = _("Say what your goods are, in your own name. Copies of brands are not sold here.")
        return Hint(WORDS, finding.sentence, advice)
    brand_id = int(finding.evidence.get("brand_id") or 0)
    if finding.kind == NEWCOMER:
        advice = _(
            "With a document that we have confirmed your goods need not wait. Without one, put "
            "them on sale as they are: a person looks once, not at each of your goods."
        )
        return Hint(DOCUMENT, finding.sentence, advice, brand_id)
    if not finding.kind.startswith("brand_"):
        return None
    advice = _(
        "If you may sell it, send a document that says so. If your goods only go with it, write "
        "“for” before the name. If you mean something else, choose another word."
    )
    return Hint(DOCUMENT, finding.sentence, advice, brand_id)


def _of_photos(found: Sequence[Sequence[str | int]]) -> list[Hint]:
    """Say which photos were there before, not where: the earlier owner is nobody's business."""
    positions = sorted({int(position) + 1 for _kind, position in found})
    advice = _(
        "Use a photo that you took of your own goods; buyers trust it more. If this one is yours, "
        "or you may use it, put the goods on sale: we will ask you, and one sentence is enough."
    )
    words = _("Photo %(number)d looks like one that was there before.")
    return [Hint(COPY, words % {"number": position}, advice) for position in positions]
