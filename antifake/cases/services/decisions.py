"""The only door to a decision, whoever decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases import rules
from antifake.cases.models import AuditSample, Case, CaseState, Decision, Population, Verdict
from antifake.cases.rules.policy import COPIES, Outcome
from antifake.cases.services import claims, refusals, seconds
from antifake.cases.services.binding import check_bound
from antifake.cases.services.holds import hold_sources
from antifake.cases.services.noticed import is_noticed
from antifake.references import services as references
from marketplace.errors import BadInput, WrongState
from marketplace.failpoints import reach
from marketplace.inbox import services as inbox
from marketplace.listings.services import listing as listings
from marketplace.outbox import services as outbox
from marketplace.reasons.models import SourceType
from marketplace.shops.models import SanctionLevel, Shop
from marketplace.trust import services as trust
from marketplace.trust.models import Policy
from marketplace.trust.rules import POLICY_TEXTS


@dataclass(frozen=True)
class Breach:
    """The rule broken and how much it counts: points by hand, or by the ladder's act."""

    policy: str
    severity: int
    act: str


@transaction.atomic
def decide(
    *,
    case_id: int,
    verdict: str,
    policy: str = "",
    severity: int = 0,
    act: str = "",
    note: str,
    by_id: int | None,
    seconded_by_id: int | None = None,
    at: datetime,
) -> Decision:
    """Rule on a case: allow the listing, or remove it with a strike.

    How much a removal counts follows from `act` (trust.Act) by the ladder, or is `severity`.
    A breach so grave that it suspends the shop at once needs `seconded_by_id`, another person.

    Listing, strike, sanction, statement, decision, notice and audit are one commit. `note` is
    the reason in words, which the seller reads; a removal needs one. `by_id` None means that
    no person decided. Safe to repeat: the same ruling by the same person is returned.
    Raises WrongState when the case was decided otherwise, NotAllowed when it is somebody
    else's, BadInput when rule, severity or words are missing, NeedsSecond without a second
    person. Nothing is mailed before the ruling can no longer be taken back (`undo`).
    """
    case = claims.locked(case_id=case_id)
    there = case.decisions.first_rulings().first()
    if there is not None:
        if (there.verdict, there.by_id) == (verdict, by_id):
            return there
        raise WrongState(_("This case is decided."))
    if by_id is not None:
        claims.check_staff(case=case, by_id=by_id)
        claims.check_claim(case=case, by_id=by_id, at=at)
    check_bound(case=case, verdict=verdict)
    note = note.strip()
    if verdict == Verdict.REMOVE:
        if by_id is not None:
            seconds.check(
                policy=policy, severity=severity, act=act, by=by_id, second=seconded_by_id, at=at
            )
        breach = Breach(policy, severity, act)
        decision = _remove(case, breach, note, by_id=by_id, at=at)
    elif verdict == Verdict.ALLOW:
        # The uploads go later, by the clock: the ruling may still be taken back.
        decision = Decision.objects.create(
            case=case, verdict=verdict, by_id=by_id, note=note, overrides=_taken_back(case), at=at
        )
        release(case=case, at=at)
    else:
        raise BadInput(_("Choose whether to allow or to remove."), field="verdict")
    case.state, case.claim_until = CaseState.DECIDED, None
    case.save(update_fields=["state", "claim_until"])
    _tell(decision, seconded_by_id=seconded_by_id, at=at)
    if not _is_quiet(decision):
        _notify(decision, at=at)
    return decision


def _is_quiet(decision: Decision) -> bool:
    """Say whether an audit or a report came to nothing: nothing changed, so nobody is told."""
    if decision.verdict != Verdict.ALLOW:
        return False
    if decision.case.reported_at and decision.case.scan.outcome == Outcome.PUBLISH:
        return True
    return AuditSample.objects.filter(case=decision.case_id, population=Population.ALLOWED).exists()


def release(*, case: Case, at: datetime) -> None:
    """Let a listing through the check its scan held it for.

    First the check is passed, then the hold ends, so that the listing goes on sale at once.
    Content edited since has its own scan.
    """
    version = case.scan.content_version
    listings.publish(listing_id=case.listing_id, content_version=version, at=at)
    lift_holds(case=case, at=at)


