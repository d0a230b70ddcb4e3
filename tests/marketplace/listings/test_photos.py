"""Uploads become clean pixels, or a clear refusal."""

import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from PIL import Image, PngImagePlugin

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.models import Listing, ListingState, Photo
from marketplace.listings.queries import photo_file, photo_url
from marketplace.listings.services import photos, pictures
from marketplace.outbox.models import Event
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing
from tests.factories.pictures import picture

SECRET = b"51.5007N 0.1246W"


def stored(photo, size):
    with default_storage.open(photo_file(photo.name, size)) as file:
        return file.read()


def add(listing, now, data=None):
    return photos.add_photo(listing_id=listing.pk, data=data or picture(), at=now)


@pytest.mark.django_db
def test_a_photo_is_stored_as_webp_in_two_sizes_under_a_random_name(now):
    photo = add(make_listing(), now, picture(width=2000, height=1500))
    large, thumb = (Image.open(io.BytesIO(stored(photo, s))) for s in ("large", "thumb"))
    assert (large.format, large.size) == ("WEBP", (1200, 900))
    assert (thumb.format, thumb.size) == ("WEBP", (360, 270))
    assert (photo.width, photo.height, len(photo.name)) == (1200, 900, 32)


@pytest.mark.django_db
def test_nothing_of_the_upload_but_pixels_survives(now):
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    data = picture(exif=exif, comment=SECRET, icc_profile=b"icc" + SECRET)
    assert data.count(SECRET) == 3
    photo = add(make_listing(), now, data)
    for size in ("large", "thumb"):
        kept = stored(photo, size)
        assert SECRET not in kept
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(
            Image.open(io.BytesIO(kept)).info
        )


def seen(data):
    """The large picture that an upload becomes."""
    return Image.open(io.BytesIO(pictures.clean(data=data).large))


@pytest.mark.parametrize(
    ("note", "corner"),
    [(1, "1"), (2, "2"), (3, "4"), (4, "3"), (5, "1"), (6, "2"), (7, "4"), (8, "3")],
)
def test_a_picture_is_turned_upright_as_the_camera_was_held(note, corner):
    image = Image.new("RGB", (640, 480), "black")
    image.paste("white", (0, 0, 200, 200))  # in the corner that comes to lie at `corner`
    exif = Image.Exif()
    exif[0x0112] = note
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    upright = seen(out.getvalue())
    assert upright.size == ((640, 480) if note < 5 else (480, 640))
    x, y = upright.width - 20, upright.height - 20
    places = {"1": (20, 20), "2": (x, 20), "3": (20, y), "4": (x, y)}
    white = {name for name, place in places.items() if upright.getpixel(place)[0] > 200}
    assert white == {corner}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_are_read_and_keep_their_colours(kind):
    out = io.BytesIO()
    Image.new("RGB", (2500, 2000), (200, 90, 30)).save(out, kind)
    found = seen(out.getvalue())
    assert (found.mode, found.size) == ("RGB", (1200, 960))
    for place in [(0, 0), (1199, 959), (600, 480)]:
        assert found.getpixel(place) == pytest.approx((200, 90, 30), abs=4)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16"])
def test_every_kind_of_png_becomes_rgb(mode):
    out = io.BytesIO()
    Image.new(mode, (50, 40)).save(out, "PNG")
    assert seen(out.getvalue()).mode == "RGB"


def test_transparency_becomes_white_and_deep_grey_keeps_its_tone():
    clear, grey = io.BytesIO(), io.BytesIO()
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(clear, "PNG")
    Image.new("I;16", (9, 9), 40_000).save(grey, "PNG")
    assert seen(clear.getvalue()).getpixel((4, 4)) == (255, 255, 255)
    assert seen(grey.getvalue()).getpixel((4, 4)) == (156, 156, 156)


def test_a_cmyk_jpeg_is_read():
    out = io.BytesIO()
    Image.new("CMYK", (50, 40)).save(out, "JPEG")
    assert seen(out.getvalue()).size == (50, 40)


