"""What a trader says about himself, whole and possible."""

from dataclasses import replace

from marketplace.accounts import identity
from marketplace.accounts.identity import Facts
from tests.factories.accounts import make_staff, make_user

WHOLE = Facts(
    legal_name="Ama Mensah Trading",
    country="GH",
    street="12 Castle Road\nAccra",
    phone="+233 24 123 4567",
    email="Office@Mensah.example.org",
    register_name="Registrar-General Accra",
    register_number="CS-123 456",
    vat_number="C000 123 4560",
    payment_holder="Ama Mensah",
    payment_account="GH12 3456 7890 1234",
    document_number="g 1234567",
)


def facts(**other) -> Facts:
    """Return a whole set, with parts replaced."""
    return replace(WHOLE, **other)


def make_identity(*, at, user=None, **other):
    """Return an identity that waits for verification."""
    user = user or make_user(role="seller")
    return identity.submit_identity(user_id=user.pk, facts=facts(**other), certified=True, at=at)


def make_verified(*, user, at, **other):
    """Have staff verify who a trader is: the part of opening a shop that takes another person."""
    sent = make_identity(at=at, user=user, **other)
    return identity.verify_identity(
        identity_id=sent.pk, version=sent.version, by_id=make_staff().pk, at=at
    )
