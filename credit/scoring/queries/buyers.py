"""What a buyer's own small table looks at."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from credit.scoring.rules.buyer import BuyerFacts
from credit.scoring.rules.features import months
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import User
from marketplace.care.models import Dispute, Side
from marketplace.orders.models import Order, OrderState
from marketplace.trust.models import Strike

RECEIVED = (OrderState.COMPLETED, OrderState.SETTLED)


def buyer_facts(user_id: int, at: datetime) -> BuyerFacts:
    """Read a buyer's facts. A dispute counts only where a ruling went against the buyer."""
    user = User.objects.get(pk=user_id)
    orders = Order.objects.filter(buyer_id=user_id, state__in=RECEIVED)
    lost = Dispute.objects.filter(order__buyer_id=user_id, won_by=Side.SELLER)
    strikes = Strike.objects.filter(user_id=user_id, voided_at=None, due_at__gt=at)
    return BuyerFacts(
        proven_contact=int(accounts.has_proven_contact(user_id)),
        account_months=months(at - user.date_joined),
        orders_received=orders.count(),
        disputes_lost=lost.exclude(rulings=None).count(),
        strike_points=int(strikes.aggregate(points=Sum("severity", default=0))["points"]),
    )
