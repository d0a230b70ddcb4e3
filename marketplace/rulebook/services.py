"""Publishing of rules. A change is a new row; what was in force stays readable for ever."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.outbox import services as outbox
from marketplace.rulebook.models import RuleValue
from marketplace.rulebook.rules import CATALOGUE, allowed


@transaction.atomic
def publish(
    *, key: str, value: int, valid_from: datetime, reason: str, by_id: int | None, at: datetime
) -> RuleValue:
    """Give a rule a value from a moment on; `by_id` None stands for the platform itself.

    `value` is in the rule's own unit. Raises BadInput if the rule is unknown, the value lies
    outside its bounds, the reason is empty, the moment has passed or already has a value.
    """
    rule = CATALOGUE.get(key)
    if rule is None:
        raise BadInput(_("There is no such rule."), field="key")
    if not allowed(rule, value):
        bounds = {"minimum": rule.minimum, "maximum": rule.maximum, "unit": rule.unit}
        sentence = _("The value must lie between %(minimum)s and %(maximum)s (%(unit)s).") % bounds
        raise BadInput(sentence, field="value")
    if not reason.strip():
        raise BadInput(_("Say why the rule changes."), field="reason")
    if valid_from < at:
        raise BadInput(_("A rule cannot change the past."), field="valid_from")
    published = _stored(
        RuleValue(
            key=key,
            value=value,
            valid_from=valid_from,
            reason=reason.strip(),
            published_by_id=by_id,
            published_at=at,
        )
    )
    actor = "system" if by_id is None else f"user:{by_id}"
    data = {"value": value, "valid_from": valid_from.isoformat(), "reason": reason.strip()}
    outbox.record(action="rule.published", actor=actor, subject=f"rule:{key}", data=data, at=at)
    return published


def _stored(row: RuleValue) -> RuleValue:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        reason = _("This rule already has a value from that moment.")
        raise BadInput(reason, field="valid_from") from error
    return row
