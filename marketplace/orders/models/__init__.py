"""Cart, checkout, escrow, parcels, refunds, payouts. Money itself lives in the ledger."""

from marketplace.orders.models.carts import Cart, CartLine
from marketplace.orders.models.groups import OrderGroup
from marketplace.orders.models.orders import Escrow, Extension, Order, OrderLine
from marketplace.orders.models.parcels import (
    SandboxParcel,
    SandboxScan,
    Shipment,
    ShipmentLine,
    TrackingEvent,
)
from marketplace.orders.models.payments import Chargeback, Payment, ProviderEvent, SandboxEntry
from marketplace.orders.models.payouts import Claim, Payout
from marketplace.orders.models.reconciliations import (
    DifferenceKind,
    ReconciliationDifference,
    ReconciliationRun,
)
from marketplace.orders.models.refunds import Refund, RefundLine
from marketplace.orders.models.shares import OrderShare
from marketplace.orders.models.states import (
    Advance,
    CancelledBy,
    ChargebackState,
    CompletedBy,
    EscrowState,
    OrderState,
    PaymentState,
    PayoutState,
    RefundKind,
    RefundState,
    SandboxOutcome,
    TrackingStatus,
)

__all__ = [
    "Advance",
    "CancelledBy",
    "Cart",
    "CartLine",
    "Chargeback",
    "ChargebackState",
    "Claim",
    "CompletedBy",
    "DifferenceKind",
    "Escrow",
    "EscrowState",
    "Extension",
    "Order",
    "OrderGroup",
    "OrderLine",
    "OrderShare",
    "OrderState",
    "Payment",
    "PaymentState",
    "Payout",
    "PayoutState",
    "ProviderEvent",
    "ReconciliationDifference",
    "ReconciliationRun",
    "Refund",
    "RefundKind",
    "RefundLine",
    "RefundState",
    "SandboxEntry",
    "SandboxOutcome",
    "SandboxParcel",
    "SandboxScan",
    "Shipment",
    "ShipmentLine",
    "TrackingEvent",
    "TrackingStatus",
]
