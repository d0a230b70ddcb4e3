"""Uploads as they came: private, kept while a check or a case needs them, then gone."""

import os
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connections, transaction
from django.urls import reverse

from antifake.cases import services as cases
from antifake.cases.queries import appealable_until
from antifake.cases.rules import UNDO_LASTS
from marketplace.errors import BadInput, WrongState
from marketplace.listings import queries
from marketplace.listings.models import Photo, PhotoOriginal
from marketplace.listings.rules import ORIGINAL_STAYS, ORPHAN_AFTER
from marketplace.listings.services import originals, photos
from marketplace.outbox.models import LogEntry
from tests.factories.accounts import make_staff, make_user
from tests.factories.antifake import check, make_case, post_listing, remove
from tests.factories.listings import make_listing
from tests.factories.pictures import picture

SECRET = b"51.5007N 0.1246W"
LATER = timedelta(days=400)


@pytest.fixture
def listing(transactional_db):
    return make_listing()


def add(listing, now, seed=1):
    data = picture(seed, comment=SECRET)
    photo = photos.add_photo(listing_id=listing.pk, data=data, at=now)
    return photo, data


def files():
    """The names of all files in the private storage."""
    root = originals.storage().location
    return sorted(name for _folder, _folders, names in os.walk(root) for name in names)


def actions():
    return list(LogEntry.objects.order_by("pk").values_list("action", flat=True))


def test_an_upload_is_kept_as_it_came_where_only_this_program_can_read_it(listing, now):
    photo, data = add(listing, now)
    row = photo.original
    path = originals.storage().path(queries.original_file(row.name))
    with open(path, "rb") as file:
        assert file.read() == data
    assert SECRET in data
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    assert not path.startswith(os.path.join(default_storage.location, ""))
    assert (row.size_bytes, row.sha256, row.due_at) == (
        len(data),
        photo.sha256,
        now + ORIGINAL_STAYS,
    )


def test_it_is_erased_after_its_time_file_and_row_and_that_is_written_down(listing, now):
    photo, data = add(listing, now)
    assert originals.erase_due(at=now + ORIGINAL_STAYS - timedelta(seconds=1)) == 0
    assert len(files()) == 1
    assert originals.erase_due(at=now + ORIGINAL_STAYS) == 1
    assert files() == []
    assert not PhotoOriginal.objects.exists()
    entry = LogEntry.objects.get(action="photo.original_erased")
    assert (entry.subject, entry.data["size_bytes"]) == (listing.ref, len(data))
    assert Photo.objects.get() == photo
    assert originals.erase_due(at=now + LATER) == 0


def test_a_source_keeps_it_and_the_last_to_let_go_has_it_erased(listing, now):
    add(listing, now)
    for source in ("case:1", "case:2"):
        for _twice in range(2):
            kept = originals.keep_originals(listing_id=listing.pk, source=source, at=now)
            assert kept == 1
    originals.let_originals_go(source="case:1", at=now)
    assert originals.erase_due(at=now + LATER) == 0
    for _twice in range(2):
        originals.let_originals_go(source="case:2", at=now)
    assert originals.erase_due(at=now + LATER) == 1
    assert files() == []


def test_a_source_that_let_go_never_keeps_again(listing, now):
    add(listing, now)
    originals.keep_originals(listing_id=listing.pk, source="case:1", at=now)
    originals.let_originals_go(source="case:1", at=now)
    assert originals.keep_originals(listing_id=listing.pk, source="case:1", at=now) == 0
    assert originals.erase_due(at=now + LATER) == 1


def test_a_photo_taken_off_takes_its_upload_along_unless_a_case_needs_it(listing, now):
    free, _data = add(listing, now, 1)
    needed, _data = add(listing, now, 2)
    photos.remove_photo(photo_id=free.pk, by_id=listing.shop.owner_id, at=now)
    assert originals.erase_due(at=now) == 1
    originals.keep_originals(listing_id=listing.pk, source="case:1", at=now)
    photos.remove_photo(photo_id=needed.pk, by_id=listing.shop.owner_id, at=now)
    assert originals.erase_due(at=now + LATER) == 0
    assert PhotoOriginal.objects.get().photo is None
    assert len(files()) == 1


def test_a_refused_upload_leaves_nothing(listing, now):
    for seed in range(8):
        add(listing, now, seed + 1)
    with pytest.raises(BadInput, match="at most 8"):
        add(listing, now, 99)
    with pytest.raises(BadInput, match="not a picture"):
        photos.add_photo(listing_id=listing.pk, data=b"no picture", at=now)
    add(listing, now, 1)
    assert len(files()) == PhotoOriginal.objects.count() == 8


def age(path, moment):
    os.utime(path, (moment.timestamp(), moment.timestamp()))


def test_the_sweep_erases_old_files_without_a_row_and_spares_uploads_on_their_way(listing):
    at = datetime.now(UTC)
    add(listing, at)
    old, young = originals.write(data=b"left by a crash"), originals.write(data=b"on its way")
    age(originals.storage().path(queries.original_file(old)), at - ORPHAN_AFTER)
    row = PhotoOriginal.objects.get()
    age(originals.storage().path(queries.original_file(row.name)), at - LATER)
    assert originals.sweep(at=at) == 1
    assert files() == sorted([young, row.name])


def test_the_sweep_erases_rows_without_a_file_but_not_when_the_storage_is_away(listing, now):
    photo, _data = add(listing, now, 1)
    add(listing, now, 2)
    originals.discard(name=photo.original.name)
    assert originals.sweep(at=now) == 1
    assert PhotoOriginal.objects.count() == 1
    assert "photo.original_lost" in actions()
    os.rename(originals.storage().location, f"{originals.storage().location}-away")
    assert originals.sweep(at=now) == 0
    assert PhotoOriginal.objects.count() == 1