def lift_holds(*, case: Case, at: datetime) -> None:
    """End what keeps a listing from view while its case waits: the scan's hold, or a later one."""
    for source in hold_sources(case=case):
        trust.lift_hold(listing_id=case.listing_id, source=source, at=at)


def next_decision_id() -> int:
    """Return a fresh number: what follows from a decision names it before the row is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('cases_decision', 'id'))")
        (number,) = cursor.fetchone()
    return int(number)


def _taken_back(case: Case) -> Decision | None:
    """Return the act of taking back that a new ruling follows, if there was one."""
    return case.decisions.filter(verdict=Verdict.UNDO, overridden_by=None).first()


def _remove(case: Case, breach: Breach, note: str, *, by_id: int | None, at: datetime) -> Decision:
    policy = breach.policy
    if len(note) < rules.NOTE_LETTERS:
        raise BadInput(_("Write the reason in a sentence: the seller will read it."), "note")
    if policy not in POLICY_TEXTS:
        raise BadInput(_("Choose the rule that was broken."), field="policy")
    number = next_decision_id()
    decision = Decision(
        pk=number,
        case=case,
        verdict=Verdict.REMOVE,
        policy=policy,
        by_id=by_id,
        note=note,
        overrides=_taken_back(case),
        at=at,
    )
    findings = case.scan.findings.order_by("-log_odds", "pk")
    facts = [*findings.values_list("sentence", flat=True), note]
    noticed = is_noticed(scan=case.scan)
    decision.statement = trust.take_down(
        listing_id=case.listing_id,
        decision_ref=decision.ref,
        policy=policy,
        severity=breach.severity,
        act=breach.act,
        facts="\n".join(facts),
        explanation=POLICY_TEXTS[policy].text,
        by_id=by_id,
        automated_detection=not noticed and case.scan.outcome != Outcome.PUBLISH,
        source_type=SourceType.NOTICE if noticed or case.reported_at else SourceType.VOLUNTARY,
        at=at,
    )
    reach("decision.taken_down")
    decision.save(force_insert=True)
    reach("decision.saved")
    refusals.remember(decision=decision)
    if policy == Policy.COUNTERFEIT and by_id is not None:
        _teach(decision, at=at)
    # Only now: the listing must not be seen for a moment between the two withholdings.
    lift_holds(case=case, at=at)
    reach("decision.lifted")
    return decision


def _teach(decision: Decision, *, at: datetime) -> None:
    """Let the photos of a fake join the bank; of a shop that is out, all that it had used.

    Only what a person confirmed: a machine that fed its own bank would believe itself.
    """
    listing = decision.case.listing
    copied = decision.case.scan.findings.filter(kind__in=COPIES)
    others = [
        finding.evidence["photo_id"]
        for finding in copied
        if not finding.evidence.get("confirmed_fake")
    ]
    references.confirm_fake(
        listing_id=listing.pk, decision_ref=decision.ref, but_photo_ids=others, at=at
    )
    if Shop.objects.filter(pk=listing.shop_id, sanction_level=SanctionLevel.SUSPENDED).exists():
        references.remember_seller(shop_id=listing.shop_id, decision_ref=decision.ref, at=at)


def _tell(decision: Decision, *, seconded_by_id: int | None, at: datetime) -> None:
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
        data={
            **facts,
            "policy": decision.policy,
            "note": decision.note,
            **({"seconded_by": seconded_by_id} if seconded_by_id else {}),
        },
        at=at,
    )


def _notify(decision: Decision, *, at: datetime) -> None:
    case = decision.case
    shop = Shop.objects.get(pk=case.listing.shop_id)
    removed = decision.verdict == Verdict.REMOVE
    words = {"title": case.listing.title}
    who = _("A person looked at it.") if decision.by_id else _("It was decided by machine.")
    inbox.notify(
        user_id=shop.owner_id,
        kind="case.decided",
        key=decision.message_key,
        subject=(_("“%(title)s” was taken down") if removed else _("“%(title)s” was allowed"))
        % words,
        body=f"{who} {_('The page tells why, and how to appeal.') if removed else decision.note}",
        link=reverse("cases:decision", args=[decision.pk]),
        at=at,
        # A person may take it back so long; nobody takes back a machine's.
        mail_at=at + rules.UNDO_LASTS if decision.by_id else at,
    )
