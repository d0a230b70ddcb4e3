"""Disputes and reviews: facts and constraints."""

from marketplace.care.models.disputes import Dispute, Entry, EvidencePhoto, Offer, ReturnParcel
from marketplace.care.models.reviews import ListingStars, Review, ShopStars
from marketplace.care.models.rulings import Appeal, Ruling
from marketplace.care.models.states import (
    AppealState,
    DisputeState,
    EntryKind,
    OfferState,
    Reason,
    Remedy,
    Side,
)

__all__ = [
    "Appeal",
    "AppealState",
    "Dispute",
    "DisputeState",
    "Entry",
    "EntryKind",
    "EvidencePhoto",
    "ListingStars",
    "Offer",
    "OfferState",
    "Reason",
    "Remedy",
    "ReturnParcel",
    "Review",
    "Ruling",
    "ShopStars",
    "Side",
]
