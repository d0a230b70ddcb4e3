"""Reads: questions about photos, documents, and who may see which."""

from __future__ import annotations

from django.db.models import Case as Choose
from django.db.models import IntegerField, QuerySet, Value, When

from antifake.cases.models import (
    ANSWERED,
    AuthorisationClaim,
    ClaimState,
    PhotoQuestion,
    QuestionState,
)
from marketplace.accounts.models import User
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act

OPEN_FIRST = Choose(
    When(state=QuestionState.OPEN, then=Value(0)),
    When(state=QuestionState.EXPIRED, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
# For staff: answers nobody has read yet come first, then what was not answered.
UNREAD_FIRST = Choose(
    When(state__in=ANSWERED, reviewed_at=None, then=Value(0)),
    When(state=QuestionState.EXPIRED, then=Value(1)),
    When(state=QuestionState.OPEN, then=Value(2)),
    default=Value(3),
    output_field=IntegerField(),
)
WAITING_FIRST = Choose(
    When(state=ClaimState.SENT, then=Value(0)), default=Value(1), output_field=IntegerField()
)


def questions_for(user: User) -> QuerySet[PhotoQuestion]:
    """Return the questions a person may answer, those that wait first."""
    mine = PhotoQuestion.objects.filter(shop__in=shops_where(user, Act.EDIT_LISTINGS))
    return mine.select_related("listing", "photo", "shop").order_by(OPEN_FIRST, "due_at", "pk")


def waiting_questions(user: User) -> QuerySet[PhotoQuestion]:
    """Return the questions that wait for a person's answer, those due first on top."""
    return questions_for(user).filter(state=QuestionState.OPEN)


def claims_for(user: User) -> QuerySet[AuthorisationClaim]:
    """Return the documents of a person's shops, the latest first."""
    mine = AuthorisationClaim.objects.filter(shop__in=shops_where(user, Act.EDIT_LISTINGS))
    return mine.select_related("brand", "shop").order_by("-pk")


def accepted_keys(shop_id: int) -> frozenset[str]:
    """Return the evidence about photos that staff cleared by accepting the shop's answer."""
    rows = PhotoQuestion.objects.filter(shop_id=shop_id, accepted=True)
    return frozenset(rows.values_list("key", flat=True))
