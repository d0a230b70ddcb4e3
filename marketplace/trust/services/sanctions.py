"""What a shop's strikes add up to, written down through shops."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.rulebook import queries as rulebook
from marketplace.shops import services as shops
from marketplace.shops.models import Shop
from marketplace.trust import queries, rules
from marketplace.trust.models import Sanction

# A clock's job is one transaction: its locks on shops must soon be gone.
EXPIRE_BATCH = 50


@transaction.atomic
def recount(*, shop_id: int, at: datetime) -> Sanction | None:
    """Bring a shop's sanction in line with its live strikes; return the one in force.

    Safe to repeat: nothing is written when nothing changed. Sanction level and ranking trust
    follow from the strikes alone.
    """
    shop = Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
    wanted = _wanted(shop_id, at)
    active = Sanction.objects.filter(shop_id=shop_id, lifted_at=None).first()
    if active is not None and _is(active, wanted):
        return active
    if active is not None:
        active.lifted_at = at
        active.save(update_fields=["lifted_at"])
    sanction = _impose(shop, wanted, at=at) if wanted else None
    level = wanted.level if wanted else 0
    shops.set_sanction_level(shop_id=shop_id, level=level, at=at)
    shops.set_ranking_trust(shop_id=shop_id, permille=rules.RANKING_TRUST_PERMILLE[level], at=at)
    data = {"before": active.level if active else 0, "after": level}
    outbox.record(
        action="shop.sanction_changed", actor="system", subject=shop.ref, data=data, at=at
    )
    return sanction


def expire(*, at: datetime) -> int:
    """Count anew shops whose sanction has run out, a batch at most; return how many.

    One transaction each, in primary-key order, where the caller has not opened one. The event
    tells those who, like credit, count strikes themselves.
    """
    due = queries.shops_due(at, limit=EXPIRE_BATCH)
    for shop_id in due:
        with transaction.atomic():
            recount(shop_id=shop_id, at=at)
            outbox.emit(
                "sanction.ended", subject=f"shop:{shop_id}", data={"shop_id": shop_id}, at=at
            )
    return len(due)


def _wanted(shop_id: int, at: datetime) -> rules.Restriction | None:
    strikes = [
        rules.LiveStrike(strike.pk, strike.severity, strike.due_at)
        for strike in queries.live_strikes(shop_id, at)
    ]
    return rules.restriction(
        strikes,
        limit=rulebook.value("trust.limit_points", at=at),
        suspend=rulebook.value("trust.suspend_points", at=at),
    )


def _is(active: Sanction, wanted: rules.Restriction | None) -> bool:
    return wanted is not None and (active.level, active.cause_id, active.due_at) == (
        wanted.level,
        wanted.cause_id,
        wanted.due_at,
    )


def _impose(shop: Shop, wanted: rules.Restriction, *, at: datetime) -> Sanction:
    return Sanction.objects.create(
        shop=shop,
        level=wanted.level,
        cause_id=wanted.cause_id,
        statement=_state(shop, wanted, at=at),
        since=at,
        due_at=wanted.due_at,
    )


def _state(shop: Shop, wanted: rules.Restriction, *, at: datetime) -> StatementOfReasons:
    suspended = wanted.level == rules.SUSPENDED
    return reasons.state(
        addressee_id=shop.owner_id,
        subject=shop.ref,
        ground_reference=rules.SANCTION_CLAUSE,
        explanation=_explanation(wanted.level),
        facts=_("Strikes that count now add up to %(points)d points.") % {"points": wanted.points},
        category=rules.OTHER_RULES,
        content_type=[rules.PRODUCT],
        visibility=[] if suspended else [rules.DEMOTED],
        provision=rules.TOTAL_SUSPENSION if suspended else "",
        source_type=SourceType.VOLUNTARY,
        automated_detection=False,
        # A person ruled on each breach; what their points add up to is computed.
        automated_decision=AutomatedDecision.PARTIALLY,
        application_date=at,
        end_date=wanted.due_at,
        redress=_(
            "It ends or eases by itself on %(end)s. It ends at once when you win the appeal "
            "against the decision behind it; the decision's page has the form."
        )
        % {"end": date_format(wanted.due_at, "DATE_FORMAT")},
        at=at,
    )


def _explanation(level: int) -> str:
    return {
        rules.WARNED: _("The shop has a strike: its goods stand a little lower in search."),
        rules.LIMITED: _("The shop has grave or several strikes: its goods stand low in search."),
        rules.SUSPENDED: _("The shop broke the rules gravely or again and again: it is suspended."),
    }[level]
