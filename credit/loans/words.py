"""Reasons of refusals and states in the reader's language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from credit.loans.models import LoanKind, LoanState
from credit.loans.rules import products

REASONS: dict[str, Promise] = {
    "identity": _("Nobody has verified who you are yet."),
    "account": _("Your shop has no account to be paid to."),
    "shop": _("Your shop is not open, or its closure is planned."),
    "sanction": _("Your shop is limited because of breaches that still count."),
    "unpaid": _("Another loan of yours, in any shop, is late or was not paid back."),
    "debt": _("Your shop owes the platform money from refunds."),
    "paused": _("Your payout account was changed lately, so payouts wait."),
    "currency": _("We do not lend in the currency of your shop yet."),
    "no_score": _("Your shop has no score yet."),
    "score": _("Your score lies below what we lend to."),
    "running": _("You have as many running loans as one person may have, over all your shops."),
    "ladder": _("What you owe already reaches your step of the ladder. Paid back, the next is up."),
    "sales": _(
        "What your shop sold and delivered in the last 30 days, to different buyers, is too "
        "little for the smallest loan."
    ),
    "portfolio": _("All that is set aside for lending in this currency is lent."),
    "cut": _("Your limit was cut; the statement of reasons says why, and you can appeal."),
}
# Where somebody can do something about it: names of addresses without arguments.
WAYS: dict[str, tuple[Promise, str]] = {
    "identity": (_("Say who you are"), "accounts:identity"),
    "account": (_("Give an account to be paid to"), "shops:desk"),
    "shop": (_("Look at your shop"), "shops:desk"),
    "sanction": (_("See your standing, and appeal"), "trust:standing"),
    "unpaid": (_("Pay what is due"), "loans:mine"),
    "debt": (_("See what is owed: the next payouts net it"), "orders:money"),
    "paused": (_("See until when"), "shops:desk"),
    "no_score": (_("See how a score comes about"), "scoring:score"),
    "running": (_("Pay one back"), "loans:mine"),
    "ladder": (_("Pay back a part"), "loans:mine"),
    "sales": (_("See how your shop sells"), "orders:money"),
    "cut": (_("See why your limit was cut, and appeal"), "loans:mine"),
}
BOUND_BY: dict[str, Promise] = {
    "ladder": _("your step of the ladder: each loan paid back doubles it"),
    "sales": _("what your shop sold and delivered in the last 30 days"),
    "portfolio": _("what is left to lend in this currency"),
    "cut": _("your limit was cut; see My loans for the reasons and how to appeal"),
    "sample": _("a small loan by lot: your score lies just below the line"),
}
TONES: dict[str, str] = {
    LoanState.ACTIVE: "good",
    LoanState.LATE: "warn",
    LoanState.WRITTEN_OFF: "bad",
    LoanState.OFFERED: "warn",
}
KINDS_TOLD: dict[str, Promise] = {
    "even": _("The same amount every 30 days. A part of each payout pays it in advance."),
    "sales": _(
        "A quarter of each payout goes to the loan, so it ends when you sell much, and every 60 "
        "days only a part of the loan must be there."
    ),
}
KINDS = [(str(kind), kind.label) for kind in LoanKind]


def numbers() -> list[tuple[int, str]]:
    """Return the numbers of instalments to choose from, in words."""
    return [
        (number, ngettext("%(n)s part", "%(n)s parts", number) % {"n": number})
        for number in products.PARTS
    ]
