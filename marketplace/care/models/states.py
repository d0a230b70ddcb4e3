"""Every state and kind of this room; the legal moves are in rules.py."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DisputeState(models.TextChoices):
    """Where a dispute stands; the legal moves are rules.DISPUTE_MOVES."""

    OPEN = "open", _("You talk to each other")
    ESCALATED = "escalated", _("Our staff decide")
    RETURNING = "returning", _("The goods go back")
    RULED = "ruled", _("Decided")
    SETTLED = "settled", _("Settled")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CLOSED = "closed", _("Closed by the clock")


class Reason(models.TextChoices):
    """What is wrong."""

    NOT_ARRIVED = "not_arrived", _("It did not arrive")
    NOT_AS_DESCRIBED = "not_as_described", _("It is not as described")
    DAMAGED = "damaged", _("It is damaged")
    WRONG_ITEM = "wrong_item", _("It is the wrong thing")
    FAKE = "fake", _("It is a fake")
    MISSING_PARTS = "missing_parts", _("Something is missing")
    OTHER = "other", _("Something else")


class Remedy(models.TextChoices):
    """What is asked for, offered, or ruled."""

    RETURN = "return", _("Money back, the goods go back")
    MONEY = "money", _("Money back, the goods stay")
    REPLACE = "replace", _("A replacement")
    NOTHING = "nothing", _("Nothing goes back")


class Side(models.TextChoices):
    """Who speaks, or whose turn it is."""

    BUYER = "buyer", _("Buyer")
    SELLER = "seller", _("Seller")
    STAFF = "staff", _("Staff")
    CLOCK = "clock", _("Clock")
    NOBODY = "nobody", _("Nobody")


class OfferState(models.TextChoices):
    """What became of an offer; the legal moves are rules.OFFER_MOVES."""

    OPEN = "open", _("Waits for an answer")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    LAPSED = "lapsed", _("No longer open")


class EntryKind(models.TextChoices):
    """What happened in a dispute."""

    OPENED = "opened", _("opened the dispute")
    WORD = "word", _("wrote")
    OFFER = "offer", _("made an offer")
    ACCEPTED = "accepted", _("accepted the offer")
    REFUSED = "refused", _("refused the offer")
    ESCALATED = "escalated", _("asked our staff to decide")
    ADDRESS = "address", _("said where the goods shall go")
    SENT_BACK = "sent_back", _("sent the goods back")
    DELIVERED = "delivered", _("noted that the parcel was delivered")
    ARRIVED = "arrived", _("noted that the goods came back")
    RULED = "ruled", _("decided")
    APPEALED = "appealed", _("appealed")
    ANSWERED = "answered", _("answered the appeal")
    WITHDRAWN = "withdrawn", _("withdrew the dispute")
    CLOSED = "closed", _("closed the dispute")


class AppealState(models.TextChoices):
    """What became of an appeal; the legal moves are rules.APPEAL_MOVES."""

    OPEN = "open", _("Waits for an answer")
    UPHELD = "upheld", _("The ruling stays")
    CHANGED = "changed", _("The ruling was changed")
