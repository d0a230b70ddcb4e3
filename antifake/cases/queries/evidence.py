"""What a scan found, with the pictures that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from antifake.cases.models import Finding
from antifake.references.models import ReferencePhoto, RememberedPhoto
from antifake.references.queries import reference_file
from marketplace.listings.models import Photo
from marketplace.listings.queries import photo_file, photo_url

# What a finding multiplied the odds by: e^3 is 20, e^1.5 is 4.5, e^0.5 is 1.6.
WEIGHTS = (
    (3.0, gettext_lazy("It weighed very much: alone it makes a fake twenty times as likely.")),
    (1.5, gettext_lazy("It weighed much: alone it makes a fake several times as likely.")),
    (0.5, gettext_lazy("It weighed a little, beside the rest.")),
)
# In the evidence: a picture of the bank. With the other beside it, one that a decision made
# evidence, whose numbers are those of another table.
OF_THE_BANK, OF_A_FAKE = "reference_id", "confirmed_fake"
OF_THE_MARKET = "matched_photo_id"


@dataclass(frozen=True)
class Pictures:
    """The two photos of a finding; None where there is none, or where it is gone.

    `photo` is the listing's own. It is like `matched`, another shop's, or like `known`: a rights
    holder's, or one that showed a confirmed fake.
    """

    photo: Photo | None = None
    matched: Photo | None = None
    known: ReferencePhoto | RememberedPhoto | None = None

    def photo_url(self, size: str) -> str:
        """Return the address of the listing's photo (large or thumb), empty without one."""
        return photo_url(self.photo, size) if self.photo else ""

    def matched_url(self, size: str) -> str:
        """Return the address of the other photo, empty without one."""
        if self.known:
            return reverse("admin:references_photo", args=[self.known.name])
        return photo_url(self.matched, size) if self.matched else ""


@dataclass(frozen=True)
class Evidence:
    """One finding with the pictures that belong to it."""

    finding: Finding
    photo_url: str
    matched_url: str
    matched_name: str
    first_seen: datetime | None = None
    matched_first_seen: datetime | None = None

    @property
    def is_of_a_fake(self) -> bool:
        """Say whether the other photo showed a confirmed fake."""
        return is_of_a_fake(self.finding)

    @property
    def weight_in_words(self) -> str:
        """How much it moved the probability, beside the other findings."""
        added = self.finding.contribution
        if added < 0:
            return _("It speaks for the seller.")
        for least, words in WEIGHTS:
            if added >= least:
                return str(words)
        return _("It hardly counted.")


def evidence_of(scan_id: int) -> list[Evidence]:
    """Return what a scan found, the strongest first, with the pictures side by side."""
    findings = list(Finding.objects.filter(scan_id=scan_id).order_by("-log_odds", "pk"))
    pairs = zip(findings, pictures_of(findings), strict=True)
    return [_evidence(finding, pictures) for finding, pictures in pairs]


def pictures_of(findings: Sequence[Finding]) -> list[Pictures]:
    """Return each finding's pictures, in three statements however many they are."""
    fakes = [one for one in findings if is_of_a_fake(one)]
    others = [one for one in findings if not is_of_a_fake(one)]
    photos = Photo.objects.in_bulk(_ids(findings, "photo_id") | _ids(findings, OF_THE_MARKET))
    references = ReferencePhoto.objects.in_bulk(_ids(others, OF_THE_BANK))
    remembered = RememberedPhoto.objects.in_bulk(_ids(fakes, OF_THE_BANK))
    return [
        Pictures(
            photo=photos.get(one.evidence.get("photo_id", 0)),
            matched=photos.get(one.evidence.get(OF_THE_MARKET, 0)),
            known=remembered.get(one.evidence.get(OF_THE_BANK, 0))
            if is_of_a_fake(one)
            else references.get(one.evidence.get(OF_THE_BANK, 0)),
        )
        for one in findings
    ]


def files_of(finding_id: int) -> tuple[str, str] | None:
    """Return the stored pictures of a finding's two photos; None when one is gone."""
    finding = Finding.objects.filter(pk=finding_id).first()
    if finding is None:
        return None
    [found] = pictures_of([finding])
    if found.photo is None or not (found.known or found.matched):
        return None
    other = photo_file(found.matched.name, "large") if found.matched else ""
    if found.known:
        other = reference_file(found.known.name)
    return photo_file(found.photo.name, "large"), other


def is_of_a_fake(finding: Finding) -> bool:
    """Say whether a finding speaks of a photo that showed a confirmed fake."""
    return bool(finding.evidence.get(OF_A_FAKE))


def _ids(findings: Sequence[Finding], name: str) -> set[int]:
    return {finding.evidence[name] for finding in findings if name in finding.evidence}


def _evidence(finding: Finding, pictures: Pictures) -> Evidence:
    matched = pictures.matched
    seen = matched.added_at if matched else None
    if isinstance(pictures.known, RememberedPhoto):
        seen = _first_seen(pictures.known)
    return Evidence(
        finding=finding,
        photo_url=pictures.photo_url("large"),
        matched_url=pictures.matched_url("large"),
        matched_name=finding.evidence.get("brand", ""),
        first_seen=pictures.photo.added_at if pictures.photo else None,
        matched_first_seen=seen,
    )


def _first_seen(fake: RememberedPhoto) -> datetime | None:
    """Return when the photo of a confirmed fake was first put up here."""
    shown = Photo.objects.filter(listing_id=fake.listing_id, sha256=fake.sha256)
    return shown.order_by("added_at").values_list("added_at", flat=True).first()
