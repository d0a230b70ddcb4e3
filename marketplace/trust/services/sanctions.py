"""What strikes add up to: for a shop, written down through shops; for a person's notices here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.errors import NotAllowed, WrongState
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.rulebook import queries as rulebook
from marketplace.shops import services as shops
from marketplace.shops.models import Shop
from marketplace.shops.queries import gains_from
from marketplace.trust import queries, rules
from marketplace.trust.models import Sanction, Strike

# A clock's job is one transaction: its locks on shops must soon be gone.
EXPIRE_BATCH = 50


@transaction.atomic
def recount(*, shop_id: int, at: datetime) -> Sanction | None:
    """Bring a shop's sanction in line with its live strikes; return the one in force.

    Safe to repeat: nothing is written when nothing changed. Sanction level and friction
    follow from the strikes alone.
    """
    shop = Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
    wanted = _wanted(queries.live_strikes(shop_id, at), at)
    active = Sanction.objects.filter(shop_id=shop_id, lifted_at=None).first()
    if active is not None and _is(active, wanted):
        return active
    before = _lift(active, at=at)
    sanction = _impose(shop, wanted, at=at) if wanted else None
    level = wanted.level if wanted else 0
    shops.set_sanction_level(shop_id=shop_id, level=level, at=at)
    permille = rules.FRICTION[level].ranking_permille
    shops.set_ranking_trust(shop_id=shop_id, permille=permille, at=at)
    rest = sanction.payouts_rest_until if sanction else None
    shops.rest_payouts(shop_id=shop_id, until=rest, at=at)
    share_bp = sanction.deposit_bp if sanction else 0
    shops.set_deposit(shop_id=shop_id, share_bp=share_bp, at=at)
    data = {"before": before, "after": level}
    outbox.record(
        action="shop.sanction_changed", actor="system", subject=shop.ref, data=data, at=at
    )
    return sanction


@transaction.atomic
def recount_notifier(*, user_id: int, at: datetime) -> Sanction | None:
    """Bring the sanction of a person's notices in line with live strikes; else as `recount`."""
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    wanted = _wanted(queries.live_strikes_of_person(user_id, at), at)
    active = Sanction.objects.filter(user_id=user_id, lifted_at=None).first()
    if active is not None and _is(active, wanted):
        return active
    before = _lift(active, at=at)
    sanction = _impose_on_notices(user, wanted, at=at) if wanted else None
    outbox.record(
        action="notifier.sanction_changed",
        actor="system",
        subject=user.ref,
        data={"before": before, "after": wanted.level if wanted else 0},
        at=at,
    )
    return sanction


@transaction.atomic
def confirm_identity(*, sanction_id: int, by_id: int, at: datetime) -> Sanction:
    """Note that staff made sure anew who the seller is: the rest of payouts ends at once.

    Safe to repeat. Raises NotAllowed to all but staff and to whoever gains from the shop,
    WrongState when the sanction is over or asked for nothing.
    """
    shop_id = Sanction.objects.values_list("shop_id", flat=True).get(pk=sanction_id)
    if shop_id is None:
        raise WrongState(_("This sanction is about a person's notices."))
    Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
    sanction = Sanction.objects.select_for_update(no_key=True, of=["self"]).get(pk=sanction_id)
    by = User.objects.get(pk=by_id)
    if not (by.is_staff and by.is_active) or gains_from(user_id=by_id, shop_id=shop_id):
        raise NotAllowed(_("Only staff who gain nothing from the shop may confirm it."))
    if sanction.identity_confirmed_at is not None:
        return sanction
    if sanction.lifted_at is not None or not rules.FRICTION[sanction.level].identity_asked:
        raise WrongState(_("This sanction asks for no identity."))
    sanction.identity_confirmed_at, sanction.identity_confirmed_by = at, by
    sanction.payouts_rest_until = None
    sanction.save(
        update_fields=["identity_confirmed_at", "identity_confirmed_by", "payouts_rest_until"]
    )
    shops.rest_payouts(shop_id=shop_id, until=None, at=at)
    outbox.record(
        action="shop.identity_confirmed",
        actor=by.ref,
        subject=f"shop:{shop_id}",
        data={"sanction_id": sanction.pk},
        at=at,
    )
    return sanction


