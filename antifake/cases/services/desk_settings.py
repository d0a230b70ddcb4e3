"""How each member of staff works at the desk: keys, blur, saved views."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.cases.models import DeskSettings, SavedView
from antifake.cases.rules import keys as keyboard
from antifake.cases.services import claims
from marketplace.errors import BadInput

# Enough for a person's habits; the list stays one line on a wide screen.
VIEWS_AT_MOST = 12


@transaction.atomic
def save_settings(
    *, user_id: int, keys_on: bool, keys: Mapping[str, str], blur: bool
) -> DeskSettings:
    """Keep how somebody works. Safe to repeat.

    Raises BadInput for a key that is none, is used twice or is a reason's digit.
    """
    claims.staff(by_id=user_id)
    wanted = {
        action: key.strip().lower()
        for action, key in {**keyboard.DEFAULT_KEYS, **keys}.items()
        if action in keyboard.DEFAULT_KEYS
    }
    for action, fault in keyboard.faults(wanted).items():
        raise BadInput(_words(fault), field=f"key_{action}")
    own = {action: key for action, key in wanted.items() if key != keyboard.DEFAULT_KEYS[action]}
    row, _created = DeskSettings.objects.update_or_create(
        user_id=user_id, defaults={"keys_on": keys_on, "keys": own, "blur": blur}
    )
    return row


@transaction.atomic
def save_view(*, user_id: int, name: str, filters: str) -> SavedView:
    """Keep filters under a name; the same name again takes the new ones.

    Raises BadInput without a name, or when there are VIEWS_AT_MOST.
    """
    claims.staff(by_id=user_id)
    name = name.strip()[:60]
    if not name:
        raise BadInput(_("Give the view a name."), field="name")
    others = SavedView.objects.filter(user_id=user_id).exclude(name=name)
    if others.count() >= VIEWS_AT_MOST:
        raise BadInput(_("Delete a view first: there are too many."), field="name")
    row, _created = SavedView.objects.update_or_create(
        user_id=user_id, name=name, defaults={"filters": filters[:300]}
    )
    return row


@transaction.atomic
def drop_view(*, user_id: int, view_id: int) -> None:
    """Delete one of one's own views. Safe to repeat."""
    SavedView.objects.filter(pk=view_id, user_id=user_id).delete()


def _words(fault: str) -> str:
    return {
        "long": _("Use one letter or sign."),
        "digit": _("The digits are the reasons' keys."),
        "twice": _("This key is used twice."),
    }[fault]
