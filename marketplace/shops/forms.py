"""Applying for a shop, and turning an application down."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from babel import Locale
from django import forms
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, to_locale

from marketplace.accounts.fields import CountryField, LineField, country_choices
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


class PayoutAccountForm(forms.Form):
    """Where the shop is paid to from now on."""

    account = LineField(
        label=gettext_lazy("New account"),
        help_text=gettext_lazy("IBAN, bank account or mobile money number. Stored encrypted."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ClosureForm(forms.Form):
    """From which day a shop takes no new orders."""

    from_day = forms.DateField(
        label=gettext_lazy("No new orders from"),
        help_text=gettext_lazy("Today or a day within a year."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def from_at(self) -> datetime:
        """Return the moment at which that day begins."""
        day = self.cleaned_data["from_day"]
        return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


class RefusalForm(forms.Form):
    """Staff say why; the applicant reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason, in words for the applicant"),
        error_messages={"required": gettext_lazy("Give the reason: the applicant will read it.")},
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SendingForm(forms.Form):
    """One way of sending. Amounts are typed in the shop's currency."""

    name = LineField(
        label=gettext_lazy("Name that buyers see"),
        help_text=gettext_lazy("Such as: letter, parcel, courier."),
        max_length=80,
    )
    carrier = LineField(label=gettext_lazy("Carrier"), max_length=40, required=False)
    first = AmountField(label=gettext_lazy("For the first piece"))
    further = AmountField(label=gettext_lazy("For each further piece"), required=False)
    free_from = AmountField(
        label=gettext_lazy("Free from this sum of goods"),
        help_text=gettext_lazy("Leave it empty when it is never free."),
        required=False,
    )
    days_min = forms.IntegerField(
        label=gettext_lazy("Days on the way, at least"), min_value=0, max_value=rules.DAYS_MAX
    )
    days_max = forms.IntegerField(
        label=gettext_lazy("Days on the way, at most"), min_value=0, max_value=rules.DAYS_MAX
    )
    tracked = forms.BooleanField(label=gettext_lazy("With tracking number"), required=False)
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Only to these countries"),
        help_text=gettext_lazy("Choose none to send everywhere."),
        choices=lambda: country_choices()[1:],
        required=False,
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.currency = currency

    def sending(self) -> rules.Sending:
        """Return the cleaned values as the services take them."""
        typed = self.cleaned_data
        return rules.Sending(
            name=typed["name"],
            carrier=typed["carrier"],
            countries=tuple(sorted(typed["countries"])),
            first_minor=typed["first"],
            each_further_minor=typed["further"] or 0,
            free_from_minor=typed["free_from"],
            days_min=typed["days_min"],
            days_max=typed["days_max"],
            tracked=typed["tracked"],
        )


class DiscountForm(forms.Form):
    """What the shop takes off when somebody buys much at once."""

    percent = forms.IntegerField(
        label=gettext_lazy("Percent off"), min_value=1, max_value=rules.DISCOUNT_MAX_BP // 100
    )
    from_sum = AmountField(label=gettext_lazy("From this sum of goods"))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["from_sum"]
        if isinstance(field, AmountField):
            field.currency = currency
