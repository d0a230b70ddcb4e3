"""Rights, descriptions, what decisions teach, and the index of all photos."""

from antifake.references.services.agencies import end_agency, name_agent
from antifake.references.services.descriptions import (
    anything_undescribed,
    describe_bank,
    describe_missing,
    describe_photo,
    describe_photos,
)
from antifake.references.services.fakes import confirm_fake, forget_fake, remember_seller
from antifake.references.services.holders import (
    Claim,
    add_wording,
    look_at_due,
    refuse_right,
    register_right,
    verify_right,
)
from antifake.references.services.indexing import build, build_if_due
from antifake.references.services.rights import add_reference_photo, authorise, register_brand

__all__ = [
    "Claim",
    "add_reference_photo",
    "add_wording",
    "anything_undescribed",
    "authorise",
    "build",
    "build_if_due",
    "confirm_fake",
    "describe_bank",
    "describe_missing",
    "describe_photo",
    "describe_photos",
    "end_agency",
    "forget_fake",
    "look_at_due",
    "name_agent",
    "refuse_right",
    "register_brand",
    "register_right",
    "remember_seller",
    "verify_right",
]
