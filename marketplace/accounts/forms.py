"""Sign-up, log-in, profile and addresses."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts import throttles, tries
from marketplace.accounts.fields import CountryField, LineField
from marketplace.accounts.hashing import HashingBusy
from marketplace.accounts.models import User
from marketplace.errors import BadInput


class SignUpForm(allauth_forms.SignupForm):
    """A phone number or an e-mail address; the other one can be added later.

    One, because a message to a new number would tell whether the address beside it is known.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["terms"] = forms.BooleanField(
            label=format_html(
                '{} <a href="{}">{}</a>',
                _("I have read and accept"),
                reverse("accounts:terms"),
                _("the terms"),
            ),
            error_messages={"required": _("Please read and accept the terms.")},
        )
        self.fields["phone"].label = _("Phone number")
        self.fields["email"].label = _("E-mail address")
        self.fields["email"].required = self.fields["email"].widget.is_required = False
        self.fields["email"].help_text = _("Instead of a phone number, if you like.")
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
        if all(cleaned.get(name) for name in asked):
            self.add_error(
                "phone", _("Give one of the two now; you can add the other one afterwards.")
            )
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Open the account, or answer as if it had been opened when it exists already."""
        try:
            if self.account_already_exists:
                make_password(self.cleaned_data["password1"])  # takes as long as a new account
            saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        except BadInput:  # somebody was quicker by a moment
            data = self.cleaned_data
            return None, prevent_enumeration(
                request, email=data.get("email"), phone=data.get("phone")
            )
        except HashingBusy as error:
            setattr(request, tries.NOT_TRIED, True)
            self.add_error(None, error.reason)
            return None, render(request, "account/signup.html", {"form": self}, status=503)
        return saved


class LogInForm(allauth_forms.LoginForm):
    """One field takes either name of the account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Phone number or e-mail address")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].help_text = ""
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)

    def clean(self) -> dict[str, Any]:
        """Keep what was typed when the house is too busy to check the password."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except HashingBusy as error:
            setattr(self.request, tries.NOT_TRIED, True)
            raise forms.ValidationError(error.reason, code="busy") from error
        return cleaned


class CodeForm(mfa_forms.BaseAuthenticateForm):
    """The second factor's code: limited per account and network, and good for one use."""

    def clean_code(self) -> str:
        """Check the code. Raises ValidationError if it is wrong, used, or there were too many."""
        request, at = context.request, timezone.now()
        person: User = self.user
        keys = tries.take(request, throttles.SECOND_FACTOR, at=at, person=person)
        if keys is None:
            raise get_adapter().validation_error("too_many_login_attempts")
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            used = f"{person.pk} {normalize_user_code(code)}"
            if not throttles.take(limit=throttles.CODE_ONCE, subject=used, at=at):
                raise get_adapter().validation_error("incorrect_code")
        throttles.give_back(keys=keys)
        return code


class SecondFactorForm(CodeForm, mfa_forms.AuthenticateForm):
    """The code at log-in."""


class SecondFactorAgainForm(CodeForm, mfa_forms.ReauthenticateForm):
    """The code before a sensitive change."""

    def save(self) -> None:
        """Note it; whoever may do more from now on gets a new session key."""
        super().save()
        context.request.session.cycle_key()


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
