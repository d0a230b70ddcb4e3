"""People, what proves who they are, and how they get in."""

from marketplace.accounts.models.access import (
    GuestLink,
    KnownDevice,
    Session,
    TermsAcceptance,
    TermsVersion,
    Throttle,
)
from marketplace.accounts.models.identity import (
    AccessReason,
    DocumentKind,
    IdentityState,
    TraderIdentity,
)
from marketplace.accounts.models.people import (
    Address,
    Channel,
    Role,
    SandboxDelivery,
    User,
    UserManager,
    UserRole,
)

__all__ = [
    "AccessReason",
    "Address",
    "Channel",
    "DocumentKind",
    "GuestLink",
    "IdentityState",
    "KnownDevice",
    "Role",
    "SandboxDelivery",
    "Session",
    "TermsAcceptance",
    "TermsVersion",
    "Throttle",
    "TraderIdentity",
    "User",
    "UserManager",
    "UserRole",
]
