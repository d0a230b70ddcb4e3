"""The port to carriers: who says where a parcel is. Ids and states are the carrier's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CarrierNews:
    """One scan of a parcel. `key` is what we called the parcel when we asked to follow it.

    `status` is one of models.TrackingStatus. "delivered" means handed to the receiver, never
    back to the sender: an adapter reports that as "returned". The same scan has the same
    `event_id` however often and by whichever way it is told.
    """

    event_id: str
    key: str
    status: str
    place: str
    happened_at: datetime


class Carrier(Protocol):
    """Knows parcels by their numbers. Calls may be slow: never inside a database transaction."""

    def follow(self, *, key: str, tracking: str, at: datetime) -> Sequence[CarrierNews]:
        """Ask to be told of a parcel, and return all that is known of it; safe to repeat.

        A number that the carrier does not know has no news yet.
        """
        ...

    def book(self, *, since: datetime) -> Sequence[CarrierNews]:
        """Return every scan since a moment of the parcels that we follow."""
        ...
