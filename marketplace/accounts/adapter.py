"""How allauth stores people: through our services, with the phone number sealed."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import AbstractBaseUser
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts import providers, queries, services
from marketplace.accounts.fields import PhoneField
from marketplace.accounts.models import User
from marketplace.accounts.sealing import keyed_hash

_MISMATCH = gettext_lazy("The phone number, e-mail address or password is not right.")


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up, log-in and recovery by phone or e-mail."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _MISMATCH,
        "phone_password_mismatch": _MISMATCH,
        "username_password_mismatch": _MISMATCH,
    }

    def save_user(
        self, _request: HttpRequest, _user: AbstractBaseUser, form: BaseForm, **_options: object
    ) -> User:
        """Create the account that a valid sign-up form asks for."""
        data = form.cleaned_data
        return services.create_user(
            email=data.get("email"),
            phone=data.get("phone"),
            password=data.get("password1"),
            at=timezone.now(),
        )

    def format_email_subject(self, subject: str) -> str:
        """Keep subjects short: the sender's name already says who writes."""
        return str(subject)

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """The address of an account is changed for another, never just taken away."""
        return not email_address.primary

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """Return the field in which people type their number."""
        return PhoneField(**kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the number and whether the person proved to hold it."""
        if not user.phone_sealed:
            return None
        return user.phone_sealed, user.phone_verified_at is not None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Store a number, sealed."""
        stored = services.set_phone(
            user_id=user.pk, phone=phone, verified=verified, at=timezone.now()
        )
        _copy_phone(stored, user)

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Store that the person entered the code sent to this number."""
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Find the person who has this number."""
        return queries.by_phone(phone)

    def send_verification_code_sms(self, *, phone: str, code: str, **_named: object) -> None:
        """Send a log-in or verification code."""
        self._sms(phone, _("Your code is %(code)s. Tell it to nobody.") % {"code": code})

    def send_unknown_account_sms(self, phone: str, **_named: object) -> None:
        """Tell the holder of a number, and nobody else, that it has no account."""
        self._sms(phone, _("Somebody asked to log in here, but this number has no account."))

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell the holder of a number, and nobody else, that it has an account."""
        self._sms(phone, _("This number already has an account here: log in instead."))

    def _sms(self, phone: str, body: str) -> None:
        # Every code is a message of its own; a random key never meets another.
        providers.sms().send(to=phone, body=body, key=f"code-{uuid.uuid4()}", at=timezone.now())

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth counts failed log-ins under the e-mail address; without this, all log-ins by
        # phone would share one count, and five typing errors would lock everybody out.
        phone = credentials.get("phone")
        if phone and not credentials.get("email"):
            user = queries.by_phone(phone)
            return "phone:" + keyed_hash(str(user.pk if user else phone), purpose="log-in")
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return key


def _copy_phone(stored: User, user: User) -> None:
    user.phone_sealed, user.phone_hash = stored.phone_sealed, stored.phone_hash
    user.phone_verified_at = stored.phone_verified_at
