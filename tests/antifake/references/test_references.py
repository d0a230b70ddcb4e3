"""Brands, authorisations, reference photos."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from antifake.references import queries, services
from antifake.references.fields import as_bits
from antifake.references.models import Authorisation, Brand, PhotoDescriptor, ReferencePhoto
from marketplace.errors import BadInput
from marketplace.listings.models import Photo
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import NOW, make_brand, post_listing
from tests.factories.pictures import as_bytes, drawn
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def test_registering_and_authorising_twice_is_once():
    shop = make_shop()
    for _ in range(2):
        brand = services.register_brand(name=" Nike ", holder="Nike Inc.", at=NOW)
        services.authorise(brand_id=brand.pk, shop_id=shop.pk, at=NOW)
    assert (Brand.objects.count(), Authorisation.objects.count()) == (1, 1)
    [known] = queries.brands_for(shop.pk)
    assert (known.name, known.authorised) == ("Nike", True)
    assert not queries.brands_for(make_shop().pk)[0].authorised
    with pytest.raises(BadInput):
        services.register_brand(name=" ", holder="X", at=NOW)


def test_a_reference_photo_is_kept_once_and_its_bits_survive_the_database():
    brand = make_brand(seeds=[1, 1])
    row = ReferencePhoto.objects.get(brand=brand)
    assert len(row.upright) == 32
    found = ReferencePhoto.objects.filter(upright=row.upright).get()
    assert as_bits(found.upright).count("1") == as_bits(row.upright).count("1")


def test_what_cannot_be_recognised_is_refused():
    brand = make_brand()
    blank = as_bytes(Image.new("RGB", (400, 400), "white"))
    for data in (b"no picture", blank):
        with pytest.raises(BadInput):
            services.add_reference_photo(brand_id=brand.pk, data=data, at=NOW)
    assert not ReferencePhoto.objects.exists()


def test_a_photo_is_described_once():
    listing = post_listing()
    photo = Photo.objects.get(listing=listing)
    first = services.describe_photo(photo_id=photo.pk)
    assert services.describe_photo(photo_id=photo.pk) == first
    assert len(PhotoDescriptor.objects.get(region=0).descriptor) == 256
    [view] = queries.views_of(listing.pk)
    assert view.hashes[0] == bytes(first.upright)


def test_staff_add_rights_in_the_admin(client):
    shop, staff = make_shop(), make_staff()
    client.force_login(staff)
    client.post(reverse("admin:references_brand_add"), {"name": "Nike", "holder": "Nike Inc."})
    brand = Brand.objects.get()
    may = {"brand": brand.pk, "shop": shop.pk}
    client.post(reverse("admin:references_authorisation_add"), may)
    assert Authorisation.objects.get().shop == shop
    upload = SimpleUploadedFile("shoe.jpg", as_bytes(drawn(1)), content_type="image/jpeg")
    address = reverse("admin:references_referencephoto_add")
    answer = client.post(address, {"brand": brand.pk, "photo": upload})
    assert answer.status_code == 302
    row = ReferencePhoto.objects.get()
    picture = client.get(reverse("admin:references_photo", args=[row.name]))
    assert picture["Content-Type"] == "image/webp"
    assert picture.getvalue().startswith(b"RIFF")
    broken = SimpleUploadedFile("shoe.jpg", b"no picture", content_type="image/jpeg")
    refused = client.post(address, {"brand": brand.pk, "photo": broken})
    assert "not a picture we can read" in refused.content.decode()
    for model in ("brand", "authorisation", "referencephoto"):
        assert client.get(reverse(f"admin:references_{model}_changelist")).status_code == 200
    assert (
        client.get(reverse("admin:references_referencephoto_change", args=[row.pk])).status_code
        == 200
    )


def test_reference_pictures_are_for_staff_alone(client):
    row = ReferencePhoto.objects.get(brand=make_brand(seeds=[1]))
    address = reverse("admin:references_photo", args=[row.name])
    client.force_login(make_person())
    assert client.get(address).status_code == 302
    client.force_login(make_staff())
    assert client.get(address).getvalue().startswith(b"RIFF")
    missing = reverse("admin:references_photo", args=["0" * 32])
    assert client.get(missing).status_code == 404
