"""What a visitor types who buys without an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import guests
from marketplace.accounts.fields import CountryField, LineField
from marketplace.accounts.rules import COUNTRIES
from marketplace.errors import BadInput
from marketplace.orders.forms import CardForm


class GuestForm(CardForm):
    """Who receives the parcels and where, how to reach the buyer, and the card.

    Hidden: `key`, random and made for this page, so that the form counts once; `seen`, the
    totals that the page showed; `terms`, the version that the page names.
    The ways of sending are fields of their own, as in the checkout with an account.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=400)
    terms = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    contact = forms.CharField(
        label=_("E-mail address or phone number"),
        help_text=_("We write to you there about your order. It opens no account."),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
    )
    recipient = LineField(
        label=_("Who receives it"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    lines = forms.CharField(
        label=_("Street, town, postcode"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    country = CountryField(widget=forms.Select(attrs={"autocomplete": "country"}))
    field_order = ["recipient", "contact", "lines", "country", "card"]

    def clean_contact(self) -> str:
        """Return where the guest is reached, in its one form."""
        try:
            return guests.contact_from(self.cleaned_data["contact"])
        except BadInput as error:
            raise forms.ValidationError(error.reason, code="contact") from error

    def destination(self) -> str:
        """Return the country that the page must price for, valid or not; empty when unknown."""
        country = str(self["country"].value() or "")
        return country if country in COUNTRIES else ""

    def showing(self, *, seen: str, key: str, terms: int) -> None:
        """Have the page send back what it shows now; a key that came with the form stays."""
        shown: dict[str, Any] = {"seen": seen, "terms": terms, "key": self._own_key() or key}
        self.initial.update(shown)
        if self.is_bound:
            self.data = {**self.data.dict(), **shown}  # type: ignore[attr-defined]

    def _own_key(self) -> str:
        return "" if "key" in self.errors else str(self.data.get("key", ""))
