"""A shop's saved replies: words written once, used often."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, WrongState
from marketplace.shops import queries as shops
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act
from marketplace.talk import rules
from marketplace.talk.models import SavedReply


@transaction.atomic
def add(*, shop_id: int, by_id: int, title: str, text: str, at: datetime) -> SavedReply:
    """Keep a reply under a title of its own. Safe to repeat with the same words.

    Raises NotAllowed, BadInput for a title that is taken, WrongState when there are too many.
    """
    shops.require(user_id=by_id, shop_id=shop_id, act=Act.ANSWER_MESSAGES)
    Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)  # one at a time
    title, text = _words(title, text)
    known = SavedReply.objects.filter(shop_id=shop_id, title=title).first()
    if known is not None and known.text == text:
        return known
    if known is not None:
        raise _taken()
    if SavedReply.objects.filter(shop_id=shop_id).count() >= rules.REPLIES_MAX:
        raise WrongState(_("You have many saved replies already. Delete one first."))
    return SavedReply.objects.create(shop_id=shop_id, title=title, text=text, changed_at=at)


@transaction.atomic
def change(*, reply_id: int, by_id: int, title: str, text: str, at: datetime) -> SavedReply:
    """Write it anew. What was sent with it stays as it was."""
    reply = SavedReply.objects.select_for_update(no_key=True).get(pk=reply_id)
    shops.require(user_id=by_id, shop_id=reply.shop_id, act=Act.ANSWER_MESSAGES)
    title, text = _words(title, text)
    others = SavedReply.objects.filter(shop_id=reply.shop_id, title=title).exclude(pk=reply_id)
    if others.exists():
        raise _taken()
    reply.title, reply.text, reply.changed_at = title, text, at
    reply.save(update_fields=["title", "text", "changed_at"])
    return reply


@transaction.atomic
def delete(*, reply_id: int, by_id: int) -> None:
    """Forget a reply. Safe to repeat."""
    reply = SavedReply.objects.select_for_update(no_key=True).filter(pk=reply_id).first()
    if reply is not None:
        shops.require(user_id=by_id, shop_id=reply.shop_id, act=Act.ANSWER_MESSAGES)
        reply.delete()


def _words(title: str, text: str) -> tuple[str, str]:
    title, text = title.strip(), text.strip()
    if not title or len(title) > rules.REPLY_TITLE_MAX:
        raise BadInput(_("Give it a short title."), "title")
    if not text or len(text) > rules.TEXT_MAX:
        raise BadInput(_("Write the reply, in at most 2,000 letters."), "text")
    return title, text


def _taken() -> BadInput:
    return BadInput(_("There is a reply with this title already."), "title")
