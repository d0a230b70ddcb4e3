"""The only door to a decision, whoever decides."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases import rules
from antifake.cases.models import Case, CaseState, Decision, Verdict
from antifake.cases.services import claims
from antifake.cases.services.scans import hold_source
from marketplace.errors import BadInput, WrongState
from marketplace.failpoints import reach
from marketplace.inbox import services as inbox
from marketplace.listings.services import listing as listings
from marketplace.listings.services import originals
from marketplace.outbox import services as outbox
from marketplace.shops.models import Shop
from marketplace.trust import services as trust
from marketplace.trust.rules import POLICY_TEXTS


@transaction.atomic
def decide(
    *,
    case_id: int,
    verdict: str,
    policy: str = "",
    severity: int = 0,
    note: str,
    by_id: int | None,
    at: datetime,
) -> Decision:
    """Rule on a case: allow the listing, or remove it with a strike.

    Listing, strike, sanction, statement, decision, notice and audit are one commit. `note` is
    the reason in words, which the seller reads; a removal needs one. `by_id` None means that
    no person decided. Safe to repeat: the same ruling by the same person is returned.
    Raises WrongState when the case was decided otherwise, NotAllowed when it is somebody
    else's, BadInput when rule, severity or words are missing.
    """
    case = claims.locked(case_id=case_id)
    there = case.decisions.filter(overrides=None).first()
    if there is not None:
        if (there.verdict, there.by_id) == (verdict, by_id):
            return there
        raise WrongState(_("This case is decided."))
    if by_id is not None:
        claims.check_staff(case=case, by_id=by_id)
        claims.check_claim(case=case, by_id=by_id, at=at)
    note = note.strip()
    if verdict == Verdict.REMOVE:
        decision = _remove(case, policy, severity, note, by_id=by_id, at=at)
    elif verdict == Verdict.ALLOW:
        decision = Decision.objects.create(
            case=case, verdict=verdict, by_id=by_id, note=note, at=at
        )
        release(case=case, at=at)
        originals.let_originals_go(source=case.ref, at=at)
    else:
        raise BadInput(_("Choose whether to allow or to remove."), field="verdict")
    case.state = CaseState.DECIDED
    case.save(update_fields=["state"])
    _tell(decision, at=at)
    return decision


def release(*, case: Case, at: datetime) -> None:
    """Let a listing through the check its scan held it for.

    First the check is passed, then the hold ends, so that the listing goes on sale at once.
    Content edited since has its own scan.
    """
    version = case.scan.content_version
    listings.publish(listing_id=case.listing_id, content_version=version, at=at)
    trust.lift_hold(listing_id=case.listing_id, source=hold_source(scan_id=case.scan_id), at=at)


def next_decision_id() -> int:
    """Return a fresh number: what follows from a decision names it before the row is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('cases_decision', 'id'))")
        (number,) = cursor.fetchone()
    return int(number)


def _remove(
    case: Case, policy: str, severity: int, note: str, *, by_id: int | None, at: datetime
) -> Decision:
    if len(note) < rules.NOTE_LETTERS:
        raise BadInput(_("Write the reason in a sentence: the seller will read it."), "note")
    if policy not in POLICY_TEXTS:
        raise BadInput(_("Choose the rule that was broken."), field="policy")
    number = next_decision_id()
    decision = Decision(
        pk=number, case=case, verdict=Verdict.REMOVE, policy=policy, by_id=by_id, note=note, at=at
    )
    findings = case.scan.findings.order_by("-log_odds", "pk")
    facts = [*findings.values_list("sentence", flat=True), note]
    decision.statement = trust.take_down(
        listing_id=case.listing_id,
        decision_ref=decision.ref,
        policy=policy,
        severity=severity,
        facts="\n".join(facts),
        explanation=POLICY_TEXTS[policy].text,
        by_id=by_id,
        automated_detection=True,
        at=at,
    )
    reach("decision.taken_down")
    decision.save(force_insert=True)
    reach("decision.saved")
    # Only now: the listing must not be seen for a moment between the two withholdings.
    trust.lift_hold(listing_id=case.listing_id, source=hold_source(scan_id=case.scan_id), at=at)
    reach("decision.lifted")
    return decision


def _tell(decision: Decision, *, at: datetime) -> None:
    case = decision.case
    shop = Shop.objects.get(pk=case.listing.shop_id)
    facts = {
        "case_id": case.pk,
        "decision_id": decision.pk,
        "listing_id": case.listing_id,
        "shop_id": shop.pk,
        "verdict": str(decision.verdict),
    }
    subject = f"case:{case.pk}"
    actor = f"user:{decision.by_id}" if decision.by_id else "system"
    outbox.emit("case.decided", subject=subject, data=facts, at=at)
    outbox.record(
        action="case.decided",
        actor=actor,
        subject=subject,
        data={**facts, "policy": decision.policy, "note": decision.note},
        at=at,
    )
    removed = decision.verdict == Verdict.REMOVE
    words = {"title": case.listing.title}
    who = _("A person looked at it.") if decision.by_id else _("It was decided by machine.")
    inbox.notify(
        user_id=shop.owner_id,
        kind="case.decided",
        key=f"case.decided:{decision.pk}",
        subject=(_("“%(title)s” was taken down") if removed else _("“%(title)s” was allowed"))
        % words,
        body=f"{who} {_('The page tells why, and how to appeal.') if removed else decision.note}",
        link=reverse("cases:decision", args=[decision.pk]),
        at=at,
    )