def gif():
    out = io.BytesIO()
    Image.new("P", (20, 20)).save(out, "GIF")
    return out.getvalue()


def bomb():
    """A PNG that says it is 60,000 pixels square and holds next to nothing."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    crc = struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + crc


def talkative():
    """A PNG whose compressed comment would unpack to 3 MB."""
    info = PngImagePlugin.PngInfo()
    info.add_text("c", "x" * 3_000_000, zip=True)
    return picture(kind="PNG", pnginfo=info)


BAD = {
    "text": b"hello",
    "empty": b"",
    "gif": gif(),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "cut short": picture()[:2000],
    "cut png": picture(kind="PNG")[:300],
    "cut webp": picture(kind="WEBP")[:300],
    "html in front": b"<script>alert(1)</script>" + picture(),
    "bomb": bomb(),
    "talkative": talkative(),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_in_words(name):
    with pytest.raises(BadInput) as refusal:
        pictures.clean(data=BAD[name])
    assert refusal.value.field == "photos"
    assert "photo" in refusal.value.reason or "picture" in refusal.value.reason


def test_the_byte_limit_is_tested_first(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 10)
    with pytest.raises(BadInput, match="15 MB"):
        pictures.clean(data=picture())


@pytest.mark.django_db
def test_the_same_upload_twice_is_one_photo(now):
    listing = make_listing()
    assert add(listing, now) == add(listing, now)
    assert Photo.objects.count() == 1


@pytest.mark.django_db
def test_a_photo_more_than_the_rule_allows_is_refused_and_leaves_no_file(now):
    listing = make_listing()
    for seed in range(8):
        add(listing, now, picture(seed=seed + 2))
    with pytest.raises(BadInput, match="at most 8"):
        add(listing, now, picture(seed=99))
    folders, _files = default_storage.listdir("photos")
    count = sum(len(default_storage.listdir(f"photos/{folder}")[1]) for folder in folders)
    assert count == 16


@pytest.mark.django_db
def test_a_new_photo_on_sale_is_content_and_checked_first(now):
    listing = make_listing()
    add(listing, now)
    after = Listing.objects.get(pk=listing.pk)
    assert (after.state, after.content_version) == (ListingState.PENDING, 2)
    assert Event.objects.filter(name="listing.edited").count() == 1


@pytest.mark.django_db
def test_a_stranger_and_an_ended_listing_get_no_photo(now):
    with pytest.raises(NotAllowed):
        photos.add_photo(
            listing_id=make_listing().pk, data=picture(), by_id=make_person().pk, at=now
        )
    with pytest.raises(WrongState):
        add(make_listing(state=ListingState.ENDED), now)


@pytest.mark.django_db
def test_a_removed_photo_loses_its_files_when_that_is_certain(
    now, django_capture_on_commit_callbacks
):
    listing = make_listing()
    photo = add(listing, now)
    with django_capture_on_commit_callbacks(execute=True):
        for _twice in range(2):
            photos.remove_photo(photo_id=photo.pk, by_id=listing.shop.owner_id, at=now)
    assert not Photo.objects.exists()
    assert not default_storage.exists(photo_file(photo.name, "large"))


@pytest.mark.django_db
def test_a_picture_is_served_for_ever_and_can_run_nothing(client, now):
    photo = add(make_listing(), now)
    answer = client.get(photo_url(photo, "thumb"))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == stored(photo, "thumb")
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "public, max-age=31536000, s-maxage=1, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert not answer.cookies


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        f"{'0' * 32}-large.webp",
        f"{'0' * 32}-huge.webp",
        f"{'0' * 31}-large.webp",
        "../settings-large.webp",
        f"{'0' * 32}-large.webp.html",
        f"..%2f{'0' * 29}-large.webp",
    ],
)
def test_any_other_name_is_not_found(client, path):
    assert client.get(f"/sell/photos/{path}").status_code == 404
