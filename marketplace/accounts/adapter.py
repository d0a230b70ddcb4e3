"""How allauth stores people: through our services, with the phone number sealed."""

from __future__ import annotations

import time
import uuid
from io import BytesIO
from typing import Any

import qrcode
from allauth.account import app_settings as allauth_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode.image.svg import SvgPathFillImage

from marketplace.accounts import (
    guests,
    providers,
    queries,
    safety,
    second_factor,
    services,
    terms,
    tries,
)
from marketplace.accounts.fields import PhoneField
from marketplace.accounts.models import User
from marketplace.accounts.sealing import seal, unseal
from marketplace.errors import MarketplaceError, WrongState

_MISMATCH = gettext_lazy("The phone number, e-mail address or password is not right.")
# allauth's names of what it would write mails about; a new password is seen in set_password.
_UPHEAVALS = {
    "account/email/email_changed",
    "mfa/email/totp_activated",
    "mfa/email/totp_deactivated",
    "mfa/email/recovery_codes_generated",
}


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
        """Create the account that a valid sign-up form asks for, its terms accepted."""
        data, at = form.cleaned_data, timezone.now()
        with transaction.atomic():
            user = services.create_user(
                email=data.get("email"),
                phone=data.get("phone"),
                password=data.get("password1"),
                at=at,
            )
            terms.accept(user_id=user.pk, version=terms.in_force().version, at=at)
        return user

    def get_login_stages(self) -> list[str]:
        """Return allauth's steps of a log-in, with our own rule about unproved addresses."""
        ours = f"{__name__}.{ProvedAddressStage.__name__}"
        theirs = "allauth.account.stages.EmailVerificationStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Drop a password from before anybody proved to hold the account's number or address.

        Somebody may have signed up with another person's, who now comes by a code: without this
        the stranger's password would open that person's account from here on.
        """
        records = get_authentication_records(request, user)
        by_code = bool(records) and records[-1]["method"] == "code"
        signed_up = not user.email or EmailAddress.objects.filter(user=user).exists()
        if by_code and signed_up and user.last_login is None and user.has_usable_password():
            user.set_unusable_password()
            user.save(update_fields=["password"])
            messages.info(
                request,
                _("You came by a code. The password given at sign-up is void: set your own."),
            )
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Know this browser from now on."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        tries.remember_device(request, user, at=timezone.now())
        return response

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Store that an address is proved; a guest who proves the order's has an account then."""
        person = email_address.user
        if not person.guest:
            return bool(super().confirm_email(request, email_address))
        try:
            with transaction.atomic():
                _claim(person, email_address.email)
                if not super().confirm_email(request, email_address):
                    raise WrongState(_("This address has an account already: please sign in."))
        except MarketplaceError as error:
            messages.error(request, error.reason)
            return False
        self._begin_account(request, person)
        return True

    def _begin_account(self, request: HttpRequest, person: User) -> None:
        """Put out whoever else came in by the guest's link; go on here under a new key."""
        request.session.cycle_key()
        self._start_over(person, "guest_claimed")

    def set_password(self, user: Any, password: str) -> None:
        """Store a new password; whoever came in by the old one is out."""
        super().set_password(user, password)
        self._start_over(user, "password_set")

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Hear from allauth that something which proves who a person is has changed."""
        super().send_notification_mail(template_prefix, user, context, email)
        if template_prefix == "account/email/password_reset":
            # The link came by mail: whoever used it holds the address.
            EmailAddress.objects.filter(user=user, email=user.email).update(verified=True)
        if template_prefix in _UPHEAVALS:
            what = template_prefix.rpartition("/")[2]
            request = self.request
            if what == "totp_activated" and request is not None:
                # The code that switched it on was the second factor's first showing.
                second_factor.note_shown(request, user)
                request.session.cycle_key()
            self._start_over(user, what)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again before a sensitive change, unless the log-in itself is fresh."""
        if context.request is not None:
            records = get_authentication_records(context.request, context.request.user)
            oldest = time.time() - allauth_settings.REAUTHENTICATION_TIMEOUT
            if any(record["at"] > oldest for record in records):
                return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; in a demo, whose mail reaches nobody, show its code on the page too."""
        super().send_mail(template_prefix, email, context)
        self._show_in_demo(str(context.get("code", "")))

    def _show_in_demo(self, code: str) -> None:
        if settings.DEMO and code and self.request is not None:
            words = _("Demo world: no message leaves this machine. Your code is %(code)s.")
            messages.info(self.request, words % {"code": code})

    def _start_over(self, user: Any, reason: str) -> None:
        request, at = self.request, timezone.now()
        here = request is not None and request.user.is_authenticated and request.user == user
        keep = request.session.session_key if here else None
        safety.start_over(user_id=user.pk, reason=reason, keep=keep, at=at)
        if here:
            tries.remember_device(request, user, at=at)

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
        before = user.phone_hash
        stored = services.set_phone(
            user_id=user.pk, phone=phone, verified=verified, at=timezone.now()
        )
        _copy_phone(stored, user)
        if before and before != stored.phone_hash:
            self._start_over(user, "phone_changed")

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Store that the person entered the code sent to this number."""
        request = self.request
        if not user.guest or request is None:
            self.set_phone(user, phone, True)
            return
        try:
            _claim(user, phone)
        except MarketplaceError as error:
            messages.error(request, error.reason)
            raise ImmediateHttpResponse(redirect("accounts:guest")) from error
        self._begin_account(request, user)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Find the person who has this number."""
        return queries.by_phone(phone)

    def send_verification_code_sms(self, *, phone: str, code: str, **_named: object) -> None:
        """Send a log-in or verification code."""
        self._sms(phone, _("Your code is %(code)s. Tell it to nobody.") % {"code": code})
        self._show_in_demo(code)

    def send_unknown_account_sms(self, phone: str, **_named: object) -> None:
        """Tell the holder of a number, and nobody else, that it has no account."""
        self._sms(phone, _("Somebody asked to log in here, but this number has no account."))

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell the holder of a number, and nobody else, that it has an account."""
        self._sms(phone, _("This number already has an account here: log in instead."))

    def _sms(self, phone: str, body: str) -> None:
        # Every code is a message of its own; a random key never meets another.
        providers.sms().send(to=phone, body=body, key=f"code-{uuid.uuid4()}", at=timezone.now())


