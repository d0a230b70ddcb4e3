"""The bank: what rights protect, what decisions taught, and descriptors of every photo."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from antifake.references.fields import BitsField, HalfVectorField
from marketplace.listings.models import Listing, Photo
from marketplace.shops.models import Shop


class Brand(models.Model):
    """A protected name, as its holder writes it."""

    name = models.CharField(max_length=80, unique=True)
    holder = models.CharField(max_length=120)
    registered_at = models.DateTimeField()
    is_word = models.BooleanField(
        default=True, help_text="the name itself is protected; not for works, designs, patents"
    )

    def __str__(self) -> str:
        return self.name


class Authorisation(models.Model):
    """A shop that may sell a brand's goods: strong evidence of honesty."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="authorisations")
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "shop"], name="authorisation_once")]

    def __str__(self) -> str:
        return f"shop {self.shop_id} for brand {self.brand_id}"


class ReferencePhoto(models.Model):
    """A rights holder's own photo."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="photos")
    name = models.CharField(max_length=80, unique=True, help_text="random stem of the stored file")
    sha256 = models.CharField(max_length=64)
    version = models.CharField(max_length=20, help_text="of the descriptor: pdq-1")
    upright = BitsField(length=256, help_text="PDQ hash of the picture as it stands")
    quality = models.PositiveSmallIntegerField(help_text="0-100; a plainer one is refused")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "sha256"], name="reference_photo_once")
        ]

    def __str__(self) -> str:
        return f"reference photo {self.pk} of brand {self.brand_id}"


class Remembered(models.TextChoices):
    """Why a photo is remembered."""

    CONFIRMED_FAKE = "confirmed_fake", _("Shows a confirmed fake")
    REMOVED_SELLER = "removed_seller", _("Was used by a removed seller")


class RememberedPhoto(models.Model):
    """A photo that a decision made evidence: of a confirmed fake, or of a removed seller.

    The picture is kept here, because the seller may take his own away. A won appeal forgets it.
    """

    kind = models.CharField(max_length=14, choices=Remembered)
    decision_ref = models.CharField(max_length=80, help_text="decision:7")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, help_text="of the uploaded bytes")
    name = models.CharField(max_length=80, unique=True, help_text="random stem of the stored file")
    added_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "decision_ref", "sha256"], name="remembered_photo_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Remembered.values), name="remembered_photo_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.decision_ref}"


class RememberedContact(models.Model):
    """A contact string that a removed seller had written into his listings: its keyed hash."""

    decision_ref = models.CharField(max_length=80, help_text="decision:7")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    keyed_hash = models.CharField(max_length=60, db_index=True)
    added_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision_ref", "shop", "keyed_hash"], name="remembered_contact_once"
            )
        ]

    def __str__(self) -> str:
        return f"contact of shop {self.shop_id}"


class Descriptor(models.Model):
    """What one version of the describer saw in one picture."""

    version = models.CharField(max_length=64)
    descriptor = models.BinaryField(
        max_length=256, help_text="PDQ hashes of the eight turned and mirrored forms, upright first"
    )
    upright = BitsField(length=256, help_text="the first of them, for comparison in the database")
    quality = models.PositiveSmallIntegerField(help_text="0-100; PDQ drops 49 and less")
    vector = HalfVectorField(null=True, help_text="of the network; none in the oldest version")
    mirrored = HalfVectorField(null=True, help_text="that of the mirrored picture, in the bank")

    class Meta:
        abstract = True


class BankDescriptor(Descriptor):
    """What one version saw in a picture of the bank: a rights holder's, or a remembered one."""

    reference = models.ForeignKey(
        ReferencePhoto, on_delete=models.CASCADE, null=True, blank=True, related_name="descriptors"
    )
    remembered = models.ForeignKey(
        RememberedPhoto, on_delete=models.CASCADE, null=True, blank=True, related_name="descriptors"
    )
    turned = models.BinaryField(default=b"", help_text="vectors of its two quarter turns")
    local = models.BinaryField(help_text="packed points and a small picture, for comparison")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "version"], name="bank_reference_once"),
            models.UniqueConstraint(fields=["remembered", "version"], name="bank_remembered_once"),
            models.CheckConstraint(
                condition=Q(reference__isnull=False, remembered__isnull=True)
                | Q(reference__isnull=True, remembered__isnull=False),
                name="bank_descriptor_of_one_picture",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} of {self.reference or self.remembered}"


class PhotoDescriptor(Descriptor):
    """What one version saw in one photo of the market, or in a part of it.

    Region 0 is the whole photo; others are tiles of a collage, a picture in a picture: these
    have a vector of their own and share the whole photo's upright bits.
    """

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")
    region = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["photo", "version", "region"], name="descriptor_once")
        ]

    def __str__(self) -> str:
        return f"{self.version} of photo {self.photo_id}"


class PhotoWindows(models.Model):
    """What one version saw in a grid of windows over a photo in which photos seem drawn.

    The check of a listing looks at these windows, so a re-scan must know which photos have one
    like what is new. They are kept apart from `PhotoDescriptor`: no other question needs them.
    """

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")
    version = models.CharField(max_length=64)
    vectors = models.BinaryField(help_text="of each window: a signed byte a number")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["photo", "version"], name="windows_once")]

    def __str__(self) -> str:
        return f"windows of photo {self.photo_id} by {self.version}"


class IndexBuild(models.Model):
    """A memory-mapped index of all photos that was built: workers may trust a file of its token.

    It holds every descriptor of its version up to `through` that was there.
    """

    token = models.UUIDField(unique=True)
    version = models.CharField(max_length=64)
    through = models.BigIntegerField(help_text="the last descriptor it looked at")
    rows = models.PositiveIntegerField()
    built_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["version", "-id"], name="index_build_newest")]

    def __str__(self) -> str:
        return f"{self.rows} rows of {self.version}"
