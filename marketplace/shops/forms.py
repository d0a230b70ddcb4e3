"""Applying for a shop, and turning an application down."""

from __future__ import annotations

from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language, gettext_lazy, to_locale

from marketplace.accounts.fields import CountryField, LineField
from marketplace.shops import rules
from marketplace.shops.fields import AmountField
from marketplace.shops.models import MemberRole


def currency_choices() -> list[tuple[str, str]]:
    """Return (ISO code, name) of every currency in use, sorted by name, after an empty choice."""
    names = Locale.parse(to_locale(get_language() or "en")).currencies
    known = [(code, f"{names.get(code, code)} ({code})") for code in rules.currencies()]
    return [("", "—"), *sorted(known, key=lambda currency: currency[1])]


class ApplyForm(forms.Form):
    """What a shop needs before staff look at it."""

    name = LineField(
        label=gettext_lazy("Name of the shop"),
        min_length=2,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = CountryField(label=gettext_lazy("Country you sell from"))
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency of your prices"),
        help_text=gettext_lazy("You are paid in it. It cannot be changed later."),
        choices=currency_choices,
    )
    shipping = AmountField(
        label=gettext_lazy("Shipping per order"),
        help_text=gettext_lazy("In your currency; leave empty when shipping costs nothing."),
        required=False,
    )
    story = forms.CharField(
        label=gettext_lazy("Your story"),
        help_text=gettext_lazy("Who makes the goods, where and how. Buyers read it."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    payout_account = forms.CharField(
        label=gettext_lazy("Account we pay you to"),
        help_text=gettext_lazy("Bank account or mobile money number. Stored encrypted."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = self.data.get(self.add_prefix("currency"), "") if self.is_bound else ""
        shipping = self.fields["shipping"]
        if isinstance(shipping, AmountField) and typed in rules.currencies():
            shipping.currency = typed

    def details(self) -> dict[str, Any]:
        """Return the cleaned values under the names that `services.open_shop` takes."""
        values = dict(self.cleaned_data)
        values["shipping_minor"] = values.pop("shipping") or 0
        return values


class InviteForm(forms.Form):
    """Whom an owner asks to help, and with what."""

    role = forms.ChoiceField(
        label=gettext_lazy("What this person will do"),
        choices=[
            (MemberRole.PACKER.value, gettext_lazy("Pack: send orders and count stock")),
            (MemberRole.BOOKKEEPER.value, gettext_lazy("Keep the books: see money and orders")),
        ],
        widget=forms.RadioSelect,
    )
    contact = LineField(
        label=gettext_lazy("E-mail address or phone number"),
        help_text=gettext_lazy(
            "Only the account with this address or number can then accept. Leave it empty for"
            " somebody without an account: whoever has the link can accept."
        ),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RefusalForm(forms.Form):
    """Staff say why; the applicant reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason, in words for the applicant"),
        error_messages={"required": gettext_lazy("Give the reason: the applicant will read it.")},
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
