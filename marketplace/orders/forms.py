"""What people type at checkout and about a parcel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.fields import CountryField, LineField
from marketplace.accounts.models import Address
from marketplace.orders.providers import sandbox
from marketplace.orders.rules import QUANTITY_MAX

NEW_ADDRESS = "new"
CARD_CHOICES = [
    (sandbox.TOK_OK, _("A card that works")),
    (sandbox.TOK_DELAYED, _("A card whose bank answers after a minute")),
    (sandbox.TOK_REPEAT, _("A card whose bank answers three times")),
    (sandbox.TOK_DECLINED, _("A card that is declined")),
]


class AddForm(forms.Form):
    """Units of one variant for the cart."""

    variant_id = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=QUANTITY_MAX, initial=1)


class QuantityForm(forms.Form):
    """A cart line's new quantity; 0 takes it out."""

    quantity = forms.IntegerField(min_value=0, max_value=QUANTITY_MAX)


class CardForm(forms.Form):
    """The sandbox's cards: no real card number is ever asked for."""

    card = forms.ChoiceField(
        label=_("Card (practice only, no real money moves)"),
        choices=CARD_CHOICES,
        initial=sandbox.TOK_OK,
        widget=forms.RadioSelect,
    )


class CheckoutForm(CardForm):
    """Where the parcel goes, and the card. `seen` is the total the page showed."""

    cart = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=400, required=False)
    saved = forms.ChoiceField(label=_("Send to"), widget=forms.RadioSelect, required=False)
    recipient = LineField(
        label=_("Who receives it"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    lines = forms.CharField(
        label=_("Street, town, postcode"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    country = CountryField(required=False, widget=forms.Select(attrs={"autocomplete": "country"}))
    keep = forms.BooleanField(label=_("Keep this address for next time"), required=False)
    field_order = ["saved", "recipient", "lines", "country", "keep", "card"]

    def __init__(self, *args: Any, addresses: list[Address], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses = {str(address.pk): address for address in addresses}
        saved = [
            (key, f"{one.recipient_sealed}, {one.lines_sealed}, {one.country}")
            for key, one in self._addresses.items()
        ]
        choices = [*saved, (NEW_ADDRESS, _("A new address, below"))]
        self.fields["saved"].choices = choices  # type: ignore[attr-defined]
        self.fields["saved"].initial = choices[0][0]
        if not saved:
            del self.fields["saved"]
            for name in ("recipient", "lines", "country"):
                self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        """A saved address fills the fields; a new one needs all of them."""
        cleaned: dict[str, Any] = super().clean() or {}
        saved = self._addresses.get(cleaned.get("saved", ""))
        if saved is not None:
            cleaned["recipient"] = saved.recipient_sealed
            cleaned["lines"] = saved.lines_sealed
            cleaned["country"] = saved.country
            cleaned["keep"] = False
            return cleaned
        for name in ("recipient", "lines", "country"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Please fill this in, or choose a saved address."))
        return cleaned


class ShipForm(forms.Form):
    """The parcel's tracking number."""

    tracking = LineField(
        label=_("Tracking number"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CancelForm(forms.Form):
    """Why an order is called off."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)
