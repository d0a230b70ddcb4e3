"""Blind samples of what machines did, and what was refused before."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from antifake.cases.models.cases import Case, Decision
from marketplace.listings.models import Listing
from marketplace.shops.models import Shop


class Population(models.TextChoices):
    """What an audit draws from."""

    ALLOWED = "allowed", _("Allowed by the check")
    MACHINE = "machine", _("To be taken down by machine")


class AuditSample(models.Model):
    """A case that a person rules on without knowing that the machine had made up its mind."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="audit")
    population = models.CharField(max_length=8, choices=Population)
    chance_permille = models.PositiveSmallIntegerField(help_text="of being drawn, at that time")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(population__in=Population.values), name="audit_population_known"
            ),
            models.CheckConstraint(
                condition=Q(chance_permille__gte=1, chance_permille__lte=1000),
                name="audit_chance_possible",
            ),
        ]

    def __str__(self) -> str:
        return f"audit of case {self.case_id}"


class RefusedContent(models.Model):
    """What a removed listing said and showed, so that trying it again is seen.

    It counts while its decision stands; nothing here names a person.
    """

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="refused")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    words = ArrayField(models.TextField(), help_text="of the title, folded, each once")
    sha256s = ArrayField(models.CharField(max_length=64), help_text="of its photos' uploads")
    uprights = models.BinaryField(help_text="PDQ hashes of its photos, 32 bytes each")

    def __str__(self) -> str:
        return f"content refused by decision {self.decision_id}"
