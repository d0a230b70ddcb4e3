"""The catalogue is looked at again: every copy is held exactly once, whoever dies meanwhile."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from PIL import ImageOps

from antifake.cases.models import Case, RescanLook, RescanRun, RescanState, Scan
from antifake.cases.services import rescans
from antifake.detectors import registry
from antifake.references import services as references
from marketplace.errors import WrongState
from marketplace.listings.models import ListingState, Withholding
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState, LogEntry
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOW, check, make_brand, post_listing
from tests.factories.pictures import as_bytes, drawn

pytestmark = pytest.mark.django_db(transaction=True)
REF = "decision:7"
EDITS = (
    lambda image: image,
    ImageOps.mirror,
    lambda image: image.resize((320, 240)),
    lambda image: ImageOps.expand(image, 40, "white"),
    lambda image: image.crop((40, 30, 640, 480)),
    # So few points agree that it is no hard evidence: a person looks all the same.
    lambda image: image.crop((0, 0, image.width // 2, image.height)),
)
RESCAN_KINDS = ("cases.rescan_on.fake.confirmed", rescans.SWEEP, rescans.LOOK)


def stage(edits=EDITS, others=(2, 3)):
    """A fake that is about to be confirmed, copies of it on sale, and other goods."""
    fake = post_listing("A bag", seeds=[1])
    check(fake)
    copies = [post_listing(f"Bag {n}", pictures=[edit(drawn(1))]) for n, edit in enumerate(edits)]
    others = [post_listing(f"Basket {seed}", seeds=[seed]) for seed in others]
    for listing in [*copies, *others]:
        check(listing)
        assert listing.state == ListingState.LIVE
    Job.objects.all().delete()
    return fake, copies, others


def waiting():
    return Job.objects.filter(kind__in=RESCAN_KINDS, state=JobState.PENDING).order_by("pk")


def work():
    """Do a re-scan's jobs as a worker would until none waits, those due later as well."""
    while jobs := list(waiting().values_list("pk", flat=True)):
        Job.objects.filter(pk__in=jobs).update(run_at=NOW)
        for pk in jobs:
            outbox.run(job_id=pk)
    connection.close()


def test_every_copy_of_a_confirmed_fake_is_held_exactly_once():
    fake, copies, others = stage()
    references.confirm_fake(listing_id=fake.pk, decision_ref=REF, at=NOW)
    [asked] = waiting()
    outbox.run(job_id=asked.pk)
    [sweep] = waiting()
    rescans.sift(run_id=RescanRun.objects.get().pk, after=0)  # its worker died at the end of it
    outbox.run(job_id=sweep.pk)
    looked_at = waiting().first().payload
    rescans.look(**looked_at)  # and another one in the midst of a look

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    Job.objects.filter(kind__in=RESCAN_KINDS).update(state=JobState.PENDING, done_at=None)
    work()

    for listing in copies:
        listing.refresh_from_db()
        assert listing.state == ListingState.WITHHELD
        assert Withholding.objects.filter(listing=listing).count() == 1
        assert Case.objects.filter(listing=listing).count() == 1
    for listing in others:
        listing.refresh_from_db()
        assert listing.state == ListingState.LIVE
    run = RescanRun.objects.get()
    assert Scan.objects.filter(occasion=run.occasion).count() == len(copies)
    assert rescans.close_finished(at=NOW) == 1
    assert rescans.close_finished(at=NOW) == 0
    run.refresh_from_db()
    assert (run.state, run.scanned) == (RescanState.DONE, run.due)


def test_a_stopped_run_rests_and_goes_on_where_it_was(client):
    staff = make_staff()
    fake, copies, _others = stage(EDITS[:2], others=())
    references.confirm_fake(listing_id=fake.pk, decision_ref=REF, at=NOW)
    run = rescans.begin(cause="fake", subject=REF, at=NOW)
    assert rescans.begin(cause="fake", subject=REF, at=NOW) == run
    outbox.run(job_id=Job.objects.get(kind=rescans.SWEEP).pk)
    client.force_login(staff)
    page = reverse("admin:cases_rescanrun_change", args=[run.pk])
    for _ in range(2):
        client.post(reverse("admin:cases_rescan_stop", args=[run.pk]))
    assert "Go on" in client.get(page).content.decode()
    work()
    assert not Case.objects.exists()
    assert rescans.close_finished(at=NOW) == 0

    for _ in range(2):
        client.post(reverse("admin:cases_rescan_resume", args=[run.pk]))
    work()
    assert Case.objects.count() == len(copies)
    shown = client.get(page).content.decode()
    assert "Held by this run" in shown
    assert copies[0].title in shown
    assert client.get(reverse("admin:cases_rescanrun_changelist")).status_code == 200
    rescans.close_finished(at=NOW)
    with pytest.raises(WrongState):
        rescans.stop(run_id=run.pk, by_id=staff.pk, at=NOW)
    actions = LogEntry.objects.filter(subject=run.occasion).values_list("action", flat=True)
    assert set(actions) == {"rescan.begun", "rescan.stopped", "rescan.resumed", "rescan.done"}


