"""Taking a listing down by decision, and undoing all of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.failpoints import reach
from marketplace.listings.models import Listing, Withholding
from marketplace.listings.services import listing as listings
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop
from marketplace.trust import rules
from marketplace.trust.models import Strike
from marketplace.trust.services import sanctions


@transaction.atomic
def take_down(
    *,
    listing_id: int,
    decision_ref: str,
    policy: str,
    severity: int,
    facts: str,
    explanation: str,
    by_id: int | None,
    automated_detection: bool,
    at: datetime,
) -> StatementOfReasons:
    """Withhold a listing for a decided breach: statement, strike and sanction in one commit.

    `decision_ref` ("decision:7") names the ruling, `severity` is a step of rules.SEVERITIES,
    `by_id` the person who decided (None: nobody, the decision is fully automated). Open
    checkouts cannot pay for the listing any more. Safe to repeat: the statement is returned.
    Raises BadInput for an unknown policy or severity.
    """
    _check(policy, severity)
    listing = Listing.objects.get(pk=listing_id)
    shop = lock_shop(shop_id=listing.shop_id)
    there = Strike.objects.filter(decision_ref=decision_ref).first()
    if there is not None:
        return there.statement
    statement = _state(
        listing=listing,
        addressee_id=shop.owner_id,
        policy=rules.POLICY_TEXTS[policy],
        decision_ref=decision_ref,
        facts=facts,
        explanation=explanation,
        automated_detection=automated_detection,
        automated=by_id is None,
        at=at,
    )
    reach("takedown.stated")
    listings.withhold(listing_id=listing_id, source=decision_ref, statement_id=statement.pk, at=at)
    reach("takedown.withheld")
    strike = Strike.objects.create(
        shop=shop,
        policy=policy,
        severity=severity,
        decision_ref=decision_ref,
        statement=statement,
        at=at,
        due_at=at + timedelta(days=rulebook.value("trust.strike_days", at=at)),
    )
    reach("takedown.struck")
    sanctions.recount(shop_id=shop.pk, at=at)
    reach("takedown.sanctioned")
    _tell("strike.recorded", "listing.taken_down", strike, listing_id, by_id=by_id, at=at)
    reach("takedown.told")
    return statement


@transaction.atomic
def restore(*, decision_ref: str, voided_by_ref: str, by_id: int | None, at: datetime) -> Strike:
    """Undo a takedown: lift its withholding, void its strike, count the sanctions anew.

    The shop is then as if the strike had never been. Safe to repeat.
    """
    shop_id = Strike.objects.values_list("shop_id", flat=True).get(decision_ref=decision_ref)
    if shop_id is None:
        raise BadInput(_("This decision struck a person, not a shop."))
    lock_shop(shop_id=shop_id)
    strike = Strike.objects.get(decision_ref=decision_ref)
    if strike.voided_at is not None:
        return strike
    held = Withholding.objects.filter(source=decision_ref).order_by("listing_id")
    listing_id = held.values_list("listing_id", flat=True)[0]
    listings.lift(listing_id=listing_id, source=decision_ref, at=at)
    strike.voided_at, strike.voided_by_ref = at, voided_by_ref
    strike.save(update_fields=["voided_at", "voided_by_ref"])
    sanctions.recount(shop_id=shop_id, at=at)
    _tell("strike.voided", "listing.restored", strike, listing_id, by_id=by_id, at=at)
    return strike


def lock_shop(*, shop_id: int) -> Shop:
    """Lock the shop before the listing, always: two takedowns of one shop wait in line.

    For a caller that changes the listing itself before it calls `restore`. Needs a transaction.
    """
    return Shop.objects.select_for_update(no_key=True).get(pk=shop_id)


def redress(*, at: datetime) -> str:
    """Say how, where and until when a decision of this moment can be appealed."""
    until = at + timedelta(days=rulebook.value("appeals.window_days", at=at))
    return _(
        "You can appeal until %(until)s, free of charge, on the page of this decision. "
        "A person who did not take the decision will answer. You may also go to a certified "
        "out-of-court dispute settlement body or to a court."
    ) % {"until": date_format(until, "DATE_FORMAT")}


def _check(policy: str, severity: int) -> None:
    if policy not in rules.POLICY_TEXTS:
        raise BadInput(_("Choose the rule that was broken."), field="policy")
    if severity not in rules.SEVERITIES:
        raise BadInput(_("Choose how grave the breach is."), field="severity")


def _state(
    *,
    listing: Listing,
    addressee_id: int,
    policy: rules.PolicyText,
    decision_ref: str,
    facts: str,
    explanation: str,
    automated_detection: bool,
    automated: bool,
    at: datetime,
) -> StatementOfReasons:
    return reasons.state(
        addressee_id=addressee_id,
        subject=listing.ref,
        ground_reference=policy.clause,
        explanation=explanation,
        facts=facts,
        category=policy.category,
        content_type=list(policy.content_type),
        visibility=[rules.REMOVED],
        source_type=SourceType.VOLUNTARY,
        source=decision_ref,
        automated_detection=automated_detection,
        automated_decision=AutomatedDecision.FULLY if automated else AutomatedDecision.NOT,
        application_date=at,
        redress=redress(at=at),
        at=at,
    )


def _tell(
    event: str, action: str, strike: Strike, listing_id: int, *, by_id: int | None, at: datetime
) -> None:
    ids = {"shop_id": strike.shop_id, "strike_id": strike.pk, "listing_id": listing_id}
    outbox.emit(event, subject=f"shop:{strike.shop_id}", data=ids, at=at)
    outbox.record(
        action=action,
        actor=f"user:{by_id}" if by_id else "system",
        subject=f"listing:{listing_id}",
        data={**ids, "decision_ref": strike.decision_ref},
        at=at,
    )
