"""What both sides of a dispute are told, in their own language."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts.models import User
from marketplace.care.models import Dispute, Entry, Review, Side
from marketplace.inbox import services as inbox


def tell(*, dispute: Dispute, entry: Entry, at: datetime) -> None:
    """Tell whoever did not do it what happened."""
    people = {Side.BUYER: dispute.order.buyer, Side.SELLER: dispute.order.shop.owner}
    for side, person in people.items():
        if side != entry.side:
            _tell_one(dispute, entry, person, at)


def _tell_one(dispute: Dispute, entry: Entry, person: User, at: datetime) -> None:
    with override(person.language):
        inbox.notify(
            user_id=person.pk,
            kind=f"dispute.{entry.kind}",
            key=f"{dispute.ref}:{entry.pk}:{person.pk}",
            subject=_("Dispute about order %(number)s: %(who)s %(what)s")
            % {
                "number": dispute.order_id,
                "who": entry.get_side_display(),
                "what": entry.get_kind_display(),
            },
            body=entry.text or _("Open the dispute to see what is next, and until when."),
            link=reverse("care:dispute", args=[dispute.pk]),
            at=at,
        )


def reviewed(*, review: Review, at: datetime) -> None:
    """Tell the shop that somebody wrote about its goods."""
    owner = review.shop.owner
    with override(owner.language):
        inbox.notify(
            user_id=owner.pk,
            kind="review.posted",
            key=f"review:{review.pk}:posted",
            subject=_("A review of “%(title)s”: %(stars)d of 5 stars")
            % {"title": review.listing.title, "stars": review.stars},
            body=review.text or _("You can answer once."),
            link=reverse("care:received"),
            at=at,
        )


def answered(*, review: Review, at: datetime) -> None:
    """Tell the buyer that the shop answered."""
    with override(review.by.language):
        inbox.notify(
            user_id=review.by_id,
            kind="review.answered",
            key=f"review:{review.pk}:answered",
            subject=_("The shop answered your review of “%(title)s”")
            % {"title": review.listing.title},
            body=review.answer,
            link=reverse("care:of_listing", args=[review.listing_id]),
            at=at,
        )
