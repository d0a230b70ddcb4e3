"""Every state and kind of this room; the legal moves are in rules.py."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    """Where an order stands; the legal moves are rules.ORDER_MOVES."""

    AWAITING_PAYMENT = "awaiting_payment", _("Waiting for payment")
    PAID_HELD = "paid_held", _("Paid, money held safe")
    SHIPPED = "shipped", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    COMPLETED = "completed", _("Completed")
    SETTLED = "settled", _("Settled")
    EXPIRED = "expired", _("Expired unpaid")
    CANCELLED = "cancelled", _("Cancelled")


class CompletedBy(models.TextChoices):
    """Who ended the buyer's time to complain."""

    BUYER = "buyer", _("the buyer")
    CLOCK = "clock", _("the clock")
    RULING = "ruling", _("the ruling on a dispute")


class CancelledBy(models.TextChoices):
    """Who cancelled an order."""

    BUYER = "buyer", _("the buyer")
    SELLER = "seller", _("the seller")
    PLATFORM = "platform", _("the platform")


class EscrowState(models.TextChoices):
    """Where the money held for one order went."""

    OPEN = "open", _("Held")
    RELEASED = "released", _("Released to the seller")
    REFUNDED = "refunded", _("Refunded to the buyer")
    SPLIT = "split", _("Split")


class PaymentState(models.TextChoices):
    """How far a charge has come."""

    STARTED = "started"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUNDED = "refunded"


class SandboxOutcome(models.TextChoices):
    """What the sandbox bank answered."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"


class PayoutState(models.TextChoices):
    """How far a payment to a shop has come."""

    CREATED = "created", _("On its way")
    PAID = "paid", _("Paid")
    FAILED = "failed", _("Came back")


class RefundKind(models.TextChoices):
    """Why money goes back to a buyer."""

    CANCELLED = "cancelled", _("The order was called off")
    UNSELLABLE = "unsellable", _("The goods could not be sold any more")
    GOODWILL = "goodwill", _("The shop gave it back")
    DISPUTE = "dispute", _("A dispute was settled")
    RETURN = "return", _("The goods were sent back")
    CHARGEBACK = "chargeback", _("The buyer's bank took it back")
    RECALL = "recall", _("The goods were found to be fakes")


class Advance(models.TextChoices):
    """Who bears a refund that the platform paid first; the legal moves are rules.ADVANCE_MOVES."""

    NONE = "", _("Not advanced")
    OPEN = "open", _("Paid by the platform, the shop owes it")
    RECOVERED = "recovered", _("Taken from the shop")
    BORNE = "borne", _("Borne by the platform")


class RefundState(models.TextChoices):
    """How far a refund has come; the legal moves are rules.REFUND_MOVES."""

    OWED = "owed", _("On its way back")
    DONE = "done", _("Back with the buyer")
    REVERSED = "reversed", _("Taken back by the bank's ruling")


class ChargebackState(models.TextChoices):
    """How a charge that the buyer's bank disputed stands."""

    OPEN = "open", _("Taken by the bank")
    WON = "won", _("Given back by the bank")
    LOST = "lost", _("Lost for good")


class TrackingStatus(models.TextChoices):
    """What a carrier reports of a parcel."""

    ACCEPTED = "accepted", _("Handed to the carrier")
    ON_THE_WAY = "on_the_way", _("On its way")
    AT_CUSTOMS = "at_customs", _("At customs")
    OUT = "out", _("Out for delivery")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Delivery failed")
    RETURNED = "returned", _("Going back to the sender")
