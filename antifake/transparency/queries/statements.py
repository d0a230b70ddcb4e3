"""Which statements the public gets, and the names that must not go with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from antifake.transparency.rules import statements as rules
from marketplace.accounts import identity
from marketplace.accounts.models import TraderIdentity, User
from marketplace.listings.models import Listing
from marketplace.reasons.models import StatementOfReasons
from marketplace.shops.models import Shop

BATCH = 500


def export(*, since: datetime, until: datetime) -> Iterator[dict[str, object]]:
    """Return the statements of a span of time as the EU's database takes them, oldest first."""
    found = StatementOfReasons.objects.filter(created_at__gte=since, created_at__lt=until)
    ids = list(found.order_by("pk").values_list("pk", flat=True))
    for place in range(0, len(ids), BATCH):
        batch = StatementOfReasons.objects.filter(pk__in=ids[place : place + BATCH])
        yield from _exported(list(batch.select_related("addressee").order_by("pk")))


def _exported(batch: list[StatementOfReasons]) -> Iterator[dict[str, object]]:
    dates = _content_dates(statement.subject for statement in batch)
    people = {statement.addressee_id: statement.addressee for statement in batch}
    names = _names(people)
    traders = set(Shop.objects.filter(owner__in=people).values_list("owner_id", flat=True))
    for row in batch:
        statement = rules.Statement(
            puid=str(row.puid),
            visibility=row.decision_visibility,
            monetary=row.decision_monetary,
            provision=row.decision_provision,
            account=row.decision_account,
            business=row.addressee_id in traders,
            ground=row.decision_ground,
            ground_reference=row.decision_ground_reference,
            explanation=row.explanation,
            facts=row.decision_facts,
            category=row.category,
            content_type=row.content_type,
            content_date=dates.get(row.subject, row.application_date),
            territorial_scope=row.territorial_scope,
            application_date=row.application_date,
            end_date=row.end_date,
            source_type=row.source_type,
            automated_detection=row.automated_detection,
            automated_decision=row.automated_decision,
        )
        yield rules.exported(statement, names[row.addressee_id])


def _names(people: dict[int, User]) -> dict[int, set[str]]:
    """Return every word by which each of these people is known to us, or their shops are."""
    names: dict[int, set[str]] = defaultdict(set)
    for user_id, user in people.items():
        names[user_id] |= _of_person(user)
    for owner_id, name in Shop.objects.filter(owner__in=people).values_list("owner_id", "name"):
        names[owner_id].add(name)
    for trader in TraderIdentity.objects.filter(user__in=people):
        facts = identity.facts_of(trader)
        names[trader.user_id] |= {
            facts.legal_name,
            *facts.legal_name.split(),
            facts.street,
            facts.payment_holder,
            facts.register_number,
            facts.vat_number,
            facts.document_number,
        }
    return names


def _of_person(user: User) -> set[str]:
    local = (user.email or "").partition("@")[0]
    return {user.display_name, *user.display_name.split(), local, user.phone_sealed}


def _content_dates(subjects: Iterable[str]) -> dict[str, datetime]:
    ids: dict[str, set[int]] = defaultdict(set)
    for subject in subjects:
        kind, _, number = subject.partition(":")
        if number.isdigit():
            ids[kind].add(int(number))
    dates: dict[str, datetime] = {}
    listings = Listing.objects.filter(pk__in=ids["listing"]).values_list("pk", "created_at")
    dates |= {f"listing:{pk}": at for pk, at in listings}
    shops = Shop.objects.filter(pk__in=ids["shop"]).values_list("pk", "applied_at")
    dates |= {f"shop:{pk}": at for pk, at in shops}
    return dates