def _claim(person: User, contact: str) -> None:
    """End guesthood in the database and in the row at hand, which allauth will save."""
    claimed = guests.claim(user_id=person.pk, contact=contact, at=timezone.now())
    person.guest, person.guest_contact_sealed = claimed.guest, claimed.guest_contact_sealed
    person.email = claimed.email
    _copy_phone(claimed, person)


def _copy_phone(stored: User, user: User) -> None:
    user.phone_sealed, user.phone_hash = stored.phone_sealed, stored.phone_hash
    user.phone_verified_at = stored.phone_verified_at


class ProvedAddressStage(EmailVerificationStage):
    """Whoever signed up by e-mail proves the address once, before the first log-in.

    New and existing addresses then get the same answer at sign-up. Accounts that were not opened
    on the sign-up page have no unproved address and pass.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Ask for the code that was mailed, if there is an address to prove."""
        user = self.login.user
        if user and not EmailAddress.objects.filter(user=user, verified=False).exists():
            return None, True
        answer: tuple[HttpResponse | None, bool] = super().handle()
        return answer


class MfaAdapter(DefaultMFAAdapter):
    """Secrets sealed at rest; staff cannot go without."""

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Unseal a secret."""
        return unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        """Return the name under which an app lists the account."""
        return "EWTP"

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code on white, so that it can be read in the dark theme too."""
        stream = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(stream)
        return stream.getvalue().decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff change an authenticator by a superuser's hand, never just take it away."""
        return not second_factor.is_needed(authenticator.user)
