""" "Do you own this photo?" Asked beside the trade, never in place of it.

A photo that a rights holder or another shop had first proves nothing: wholesalers hand out
pictures, holders allow theirs, and the earlier shop may be the copyist. So the seller is asked,
once for one piece of evidence, and selling goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases import rules
from antifake.cases.models import ANSWERED, PhotoQuestion, QuestionState
from antifake.cases.services import documents
from antifake.cases.services.claims import check_staff_of, wake
from marketplace.errors import BadInput, WrongState
from marketplace.inbox import services as inbox
from marketplace.listings.models import Listing, Photo
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops.queries import require
from marketplace.shops.rules import Act

REFERENCE, MARKET, EXACT = "reference_photo", "market_photo", "exact_file"


class Asked(Protocol):
    """What is read of a finding, of the detectors' or of the database's."""

    @property
    def kind(self) -> str:
        """Name the kind of evidence."""
        ...

    @property
    def key(self) -> str:
        """Name the evidence."""
        ...

    @property
    def sentence(self) -> str:
        """Say it in words a seller understands."""
        ...

    @property
    def evidence(self) -> Mapping[str, Any]:
        """Return the ids it is about."""
        ...


@transaction.atomic(savepoint=False)
def ask(*, scan_id: int, listing_id: int, findings: Sequence[Asked], at: datetime) -> int:
    """Ask a shop about photos that others had first; return how many questions are new.

    Safe to repeat, and constant in queries: what a shop was asked once, it is not asked again,
    whatever it answered. Open questions about photos that were taken off are closed.
    """
    _close_replaced(listing_id, at=at)
    worth = [finding for finding in findings if is_asked(finding=finding)]
    if not worth:
        return 0
    listing = Listing.objects.select_related("shop").get(pk=listing_id)
    photos = {photo.pk: photo for photo in listing.photos.all()}
    due_at = at + timedelta(days=rulebook.value("cases.question_days", at=at))
    known = Photo.objects.in_bulk({_id(finding, "matched_photo_id") for finding in worth})
    rows = [
        PhotoQuestion(
            shop=listing.shop,
            listing=listing,
            scan_id=scan_id,
            photo=photos.get(_id(finding, "photo_id")),
            key=finding.key,
            kind=finding.kind,
            sentence=finding.sentence,
            known_days=_days_before(finding, photos, known),
            asked_at=at,
            due_at=due_at,
        )
        for finding in worth
    ]
    _ask_again(listing, rows)
    PhotoQuestion.objects.bulk_create(rows, ignore_conflicts=True)
    new = list(PhotoQuestion.objects.filter(scan_id=scan_id, asked_at=at).order_by("pk"))
    if new:
        _tell(listing, new, at=at)
    return len(new)


def is_asked(*, finding: Asked) -> bool:
    """Say whether a finding is a question: a photo that others had, and no confirmed fake."""
    if finding.kind == EXACT:
        return not finding.evidence.get("confirmed_fake")
    return finding.kind in (REFERENCE, MARKET)


def answer(
    *,
    question_id: int,
    by_id: int,
    own: bool,
    words: str,
    upload: bytes = b"",
    at: datetime,
) -> PhotoQuestion:
    """Answer that the photo is the shop's own, or that it may use it, with words and a proof.

    Safe to repeat: the same answer is returned. A question may still be answered after its time.
    Raises NotAllowed to all but those who edit the shop's goods, WrongState when it was answered
    otherwise, BadInput without words or for a file we do not take.
    """
    if upload:
        with documents.kept(upload=upload) as file:
            return _answer(question_id, by_id, own=own, words=words, file=file, at=at)
    return _answer(question_id, by_id, own=own, words=words, file=None, at=at)


@transaction.atomic
def review(*, question_id: int, by_id: int, accepted: bool, at: datetime) -> PhotoQuestion:
    """Note that a person read an answer. Accepted: the evidence is no news for this shop.

    Safe to repeat, and may be changed later. Raises WrongState when nothing was answered,
    NotAllowed to all but staff who do not work in the shop.
    """
    question = PhotoQuestion.objects.select_for_update(no_key=True, of=["self"]).get(pk=question_id)
    check_staff_of(shop_id=question.shop_id, by_id=by_id)
    if question.state not in ANSWERED:
        raise WrongState(_("This question was not answered."))
    if question.reviewed_at is not None and question.accepted == accepted:
        return question
    question.accepted, question.reviewed_by_id, question.reviewed_at = accepted, by_id, at
    question.save(update_fields=["accepted", "reviewed_by", "reviewed_at"])
    _record("question.reviewed", question, actor=f"user:{by_id}", at=at)
    return question


@transaction.atomic
def expire_due(*, at: datetime) -> int:
    """Mark what was not answered in time; return how many. The trade goes on all the same."""
    due = PhotoQuestion.objects.filter(state=QuestionState.OPEN, due_at__lte=at).order_by("pk")
    ids = list(
        due.select_for_update(no_key=True, skip_locked=True, of=["self"]).values_list(
            "pk", flat=True
        )
    )
    return PhotoQuestion.objects.filter(pk__in=ids).update(state=QuestionState.EXPIRED)


@transaction.atomic
def _answer(
    question_id: int,
    by_id: int,
    *,
    own: bool,
    words: str,
    file: documents.Kept | None,
    at: datetime,
) -> PhotoQuestion:
    question = PhotoQuestion.objects.select_for_update(no_key=True, of=["self"]).get(pk=question_id)
    require(user_id=by_id, shop_id=question.shop_id, act=Act.EDIT_LISTINGS)
    outcome = QuestionState.OWN if own else QuestionState.LICENSED
    words = words.strip()
    if question.state in ANSWERED:
        if (question.state, question.words) == (outcome, words):
            return question
        raise WrongState(_("This question has been answered."))
    if question.state == QuestionState.REPLACED:
        raise WrongState(_("The photo was taken off; there is nothing to answer any more."))
    if len(words) < rules.NOTE_LETTERS:
        raise BadInput(_("Tell us in a sentence whose photo it is."), field="words")
    question.state, question.words = outcome, words
    question.answered_by_id, question.answered_at = by_id, at
    if file is not None:
        question.document = documents.attach(
            file=file, shop_id=question.shop_id, by_id=by_id, at=at
        )
    question.save(update_fields=["state", "words", "answered_by", "answered_at", "document"])
    _record("question.answered", question, actor=f"user:{by_id}", at=at)
    wake(shop_id=question.shop_id, at=at)
    return question


def _close_replaced(listing_id: int, *, at: datetime) -> None:
    waiting = PhotoQuestion.objects.filter(
        listing_id=listing_id, state__in=(QuestionState.OPEN, QuestionState.EXPIRED)
    )
    shown = Photo.objects.filter(listing_id=listing_id)
    gone = waiting.exclude(photo_id__in=shown.values("pk")).order_by("pk")
    for question in gone.select_for_update(no_key=True, of=["self"]):
        question.state = QuestionState.REPLACED
        question.save(update_fields=["state"])
        _record("question.replaced", question, actor="system", at=at)


def _ask_again(listing: Listing, rows: Sequence[PhotoQuestion]) -> None:
    """Open again what was closed because the photo was taken off: it is back."""
    by_key = {row.key: row for row in rows}
    back = PhotoQuestion.objects.filter(
        shop_id=listing.shop_id, key__in=by_key, state=QuestionState.REPLACED
    )
    asked = list(back.order_by("pk").select_for_update(no_key=True, of=["self"]))
    for question in asked:
        row = by_key[question.key]
        question.state, question.listing, question.photo = QuestionState.OPEN, listing, row.photo
        question.scan_id, question.asked_at, question.due_at = row.scan_id, row.asked_at, row.due_at
    changed = ["state", "listing", "photo", "scan", "asked_at", "due_at"]
    PhotoQuestion.objects.bulk_update(asked, changed)


def _days_before(finding: Asked, mine: Mapping[int, Photo], known: Mapping[int, Photo]) -> int:
    """Return for how many days the other photo had been there: who was first is weighed."""
    photo, earlier = mine.get(_id(finding, "photo_id")), known.get(_id(finding, "matched_photo_id"))
    if photo is None or earlier is None:
        return 0
    return max(0, (photo.added_at - earlier.added_at).days)


def _id(finding: Asked, name: str) -> int:
    return int(finding.evidence.get(name) or 0)


def _tell(listing: Listing, new: list[PhotoQuestion], *, at: datetime) -> None:
    for question in new:
        _record("question.asked", question, actor="system", at=at)
    link = reverse("cases:questions")
    if len(new) == 1:
        link = reverse("cases:question", args=[new[0].pk])
    sentences = [question.sentence for question in new]
    hint = _("Selling goes on. Tell us in a sentence whose photo it is, or use your own.")
    inbox.notify(
        user_id=listing.shop.owner_id,
        kind="photo.question",
        key=f"photo.question:{new[0].scan_id}",
        subject=_("A question about the photos of “%(title)s”") % {"title": listing.title},
        body="\n".join([*sentences, hint]),
        link=link,
        at=at,
    )


def _record(action: str, question: PhotoQuestion, *, actor: str, at: datetime) -> None:
    data = {"question_id": question.pk, "key": question.key, "state": str(question.state)}
    subject = Listing(pk=question.listing_id).ref
    outbox.record(action=action, actor=actor, subject=subject, data=data, at=at)
