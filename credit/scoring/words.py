"""The score in plain words: dimensions, rows of the table, what moved it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from credit.scoring.rules import Dimension

DIMENSIONS: dict[Dimension, Promise] = {
    Dimension.HISTORY: _("History"),
    Dimension.FULFILMENT: _("Fulfilment"),
    Dimension.CONDUCT: _("Conduct"),
    Dimension.IDENTITY: _("Identity"),
    Dimension.NETWORK: _("Trade network"),
}

ABOUT: dict[Dimension, Promise] = {
    Dimension.HISTORY: _("How long the shop has been trading"),
    Dimension.FULFILMENT: _("Whether parcels leave in time and orders are kept"),
    Dimension.CONDUCT: _("Breaches of the rules, as decided by a person"),
    Dimension.IDENTITY: _("Whether we know who runs the shop"),
    Dimension.NETWORK: _("How many different people buy, each counted once"),
}

ROWS: dict[str, Promise] = {
    "base": _("Where every shop starts"),
    "months_trading": _("Months since the first settled order"),
    "on_time_permille": _("Parcels sent by the promised day"),
    "cancelled_permille": _("Paid orders that were cancelled"),
    "strike_points": _("Strikes that count today"),
    "approved": _("Shop approved by platform staff"),
    "buyers": _("Different buyers with a settled order"),
    "largest_buyer_permille": _("Share of sales that goes to one buyer"),
    "limit": _("Scores stay between 350 and 950"),
}

# What helped, and what to do about what did not.
UP: dict[str, Promise] = {
    "months_trading": _("You have been trading for a while."),
    "on_time_permille": _("Your parcels leave by the promised day."),
    "cancelled_permille": _("You keep the orders that people have paid."),
    "strike_points": _("No serious breach of the rules counts against you."),
    "approved": _("Staff checked and approved your shop."),
    "buyers": _("Many different people buy from you."),
    "largest_buyer_permille": _("Your sales are spread over many buyers."),
}

DOWN: dict[str, Promise] = {
    "months_trading": _("Your trading history is still short. It grows by itself."),
    "on_time_permille": _("Send every parcel by its promised day; each buyer counts."),
    "cancelled_permille": _("Paid orders were cancelled. List only what you can send."),
    "strike_points": _("A strike counts against you. You can appeal it; if not, it ends in time."),
    "approved": _("Your shop is not approved yet."),
    "buyers": _("Few different people have bought from you so far."),
    "largest_buyer_permille": _("Much of your trade is with one buyer. New buyers balance that."),
}

MISSING: dict[str, Promise] = {
    "months_trading": _("No order has been settled yet, so there is no history to count."),
    "on_time_permille": _("No parcel has been sent yet."),
    "cancelled_permille": _("No order has been paid yet."),
    "buyers": _("No buyer has a settled order with you yet."),
    "largest_buyer_permille": _("Too few buyers to say how sales are spread."),
}

CAUSES: dict[str, Promise] = {
    "shop.approved": _("the shop was approved"),
    "order.shipped": _("a parcel was sent"),
    "order.settled": _("an order was settled"),
    "order.cancelled": _("an order was cancelled"),
    "strike.recorded": _("a strike was recorded"),
    "strike.voided": _("a strike was taken back"),
    "clock.day": _("time passed"),
}
