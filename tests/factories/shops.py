"""The smallest valid shop, in any state, written straight into the tables."""

from datetime import UTC, datetime
from itertools import count

from marketplace.shops.models import MemberRole, Shop, ShopMember, ShopState
from tests.factories.accounts import make_person

NUMBERS = count(1)
# Long enough that no payout reserve for new shops applies.
LONG_AGO = datetime(2025, 1, 5, 9, 0, tzinfo=UTC)


def make_shop(*, owner=None, state=ShopState.APPROVED, **fields):
    """A shop with its owner as a member; open unless another state is asked for."""
    number = next(NUMBERS)
    owner = owner or make_person()
    fields.setdefault("name", f"Shop {number}")
    fields.setdefault("slug", f"shop-{number}")
    fields.setdefault("country", "RW")
    fields.setdefault("currency", "EUR")
    fields.setdefault("applied_at", LONG_AGO)
    if state != ShopState.APPLIED:
        fields.setdefault("decided_at", LONG_AGO)
    if state in (ShopState.CLOSING, ShopState.CLOSED):
        fields.setdefault("closing_from", LONG_AGO)
    if state == ShopState.CLOSED:
        fields.setdefault("closed_at", LONG_AGO)
    shop = Shop.objects.create(owner=owner, state=state, **fields)
    ShopMember.objects.create(shop=shop, user=owner, role=MemberRole.OWNER, since=LONG_AGO)
    return shop


def make_member(*, shop=None, user=None, role=MemberRole.PACKER):
    """Somebody who works in a shop."""
    shop, user = shop or make_shop(), user or make_person()
    return ShopMember.objects.create(shop=shop, user=user, role=role, since=LONG_AGO)
