"""Taking a listing down by decision, and undoing all of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.failpoints import reach
from marketplace.listings.models import Listing, Withholding
from marketplace.listings.services import listing as listings
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.shops.models import Shop
from marketplace.trust import queries, rules
from marketplace.trust.models import Act, Policy, Strike
from marketplace.trust.services import recalls, sanctions
from marketplace.trust.services.redress import redress


@transaction.atomic
def take_down(
    *,
    listing_id: int,
    decision_ref: str,
    policy: str,
    severity: int = 0,
    act: str = "",
    facts: str,
    explanation: str,
    by_id: int | None,
    automated_detection: bool,
    source_type: str = SourceType.VOLUNTARY,
    at: datetime,
) -> StatementOfReasons:
    """Withhold a listing for a decided breach: statement, strike and sanction in one commit.

    `decision_ref` ("decision:7") names the ruling. How much the breach counts is `severity`, a
    step of rules.SEVERITIES, or follows from `act` (models.Act) by the rule book's ladder.
    `by_id` is the person who decided (None: nobody, the decision is fully automated);
    `source_type` says what made us look (reasons.models.SourceType). Open
    checkouts cannot pay for the listing any more. Safe to repeat: the statement is returned.
    Of proven fakes the held money stops here and goes back to the buyers by jobs (`recalls`).
    Raises BadInput for an unknown policy, severity or act.
    """
    severity = _severity(policy, severity, act, at=at)
    listing = Listing.objects.select_related("shop__owner").get(pk=listing_id)
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
        source_type=source_type,
        at=at,
    )
    reach("takedown.stated")
    listings.withhold(listing_id=listing_id, source=decision_ref, statement_id=statement.pk, at=at)
    reach("takedown.withheld")
    strike = Strike.objects.create(
        shop=shop,
        policy=policy,
        act=act,
        severity=severity,
        decision_ref=decision_ref,
        statement=statement,
        at=at,
        due_at=queries.strike_ends(at),
    )
    reach("takedown.struck")
    sanctions.recount(shop_id=shop.pk, at=at)
    reach("takedown.sanctioned")
    if policy == Policy.COUNTERFEIT:
        recalls.begin(strike=strike, listing=listing, automated=by_id is None, at=at)
        reach("takedown.recalled")
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
    recalls.ask_to_undo(decision_ref=decision_ref, at=at)
    _tell("strike.voided", "listing.restored", strike, listing_id, by_id=by_id, at=at)
    return strike


def lock_shop(*, shop_id: int) -> Shop:
    """Lock the shop before the listing, always: two takedowns of one shop wait in line.

    For a caller that changes the listing itself before it calls `restore`. Needs a transaction.
    """
    return Shop.objects.select_for_update(no_key=True).get(pk=shop_id)


def lock_shops(*, shop_ids: Iterable[int]) -> list[Shop]:
    """Lock several shops in primary-key order; else as `lock_shop`."""
    shops = Shop.objects.filter(pk__in=list(shop_ids)).order_by("pk")
    return list(shops.select_for_update(no_key=True))


def _severity(policy: str, severity: int, act: str, *, at: datetime) -> int:
    if policy not in rules.POLICY_TEXTS:
        raise BadInput(_("Choose the rule that was broken."), field="policy")
    if act in Act.values:
        severity = severity or queries.severity_of(policy=policy, act=act, at=at)
    elif act:
        raise BadInput(_("Choose how the breach came about."), field="act")
    if severity not in rules.SEVERITIES:
        raise BadInput(_("Choose how grave the breach is."), field="severity")
    return severity


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
    source_type: str,
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
        source_type=source_type,
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
