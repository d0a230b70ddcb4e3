"""The score in plain words: dimensions, rows of the table, what moved it, what raises it."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from credit.scoring.rules import Dimension, Features, Way

DIMENSIONS: dict[Dimension, Promise] = {
    Dimension.HISTORY: _("History"),
    Dimension.FULFILMENT: _("Fulfilment"),
    Dimension.CONDUCT: _("Conduct"),
    Dimension.IDENTITY: _("Identity"),
    Dimension.NETWORK: _("Trade network"),
}

ABOUT: dict[Dimension, Promise] = {
    Dimension.HISTORY: _("How long the shop has been trading, and how it repaid"),
    Dimension.FULFILMENT: _("Whether parcels leave in time and orders are kept"),
    Dimension.CONDUCT: _("Breaches that a person decided, goods sent back, what buyers say"),
    Dimension.IDENTITY: _("Whether we know who runs the shop"),
    Dimension.NETWORK: _("How many different people buy, each counted once"),
}

ROWS: dict[str, Promise] = {
    "base": _("Where every shop starts"),
    "months_trading": _("Months since the first settled order"),
    "active_months": _("Months of the last year with a settled order"),
    "account_months": _("Months since the shop was opened"),
    "instalments_paid": _("Instalments paid back"),
    "days_late": _("Latest instalment of the last year"),
    "on_time_permille": _("Parcels sent by the promised day"),
    "cancelled_permille": _("Paid orders that were cancelled"),
    "ship_hours": _("Time from payment to sending"),
    "lost_permille": _("Disputes that a buyer won"),
    "strike_points": _("Strikes that count today"),
    "fakes_proven": _("Fakes that a person confirmed"),
    "refunded_permille": _("Money given back to buyers"),
    "stars_hundredths": _("Stars that buyers gave"),
    "identity_level": _("How far we know who you are"),
    "payout_months": _("Months with the same payout account"),
    "buyers": _("Different buyers with a settled order"),
    "repeat_permille": _("Buyers who came back"),
    "largest_buyer_permille": _("Share of sales that goes to one buyer"),
    "limit": _("Scores stay between 350 and 950"),
}

# What helped, and what to do about what did not.
UP: dict[str, Promise] = {
    "months_trading": _("You have been trading for a while."),
    "active_months": _("You sell month after month."),
    "account_months": _("Your shop has been here for long."),
    "instalments_paid": _("You have paid instalments back."),
    "days_late": _("You pay instalments when they are due."),
    "on_time_permille": _("Your parcels leave by the promised day."),
    "cancelled_permille": _("You keep the orders that people have paid."),
    "ship_hours": _("You send soon after the payment."),
    "lost_permille": _("Buyers rarely win a dispute with you."),
    "strike_points": _("No breach of the rules counts against you."),
    "fakes_proven": _("Nobody found a fake with you."),
    "refunded_permille": _("Little money has to go back to buyers."),
    "stars_hundredths": _("Buyers rate your goods well."),
    "identity_level": _("Staff verified who you are."),
    "payout_months": _("You are paid to the same account for long."),
    "buyers": _("Many different people buy from you."),
    "repeat_permille": _("Buyers come back to you."),
    "largest_buyer_permille": _("Your sales are spread over many buyers."),
}

DOWN: dict[str, Promise] = {
    "months_trading": _("Your trading history is still short. It grows by itself."),
    "active_months": _("There were months without a settled order."),
    "account_months": _("Your shop is still young. This grows by itself."),
    "instalments_paid": _("Few instalments are paid back yet."),
    "days_late": _("An instalment was paid late in the last year."),
    "on_time_permille": _("Parcels left after their promised day; each buyer counts."),
    "cancelled_permille": _("Paid orders were cancelled. List only what you can send."),
    "ship_hours": _("Parcels leave later than those of other shops."),
    "lost_permille": _("Buyers won disputes with you. Each weighs less with time."),
    "strike_points": _("A strike counts against you. You can appeal it; if not, it ends in time."),
    "fakes_proven": _("A person confirmed a fake. You can appeal; if not, it ends in time."),
    "refunded_permille": _("Money had to go back to buyers."),
    "stars_hundredths": _("Buyers rate your goods lower than others'."),
    "identity_level": _("Your identity is verified only in part."),
    "payout_months": _("Your payout account is new. This grows by itself."),
    "buyers": _("Few different people have bought from you so far."),
    "repeat_permille": _("Few buyers have come back so far."),
    "largest_buyer_permille": _("Much of your trade is with one buyer. New buyers balance that."),
}
NOT_VERIFIED = _("Your identity is not verified yet.")

MISSING: dict[str, Promise] = {
    "months_trading": _("No order has been settled yet, so there is no history to count."),
    "active_months": _("No order has been settled yet, so no month counts."),
    "instalments_paid": _("You have not repaid a loan here yet."),
    "days_late": _("You have not repaid a loan here yet."),
    "on_time_permille": _("No parcel has been sent yet."),
    "cancelled_permille": _("No order has been paid yet."),
    "ship_hours": _("No parcel has been sent yet, so no time can be told."),
    "lost_permille": _("No order has been paid yet, so there is nothing to dispute."),
    "refunded_permille": _("No order has been paid yet, so nothing can go back."),
    "stars_hundredths": _("No buyer has written a review yet."),
    "payout_months": _("There is no account to pay you to."),
    "buyers": _("No buyer has a settled order with you yet."),
    "repeat_permille": _("No buyer has a settled order with you yet, so none came back."),
    "largest_buyer_permille": _("Too few buyers to say how sales are spread."),
}

# What an optional source says, while it is switched off.
SWITCHED_OFF: dict[str, Promise] = {
    "repeat_permille": _("You switched this source off: we do not look at who came back."),
    "payout_months": _("You switched this source off: we do not look at your payout account."),
}

# Where a score takes its facts from: what is read there, and what for.
SOURCES: dict[str, tuple[Promise, Promise]] = {
    "orders": (_("Your settled orders"), _("How long, how often and to how many you sell.")),
    "parcels": (_("Your parcels"), _("Whether they leave in time, and which orders you cancel.")),
    "disputes": (_("Disputes and refunds"), _("What buyers won, and what went back to them.")),
    "reviews": (_("Reviews"), _("The stars that buyers gave.")),
    "breaches": (_("Decisions about your shop"), _("Breaches of the rules that count today.")),
    "shop": (_("Your shop"), _("The day it was opened.")),
    "identity": (_("Your verified identity"), _("Whether we know who you are, not who that is.")),
    "loans": (_("Your loans here"), _("Instalments paid, and how late.")),
    "regulars": (_("Buyers who came back"), _("Which buyers bought from you more than once.")),
    "account": (_("Your payout account"), _("For how long you have been paid to the same one.")),
}

BUYER_ROWS: dict[str, Promise] = {
    "proven_contact": _("You can be reached at a proven address or number"),
    "account_months": _("Months since you opened your account"),
    "orders_received": _("Orders that you received"),
    "disputes_lost": _("Disputes that staff decided against you"),
    "strike_points": _("Knowing purchases of fakes that a person confirmed"),
}

WAYS = {
    "buyers": ngettext_lazy(
        "Sell to %(count)d more buyer.",
        "Sell to %(count)d more buyers, each counted once.",
        "count",
    ),
    "on_time_permille": ngettext_lazy(
        "Send to %(count)d more buyer by the promised day.",
        "Send to %(count)d more buyers by the promised day.",
        "count",
    ),
    "cancelled_permille": ngettext_lazy(
        "Keep the paid orders of %(count)d more buyer.",
        "Keep the paid orders of %(count)d more buyers.",
        "count",
    ),
    "refunded_permille": ngettext_lazy(
        "Sell to %(count)d more buyer without money going back.",
        "Sell to %(count)d more buyers without money going back.",
        "count",
    ),
    "ship_hours": ngettext_lazy(
        "Send %(count)d hour sooner on average.", "Send %(count)d hours sooner on average.", "count"
    ),
    "repeat_permille": ngettext_lazy(
        "Have %(count)d buyer come back who came once.",
        "Have %(count)d buyers come back who came once.",
        "count",
    ),
}

CAUSES: dict[str, Promise] = {
    "shop.approved": _("the shop was approved"),
    "order.shipped": _("a parcel was sent"),
    "order.settled": _("an order was settled"),
    "order.cancelled": _("an order was cancelled"),
    "strike.recorded": _("a strike was recorded"),
    "strike.voided": _("a strike was taken back"),
    "sanction.ended": _("a strike ended in time"),
    "dispute.ruled": _("a dispute was decided"),
    "dispute.overruled": _("a dispute was decided anew"),
    "dispute.closed": _("a dispute was closed by the clock"),
    "review.posted": _("a review was written"),
    "review.withdrawn": _("a review was withdrawn"),
    "review.restored": _("a review was put back"),
    "instalment.paid": _("an instalment was paid"),
    "instalment.late": _("an instalment is late"),
    "fact.decided": _("a disputed fact was decided"),
    "source.on": _("a source was switched on"),
    "source.off": _("a source was switched off"),
    "identity.verified": _("your identity was verified"),
    "identity.refused": _("your identity was not accepted"),
    "clock.day": _("time passed"),
}


def row_label(key: str) -> str:
    """Name a row of the table; a pair by its two halves."""
    first, _times, second = key.partition(" × ")
    if not second:
        return str(ROWS[first])
    return _now("%(first)s, together with: %(second)s") % {
        "first": ROWS[first],
        "second": ROWS[second],
    }


def up(key: str) -> str:
    """Say why a row helps."""
    first, _times, second = key.partition(" × ")
    return str(UP[first]) if not second else _together(first, second)


def down(key: str, features: Features, off: Collection[str] = ()) -> str:
    """Say why a row costs points, as it truly is with these facts."""
    first, _times, second = key.partition(" × ")
    if second:
        return _together(first, second)
    value = features.values()[first]
    if first in off:
        return str(SWITCHED_OFF[first])
    if value is None:
        return str(MISSING[first])
    if first == "identity_level" and not value:
        return str(NOT_VERIFIED)
    return str(DOWN[first])


def _together(first: str, second: str) -> str:
    return _now("Looked at together: “%(first)s” and “%(second)s”.") % {
        "first": ROWS[first],
        "second": ROWS[second],
    }


def way(found: Way) -> str:
    """Say what to do."""
    if found.key == "identity_level":
        if found.value >= 2:
            return _now("Have your identity verified, with your number in a trade or tax register.")
        return _now("Have your identity verified.")
    return str(WAYS[found.key] % {"count": found.count})


def value(key: str, amount: int | None) -> str:
    """Say a feature's value as people would: months, per cent, hours, stars, a count."""
    if amount is None:
        return _now("no record yet")
    if key.endswith("_permille"):
        return _now("%(rate)s %%") % {"rate": f"{amount / 10:g}"}
    if key == "stars_hundredths":
        return _now("%(stars)s of 5") % {"stars": f"{amount / 100:.1f}"}
    if key == "identity_level":
        return str((_("not verified"), _("verified"), _("verified, in a register"))[amount])
    return _counted(key, amount)


def _counted(key: str, amount: int) -> str:
    count = {"count": amount}
    if key.endswith("_months") or key == "months_trading":
        return ngettext("%(count)d month", "%(count)d months", amount) % count
    if key == "ship_hours":
        return ngettext("%(count)d hour", "%(count)d hours", amount) % count
    if key == "days_late":
        return ngettext("%(count)d day late", "%(count)d days late", amount) % count
    return str(amount)
