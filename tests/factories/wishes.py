"""What people keep for later."""

from datetime import timedelta

from marketplace.listings.models import SavedSearch, StockWatch
from tests.factories.accounts import make_user
from tests.factories.shops import LONG_AGO


def make_saved_search(*, user=None, **fields):
    """A search for baskets that was never looked at since."""
    fields.setdefault("name", "Baskets")
    fields.setdefault("query", "q=basket")
    fields.setdefault("created_at", LONG_AGO)
    fields.setdefault("looked_at", LONG_AGO)
    fields.setdefault("due_at", LONG_AGO + timedelta(days=1))
    return SavedSearch.objects.create(user=user or make_user(), **fields)


def make_watch(*, variant, user=None, **fields):
    """Somebody waits for a choice."""
    fields.setdefault("asked_at", LONG_AGO)
    return StockWatch.objects.create(user=user or make_user(), variant=variant, **fields)
