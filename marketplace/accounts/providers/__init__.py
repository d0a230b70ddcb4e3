"""The carriers that take mail and SMS out of the house; settings name which ones."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string

from marketplace.accounts.providers.ports import MailProvider, SmsProvider

__all__ = ["MailProvider", "SmsProvider", "mail", "sms"]


def mail() -> MailProvider:
    """Return the carrier of mail that settings.MAIL_PROVIDER names."""
    provider: MailProvider = import_string(settings.MAIL_PROVIDER)()
    return provider


def sms() -> SmsProvider:
    """Return the carrier of SMS that settings.SMS_PROVIDER names."""
    provider: SmsProvider = import_string(settings.SMS_PROVIDER)()
    return provider
