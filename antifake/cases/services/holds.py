"""Opening a case: keeping a listing from view until a person has looked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from antifake.cases.models import Case, Scan, Verdict
from antifake.cases.queries import stakes
from antifake.cases.rules import queue
from antifake.detectors import base
from marketplace.listings.services import originals
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.trust import services as trust


def hold_source(*, scan_id: int) -> str:
    """Name the withholding that a scan made."""
    return f"scan:{scan_id}"


def hold_sources(*, case: Case) -> list[str]:
    """Name all that may keep the listing of a case from view while it waits."""
    undone = case.decisions.filter(verdict=Verdict.UNDO).values_list("pk", flat=True)
    return [hold_source(scan_id=case.scan_id), *(undo_source(decision_id=pk) for pk in undone)]


def undo_source(*, decision_id: int) -> str:
    """Name the withholding that came with taking a decision back."""
    return f"undo:{decision_id}"


def hold(*, scan: Scan, news: Sequence[base.Finding], at: datetime) -> Case:
    """Withhold a locked listing with a statement of reasons, and open its case."""
    case = open_case(scan=scan, rank_permille=scan.risk_permille or 0, at=at)
    trust.hold(
        listing_id=scan.listing_id,
        source=hold_source(scan_id=scan.pk),
        facts="\n".join(finding.sentence for finding in news if finding.log_odds > 0),
        explanation=_(
            "Our check found signs that this listing may break the rules on protected names, "
            "photos or prohibited goods. It is kept from view until a person has looked, within "
            "%(hours)d hours."
        )
        % {"hours": rulebook.value("cases.decide_hours", at=at)},
        at=at,
    )
    return case


def open_case(*, scan: Scan, rank_permille: int, at: datetime) -> Case:
    """Open a case about a scan, at a place in the queue. Needs a transaction."""
    hours = rulebook.value("cases.decide_hours", at=at)
    kinds = scan.findings.filter(log_odds__gt=0).values_list("kind", flat=True)
    at_stake = stakes.stake_of(listing_id=scan.listing_id)
    case = Case.objects.create(
        listing_id=scan.listing_id,
        scan=scan,
        kind=queue.kind_of(frozenset(kinds)),
        risk_permille=rank_permille,
        stake_minor=at_stake.amount_minor,
        stake_currency=at_stake.currency,
        rank=stakes.place_of(risk_permille=rank_permille, at_stake=at_stake, opened_at=at),
        opened_at=at,
        due_at=at.astimezone(UTC) + timedelta(hours=hours),
    )
    originals.keep_originals(listing_id=scan.listing_id, source=case.ref, at=at)
    ids = {"case_id": case.pk, "listing_id": scan.listing_id, "shop_id": scan.listing.shop_id}
    outbox.emit("case.opened", subject=case.ref, data=ids, at=at)
    data = {**ids, "risk_permille": rank_permille}
    outbox.record(action="case.opened", actor="system", subject=case.ref, data=data, at=at)
    return case
