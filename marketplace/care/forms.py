"""What people write on the pages of this room."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.fields import LineField
from marketplace.care import queries
from marketplace.care.models import Dispute, Reason, Remedy
from marketplace.care.rules import REVIEW_LETTERS_MAX, STARS_MAX, TEXT_LETTERS
from marketplace.listings.forms import PhotosField
from marketplace.orders.models import Order
from marketplace.shops.fields import AmountField

TEXT_MAX = 4_000
WHOLE_ORDER = ""


def _text(label: Any, help_text: Any = "", *, required: bool = True, rows: int = 4) -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        min_length=TEXT_LETTERS if required else None,
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class KeyForm(forms.Form):
    """A form with a key of its own: sent twice, it counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"].setdefault("key", uuid.uuid4())
        super().__init__(*args, **kwargs)


class OpenForm(KeyForm):
    """What is wrong, and what would make it right."""

    line = forms.TypedChoiceField(
        label=_("What is it about?"), coerce=int, empty_value=None, required=False
    )
    reason = forms.ChoiceField(label=_("What is wrong?"), choices=Reason)
    wants = forms.ChoiceField(
        label=_("What do you ask for?"),
        choices=[(one.value, one.label) for one in Remedy if one != Remedy.NOTHING],
        widget=forms.RadioSelect,
        initial=Remedy.RETURN,
    )
    amount = AmountField(
        label=_("How much money back?"),
        help_text=_("Leave it empty to ask for all of it."),
        required=False,
    )
    text = _text(_("Tell the shop what happened"))
    photos = PhotosField(
        label=_("Photos"),
        help_text=_("Only you, the shop and our staff see them."),
        required=False,
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = [(line.pk, f"{line.quantity} × {line.title}") for line in _lines(order)]
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            (WHOLE_ORDER, _("The whole order")),
            *lines,
        ]
        self.fields["amount"].currency = order.currency  # type: ignore[attr-defined]


def _lines(order: Order) -> list[Any]:
    return list(queries.complain_lines(order))


class SayForm(KeyForm):
    """Words and photos for the other side and for staff."""

    text = _text(_("Your words"), rows=3)
    photos = PhotosField(
        label=_("Photos"),
        help_text=_("Only you two and our staff see them."),
        required=False,
    )


class OfferForm(KeyForm):
    """How one side would end it."""

    kind = forms.ChoiceField(
        label=_("Your proposal"),
        choices=[(one.value, one.label) for one in Remedy if one != Remedy.NOTHING],
        widget=forms.RadioSelect,
        initial=Remedy.MONEY,
    )
    amount = AmountField(
        label=_("How much money back?"),
        help_text=_("Leave it empty for all of it. A replacement needs no amount."),
        required=False,
    )
    text = _text(_("A word with it"), required=False, rows=2)

    def __init__(self, *args: Any, dispute: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = dispute.order.currency  # type: ignore[attr-defined]
        if queries.was_sent_back(dispute):  # the goods travel once
            self.fields["kind"].choices = [  # type: ignore[attr-defined]
                (one.value, one.label) for one in (Remedy.MONEY, Remedy.REPLACE)
            ]


class RefuseForm(forms.Form):
    """Why not, if one likes to say."""

    text = _text(_("Why not?"), required=False, rows=2)


class EscalateForm(forms.Form):
    """What staff should know first."""

    text = _text(
        _("What should our staff know?"),
        _("While goods travel back: say what is wrong with them."),
        required=False,
        rows=2,
    )


class AddressForm(forms.Form):
    """Where returned goods shall go."""

    address = forms.CharField(
        label=_("Where shall the goods go?"),
        help_text=_("Name, street, town, postcode, country. Only the buyer sees it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )


class ParcelForm(forms.Form):
    """Proof that the goods are on their way back."""

    carrier = LineField(label=_("Carrier"), max_length=40, required=False)
    tracking = LineField(
        label=_("Tracking number"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AppealForm(forms.Form):
    """One side's words against a ruling."""

    text = _text(_("Why is the ruling wrong?"))


def _star_choices() -> list[tuple[int, str]]:
    """Return the stars to choose from, the best first, drawn and in words."""
    return [
        (n, _("%(stars)s %(n)d of 5") % {"stars": "★" * n + "☆" * (STARS_MAX - n), "n": n})
        for n in range(STARS_MAX, 0, -1)
    ]


class ReviewForm(forms.Form):
    """What one bought line is worth."""

    stars = forms.TypedChoiceField(
        label=_("How good is it?"),
        choices=_star_choices,
        coerce=int,
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Your words"),
        help_text=_("Everybody reads them. You can write one review, once."),
        max_length=REVIEW_LETTERS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class AnswerForm(forms.Form):
    """The shop's one answer to a review."""

    text = forms.CharField(
        label=_("Your answer"),
        help_text=_("Everybody reads it. You can answer once."),
        max_length=REVIEW_LETTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RulingForm(forms.Form):
    """A staff member's ruling on a dispute."""

    kind = forms.ChoiceField(
        label=_("Ruling"),
        choices=[(one.value, one.label) for one in Remedy if one != Remedy.REPLACE],
    )
    amount = AmountField(
        label=_("What the buyer gets back in all"),
        help_text=_("Empty: all that was asked for."),
        required=False,
    )
    reasons = _text(_("Reasons, for both sides to read"))
    withdraw_review = forms.BooleanField(
        label=_("Withdraw the buyer's review of these goods"), required=False
    )

    def __init__(self, *args: Any, dispute: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = dispute.order.currency  # type: ignore[attr-defined]


class AppealAnswerForm(forms.Form):
    """Another person's answer to an appeal."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("upheld", _("The ruling stays")), ("changed", _("The ruling is changed"))],
    )
    kind = forms.ChoiceField(
        label=_("If it is changed"),
        choices=[(one.value, one.label) for one in (Remedy.MONEY, Remedy.NOTHING)],
    )
    amount = AmountField(
        label=_("What the buyer gets back in all"),
        help_text=_("Empty: all that was asked for."),
        required=False,
    )
    answer = _text(_("Answer, for both sides to read"))

    def __init__(self, *args: Any, dispute: Dispute, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = dispute.order.currency  # type: ignore[attr-defined]


class WithdrawReviewForm(forms.Form):
    """Why a review goes."""

    reason = _text(_("Reasons, for the author to read"))
