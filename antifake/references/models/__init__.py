"""What rights protect, whose they are, and descriptors of every photo on the market."""

from antifake.references.models.bank import (
    Authorisation,
    BankDescriptor,
    Brand,
    Descriptor,
    IndexBuild,
    PhotoDescriptor,
    PhotoWindows,
    ReferencePhoto,
    Remembered,
    RememberedContact,
    RememberedPhoto,
)
from antifake.references.models.files import SUFFIX_KNOWN, SealedFile, SealedRow
from antifake.references.models.rights import (
    LIVING,
    Agency,
    Right,
    RightKind,
    RightProof,
    RightState,
    Wording,
)

__all__ = [
    "LIVING",
    "SUFFIX_KNOWN",
    "Agency",
    "Authorisation",
    "BankDescriptor",
    "Brand",
    "Descriptor",
    "IndexBuild",
    "PhotoDescriptor",
    "PhotoWindows",
    "ReferencePhoto",
    "Remembered",
    "RememberedContact",
    "RememberedPhoto",
    "Right",
    "RightKind",
    "RightProof",
    "RightState",
    "SealedFile",
    "SealedRow",
    "Wording",
]
