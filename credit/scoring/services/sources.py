"""A shop's people allow a source, or refuse it; the score follows at once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from credit.scoring.models import SourceChoice
from credit.scoring.queries.sources import sources_off
from credit.scoring.rules.sources import OPTIONAL
from credit.scoring.services.scores import rescore
from marketplace.errors import BadInput
from marketplace.outbox import services as outbox
from marketplace.shops.models import Shop
from marketplace.shops.queries import require
from marketplace.shops.rules import Act


@transaction.atomic
def choose_source(*, shop_id: int, source: str, on: bool, by_id: int, at: datetime) -> bool:
    """Switch one of a score's optional sources on or off; say whether that changed anything.

    Every choice is kept. Raises NotAllowed to all who may not share the score, BadInput for a
    source that is needed or unknown.
    """
    require(user_id=by_id, shop_id=shop_id, act=Act.SHARE_SCORE)
    if source not in OPTIONAL:
        raise BadInput(_("This source cannot be switched off."), field="source")
    shop = Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)
    if (source not in sources_off(shop_id)) == on:
        return False
    SourceChoice.objects.create(shop_id=shop_id, source=source, on=on, by_id=by_id, at=at)
    data = {"shop_id": shop_id, "source": source, "on": on}
    actor = f"user:{by_id}"
    outbox.record(action="score.source_chosen", actor=actor, subject=shop.ref, data=data, at=at)
    rescore(shop_id=shop_id, cause="source.on" if on else "source.off", at=at)
    return True
