"""Writing of statements of reasons. A restriction may be lifted; its statement stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.inbox import services as inbox
from marketplace.reasons import queries
from marketplace.reasons.models import Ground, StatementOfReasons
from marketplace.reasons.rules import Draft, problems


@dataclass(frozen=True, slots=True)
class About:
    """What one of several statements is about: whom it is for, of what, and the facts."""

    addressee_id: int
    subject: str
    facts: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What several statements of one decision have in common; else as in `state`."""

    ground_reference: str
    explanation: str
    category: str
    content_type: Sequence[str]
    visibility: Sequence[str]
    source_type: str
    source: str
    automated_detection: bool
    automated_decision: str
    redress: str
    ground: str = Ground.INCOMPATIBLE_CONTENT


@transaction.atomic
def state_all(
    *, about: Sequence[About], shared: Shared, link: str, at: datetime, mail_at: datetime
) -> list[StatementOfReasons]:
    """Store why several things are restricted, in their order, in a few statements of SQL.

    Each addressee is told once, in the app at once and by mail from `mail_at` on; `link` is the
    page that lists what was restricted. Call it in the transaction that restricts.
    Raises BadInput as `state` does.
    """
    until = queries.redress_until(at)
    for one in about:
        _refuse(problems(_draft_of(one, shared)))
    rows = StatementOfReasons.objects.bulk_create(
        StatementOfReasons(
            addressee_id=one.addressee_id,
            subject=one.subject,
            decision_visibility=list(shared.visibility),
            decision_ground=shared.ground,
            decision_ground_reference=shared.ground_reference,
            explanation=shared.explanation,
            decision_facts=one.facts,
            category=shared.category,
            content_type=list(shared.content_type),
            application_date=at,
            source_type=shared.source_type,
            source=shared.source,
            automated_detection=shared.automated_detection,
            automated_decision=shared.automated_decision,
            redress=shared.redress,
            redress_until=until,
            created_at=at,
        )
        for one in about
    )
    _tell_all(rows, link=link, at=at, mail_at=mail_at)
    return rows


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
    redress_until: datetime | None = None,
    territorial_scope: Sequence[str] = (),
    at: datetime,
) -> StatementOfReasons:
    """Store why `subject` ("listing:5") is restricted and tell the addressee.

    Call it in the transaction that restricts. Constants are those of reasons.rules; `redress`
    says how to appeal and until when, `redress_until` is that moment (None: the rule book's
    time to appeal). `end_date` None means: until the cause is gone; no `territorial_scope`
    means: everywhere.
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
    if end_date is not None and end_date < application_date:
        wrong.append("end_date")
    _refuse(wrong)
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
        redress_until=redress_until or queries.redress_until(at),
        territorial_scope=list(territorial_scope),
        created_at=at,
    )
    _tell(statement, at=at)
    return statement


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        names = ", ".join(wrong)
        reason = _("A statement of reasons cannot be stored: %(fields)s.") % {"fields": names}
        raise BadInput(reason, field=wrong[0])


def _draft_of(one: About, shared: Shared) -> Draft:
    return Draft(
        visibility=shared.visibility,
        monetary="",
        provision="",
        account="",
        ground=shared.ground,
        ground_reference=shared.ground_reference,
        explanation=shared.explanation,
        facts=one.facts,
        category=shared.category,
        content_type=shared.content_type,
        source_type=shared.source_type,
        automated_decision=shared.automated_decision,
        redress=shared.redress,
    )


def _tell_all(
    statements: Sequence[StatementOfReasons], *, link: str, at: datetime, mail_at: datetime
) -> None:
    of: dict[int, list[StatementOfReasons]] = defaultdict(list)
    for statement in statements:
        of[statement.addressee_id].append(statement)
    notes = [
        inbox.Note(
            user_id=user_id,
            kind="reasons.statement",
            key=f"statement-{mine[0].puid}",
            subject=_("A decision about you, with its reasons"),
            body=f"{mine[0].explanation}\n\n{mine[0].redress}",
            link=queries.path_of(mine[0]) if len(mine) == 1 else link,
        )
        for user_id, mine in sorted(of.items())
    ]
    inbox.notify_all(notes=notes, at=at, mail_at=mail_at)


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
