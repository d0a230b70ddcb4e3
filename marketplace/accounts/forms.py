"""Sign-up, log-in, profile and addresses."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts.fields import CountryField, LineField


class SignUpForm(allauth_forms.SignupForm):
    """A phone number, an e-mail address, or both; one is enough."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = _("Phone number")
        self.fields["email"].label = _("E-mail address")
        self.fields["email"].help_text = _("A phone number or an e-mail address is enough.")
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())
        for name in ("email", "password1"):
            self.fields[name].widget.attrs.pop("placeholder", None)

    def clean(self) -> dict[str, Any]:
        """Ask for one way to reach the person."""
        cleaned: dict[str, Any] = super().clean()
        asked = {"phone", "email"}
        if not asked & set(self.errors) and not any(cleaned.get(name) for name in asked):
            self.add_error(
                "phone", _("Give a phone number or an e-mail address, so that we can reach you.")
            )
        return cleaned


class LogInForm(allauth_forms.LoginForm):
    """One field takes either name of the account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Phone number or e-mail address")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)


class ProfileForm(forms.Form):
    """How a person is addressed."""

    display_name = LineField(label=gettext_lazy("Name others see"), max_length=80)
    country = CountryField(required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=lambda: settings.LANGUAGES)


class AddressForm(forms.Form):
    """Where goods go."""

    recipient = LineField(
        label=gettext_lazy("Who receives the goods"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    lines = forms.CharField(
        label=gettext_lazy("Street, town, postcode"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    country = CountryField()
