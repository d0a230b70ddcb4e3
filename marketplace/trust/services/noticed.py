"""Withholding what a rights holder's notice names, before a person has looked, and undoing it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.listings.models import Listing
from marketplace.listings.services import withholding
from marketplace.reasons import services as reasons
from marketplace.reasons.models import AutomatedDecision, SourceType
from marketplace.trust import rules


@dataclass(frozen=True, slots=True)
class Hold:
    """One decision of the program to withhold for a notice.

    `source` names the notice (notice:7), `facts` are by listing id and read by the seller, `link`
    is the page where sellers answer, `mail_at` the moment from which mail may leave.
    """

    source: str
    facts: Mapping[int, str]
    explanation: str
    automated_detection: bool
    link: str
    mail_at: datetime


@transaction.atomic
def hold_for_notice(*, hold: Hold, at: datetime) -> dict[int, int]:
    """Withhold listings for a notice, each with a statement of reasons; few statements of SQL.

    Returns listing id → statement id. No strike: nobody has decided. The caller has locked the
    shops. Safe to repeat: what the notice withholds already is left alone.
    """
    if not hold.facts:
        return {}
    goods = Listing.objects.select_related("shop").in_bulk(list(hold.facts))
    held = Listing.objects.filter(pk__in=goods, withholdings__source=hold.source)
    known = set(held.values_list("pk", flat=True))
    new = [goods[pk] for pk in sorted(goods) if pk not in known]
    shared = reasons.Shared(
        ground_reference=rules.NOTICE_CLAUSE,
        explanation=hold.explanation,
        category=rules.INTELLECTUAL_PROPERTY,
        content_type=[rules.PRODUCT],
        visibility=[rules.DISABLED],
        source_type=SourceType.NOTICE,
        source=hold.source,
        automated_detection=hold.automated_detection,
        automated_decision=AutomatedDecision.FULLY,
        redress=_redress(),
    )
    about = [reasons.About(one.shop.owner_id, one.ref, hold.facts[one.pk]) for one in new]
    stated = reasons.state_all(
        about=about, shared=shared, link=hold.link, at=at, mail_at=hold.mail_at
    )
    statements = {one.pk: row.pk for one, row in zip(new, stated, strict=True)}
    withholding.withhold_all(statements=statements, source=hold.source, at=at)
    return statements


@transaction.atomic
def lift_for_notice(*, listing_ids: Collection[int], source: str, at: datetime) -> list[int]:
    """End what a notice withholds; return which listings it withheld. Safe to repeat."""
    return withholding.lift_all(listing_ids=listing_ids, source=source, at=at)


def _redress() -> str:
    return _(
        "You can answer the notice free of charge, with evidence, under “Notices about my "
        "goods”. If its sender does not reply in time your goods return by themselves; if they "
        "reply, a person decides. You may also go to a certified out-of-court dispute settlement "
        "body or to a court."
    )
