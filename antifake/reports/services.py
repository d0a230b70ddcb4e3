"""Taking reports of goods, from anybody, and telling who reported what became of it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from antifake.cases import services as cases
from antifake.reports import queries, rules
from antifake.reports.models import Reason, Report
from marketplace.accounts import throttles
from marketplace.accounts.sealing import keyed_hash
from marketplace.accounts.throttles import Limit
from marketplace.errors import BadInput, KeyReused, NotAllowed, WrongState
from marketplace.inbox import services as inbox
from marketplace.listings.models import Listing
from marketplace.outbox import services as outbox
from marketplace.shops.queries import gains_from

# A careful buyer reports a handful a day; behind one network there may be a village.
OF_PERSON = Limit("reports/person", 20, timedelta(days=1))
OF_NETWORK = Limit("reports/network", 30, timedelta(hours=1))
# However many report one listing, the newest say enough about how it should rank.
WEIGHED = 200


def report(
    *,
    listing_id: int,
    reason: str,
    text: str = "",
    by_id: int | None,
    network: str,
    key: UUID,
    at: datetime,
) -> Report:
    """Report goods that are on sale; once a form (`key`), and once a person and version.

    `by_id` None is a visitor; `network` is theirs, kept as a keyed hash. The goods stay on sale:
    a case for a person is opened, or moves up.
    Raises BadInput, KeyReused, NotAllowed for people of the shop, WrongState when the goods are
    not on sale (any more) or too much was reported.
    """
    known = _known(key, listing_id) or _by_person(listing_id, by_id)
    if known is not None:
        return known
    _check_words(reason, text)
    listing = _on_sale(listing_id, by_id)
    limit, subject = (OF_PERSON, f"user:{by_id}") if by_id else (OF_NETWORK, network)
    if not throttles.take(limit=limit, subject=subject, at=at):
        raise WrongState(_("You have reported a lot in a short time. Please try again later."))
    asked = Report(
        listing=listing,
        content_version=listing.content_version,
        reason=reason,
        text_sealed=text.strip(),
        by_id=by_id,
        network_hash="" if by_id else keyed_hash(network, purpose="reports.network"),
        key=key,
        token=secrets.token_urlsafe(32),
        at=at,
    )
    try:
        return _written(asked, at=at)
    except IntegrityError:  # the same form, or the same person, this very moment
        found = _known(key, listing_id) or _by_person(listing_id, by_id)
        if found is None:
            raise
        return found


@transaction.atomic
def tell(*, case_id: int, decision_id: int, at: datetime) -> int:
    """Tell people who reported goods what was decided; visitors have their link.

    Once a decision. Returns how many were told.
    """
    told = 0
    reports = Report.objects.filter(case_id=case_id, by__isnull=False).select_related(
        "by", "listing", "case"
    )
    for one in reports.order_by("pk"):
        with override(one.by.language if one.by else None):
            inbox.notify(
                user_id=one.by_id or 0,
                kind="report.decided",
                key=f"{one.ref}:decided:{decision_id}",
                subject=_("What became of your report about “%(title)s”")
                % {"title": one.listing.title},
                body=_outcome_in_words(one),
                link=reverse("reports:outcome", args=[one.token]),
                at=at,
            )
        told += 1
    return told


@transaction.atomic
def _written(asked: Report, *, at: datetime) -> Report:
    listing: Listing = asked.listing
    earlier = queries.about(listing).select_related("by").order_by("-pk")[:WEIGHED]
    voices = [queries.voice(one, at=at) for one in [*earlier, asked]]
    rank = rules.rank_permille(voices)
    asked.case = cases.join_or_open(
        listing_id=listing.pk,
        rank_permille=rank,
        anew=rank >= rules.ANEW_PERMILLE,
        at=at,
    )
    asked.save(force_insert=True)
    actor = f"user:{asked.by_id}" if asked.by_id else "visitor"
    data = {
        "report_id": asked.pk,
        "case_id": asked.case_id,
        "listing_id": listing.pk,
        "shop_id": listing.shop_id,
        "reason": str(asked.reason),
    }
    outbox.record(action="listing.reported", actor=actor, subject=asked.ref, data=data, at=at)
    outbox.emit("listing.reported", subject=listing.ref, data=data, at=at)
    return asked


def _check_words(reason: str, text: str) -> None:
    if reason not in Reason.values:
        raise BadInput(_("Choose what is wrong."), "reason")
    if len(text) > rules.TEXT_MAX:
        raise BadInput(_("Please write a little less."), "text")


def _on_sale(listing_id: int, by_id: int | None) -> Listing:
    listing = queries.reportable().filter(pk=listing_id).first()
    if listing is None:
        raise WrongState(_("These goods are not on sale any more."))
    if gains_from(user_id=by_id, shop_id=listing.shop_id):
        raise NotAllowed(_("You work in this shop. Change or end your goods instead."))
    return listing


def _known(key: UUID, listing_id: int) -> Report | None:
    known = Report.objects.filter(key=key).first()
    if known is not None and known.listing_id != listing_id:
        raise KeyReused(_("This form was already used. Open it anew."))
    return known


def _by_person(listing_id: int, by_id: int | None) -> Report | None:
    if by_id is None:
        return None
    listing = Listing.objects.filter(pk=listing_id).first()
    return queries.about(listing).filter(by_id=by_id).first() if listing else None


def _outcome_in_words(one: Report) -> str:
    if queries.outcome(one) == queries.REMOVED:
        return _("Our staff looked, and took the goods down. Thank you: you protected others.")
    return _(
        "Our staff looked, and the goods may stay. If the goods change, you can report them again."
    )
