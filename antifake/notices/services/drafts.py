"""Writing a notice: begun once, goods added from links or from a search, nothing lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.notices import rules
from antifake.notices.models import Notice, NoticeItem, NoticeState
from antifake.references.queries.rights import acts_for, usable_rights
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.models import Listing
from marketplace.outbox import services as outbox

UNREAD_LETTERS = 4_000


@dataclass(frozen=True, slots=True)
class Words:
    """What the sender wrote; any part may lack until the notice is complete."""

    right_id: int | None = None
    reason: str = ""
    sworn_name: str = ""
    good_faith: bool = False


@transaction.atomic
def begin(*, key: UUID, holder_id: int, by_id: int, at: datetime) -> Notice:
    """Begin a notice for a holder. Safe to repeat with the same `key`.

    Raises NotAllowed to whoever does not act for the holder, or with somebody else's key.
    """
    if holder_id not in acts_for(by_id):
        raise NotAllowed(_("You do not act for this rights holder."))
    notice, created = Notice.objects.get_or_create(
        key=key, defaults={"holder_id": holder_id, "by_id": by_id, "created_at": at}
    )
    if notice.holder_id != holder_id:
        raise NotAllowed(_("This form was sent by somebody else."))
    if created:
        data = {"holder_id": holder_id}
        outbox.record(
            action="notice.begun", actor=f"user:{by_id}", subject=notice.ref, data=data, at=at
        )
    return notice


@transaction.atomic
def write(*, notice_id: int, by_id: int, words: Words, at: datetime) -> Notice:
    """Keep what was written so far; an empty part stays empty. Safe to repeat.

    Raises WrongState once the notice was sent, BadInput for a right that may not be used.
    """
    notice = locked(notice_id=notice_id, by_id=by_id)
    _check_open(notice)
    if words.right_id is not None:
        usable = usable_rights(by_id, at=at).filter(owner=notice.holder_id, pk=words.right_id)
        if not usable.exists():
            raise BadInput(_("Choose one of your rights that is not over."), "right")
    notice.right_id = words.right_id
    notice.reason, notice.sworn_name = words.reason.strip(), words.sworn_name.strip()
    notice.good_faith = words.good_faith
    notice.save(update_fields=["right", "reason", "sworn_name", "good_faith"])
    return notice


@transaction.atomic
def add_links(*, notice_id: int, by_id: int, text: str, at: datetime) -> Notice:
    """Add the goods that pasted links name; lines that name none are kept and shown.

    Safe to repeat. Raises BadInput beyond 300 goods (none is added then), WrongState once sent.
    """
    found, strange = rules.listings_in(text)
    notice = add_goods(notice_id=notice_id, by_id=by_id, listing_ids=found, at=at)
    known = set(Listing.objects.filter(pk__in=found).values_list("pk", flat=True))
    strange += [str(pk) for pk in found if pk not in known]
    notice.unread = "\n".join(strange)[:UNREAD_LETTERS]
    notice.save(update_fields=["unread"])
    return notice


@transaction.atomic
def add_goods(*, notice_id: int, by_id: int, listing_ids: Sequence[int], at: datetime) -> Notice:
    """Add goods that a search found. Safe to repeat; raises as `add_links`."""
    del at
    notice = locked(notice_id=notice_id, by_id=by_id)
    _check_open(notice)
    there = set(notice.items.values_list("listing_id", flat=True))
    posted = Listing.objects.filter(pk__in=listing_ids, posted_at__isnull=False)
    new = sorted(set(posted.values_list("pk", flat=True)) - there)
    if len(there) + len(new) > rules.MOST_LINKS:
        raise BadInput(
            _("One notice names up to %(most)d goods; these would be %(count)d. Send two.")
            % {"most": rules.MOST_LINKS, "count": len(there) + len(new)},
            "links",
        )
    NoticeItem.objects.bulk_create(NoticeItem(notice=notice, listing_id=pk) for pk in new)
    return notice


@transaction.atomic
def remove_goods(*, notice_id: int, by_id: int, listing_id: int, at: datetime) -> Notice:
    """Take one listing out of a notice that was not sent. Safe to repeat."""
    del at
    notice = locked(notice_id=notice_id, by_id=by_id)
    _check_open(notice)
    notice.items.filter(listing=listing_id).delete()
    return notice


def locked(*, notice_id: int, by_id: int) -> Notice:
    """Return the notice, locked, for a person who acts for its holder. Needs a transaction.

    Raises NotAllowed to all others.
    """
    notice = Notice.objects.select_for_update(no_key=True, of=["self"]).get(pk=notice_id)
    if notice.holder_id not in acts_for(by_id):
        raise NotAllowed(_("You do not act for this rights holder."))
    return notice


def _check_open(notice: Notice) -> None:
    if notice.state not in (NoticeState.DRAFT, NoticeState.INCOMPLETE):
        raise WrongState(_("This notice was sent. Begin another one for more goods."))
