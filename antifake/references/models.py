"""What rights protect, and descriptors of every photo on the market."""

from django.db import models

from antifake.references.fields import BitsField
from marketplace.listings.models import Photo
from marketplace.shops.models import Shop


class Brand(models.Model):
    """A protected name, as its holder writes it."""

    name = models.CharField(max_length=80, unique=True)
    holder = models.CharField(max_length=120)
    registered_at = models.DateTimeField()

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


class PhotoDescriptor(models.Model):
    """What one detector version saw in one photo of the market."""

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")
    version = models.CharField(max_length=20, help_text="pdq-1")
    descriptor = models.BinaryField(
        max_length=256, help_text="PDQ hashes of the eight turned and mirrored forms, upright first"
    )
    upright = BitsField(length=256, help_text="the first of them, for comparison in the database")
    quality = models.PositiveSmallIntegerField(help_text="0-100; PDQ drops 49 and less")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["photo", "version"], name="descriptor_once")]

    def __str__(self) -> str:
        return f"{self.version} of photo {self.photo_id}"
