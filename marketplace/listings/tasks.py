"""What the clock calls."""

from datetime import datetime

from marketplace.listings.services import originals, stock


def release_expired(at: datetime) -> None:
    """Give back stock that unpaid checkouts kept too long."""
    stock.release_expired(at=at)


def erase_originals(at: datetime) -> None:
    """Erase the uploads that no case needs."""
    originals.erase_due(at=at)


def sweep_originals(at: datetime) -> None:
    """Erase private files without a row, and rows without a file."""
    originals.sweep(at=at)
