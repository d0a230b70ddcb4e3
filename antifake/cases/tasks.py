"""The scan as a job, and the clock that asks again for scans that did not come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from antifake.cases import services
from antifake.cases.models import RescanCause
from antifake.cases.services import documents, drafts, questions, refits, rescans, sifting, stakes
from antifake.cases.services.looks import Look
from marketplace.outbox.models import Event
from marketplace.outbox.registry import JobContext


def scan_payload(event: Event) -> dict[str, Any]:
    """Return what a scan job needs to know of a posted or edited listing."""
    return {
        "listing_id": event.data["listing_id"],
        "content_version": event.data["content_version"],
    }


def prepare_scan(context: JobContext) -> Look | None:
    """Look at the listing, outside any transaction: pictures are read and described."""
    return services.look(
        listing_id=context.payload["listing_id"],
        content_version=context.payload["content_version"],
    )


def finish_scan(context: JobContext) -> None:
    """Act on what was found, in the transaction of the job."""
    if context.prepared is not None:
        services.finish(
            listing_id=context.payload["listing_id"],
            content_version=context.payload["content_version"],
            findings=context.prepared,
            at=context.at,
        )


def rescan_stalled(at: datetime) -> None:
    """Ask again for checks that did not come."""
    services.rescan_stalled(at=at)


def publish_stalled(at: datetime) -> None:
    """Show goods of trusted shops whose check did not come in time."""
    services.publish_stalled(at=at)


def draw_audits(at: datetime) -> None:
    """Draw the blind sample of what the check allowed."""
    services.draw_allowed(at=at)


def let_originals_go(at: datetime) -> None:
    """Let go the uploads of cases that nobody can appeal any more."""
    services.let_originals_go(at=at)


def free_claims(at: datetime) -> None:
    """Put back the cases whose reviewers walked away."""
    services.free_stale(at=at)


def weigh_stakes(at: datetime) -> None:
    """Count anew what is at stake in the cases that wait."""
    stakes.weigh_waiting(at=at)


def refit(at: datetime) -> None:
    """Judge the model that looks on in the shadow, or train one."""
    refits.refit(at=at)
    refits.watch_drift(at=at)


def prepare_draft_check(context: JobContext) -> list[list[str | int]] | None:
    """Compare a draft's photos, outside any transaction."""
    return drafts.look_at_draft(
        listing_id=context.payload["listing_id"], key=context.payload["key"]
    )


def finish_draft_check(context: JobContext) -> None:
    """Keep what a draft's photos showed, in the transaction of the job."""
    if context.prepared is not None:
        drafts.keep_look(
            listing_id=context.payload["listing_id"],
            key=context.payload["key"],
            found=context.prepared,
            at=context.at,
        )


def tidy_asking(at: datetime) -> None:
    """Mark what was not answered in time; erase documents and looks that are over."""
    questions.expire_due(at=at)
    documents.DOCUMENTS.erase_due(at=at)
    drafts.forget_old(at=at)


def rescan_for_brand(event: Event, at: datetime) -> None:
    """A name was registered: look at the catalogue's words again."""
    rescans.begin(cause=RescanCause.BRAND, subject=f"brand:{event.data['brand_id']}", at=at)


def rescan_for_reference(event: Event, at: datetime) -> None:
    """A rights holder's photo was added: look at the catalogue's photos again."""
    subject = f"reference:{event.data['reference_id']}"
    rescans.begin(cause=RescanCause.REFERENCE, subject=subject, at=at)


def rescan_for_fake(event: Event, at: datetime) -> None:
    """A fake was confirmed: look at the catalogue's photos again."""
    rescans.begin(cause=RescanCause.FAKE, subject=event.data["decision_ref"], at=at)


def prepare_sweep(context: JobContext) -> sifting.Sifted | None:
    """Go quickly through what is stored, outside any transaction."""
    return rescans.sift(run_id=context.payload["run_id"], after=context.payload["after"])


def finish_sweep(context: JobContext) -> None:
    """Write down how far it came, and ask for looks, in the transaction of the job."""
    if context.prepared is not None:
        rescans.note_sifted(
            run_id=context.payload["run_id"],
            after=context.payload["after"],
            sifted=context.prepared,
            at=context.at,
        )


def prepare_rescan_look(context: JobContext) -> rescans.Looked | None:
    """Look at one listing for a run, outside any transaction."""
    return rescans.look(run_id=context.payload["run_id"], listing_id=context.payload["listing_id"])


def finish_rescan_look(context: JobContext) -> None:
    """Act on it, in the transaction of the job."""
    if context.prepared is not None:
        rescans.finish_look(
            run_id=context.payload["run_id"],
            listing_id=context.payload["listing_id"],
            looked=context.prepared,
            at=context.at,
        )


def tend_rescans(at: datetime) -> None:
    """End the runs that are through; start one when the detectors changed."""
    rescans.close_finished(at=at)
    rescans.watch_detectors(at=at)
