"""The care desk: disputes and appeals by their deadline, reviews; each button calls one service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.admin_pages import StaffReadOnlyAdmin
from marketplace.care import forms, queries
from marketplace.care.models import (
    Appeal,
    AppealState,
    Dispute,
    DisputeState,
    Review,
    Ruling,
)
from marketplace.care.services import returns, reviews, rulings
from marketplace.errors import BadInput, MarketplaceError
from marketplace.talk.services import reports as talk


class _Desk(StaffReadOnlyAdmin):
    """Staff read; what changes, changes through the buttons."""

    def button(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Return `view` for staff and POST alone, inside the admin."""
        return self.admin_site.admin_view(require_POST(view))

    def page(
        self,
        request: HttpRequest,
        template: str,
        *,
        title: str,
        status: int = 200,
        **context: Any,
    ) -> TemplateResponse:
        """Return an admin page."""
        around = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        shown = TemplateResponse(request, template, {**around, **context})
        shown.status_code = status
        return shown


@admin.register(Dispute)
class DisputeAdmin(_Desk):
    """Disputes, those whose time runs out first on top."""

    list_display = ["id", "state", "awaits", "due_at", "reason", "order", "opened_at"]
    list_filter = ["state", "awaits", "reason"]
    search_fields = ["=order__pk", "order__shop__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dispute]:  # noqa: ARG002
        """Order as the desk works."""
        return queries.desk()

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons."""
        own = [
            path("<int:dispute_id>/rule/", self.button(self.rule), name="care_dispute_rule"),
            path(
                "<int:dispute_id>/delivered/",
                self.button(self.delivered),
                name="care_dispute_delivered",
            ),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show the case: all that both sides said, and the form for a ruling."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return self._case(request, found, forms.RulingForm(dispute=found))

    def rule(self, request: HttpRequest, dispute_id: int) -> HttpResponse:
        """Decide; a refused form keeps its words."""
        found = get_object_or_404(queries.desk(), pk=dispute_id)
        form = forms.RulingForm(request.POST, dispute=found)
        if form.is_valid():
            cleaned = form.cleaned_data
            try:
                rulings.rule(
                    dispute_id=found.pk,
                    by_id=_person(request),
                    kind=cleaned["kind"],
                    amount_minor=cleaned["amount"],
                    reasons=cleaned["reasons"],
                    withdraw_review=cleaned["withdraw_review"],
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                _refused(form, error)
        if form.errors:
            return self._case(request, found, form, status=422)
        messages.success(request, _("Decided. Both sides have been told, with the reasons."))
        return redirect("admin:care_dispute_change", found.pk)

    def delivered(self, request: HttpRequest, dispute_id: int) -> HttpResponse:
        """Note that a carrier has proved the delivery of returned goods."""
        get_object_or_404(Dispute, pk=dispute_id)
        try:
            returns.mark_delivered(dispute_id=dispute_id, by_id=_person(request), at=timezone.now())
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("Noted. The shop's time runs."))
        return redirect("admin:care_dispute_change", dispute_id)

    def _case(
        self, request: HttpRequest, found: Dispute, form: forms.RulingForm, status: int = 200
    ) -> HttpResponse:
        parcel = getattr(found, "parcel", None)
        return self.page(
            request,
            "admin/care/dispute.html",
            title=_("Dispute %(number)d") % {"number": found.pk},
            status=status,
            form=form,
            may_rule=found.state == DisputeState.ESCALATED,
            may_note_delivery=found.state == DisputeState.RETURNING
            and parcel is not None
            and parcel.sent_at is not None
            and parcel.delivered_at is None,
            **_dossier(found, _person(request)),
        )


@admin.register(Appeal)
class AppealAdmin(_Desk):
    """Appeals against rulings, the most urgent on top."""

    list_display = ["id", "state", "side", "due_at", "ruling", "at"]
    list_filter = ["state"]
    ordering = ["due_at", "pk"]

    def get_urls(self) -> list[URLPattern]:
        """Add the button."""
        own = [path("<int:appeal_id>/answer/", self.button(self.answer), name="care_appeal_answer")]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show the appeal with the whole case."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        form = forms.AppealAnswerForm(dispute=found.ruling.dispute)
        return self._case(request, found, form)

    def answer(self, request: HttpRequest, appeal_id: int) -> HttpResponse:
        """Answer it; a refused form keeps its words."""
        found = get_object_or_404(Appeal, pk=appeal_id)
        form = forms.AppealAnswerForm(request.POST, dispute=found.ruling.dispute)
        if form.is_valid():
            cleaned = form.cleaned_data
            try:
                rulings.decide_appeal(
                    appeal_id=found.pk,
                    by_id=_person(request),
                    changed=cleaned["outcome"] == AppealState.CHANGED,
                    kind=cleaned["kind"],
                    amount_minor=cleaned["amount"],
                    answer=cleaned["answer"],
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                _refused(form, error)
        if form.errors:
            return self._case(request, found, form, status=422)
        messages.success(request, _("Answered. Both sides have been told."))
        return redirect("admin:care_appeal_change", found.pk)

    def _case(
        self, request: HttpRequest, found: Appeal, form: forms.AppealAnswerForm, status: int = 200
    ) -> HttpResponse:
        return self.page(
            request,
            "admin/care/appeal.html",
            title=_("Appeal %(number)d") % {"number": found.pk},
            status=status,
            appeal=found,
            form=form,
            is_open=found.state == AppealState.OPEN,
            is_first_judge=found.ruling.by_id == request.user.pk,
            **_dossier(found.ruling.dispute, _person(request)),
        )


@admin.register(Ruling)
class RulingAdmin(_Desk):
    """Every ruling, to read."""

    list_display = ["id", "dispute", "kind", "amount_minor", "by", "overrides", "at"]
    list_filter = ["kind"]


@admin.register(Review)
class ReviewAdmin(_Desk):
    """Reviews, the newest on top; a button withdraws one with reasons or restores it."""

    list_display = ["id", "stars", "listing", "shop", "created_at", "withdrawn_at"]
    list_filter = ["stars"]
    list_select_related = ["listing", "shop"]
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons."""
        own = [
            path(
                "<int:review_id>/withdraw/", self.button(self.withdraw), name="care_review_withdraw"
            ),
            path("<int:review_id>/restore/", self.button(self.restore), name="care_review_restore"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show the review with its button."""
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return self._one(request, found, forms.WithdrawReviewForm())

    def withdraw(self, request: HttpRequest, review_id: int) -> HttpResponse:
        """Take it from view, with reasons for its author."""
        found = get_object_or_404(Review, pk=review_id)
        form = forms.WithdrawReviewForm(request.POST)
        if form.is_valid():
            try:
                reviews.withdraw(
                    review_id=found.pk,
                    by_id=_person(request),
                    by_ref=f"user:{_person(request)}",
                    reason=form.cleaned_data["reason"],
                    at=timezone.now(),
                )
            except MarketplaceError as error:
                _refused(form, error)
        if form.errors:
            return self._one(request, found, form, status=422)
        messages.success(request, _("Withdrawn. The author has the reasons."))
        return redirect("admin:care_review_change", found.pk)

    def restore(self, request: HttpRequest, review_id: int) -> HttpResponse:
        """Put it back."""
        found = get_object_or_404(Review, pk=review_id)
        try:
            reviews.restore(review_id=found.pk, by_id=_person(request), at=timezone.now())
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("The review stands again."))
        return redirect("admin:care_review_change", found.pk)

    def _one(
        self, request: HttpRequest, found: Review, form: Form, status: int = 200
    ) -> HttpResponse:
        return self.page(
            request,
            "admin/care/review.html",
            title=_("Review %(number)d") % {"number": found.pk},
            status=status,
            review=found,
            form=form,
        )


def _dossier(found: Dispute, by_id: int) -> dict[str, Any]:
    """Return all that is known of a dispute, for the pages on which staff decide.

    What both sides wrote to each other about the order is part of it; the look is written down.
    """
    order = found.order
    told = talk.look_at_order(order_id=order.pk, by_id=by_id, because=found.ref, at=timezone.now())
    return {
        "dispute": found,
        "told": told,
        "order": order,
        "parcel": getattr(found, "parcel", None),
        "entries": found.entries.select_related("offer").prefetch_related("photos"),
        "rulings": found.rulings.select_related("by"),
        "left": queries.left_of(order=order, line=found.line),
        "given": queries.paid_back(found),
        "parcels_sent": order.shipments.prefetch_related("events"),
        "earlier": Dispute.objects.filter(order__buyer=order.buyer_id).count(),
        "of_shop": Dispute.objects.filter(order__shop=order.shop_id).count(),
    }


def _person(request: HttpRequest) -> int:
    return int(request.user.pk or 0)


def _refused(form: Form, error: MarketplaceError) -> None:
    field = error.field if isinstance(error, BadInput) and error.field in form.fields else None
    form.add_error(field, error.reason)
