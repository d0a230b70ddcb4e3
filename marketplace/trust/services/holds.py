"""Withholding a listing before a person has looked, and ending that."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.listings.models import Listing, Withholding
from marketplace.listings.services import listing as listings
from marketplace.reasons import services as reasons
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.trust import rules


@transaction.atomic
def hold(
    *, listing_id: int, source: str, facts: str, explanation: str, at: datetime
) -> StatementOfReasons:
    """Keep a listing from view until a person has looked, with a statement of reasons.

    `source` names the check (scan:9). Safe to repeat: the first statement is returned.
    """
    there = Withholding.objects.filter(listing_id=listing_id, source=source).first()
    if there is not None:
        return there.statement
    listing = Listing.objects.select_related("shop").get(pk=listing_id)
    statement = reasons.state(
        addressee_id=listing.shop.owner_id,
        subject=listing.ref,
        ground_reference=rules.HOLD_CLAUSE,
        explanation=explanation,
        facts=facts,
        category=rules.OTHER_RULES,
        content_type=[rules.PRODUCT],
        visibility=[rules.DISABLED],
        source_type=SourceType.VOLUNTARY,
        automated_detection=True,
        automated_decision=AutomatedDecision.PARTIALLY,
        application_date=at,
        redress=_(
            "You need not do anything: a person will look and decide. Should they decide "
            "against the listing, you can appeal free of charge, and another person will answer."
        ),
        at=at,
    )
    listings.withhold(listing_id=listing_id, source=source, statement_id=statement.pk, at=at)
    return statement


@transaction.atomic
def lift_hold(*, listing_id: int, source: str, at: datetime) -> Listing:
    """End a hold; the listing returns when nothing else withholds it. Safe to repeat."""
    return listings.lift(listing_id=listing_id, source=source, at=at)
