"""Tokens, and a small market in which one person sells and buys."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.developers import services
from marketplace.developers.models import ApiToken, Scope
from marketplace.orders.services import cart
from tests.factories.accounts import make_user
from tests.factories.listings import make_ready_draft
from tests.factories.orders import make_goods, make_group, make_order
from tests.factories.shops import make_shop


def make_token(
    *, user: User | None = None, scopes=tuple(Scope.values), shop=None, days=30, at=None
):
    """A token with its text; for everything unless told otherwise."""
    user = user or make_user()
    return services.make_token(
        user_id=user.pk,
        name="Stock program",
        scopes=scopes,
        days=days,
        shop_ref=shop.ref if shop else "",
        key=uuid.uuid4(),
        at=at or timezone.now(),
    )


class Api:
    """A program with a token: JSON in and out, a fresh key for each POST."""

    def __init__(self, token: str = "") -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path, **query):
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def send(self, method, path, body=None, *, key=None, **options):
        headers = dict(self.headers)
        if method == "post" and key != "":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        call = getattr(self.client, method)
        options = {"data": body or "", "content_type": "application/json", **options}
        return call(f"/api/v1/{path}", headers=headers, **options)

    def post(self, path, body=None, **options):
        return self.send("post", path, body, **options)


@dataclass
class Market:
    """What one person has who sells in one shop and buys in another."""

    person: User
    token: ApiToken
    text: str
    ids: dict[str, list[int]]
    slugs: dict[str, str]

    @property
    def api(self) -> Api:
        return Api(self.text)


def make_market() -> Market:
    """Goods, orders on both sides, a cart and a checkout that waits for its payment."""
    now = timezone.now() - timedelta(hours=4)
    person = make_user()
    token, text = make_token(user=person)
    shop = make_shop(owner=person, payout_account_sealed="IBAN 1")
    draft = make_ready_draft(shop=shop)
    live = make_goods(shop=shop)
    sold = [make_order(make_goods(shop=shop), state=state, at=now) for state in ("paid_held",) * 3]
    sold.append(make_order(make_goods(shop=shop), state="settled", at=now))
    elsewhere = make_goods()
    bought = [
        make_order(make_goods(), buyer=person, state=state, at=now)
        for state in ("shipped", "shipped", "awaiting_payment")
    ]
    group = make_group(make_goods(), buyer=person, at=timezone.now())
    line = cart.add_to_cart(
        buyer_id=person.pk, variant_id=elsewhere.pk, quantity=2, at=timezone.now()
    )
    return Market(
        person=person,
        token=token,
        text=text,
        ids={
            "goods": [draft.pk, live.listing_id],
            "variants": [live.pk, draft.variants.get().pk],
            "photos": [draft.photos.get().pk],
            "listings": [live.listing_id],
            "elsewhere": [elsewhere.pk],
            "orders": [one.pk for one in sold],
            "purchases": [one.pk for one in bought],
            "lines": [line.pk],
            "checkouts": [group.pk],
        },
        slugs={"shop": shop.slug, "category": live.listing.category.slug},
    )
