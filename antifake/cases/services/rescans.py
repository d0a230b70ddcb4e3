"""The catalogue is looked at again when something becomes known: a right, a fake, a new detector.

First a quick pass over what is stored (descriptors, titles) says which listings deserve a look;
then each of them is looked at as always, by one job each, and acted on through the same door.
Looks of one cause stand in one line, however many runs asked for them, so that five hundred new
photos take no more of the workers in a minute than one.
A run's rows are its memory: a killed worker, a stop or a restart loses nothing, and one look is
taken for one run and listing (unique).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from antifake.cases.models import (
    Decision,
    RescanCause,
    RescanLook,
    RescanRun,
    RescanState,
    Scan,
    Verdict,
)
from antifake.cases.services import looks, scans, sifting
from antifake.cases.services.looks import CHECKED_STATES, Look
from antifake.detectors import registry
from marketplace.errors import WrongState
from marketplace.listings.models import Listing
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook

SWEEP, LOOK = "cases.rescan_sweep", "cases.rescan_look"
SECONDS_A_MINUTE = 60


@dataclass(frozen=True)
class Looked:
    """What looking at one listing for a run gave; `findings` None: nothing to act on."""

    content_version: int = 0
    findings: Look | None = None


@transaction.atomic
def begin(*, cause: str, subject: str, at: datetime) -> RescanRun:
    """Start to look at the catalogue again because of `subject` ("decision:7"). Safe to repeat."""
    hours = rulebook.value("rescans.finish_hours", at=at)
    run, created = RescanRun.objects.get_or_create(
        cause=cause,
        subject=subject,
        defaults={
            "since": at,
            "due_at": at + timedelta(hours=hours),
            "due": sifting.rows_due(cause=cause),
        },
    )
    if created:
        _record(run, "rescan.begun", actor="system", at=at)
        _sweep_on(run, at=at)
    return run


def sift(*, run_id: int, after: int) -> sifting.Sifted | None:
    """Go quickly through the rows after `after`; None when the run is not at it.

    Slow and without effects: for the `prepare` step of a job.
    """
    run = RescanRun.objects.get(pk=run_id)
    if run.state != RescanState.RUNNING or run.reached != after or run.swept_at is not None:
        return None
    return sifting.sift(cause=run.cause, subject=run.subject, after=after)


@transaction.atomic
def note_sifted(*, run_id: int, after: int, sifted: sifting.Sifted, at: datetime) -> None:
    """Write down how far a run came, and ask for a look at what it found. Safe to repeat."""
    run = RescanRun.objects.select_for_update(no_key=True).get(pk=run_id)
    if run.state != RescanState.RUNNING or run.reached != after or run.swept_at is not None:
        return
    covered = _waiting_for(sifted.covered_by, at=at)
    until = _ask_for_looks(run, [pk for pk in sifted.listing_ids if pk not in covered], at=at)
    run.reached, run.scanned = sifted.reached, run.scanned + sifted.rows
    if sifted.over:
        run.swept_at, run.due = at, run.scanned
    else:
        run.due = max(run.due, run.scanned)
        _sweep_on(run, at=until)
    run.save(update_fields=["reached", "scanned", "swept_at", "due"])


def look(*, run_id: int, listing_id: int) -> Looked | None:
    """Look at one listing for a run; None when the run is stopped or this look was taken.

    Slow and without effects, for the `prepare` step: descriptors say who may be a copy; only
    what a comparison confirms is looked at by all detectors.
    """
    run = RescanRun.objects.get(pk=run_id)
    waits = RescanLook.objects.filter(run=run, listing_id=listing_id, done_at__isnull=True)
    if run.state != RescanState.RUNNING or not waits.exists():
        return None
    listing = Listing.objects.get(pk=listing_id)
    version = listing.content_version
    if listing.state not in CHECKED_STATES or _stands_removed(listing):
        return Looked()
    if not sifting.is_worth_a_look(cause=run.cause, subject=run.subject, listing=listing):
        return Looked()
    return Looked(version, looks.look(listing_id=listing_id, content_version=version))


@transaction.atomic
def finish_look(*, run_id: int, listing_id: int, looked: Looked, at: datetime) -> Scan | None:
    """Act on a look: hold through the same door as every scan. Safe to repeat."""
    scan = None
    if looked.findings is not None:
        scan = scans.finish(
            listing_id=listing_id,
            content_version=looked.content_version,
            findings=looked.findings,
            occasion=f"rescan:{run_id}",
            at=at,
        )
    RescanLook.objects.filter(run_id=run_id, listing_id=listing_id, done_at__isnull=True).update(
        done_at=at, scan=scan
    )
    return scan


@transaction.atomic
def stop(*, run_id: int, by_id: int, at: datetime) -> RescanRun:
    """Let a run rest; looks that are being taken end. Safe to repeat.

    Raises WrongState when it is over.
    """
    run = _locked(run_id)
    if run.state == RescanState.RUNNING:
        run.state = RescanState.STOPPED
        run.save(update_fields=["state"])
        _record(run, "rescan.stopped", actor=f"user:{by_id}", at=at)
    return run


@transaction.atomic
def resume(*, run_id: int, by_id: int, at: datetime) -> RescanRun:
    """Let a stopped run go on where it was. Safe to repeat. Raises WrongState when it is over."""
    run = _locked(run_id)
    if run.state == RescanState.STOPPED:
        run.state, run.turns = RescanState.RUNNING, run.turns + 1
        run.save(update_fields=["state", "turns"])
        waiting = run.looks.filter(done_at__isnull=True).order_by("pk")
        _ask_for_looks(run, list(waiting.values_list("listing_id", flat=True)), at=at)
        if run.swept_at is None:
            _sweep_on(run, at=at)
        _record(run, "rescan.resumed", actor=f"user:{by_id}", at=at)
    return run


@transaction.atomic
def close_finished(*, at: datetime) -> int:
    """End the runs that have gone through everything; return how many."""
    waiting = RescanLook.objects.filter(run=OuterRef("pk"), done_at__isnull=True)
    over = RescanRun.objects.select_for_update(no_key=True).filter(
        ~Exists(waiting), state=RescanState.RUNNING, swept_at__isnull=False
    )
    runs = list(over.order_by("pk"))
    for run in runs:
        run.state, run.done_at = RescanState.DONE, at
        run.save(update_fields=["state", "done_at"])
        _record(run, "rescan.done", actor="system", at=at)
    return len(runs)


@transaction.atomic
def watch_detectors(*, at: datetime) -> RescanRun | None:
    """Start a run when listings on show were checked by other detectors than today's.

    Asked once for each set of detectors; the first set of a new market needs no run.
    """
    subject = f"detectors:{registry.detector_set_hash()}"
    if RescanRun.objects.filter(cause=RescanCause.DETECTORS, subject=subject).exists():
        return None
    run = begin(cause=RescanCause.DETECTORS, subject=subject, at=at)
    others = Scan.objects.exclude(detector_set__in=["", registry.detector_set_hash()])
    if not others.exists():
        run.swept_at = run.done_at = at
        run.due, run.state = 0, RescanState.DONE
        run.save(update_fields=["swept_at", "done_at", "due", "state"])
    return run


def _locked(run_id: int) -> RescanRun:
    run = RescanRun.objects.select_for_update(no_key=True).get(pk=run_id)
    if run.state == RescanState.DONE:
        raise WrongState(_("This re-scan is over."))
    return run


def _sweep_on(run: RescanRun, *, at: datetime) -> None:
    outbox.enqueue(
        kind=SWEEP,
        key=f"{SWEEP}:{run.pk}:{run.turns}:{run.reached}",
        payload={"run_id": run.pk, "after": run.reached},
        run_at=at,
    )


def _waiting_for(subjects: Sequence[str], *, at: datetime) -> frozenset[int]:
    """Return the listings that will be looked at for the sake of these as well.

    Only looks that are not due yet: one that is may have been prepared before `at`, when what
    is new now was not known.
    """
    if not subjects:
        return frozenset()
    looks = RescanLook.objects.filter(
        run__cause=RescanCause.REFERENCE,
        run__subject__in=subjects,
        run__state=RescanState.RUNNING,
        done_at__isnull=True,
        due_at__gt=at,
    )
    return frozenset(looks.values_list("listing_id", flat=True))


def _ask_for_looks(run: RescanRun, listing_ids: Sequence[int], *, at: datetime) -> datetime:
    """Ask for looks, the likeliest first, behind those of the same cause; return the line's end.

    Not more in a minute than the rule book allows.
    """
    each = max(1, math.ceil(_a_minute(at) / SECONDS_A_MINUTE))
    due = max(at, _end_of_line(run))
    for some in _batches(listing_ids, each):
        RescanLook.objects.bulk_create(
            [RescanLook(run=run, listing_id=pk, due_at=due) for pk in some],
            update_conflicts=True,
            unique_fields=["run", "listing"],
            update_fields=["due_at"],
        )
        outbox.enqueue_all(
            kind=LOOK,
            payloads={
                f"{LOOK}:{run.pk}:{run.turns}:{pk}": {"run_id": run.pk, "listing_id": pk}
                for pk in some
            },
            run_at=due,
        )
        due += timedelta(seconds=len(some) * SECONDS_A_MINUTE / _a_minute(at))
    return due


def _end_of_line(run: RescanRun) -> datetime:
    """Return when the looks that other runs of the same cause wait for are over."""
    others = RescanLook.objects.filter(
        run__cause=run.cause, run__state=RescanState.RUNNING, done_at__isnull=True
    ).exclude(run=run)
    last = others.order_by("-due_at").values_list("due_at", flat=True).first()
    return last or run.since


def _batches(ids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))


def _a_minute(at: datetime) -> int:
    return int(rulebook.value("rescans.looks_per_minute", at=at))


def _stands_removed(listing: Listing) -> bool:
    """Say whether a decision that nobody overruled has removed this version already."""
    removals = Decision.objects.filter(
        case__listing=listing,
        case__scan__content_version=listing.content_version,
        verdict=Verdict.REMOVE,
        overridden_by=None,
    )
    return removals.exists()


def _record(run: RescanRun, action: str, *, actor: str, at: datetime) -> None:
    data = {"cause": str(run.cause), "subject": run.subject, "scanned": run.scanned}
    outbox.record(action=action, actor=actor, subject=run.occasion, data=data, at=at)
