"""What the clock calls."""

from datetime import datetime

from marketplace.listings.services import stock


def release_expired(at: datetime) -> None:
    """Give back stock that unpaid checkouts kept too long."""
    stock.release_expired(at=at)