def test_a_new_name_has_the_words_of_the_catalogue_read_and_only_those_looked_at():
    bearing, other = post_listing("N1ke shoes"), post_listing("Basket")
    for listing in (bearing, other):
        check(listing)
    brand = make_brand("Nike")
    run = rescans.begin(cause="brand", subject=f"brand:{brand.pk}", at=NOW)
    work()
    assert [look.listing for look in RescanLook.objects.filter(run=run)] == [bearing]
    run.refresh_from_db()
    assert (run.scanned, run.due) == (2, 2)
    bearing.refresh_from_db()
    assert bearing.state == ListingState.WITHHELD


def test_looks_are_spread_as_the_rule_book_says(monkeypatch):
    monkeypatch.setattr(rescans, "_a_minute", lambda _at: 60)
    run = rescans.begin(cause="brand", subject="brand:1", at=NOW)
    later = NOW + timedelta(days=400)  # beyond the database's clock, which counts for the past
    ids = [post_listing(f"Basket {number}").pk for number in range(3)]
    rescans._ask_for_looks(run, ids, at=later)
    due = Job.objects.filter(kind=rescans.LOOK).order_by("pk").values_list("run_at", flat=True)
    assert [moment - later for moment in due] == [timedelta(seconds=n) for n in range(3)]


def test_changed_detectors_have_everything_looked_at_again_once(monkeypatch):
    first = rescans.watch_detectors(at=NOW)
    assert first.state == RescanState.DONE
    assert rescans.watch_detectors(at=NOW) is None
    listing = post_listing()
    check(listing)
    monkeypatch.setattr(registry, "detector_set_hash", lambda: "f" * 64)
    run = rescans.watch_detectors(at=NOW)
    assert run.due == 1
    work()
    assert Scan.objects.filter(listing=listing, occasion=run.occasion).count() == 1
    assert rescans.watch_detectors(at=NOW) is None


def sweep(reference):
    """Go through the catalogue for the sake of a photo; return the run."""
    run = rescans.begin(cause="reference", subject=f"reference:{reference.pk}", at=NOW)
    sifted = rescans.sift(run_id=run.pk, after=0)
    rescans.note_sifted(run_id=run.pk, after=0, sifted=sifted, at=NOW)
    return run


def test_photos_of_a_brand_share_the_looks_that_wait_and_all_brands_share_a_line():
    basket = post_listing("A basket", seeds=[2])
    check(basket)
    brand, other = make_brand("Kontu", seeds=[1]), make_brand("Velmo", seeds=[2])
    first = rescans.begin(cause="reference", subject=f"reference:{brand.photos.get().pk}", at=NOW)
    sifted = replace(rescans.sift(run_id=first.pk, after=0), listing_ids=[basket.pk])
    rescans.note_sifted(run_id=first.pk, after=0, sifted=sifted, at=NOW)
    later = references.add_reference_photo(brand_id=brand.pk, data=as_bytes(drawn(2)), at=NOW)
    Job.objects.filter(kind__startswith="cases.rescan_on").delete()

    soon = NOW + timedelta(minutes=1)
    RescanLook.objects.update(due_at=soon)
    assert not sweep(later).looks.exists()
    assert [look.due_at for look in sweep(other.photos.get()).looks.all()] == [soon]
    work()
    assert first.looks.get().scan is not None  # its own photo alone would have been no reason


def test_a_look_that_may_be_under_way_serves_no_later_photo():
    basket = post_listing("A basket", seeds=[2])
    check(basket)
    brand = make_brand("Kontu", seeds=[2])
    turned = as_bytes(ImageOps.mirror(drawn(2)))
    later = references.add_reference_photo(brand_id=brand.pk, data=turned, at=NOW)
    assert sweep(brand.photos.earliest("pk")).looks.get().due_at == NOW
    assert [look.listing for look in sweep(later).looks.all()] == [basket]
