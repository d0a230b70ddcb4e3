"""Evidence for authorities: whole, checkable, without anybody's address, and every look noted."""

import hashlib
import io
import json
import uuid
import zipfile
from datetime import timedelta

import psycopg2
import pytest
from django.core.files.storage import storages
from django.urls import reverse

from antifake.transparency import services
from antifake.transparency.models import Bundle
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.outbox.models import LogEntry
from tests.factories.accounts import make_staff, make_user
from tests.factories.antifake import NOW, make_case, remove
from tests.factories.shops import make_shop
from tests.factories.transparency import make_bundle

pytestmark = pytest.mark.django_db
REFERENCE = "ZFA 12/26"


def decided_case():
    owner = make_user(display_name="Amina Uwase", email="amina.uwase@example.org")
    case = make_case(shop=make_shop(owner=owner))
    remove(case, make_staff())
    return case


def test_the_zip_holds_report_facts_and_pictures_and_their_digests_fit():
    case, staff = decided_case(), make_staff()
    bundle = make_bundle(case, staff)
    data = services.open_bundle(bundle_id=bundle.pk, by_id=staff.pk, at=NOW)
    assert hashlib.sha256(data).hexdigest() == bundle.sha256
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    lines = files.pop("SHA256SUMS").decode().splitlines()
    assert dict(line.split("  ")[::-1] for line in lines) == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    assert {"facts.json", "report.html"} < set(files)
    assert [name for name in files if name.startswith("photos/")]
    facts = json.loads(files["facts.json"])
    report = files["report.html"].decode()
    assert facts["decisions"][0]["verdict"] == "remove"
    for words in (REFERENCE, "N1ke shoes", facts["findings"][0]["detector"]):
        assert words in report
    everything = b"".join(files.values()).decode(errors="ignore").lower()
    assert "amina" not in everything
    assert "example.org" not in everything


def test_the_same_form_sent_twice_makes_one_bundle():
    case, staff, key = decided_case(), make_staff(), uuid.uuid4()
    assert make_bundle(case, staff, key=key) == make_bundle(
        case, staff, key=key, at=NOW + timedelta(hours=1)
    )
    assert Bundle.objects.count() == 1
    assert LogEntry.objects.filter(action="evidence.bundled").count() == 1


def test_every_look_is_written_down_with_who_it_was():
    case, staff, other = decided_case(), make_staff(), make_staff()
    bundle = make_bundle(case, staff)
    for person in (staff, other, other):
        services.open_bundle(bundle_id=bundle.pk, by_id=person.pk, at=NOW)
    taken = LogEntry.objects.filter(action="evidence.taken", subject=bundle.ref)
    assert list(taken.order_by("pk").values_list("actor", flat=True)) == [
        staff.ref,
        other.ref,
        other.ref,
    ]


def test_a_changed_or_lost_file_is_not_given_out():
    case, staff = decided_case(), make_staff()
    bundle = make_bundle(case, staff)
    path = storages["originals"].path(bundle.file)
    with open(path, "ab") as file:
        file.write(b"x")
    with pytest.raises(WrongState, match="not the one"):
        services.open_bundle(bundle_id=bundle.pk, by_id=staff.pk, at=NOW)
    storages["originals"].delete(bundle.file)
    with pytest.raises(WrongState, match="gone"):
        services.open_bundle(bundle_id=bundle.pk, by_id=staff.pk, at=NOW)
    assert not LogEntry.objects.filter(action="evidence.taken").exists()


def test_only_staff_make_and_take_bundles_and_only_with_a_ground():
    case, staff, seller = decided_case(), make_staff(), make_user()
    with pytest.raises(NotAllowed):
        make_bundle(case, seller)
    for wrong in ({"ground": " "}, {"authority": ""}, {"case_id": 10**9}):
        with pytest.raises(BadInput):
            make_bundle(case, staff, **wrong)
    bundle = make_bundle(case, staff)
    with pytest.raises(NotAllowed):
        services.open_bundle(bundle_id=bundle.pk, by_id=seller.pk, at=NOW)


def test_staff_make_and_take_it_through_the_admin(client):
    case, staff = decided_case(), make_staff()
    client.force_login(staff)
    make = reverse("admin:transparency_make_bundle")
    assert make in client.get(reverse("admin:transparency_bundle_changelist")).content.decode()
    assert f'value="{case.pk}"' in client.get(make, {"case": case.pk}).content.decode()
    assert client.post(make, {"key": uuid.uuid4()}).status_code == 422
    asked = {"authority": "Customs", "reference": REFERENCE, "ground": "Art. 10 of the DSA"}
    sent = {"key": uuid.uuid4(), "case_id": case.pk, **asked}
    pages = {client.post(make, sent).url for _ in range(2)}
    (page,) = pages
    assert "take/" in client.get(page).content.decode()
    bundle = Bundle.objects.get()
    take = reverse("admin:transparency_take_bundle", args=[bundle.pk])
    assert client.get(take).status_code == 405
    answer = client.post(take)
    assert answer["Content-Type"] == "application/zip"
    assert hashlib.sha256(answer.content).hexdigest() == bundle.sha256
    client.force_login(make_user())
    assert client.post(take).status_code in (302, 403)
    assert client.get(make).status_code in (302, 403)


@pytest.mark.django_db(transaction=True)
def test_the_application_cannot_change_what_was_given(app_connection):
    with (
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
        app_connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE transparency_bundle SET authority = 'x'")