def test_a_crash_between_row_and_file_is_the_sweep_s(listing, now, monkeypatch):
    add(listing, now)
    with monkeypatch.context() as broken:
        broken.setattr(originals, "discard", lambda **_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            originals.erase_due(at=now + ORIGINAL_STAYS)
    assert not PhotoOriginal.objects.exists()
    (name,) = files()
    age(originals.storage().path(queries.original_file(name)), now - LATER)
    assert originals.sweep(at=now) == 1
    assert files() == []


def test_a_case_that_opens_while_the_clock_erases_keeps_its_upload(listing, now):
    """The clock locks and looks again: a source that came in between wins."""
    add(listing, now)
    locked, go = threading.Event(), threading.Event()

    def open_case():
        with transaction.atomic():
            originals.keep_originals(listing_id=listing.pk, source="case:1", at=now)
            locked.set()
            go.wait(10)
        connections.close_all()

    thread = threading.Thread(target=open_case)
    thread.start()
    locked.wait(10)
    assert originals.erase_due(at=now + LATER) == 0, "locked rows are left for the next time"
    go.set()
    thread.join()
    assert originals.erase_due(at=now + LATER) == 0
    assert len(files()) == 1


# Cases --------------------------------------------------------------------------------------------


def is_kept():
    return queries.kept_originals().exists()


def test_a_scan_that_finds_nothing_keeps_nothing(transactional_db, now):
    check(post_listing(at=now), at=now)
    assert not is_kept()
    assert originals.erase_due(at=now + ORIGINAL_STAYS) == 1


def test_a_case_keeps_its_uploads_until_it_is_allowed(transactional_db, now):
    case = make_case(at=now)
    assert is_kept()
    assert originals.erase_due(at=now + LATER) == 0
    staff = make_staff()
    cases.claim(case_id=case.pk, by_id=staff.pk, at=now)
    cases.decide(case_id=case.pk, verdict="allow", note="Fine.", by_id=staff.pk, at=now)
    assert originals.erase_due(at=now + LATER) == 0  # the ruling may still be taken back
    assert cases.let_originals_go(at=now + UNDO_LASTS) == 1
    assert originals.erase_due(at=now + LATER) == 1


def removed(now):
    staff, case = make_staff(), make_case(at=now)
    cases.claim(case_id=case.pk, by_id=staff.pk, at=now)
    return case, remove(case, staff, severity=1, at=now)


def test_a_removal_keeps_them_until_the_time_to_appeal_is_over(transactional_db, now):
    _case, decision = removed(now)
    until = appealable_until(decision)
    assert cases.let_originals_go(at=until) == 0
    assert is_kept()
    assert cases.let_originals_go(at=until + timedelta(seconds=1)) == 1
    assert not is_kept()


@pytest.mark.parametrize("won", [True, False])
def test_an_appeal_keeps_them_until_it_is_answered(transactional_db, now, won):
    case, decision = removed(now)
    owner = case.listing.shop.owner_id
    appeal = cases.appeal(
        decision_id=decision.pk, by_id=owner, text="It is our own work, see the seam.", at=now
    )
    assert cases.let_originals_go(at=now + LATER) == 0
    assert is_kept()
    cases.decide_appeal(
        appeal_id=appeal.pk,
        by_id=make_staff().pk,
        won=won,
        answer="We compared the seams once more.",
        at=now + timedelta(days=1),
    )
    assert not is_kept()


# Staff --------------------------------------------------------------------------------------------


def address(row):
    return reverse("admin:listings_original", args=[row.pk])


def test_staff_get_a_case_s_upload_as_a_file_that_can_run_nothing(client, listing, now):
    photo, data = add(listing, now)
    originals.keep_originals(listing_id=listing.pk, source="case:1", at=now)
    staff = make_staff()
    client.force_login(staff)
    answer = client.get(address(photo.original))
    assert b"".join(answer.streaming_content) == data
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer["Cache-Control"]
    entry = LogEntry.objects.get(action="photo.original_seen")
    assert (entry.actor, entry.subject) == (f"user:{staff.pk}", listing.ref)
    page = client.get(reverse("admin:listings_listing_change", args=[listing.pk]))
    assert address(photo.original) in page.content.decode()


def test_nobody_gets_an_upload_that_no_case_needs(client, listing, now):
    photo, _data = add(listing, now)
    client.force_login(make_staff())
    assert client.get(address(photo.original)).status_code == 404
    originals.keep_originals(listing_id=listing.pk, source="case:1", at=now)
    client.force_login(make_user())
    assert client.get(address(photo.original)).status_code in (302, 403)
    assert "photo.original_seen" not in actions()


def test_a_lost_file_is_said_to_be_gone(listing, now):
    photo, _data = add(listing, now)
    originals.keep_originals(listing_id=listing.pk, source="case:1", at=now)
    originals.discard(name=photo.original.name)
    with pytest.raises(WrongState, match="gone"):
        originals.download(original_id=photo.original.pk, by_id=1, at=now)


def test_no_address_of_the_market_leads_to_an_upload(client, listing, now):
    photo, _data = add(listing, now)
    name = photo.original.name
    for path in (
        f"/sell/photos/{name}-large.webp",
        f"/photos/{queries.original_file(name)}",
        f"/photos/../test-originals/{queries.original_file(name)}",
        f"/static/{name}",
    ):
        assert client.get(path).status_code == 404
