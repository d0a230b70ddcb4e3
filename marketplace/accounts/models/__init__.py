"""People, what proves who they are, and how they get in."""

from marketplace.accounts.models.people import (
    Address,
    Channel,
    Role,
    SandboxDelivery,
    User,
    UserManager,
    UserRole,
)

__all__ = ["Address", "Channel", "Role", "SandboxDelivery", "User", "UserManager", "UserRole"]
