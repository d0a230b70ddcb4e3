"""The published catalogue: which facts are told, to whom, and in which words.

A name, once published, keeps its meaning. A message is thin: ids, state and a link. Only the
ids that stand here leave the house, so that no fact can carry personal data along by accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from marketplace.outbox.models import Event

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

TEST = "webhook.test"


@dataclass(frozen=True)
class EventType:
    """One kind of message.

    `source` is the name in our own event log; `owner` and `owner_id` say whose it is: the kind of
    owner and the key of its id in the event's data. `state` is fixed, or "" when the event holds
    it. `page` is (URL name, key of its id) of the page that tells more.
    """

    name: str
    source: str
    owner: str
    owner_id: str
    ids: tuple[str, ...]
    words: StrPromise
    state: str = ""
    page: tuple[str, str] | None = None


def _order(name: str, state: str, words: StrPromise) -> EventType:
    page = ("orders:detail", "order_id")
    ids = ("order_id", "shop_id")
    return EventType(name, name, "shop", "shop_id", ids, words, state, page)


def _dispute(name: str, state: str, words: StrPromise) -> EventType:
    ids = ("dispute_id", "order_id", "shop_id")
    page = ("care:dispute", "dispute_id")
    return EventType(name, name, "shop", "shop_id", ids, words, state, page)


def _listing(name: str, words: StrPromise) -> EventType:
    page = ("listings:edit", "listing_id")
    ids = ("listing_id", "shop_id", "content_version")
    return EventType(name, name, "shop", "shop_id", ids, words, "", page)


def _payout(name: str, source: str, words: StrPromise) -> EventType:
    ids, state = ("payout_id", "shop_id"), source.partition(".")[2]
    return EventType(name, source, "shop", "shop_id", ids, words, state)


def _identity(name: str, words: StrPromise) -> EventType:
    ids, state = ("user_id",), name.partition(".")[2]
    return EventType(name, name, "user", "user_id", ids, words, state)


_ALL = (
    _order("order.paid", "paid_held", _("An order is paid; the money is held until it arrives.")),
    _order("order.shipped", "shipped", _("An order was sent.")),
    _order("order.delivered", "delivered", _("The carrier delivered an order.")),
    _order("order.completed", "completed", _("The buyer, or the clock, completed an order.")),
    _order("order.settled", "settled", _("The money of an order was released.")),
    _order("order.cancelled", "cancelled", _("An order was cancelled.")),
    _order("order.refunded", "", _("Money of an order went back to the buyer.")),
    _dispute("dispute.opened", "opened", _("A buyer opened a dispute.")),
    _dispute("dispute.escalated", "escalated", _("A dispute went to the platform's staff.")),
    _dispute("dispute.settled", "settled", _("Buyer and seller agreed.")),
    _dispute("dispute.ruled", "ruled", _("The platform's staff decided a dispute.")),
    _payout("payout.sent", "payout.paid", _("A payout left for the shop's account.")),
    _payout("payout.failed", "payout.failed", _("A payout came back.")),
    _listing("listing.published", _("A listing went on sale.")),
    _listing("listing.withheld", _("A listing was withheld.")),
    _listing("listing.lifted", _("A listing is no longer withheld.")),
    _listing("listing.ended", _("A listing ended.")),
    _identity("identity.verified", _("Your identity as a trader was verified.")),
    _identity("identity.refused", _("Your identity as a trader was refused.")),
)
TYPES = {one.name: one for one in _ALL}
BY_SOURCE = {one.source: one for one in _ALL}


def for_owner(kind: str) -> list[EventType]:
    """Return the types that an owner of this kind ("shop", "user") can ask for."""
    return [one for one in _ALL if one.owner == kind]


def owner_ref(event: Event) -> str:
    """Return whose an event of the catalogue is, such as shop:12."""
    kind = BY_SOURCE[event.name]
    return f"{kind.owner}:{event.data.get(kind.owner_id)}"