def expire(*, at: datetime) -> int:
    """Count anew whose sanction has run out, a batch at most; return how many.

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
    people = queries.people_due(at, limit=EXPIRE_BATCH - len(due))
    for user_id in people:
        recount_notifier(user_id=user_id, at=at)
    return len(due) + len(people)


def _wanted(strikes: QuerySet[Strike], at: datetime) -> rules.Restriction | None:
    live = [
        rules.LiveStrike(strike.pk, strike.severity, strike.due_at, strike.at) for strike in strikes
    ]
    return rules.restriction(live, queries.bars(at)) if live else None


def _is(active: Sanction, wanted: rules.Restriction | None) -> bool:
    return wanted is not None and (active.level, active.cause_id, active.due_at) == (
        wanted.level,
        wanted.cause_id,
        wanted.due_at,
    )


def _lift(active: Sanction | None, *, at: datetime) -> int:
    if active is None:
        return 0
    active.lifted_at = at
    active.save(update_fields=["lifted_at"])
    return active.level


def _impose(shop: Shop, wanted: rules.Restriction, *, at: datetime) -> Sanction:
    rest = None
    if rules.FRICTION[wanted.level].payouts_rest:
        days = timedelta(days=rulebook.value("trust.payout_rest_days", at=at))
        rest = min(at.astimezone(UTC) + days, wanted.due_at)
    deposit = rules.FRICTION[wanted.level].deposit
    return Sanction.objects.create(
        shop=shop,
        level=wanted.level,
        cause_id=wanted.cause_id,
        statement=_state(shop, wanted, rest, at=at),
        since=at,
        due_at=wanted.due_at,
        repeat=wanted.repeat,
        payouts_rest_until=rest,
        deposit_bp=rulebook.value("trust.deposit_bp", at=at) if deposit else 0,
    )


def _impose_on_notices(user: User, wanted: rules.Restriction, *, at: datetime) -> Sanction:
    statement = reasons.state(
        addressee_id=user.pk,
        subject=user.ref,
        ground_reference=rules.NOTICE_POLICY.clause,
        explanation=_of_notices(wanted.level),
        facts=_points(wanted),
        category=rules.NOTICE_POLICY.category,
        content_type=list(rules.NOTICE_POLICY.content_type),
        provision=rules.PARTIAL_SUSPENSION,
        source_type=SourceType.VOLUNTARY,
        automated_detection=False,
        automated_decision=AutomatedDecision.PARTIALLY,
        application_date=at,
        end_date=wanted.due_at,
        redress=_ends(wanted),
        at=at,
    )
    return Sanction.objects.create(
        user=user,
        level=wanted.level,
        cause_id=wanted.cause_id,
        statement=statement,
        since=at,
        due_at=wanted.due_at,
        repeat=wanted.repeat,
    )


def _state(
    shop: Shop, wanted: rules.Restriction, rest: datetime | None, *, at: datetime
) -> StatementOfReasons:
    suspended = wanted.level == rules.SUSPENDED
    return reasons.state(
        addressee_id=shop.owner_id,
        subject=shop.ref,
        ground_reference=rules.SANCTION_CLAUSE,
        explanation=_explanation(wanted, rest, at=at),
        facts=_points(wanted),
        category=rules.OTHER_RULES,
        content_type=[rules.PRODUCT],
        visibility=[] if suspended else [rules.DEMOTED],
        monetary=rules.PAYMENTS_SUSPENDED if rest else "",
        provision=rules.TOTAL_SUSPENSION if suspended else "",
        source_type=SourceType.VOLUNTARY,
        automated_detection=False,
        # A person ruled on each breach; what their points add up to is computed.
        automated_decision=AutomatedDecision.PARTIALLY,
        application_date=at,
        end_date=wanted.due_at,
        redress=_ends(wanted),
        at=at,
    )


def _points(wanted: rules.Restriction) -> str:
    return _("Strikes that count now add up to %(points)d points.") % {"points": wanted.points}


def _ends(wanted: rules.Restriction) -> str:
    return _(
        "It ends or eases by itself on %(end)s. It ends at once when you win the appeal "
        "against the decision behind it; the decision's page has the form."
    ) % {"end": date_format(wanted.due_at, "DATE_FORMAT")}


def _explanation(wanted: rules.Restriction, rest: datetime | None, *, at: datetime) -> str:
    if wanted.repeat:
        return _("The shop went on breaking the rules after warnings: it is suspended.")
    words = {
        rules.WARNED: _(
            "The shop has a strike: its goods stand a little lower in search. This is a warning: "
            "who goes on is limited, then suspended."
        ),
        rules.LIMITED: _(
            "The shop has grave or several strikes: its goods stand low in search. This is a "
            "warning: who goes on is suspended."
        ),
        rules.SUSPENDED: _("The shop broke the rules gravely or again and again: it is suspended."),
    }[wanted.level]
    if rest is None:
        return words
    return (
        words
        + " "
        + _(
            "Payouts rest until %(rest)s, or until our staff have confirmed anew who you are; the "
            "money stays yours."
        )
        % {"rest": date_format(rest, "DATE_FORMAT")}
        + " "
        + _deposit(at)
    )


def _deposit(at: datetime) -> str:
    ruled = rulebook.values(["trust.deposit_bp", "trust.deposit_days"], at=at)
    return _(
        "Until the limit ends, %(share)s %% of what orders released in the last %(days)d days "
        "stays in your balance as a deposit. Buyers of fakes are refunded from it first; what is "
        "left goes out with the next payout."
    ) % {
        "share": f"{ruled['trust.deposit_bp'] / 100:g}",
        "days": ruled["trust.deposit_days"],
    }


def _of_notices(level: int) -> str:
    return {
        rules.WARNED: _(
            "A notice of yours was made in bad faith. This is a warning: until it ends, a person "
            "looks at your notices before anything is withheld."
        ),
        rules.LIMITED: _(
            "Notices of yours were made in bad faith: only a few a day are taken now. Who goes on "
            "can send none for a time."
        ),
        rules.SUSPENDED: _(
            "You went on sending notices in bad faith after a warning: for a time none is taken."
        ),
    }[level]
