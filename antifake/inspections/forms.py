"""What people write on the pages of this room."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from antifake.cases.forms import FilesField
from antifake.inspections import rules
from antifake.inspections.models import Holder, Outcome
from marketplace.listings.models import Listing


class KeyForm(forms.Form):
    """A form with a key of its own: sent twice, it counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"].setdefault("key", uuid.uuid4())
        super().__init__(*args, **kwargs)


class AskForm(KeyForm):
    """A seller's wish for the mark."""

    listing = forms.ModelChoiceField(label=_("Which goods"), queryset=Listing.objects.none())
    question = forms.CharField(
        label=_("What shall be confirmed?"),
        help_text=_("For example: that the bowl is thrown by hand, of the clay you name."),
        min_length=rules.WORDS_LETTERS,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, listings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["listing"].queryset = listings  # type: ignore[attr-defined]
        self.fields["listing"].label_from_instance = lambda one: one.title  # type: ignore[attr-defined]


class OrderForm(KeyForm):
    """Staff's order, perhaps for a case or with the goods of one order."""

    question = forms.CharField(
        label=_("What shall be found out?"),
        min_length=rules.WORDS_LETTERS,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    case_id = forms.IntegerField(
        label=_("Number of the case"),
        required=False,
        min_value=1,
        help_text=_("A clear result binds it."),
    )
    order_id = forms.IntegerField(
        label=_("Number of the order"),
        required=False,
        min_value=1,
        help_text=_("If the goods of one order are looked at."),
    )


class HandOverForm(KeyForm):
    """One link of the chain of custody."""

    giver = forms.ChoiceField(label=_("Who gave the goods"), choices=Holder.choices)
    taker = forms.ChoiceField(label=_("Who took them"), choices=Holder.choices)
    seal_number = forms.CharField(label=_("Number of the seal or parcel"), max_length=40)
    words = forms.CharField(label=_("State of the parcel, place"), max_length=300, required=False)


class ResultForm(forms.Form):
    """What the inspector found."""

    outcome = forms.ChoiceField(
        label=_("What you found"), choices=Outcome.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("What you saw"),
        help_text=_("Seller and platform read it, and whoever has the link to the result."),
        min_length=rules.WORDS_LETTERS,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    photos = FilesField(
        label=_("Photos"),
        help_text=_("One to eight."),
        most=rules.PHOTOS_MOST,
        accept="image/jpeg,image/png,image/webp,image/heic",
    )
