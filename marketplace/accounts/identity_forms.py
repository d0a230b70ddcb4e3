"""Who a trader is, as the trader fills it in; and what staff say about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from marketplace.accounts.fields import CountryField, LineField, PhoneField
from marketplace.accounts.identity import Facts
from marketplace.accounts.models import AccessReason, DocumentKind


class IdentityForm(forms.Form):
    """The whole set. Nothing is required here: an unfinished one can be kept for later."""

    legal_name = LineField(
        label=gettext_lazy("Legal name"),
        help_text=gettext_lazy("Yours, or your firm's, as it stands on the document below."),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = CountryField(required=False)
    street = forms.CharField(
        label=gettext_lazy("Street, town, postcode"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    phone = PhoneField(required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    register_name = LineField(
        label=gettext_lazy("Trade register"),
        help_text=gettext_lazy("Where your firm is registered. Leave it empty without one."),
        max_length=120,
        required=False,
    )
    register_number = LineField(
        label=gettext_lazy("Number in the register"), max_length=60, required=False
    )
    vat_number = LineField(label=gettext_lazy("VAT or tax number"), max_length=40, required=False)
    payment_holder = LineField(
        label=gettext_lazy("Holder of the payment account"), max_length=160, required=False
    )
    payment_account = LineField(
        label=gettext_lazy("Payment account"),
        help_text=gettext_lazy("The IBAN, or the number of the account or the mobile wallet."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    document_kind = forms.ChoiceField(
        label=gettext_lazy("Document that proves who you are"), choices=DocumentKind.choices
    )
    document_number = LineField(
        label=gettext_lazy("Number of the document"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    certified = forms.BooleanField(
        label=gettext_lazy("I offer only goods and services that the law allows."),
        required=False,
    )

    def facts(self) -> Facts:
        """Return what was filled in."""
        given: dict[str, Any] = dict(self.cleaned_data)
        given.pop("certified")
        return Facts(**given)


class IdentityRefusalForm(forms.Form):
    """Why an identity is not accepted; the trader reads it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Why, in words that the trader understands"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class IdentityVerificationForm(forms.Form):
    """Which version was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class IdentityAccessForm(forms.Form):
    """Why somebody needs to see it in clear."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you need to see it?"), choices=AccessReason.choices
    )
