"""Who of staff may decide, and what a decision needs."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.errors import BadInput, NotAllowed
from marketplace.shops import queries as shops
from marketplace.talk import rules


def require_judge(*, by_id: int, people: Collection[int], shop_id: int) -> None:
    """Raise NotAllowed for all but staff who are none of `people` and not of the shop."""
    if not User.objects.filter(pk=by_id, is_staff=True, is_active=True).exists():
        raise NotAllowed(_("Only staff may do this."))
    if by_id in people or shops.works_in(user_id=by_id, shop_id=shop_id):
        raise NotAllowed(_("Nobody decides about himself. Ask a colleague."))


def require_account(*, by_id: int) -> None:
    """Raise NotAllowed for guests."""
    if User.objects.filter(pk=by_id, guest=True).exists():
        raise NotAllowed(_("Open an account to ask about goods."))


def reason(*, text: str) -> str:
    """Return the reason trimmed. Raises BadInput unless it is a sentence."""
    text = text.strip()
    if len(text) < rules.REASON_MIN:
        raise BadInput(_("Please write at least a sentence."), "reason")
    return text
