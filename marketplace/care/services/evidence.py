"""Pictures as evidence, for both sides of a dispute and for staff."""

from marketplace.care import rules
from marketplace.care.models import EvidencePhoto
from marketplace.listings.services.albums import Album

EVIDENCE = Album("evidence", EvidencePhoto, most=rules.PHOTOS_AT_ONCE)
