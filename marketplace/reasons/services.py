"""Writing of statements of reasons. A restriction may be lifted; its statement stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.inbox import services as inbox
from marketplace.reasons import queries
from marketplace.reasons.models import Ground, StatementOfReasons
from marketplace.reasons.rules import Draft, problems


@transaction.atomic
def state(
    *,
    addressee_id: int,
    subject: str,
    ground_reference: str,
    explanation: str,
    facts: str,
    category: str,
    content_type: Sequence[str],
    visibility: Sequence[str] = (),
    monetary: str = "",
    provision: str = "",
    account: str = "",
    ground: str = Ground.INCOMPATIBLE_CONTENT,
    source_type: str,
    source: str = "",
    automated_detection: bool,
    automated_decision: str,
    application_date: datetime,
    end_date: datetime | None = None,
    redress: str,
    at: datetime,
) -> StatementOfReasons:
    """Store why `subject` ("listing:5") is restricted and tell the addressee.

    Call it in the transaction that restricts. Constants are those of reasons.rules; `redress`
    says how to appeal and until when; `end_date` None means: until the cause is gone.
    Raises BadInput naming the fields that break a rule of the EU's database.
    """
    draft = Draft(
        visibility=visibility,
        monetary=monetary,
        provision=provision,
        account=account,
        ground=ground,
        ground_reference=ground_reference,
        explanation=explanation,
        facts=facts,
        category=category,
        content_type=content_type,
        source_type=source_type,
        automated_decision=automated_decision,
        redress=redress,
    )
    wrong = problems(draft)
    if wrong:
        names = ", ".join(wrong)
        reason = _("A statement of reasons cannot be stored: %(fields)s.") % {"fields": names}
        raise BadInput(reason, field=wrong[0])
    statement = StatementOfReasons.objects.create(
        addressee_id=addressee_id,
        subject=subject,
        decision_visibility=list(visibility),
        decision_monetary=monetary,
        decision_provision=provision,
        decision_account=account,
        decision_ground=ground,
        decision_ground_reference=ground_reference,
        explanation=explanation,
        decision_facts=facts,
        category=category,
        content_type=list(content_type),
        application_date=application_date,
        end_date=end_date,
        source_type=source_type,
        source=source,
        automated_detection=automated_detection,
        automated_decision=automated_decision,
        redress=redress,
        created_at=at,
    )
    _tell(statement, at=at)
    return statement


def _tell(statement: StatementOfReasons, *, at: datetime) -> None:
    inbox.notify(
        user_id=statement.addressee_id,
        kind="reasons.statement",
        key=f"statement-{statement.puid}",
        subject=_("A decision about you, with its reasons"),
        body=f"{statement.explanation}\n\n{statement.redress}",
        link=queries.path_of(statement),
        at=at,
    )
