"""What the clock calls."""

from datetime import datetime

from marketplace.listings.importing import services as imports
from marketplace.listings.services import originals, restock, search, stock, wishes
from marketplace.outbox.models import Event


def forget_imports(at: datetime) -> None:
    """Delete tables of goods that nobody needs any more."""
    imports.forget(at=at)


def release_expired(at: datetime) -> None:
    """Give back stock that unpaid checkouts kept too long."""
    stock.release_expired(at=at)


def erase_originals(at: datetime) -> None:
    """Erase the uploads that no case needs."""
    originals.erase_due(at=at)


def sweep_originals(at: datetime) -> None:
    """Erase private files without a row, and rows without a file."""
    originals.sweep(at=at)


def refresh_search(at: datetime) -> None:
    """Renew what time changed in search: freshness, newcomers' lift, trust, pieces sold."""
    search.refresh_all(at=at)
    search.recount(at=at)


def shop_changed(event: Event, at: datetime) -> None:
    """Renew the rank of a shop's goods, because its standing changed."""
    search.refresh_shop(shop_id=event.data["shop_id"], at=at)


def tell_who_waits(at: datetime) -> None:
    """Tell people that what they waited for is back."""
    restock.tell_who_waits(at=at)


def look_at_searches(at: datetime) -> None:
    """Look at the kept searches that are due."""
    wishes.look_at_due(at=at)
