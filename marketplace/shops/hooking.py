"""What webhooks must know of shops: who looks after a shop's, and who is told when one stops."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts.models import User
from marketplace.hooks import owners
from marketplace.hooks.owners import OwnerKind
from marketplace.inbox import services as inbox
from marketplace.outbox.models import Event
from marketplace.shops import queries
from marketplace.shops.models import MemberRole, Shop, ShopMember, ShopState
from marketplace.shops.rules import Act


def _may(user_id: int, shop_id: int) -> bool:
    return queries.may(user_id=user_id, shop_id=shop_id, act=Act.MANAGE_HOOKS)


def _of(user_id: int) -> list[tuple[int, str]]:
    shops = Shop.objects.where_may(user_id, Act.MANAGE_HOOKS).order_by("pk")
    return list(shops.values_list("pk", "name"))


def _people(shop_id: int) -> list[int]:
    members = ShopMember.objects.filter(
        shop_id=shop_id, role=MemberRole.OWNER, user__is_active=True
    )
    here = members.exclude(shop__state=ShopState.CLOSED)
    return list(here.order_by("user_id").values_list("user_id", flat=True))


SHOP = OwnerKind(may=_may, of=_of, people=_people)


@transaction.atomic
def tell_of_pause(event: Event, at: datetime) -> None:
    """A webhook was paused because it failed: tell its people, once each."""
    endpoint_id = int(event.data["endpoint_id"])
    people = User.objects.filter(pk__in=owners.people(str(event.data["owner_ref"])))
    for user in people.order_by("pk"):
        with override(user.language):
            inbox.notify(
                user_id=user.pk,
                kind="webhook.paused",
                key=f"webhook.paused:{event.pk}:{user.pk}",
                subject=_("A webhook is paused"),
                body=_(
                    "A program of yours no longer takes our messages, so we have stopped sending"
                    " them. The page shows the last answers; resume when it is repaired, and"
                    " replay what was missed."
                ),
                link=reverse("hooks:endpoint", args=[endpoint_id]),
                at=at,
            )
