"""Reads: what one listing is compared with."""

from antifake.references.queries.bank import (
    WITHIN_BITS,
    bank_for,
    bank_of_words,
    brands_for,
    compared_with,
    queries_for,
    shared_with_removed,
    views_of,
)
from antifake.references.queries.contacts import CONTACT
from antifake.references.queries.finding import (
    Shown,
    fakes_at_a_glance,
    fakes_compared,
    goods_showing,
)
from antifake.references.queries.known import (
    described_reference,
    earlier_references,
    listings_of,
    needles,
    reference_file,
    remembered_by,
)
from antifake.references.queries.nearby import NearPhoto, near_photos, tail_length
from antifake.references.queries.rights import (
    acts_for,
    agencies_of,
    is_in_force,
    photos_of,
    rights_of,
    usable_rights,
)
from antifake.references.queries.windows import near_windows

__all__ = [
    "CONTACT",
    "WITHIN_BITS",
    "NearPhoto",
    "Shown",
    "acts_for",
    "agencies_of",
    "bank_for",
    "bank_of_words",
    "brands_for",
    "compared_with",
    "described_reference",
    "earlier_references",
    "fakes_at_a_glance",
    "fakes_compared",
    "goods_showing",
    "is_in_force",
    "listings_of",
    "near_photos",
    "near_windows",
    "needles",
    "photos_of",
    "queries_for",
    "reference_file",
    "remembered_by",
    "rights_of",
    "shared_with_removed",
    "tail_length",
    "usable_rights",
    "views_of",
]
