"""People with a share in a shop, brought about by the services themselves."""

from uuid import uuid4

from marketplace.shops import services as shops
from tests.factories.accounts import make_person
from tests.factories.shops import LONG_AGO


def make_share(*, shop, user=None, share_bp=3_000, agreed=True, account="IBAN 7", at=LONG_AGO):
    """A share in a shop, agreed unless said otherwise; its person has an account to be paid to."""
    user = user or make_person()
    share = shops.propose_share(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        contact=user.email,
        called=f"Plot of {user.pk}",
        share_bp=share_bp,
        since=at,
        key=uuid4(),
        at=at,
    )
    if agreed:
        share = shops.agree_share(share_id=share.pk, user_id=user.pk, at=at)
    if account:
        shops.set_share_account(user_id=user.pk, account=account, at=at)
    return share
