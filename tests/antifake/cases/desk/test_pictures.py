"""What staff see beside a case: the right two photos, on its page and where many are decided."""

import io
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from antifake.cases.models import Case, DeskSettings
from antifake.cases.queries import clusters, evidence
from antifake.references.models import ReferencePhoto, RememberedPhoto
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOW, check, make_brand, post_listing, remove
from tests.factories.desk import found, make_held
from tests.factories.listings import make_listing, make_photo
from tests.factories.pictures import drawn

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_staff())
    return client


@pytest.fixture
def copy_of_a_fake():
    """A case about a copy of a confirmed fake; a holder's photo has that fake's number."""
    brand = make_brand(seeds=(5,))
    taken = drawn(31)
    fake = post_listing("N1ke shoes", pictures=[taken])
    check(fake)
    remove(Case.objects.get(listing=fake), make_staff())
    remembered = RememberedPhoto.objects.get()
    other = ReferencePhoto.objects.get(brand=brand)
    other.pk, other.name, other.sha256 = remembered.pk, uuid.uuid4().hex, "0" * 64
    other.save(force_insert=True)
    later = NOW + timedelta(days=3)
    scan = check(post_listing("Clay bowl", pictures=[taken], at=later), at=later)
    return Case.objects.get(scan=scan)


def address_of(photo):
    return reverse("admin:references_photo", args=[photo.name])


def test_a_copy_of_a_confirmed_fake_stands_beside_that_fake(desk, copy_of_a_fake):
    fake = RememberedPhoto.objects.get()
    holders = ReferencePhoto.objects.get(pk=fake.pk)
    page = desk.get(reverse("admin:cases_case_change", args=[copy_of_a_fake.pk])).content.decode()
    assert address_of(fake) in page
    assert address_of(holders) not in page
    assert "Photo of a confirmed fake" in page
    assert desk.get(address_of(fake)).status_code == 200
    [item] = [one for one in evidence.evidence_of(copy_of_a_fake.scan_id) if one.is_of_a_fake]
    drawn_map = desk.get(reverse("admin:cases_difference", args=[item.finding.pk]))
    # The very picture: nothing differs, so that nothing is bright.
    assert Image.open(io.BytesIO(drawn_map.content)).convert("L").getextrema()[1] < 40


def test_copies_of_a_fake_and_of_a_holder_s_photo_of_that_number_are_two_clusters():
    fake = {"reference_id": 7, "confirmed_fake": "decision:3", "photo_id": 1}
    of_a_fake = [
        make_held(findings=[found(kind="confirmed_fake", evidence=fake)], at=NOW) for _ in range(2)
    ]
    of_a_holder = [
        make_held(findings=[found(kind="reference_photo", evidence={"reference_id": 7})], at=NOW)
        for _ in range(2)
    ]
    staff = make_staff()
    for cases in (of_a_fake, of_a_holder):
        assert list(clusters.cluster_of(cases[0], user_id=staff.pk, at=NOW)) == cases


def matched(other):
    """A case whose photo is like another shop's, and whose title weighs more."""
    case = make_held(findings=[found(log_odds=9.0)], at=timezone.now())
    photo = make_photo(listing=case.listing)
    facts = {"photo_id": photo.pk, "matched_photo_id": other.pk}
    like = vars(found(kind="market_photo", evidence=facts)) | {"sentence": "Photo 1 looks alike."}
    case.scan.findings.create(contribution=5.0, **like)
    return case, photo


def test_who_decides_many_at_once_sees_each_photo_beside_what_it_is_like(desk):
    other = make_photo(listing=make_listing())
    pairs = [matched(other) for _ in range(2)]
    page = desk.get(reverse("admin:cases_together", args=[pairs[0][0].pk])).content.decode()
    for _case, photo in pairs:
        assert photo.thumb_url in page
    assert page.count(other.thumb_url) == 2
    assert page.count("Photo 1 looks alike.") == 2
    assert "review blurred" in page
    DeskSettings.objects.create(user_id=desk.session["_auth_user_id"], blur=False)
    again = desk.get(reverse("admin:cases_together", args=[pairs[0][0].pk])).content.decode()
    assert "blurred" not in again
    assert "Show pictures clearly" not in again


def test_words_alone_stand_beside_the_listing_s_first_photo():
    case = make_held(at=NOW)
    second, first = (make_photo(listing=case.listing, position=at) for at in (1, 0))
    [member] = clusters.members([case])
    assert (member.photo_url, member.matched_url) == (first.thumb_url, "")
    assert member.photo_url != second.thumb_url
    assert "N1ke" in member.sentence


def test_pictures_of_many_cost_no_more_statements_than_those_of_two():
    other = make_photo(listing=make_listing())
    cases = [matched(other)[0] for _ in range(6)]
    counts = []
    for some in (cases[:2], cases):
        rows = list(Case.objects.filter(pk__in=[case.pk for case in some]))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            clusters.members(rows)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 5
