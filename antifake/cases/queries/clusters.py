"""Waiting cases that show the same thing: one match cluster is decided as one."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from antifake.cases.models import Case, CaseState, Finding
from antifake.cases.queries.desk import WAITING, proposed_ids, stale
from marketplace.shops.models import Shop

# What was matched: a photo of the bank, or another listing's photo; else the brand it is about.
PHOTOS = ("reference_id", "matched_photo_id")
BRAND = "brand_id"
# As many as one notice may name. More come back as the next cluster.
MOST = 300


def cluster_of(case: Case, *, user_id: int, at: datetime) -> QuerySet[Case]:
    """Return the waiting cases that match what this case matches, itself included.

    Only those that this person may decide now: free or one's own, of shops one gains nothing
    from. In primary-key order, in which they are locked.
    """
    mine = Shop.objects.gained_from_by(user_id)
    free = Q(state=CaseState.OPEN) | stale(at=at) | Q(claimed_by_id=user_id)
    like = Finding.objects.filter(_alike(case), scan__case__state__in=WAITING)
    ids = set(like.order_by("scan_id").values_list("scan__case__pk", flat=True)[: MOST * 4])
    cases = Case.objects.filter(free, pk__in=ids | {case.pk}, state__in=WAITING)
    cases = cases.exclude(listing__shop__in=mine).exclude(escalated_by=user_id)
    first = cases.exclude(pk__in=proposed_ids()).order_by("pk").values_list("pk", flat=True)[:MOST]
    return Case.objects.filter(pk__in=list(first)).select_related("listing__shop").order_by("pk")


def _alike(case: Case) -> Q:
    found = Finding.objects.filter(scan=case.scan_id, log_odds__gt=0)
    evidence = list(found.values_list("evidence", flat=True))
    for names in (PHOTOS, (BRAND,)):
        same = Q(pk=None)
        for facts in evidence:
            for name in names:
                if name in facts:
                    same |= Q(**{f"evidence__{name}": facts[name]})
        if same != Q(pk=None):
            return same
    return Q(pk=None)
