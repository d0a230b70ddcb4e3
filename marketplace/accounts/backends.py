"""Log-in by e-mail or phone, and what platform staff may do in the admin."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.apps import apps

from marketplace.accounts.models import User
from marketplace.prepared import Given, Prepared

_BY_NUMBER = Prepared(lambda: User._default_manager.filter(pk=Given("user_id")))
OUR_PACKAGES = ("marketplace.", "credit.", "antifake.")


class AccountBackend(AuthenticationBackend):
    """allauth's log-in; and staff may see and work on everything of ours in the admin.

    Each admin page says by itself what may be added or changed there, and does it through a
    service that checks the person once more. Deleting stays with superusers.
    """

    def get_user(self, user_id: int) -> User | None:
        """Return who is signed in, while the account may be used: asked by every request."""
        found = _BY_NUMBER.first(user_id=user_id)
        return found if found is not None and self.user_can_authenticate(found) else None

    def has_perm(self, user_obj: User, perm: str, obj: object = None) -> bool:
        """Say whether a person holds `perm` ("app_label.action_model")."""
        label, _dot, codename = perm.partition(".")
        action = codename.partition("_")[0]
        if _is_working_staff(user_obj) and action in {"view", "change", "add"}:
            return _is_ours(label)
        return bool(super().has_perm(user_obj, perm, obj=obj))

    def has_module_perms(self, user_obj: User, app_label: str) -> bool:
        """Say whether a person may see the admin pages of an app."""
        if _is_working_staff(user_obj) and _is_ours(app_label):
            return True
        return bool(super().has_module_perms(user_obj, app_label))


def _is_working_staff(user: Any) -> bool:
    return bool(user.is_active and user.is_staff)


def _is_ours(label: str) -> bool:
    return label in apps.app_configs and apps.get_app_config(label).name.startswith(OUR_PACKAGES)
